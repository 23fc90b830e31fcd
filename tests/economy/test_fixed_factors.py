"""Where no factor can move the economy is that of kappa = 1, whatever kappa is named."""

from __future__ import annotations

import numpy as np
import pytest

from coercion_sim.economy import EconomyParameters, Stuck, solve_equilibrium
from coercion_sim.economy.kernel import log_phi_of
from coercion_sim.economy.prepare import prepare
from coercion_sim.economy.static import static_of
from support.worlds import random_shock, random_world

WORLD = random_world(2, 2, 3)


@pytest.mark.parametrize("kappa", [1.5, np.inf])
def test_with_every_sector_stuck_factors_earn_what_they_do_at_kappa_one(kappa: float) -> None:
    """Supply is the wage in either: no aptitude is dispersed enough to move anybody at kappa 1."""
    shock = random_shock(WORLD, 3)
    at_one = solve_equilibrium(WORLD, shock=shock, parameters=EconomyParameters(1.0, tolerance=1e-11))
    p = EconomyParameters(kappa, stuck=(Stuck("all"),), tolerance=1e-11)
    found = solve_equilibrium(WORLD, shock=shock, parameters=p)
    np.testing.assert_allclose(found.wage_hat, at_one.wage_hat, rtol=1e-8)
    np.testing.assert_allclose(found.real_income_hat, at_one.real_income_hat, rtol=1e-8)
    np.testing.assert_allclose(found.phi_hat, at_one.phi_hat, rtol=1e-8)


def test_a_state_with_every_sector_stuck_beside_others_has_finite_numbers() -> None:
    shock, p = random_shock(WORLD, 3), EconomyParameters(1.5, stuck=(Stuck("all", ("N1",)),))
    found = solve_equilibrium(WORLD, shock=shock, parameters=p)
    assert np.isfinite(found.wage_hat).all()
    assert np.isfinite(found.unknowns).all()
    factors = WORLD.baseline.factor_income
    earned = (factors * found.wage_hat).sum(axis=0) / factors.sum(axis=0)
    assert found.phi_hat[1] == pytest.approx(earned[1], rel=1e-9)  # each its own wage
    assert found.phi_hat[0] == pytest.approx(
        (WORLD.baseline.factor_share[:, 0] @ found.wage_hat[:, 0] ** 1.5) ** (1 / 1.5)
    )
    given = prepare(static_of(WORLD), shock, p)
    assert log_phi_of(given, np.log(found.wage_hat))[1] == 0.0  # nobody moves
