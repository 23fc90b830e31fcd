"""Effects interpolated over economies: exact at nodes, near solved ones between them, stored, refused where far off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coercion_sim.arrays import Array
from coercion_sim.dispute import (
    Accuracy,
    DrawnSize,
    Economies,
    Economy,
    InterpolatedEconomy,
    PayoffQuestion,
    PayoffTable,
    Range,
    Screen,
    bare,
    interpolation,
    payoff_store,
    payoff_table,
    solve_payoffs,
)
from coercion_sim.dispute.sparse_grid import LEJA, SPAN, Grid
from coercion_sim.economy import EconomyParameters, Measure, share_left
from coercion_sim.policies import Absorb, BurdenSharing, Compensate, Retaliate
from coercion_sim.world import World
from support.small import small_world

Point = tuple[float, float, float, float]
WORLD, PLAIN = small_world(), EconomyParameters()
RANGES = (Range(0.7, 1.3, None), Range(1.05, 1.5, 0.9), Range(0.1, 0.5, None), Range(1.0, 1.0, -0.05))
FOUR = Grid((*RANGES[:3], Range(0.2, 0.5, -0.05)))
CHINA = PayoffQuestion(
    "CHN", "AUS", ("USA", "JPN"), (Absorb(), Compensate(), Retaliate()), BurdenSharing(sharing="least_cost"),
    screen=Screen("share", 0.9), names=("narrow", "barriers"),
)  # fmt: skip
BAN = (Measure("import_ban", "CHN", "AUS", ("coal", "wine"), 0.02),)
HELPED = (*BAN, Measure("import_subsidy", "USA", "AUS", ("coal", "wine"), 0.1))
DRAWS = ((0.75, 1.1, 0.13, 1.0), (1.0, 1.5, 0.25, 1.0), (1.24, 1.3, 0.45, 1.0))


def world_at(scale: float, mobility: float, substitution: float) -> World:
    return WORLD.with_elasticity(WORLD.trade_elasticity * scale)


def economies() -> Economies:
    return Economies(RANGES, world_at, PLAIN)


@lru_cache(maxsize=1)
def shared() -> Economies:
    """Economies whose interpolants tests share."""
    return economies()


def drawn(point: Point, among: Economies | None = None, **more: object) -> InterpolatedEconomy:
    scale, mobility, rate, sigma = point
    parameters = replace(PLAIN, factor_mobility=mobility, adjustment_rate=rate, input_substitution=sigma)
    return InterpolatedEconomy(world_at(scale, mobility, sigma), parameters, among or shared(), scale, **more)


def solved(point: Point) -> Economy:
    economy = drawn(point)
    return Economy(economy.world, economy.parameters)


def tables(point: Point, question: PayoffQuestion = CHINA) -> tuple[PayoffTable, PayoffTable]:
    """The table interpolated, and the one solved."""
    economy = drawn(point)
    return (
        solve_payoffs(economy.world, economy.parameters, question, economy),
        solve_payoffs(economy.world, economy.parameters, question),
    )


def allowed(horizon: str) -> float:
    """Bound of the error of the largest effect interpolated so far."""
    largest = max(float(np.abs(one.values).max(initial=0.0)) for one in shared().known.values())
    return max(interpolation.BOUNDS[horizon], interpolation.RELATIVE_BOUND * largest)


# ------------------------------------------------------------------ points and weights


def scaled(point: Point) -> list[float]:
    """The coordinates of a point that run from -1 to 1."""

    def plain(r: Range, value: float) -> float:
        return -1.0 / value if r.floor is None else float(np.log(value - r.floor))

    ends = [(plain(r, r.low), plain(r, r.high)) for r in FOUR.ranges]
    each = zip(FOUR.ranges, ends, point, strict=True)
    return [2.0 * (plain(r, value) - a) / (b - a) - 1.0 for r, (a, b), value in each]


INSIDE = ((0.7, 1.05, 0.1, 0.2), (0.83, 1.4, 0.13, 0.44), (1.3, 1.22, 0.31, 0.5))


@pytest.mark.parametrize("n", FOUR.sizes[:5])
def test_weights_sum_to_1_and_reproduce_the_monomials_of_every_node_added(n: int) -> None:
    """Scale and rate carry squares and their product from level 4 on; all pairs are there from level 6 on."""
    orders = {5: [(1, 0, 0, 0), (0, 0, 0, 1)], 8: [(1, 0, 1, 0), (0, 0, 2, 0)], 17: [(1, 0, 2, 0), (0, 1, 0, 1)]}
    monomials = [order for size, each in orders.items() if size <= n for order in each]
    at_nodes = np.array([scaled(node) for node in FOUR.nodes[:n]])
    for point in INSIDE:
        weights = FOUR.weights(n, point)
        assert weights.shape == (n,)
        assert weights.sum() == pytest.approx(1.0, abs=1e-12)
        for order in monomials:
            wanted = np.prod(np.power(scaled(point), order))
            assert weights @ np.power(at_nodes, order).prod(axis=1) == pytest.approx(wanted, abs=1e-11)


def test_a_product_beyond_the_nodes_is_not_reproduced() -> None:
    at_nodes = np.array([scaled(node) for node in FOUR.nodes[:8]])
    pairs = at_nodes[:, 1] * at_nodes[:, 3]
    x = scaled(INSIDE[0])
    assert abs(FOUR.weights(8, INSIDE[0]) @ pairs - x[1] * x[3]) > 0.1


def test_nodes_are_leja_points_in_the_coordinate_and_their_weights_are_1_at_them() -> None:
    for r in FOUR.ranges:
        mid = [0.5 * (x.low + x.high) for x in FOUR.ranges]
        at = FOUR.ranges.index(r)
        for k, leja in enumerate(LEJA):
            mid[at] = r.node(k)
            assert scaled((mid[0], mid[1], mid[2], mid[3]))[at] == pytest.approx(SPAN * leja, abs=1e-12)
    for k, node in enumerate(FOUR.nodes[:12]):
        np.testing.assert_allclose(FOUR.weights(12, node), np.eye(12)[k], atol=1e-12)


def test_a_fixed_number_takes_no_node() -> None:
    fixed = Range(1.5, 1.5, 0.9)
    assert (fixed.node(0), fixed.holds(1.5), fixed.holds(1.4)) == (1.5, True, False)
    assert Grid((fixed,) * 4).sizes == [1]
    assert Grid(RANGES).sizes[0] == 4
    assert {node[3] for node in Grid(RANGES).nodes} == {1.0}


def test_where_nothing_is_uncertain_an_effect_takes_one_economy() -> None:
    one = Economies((Range(1.0, 1.0), Range(1.5, 1.5, 0.9), Range(0.25, 0.25), Range(1.0, 1.0)), world_at, PLAIN)
    found = one.interpolant("first", BAN)
    assert found.values.shape == (1, len(WORLD.states))
    exact = Economy(WORLD, PLAIN).first_year_and_long_run(BAN)
    np.testing.assert_allclose(found.values[0], exact[0], atol=2e-5)


# ------------------------------------------------------------------ effects


@pytest.mark.parametrize("base", [(), BAN])
def test_effects_at_nodes_are_those_solved(base: tuple[Measure, ...]) -> None:
    measures = HELPED if base else BAN
    for row, horizon in enumerate(("first", "long")):
        found = shared().interpolant(horizon, measures, base)
        grid = shared().grids[horizon]
        nodes = grid.nodes[: len(found.values)]
        for at in (0, len(nodes) // 2, len(nodes) - 1):
            exact: Array = solved(nodes[at]).first_year_and_long_run(measures)[row]
            if base:
                exact = exact - solved(nodes[at]).first_year_and_long_run(base)[row]
            np.testing.assert_allclose(found.values[at], exact, atol=2e-5)
            np.testing.assert_allclose(grid.weights(len(nodes), nodes[at]) @ found.values, found.values[at])


@pytest.mark.parametrize("point", DRAWS)
def test_a_table_interpolated_is_near_the_one_solved(point: Point) -> None:
    found, exact = tables(point)
    assert [p.goods for p in found.packages] == [p.goods for p in exact.packages]
    assert len(found.packages) == 2
    assert found.interpolation is not None
    assert exact.interpolation is None
    first, long = allowed("first"), allowed("long")
    assert np.abs(found.alone[0] - exact.alone[0]).max() < first
    assert np.abs(found.alone[1] - exact.alone[1]).max() < long
    for name, effect in exact.effects.items():
        assert np.abs(found.effects[name][0] - effect[0]).max() < first
        assert np.abs(found.effects[name][1] - effect[1]).max() < long
    np.testing.assert_allclose(found.turned, exact.turned, atol=long)
    np.testing.assert_allclose(found.money, exact.money, atol=0.02)
    np.testing.assert_allclose(found.promised, exact.promised, atol=0.02)
    for one, other in zip(found.goods, exact.goods, strict=True):
        assert (one.good, one.supply_share) == (other.good, other.supply_share)
        assert one.cost == pytest.approx(other.cost, abs=long)
        assert one.loss == pytest.approx(other.loss, abs=long)


def test_effects_differ_between_draws_by_far_more_than_the_error() -> None:
    losses = [tables(point)[0].loss()[0].max() for point in DRAWS]
    assert max(losses) - min(losses) > 10 * interpolation.BOUNDS["first"]


def test_goods_are_screened_at_the_draw_not_at_a_node() -> None:
    """A rule set between the costs of a good in two draws strikes it out in one of them."""
    economies_of = [solved(point) for point in (DRAWS[0], DRAWS[2])]
    ban = (Measure("import_ban", "CHN", "AUS", ("coal",), 0.0),)
    c = WORLD.state_index("CHN")
    costs = sorted(-float(economy.long_run(ban)[c]) for economy in economies_of)
    assert costs[1] - costs[0] > 1e-3
    question = replace(CHINA, screen=Screen("cost", good_cost=sum(costs) / 2, package_cost=100.0))
    struck = []
    for point in (DRAWS[0], DRAWS[2]):
        found, exact = tables(point, question)
        assert [g.struck_by for g in found.goods] == [g.struck_by for g in exact.goods]
        assert [p.goods for p in found.packages] == [p.goods for p in exact.packages]
        struck.append({g.good: g.struck_by for g in found.goods}["coal"])
    assert sorted(struck) == ["", "own cost"]


def test_measures_whose_sizes_differ_by_draw_are_solved() -> None:
    economy = drawn(DRAWS[0], economies(), varying=dict.fromkeys(bare(BAN)))
    exact = solved(DRAWS[0])
    assert economy.first_year_and_long_run(BAN).tobytes() == exact.first_year_and_long_run(BAN).tobytes()
    assert (
        economy.first_year_and_long_run(HELPED, BAN).tobytes() == exact.first_year_and_long_run(HELPED, BAN).tobytes()
    )
    assert economy.economies.known == {}


def ban(size: float) -> Measure:
    return Measure("import_ban", "CHN", "AUS", ("parts",), size)


def varying(size: float, low: float = 0.4, high: float = 0.6) -> dict[tuple[object, ...], DrawnSize | None]:
    """The ban's size drawn from a range."""
    middle = (low + high) / 2
    at = DrawnSize(ban(low), ban(middle), ban(high), (size - middle) / (high - middle))
    return dict.fromkeys(bare([ban(size)]), at)


@pytest.mark.parametrize("size", [0.4, 0.47, 0.5, 0.6])
def test_effects_at_sizes_that_are_drawn_are_within_the_error_of_solved_ones(size: float) -> None:
    """One set of interpolants for all sizes; help adds what it adds at the middle."""
    economy = drawn(DRAWS[2], varying=varying(size))
    help_ = Measure("import_subsidy", "USA", "AUS", ("parts",), 0.1)
    alone, helped = (ban(size),), (ban(size), help_)
    for measures, base in ((alone, ()), (helped, alone)):
        found = economy.first_year_and_long_run(measures, base)
        exact = solved(DRAWS[2]).first_year_and_long_run(measures)
        off = np.abs(found - exact).max(axis=1)
        added = 2 if base else 1  # that of the ban and that of the help add up
        assert off[0] <= added * economy.accuracy.first_year
        assert off[1] <= added * economy.accuracy.long_run
    assert economy.accuracy.first_year <= interpolation.BOUNDS["first"]
    assert economy.accuracy.solved == 0


def test_sizes_that_are_drawn_change_effects_by_more_than_the_error() -> None:
    first = [drawn(DRAWS[2], varying=varying(s)).first_year_and_long_run((ban(s),))[0] for s in (0.4, 0.6)]
    assert np.abs(first[0] - first[1]).max() > 10 * interpolation.BOUNDS["first"]


def test_effects_far_from_linear_in_a_size_are_solved() -> None:
    among = economies()
    economy = drawn(DRAWS[0], among, varying=varying(0.4, 0.0, 1.0))
    found = economy.first_year_and_long_run((ban(0.4),))
    assert found.tobytes() == solved(DRAWS[0]).first_year_and_long_run((ban(0.4),)).tobytes()
    assert economy.accuracy.solved == 2


# ------------------------------------------------------------------ error, and refusal


def test_the_error_kept_is_the_largest_found_at_economies_not_among_the_nodes() -> None:
    found, _ = tables(DRAWS[1])
    assert isinstance(found.interpolation, Accuracy)
    assert 0.0 < found.interpolation.first_year < allowed("first")
    assert 0.0 < found.interpolation.long_run < allowed("long")
    corner = (RANGES[0].low, RANGES[1].high, RANGES[2].low, RANGES[3].low)
    there, exact = tables(corner)
    off = np.abs(there.alone[0] - exact.alone[0]).max()
    assert off <= found.interpolation.first_year * 1.01
    assert found.interpolation.solved == 0


LOWEST = tuple(r.low for r in RANGES)


def test_the_error_where_every_number_is_lowest_is_that_of_solved_effects_there() -> None:
    grid, found = shared().grids["first"], shared().interpolant("first", BAN)
    exact = solved(LOWEST).first_year_and_long_run(BAN)[0]
    off = np.abs(grid.weights(len(found.values), LOWEST) @ found.values - exact).max()
    assert found.low == pytest.approx(off, abs=2e-5)
    assert found.low > 0.0
    assert grid.nearness(LOWEST) == 1.0
    assert grid.nearness((RANGES[0].high, *LOWEST[1:])) == 0.0
    assert found.error_at(1.0) == pytest.approx(max(found.error, interpolation.STEEP * found.low))
    assert found.error_at(0.0) == found.error


def test_effects_next_to_the_lowest_corner_are_solved_where_the_error_there_is_above_the_bound() -> None:
    """The same interpolant answers away from the corner, and what an answer adds is still interpolated next to it."""
    among = economies()
    drawn(DRAWS[1], among).first_year_and_long_run(HELPED, BAN)
    for key, one in among.known.items():
        if one.values.tobytes() in {among.interpolant(h, BAN).values.tobytes() for h in interpolation.HORIZONS}:
            among.known[key] = replace(one, low=one.bound)
    near, far = drawn(LOWEST, among), drawn(DRAWS[2], among)
    assert near.first_year_and_long_run(BAN).tobytes() == solved(LOWEST).first_year_and_long_run(BAN).tobytes()
    assert near.accuracy.solved == 2
    helped = near.first_year_and_long_run(HELPED, BAN)
    exact = solved(LOWEST).first_year_and_long_run(HELPED)
    assert 0.0 < np.abs(helped - exact)[0].max() <= near.accuracy.first_year
    assert near.accuracy.solved == 2
    assert far.first_year_and_long_run(BAN).tobytes() != solved(DRAWS[2]).first_year_and_long_run(BAN).tobytes()
    assert far.accuracy.solved == 0


def test_an_interpolant_above_the_bound_is_refused_and_the_effect_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpolation, "BOUNDS", {"first": 1e-9, "long": 1.0})
    monkeypatch.setattr(interpolation, "RELATIVE_BOUND", 0.0)
    economy = drawn(DRAWS[0], economies())
    found = economy.first_year_and_long_run(BAN)
    exact = solved(DRAWS[0]).first_year_and_long_run(BAN)
    assert found[0].tobytes() == exact[0].tobytes()
    assert found[1].tobytes() != exact[1].tobytes()
    assert economy.accuracy.solved == 1


def count_solves(among: Economies, monkeypatch: pytest.MonkeyPatch) -> list[Point]:
    """The points at which an effect is solved from now on."""
    points: list[Point] = []
    solve = Economies._solve

    def counted(self: Economies, horizon: str, measures: tuple[Measure, ...], point: Point, near: object) -> object:
        points.append(point)
        return solve(self, horizon, measures, point, near)  # type: ignore[arg-type]

    monkeypatch.setattr(Economies, "_solve", counted)
    return points


@pytest.mark.parametrize("base", [(), BAN])
def test_refinement_keeps_every_node_and_no_point_is_solved_twice(
    base: tuple[Measure, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    coarse = economies().interpolant("first", HELPED, base)
    among = economies()
    points = count_solves(among, monkeypatch)
    fine = among.interpolant("first", HELPED, base, close=0.02)
    n = len(coarse.values)
    assert len(fine.values) > n
    assert fine.values[:n].tobytes() == coarse.values.tobytes()
    assert fine.error < coarse.error
    assert len(points) == (len(fine.values) + 4) * (2 if base else 1)


def test_an_effect_that_was_a_base_or_is_asked_first_has_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = economies(), economies()
    points = count_solves(one, monkeypatch)
    first = [one.interpolant("first", BAN), one.interpolant("first", HELPED, BAN)]
    assert len(points) == sum(len(x.values) + 4 for x in first)  # the base is solved once for both
    second = [other.interpolant("first", HELPED, BAN), other.interpolant("first", BAN)]
    for a, b in zip(first, reversed(second), strict=True):
        assert a.values.tobytes() == b.values.tobytes()
        assert a.error == b.error


# ------------------------------------------------------------------ the payoff cache


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep payoffs of this process in a folder of the test."""
    monkeypatch.setenv("COERCION_SIM_CACHE", str(tmp_path / "payoffs"))
    payoff_store.cache_clear()
    yield tmp_path / "payoffs"
    payoff_store.cache_clear()


SMALL = PayoffQuestion("CHN", "AUS", screen=Screen("off"), names=("narrow",))


def later(among: Economies) -> PayoffTable:
    """The table another process would get."""
    payoff_store.cache_clear()
    economy = drawn(DRAWS[0], among)
    return payoff_table(economy.world, economy.parameters, SMALL, economy)


def test_interpolants_are_one_file_found_again_without_a_solve(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = later(economies())
    (path,) = folder.iterdir()
    assert path.name.startswith("economies-")
    monkeypatch.setattr(Economies, "_solve", None)
    again = later(economies())
    assert again.alone.tobytes() == first.alone.tobytes()
    assert again.interpolation == first.interpolation


@pytest.mark.parametrize("damage", [b"", b"no archive", None])
def test_a_damaged_file_counts_as_none_and_is_written_anew(folder: Path, damage: bytes | None) -> None:
    first = later(economies())
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    assert later(economies()).alone.tobytes() == first.alone.tobytes()
    assert len(path.read_bytes()) == len(whole)


def test_effects_added_by_another_process_in_between_are_kept(folder: Path) -> None:
    one, other = economies(), economies()
    later(one)
    other.known = dict(one.known)
    other.interpolant("long", HELPED)
    later(other)  # writes its own
    one.interpolant("long", BAN)
    later(one)
    fresh = economies()
    later(fresh)
    assert set(fresh.known) == set(one.known) | set(other.known)


def test_other_economies_have_another_file(folder: Path) -> None:
    later(economies())
    wider = Economies((Range(0.6, 1.4, None), *RANGES[1:]), world_at, PLAIN)
    later(wider)
    assert len(list(folder.iterdir())) == 2
    assert economies().content == Economies(RANGES, world_at, replace(PLAIN, factor_mobility=1.2)).content


def test_a_substitution_that_is_drawn_is_interpolated_and_one_that_is_fixed_is_part_of_the_content() -> None:
    ranges = (*RANGES[:2], Range(0.25, 0.25), Range(0.2, 0.5, -0.05))
    among = Economies(ranges, world_at, PLAIN)
    for point in ((0.9, 1.3, 0.25, 0.23), (1.1, 1.2, 0.25, 0.47)):
        economy = drawn(point, among)
        interpolated = economy.first_year_and_long_run(BAN)
        exact = solved(point).first_year_and_long_run(BAN)
        np.testing.assert_allclose(interpolated, exact, rtol=0, atol=interpolation.RELATIVE_BOUND * np.abs(exact).max())
        assert economy.accuracy.solved == 0
    easier = drawn((0.9, 1.3, 0.25, 0.5), among).long_run(BAN)
    assert np.abs(easier - drawn((0.9, 1.3, 0.25, 0.2), among).long_run(BAN)).max() > 1e-4
    stuck = Economies(ranges, world_at, replace(PLAIN, final_substitution=0.5, stuck=("coal",)))
    assert stuck.content != among.content


# ------------------------------------------------------------------ shares of trade left

STATED = (Measure("import_ban", "CHN", "AUS", ("coal", "wine"), left=0.1),)


def size_solves(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each equilibrium solved for sizes from now on."""
    solves: list[int] = []
    solve = share_left.solve_equilibrium

    def counted(*given: Any, **named: Any) -> Any:
        solves.append(1)
        return solve(*given, **named)

    monkeypatch.setattr(share_left, "solve_equilibrium", counted)
    return solves


def test_sizes_are_those_solved_alone_and_set_out_from_other_economies(monkeypatch: pytest.MonkeyPatch) -> None:
    among, solves = economies(), size_solves(monkeypatch)
    effects = among.interpolant("long", STATED).values
    worlds, together = len(among._sizes[bare(STATED)].known), len(solves)
    assert worlds >= len(effects)
    for at in range(len(effects)):
        exact = solved(among.grids["long"].nodes[at]).long_run(STATED)
        np.testing.assert_allclose(effects[at], exact, atol=2e-5)
    assert together / worlds < 0.8 * (len(solves) - together) / len(effects)


def test_sizes_are_solved_once_for_all_rates_and_answers() -> None:
    among = economies()
    help_ = Measure("import_subsidy", "USA", "AUS", ("coal",), 0.1)
    among.interpolant("first", (*STATED, help_), STATED)
    points, sizes = among._alone["first", bare(STATED)].known, among._sizes[bare(STATED)].known
    worlds = {(scale, mobility, sigma) for scale, mobility, _, sigma in points}
    assert len(sizes) == len(worlds) < len(points)
    assert {(scale, mobility, sigma) for scale, mobility, _, sigma in sizes} == worlds


def test_sizes_have_the_same_bits_in_whatever_order_points_come() -> None:
    one, other = economies(), economies()
    nodes = [*one.grids["first"].nodes[:9], DRAWS[0]]
    forth = [one._sized(node, STATED) for node in nodes]
    back = [other._sized(node, STATED) for node in reversed(nodes)]
    assert [m.size for ms in forth for m in ms] == [m.size for ms in reversed(back) for m in ms]
