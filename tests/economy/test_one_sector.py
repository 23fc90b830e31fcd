"""Newton's method for one sector without inputs, against a closed form and against the sweeps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.economy import EconomyParameters, Shock, solve_equilibrium
from coercion_sim.economy import solver as solving
from coercion_sim.economy.one_sector import is_simple
from coercion_sim.economy.prepare import prepare
from coercion_sim.economy.static import Static
from coercion_sim.world import World
from support.worlds import CLOSURES, MOBILITIES, random_shock, random_world, seeds


def solved(world: World, shock: Shock, parameters: EconomyParameters, newton: bool) -> np.ndarray:
    with pytest.MonkeyPatch.context() as patch:
        if not newton:
            patch.setattr(solving, "is_simple", lambda given: False)
        return solve_equilibrium(world, shock=shock, parameters=parameters).unknowns


@pytest.mark.parametrize("barrier", [1.01, 1.5, 4.0])
def test_two_symmetric_states_have_a_closed_form(barrier: float) -> None:
    """Wages stay, the home share is ``h / (h + (1 - h) d^-theta)``, real income its ratio to h to the -1/theta."""
    home, theta = 0.7, 4.0
    flows = 100.0 * np.array([[[home, 1.0 - home], [1.0 - home, home]]])
    world = World.from_flows("twins", ["A", "B"], ["goods"], flows, theta)
    d = np.array([[[1.0, barrier], [barrier, 1.0]]])
    found = solve_equilibrium(world, shock=replace(Shock.none(world), barrier=d))
    left = home / (home + (1.0 - home) * barrier**-theta)
    assert found.sweeps == 1
    np.testing.assert_allclose(found.wage_hat, 1.0, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.share[0].diagonal(), left, rtol=1e-12)
    np.testing.assert_allclose(found.real_income_hat, (left / home) ** (-1.0 / theta), rtol=1e-12)


@given(seed=seeds(), closure=st.sampled_from(CLOSURES), kappa=st.sampled_from(MOBILITIES), imbalances=st.booleans())
def test_newton_ends_where_the_sweeps_do(seed: int, closure: str, kappa: float, imbalances: bool) -> None:
    world = random_world(seed, 1, 4, tariffs=False, inputs=False, imbalances=imbalances)
    shock = random_shock(world, seed, tariffs=False, bans=False, transfers=False)
    parameters = EconomyParameters(factor_mobility=kappa, closure=closure, tolerance=1e-11)  # type: ignore[arg-type]
    assert is_simple(prepare(Static.of(world), shock, parameters))
    quick, slow = (solved(world, shock, parameters, newton) for newton in (True, False))
    np.testing.assert_allclose(quick, slow, rtol=0, atol=1e-8)


def test_the_sweeps_go_on_where_newton_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    world = random_world(3, 1, 4, tariffs=False, inputs=False)
    shock, parameters = random_shock(world, 3, tariffs=False, bans=False), EconomyParameters(tolerance=1e-11)
    right = solved(world, shock, parameters, newton=False)
    monkeypatch.setattr(solving, "newton", lambda given, start, tolerance: start * np.nan)
    np.testing.assert_allclose(solved(world, shock, parameters, newton=True), right, rtol=0, atol=1e-8)


@pytest.mark.parametrize("kind", [{"inputs": True}, {"S": 2}, {"tariffs": True}])
def test_other_worlds_are_swept(kind: dict) -> None:
    world = random_world(5, **{"S": 1, "N": 3, "tariffs": False, "inputs": False, **kind})
    assert is_simple(prepare(Static.of(world), Shock.none(world), EconomyParameters())) is False
