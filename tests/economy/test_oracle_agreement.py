"""The package's solver against the oracle: the same model written twice, by two hands, must give the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from coercion_sim.economy import EconomyParameters, next_quarter, solve_equilibrium, start_market
from coercion_sim.world import World
from oracle import solver
from support.worlds import CLOSURES, MOBILITIES, random_shock, random_world

#: seed -> (sectors, states, what the world has)
WORLDS: dict[int, tuple[int, int, dict[str, bool]]] = {
    0: (1, 2, {"tariffs": False, "inputs": False}),
    1: (1, 3, {"zeros": True}),
    2: (2, 2, {}),
    3: (2, 3, {"zeros": True}),
    4: (3, 2, {"inputs": False}),
    5: (3, 3, {"zeros": True}),
    6: (4, 3, {"tariffs": False}),
    7: (4, 4, {"zeros": True}),
    8: (2, 5, {"imbalances": False}),
    9: (3, 5, {"zeros": True}),
    10: (4, 5, {}),
    11: (4, 5, {"zeros": True}),
}
PER_CELL = ("price_hat", "spending")
PER_PRODUCER = ("wage_hat", "unit_cost_hat", "sales")
PER_STATE = ("phi_hat", "income", "real_income_hat", "real_factor_income_hat", "real_gdp_hat")


def assert_same(world: World, ours: Any, oracle: solver.Solution) -> None:
    """Every array to 1e-9, flows and shares of empty cells to 1e-9 of the largest."""
    buys, makes = world.baseline.spending > 0, world.baseline.sales > 0
    for names, cells in ((PER_CELL, buys), (PER_PRODUCER, makes), (PER_STATE, slice(None))):
        for name in names:
            np.testing.assert_allclose(
                getattr(ours, name)[cells], getattr(oracle, name)[cells], rtol=1e-9, err_msg=name
            )
    scale = world.baseline.income.min()
    np.testing.assert_allclose(ours.share, oracle.share, rtol=0, atol=1e-9, err_msg="share")
    np.testing.assert_allclose(ours.transfer, oracle.imbalance + oracle.transfer, rtol=1e-9, atol=1e-9 * scale)
    for name in ("flows", "tariff_revenue"):
        np.testing.assert_allclose(
            getattr(ours, name), getattr(oracle, name), rtol=1e-9, atol=1e-9 * scale, err_msg=name
        )


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("kappa", MOBILITIES)
@pytest.mark.parametrize("seed", WORLDS)
def test_static_equilibrium_agrees_with_the_oracle(seed: int, kappa: float, closure: str) -> None:
    S, N, has = WORLDS[seed]
    world = random_world(seed, S, N, **has)
    shock = random_shock(world, seed)
    parameters = EconomyParameters(factor_mobility=kappa, closure=closure, tolerance=1e-11)  # type: ignore[arg-type]
    ours = solve_equilibrium(world, shock=shock, parameters=parameters)
    assert_same(world, ours, solver.equilibrium(world, shock, kappa, closure))


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("kappa", [1.5, float("inf")])
@pytest.mark.parametrize("seed", [1, 3, 5, 8])
def test_every_quarter_agrees_with_the_oracle(seed: int, kappa: float, closure: str) -> None:
    """Shocks change every two quarters, so bans start, stay, loosen and end; money and productivity move too."""
    S, N, has = WORLDS[seed]
    world = random_world(seed, S, N, **has)
    shocks = [random_shock(world, 100 * seed + q // 2) for q in range(6)]
    parameters = EconomyParameters(factor_mobility=kappa, adjustment_rate=0.3, closure=closure, tolerance=1e-11)  # type: ignore[arg-type]
    market = start_market(world, parameters)
    for shock, expected in zip(shocks, solver.quarters(world, shocks, 0.3, kappa, closure), strict=True):
        market = next_quarter(market, shock)
        assert_same(world, market.equilibrium, expected)
