"""Measures that state the share of trade left: an independent solve finds exactly that share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.economy import (
    EconomyParameters,
    Measure,
    compile_shock,
    share_left,
    size_shares_left,
    solve_equilibrium,
    solve_shares_left,
)
from coercion_sim.errors import MeasureError, NoSupplierError
from coercion_sim.world import World, load_world
from support.small import small_world

EXACT = 1e-6


@pytest.fixture(scope="module")
def pacific() -> World:
    return load_world("pacific-2019")


def left_of(world: World, measures: tuple[Measure, ...], sector: str, i: str, n: str, kappa: float = 1.5) -> float:
    """Sales under measures over those of the baseline, from a solve that sets out from the baseline."""
    flows = solve_equilibrium(world, measures, parameters=EconomyParameters(factor_mobility=kappa)).flows
    cell = world.sectors.index(sector), world.state_index(i), world.state_index(n)
    return float(flows[cell] / world.flows[cell])


@pytest.mark.parametrize("kappa", [1.05, 1.5, np.inf])
def test_every_good_of_a_ban_is_left_its_share(pacific: World, kappa: float) -> None:
    goods = ("iron_ore", "wool", "coal", "wine")
    ban = Measure("import_ban", "CHN", "AUS", goods, left=0.05)
    solved = solve_shares_left(pacific, [ban], EconomyParameters(factor_mobility=kappa))
    assert sorted(m.sectors[0] for m in solved) == sorted(goods)
    for good in goods:
        assert left_of(pacific, solved, good, "AUS", "CHN", kappa) == pytest.approx(0.05, abs=EXACT)


def test_barriers_bans_and_controls_are_solved_jointly_beside_a_measure_with_its_own_size(pacific: World) -> None:
    duty = Measure("import_tariff", "CHN", "AUS", "wine", 0.1)
    stated = [
        duty,
        Measure("import_ban", "CHN", "AUS", "lng", left=0.3),
        Measure("import_barrier", "CHN", "AUS", ("wine", "travel"), left=0.4),
        Measure("export_control", "CHN", "AUS", "electronics", left=0.7),
        Measure("export_ban", "CHN", "AUS", "machinery", left=0.2),
    ]
    solved = solve_shares_left(pacific, stated)
    assert solved[0] == duty
    for sector, i, n, share in (
        ("lng", "AUS", "CHN", 0.3), ("wine", "AUS", "CHN", 0.4), ("travel", "AUS", "CHN", 0.4),
        ("electronics", "CHN", "AUS", 0.7), ("machinery", "CHN", "AUS", 0.2),
    ):  # fmt: skip
        assert left_of(pacific, solved, sector, i, n) == pytest.approx(share, abs=EXACT)
    sizes = {m.sectors[0]: m.size for m in solved[1:]}
    assert sizes["wine"] > 1.0
    assert sizes["lng"] < 0.3  # a dominant seller meets few rivals for the gap


def test_a_dominant_good_was_half_banned_by_its_competitiveness(pacific: World) -> None:
    for good, left in (("iron_ore", 0.48), ("wool", 0.40)):
        porous = (Measure("import_ban", "CHN", "AUS", good, 0.05),)
        assert left_of(pacific, porous, good, "AUS", "CHN") == pytest.approx(left, abs=0.01)


def test_nothing_left_is_a_complete_ban(pacific: World) -> None:
    (solved,) = solve_shares_left(pacific, [Measure("import_ban", "CHN", "AUS", "wool", left=0.0)])
    assert solved.size == 0.0
    assert left_of(pacific, (solved,), "wool", "AUS", "CHN") == 0.0


def test_everything_left_hinders_nothing(pacific: World) -> None:
    (solved,) = solve_shares_left(pacific, [Measure("import_ban", "CHN", "AUS", "wool", left=1.0)])
    assert solved.size == pytest.approx(1.0, abs=EXACT)


def test_measures_without_a_share_left_come_back_as_they_are(pacific: World) -> None:
    given = (Measure("import_ban", "CHN", "AUS", "coal", 0.02), Measure("statement", "USA", "CHN", ()))
    assert solve_shares_left(pacific, given) == given


def test_the_answer_is_kept(pacific: World) -> None:
    ban = [Measure("import_ban", "CHN", "AUS", "coal", left=0.1)]
    assert solve_shares_left(pacific, ban) is solve_shares_left(pacific, list(ban))


def test_a_share_the_other_measures_rule_out_is_refused_by_name(pacific: World) -> None:
    both = [
        Measure("import_tariff", "CHN", "AUS", "wine", 1.0),
        Measure("import_ban", "CHN", "AUS", "wine", left=0.9, name="soft ban"),
    ]
    with pytest.raises(MeasureError, match=r"soft ban: the other measures leave less .* left 0\.9 of wine"):
        solve_shares_left(pacific, both)


def test_two_shares_left_of_one_flow_are_refused(pacific: World) -> None:
    both = [Measure("import_ban", "CHN", "AUS", "wine", left=x) for x in (0.2, 0.3)]
    with pytest.raises(MeasureError, match="two measures state the share left of one flow"):
        solve_shares_left(pacific, both)


def test_a_buyer_without_any_supplier_is_named() -> None:
    world = small_world()
    flows = np.array(world.flows)
    j, i, n = world.sectors.index("wine"), world.state_index("AUS"), world.state_index("CHN")
    flows[j, i, n] = flows[j, :, n].sum()
    flows[j, [k for k in range(len(world.states)) if k != i], n] = 0.0
    closed = [Measure("import_ban", "CHN", "AUS", good, left=x) for good, x in (("wine", 0.0), ("coal", 0.5))]
    with pytest.raises(NoSupplierError, match="wine"):
        solve_shares_left(replace(world, flows=flows), closed)


@pytest.mark.parametrize(("kind", "by", "on"), [("import_ban", "CHN", "AUS"), ("export_ban", "AUS", "CHN")])
def test_a_buyer_with_one_seller_alone_is_named(kind: str, by: str, on: str) -> None:
    world = small_world()
    flows = np.array(world.flows)
    j, i, n = world.sectors.index("wine"), world.state_index("AUS"), world.state_index("CHN")
    flows[j, [k for k in range(len(world.states)) if k != i], n] = 0.0
    ban = Measure(kind, by, on, "wine", left=0.05)  # type: ignore[arg-type]
    with pytest.raises(MeasureError, match=r"CHN buys wine from AUS alone; found left 0\.05 of wine"):
        solve_shares_left(replace(world, flows=flows), [ban])


@pytest.mark.parametrize(
    ("kind", "more", "message"),
    [
        ("import_ban", {"size": 0.1, "left": 0.1}, "takes open or left, not both"),
        ("import_barrier", {"size": 1.1, "left": 0.1}, "takes factor or left, not both"),
        ("import_ban", {"left": 1.1}, "left out of range"),
        ("import_ban", {"left": -0.1}, "left out of range"),
        ("import_ban", {"left": float("nan")}, "left out of range"),
        ("export_control", {"left": 0.0}, "left out of range"),
        ("import_tariff", {"left": 0.5}, "states no share left"),
    ],
)
def test_a_share_left_is_checked(kind: str, more: dict[str, float], message: str) -> None:
    with pytest.raises(MeasureError, match=message):
        Measure(kind, "CHN", "AUS", "wine", **more)  # type: ignore[arg-type]


def test_arrays_are_not_made_of_a_share_that_is_not_solved_for(pacific: World) -> None:
    with pytest.raises(MeasureError, match="solve_shares_left"):
        compile_shock(pacific, [Measure("import_ban", "CHN", "AUS", "wine", left=0.1)])


#: Goods of Australia, which sells China .73 of its imports of wool and .0007 of its vehicles.
MARKET = ("wool", "iron_ore", "lng", "coal", "wine", "logs", "food", "vehicles")


@settings(max_examples=6, deadline=None)
@given(
    st.dictionaries(st.sampled_from(MARKET), st.floats(1e-3, 0.95), min_size=1, max_size=5),
    st.sampled_from(["import_ban", "import_barrier"]),
    st.sampled_from([1.05, 1.5]),
)
def test_shares_left_are_those_asked_for_of_dominant_and_of_small_goods(
    pacific: World, asked: dict[str, float], kind: str, kappa: float
) -> None:
    """To the tolerance stated, by a solve that is a thousand times finer."""
    stated = [Measure(kind, "CHN", "AUS", good, left=left) for good, left in asked.items()]
    solved = solve_shares_left(pacific, stated, EconomyParameters(factor_mobility=kappa))
    fine = EconomyParameters(factor_mobility=kappa, tolerance=1e-12)
    flows = solve_equilibrium(pacific, solved, parameters=fine).flows
    i, n = pacific.state_index("AUS"), pacific.state_index("CHN")
    for good, left in asked.items():
        j = pacific.sectors.index(good)
        assert abs(np.log(flows[j, i, n] / pacific.flows[j, i, n] / left)) < 2e-8  # and the residuals of both solves


@pytest.mark.parametrize("kind", ["import_ban", "import_barrier"])
def test_from_a_world_nearby_sizes_are_the_same_in_fewer_solves(
    pacific: World, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As exact as from the baseline: log shares left are off by at most ten residuals."""
    parameters = EconomyParameters(tolerance=1e-6, input_substitution=0.3)
    stated = [Measure(kind, "CHN", "AUS", ("wool", "coal", "wine"), left=0.1)]
    near = size_shares_left(pacific.with_elasticity(1.02 * pacific.trade_elasticity), stated, parameters)
    solves: list[int] = []

    def counted(*given: Any, **named: Any) -> Any:
        solves[-1] += 1
        return solve_equilibrium(*given, **named)

    monkeypatch.setattr(share_left, "solve_equilibrium", counted)
    found = []
    for start in ((), near.course):
        solves.append(0)
        found.append(size_shares_left(pacific, stated, parameters, start))
    assert 1 <= solves[1] < solves[0]
    fine = replace(parameters, tolerance=1e-12)
    for sizing in found:
        flows = solve_equilibrium(pacific, sizing.measures, parameters=fine).flows
        for m in sizing.measures:
            cell = pacific.sectors.index(m.sectors[0]), pacific.state_index("AUS"), pacific.state_index("CHN")
            assert abs(np.log(flows[cell] / pacific.flows[cell] / 0.1)) < 2e-5  # and the residual of the solve
    sizes = np.array([[m.size for m in sizing.measures] for sizing in found])
    np.testing.assert_allclose(sizes[1], sizes[0], rtol=5e-5)
    assert [m.sectors for m in found[1].measures] == [m.sectors for m in found[0].measures]


def test_a_measure_that_hindered_nothing_nearby_is_sized_here(pacific: World) -> None:
    """Set out from where all was left to it, it leaves what is asked, as from the baseline."""
    parameters = EconomyParameters()
    near, there = ((Measure("import_ban", "CHN", "AUS", "wine", left=left),) for left in (1.0, 0.6))
    course = size_shares_left(pacific, near, parameters).course
    assert course[0].tolist() == [0.0]
    found = size_shares_left(pacific, there, parameters, course).measures
    assert found[0].size == pytest.approx(size_shares_left(pacific, there, parameters).measures[0].size, rel=1e-6)
    assert left_of(pacific, found, "wine", "AUS", "CHN") == pytest.approx(0.6, abs=EXACT)
