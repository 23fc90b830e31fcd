"""The oracle must itself be right before anything is held to it: closed forms, published answers, its quarters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coercion_sim.economy import Shock
from oracle import solver
from support import vectors, worlds


def at(shock: Shock, **changes: np.ndarray) -> Shock:
    return replace(shock, **changes)


@pytest.mark.parametrize("kappa", worlds.MOBILITIES)
def test_oracle_leaves_an_unshocked_world_alone(kappa: float) -> None:
    world = worlds.random_world(3, 3, 4, zeros=True)
    found = solver.equilibrium(world, Shock.none(world), kappa)
    np.testing.assert_allclose(found.price_hat, 1, atol=1e-12)
    np.testing.assert_allclose(found.wage_hat, 1, atol=1e-12)
    np.testing.assert_allclose(found.flows, world.flows, rtol=1e-12)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("closure", worlds.CLOSURES)
def test_oracle_markets_and_budgets_clear_in_levels(seed: int, closure: str) -> None:
    world = worlds.random_world(seed, 3, 4, zeros=bool(seed % 2))
    shock = worlds.random_shock(world, seed)
    found = solver.equilibrium(world, shock, 1.5, closure)
    exports = (found.flows * (1 - np.eye(4))).sum(axis=(0, 2))
    imports = (found.flows * (1 - np.eye(4))).sum(axis=(0, 1))
    np.testing.assert_allclose(imports - exports, found.imbalance + shock.transfer, atol=1e-9)
    np.testing.assert_allclose(found.imbalance.sum(), 0, atol=1e-9)
    np.testing.assert_allclose(found.phi_hat @ world.baseline.value_added, world.baseline.value_added.sum(), rtol=1e-12)


def test_oracle_reproduces_stata_ge_gravity() -> None:
    folder = "ge_gravity_wiod44_eu_additive"
    world = vectors.gravity_world(folder, "trade")
    _, beta = vectors.bilateral(folder, "beta")
    _, new = vectors.bilateral(folder, "X_new_stata")
    shock = at(Shock.none(world), barrier=np.exp(-beta / 4.0)[None])
    found = solver.equilibrium(world, shock, float("inf"))
    np.testing.assert_allclose(found.flows[0], new, rtol=2e-7)
    expected = vectors.table("trade_vectors", folder, "country.csv")
    assert list(expected["country"]) == list(world.states)
    np.testing.assert_allclose(found.real_income_hat, expected["welfare_hat_stata"], atol=2e-7)


def test_oracle_near_autarky_is_the_closed_form() -> None:
    world = vectors.autarky_world()
    case = vectors.closed_forms()["symmetric_autarky"]
    barrier = np.where(np.eye(2) > 0, 1.0, 30.0)[None].repeat(2, axis=0)
    found = solver.equilibrium(world, at(Shock.none(world), barrier=barrier), float("inf"))
    np.testing.assert_allclose(np.log(found.price_hat[:, 0]), case["expected_log_sector_price_hat"], atol=1e-6)
    np.testing.assert_allclose(found.real_factor_income_hat, case["expected_real_wage_hat"], atol=1e-6)


def test_oracle_quarters_end_in_its_own_static_equilibrium() -> None:
    world = worlds.random_world(7, 2, 3)
    shock = worlds.random_shock(world, 7)
    static = solver.equilibrium(world, shock)
    at_once = solver.quarters(world, [shock], nu=1.0)[0]
    np.testing.assert_allclose(at_once.price_hat, static.price_hat, rtol=1e-10)
    last = solver.quarters(world, [shock] * 60, nu=0.4)[-1]
    np.testing.assert_allclose(last.price_hat, static.price_hat, rtol=1e-9)
    np.testing.assert_allclose(last.share, static.share, atol=1e-9)


@pytest.mark.parametrize("open_share", [0.0, 0.4])
def test_oracle_charges_a_ban_at_once_at_given_unit_costs(open_share: float) -> None:
    world = worlds.random_world(4, 2, 3, tariffs=False)
    allowed = np.ones((2, 3, 3))
    allowed[0, 1, 2] = open_share
    shock = at(Shock.none(world), open=allowed)
    level = (1 - world.baseline.share[0, 1, 2] * (1 - open_share)) ** (-1 / world.trade_elasticity[0])
    last = solver.at_rest(world)
    for _ in range(10):
        share, price, log_p = solver.buyers_quarter(world, shock, last, np.ones((2, 3)), 0.25)
        last = replace(last, share=share, price_hat=price, log_delivered=log_p, open=allowed)
        assert price[0, 2] == pytest.approx(level, rel=1e-12)
        np.testing.assert_allclose(share.sum(axis=1), 1, rtol=1e-12)
