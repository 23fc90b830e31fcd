"""Where solvers break: near autarky, theta 65, empty rows, sealed borders. An answer or a named error, never NaN."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from coercion_sim.economy import (
    EconomyParameters,
    Measure,
    Shock,
    kernel,
    next_quarter,
    solve_equilibrium,
    start_market,
)
from coercion_sim.economy.prepare import LastQuarter, prepare
from coercion_sim.economy.static import static_of
from coercion_sim.errors import ConvergenceError, NoSupplierError
from coercion_sim.world import World
from oracle import solver
from support import vectors
from support.checks import altered, assert_clears, assert_finite, cut_off, foreign
from support.worlds import CLOSURES, MOBILITIES, random_shock, random_world


def parameters(kappa: float = 1.5, closure: str = "additive") -> EconomyParameters:
    return EconomyParameters(factor_mobility=kappa, closure=closure, tolerance=1e-10)  # type: ignore[arg-type]


@pytest.mark.parametrize("kappa", MOBILITIES)
@pytest.mark.parametrize("factor", [2.0, 10.0, 1e4])
def test_near_autarky_of_one_state(factor: float, kappa: float) -> None:
    world = random_world(21, 3, 4, imbalances=False)
    barrier = np.ones((3, 4, 4))
    barrier[:, 0, 1:] = barrier[:, 1:, 0] = factor
    shock = altered(Shock.none(world), barrier=barrier)
    found = solve_equilibrium(world, shock=shock, parameters=parameters(kappa))
    assert_finite(found)
    assert_clears(world, shock, found, kappa)
    assert found.real_factor_income_hat[0] < 1


@pytest.mark.parametrize("kappa", MOBILITIES)
@pytest.mark.parametrize("factor", [10.0, 1e4])
def test_near_autarky_of_everybody(factor: float, kappa: float) -> None:
    world = random_world(22, 3, 4, imbalances=False)
    shock = altered(Shock.none(world), barrier=np.where(foreign(world) > 0, factor, 1.0))
    found = solve_equilibrium(world, shock=shock, parameters=parameters(kappa))
    assert_finite(found)
    assert_clears(world, shock, found, kappa)


@pytest.mark.parametrize("kappa", MOBILITIES)
@pytest.mark.parametrize("seed", range(3))
def test_theta_of_65(seed: int, kappa: float) -> None:
    world = random_world(seed, 3, 4).with_elasticity([65.0, 4.0, 65.0])
    shock = random_shock(world, seed)
    found = solve_equilibrium(world, shock=shock, parameters=parameters(kappa))
    assert_finite(found)
    assert_clears(world, shock, found, kappa)


@pytest.mark.parametrize("kappa", MOBILITIES)
def test_theta_of_65_behind_icebergs_that_underflow(kappa: float) -> None:
    """10,000 to the -65th power is far below the smallest double."""
    world = random_world(3, 2, 3, imbalances=False).with_elasticity(65.0)
    shock = altered(Shock.none(world), barrier=np.where(foreign(world) > 0, 1e4, 1.0))
    found = solve_equilibrium(world, shock=shock, parameters=parameters(kappa, "zero"))
    assert_finite(found)
    np.testing.assert_allclose(np.diagonal(found.share, axis1=1, axis2=2), 1, atol=1e-12)


@pytest.mark.parametrize("kappa", MOBILITIES)
@pytest.mark.parametrize("closure", CLOSURES)
def test_two_states_one_sector(kappa: float, closure: str) -> None:
    world = random_world(4, 1, 2)
    shock = random_shock(world, 4)
    found = solve_equilibrium(world, shock=shock, parameters=parameters(kappa, closure))
    assert_finite(found)
    assert_clears(world, shock, found, kappa)


def empty_rows_world() -> World:
    """State 2 makes nothing in sector 0; nobody anywhere buys sector 1 in state 1, nor makes it there."""
    rng = np.random.default_rng(0)
    flows = rng.uniform(1, 5, (3, 3, 3)) + 20 * np.eye(3)
    flows[0, 2, :] = 0
    flows[1, :, 1] = 0
    flows[1, 1, :] = 0
    return World.from_flows("empty rows", ["A", "B", "C"], ["x", "y", "z"], flows, [4.0, 8.0, 3.0])


@pytest.mark.parametrize("kappa", MOBILITIES)
@pytest.mark.parametrize("closure", CLOSURES)
def test_empty_cells_stay_empty_with_hats_of_one(kappa: float, closure: str) -> None:
    world = empty_rows_world()
    shock = random_shock(world, 1)
    market = next_quarter(start_market(world, parameters(kappa, closure)), shock)
    for found in (solve_equilibrium(world, shock=shock, parameters=parameters(kappa, closure)), market.equilibrium):
        assert_finite(found)
        assert_clears(world, shock, found, kappa)
        assert (found.flows[world.flows == 0] == 0).all()
        for name in ("wage_hat", "unit_cost_hat"):
            np.testing.assert_array_equal(getattr(found, name)[[0, 1], [2, 1]], 1.0)
        assert found.price_hat[1, 1] == 1.0
        assert found.spending[1, 1] == 0.0


@pytest.mark.parametrize("kappa", MOBILITIES)
@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("seed", range(3))
def test_a_state_cut_off_altogether_has_no_imbalance(seed: int, kappa: float, closure: str) -> None:
    """Its D' and B' are 0, those of the others still sum to 0; here it had a deficit and money coming."""
    world = random_world(seed, 3, 4)
    assert abs(world.baseline.imbalance[0]) > 1e-3 * world.baseline.income[0]
    gift = 0.01 * float(world.baseline.income.min())
    shock = altered(Shock.none(world), open=cut_off(world, 0), transfer=np.array([gift, -gift, 0, 0]))
    market = next_quarter(start_market(world, parameters(kappa, closure)), shock)
    for found in (solve_equilibrium(world, shock=shock, parameters=parameters(kappa, closure)), market.equilibrium):
        assert_finite(found)
        assert found.transfer[0] == 0
        assert list(found.closed) == [True, False, False, False]
        assert abs(found.transfer.sum()) < 1e-9
        assert (found.flows[:, 0, 1:] == 0).all()
        assert (found.flows[:, 1:, 0] == 0).all()
        assert_clears(world, shock, found, kappa)
        assert found.real_factor_income_hat[0] < 1


@pytest.mark.parametrize("kappa", [1.5, math.inf])
@pytest.mark.parametrize(("closure", "side"), [("additive", 1), ("multiplicative", 1), ("zero", 1), ("additive", -1)])
def test_a_state_that_can_only_buy_lives_on_its_imbalance(closure: str, side: int, kappa: float) -> None:
    """All its exports shut: with a deficit it goes on importing, without one it is closed."""
    world = random_world(0 if side > 0 else 3, 2, 4)
    b = world.baseline
    state = int(np.argmax(b.imbalance)) if side > 0 else int(np.argmin(b.imbalance))
    assert side * b.imbalance[state] > 0
    open_share = np.ones((2, 4, 4))
    open_share[:, state, [n for n in range(4) if n != state]] = 0.0
    shock = altered(Shock.none(world), open=open_share)
    found = solve_equilibrium(world, shock=shock, parameters=parameters(kappa, closure))
    assert_finite(found)
    assert_clears(world, shock, found, kappa)
    lives = side > 0 and closure != "zero"
    assert found.closed[state] == (not lives)
    assert (found.transfer[state] > 0) == lives
    assert (found.imports[state] > 0) == lives
    if lives:
        expected = solver.equilibrium(world, shock, kappa, closure)
        np.testing.assert_allclose(found.real_income_hat, expected.real_income_hat, rtol=1e-8)


@pytest.mark.parametrize(("closure", "lives"), [("additive", True), ("zero", False)])
def test_a_state_that_can_only_sell_gives_what_it_earns(closure: str, lives: bool) -> None:
    """All its imports shut: with a surplus it goes on exporting, with balanced trade it is as if cut off."""
    world = random_world(3, 2, 4)
    state = int(np.argmin(world.baseline.imbalance))
    open_share = np.ones((2, 4, 4))
    open_share[:, [n for n in range(4) if n != state], state] = 0.0
    shock = altered(Shock.none(world), open=open_share)
    found = solve_equilibrium(world, shock=shock, parameters=parameters(closure=closure))
    assert_clears(world, shock, found, 1.5)
    assert found.closed[state] == (not lives)
    assert (found.exports[state] > 0) == lives
    if not lives:
        both = altered(shock, open=open_share * cut_off(world, state))
        apart = solve_equilibrium(world, shock=both, parameters=parameters(closure=closure))
        np.testing.assert_allclose(found.real_income_hat, apart.real_income_hat, rtol=1e-8)


@pytest.mark.parametrize("kappa", [1.5, math.inf])
@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("seed", range(4))
def test_two_blocs_that_no_longer_trade_give_an_answer_or_a_named_error(seed: int, closure: str, kappa: float) -> None:
    """With imbalances between the blocs the additive model has no equilibrium; without any it has one in each."""
    world = random_world(seed, 2, 4)
    open_share = np.ones((2, 4, 4))
    open_share[:, :2, 2:] = open_share[:, 2:, :2] = 0.0
    shock = altered(Shock.none(world), open=open_share)
    try:
        found = solve_equilibrium(world, shock=shock, parameters=parameters(kappa, closure))
    except ConvergenceError:
        assert closure != "zero"
        return
    assert_finite(found)
    assert math.isfinite(found.residual)
    assert_clears(world, shock, found, kappa)


def test_everything_banned_against_one_state_by_measures() -> None:
    """Imports and exports banned by everybody else: the measures alone must cut it off."""
    world = random_world(9, 2, 3, imbalances=False)
    bans = [Measure("import_ban", by, world.states[0], size=0.0) for by in world.states[1:]]
    bans += [Measure("export_ban", by, world.states[0], size=0.0) for by in world.states[1:]]
    found = solve_equilibrium(world, bans, parameters=parameters())
    assert_finite(found)
    np.testing.assert_allclose(found.sales[:, 0], found.flows[:, 0, 0], rtol=1e-9)
    assert list(found.closed) == [True, False, False]


@pytest.mark.parametrize("kappa", [1.5, math.inf])
def test_a_buyer_without_any_supplier_is_named(kappa: float) -> None:
    world = empty_rows_world()
    bans = [Measure("import_ban", "C", by, "x", 0.0) for by in ("A", "B")]
    with pytest.raises(NoSupplierError) as error:
        solve_equilibrium(world, bans, parameters=parameters(kappa))
    assert "x" in str(error.value)
    assert "C" in str(error.value)
    shock = altered(Shock.none(world), open=cut_off(world, 2))
    with pytest.raises(NoSupplierError):
        next_quarter(start_market(world, parameters(kappa)), shock)


@pytest.mark.parametrize("name", ["tariff", "open", "barrier"])
def test_caliendo_parro_sealed_against_one_region(name: str) -> None:
    """A duty of 1000 %, a ban, or an iceberg of 10,000 on all of Australia's exports: 31 regions, theta up to 65."""
    world = vectors.cp_world()
    free = EconomyParameters(factor_mobility=math.inf, closure="zero", tolerance=1e-9)
    aus = world.state_index("Australia")
    change = {
        "tariff": np.array(world.tariff),
        "open": np.ones(world.flows.shape),
        "barrier": np.ones(world.flows.shape),
    }
    others = [n for n in range(31) if n != aus]
    change[name][:, aus, others] = {"tariff": 10.0, "open": 0.0, "barrier": 1e4}[name]
    found = solve_equilibrium(world, shock=altered(Shock.none(world), **{name: change[name]}), parameters=free)
    assert_finite(found)
    assert found.residual <= 1e-9
    assert found.real_factor_income_hat[aus] < 1


def test_small_world_of_one_state_alone() -> None:
    world = World.from_flows("alone", ["A"], ["x", "y"], [[[3.0]], [[5.0]]], [3.0, 6.0])
    shock = altered(Shock.none(world), productivity=np.array([[1.1], [0.9]]))
    found = solve_equilibrium(world, shock=shock, parameters=parameters())
    assert_finite(found)
    assert_clears(world, shock, found, 1.5)


def test_a_tiny_state_beside_giants() -> None:
    """A millionth of the world's income, with the same elasticities."""
    world = random_world(12, 2, 3)
    scale = np.array([1e-6, 1.0, 1.0])
    flows = world.flows * np.minimum.outer(scale, scale)
    small = World.from_flows("tiny", world.states, world.sectors, flows, world.trade_elasticity, tariff=world.tariff)
    shock = random_shock(small, 12)
    found = solve_equilibrium(small, shock=shock, parameters=parameters())
    assert_finite(found)
    assert_clears(small, shock, found, 1.5)
    assert replace(small, name="again").baseline.income[0] < 1e-4 * small.baseline.income[1]


@pytest.mark.parametrize("foreign", [True, False])
@pytest.mark.parametrize("attached", [True, False])
def test_suppliers_far_apart_and_near_are_added_up_alike(
    attached: bool, foreign: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row by row in logs, as where a plain sum would underflow, prices and markets are those of the plain sum."""
    world = random_world(6, 3, 4, zeros=True)
    shock = random_shock(world, 6)
    last = None
    if attached:
        before = solve_equilibrium(world, shock=random_shock(world, 7))
        last = LastQuarter(before.share, np.log(before.price_hat), np.log(before.unit_cost_hat), before.shock)
    given = prepare(static_of(world), shock, EconomyParameters(adjustment_rate=0.4), last)
    rng = np.random.default_rng(1)
    log_wage, log_price = rng.normal(0.0, 0.1, (2, *world.shape)) * given.works
    spending, factor = world.baseline.spending * rng.uniform(0.8, 1.2, world.shape), world.baseline.value_added
    plain = kernel.prices(given, log_wage, log_price)
    expected = kernel.markets(given, plain, factor, spending, foreign)
    monkeypatch.setattr(kernel, "SMALLEST_TOTAL", np.inf)
    logs = kernel.prices(given, log_wage, log_price)
    assert plain.best_share_t is None
    assert logs.best_share_t is not None
    np.testing.assert_allclose(logs.log_price, plain.log_price, rtol=0, atol=1e-12)
    found = kernel.markets(given, logs, factor, spending, foreign)
    for name in ("sales", "exports", "imports", "revenue", "income", "spending"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-10, atol=1e-9, err_msg=name)
