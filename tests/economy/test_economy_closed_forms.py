"""Cases with an exact answer: autarky, gains from trade, technology."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.economy import EconomyParameters, Shock, solve_equilibrium
from coercion_sim.world import World
from support import vectors
from support.checks import altered, assert_finite, foreign
from support.worlds import random_shock, random_world

ONE_FACTOR = EconomyParameters(factor_mobility=math.inf, tolerance=1e-11)


def isolated(world: World, factor: float = 1e4) -> Shock:
    """Iceberg costs of all foreign flows multiplied by a prohibitive factor."""
    return altered(Shock.none(world), barrier=np.where(foreign(world) > 0, factor, 1.0))


def test_autarky_of_two_equal_states_with_input_output_links() -> None:
    world = vectors.autarky_world()
    case = vectors.closed_forms()["symmetric_autarky"]
    np.testing.assert_allclose(world.baseline.value_added, case["value_added_per_country"], rtol=1e-12)
    found = solve_equilibrium(world, shock=isolated(world), parameters=ONE_FACTOR)
    for n in range(2):
        np.testing.assert_allclose(
            np.log(found.price_hat[:, n]), case["expected_log_sector_price_hat"], rtol=0, atol=1e-8
        )
    np.testing.assert_allclose(found.phi_hat, case["expected_wage_hat"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(found.real_factor_income_hat, case["expected_real_wage_hat"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(np.diagonal(found.share, axis1=1, axis2=2), 1, rtol=0, atol=1e-8)


def test_autarky_of_each_of_44_states_costs_what_its_own_share_says() -> None:
    """Arkolakis, Costinot and Rodriguez-Clare (2012): real wage hat pi_nn^(1/theta)."""
    world = vectors.gravity_world("ge_gravity_wiod44_eu_additive", "trade", theta=4.0)
    rows = vectors.table("trade_vectors", "closed_form", "acr_wiod44_2000_theta4.csv")
    assert list(rows["country"]) == list(world.states)
    np.testing.assert_allclose(np.diagonal(world.baseline.share[0]), rows["own_share_2000"], rtol=1e-9)
    parameters = EconomyParameters(factor_mobility=math.inf, closure="zero", tolerance=1e-11)
    found = solve_equilibrium(world, shock=isolated(world), parameters=parameters)
    np.testing.assert_allclose(found.real_factor_income_hat, rows["autarky_real_wage_hat_theta4"], rtol=0, atol=1e-8)


def test_published_gains_from_trade_of_the_usa() -> None:
    for case in vectors.closed_forms()["acr_published"]:
        own = case["own_expenditure_share"]
        flows = 100.0 * np.array([[own, 1 - own], [1 - own, own]])
        world = World.from_flows("acr", ["USA", "ROW"], ["all"], flows[None], -case["trade_elasticity"])
        found = solve_equilibrium(world, shock=isolated(world, 1e6), parameters=ONE_FACTOR)
        assert round(100 * (1 - float(found.real_income_hat[0])), 1) == case["published_gain_pct"]


def test_technology_raises_welfare_of_one_closed_state() -> None:
    world = World.from_flows("one", ["A"], ["all"], [[[100.0]]], 4.0)
    for case in vectors.closed_forms()["technology"]["cases"]:
        shock = altered(Shock.none(world), productivity=np.full((1, 1), case["x"] ** (1 / case["theta"])))
        found = solve_equilibrium(world, shock=shock, parameters=ONE_FACTOR)
        assert found.real_income_hat[0] == pytest.approx(case["expected_welfare_hat"], abs=1e-8)


@given(seed=st.integers(0, 1000), N=st.integers(2, 4))
def test_real_wage_is_own_share_to_minus_one_over_theta_under_any_iceberg(seed: int, N: int) -> None:
    """One sector, balanced trade, no tariffs: Arkolakis, Costinot and Rodriguez-Clare (2012, eq. 2)."""
    world = random_world(seed, 1, N, tariffs=False, inputs=False, imbalances=False)
    shock = random_shock(world, seed, tariffs=False, transfers=False, productivity=False)
    found = solve_equilibrium(world, shock=shock, parameters=ONE_FACTOR)
    own = np.diagonal(found.share[0]) / np.diagonal(world.baseline.share[0])
    np.testing.assert_allclose(found.real_factor_income_hat, own ** (-1 / world.trade_elasticity[0]), rtol=1e-8)


@pytest.mark.parametrize("how", ["icebergs", "bans"])
@pytest.mark.parametrize("seed", range(6))
def test_isolation_of_everybody_is_the_multi_sector_formula_with_inputs(seed: int, how: str) -> None:
    """``log P_j = sum_k gamma_kj log P_k + log w - (1/theta_j) log pi_own`` in every state, its wage as numeraire."""
    world = random_world(seed, 3, 3, tariffs=False, imbalances=False)
    shock = isolated(world, 1e9) if how == "icebergs" else altered(Shock.none(world), open=1.0 - foreign(world))
    parameters = EconomyParameters(factor_mobility=math.inf, closure="zero", tolerance=1e-11)
    found = solve_equilibrium(world, shock=shock, parameters=parameters)
    assert_finite(found)
    theta = world.trade_elasticity
    for n in range(3):
        own = world.baseline.share[:, n, n]
        log_price = np.linalg.solve(np.eye(3) - world.input_share[:, :, n].T, -np.log(own) / theta)
        real_wage = math.exp(-world.baseline.final_share[:, n] @ log_price)
        assert found.real_factor_income_hat[n] == pytest.approx(real_wage, abs=1e-8)
        assert found.real_income_hat[n] == pytest.approx(real_wage, abs=1e-8)
