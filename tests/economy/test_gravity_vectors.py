"""Structural gravity is the model with one sector, no inputs, no tariffs: Stata ge_gravity and Python gegravity."""

from __future__ import annotations

import math

import numpy as np
import pytest

from coercion_sim.economy import EconomyParameters, Shock, solve_equilibrium
from coercion_sim.world import ras
from support import vectors
from support.checks import altered

STATA = "ge_gravity_wiod44_eu_additive"
#: gegravity experiment -> its largest gap in log real output to the exact model (its PROVENANCE).
GEGRAVITY = {
    "gegravity_coerce_chn_aus_balanced": 3.4e-4,
    "gegravity_pta_can_jpn": 9.9e-5,
    "gegravity_pta_can_jpn_balanced": 9.5e-5,
}


@pytest.mark.parametrize("kappa", [1.5, math.inf])
def test_stata_ge_gravity_with_additive_imbalances(kappa: float) -> None:
    """With one sector kappa plays no part."""
    world = vectors.gravity_world(STATA, "trade", theta=4.0)
    _, beta = vectors.bilateral(STATA, "beta")
    _, new = vectors.bilateral(STATA, "X_new_stata")
    shock = altered(Shock.none(world), barrier=np.exp(-beta / 4.0)[None])
    parameters = EconomyParameters(factor_mobility=kappa, closure="additive", tolerance=1e-11)
    found = solve_equilibrium(world, shock=shock, parameters=parameters)
    expected = vectors.table("trade_vectors", STATA, "country.csv")
    assert list(expected["country"]) == list(world.states)
    np.testing.assert_allclose(found.real_income_hat, expected["welfare_hat_stata"], rtol=0, atol=2e-7)
    np.testing.assert_allclose(found.flows[0], new, rtol=2e-7)


@pytest.mark.parametrize("folder", [name for name in GEGRAVITY if name.endswith("balanced")])
def test_gegravity_conditional_step(folder: str) -> None:
    """At fixed output and expenditure, multilateral resistance is a biproportional fit (sigma 5, reference DEU)."""
    states, trade = vectors.bilateral(folder, "baseline_modeled_trade")
    _, b_hat = vectors.bilateral(folder, "b_hat")
    country = vectors.table("trade_vectors", folder, "country_gegravity.csv")
    assert list(country["country"]) == states
    before = trade * b_hat
    fitted = ras(before, country["baseline_output"], country["baseline_expenditure"])
    np.testing.assert_allclose(fitted.sum(axis=0), country["baseline_expenditure"], rtol=1e-9)
    np.testing.assert_allclose(fitted.sum(axis=1), country["baseline_output"], rtol=1e-9)
    factor = fitted / before
    column = factor[0] / factor[0, states.index("DEU")]
    row = factor[:, 0] / factor[0, 0]
    np.testing.assert_allclose(factor / factor[0, 0], row[:, None] * (factor[0] / factor[0, 0]), rtol=1e-9)
    expected = country["conditional_imr"] / country["baseline_imr"]
    np.testing.assert_allclose(column ** (1 / 4.0), expected, rtol=1e-9)


@pytest.mark.parametrize("folder", GEGRAVITY)
def test_gegravity_full_equilibrium_within_its_known_gap(folder: str) -> None:
    """gegravity keeps output shares at baseline in its last step, so it is near the exact answer, not on it."""
    world = vectors.gravity_world(folder, "baseline_modeled_trade", theta=4.0)
    _, b_hat = vectors.bilateral(folder, "b_hat")
    country = vectors.table("trade_vectors", folder, "country_gegravity.csv")
    shock = altered(Shock.none(world), barrier=b_hat[None] ** (-1 / 4.0))
    parameters = EconomyParameters(factor_mobility=math.inf, closure="multiplicative", tolerance=1e-11)
    found = solve_equilibrium(world, shock=shock, parameters=parameters)
    ours = np.log(found.real_factor_income_hat)
    theirs = np.log1p(country["GDP_change_pct"] / 100)
    assert np.corrcoef(ours, theirs)[0, 1] > 0.996
    assert np.abs(ours - theirs).max() < GEGRAVITY[folder] * 1.02  # the bound is stated to two digits
    assert np.argmax(np.abs(ours)) == np.argmax(np.abs(theirs))
