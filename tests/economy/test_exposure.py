"""Exposure to others' productivity against differences of the equilibrium, and what it says in simple worlds."""

from __future__ import annotations

import numpy as np
import pytest

from coercion_sim.economy import EconomyParameters, Shock, solve_equilibrium
from coercion_sim.economy.closed_forms import exposure
from coercion_sim.errors import InvalidInput
from coercion_sim.world import World
from support.checks import altered
from support.worlds import random_world


@pytest.mark.parametrize(("seed", "elasticity"), [(1, 5.0), (4, 2.5)])
def test_exposure_is_the_derivative_of_the_equilibrium(seed: int, elasticity: float) -> None:
    """Central differences of exact solutions in the world of one sector, imbalances a constant share of income."""
    matrix, single = exposure(random_world(seed, 3, 4), elasticity)
    p = EconomyParameters(closure="multiplicative", tolerance=1e-13)
    width, N = 1e-4, len(single.states)
    for i in range(N):
        logs = []
        for step in (-width, width):
            productivity = np.ones((1, N))
            productivity[0, i] = np.exp(step)
            shock = altered(Shock.none(single), productivity=productivity)
            logs.append(np.log(solve_equilibrium(single, shock=shock, parameters=p).real_income_hat))
        np.testing.assert_allclose(matrix[:, i], (logs[1] - logs[0]) / (2 * width), rtol=0, atol=2e-6)


def test_the_world_of_one_sector_adds_up_flows_and_has_no_inputs() -> None:
    world = random_world(2, 3, 4)
    matrix, single = exposure(world)
    assert single.shape == (1, 4)
    np.testing.assert_allclose(single.flows[0], world.flows.sum(axis=0))
    assert single.trade_elasticity.tolist() == [5.0]
    assert not single.input_share.any()
    np.testing.assert_allclose(matrix.sum(axis=1), 1.0, rtol=1e-9)  # all more productive alike: all that much richer


@pytest.mark.parametrize("elasticity", [1.5, 5.0])
def test_two_states_alike_share_what_one_of_them_gains(elasticity: float) -> None:
    """Own gain is 1 in autarky and ``(1 + theta / (1 + theta)) / 2`` without a home bias: its wage rises by less."""
    own = []
    for home in (100.0 - 1e-4, 90.0, 60.0, 50.0):
        flows = np.array([[[home, 100.0 - home], [100.0 - home, home]]])
        matrix, _ = exposure(World.from_flows("pair", ["A", "B"], ["g"], flows, [5.0]), elasticity)
        np.testing.assert_allclose(matrix, matrix[::-1, ::-1], rtol=1e-9)
        np.testing.assert_allclose(matrix.sum(axis=1), 1.0, rtol=1e-9)
        own.append(matrix[0, 0])
    assert own[0] == pytest.approx(1.0, abs=1e-5)
    assert own[0] > own[1] > own[2] > own[3]
    assert own[3] == pytest.approx(0.5 * (1 + elasticity / (1 + elasticity)))


def test_states_in_autarky_are_named_and_have_no_exposure() -> None:
    flows = np.array([[[60.0, 40.0, 0.0, 0.0], [40.0, 60.0, 0.0, 0.0], [0.0, 0.0, 9.0, 0.0], [0.0, 0.0, 0.0, 7.0]]])
    with pytest.raises(InvalidInput, match="C, D"):
        exposure(World.from_flows("apart", ["A", "B", "C", "D"], ["g"], flows, [5.0]))
