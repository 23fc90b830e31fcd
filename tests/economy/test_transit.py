"""A way round a measure: part of the varieties go through a third state, at a cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from coercion_sim.economy import (
    EconomyParameters,
    Measure,
    compile_shock,
    next_quarter,
    solve_equilibrium,
    solve_shares_left,
    start_market,
)
from coercion_sim.errors import MeasureError, WorldError
from oracle import solver as oracle
from support.worlds import random_world

WORLD = random_world(4, 3, 4, tariffs=False)
BUYER, SELLER, THIRD = 0, 1, 2


def ban(size: float = 0.0, **more: Any) -> Measure:
    """N0 bans s0 of N1, with a way through N2 if `transit` is given."""
    via = "N2" if "transit" in more else ""
    return Measure("import_ban", "N0", "N1", "s0", size, via=via, **more)


def varieties(direct: list[float], around: list[float], share: float, theta: float, many: int = 1000) -> float:
    """Mean competitiveness of varieties one by one, each at the lower of its costs; closed ways cost infinity."""
    able = round(share * many)
    total = 0.0
    for k in range(many):
        ways = [direct, around] if k < able else [direct]
        total += max(open_ * factor**-theta for open_, factor in ways)
    return total / many


@pytest.mark.parametrize(
    ("measures", "direct", "around"),
    [
        ([ban(0.0, transit=0.3, transit_cost=1.2)], [0.0, 1.0], [1.0, 1.2]),
        ([ban(0.7, transit=0.3, transit_cost=1.01)], [0.7, 1.0], [1.0, 1.01]),
        ([ban(0.7, transit=0.3, transit_cost=3.0)], [0.7, 1.0], [1.0, 3.0]),
        (
            [Measure("export_control", "N1", "N0", "s0", 2.0, via="N2", transit=0.3, transit_cost=1.1)],
            [1.0, 2.0],
            [1.0, 1.1],
        ),
        (
            [
                ban(0.0, transit=0.3, transit_cost=1.2),
                Measure("import_ban", "N0", "N2", "s0", 0.5),
                Measure("export_control", "N1", "N2", "s0", 1.1),
            ],
            [0.0, 1.0],
            [0.5, 1.2 * 1.1],
        ),
        (
            [
                ban(0.0, transit=0.3, transit_cost=1.2),
                Measure("import_barrier", "N0", "N2", "s0", 1.3),
                Measure("export_control", "N1", "N2", "s0", 1.1),
            ],
            [0.0, 1.0],
            [1.0, 1.2 * 1.1 * 1.3],
        ),
    ],
)
def test_each_variety_takes_the_better_way(measures: list[Measure], direct: list[float], around: list[float]) -> None:
    """The independent solver at the competitiveness that loops over varieties give."""
    found = solve_equilibrium(WORLD, measures)
    left = varieties(direct, around, 0.3, float(WORLD.trade_elasticity[0]))
    plain = compile_shock(WORLD, [replace(m, via="", transit=0.0, transit_cost=1.0) for m in measures[1:]])
    allowed = plain.open.copy()
    allowed[0, SELLER, BUYER] = left
    expected = oracle.equilibrium(WORLD, replace(plain, open=allowed), EconomyParameters().factor_mobility)
    np.testing.assert_allclose(found.flows, expected.flows, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found.real_income_hat, expected.real_income_hat, rtol=1e-7)


def test_nothing_goes_round_what_does_not_hinder() -> None:
    none = solve_equilibrium(WORLD, [ban(1.0, transit=0.5, transit_cost=1.3)])
    np.testing.assert_allclose(none.real_income_hat, 1.0, atol=1e-9)
    free = solve_equilibrium(WORLD, [ban(0.0, transit=1.0)])  # every variety, at no cost
    np.testing.assert_allclose(free.flows, WORLD.flows, rtol=1e-7)


def test_the_seller_loses_less_the_more_goes_round_and_more_the_dearer_it_is() -> None:
    def sold(**more: float) -> float:
        return float(solve_equilibrium(WORLD, [ban(**more)]).flows[0, SELLER, BUYER])

    by_share = [sold(), *(sold(transit=s, transit_cost=1.1) for s in (0.1, 0.4, 0.8))]
    assert by_share[0] == 0.0
    assert (np.diff(by_share) > 0).all()
    by_cost = [sold(transit=0.4, transit_cost=c) for c in (1.0, 1.1, 1.5, 50.0)]
    assert (np.diff(by_cost) < 0).all()
    assert by_cost[-1] < 1e-3 * by_cost[0]


def test_a_way_that_is_closed_too_is_no_way() -> None:
    for leg in (Measure("import_ban", "N0", "N2", "s0", 0.0), Measure("export_ban", "N1", "N2", "s0", 0.0)):
        around, plain = ([m, leg] for m in (ban(0.0, transit=0.5), ban(0.0)))
        found, expected = compile_shock(WORLD, around), compile_shock(WORLD, plain)
        np.testing.assert_array_equal(found.open, expected.open)
        assert found.content != expected.content


def test_it_grows_with_the_measure_and_buyers_of_what_goes_round_stay() -> None:
    gradual = replace(ban(0.0, transit=0.4, transit_cost=1.2), phase_in=2)
    half = compile_shock(WORLD, [gradual], 0).open[0, SELLER, BUYER]
    around = 1.2 ** -float(WORLD.trade_elasticity[0])
    assert half == pytest.approx(0.6 * 0.5 + 0.4 * max(0.5, around))
    p = EconomyParameters(adjustment_rate=0.3)
    quarter = next_quarter(start_market(WORLD, p), compile_shock(WORLD, [ban(0.0, transit=1.0)], 0)).equilibrium
    np.testing.assert_allclose(quarter.real_income_hat, 1.0, atol=1e-9)


def test_a_share_left_beside_it_counts_what_goes_round() -> None:
    other = Measure("import_ban", "N0", "N3", "s1", left=0.5)
    sized = solve_shares_left(WORLD, [ban(0.0, transit=0.4, transit_cost=1.1), other])
    found = solve_equilibrium(WORLD, sized)
    assert sized[0].via == "N2"
    assert found.flows[1, 3, 0] / WORLD.flows[1, 3, 0] == pytest.approx(0.5, rel=1e-6)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"via": "", "transit": 0.2}, "via must be given"),
        ({"via": "N0", "transit": 0.2}, "third state"),
        ({"via": "N2"}, "transit out of range"),
        ({"via": "N2", "transit": 1.2}, "transit out of range"),
        ({"via": "N2", "transit": 0.2, "transit_cost": 0.9}, "transit_cost out of range"),
        ({"via": "N2", "transit": 0.2, "size": float("nan"), "left": 0.3}, "not both"),
        ({"via": "N2", "transit": 0.2, "kind": "import_tariff", "size": 0.2}, "has no way round"),
    ],
)
def test_a_way_round_that_is_none_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(MeasureError, match=words):
        Measure(**{"kind": "import_ban", "by": "N0", "on": "N1", "sectors": "s0", "size": 0.0, **changes})


def test_a_third_state_the_world_lacks_is_named() -> None:
    with pytest.raises((MeasureError, WorldError), match="VNM"):
        compile_shock(WORLD, [Measure("import_ban", "N0", "N1", "s0", 0.0, via="VNM", transit=0.2)])
