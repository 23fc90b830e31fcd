"""The least pledge: roots against a second method, and strengths solved side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from coercion_sim.analysis.deterrence import pledges
from coercion_sim.analysis.deterrence.pledges import (
    SCAN,
    PledgedGame,
    least_pledges,
    least_roots,
    press_value,
    press_values,
    side_by_side,
    what_binds,
)
from coercion_sim.dispute import DisputeGame, DisputeSolution, solve_dispute, solve_disputes
from support.dispute_games import flagship_game, random_game


def pledged(**changes: Any) -> PledgedGame:
    """Two allies that may pay or cut, a promise of either kind open; pressing pays where nobody promises."""
    game = flagship_game(allies=1, v_c=0.2, v_t=0.4, reliability=1.0, cost_once=0.01)
    return PledgedGame(replace(game, **changes), cast("Any", None))


def bare() -> PledgedGame:
    """The same with nothing to give."""
    game = pledged().game
    return pledged(
        options=("none",), coercer_cost=game.coercer_cost[..., :1], target_effect=game.target_effect[..., :1],
        ally_cost=game.ally_cost[..., :1], shortfall=np.array([[1.0]]),
    )  # fmt: skip


def dearer(factor: float) -> PledgedGame:
    """The same with a coercer that pays so many times as much."""
    return pledged(coercer_cost=pledged().game.coercer_cost * factor)


def test_least_pledges_found_together_are_where_pressing_stops_paying() -> None:
    games = [dearer(4.0), bare(), dearer(8.0)]
    found = least_pledges(games, 0.3, "soft")
    roots = [(game, one) for game, one in zip(games, found, strict=True) if one.strength > 0.0]
    assert len(roots) == 2
    at, below = np.split(press_values([g.at(x.strength - b) for b in (0.0, 1e-5) for g, x in roots], "soft"), 2)
    assert [one.value for _, one in roots] == pytest.approx(at, abs=1e-6)
    assert at == pytest.approx(0.0, abs=1e-5)
    assert (below > 0.0).all()
    for one, (_, before) in zip(found, sorted(side_by_side([game.at(0.0) for game in games])), strict=True):
        assert one.value_unpledged == pytest.approx(press_value(before, "soft"), abs=1e-6)
        assert one.press_unpledged == pytest.approx(pledges.pressed(before), abs=1e-6)
        assert one.deters == (one.value <= 0.0) == (not one.binds)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [4.0, 6.0, 8.0, 12.0])
def test_brents_method_finds_the_same_least_pledge_of_one_promise(factor: float) -> None:
    game = dearer(factor)
    (found,) = least_pledges([game], 0.3, "soft")
    by_brent = brentq(lambda a: press_value(solve_dispute(game.at(a)), "soft"), 0.0, 0.3, xtol=1e-7)
    assert found.strength == pytest.approx(by_brent, abs=1e-6)


def test_members_with_nothing_to_give_are_told_from_those_that_give_too_little(monkeypatch: pytest.MonkeyPatch) -> None:
    assert what_binds([bare(), dearer(0.01)]) == ["no_instrument", "capability"]
    solved: list[int] = []

    def counted(games: list[DisputeGame]) -> tuple[DisputeSolution, ...]:
        solved.append(len(games))
        return solve_disputes(games)

    monkeypatch.setattr(pledges, "solve_disputes", counted)
    (least,) = least_pledges([bare()], 0.3, "firm")
    assert least.value == least.value_unpledged
    assert sum(solved) == 1  # strength changes nothing


def test_games_are_solved_together_like_one_by_one_and_each_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    games = [pledged().at(0.0), bare().at(0.1), pledged().at(0.05), bare().at(0.0), pledged().at(0.1)]
    alone = [press_value(solve_dispute(game)) for game in games]
    monkeypatch.setattr(pledges, "TOGETHER", 2)
    assert press_values(games) == pytest.approx(alone, abs=1e-6)
    assert all(solved.game is games[i] for i, solved in side_by_side(games))
    assert press_values([]).shape == (0,)


def roots_of(*functions: Callable[[float], float]) -> tuple[list[float], list[float], list[int]]:
    """Least roots on [0, 1]."""
    scan = np.array(SCAN)
    seen = np.array([[f(a) for a in SCAN] for f in functions])
    found = least_roots(lambda at, a: np.array([functions[i](x) for i, x in zip(at, a, strict=True)]), scan, seen)
    roots, values, crossings = (x.tolist() for x in found)
    return roots, values, crossings


def test_a_root_is_where_the_sign_changes_first() -> None:
    roots, values, crossings = roots_of(
        lambda a: 0.2 - a * a, lambda a: -1.0, lambda a: 1.0 + a, lambda a: float(np.cos(3.0 * np.pi * a))
    )
    assert roots == pytest.approx([0.2**0.5, 0.0, np.nan, 1 / 6], abs=1e-6, nan_ok=True)
    assert values == pytest.approx([0.0, -1.0, 2.0, 0.0], abs=1e-5)
    assert crossings == [1, 0, 0, 3]


@given(st.floats(0.001, 0.999), st.floats(-1.0, 1.0))
@settings(max_examples=20, deadline=None)
def test_a_jump_across_zero_and_a_steep_curve_are_found_from_the_side_that_deters(root: float, steep: float) -> None:
    power = 10.0**steep
    roots, values, _ = roots_of(
        lambda a: 1.0 if a < root else -1e-9, lambda a: np.sign(root - a) * abs(a - root) ** power
    )
    assert all(root - 1e-12 <= found <= root + 1.1e-6 for found in roots)
    assert max(values) <= 0.0


@given(st.integers(0, 10_000), st.floats(0.0, 0.3), st.floats(0.0, 0.3))
@settings(max_examples=8, deadline=None)
def test_a_stronger_pledge_makes_an_ally_with_one_way_to_help_likelier_to_help(
    seed: int, one: float, other: float
) -> None:
    """d/dA of (A + D) / (A + g) has the sign of g - D, and what helping is worth without a pledge, D, is at most g."""
    game = replace(random_game(seed, 1, 1, 2), shortfall=np.array([[1.0, 0.0]]))
    cost = game.ally_cost.copy()
    cost[..., 0] = 0.0
    game = replace(game, ally_cost=cost)
    weak, strong = sorted((one, other))
    odds = [float(solve_dispute(replace(game, pledge=np.array([a]))).pledged[0][0, 1]) for a in (weak, strong)]
    assert odds[0] <= odds[1] + 1e-6
