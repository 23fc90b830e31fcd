"""Trade elasticities on a path from the short run to the long one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coercion_sim.economy import (
    EconomyParameters,
    Measure,
    Shock,
    ShortRun,
    compile_shock,
    next_quarter,
    solve_equilibrium,
    start_market,
)
from coercion_sim.errors import InvalidInput, WorldError
from support.worlds import random_world

WORLD = random_world(4, 3, 3, tariffs=False)
BAN = compile_shock(WORLD, [Measure("import_ban", "N0", "N1", "s0", 0.1)])


def test_each_quarter_is_the_static_model_at_its_own_elasticities() -> None:
    """theta_h = 2 + (theta - 2) (1 - .6^h) for two sectors, h counted from the first quarter with a shock."""
    p = EconomyParameters(adjustment_rate=1.0, short_run=ShortRun({"s0": 2.0, "s1": 1.0}, rate=0.4))
    market = start_market(WORLD, p)
    for _ in range(3):
        market = next_quarter(market, Shock.none(WORLD))
        np.testing.assert_allclose(market.equilibrium.real_income_hat, 1, atol=1e-12)
    for h in range(4):
        market = next_quarter(market, BAN)
        theta = np.array(WORLD.trade_elasticity)
        for j, short in ((0, 2.0), (1, 1.0)):
            theta[j] = short + (theta[j] - short) * (1 - 0.6**h)
        expected = solve_equilibrium(WORLD.with_elasticity(theta), shock=BAN, parameters=replace(p, short_run=None))
        np.testing.assert_allclose(market.equilibrium.real_income_hat, expected.real_income_hat, rtol=1e-8)
        np.testing.assert_allclose(market.equilibrium.share, expected.share, rtol=0, atol=1e-8)


def test_the_path_arrives_at_the_long_run_and_comes_to_rest() -> None:
    p = EconomyParameters(adjustment_rate=1.0, short_run=ShortRun(0.8, rate=0.5))
    settled = solve_equilibrium(WORLD, shock=BAN, parameters=p)
    np.testing.assert_array_equal(
        settled.real_income_hat, solve_equilibrium(WORLD, shock=BAN, parameters=EconomyParameters()).real_income_hat
    )
    market = start_market(WORLD, p)
    losses = []
    for _ in range(45):
        market = next_quarter(market, BAN)
        losses.append(1 - float(market.equilibrium.real_income_hat[0]))
    assert market.at_rest
    np.testing.assert_allclose(market.equilibrium.real_income_hat, settled.real_income_hat, rtol=1e-8)
    assert losses[0] > losses[2] > losses[6] > losses[-1] > 0


def test_attached_buyers_on_top_must_be_asked_for() -> None:
    with pytest.raises(InvalidInput, match="slows trade down twice"):
        EconomyParameters(short_run=ShortRun(2.0))
    both = EconomyParameters(short_run=ShortRun(2.0, beside_adjustment=True))
    slow = next_quarter(start_market(WORLD, both), BAN).equilibrium
    quick = next_quarter(start_market(WORLD, EconomyParameters()), BAN).equilibrium
    assert np.abs(slow.real_income_hat - quick.real_income_hat).max() > 1e-5


@pytest.mark.parametrize(
    "path", [ShortRun(0.0), ShortRun(2.0, rate=0.0), ShortRun({"s0": -1.0}), ShortRun(2.0, rate=1.5)]
)
def test_paths_that_are_none_are_refused(path: ShortRun) -> None:
    with pytest.raises(InvalidInput) as caught:
        EconomyParameters(adjustment_rate=1.0, short_run=path)
    assert [problem.key for problem in caught.value.problems] == ["short_run"]


def test_a_sector_the_world_lacks_is_named() -> None:
    p = EconomyParameters(adjustment_rate=1.0, short_run=ShortRun({"gas": 2.0}))
    with pytest.raises(WorldError, match="gas"):
        next_quarter(start_market(WORLD, p), BAN)
