"""Where solvers set out, how far a dispute is followed, what is counted before it is built, and scales of grids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from coercion_sim.dispute import Economies, dispute_tree, effects, interpolation, solve_dispute
from coercion_sim.dispute.effects import first_year
from coercion_sim.dispute.endings import dispute_endings
from coercion_sim.dispute.sparse_grid import Grid, Point, Range
from coercion_sim.economy import EconomyParameters, Measure, Shock
from coercion_sim.errors import ConvergenceError, GameError
from support.checks import altered
from support.dispute_games import random_game
from support.worlds import random_world

WORLD = random_world(7, 2, 3)


def ban(open_share: float) -> Shock:
    allowed = np.ones(WORLD.flows.shape)
    allowed[0, 1, 2] = open_share
    return altered(Shock.none(WORLD), open=allowed)


def test_a_first_year_from_its_own_course_is_there_already() -> None:
    """Each quarter sets out where it ended: the unknowns are the same to the bit."""
    p = EconomyParameters()
    effect, course = first_year(WORLD, p, ban(0.2))
    again, same = first_year(WORLD, p, ban(0.2), course)
    assert len(course) == 4
    for one, other in zip(course, same, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(effect, again)
    assert np.abs(np.diff(course, axis=0)).max() > 1e-3


def test_a_first_year_nearby_starts_from_its_course_moved_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each quarter the other course's next point, moved by what this one was off it a quarter before."""
    p, starts = EconomyParameters(), []
    near = first_year(WORLD, p, ban(0.2))[1]
    pass_one = effects.next_quarter

    def noted(market: object, shock: Shock, start: np.ndarray) -> object:
        starts.append(start)
        return pass_one(market, shock, start)  # type: ignore[arg-type]

    monkeypatch.setattr(effects, "next_quarter", noted)
    course = first_year(WORLD, p, ban(0.3), near)[1]
    np.testing.assert_array_equal(starts[0], near[0])
    for quarter in (1, 2, 3):
        off = course[quarter - 1] - near[quarter - 1]
        np.testing.assert_allclose(starts[quarter] - near[quarter], off, rtol=0, atol=1e-9)


def test_a_dispute_is_followed_for_one_quarter_at_least() -> None:
    solved = solve_dispute(random_game(3, K=1, n=0, M=1))
    one, many = dispute_endings(solved, 1, 1, quarters=1), dispute_endings(solved, 1, 1, quarters=400)
    assert one.unended > many.unended
    assert one.no_pressure == many.no_pressure == pytest.approx(1 - solved.press[1])
    with pytest.raises(GameError, match="at least one quarter"):
        dispute_endings(solved, 1, 1, quarters=0)


def ends_counted(reliability: float) -> int:
    game = replace(random_game(34, K=1, n=1, M=2), belief_target=1.0, belief_coercer=0.0)
    with pytest.raises(GameError) as refused:
        dispute_tree(replace(game, reliability=np.array([reliability])), 0, most_ends=0)
    return int(str(refused.value).split("found ")[1].split(" ends")[0])


def test_only_a_promise_in_doubt_is_a_move_of_chance() -> None:
    assert ends_counted(0.0) == ends_counted(1.0) < ends_counted(0.5) == ends_counted(0.99)


@pytest.mark.parametrize("times", [0.1, 7.0])
def test_points_of_a_range_have_no_unit(times: float) -> None:
    """Without a floor, in logs and in reciprocals alike: points of a range ten times as high are ten times as high."""
    for floor in (0.0, None):
        small, large = Range(0.5, 2.0, floor), Range(times * 0.5, times * 2.0, floor)
        nodes = [small.node(k) for k in range(4)]
        np.testing.assert_allclose([large.node(k) for k in range(4)], times * np.array(nodes), rtol=1e-12)
        np.testing.assert_allclose(small.polynomials(1.3), large.polynomials(times * 1.3), rtol=1e-9, atol=1e-12)
    assert Range(0.5, 2.0) == Range(0.5, 2.0, 0.0)
    assert Range(0.5, 2.0).node(0) == pytest.approx(1.0)  # the geometric mean


def test_effects_that_cannot_be_solved_at_a_node_have_no_interpolant(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused, and counts as infinitely far off."""

    def unsolved(*_: object) -> np.ndarray:
        raise ConvergenceError("no equilibrium")

    monkeypatch.setattr(interpolation, "added", unsolved)
    one = Range(1.0, 1.0)
    among = Economies((one, Range(1.5, 1.5), Range(0.25, 0.25), one), lambda *_: WORLD, EconomyParameters())
    found = among.interpolant("long", (Measure("import_ban", "N0", "N1", "all", 0.5),))
    assert not found.accepted
    assert found.error == np.inf


RANGES = (Range(0.7, 1.3), Range(1.05, 1.5, 0.9), Range(0.1, 0.5), Range(0.2, 0.5, -0.05))


def nodes_taken(effect: Callable[[Point], float], monkeypatch: pytest.MonkeyPatch) -> int:
    """Nodes until an effect of the first year is interpolated well enough."""
    monkeypatch.setattr(interpolation, "added", lambda solved, point, n: np.array([effect(point)]))
    among = Economies(RANGES, lambda *_: WORLD, EconomyParameters())
    found = among.interpolant("first", (Measure("import_ban", "N0", "N1", "all", 0.5),))
    assert found.accepted
    return len(found.values)


def test_an_effect_that_only_the_second_node_shows_is_not_taken_before_the_next_level(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Linear in one number: exact with the first nodes, which is known once the next ones agree."""
    grid = Grid(RANGES)
    (j,) = (i for i, (a, b) in enumerate(zip(*grid.nodes[:2], strict=True)) if a != b)
    assert nodes_taken(lambda point: 1.0, monkeypatch) == grid.sizes[0]
    assert nodes_taken(lambda point: float(RANGES[j].polynomials(point[j])[1]), monkeypatch) == grid.sizes[1]


@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_corner_may_be_off_by_twice_what_drawn_economies_may(part: float, monkeypatch: pytest.MonkeyPatch) -> None:
    grid, off = Grid(RANGES), part * interpolation.BOUNDS["first"]
    *drawn, corner = Economies(RANGES, lambda *_: WORLD, EconomyParameters())._checks
    at_corner = nodes_taken(lambda point: off * (point == corner), monkeypatch)
    at_drawn = nodes_taken(lambda point: off * (point == drawn[0]), monkeypatch)
    assert at_corner == grid.sizes[0]
    assert at_drawn == grid.sizes[0 if part < interpolation.CLOSE else -1]
