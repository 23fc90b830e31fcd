"""The market before the first quarter, and when nothing moves any more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coercion_sim.economy import EconomyParameters, Measure, Shock, Stuck, next_quarter, solve_equilibrium, start_market
from coercion_sim.economy.shock import compile_shock
from support.worlds import random_world

WORLD = random_world(4, 2, 3)


def test_the_market_starts_solved_at_the_baseline() -> None:
    market = start_market(WORLD)
    found = market.equilibrium
    assert (found.status, found.sweeps, found.residual) == ("converged", 0, 0.0)
    assert (market.quarter, market.since) == (-1, None)
    assert market.settled
    np.testing.assert_allclose(found.wage_hat, 1.0, rtol=0, atol=1e-15)
    np.testing.assert_allclose(found.flows, WORLD.flows, rtol=1e-12)


@pytest.mark.parametrize("until", [0, 1, None])
def test_balanced_trade_at_the_start_is_the_long_run_of_the_sectors_stuck_in_quarter_0(until: int | None) -> None:
    """A sector stuck up to quarter 0 is stuck at the start: without dates it is the same equilibrium."""
    p = EconomyParameters(closure="zero", stuck=(Stuck(("s1",), until=until),), tolerance=1e-11)
    stuck = solve_equilibrium(WORLD, parameters=replace(p, stuck=(Stuck(("s1",)),)))
    free = solve_equilibrium(WORLD, parameters=replace(p, stuck=()))
    found = start_market(WORLD, p).equilibrium
    np.testing.assert_allclose(found.real_income_hat, stuck.real_income_hat, rtol=1e-9)
    assert np.abs(found.wage_hat - free.wage_hat).max() > 1e-4


def test_a_market_settles_where_the_same_shock_moves_no_share() -> None:
    """With every buyer free the second quarter of a tariff is the first again: no sweep is needed from then on."""
    duty = compile_shock(WORLD, [Measure("import_tariff", "N0", "N1", "all", 0.2)])
    market = next_quarter(start_market(WORLD, EconomyParameters(adjustment_rate=1.0)), duty)
    assert not market.settled  # it has just moved
    for _ in range(3):
        market = next_quarter(market, duty)
    assert market.settled
    still = next_quarter(market, duty)
    assert still.equilibrium.sweeps == 0
    np.testing.assert_array_equal(still.equilibrium.share, market.equilibrium.share)
    moved = next_quarter(still, Shock.none(WORLD))
    assert moved.equilibrium.sweeps > 1


def test_a_market_with_attached_buyers_does_not_settle_while_they_switch() -> None:
    duty = compile_shock(WORLD, [Measure("import_tariff", "N0", "N1", "all", 0.2)])
    market = start_market(WORLD, EconomyParameters(adjustment_rate=0.25))
    for _ in range(4):
        market = next_quarter(market, duty)
        assert not market.settled
        assert market.equilibrium.sweeps > 1
