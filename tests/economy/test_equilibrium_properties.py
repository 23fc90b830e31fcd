"""What must hold in every world: rest without a shock, symmetry of labels and money, clearing, limits of kappa."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.economy import EconomyParameters, Equilibrium, Measure, Shock, compile_shock, solve_equilibrium
from coercion_sim.world import World
from support.checks import altered, assert_clears, assert_finite
from support.worlds import CLOSURES, MOBILITIES, random_shock, random_world, random_worlds, seeds

mobilities = st.sampled_from(MOBILITIES)
closures = st.sampled_from(CLOSURES)

HATS = ("wage_hat", "phi_hat", "price_hat", "unit_cost_hat", "consumer_price_hat", "real_income_hat")
OUTPUTS = ("real_factor_income_hat", "real_gdp_hat")
MONEY = ("spending", "sales", "flows", "quantities", "income", "tariff_revenue", "transfer")


def parameters(kappa: float = 1.5, closure: str = "additive") -> EconomyParameters:
    return EconomyParameters(factor_mobility=kappa, closure=closure, tolerance=1e-11)  # type: ignore[arg-type]


def money_received(world: World, shock: Shock, found: Equilibrium, closure: str) -> np.ndarray:
    """D' + B' (N,) by the name of the closure."""
    b = world.baseline
    if closure == "additive":
        return np.array(b.imbalance + shock.transfer)
    if closure == "zero":
        return np.array(shock.transfer)
    own = b.value_added * found.phi_hat + found.tariff_revenue
    lifted = (1 + b.imbalance / (b.value_added + b.tariff_revenue)) * own
    return np.array(lifted * own.sum() / lifted.sum() - own + shock.transfer)


@given(world=random_worlds(), kappa=mobilities, closure=st.sampled_from(["additive", "multiplicative"]))
def test_no_shock_changes_nothing(world: World, kappa: float, closure: str) -> None:
    found = solve_equilibrium(world, parameters=EconomyParameters(factor_mobility=kappa, closure=closure))  # type: ignore[arg-type]
    for name in HATS + OUTPUTS:
        np.testing.assert_allclose(getattr(found, name), 1, rtol=0, atol=1e-12, err_msg=name)
    scale = world.baseline.spending.max()
    np.testing.assert_allclose(found.flows, world.flows, rtol=1e-12, atol=1e-12 * scale)
    np.testing.assert_allclose(found.share, world.baseline.share, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.welfare_pct_gdp, 0, atol=1e-9)


@given(world=random_worlds(), seed=seeds(), kappa=mobilities, closure=closures)
def test_markets_and_budgets_clear(world: World, seed: int, kappa: float, closure: str) -> None:
    shock = random_shock(world, seed)
    found = solve_equilibrium(world, shock=shock, parameters=parameters(kappa, closure))
    assert_finite(found)
    assert_clears(world, shock, found, kappa)
    wanted = money_received(world, shock, found, closure)
    np.testing.assert_allclose(found.transfer, wanted, rtol=0, atol=1e-8 * world.baseline.income.min())
    bought = world.baseline.spending > 0
    np.testing.assert_allclose(found.share.sum(axis=1)[bought], 1, rtol=1e-12)
    assert (found.flows[shock.open == 0] == 0).all()


@given(world=random_worlds(), seed=seeds(), kappa=mobilities)
def test_measures_of_welfare_are_what_they_are_called(world: World, seed: int, kappa: float) -> None:
    """Each recomputed from prices, incomes and quantities."""
    b = world.baseline
    shock = random_shock(world, seed)
    found = solve_equilibrium(world, shock=shock, parameters=parameters(kappa))
    index = np.prod(found.price_hat**b.final_share, axis=0)
    np.testing.assert_allclose(found.consumer_price_hat, index, rtol=1e-12)
    np.testing.assert_allclose(found.real_income_hat, found.income / b.income / index, rtol=1e-12)
    np.testing.assert_allclose(found.real_factor_income_hat, found.phi_hat / index, rtol=1e-12)
    np.testing.assert_allclose(
        found.welfare_pct_gdp, 100 * (found.real_income_hat - 1) * b.income / b.gdp, rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(found.quantities, found.flows / found.unit_cost_hat[:, :, None], rtol=1e-12)
    output = found.sales / found.unit_cost_hat
    inputs = np.einsum("kji,ji,ki->i", world.input_share, found.sales, 1 / found.price_hat)
    np.testing.assert_allclose(found.real_gdp_hat, (output.sum(axis=0) - inputs) / b.value_added, rtol=1e-10)


@given(
    seed=seeds(),
    kappa=mobilities,
    closure=closures,
    states=st.permutations(range(4)),
    sectors=st.permutations(range(3)),
    zeros=st.booleans(),
)
def test_relabelling_states_and_sectors_permutes_the_answer(
    seed: int, kappa: float, closure: str, states: list[int], sectors: list[int], zeros: bool
) -> None:
    world = random_world(seed, 3, 4, zeros=zeros)
    shock = random_shock(world, seed)
    n, j = np.array(states), np.array(sectors)
    jnn, jn = np.ix_(j, n, n), np.ix_(j, n)
    moved_world = World.from_flows(
        "moved",
        [world.states[i] for i in n],
        [world.sectors[i] for i in j],
        world.flows[jnn],
        world.trade_elasticity[j],
        value_added_share=world.value_added_share[jn],
        input_share=world.input_share[np.ix_(j, j, n)],
        tariff=world.tariff[jnn],
    )
    moved_shock = Shock(
        shock.tariff[jnn], shock.barrier[jnn], shock.open[jnn], shock.productivity[jn], shock.transfer[n]
    )
    here = solve_equilibrium(world, shock=shock, parameters=parameters(kappa, closure))
    there = solve_equilibrium(moved_world, shock=moved_shock, parameters=parameters(kappa, closure))
    for name in ("wage_hat", "price_hat", "unit_cost_hat", "spending", "sales"):
        np.testing.assert_allclose(getattr(there, name), getattr(here, name)[jn], rtol=1e-9, err_msg=name)
    for name in ("phi_hat", "income", "real_income_hat", "real_gdp_hat"):
        np.testing.assert_allclose(getattr(there, name), getattr(here, name)[n], rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(there.flows, here.flows[jnn], rtol=1e-8, atol=1e-12 * here.spending.max())


@given(world=random_worlds(), seed=seeds(), kappa=mobilities, closure=closures, unit=st.sampled_from([1e-6, 1e-3, 1e5]))
def test_counting_in_other_money_changes_no_ratio(
    world: World, seed: int, kappa: float, closure: str, unit: float
) -> None:
    shock = random_shock(world, seed)
    here = solve_equilibrium(world, shock=shock, parameters=parameters(kappa, closure))
    there = solve_equilibrium(
        replace(world, flows=world.flows * unit),
        shock=altered(shock, transfer=shock.transfer * unit),
        parameters=parameters(kappa, closure),
    )
    for name in HATS + OUTPUTS + ("share",):
        np.testing.assert_allclose(getattr(there, name), getattr(here, name), rtol=1e-9, atol=1e-12, err_msg=name)
    for name in MONEY:
        big = np.abs(getattr(here, name)).max()
        np.testing.assert_allclose(
            getattr(there, name) / unit, getattr(here, name), rtol=1e-8, atol=1e-9 * big, err_msg=name
        )


@pytest.mark.parametrize("seed", range(4))
def test_large_kappa_approaches_one_mobile_factor(seed: int) -> None:
    """The gap to kappa = infinity shrinks like 1 / kappa."""
    world = random_world(seed, 3, 4)
    shock = random_shock(world, seed)
    limit = solve_equilibrium(world, shock=shock, parameters=parameters(math.inf))
    gaps = []
    for kappa in (20.0, 200.0, 2000.0):
        found = solve_equilibrium(world, shock=shock, parameters=parameters(kappa))
        gaps.append(max(np.abs(getattr(found, name) - getattr(limit, name)).max() for name in ("price_hat", "phi_hat")))
    assert gaps[2] < 1e-3
    assert gaps[0] > 5 * gaps[1] > 25 * gaps[2]


@given(seed=seeds(), kappa=mobilities)
def test_one_sector_knows_no_kappa(seed: int, kappa: float) -> None:
    world = random_world(seed, 1, 3)
    shock = random_shock(world, seed)
    found = solve_equilibrium(world, shock=shock, parameters=parameters(kappa))
    free = solve_equilibrium(world, shock=shock, parameters=parameters(math.inf))
    np.testing.assert_allclose(found.price_hat, free.price_hat, rtol=1e-9)
    np.testing.assert_allclose(found.wage_hat, free.wage_hat, rtol=1e-9)


@given(world=random_worlds(), seed=seeds())
def test_a_ban_that_leaves_everything_open_changes_nothing(world: World, seed: int) -> None:
    ban = Measure("import_ban", world.states[0], world.states[1], size=1.0)
    assert compile_shock(world, [ban]).same_as(Shock.none(world))
    shock = altered(random_shock(world, seed, bans=False), open=np.ones((*world.shape, world.shape[1])))
    plain = random_shock(world, seed, bans=False)
    one, other = (solve_equilibrium(world, shock=s, parameters=parameters()) for s in (shock, plain))
    np.testing.assert_array_equal(one.price_hat, other.price_hat)
    quiet = solve_equilibrium(world, [ban], parameters=parameters())
    np.testing.assert_allclose(quiet.price_hat, 1, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kappa", MOBILITIES)
@pytest.mark.parametrize("seed", range(3))
def test_the_counterfactual_is_a_baseline_in_its_turn(seed: int, kappa: float) -> None:
    """Solving on from the solved world in two steps gives what one step gives."""
    world = random_world(seed, 3, 3)
    b = world.baseline
    shock = random_shock(world, seed, transfers=False)
    half = altered(shock, barrier=np.ones_like(shock.barrier), productivity=np.ones_like(shock.productivity))
    half = altered(half, open=np.ones_like(shock.open))
    whole = solve_equilibrium(world, shock=shock, parameters=parameters(kappa))
    first = solve_equilibrium(world, shock=half, parameters=parameters(kappa))
    middle = first.to_world()
    np.testing.assert_allclose(middle.flows, first.flows, rtol=1e-9)
    np.testing.assert_allclose(middle.baseline.income, first.income, rtol=1e-9)
    np.testing.assert_allclose(middle.baseline.final_share, b.final_share, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(middle.tariff, shock.tariff, rtol=1e-12)
    second = solve_equilibrium(middle, shock=shock, parameters=parameters(kappa))
    np.testing.assert_allclose(first.price_hat * second.price_hat, whole.price_hat, rtol=1e-7)
    np.testing.assert_allclose(first.real_income_hat * second.real_income_hat, whole.real_income_hat, rtol=1e-7)


def test_a_subsidy_costs_the_treasury_what_it_pays() -> None:
    world = random_world(1, 2, 3, tariffs=False)
    subsidy = Measure("import_subsidy", world.states[0], world.states[1], size=0.2)
    found = solve_equilibrium(world, [subsidy], parameters=parameters())
    assert found.tariff_revenue[0] == pytest.approx(-0.2 * found.flows[:, 1, 0].sum(), rel=1e-9)
    assert found.tariff_revenue[0] < 0
    np.testing.assert_allclose(found.tariff_revenue[1:], 0, rtol=0, atol=1e-9)
    assert found.flows[:, 1, 0].sum() > world.flows[:, 1, 0].sum()


def test_a_transfer_moves_money_and_nothing_is_lost() -> None:
    world = random_world(2, 2, 3)
    amount = 0.02 * float(world.baseline.income[0])
    gift = Measure("transfer", world.states[0], world.states[1], (), size=amount)
    found = solve_equilibrium(world, [gift], parameters=parameters())
    np.testing.assert_allclose(found.transfer - world.baseline.imbalance, [-amount, amount, 0], atol=1e-9)
    assert found.real_income_hat[1] > 1 > found.real_income_hat[0]
    assert_clears(world, compile_shock(world, [gift]), found, 1.5)
