"""Loans against export revenue lost: the rule once more in plain loops, and every quarter solved by the oracle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coercion_sim.economy import EconomyParameters, Shock, next_quarter, start_market
from coercion_sim.world import World
from oracle import solver
from support.checks import altered
from support.worlds import random_world

#: Yearly interest of a perpetuity (model.md, section 3).
RATE = 0.03


def path(world: World) -> list[Shock]:
    """A porous ban that tightens to a complete one, eases, and closes once more beside a second one."""
    shocks = []
    for opens in ((1.0, 1.0), (0.4, 1.0), (0.4, 1.0), (0.0, 1.0), (0.3, 1.0), (0.0, 0.5), (0.0, 0.5)):
        open_share = np.ones((*world.shape, world.shape[1]))
        open_share[0, 1, 2], open_share[1, 0, 1] = opens
        shocks.append(altered(Shock.none(world), open=open_share))
    return shocks


def loans(flows: list[np.ndarray], shocks: list[Shock], gdp: np.ndarray, nu: float, smoothing: float) -> np.ndarray:
    """Net money lent to each state in the last quarter of the path, (N,), from flows at the end of each before it."""
    N, last = len(gdp), len(shocks) - 1
    credit = np.zeros((last + 1, N))
    for quarter in range(last + 1):
        for h in range(quarter + 1):
            start = quarter - h
            before = np.ones_like(shocks[0].open) if start == 0 else shocks[start - 1].open
            for j, i, n in np.ndindex(flows[start].shape):
                if i != n and before[j, i, n] > 0:
                    turned_away = max(0.0, 1 - shocks[start].open[j, i, n] / before[j, i, n])
                    credit[quarter, i] += smoothing * (1 - nu) ** (h + 1) * flows[start][j, i, n] * turned_away
    owed = credit[:last].sum(axis=0) / 4
    net = credit[last] - RATE * owed
    lent = np.array(net)
    for borrower in range(N):
        for lender in range(N):
            if lender != borrower:
                lent[lender] -= net[borrower] * gdp[lender] / (gdp.sum() - gdp[borrower])
    return lent


@pytest.mark.parametrize(("seed", "smoothing", "nu"), [(1, 0.3, 0.25), (7, 1.0, 0.5)])
def test_every_quarter_is_the_oracles_with_these_loans(seed: int, smoothing: float, nu: float) -> None:
    world = random_world(seed, 2, 3)
    shocks, before = path(world), solver.at_rest(world)
    flows = [np.array(world.flows)]
    p = EconomyParameters(adjustment_rate=nu, smoothing=smoothing, tolerance=1e-11)
    market = start_market(world, p)
    for quarter, shock in enumerate(shocks):
        lent = loans(flows, shocks[: quarter + 1], world.baseline.gdp, nu, smoothing)
        assert abs(lent.sum()) < 1e-9 * world.baseline.gdp.sum()
        acting = replace(shock, transfer=shock.transfer + lent)
        before = expected = solver.quarter(world, acting, before, nu, p.factor_mobility, "additive")
        market = next_quarter(market, shock)
        found = market.equilibrium
        scale = world.baseline.income.min()
        np.testing.assert_allclose(found.transfer, world.baseline.imbalance + lent, rtol=0, atol=1e-8 * scale)
        np.testing.assert_allclose(found.real_income_hat, expected.real_income_hat, rtol=1e-9)
        np.testing.assert_allclose(found.flows, expected.flows, rtol=1e-8, atol=1e-9 * scale)
        flows.append(expected.flows)
    assert np.abs(lent).max() > 1e-4 * scale


def test_a_loan_softens_the_first_year_and_is_paid_for_later() -> None:
    world = random_world(7, 2, 3, tariffs=False, imbalances=False)
    ban = path(world)[3]
    income = {}
    for smoothing in (0.0, 1.0):
        market, income[smoothing] = start_market(world, EconomyParameters(smoothing=smoothing)), []
        for _ in range(30):
            market = next_quarter(market, ban)
            income[smoothing].append(float(market.equilibrium.real_income_hat[1]))
    assert income[1.0][0] > income[0.0][0]
    assert income[1.0][-1] < income[0.0][-1]
