"""Shares that follow prices and sectors that are stuck: accounts, symmetries, limits, and a published expansion."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from coercion_sim.economy import (
    EconomyParameters,
    Measure,
    Shock,
    Stuck,
    compile_shock,
    next_quarter,
    solve_equilibrium,
    start_market,
)
from coercion_sim.errors import ConvergenceError, InvalidInput, WorldError
from coercion_sim.world import World
from support.checks import altered, assert_finite, ces_gaps
from support.worlds import MOBILITIES, random_shock, random_world, random_worlds, seeds

elasticities = st.sampled_from([0.2, 0.7, 1.0, 1.5])
HATS = ("wage_hat", "phi_hat", "price_hat", "unit_cost_hat", "consumer_price_hat", "real_income_hat", "real_gdp_hat")


def parameters(kappa: float = 1.5, sigma: Any = 0.3, final: float = 0.6, **more: Any) -> EconomyParameters:
    return EconomyParameters(
        factor_mobility=kappa, input_substitution=sigma, final_substitution=final, tolerance=1e-11, **more
    )


@given(
    world=random_worlds(),
    seed=seeds(),
    kappa=st.sampled_from(MOBILITIES),
    sigma=elasticities,
    outer=st.sampled_from([None, 0.5, 1.0]),
    final=elasticities,
    share=st.sampled_from([0.0, 0.4, 1.0]),
)
def test_every_equation_holds(
    world: World, seed: int, kappa: float, sigma: float, outer: float | None, final: float, share: float
) -> None:
    rng = np.random.default_rng(seed)
    by_sector = {s: float(x) for s, x in zip(world.sectors, rng.choice([sigma, 0.4], len(world.sectors)), strict=True)}
    where = {s: tuple(x for x in world.states if rng.random() < share) for s in world.sectors}
    entries = tuple(Stuck(s, states) for s, states in where.items() if states)
    p = parameters(kappa, by_sector, final, value_added_substitution=outer, stuck=entries)
    shock = random_shock(world, seed)
    found = solve_equilibrium(world, shock=shock, parameters=p)
    assert_finite(found)
    bad = {k: g for k, g in ces_gaps(world, shock, found, p).items() if not g < 1e-8}
    assert not bad, bad


@given(world=random_worlds(), kappa=st.sampled_from(MOBILITIES), sigma=elasticities, final=elasticities)
def test_no_shock_changes_nothing(world: World, kappa: float, sigma: float, final: float) -> None:
    p = replace(parameters(kappa, sigma, final, stuck=(world.sectors[0],)), tolerance=1e-9)
    found = solve_equilibrium(world, parameters=p)
    for name in HATS:
        np.testing.assert_allclose(getattr(found, name), 1, rtol=0, atol=1e-11, err_msg=name)


@given(
    seed=seeds(), kappa=st.sampled_from(MOBILITIES), states=st.permutations(range(4)), sectors=st.permutations(range(3))
)
def test_relabelling_permutes_and_money_scales(seed: int, kappa: float, states: list[int], sectors: list[int]) -> None:
    world, unit = random_world(seed, 3, 4, zeros=True), 1e3
    shock, n, j = random_shock(world, seed), np.array(states), np.array(sectors)
    jnn, jn = np.ix_(j, n, n), np.ix_(j, n)
    moved = World.from_flows(
        "moved",
        [world.states[i] for i in n],
        [world.sectors[i] for i in j],
        unit * world.flows[jnn],
        world.trade_elasticity[j],
        value_added_share=world.value_added_share[jn],
        input_share=world.input_share[np.ix_(j, j, n)],
        tariff=world.tariff[jnn],
    )
    there = Shock(
        shock.tariff[jnn], shock.barrier[jnn], shock.open[jnn], shock.productivity[jn], unit * shock.transfer[n]
    )
    p = parameters(kappa, {"s0": 0.1, "s1": 0.6}, 0.4, stuck=(Stuck("s2", "N1"), Stuck("s0")))
    one = solve_equilibrium(world, shock=shock, parameters=p)
    other = solve_equilibrium(moved, shock=there, parameters=p)
    for name in ("wage_hat", "price_hat", "unit_cost_hat", "value_added_share"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name)[jn], rtol=1e-8, err_msg=name)
    for name in ("phi_hat", "real_income_hat", "real_gdp_hat"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name)[n], rtol=1e-8, err_msg=name)
    np.testing.assert_allclose(other.income, unit * one.income[n], rtol=1e-8)


@given(world=random_worlds(), seed=seeds(), kappa=st.sampled_from(MOBILITIES))
def test_unit_elasticities_are_the_constant_shares(world: World, seed: int, kappa: float) -> None:
    """All ones take the same path; one elasticity near 1 comes near its numbers by the other path."""
    shock = random_shock(world, seed)
    plain = EconomyParameters(factor_mobility=kappa, tolerance=1e-11)
    right = solve_equilibrium(world, shock=shock, parameters=plain)
    same = solve_equilibrium(world, shock=shock, parameters=parameters(kappa, 1.0, 1.0))
    np.testing.assert_array_equal(same.real_income_hat, right.real_income_hat)
    assert same.ces is None
    near = solve_equilibrium(world, shock=shock, parameters=parameters(kappa, 1.0, 1.0 - 1e-13))
    assert near.ces is not None
    np.testing.assert_allclose(near.real_income_hat, right.real_income_hat, rtol=1e-9)
    np.testing.assert_allclose(near.real_gdp_hat, right.real_gdp_hat, rtol=1e-8)


@pytest.mark.parametrize("nested", [None, 0.8])
@pytest.mark.parametrize("kappa", [1.5, math.inf])
def test_two_shocks_in_a_row_equal_both_at_once(kappa: float, nested: float | None) -> None:
    """The shares of the counterfactual world are those the prices made, so hats compose."""
    world = random_world(8, 3, 4, tariffs=False)
    p = parameters(kappa, 0.2, 0.5, value_added_substitution=nested, stuck=("s1",))
    first, second = (Measure("import_ban", "N0", s, "s0", 0.1) for s in ("N1", "N2"))
    both = solve_equilibrium(world, [first, second], parameters=p)
    between = solve_equilibrium(world, [first], parameters=p)
    last = solve_equilibrium(between.to_world(), [second], parameters=p)
    np.testing.assert_allclose(between.real_income_hat * last.real_income_hat, both.real_income_hat, rtol=1e-9)
    np.testing.assert_allclose(last.flows, both.flows, rtol=1e-7, atol=1e-9 * both.flows.max())


def closed_world(seed: int, S: int = 4) -> World:
    """One state that trades next to nothing with a speck of another: a closed economy to 1e-9."""
    rng = np.random.default_rng(seed)
    inputs = rng.dirichlet(np.ones(S), S).T * rng.uniform(0.2, 0.6, S)
    final = rng.dirichlet(np.ones(S)) * 100.0
    sales = np.linalg.solve(np.eye(S) - inputs, final)
    flows = np.zeros((S, 2, 2))
    flows[:, 0, 0] = sales
    flows[:, 1, 1] = sales * 1e-3
    return World.from_flows(
        "closed", ["A", "B"], [f"s{j}" for j in range(S)], flows, np.full(S, 4.0),
        input_share=np.stack([inputs, inputs], axis=2),
    )  # fmt: skip


def second_order(world: World, sigma: np.ndarray, final: float, d_log_a: np.ndarray) -> float:
    """Baqaee and Farhi (2019, theorem 1 and proposition 6) for one closed efficient economy with one mobile factor.

    ``ln Y = sum_j lambda_j dln A_j + (1/2) sum_i sum_j (d lambda_i / dln A_j) dln A_i dln A_j`` with the Domar weights
    lambda and ``sum_j (d lambda_i / dln A_j) dln A_j = sum_k (sigma_k - 1) lambda_k Cov_k(Psi_(i), Psi dln A)``, where
    k runs over users and final demand, Cov_k is taken with the cost shares of k as weights and Psi is the Leontief
    inverse; with one factor its price falls out.
    """
    inputs = world.input_share[:, :, 0].T  # [user, input]
    psi = np.linalg.inv(np.eye(len(sigma)) - inputs)
    alpha = world.baseline.final_share[:, 0]
    domar = alpha @ psi
    cheaper = psi @ d_log_a
    users = [(d, s, np.append(row, 1 - row.sum())) for d, s, row in zip(domar, sigma, inputs, strict=True)]
    users.append((1.0, final, np.append(alpha, 0.0)))
    moved = np.zeros(len(sigma))
    for weight, s, share in users:
        gain, exposure = np.append(cheaper, 0.0), np.vstack([psi, np.zeros(len(sigma))])
        moved += (s - 1) * weight * (share @ (exposure * gain[:, None]) - (share @ exposure) * (share @ gain))
    return float(domar @ d_log_a + 0.5 * moved @ d_log_a)


@pytest.mark.parametrize("seed", range(5))
def test_small_shocks_follow_the_second_order_formula(seed: int) -> None:
    world, rng = closed_world(seed), np.random.default_rng(seed)
    S = len(world.sectors)
    sigma, final = rng.uniform(0.1, 1.6, S), float(rng.uniform(0.1, 1.6))
    direction = rng.normal(size=S)
    p = parameters(math.inf, tuple(sigma), final)
    p = replace(p, tolerance=1e-13)
    for size in (0.01, -0.01):
        d_log_a = size * direction
        productivity = np.ones(world.shape)
        productivity[:, 0] = np.exp(d_log_a)
        shock = altered(Shock.none(world), productivity=productivity)
        exact = math.log(solve_equilibrium(world, shock=shock, parameters=p).real_income_hat[0])
        assert exact == pytest.approx(second_order(world, sigma, final, d_log_a), abs=1e-6)
        first = float(world.baseline.sales[:, 0] / world.baseline.income[0] @ d_log_a)
        assert abs(exact - first) > 3 * abs(exact - second_order(world, sigma, final, d_log_a))


@given(
    seed=seeds(),
    kappa=st.sampled_from(MOBILITIES),
    stuck=st.booleans(),
    size=st.floats(0.05, 0.7),
    cut=st.integers(0, 3),
)
def test_losses_rise_as_inputs_are_harder_to_replace(
    seed: int, kappa: float, stuck: bool, size: float, cut: int
) -> None:
    """In an efficient closed economy a CES cost with less substitution is nowhere lower (power means), so income is."""
    world = closed_world(seed)
    productivity = np.ones(world.shape)
    productivity[cut, 0] = 1.0 - size
    shock = altered(Shock.none(world), productivity=productivity)
    fixed = (f"s{(cut + 1) % 4}",) if stuck else ()
    income, refused = [], {}
    for sigma in (2.0, 1.0, 0.6, 0.3, 0.1, 0.02):
        try:
            solved = solve_equilibrium(world, shock=shock, parameters=parameters(kappa, sigma, sigma, stuck=fixed))
        except ConvergenceError as unsolved:
            refused[sigma] = str(unsolved)
            break
        income.append(float(solved.real_income_hat[0]))
    # Next to Leontief an error that names the good is an answer.
    assert all(sigma == 0.02 and "too hard to replace" in words for sigma, words in refused.items())
    assert income[0] < 1.0
    assert (np.diff(income) < 1e-10).all(), income


def test_factors_that_move_are_not_left_idle_at_a_wage_of_nothing() -> None:
    """From here the sweeps settle where all income goes to the stuck sector, and budgets add up to the cent."""
    world = closed_world(9)
    productivity = np.ones(world.shape)
    productivity[0, 0] = 0.5
    shock, p = altered(Shock.none(world), productivity=productivity), parameters(math.inf, 0.02, 0.02, stuck=("s1",))
    right = solve_equilibrium(world, shock=shock, parameters=p)
    S, N = world.shape
    idle = np.zeros((2, S, N))
    idle[0, :, 0] = (-30.0, 1.5, -30.0, -30.0)
    idle[1, :, 0] = (-0.7, 1.1, -1.9, 0.2)
    start = np.concatenate([idle.ravel(), right.unknowns[2 * S * N :]])
    again = solve_equilibrium(world, shock=shock, parameters=p, start=start)
    np.testing.assert_allclose(again.real_income_hat, right.real_income_hat, rtol=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_with_every_factor_fixed_income_falls_to_the_bound_of_linear_programming(seed: int) -> None:
    """Fixed proportions: most final baskets t such that ``inputs q / A + t f <= q`` and ``q / A`` within capacity."""
    world, S = closed_world(seed), 4
    productivity = np.ones(world.shape)
    productivity[0, 0] = 0.8
    capacity, basket = world.baseline.sales[:, 0], world.baseline.final_demand[:, 0]
    used = np.column_stack([basket, world.input_share[:, :, 0] / productivity[:, 0] - np.eye(S)])
    limits = [(0, None), *((0, q * a) for q, a in zip(capacity, productivity[:, 0], strict=True))]
    bound = linprog([-1, *[0] * S], A_ub=used, b_ub=np.zeros(S), bounds=limits).x[0]
    shock = altered(Shock.none(world), productivity=productivity)
    above = [
        solve_equilibrium(world, shock=shock, parameters=parameters(1.5, s, s, stuck=world.sectors)).real_income_hat[0]
        - bound
        for s in (0.3, 0.1, 0.05, 0.02)
    ]
    assert (np.diff(above) < 0).all(), above
    assert 0 < above[-1] < 0.05
    assert above[-1] < 0.6 * above[-2]


def test_a_stuck_sector_keeps_its_factors_until_its_date() -> None:
    world = random_world(5, 3, 3, tariffs=False)
    ban = compile_shock(world, [Measure("import_ban", "N0", "N1", "s0", 0.0)])
    p = replace(parameters(stuck=(Stuck("s0", "N0", until=1),)), adjustment_rate=0.5)
    market, plain = start_market(world, p), start_market(world, replace(p, stuck=()))
    for quarter in range(4):
        market, plain = next_quarter(market, ban), next_quarter(plain, ban)
        paid = market.equilibrium.value_added_share * market.equilibrium.sales
        kept = paid[0, 0] / market.equilibrium.wage_hat[0, 0] / world.baseline.factor_income[0, 0]
        assert (abs(kept - 1) < 1e-8) == (quarter <= 1)
    assert market.equilibrium.real_income_hat != pytest.approx(plain.equilibrium.real_income_hat, abs=1e-9)
    for _ in range(60):
        market = next_quarter(market, ban)
    settled = solve_equilibrium(world, shock=ban, parameters=p)
    np.testing.assert_allclose(market.equilibrium.real_income_hat, settled.real_income_hat, rtol=1e-8)
    for_good = solve_equilibrium(world, shock=ban, parameters=replace(p, stuck=(Stuck("s0", "N0"),)))
    assert for_good.real_income_hat[0] < settled.real_income_hat[0]


def test_at_rest_ends_with_the_date() -> None:
    world = random_world(5, 3, 3)
    ban = compile_shock(world, [Measure("import_ban", "N0", "N1", "s0", 0.0)])
    p = EconomyParameters(adjustment_rate=1.0, stuck=(Stuck("s0", until=5),))
    market = start_market(world, p)
    for _ in range(6):
        market = next_quarter(market, ban)
    assert market.at_rest
    after = next_quarter(market, ban)
    expected = solve_equilibrium(world, shock=ban, parameters=p)
    np.testing.assert_allclose(after.equilibrium.real_income_hat, expected.real_income_hat, rtol=1e-9)
    assert np.abs(after.equilibrium.real_income_hat - market.equilibrium.real_income_hat).max() > 1e-6


@pytest.mark.parametrize("kappa", MOBILITIES)
def test_every_quarter_clears(kappa: float) -> None:
    world = random_world(6, 3, 4, zeros=True)
    p = replace(parameters(kappa, 0.2, 0.5, stuck=("s0",)), adjustment_rate=0.3)
    market = start_market(world, p)
    for quarter in range(4):
        shock = random_shock(world, 60 + quarter // 2)
        market = next_quarter(market, shock)
        bad = {k: g for k, g in ces_gaps(world, shock, market.equilibrium, p).items() if not g < 1e-8}
        assert not bad, bad


def test_fixed_proportions_are_solved_or_the_scarce_input_is_named() -> None:
    world = random_world(3, 3, 3, tariffs=False, imbalances=False)
    mild = Measure("import_ban", "N0", "N1", "s0", 0.3)
    assert solve_equilibrium(world, [mild], parameters=parameters(1.5, 0.0, 0.0)).real_income_hat[0] < 1
    shut = Measure("export_ban", "N0", "N1", "all", 0.0)
    starved = altered(
        compile_shock(world, [shut]), productivity=np.where(np.arange(3)[:, None] == 0, 0.02, np.ones((3, 3)))
    )
    with pytest.raises(
        ConvergenceError, match=r"s\d in N\d (is the scarcest|cannot pay for its inputs, above all s\d)"
    ):
        solve_equilibrium(world, shock=starved, parameters=parameters(1.05, 0.0, 0.0, stuck=tuple(world.sectors)))


@pytest.mark.parametrize(
    ("given_", "key"),
    [
        ({"input_substitution": -0.1}, "input_substitution"),
        ({"input_substitution": {"s0": 11.0}}, "input_substitution"),
        ({"final_substitution": math.nan}, "final_substitution"),
        ({"value_added_substitution": (0.2, -1.0)}, "value_added_substitution"),
        ({"stuck": (Stuck(("s0",), until=-1),)}, "stuck"),
    ],
)
def test_numbers_out_of_range_are_refused(given_: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        EconomyParameters(**given_)
    assert [p.key for p in caught.value.problems] == [key]


def test_labels_and_lengths_are_checked_against_the_world() -> None:
    world = random_world(1, 3, 3)
    for p in (parameters(sigma={"gas": 0.2}), parameters(stuck=("gas",)), parameters(stuck=(Stuck("s0", "XXX"),))):
        with pytest.raises(WorldError):
            solve_equilibrium(world, parameters=p)
    with pytest.raises(InvalidInput, match="one number for each sector"):
        solve_equilibrium(world, parameters=parameters(sigma=(0.2, 0.3)))
    np.testing.assert_array_equal(
        parameters(sigma={"all": 0.2, "s1": 0.5}).by_sector("input_substitution", world), [0.2, 0.5, 0.2]
    )
