"""Levels that many markets share: the derivative against differences of the sweep, and solves with and without them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.economy import EconomyParameters, Measure, Shock, Stuck, compile_shock
from coercion_sim.economy.anderson import fixed_point
from coercion_sim.economy.levels import _Derivative, _OneFactor, levels_of
from coercion_sim.economy.prepare import prepare
from coercion_sim.economy.solver import neutral_start, quickest
from coercion_sim.economy.static import Static, static_of
from coercion_sim.world import World, load_world
from support.worlds import random_world, seeds

MEASURES = (
    Measure("import_ban", "CHN", "AUS", ("coal", "wine"), 0.02),
    Measure("import_tariff", "AUS", "CHN", ("coal",), 0.2),
)


@pytest.fixture(scope="module")
def pacific() -> World:
    return load_world("pacific-2019")


@given(seed=seeds(), kappa=st.sampled_from([1.05, 2.0, float("inf")]), inputs=st.booleans(), stuck=st.booleans())
def test_the_derivative_is_that_of_the_sweep(seed: int, kappa: float, inputs: bool, stuck: bool) -> None:
    """Exactly, in a balanced world without tariffs whose shares of cost are constant."""
    world = random_world(seed, 2, 3, tariffs=False, inputs=inputs, imbalances=False)
    entries = (Stuck(world.sectors[0]),) if stuck and np.isfinite(kappa) else ()
    static, parameters = Static.of(world), EconomyParameters(factor_mobility=kappa, stuck=entries)
    system = replace(prepare(static, Shock.none(world), parameters), levels=None)
    start, step = neutral_start(world, system), quickest(system)
    direction = np.random.default_rng(seed).normal(size=start.size)
    moved = (step(start + 1e-6 * direction)[0] - step(start - 1e-6 * direction)[0]) / 2e-6
    kind = _OneFactor if np.isinf(kappa) else _Derivative
    S, N = world.shape
    parts = direction[: -2 * S * N].reshape(system.wages), *direction[-2 * S * N :].reshape(2, S, N)
    stays = False if system.stuck is None else system.stuck
    found = kind(static, system.theta, kappa, 1.0, 0.0, stays)(*(part[..., None] for part in parts))
    np.testing.assert_allclose(np.concatenate([part.ravel() for part in found]), moved, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kappa", [1.05, 1.5, float("inf")])
@pytest.mark.parametrize(("sigma", "stuck"), [(1.0, ()), (0.3, ()), (0.3, (Stuck(("coal", "lng")),))])
def test_levels_save_sweeps_and_change_no_number(
    pacific: World, kappa: float, sigma: float, stuck: tuple[Stuck, ...]
) -> None:
    parameters = EconomyParameters(factor_mobility=1.5 if stuck else kappa, input_substitution=sigma, stuck=stuck)
    system = prepare(static_of(pacific), compile_shock(pacific, MEASURES), parameters)
    assert system.levels is not None
    start, plain = neutral_start(pacific, system), replace(system, levels=None)
    quick, slow = (fixed_point(quickest(g), start, 1e-9, 500) for g in (system, plain))
    assert quick.converged
    assert quick.sweeps < 0.8 * slow.sweeps
    idle = np.zeros(start.size, bool)  # wages of sectors without factors are no numbers of the model
    if np.isfinite(system.kappa):
        idle[: system.works.size] = ~system.works.ravel()
    np.testing.assert_allclose(quick.point[~idle], slow.point[~idle], rtol=0, atol=1e-7)


def test_goods_have_a_level_of_their_own_where_their_buyers_answer_to_prices(pacific: World) -> None:
    """All of them where every buyer chooses anew; none where so few do that no good has close rivals."""
    S, N = pacific.shape
    theta = np.full(S, 7.0)
    theta[0] = 3.0
    for free, goods in ((1.0, S - 1), (0.51, S - 1), (0.49, 0), (0.1, 0)):
        assert levels_of(Static.of(pacific), theta.tobytes(), 1.5, free, None).levels == N + goods


def test_worlds_of_one_draw_share_their_levels(pacific: World) -> None:
    theta = pacific.trade_elasticity.tobytes()
    found = levels_of(Static.of(pacific), theta, 1.5, 0.25, None)
    assert levels_of(Static.of(replace(pacific, name="the same again")), theta, 1.5, 0.25, None) is found
    dearer = pacific.with_elasticity(1.1 * pacific.trade_elasticity)
    assert levels_of(Static.of(dearer), theta, 1.5, 0.25, None) is not found


@pytest.mark.parametrize(
    ("parameters", "open_"),
    [(EconomyParameters(factor_mobility=np.inf, stuck=(Stuck("coal"),)), 1.0), (EconomyParameters(), 0.0)],
    ids=["one factor and sectors stuck", "a state cut off"],
)
def test_where_levels_would_mislead_none_are_used(pacific: World, parameters: EconomyParameters, open_: float) -> None:
    cut = np.array(Shock.none(pacific).open)
    nzl, others = pacific.state_index("NZL"), np.arange(len(pacific.states)) != pacific.state_index("NZL")
    cut[:, nzl, others] *= open_
    cut[:, others, nzl] *= open_
    assert prepare(static_of(pacific), replace(Shock.none(pacific), open=cut), parameters).levels is None
