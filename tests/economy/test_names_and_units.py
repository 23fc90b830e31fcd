"""Names of what comes out, and that no number depends on the unit of money, a state cut off included."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coercion_sim.economy import EconomyParameters, Shock, solve_equilibrium
from coercion_sim.world import World
from support.checks import altered
from support.worlds import random_world

WORLD = random_world(6, 2, 4)


def in_unit(world: World, unit: float) -> World:
    flows, gamma = world.flows / unit, world.input_share
    theta, names = world.trade_elasticity, (world.states, world.sectors)
    return World.from_flows("unit", *names, flows, theta, input_share=gamma, tariff=world.tariff)


def cut_off(world: World, state: int) -> Shock:
    """All trade of a state closed, and a tariff elsewhere."""
    open_, tariff = np.ones(world.flows.shape), np.array(world.tariff)
    abroad = np.arange(world.shape[1]) != state
    open_[:, state, abroad] = open_[:, abroad, state] = 0.0
    tariff[0, 0, 1] += 0.3
    return altered(Shock.none(world), open=open_, tariff=tariff)


@pytest.mark.parametrize("closure", ["additive", "multiplicative", "zero"])
@pytest.mark.parametrize("unit", [1e-4, 1e4])
def test_real_incomes_have_no_unit(closure: str, unit: float) -> None:
    p = EconomyParameters(closure=closure, tolerance=1e-11)  # type: ignore[arg-type]
    one, other = (
        solve_equilibrium(world, shock=cut_off(world, 3), parameters=p)
        for world in (in_unit(WORLD, 1.0), in_unit(WORLD, unit))
    )
    np.testing.assert_allclose(one.real_income_hat, other.real_income_hat, rtol=1e-8)
    np.testing.assert_allclose(one.transfer, other.transfer * unit, rtol=0, atol=1e-7 * WORLD.baseline.income.min())
    assert one.closed.tolist() == [False, False, False, True]
    np.testing.assert_allclose(one.transfer[:3].sum(), 0.0, atol=1e-9 * WORLD.baseline.income.max())
    assert one.transfer[3] == 0.0


def test_the_counterfactual_is_a_world_of_the_name_given_or_with_a_star() -> None:
    found = solve_equilibrium(WORLD, shock=cut_off(WORLD, 3))
    assert found.to_world("afterwards").name == "afterwards"
    assert found.to_world().name == f"{WORLD.name}*"
    assert replace(found, world=WORLD).to_world().states == WORLD.states
