"""Quarter by quarter (model.md §3): who switches when, what prices do, and where it all ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.economy import EconomyParameters, Shock, next_quarter, solve_equilibrium, start_market
from coercion_sim.world import World
from support.checks import altered, assert_clears, assert_finite
from support.worlds import CLOSURES, MOBILITIES, random_shock, random_world, random_worlds, seeds


def parameters(nu: float = 0.25, kappa: float = 1.5, closure: str = "additive") -> EconomyParameters:
    return EconomyParameters(factor_mobility=kappa, adjustment_rate=nu, closure=closure, tolerance=1e-11)  # type: ignore[arg-type]


def banned(world: World, sector: int, exporter: int, importer: int, open_share: float = 0.0) -> Shock:
    allowed = np.ones((*world.shape, world.shape[1]))
    allowed[sector, exporter, importer] = open_share
    return altered(Shock.none(world), open=allowed)


@given(world=random_worlds(), kappa=st.sampled_from(MOBILITIES))
def test_quarters_without_a_shock_change_nothing(world: World, kappa: float) -> None:
    market = start_market(world, parameters(kappa=kappa))
    for _ in range(3):
        market = next_quarter(market, Shock.none(world))
        np.testing.assert_allclose(market.equilibrium.price_hat, 1, rtol=0, atol=1e-12)
        np.testing.assert_allclose(market.equilibrium.share, world.baseline.share, rtol=0, atol=1e-12)


@given(world=random_worlds(), seed=seeds(), kappa=st.sampled_from(MOBILITIES), closure=st.sampled_from(CLOSURES))
def test_with_nu_one_a_quarter_is_the_static_model(world: World, seed: int, kappa: float, closure: str) -> None:
    market = start_market(world, parameters(1.0, kappa, closure))
    for step in range(2):
        shock = random_shock(world, seed + step)
        market = next_quarter(market, shock)
        static = solve_equilibrium(world, shock=shock, parameters=parameters(1.0, kappa, closure))
        for name in ("price_hat", "wage_hat", "real_income_hat", "spending"):
            np.testing.assert_allclose(getattr(market.equilibrium, name), getattr(static, name), rtol=1e-9)
        np.testing.assert_allclose(market.equilibrium.share, static.share, rtol=0, atol=1e-10)


@settings(max_examples=8)
@given(world=random_worlds(), seed=seeds(), kappa=st.sampled_from(MOBILITIES), closure=st.sampled_from(CLOSURES))
def test_markets_and_budgets_clear_every_quarter(world: World, seed: int, kappa: float, closure: str) -> None:
    market = start_market(world, parameters(0.25, kappa, closure))
    for step in range(3):
        shock = random_shock(world, seed + step)
        market = next_quarter(market, shock)
        assert_finite(market.equilibrium)
        assert_clears(world, shock, market.equilibrium, kappa)
        assert (market.equilibrium.flows[shock.open == 0] == 0).all()


@pytest.mark.parametrize("kappa", MOBILITIES)
@pytest.mark.parametrize("seed", range(3))
def test_the_long_run_is_the_static_equilibrium(seed: int, kappa: float) -> None:
    world = random_world(seed, 3, 3, zeros=bool(seed % 2))
    shock = random_shock(world, seed)
    static = solve_equilibrium(world, shock=shock, parameters=parameters(kappa=kappa))
    market = start_market(world, parameters(0.5, kappa))
    for _ in range(45):
        market = next_quarter(market, shock)
    np.testing.assert_allclose(market.equilibrium.price_hat, static.price_hat, rtol=1e-8)
    np.testing.assert_allclose(market.equilibrium.share, static.share, rtol=0, atol=1e-8)
    np.testing.assert_allclose(market.equilibrium.real_income_hat, static.real_income_hat, rtol=1e-8)


@pytest.mark.parametrize("closure", ["additive", "multiplicative"])
@pytest.mark.parametrize("open_share", [0.0, 0.4])
def test_sixty_quarters_after_a_ban_is_lifted_everything_is_back(closure: str, open_share: float) -> None:
    world = random_world(11, 3, 3)
    market = start_market(world, parameters(closure=closure))
    for _ in range(9):
        market = next_quarter(market, banned(world, 1, 0, 2, open_share))
    assert np.abs(market.equilibrium.price_hat - 1).max() > 1e-3
    for _ in range(60):
        market = next_quarter(market, Shock.none(world))
    np.testing.assert_allclose(market.equilibrium.price_hat, 1, rtol=0, atol=1e-6)
    np.testing.assert_allclose(market.equilibrium.share, world.baseline.share, rtol=0, atol=1e-6)


def closing_world(seed: int) -> World:
    """Sector 0 is a billionth of every economy and one factor is mobile, so nothing that happens there moves a wage."""
    world = random_world(seed, 2, 3, inputs=False, tariffs=False)
    flows = np.array(world.flows)
    flows[0] *= 1e-9
    return World.from_flows("closing", world.states, world.sectors, flows, world.trade_elasticity)


@pytest.mark.parametrize("open_share", [0.0, 0.4])
@pytest.mark.parametrize("nu", [0.1, 0.25, 0.9])
@pytest.mark.parametrize("seed", range(3))
def test_at_fixed_unit_costs_a_ban_costs_all_it_costs_in_its_first_quarter(
    seed: int, nu: float, open_share: float
) -> None:
    """P jumps to (1 - l)^(-1/theta), l the share lost, and stays: movers bear the whole loss of variety at once."""
    world = closing_world(seed)
    lost = world.baseline.share[0, 1, 2] * (1 - open_share)
    market = start_market(world, parameters(nu, math.inf, "additive"))
    first = None
    for _ in range(12):
        market = next_quarter(market, banned(world, 0, 1, 2, open_share))
        np.testing.assert_allclose(market.equilibrium.unit_cost_hat, 1, rtol=0, atol=1e-7)
        price = float(market.equilibrium.price_hat[0, 2])
        first = price if first is None else first
        assert first == pytest.approx((1 - lost) ** (-1 / world.trade_elasticity[0]), rel=1e-8)
        assert price >= first * (1 - 1e-9)


def test_a_porous_ban_held_constant_closes_once() -> None:
    """After the first quarter nobody is turned away: shares move to pi* at rate nu and no faster."""
    nu, open_share = 0.25, 0.4
    world = closing_world(4)
    pi = world.baseline.share[0, :, 2]
    best = pi * np.array([1, open_share, 1])
    best /= best.sum()
    lost = pi[1] * (1 - open_share)
    expected = (1 - nu) * pi * np.array([1, open_share, 1]) + (nu + (1 - nu) * lost) * best
    market = start_market(world, parameters(nu, math.inf, "additive"))
    for _ in range(8):
        market = next_quarter(market, banned(world, 0, 1, 2, open_share))
        np.testing.assert_allclose(market.equilibrium.share[0, :, 2], expected, rtol=0, atol=1e-8)
        expected = (1 - nu) * expected + nu * best


def test_a_ban_that_loosens_lets_buyers_back_slowly_and_closes_nobody() -> None:
    """From 0.2 open to 0.6: P falls to its new level at rate nu, in logs."""
    nu = 0.25
    world = closing_world(2)
    theta, pi = world.trade_elasticity[0], world.baseline.share[0, 1, 2]
    market = start_market(world, parameters(nu, math.inf, "additive"))
    for _ in range(3):
        market = next_quarter(market, banned(world, 0, 1, 2, 0.2))
    log_price = -math.log(1 - 0.8 * pi) / theta
    for _ in range(5):
        market = next_quarter(market, banned(world, 0, 1, 2, 0.6))
        log_price = (1 - nu) * log_price + nu * -math.log(1 - 0.4 * pi) / theta
        assert math.log(market.equilibrium.price_hat[0, 2]) == pytest.approx(log_price, abs=1e-8)


def test_reopening_moves_only_those_whose_turn_it_is() -> None:
    """The share won back in the first open quarter is nu times the share everybody would give."""
    world = random_world(5, 2, 3)
    market = start_market(world, parameters(0.25))
    for _ in range(4):
        market = next_quarter(market, banned(world, 0, 1, 2))
    assert market.equilibrium.share[0, 1, 2] == 0
    market = next_quarter(market, Shock.none(world))
    found = market.equilibrium
    cost = found.unit_cost_hat[0] ** -world.trade_elasticity[0] * world.baseline.share[0, :, 2]
    assert found.share[0, 1, 2] == pytest.approx(0.25 * cost[1] / cost.sum(), rel=1e-9)


def test_a_duty_closes_nothing_but_a_ban_closes_at_once() -> None:
    """Under a prohibitive duty the attached buyers stay: 1 - nu of the baseline share is left after one quarter."""
    world = random_world(6, 2, 3, tariffs=False)
    tariff = np.zeros((2, 3, 3))
    tariff[0, 1, 2] = 1000.0
    market = start_market(world, parameters(0.25))
    duty = next_quarter(market, altered(Shock.none(world), tariff=tariff)).equilibrium
    assert duty.share[0, 1, 2] == pytest.approx(0.75 * world.baseline.share[0, 1, 2], rel=1e-6)
    ban = next_quarter(market, banned(world, 0, 1, 2)).equilibrium
    assert ban.share[0, 1, 2] == 0


def test_a_market_is_not_changed_by_asking_for_its_next_quarter() -> None:
    world = random_world(8, 2, 3)
    market = start_market(world, parameters())
    one = next_quarter(market, banned(world, 0, 1, 2)).equilibrium
    two = next_quarter(market, banned(world, 0, 1, 2)).equilibrium
    np.testing.assert_array_equal(one.price_hat, two.price_hat)
    assert math.isfinite(one.residual)
