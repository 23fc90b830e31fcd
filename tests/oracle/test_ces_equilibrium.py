"""Elasticities of substitution and stuck sectors: the slow solver against what is known without it, and the package's
solver against the slow one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from coercion_sim.economy import (
    EconomyParameters,
    Equilibrium,
    NearSubstitutes,
    Shock,
    Stuck,
    next_quarter,
    solve_equilibrium,
    start_market,
)
from coercion_sim.errors import ConvergenceError
from coercion_sim.world import World
from oracle.ces_bounds import leontief_scale, second_order, world_real_income
from oracle.ces_equilibrium import Elasticities, Outcome, ces_equilibrium, ces_quarters
from support import vectors
from support.worlds import CLOSURES, random_shock, random_world

INF = float("inf")
KAPPAS = (1.1, 1.5, INF)


def some_stuck(world: World, seed: int, share: float = 0.4) -> np.ndarray:
    return np.random.default_rng(seed).random(world.shape) < share


Solve = Callable[[World, Shock, float, str, Elasticities], "Outcome | Equilibrium"]


def shipped_parameters(
    world: World, kappa: float, closure: str, how: Elasticities, nu: float = 1.0
) -> EconomyParameters:
    """The package's parameters of the same name."""
    cells = np.argwhere(how.stuck) if how.stuck.size else []
    return EconomyParameters(
        factor_mobility=kappa,
        closure=closure,  # type: ignore[arg-type]
        adjustment_rate=nu,
        tolerance=1e-11,
        input_substitution=how.inputs,
        final_substitution=how.final,
        value_added_substitution=how.value_added,
        stuck=tuple(Stuck((world.sectors[j],), (world.states[i],)) for j, i in cells),
        near_substitutes=tuple(
            NearSubstitutes(tuple(world.sectors[k] for k in members), elasticity) for elasticity, members in how.groups
        ),
    )


def shipped(world: World, shock: Shock, kappa: float, closure: str, how: Elasticities) -> Equilibrium:
    """The package's solver with the arguments of the slow one."""
    return solve_equilibrium(world, shock=shock, parameters=shipped_parameters(world, kappa, closure, how))


def twins(seed: int, S: int = 3, inputs: float = 0.6) -> World:
    """Two states alike in everything, so that no price differs between them and each is a closed economy."""
    rng = np.random.default_rng(seed)
    home, abroad = rng.uniform(50, 90, S), rng.uniform(5, 30, S)
    flows = np.stack([[[h, a], [a, h]] for h, a in zip(home, abroad, strict=True)])
    gamma = inputs * rng.dirichlet(np.ones(S), S).T
    use = gamma @ (home + abroad)
    gamma *= np.minimum(1.0, 0.7 * (home + abroad) / np.maximum(use, 1e-9))[:, None]
    return World.from_flows(
        "twins", ["A", "B"], [f"s{j}" for j in range(S)], flows, rng.uniform(2, 8, S),
        input_share=np.repeat(gamma[:, :, None], 2, axis=2),
    )  # fmt: skip


@pytest.mark.parametrize("kappa", KAPPAS)
@pytest.mark.parametrize(("sigma", "final", "nest"), [(0.05, 2.0, None), (0.3, 0.3, 0.5), (1.5, 1.0, 0.8)])
def test_nothing_moves_without_a_shock(kappa: float, sigma: float, final: float, nest: float | None) -> None:
    world = random_world(3, 3, 4, zeros=True)
    how = Elasticities(sigma, final, nest, ((2.0, (0, 2)),), some_stuck(world, 3))
    solved = ces_equilibrium(world, Shock.none(world), kappa, "additive", how)
    for name in ("wage_hat", "price_hat", "real_income_hat", "real_gdp_hat"):
        np.testing.assert_allclose(getattr(solved, name), 1.0, atol=1e-11)
    np.testing.assert_allclose(solved.flows, world.flows, rtol=1e-11)


@pytest.mark.parametrize("kappa", KAPPAS)
@pytest.mark.parametrize(
    ("seed", "S", "N", "closure"), [(0, 2, 2, "additive"), (5, 3, 3, "multiplicative"), (2, 4, 5, "zero")]
)
def test_elasticities_of_one_are_the_shipped_model(seed: int, S: int, N: int, closure: str, kappa: float) -> None:
    world = random_world(seed, S, N, zeros=bool(seed % 2))
    shock = random_shock(world, seed)
    slow = ces_equilibrium(world, shock, kappa, closure)
    parameters = EconomyParameters(factor_mobility=kappa, closure=closure, tolerance=1e-11)  # type: ignore[arg-type]
    fast = solve_equilibrium(world, shock=shock, parameters=parameters)
    for name in ("price_hat", "real_income_hat", "real_factor_income_hat", "real_gdp_hat", "phi_hat", "income"):
        np.testing.assert_allclose(getattr(slow, name), getattr(fast, name), rtol=1e-9, err_msg=name)


def assert_equations(world: World, shock: Shock, kappa: float, how: Elasticities, solved: Outcome) -> None:
    """The equations once more, in levels, as they stand on the model page; one nest."""
    b, (S, N) = world.baseline, world.shape
    P, w, c, Y = solved.price_hat, solved.wage_hat, solved.unit_cost_hat, solved.sales
    cA = c * shock.productivity
    sigma = np.broadcast_to(np.asarray(how.inputs), S)[:, None]
    factor = world.value_added_share * (w / cA) ** (1 - sigma)
    inputs = world.input_share * (P[:, None, :] / cA[None]) ** (1 - sigma[None])
    makes = b.sales > 0
    np.testing.assert_allclose((factor + inputs.sum(axis=0))[makes], 1.0, rtol=1e-11)
    final = b.final_share * (P / solved.final_price_hat) ** (1 - how.final)
    np.testing.assert_allclose(final.sum(axis=0), 1.0, rtol=1e-11)
    np.testing.assert_allclose(np.einsum("kjn,jn->kn", inputs, Y) + final * solved.income, solved.spending, rtol=1e-9)
    p = c[:, :, None] * (1 + shock.tariff) / (1 + world.tariff) * shock.barrier
    theta = world.trade_elasticity[:, None, None]
    np.testing.assert_allclose(solved.share, b.share * shock.open * (p / P[:, None, :]) ** -theta, rtol=1e-9)
    np.testing.assert_allclose(solved.flows, solved.share * solved.spending[:, None, :] / (1 + shock.tariff))
    np.testing.assert_allclose(solved.flows.sum(axis=2), Y)
    pay, base = factor * Y, world.value_added_share * b.sales
    stuck = how.stuck & (base > 0) if how.stuck.size else np.zeros((S, N), bool)
    np.testing.assert_allclose(pay[stuck], (base * w)[stuck], rtol=1e-9)
    for i in range(N):
        rest = (base[:, i] > 0) & ~stuck[:, i]
        if not rest.any():
            continue
        if np.isinf(kappa):
            np.testing.assert_allclose(w[rest, i], w[rest, i][0], rtol=1e-12)
            np.testing.assert_allclose(pay[rest, i].sum(), (base * w)[rest, i].sum(), rtol=1e-9)
        else:
            ell = base[rest, i] / base[rest, i].sum()
            phi = (ell @ w[rest, i] ** kappa) ** (1 / kappa)
            np.testing.assert_allclose(
                pay[rest, i], base[rest, i] * w[rest, i] ** kappa * phi ** (1 - kappa), rtol=1e-9
            )
    np.testing.assert_allclose(pay.sum(axis=0) / b.value_added, solved.phi_hat, rtol=1e-9)
    np.testing.assert_allclose(pay.sum(), b.value_added.sum(), rtol=1e-9)  # the numeraire
    trade = solved.flows * (1 - np.eye(N))
    money = 1e-9 * b.income.min()
    np.testing.assert_allclose(trade.sum(axis=(0, 1)) - trade.sum(axis=(0, 2)), solved.transfer, atol=money)
    np.testing.assert_allclose(solved.transfer.sum(), 0.0, atol=money)
    np.testing.assert_allclose(solved.income, pay.sum(axis=0) + solved.tariff_revenue + solved.transfer, rtol=1e-9)


@pytest.mark.parametrize("kappa", KAPPAS)
@pytest.mark.parametrize(
    ("sigma", "final", "closure"), [(0.05, 0.3, "additive"), (0.5, 2.0, "multiplicative"), (1.5, 0.3, "zero")]
)
def test_every_equation_holds_at_the_solution(kappa: float, sigma: float, final: float, closure: str) -> None:
    world = random_world(4, 3, 4)
    shock = random_shock(world, 4)
    for inputs in (sigma, (sigma, 0.4, 1.3)):
        how = Elasticities(inputs, final, stuck=some_stuck(world, 4))
        assert_equations(world, shock, kappa, how, ces_equilibrium(world, shock, kappa, closure, how))


@pytest.mark.parametrize("sigma", [0.05, 0.5, 1.5])
@pytest.mark.parametrize("final", [0.3, 2.0])
def test_closed_economy_with_one_factor_is_a_linear_system(sigma: float, final: float) -> None:
    """w = 1, and P^(1-sigma) A^(1-sigma) = gamma + Gamma' P^(1-sigma)."""
    world, A = twins(1), np.array([1.1, 0.8, 0.95])
    shock = replace(Shock.none(world), productivity=np.repeat(A[:, None], 2, axis=1))
    gamma, Gamma = world.value_added_share[:, 0], world.input_share[:, :, 0]
    P = np.linalg.solve(np.diag(A ** (1 - sigma)) - Gamma.T, gamma) ** (1 / (1 - sigma))
    index = (world.baseline.final_share[:, 0] @ P ** (1 - final)) ** (1 / (1 - final))
    solved = ces_equilibrium(world, shock, INF, "additive", Elasticities(sigma, final))
    np.testing.assert_allclose(solved.price_hat, np.repeat(P[:, None], 2, axis=1), rtol=1e-11)
    np.testing.assert_allclose(solved.real_income_hat, 1 / index, rtol=1e-11)
    np.testing.assert_allclose(solved.real_gdp_hat, solved.real_gdp_hat[::-1], rtol=1e-11)


@pytest.mark.parametrize("kappa", [1.2, INF])
@pytest.mark.parametrize("final", [0.3, 2.0])
def test_sectors_all_stuck_consume_what_they_make(kappa: float, final: float) -> None:
    """Without inputs and trade in effect, real income is the CES aggregate of A; factor mobility has no say."""
    world, A = twins(2, inputs=0.0), np.array([1.2, 0.7, 1.0])
    shock = replace(Shock.none(world), productivity=np.repeat(A[:, None], 2, axis=1))
    how = Elasticities(0.5, final, stuck=np.ones((3, 2), bool))
    a = (final - 1) / final
    expected = (world.baseline.final_share[:, 0] @ A**a) ** (1 / a)
    solved = ces_equilibrium(world, shock, kappa, "additive", how)
    np.testing.assert_allclose(solved.real_income_hat, expected, rtol=1e-11)


@pytest.mark.parametrize("kappa", [1.5, INF])
def test_nests_of_one_elasticity_are_no_nests(kappa: float) -> None:
    world = random_world(6, 3, 3)
    shock = random_shock(world, 6)
    flat = ces_equilibrium(world, shock, kappa, "additive", Elasticities(0.3, 0.5))
    nested = ces_equilibrium(world, shock, kappa, "additive", Elasticities(0.3, 0.5, 0.3, ((0.3, (0, 2)),)))
    np.testing.assert_allclose(nested.flows, flat.flows, rtol=1e-10)
    other = ces_equilibrium(world, shock, kappa, "additive", Elasticities(0.3, 0.5, 0.9, ((3.0, (0, 2)),)))
    assert np.abs(other.flows / np.where(flat.flows > 0, flat.flows, 1) - 1)[flat.flows > 0].max() > 1e-3


def test_one_sector_reproduces_stata_ge_gravity() -> None:
    folder = "ge_gravity_wiod44_eu_additive"
    world = vectors.gravity_world(folder, "trade")
    _, beta = vectors.bilateral(folder, "beta")
    shock = replace(Shock.none(world), barrier=np.exp(-beta / 4.0)[None])
    expected = vectors.table("trade_vectors", folder, "country.csv")["welfare_hat_stata"]
    how = Elasticities(0.2, 0.4, stuck=np.ones((1, 44), bool))  # one good, no inputs: nothing to substitute
    np.testing.assert_allclose(ces_equilibrium(world, shock, 1.2, "additive", how).real_income_hat, expected, atol=2e-7)


def test_near_autarky_is_the_closed_form_with_substitution_of_one() -> None:
    world, case = vectors.autarky_world(), vectors.closed_forms()["symmetric_autarky"]
    shock = replace(Shock.none(world), barrier=np.where(np.eye(2) > 0, 1.0, 30.0)[None].repeat(2, axis=0))
    solved = ces_equilibrium(world, shock, INF)
    np.testing.assert_allclose(solved.real_factor_income_hat, case["expected_real_wage_hat"], atol=1e-6)


@pytest.mark.parametrize("solve", [ces_equilibrium, shipped])
@pytest.mark.parametrize("kappa", KAPPAS)
@pytest.mark.parametrize(("seed", "nest"), [(0, None), (1, 0.6), (2, None)])
def test_second_order_formula_leaves_an_error_of_third_order(
    seed: int, nest: float | None, kappa: float, solve: Solve
) -> None:
    """Real income of the world after small changes of A and d; halving them divides what is left by eight."""
    world = random_world(seed, 3, 3, tariffs=False, zeros=bool(seed % 2))
    rng = np.random.default_rng(seed)
    how = Elasticities(0.2, 0.5, nest, stuck=some_stuck(world, seed))
    a, d = rng.normal(0, 0.005, (3, 3)), rng.normal(0, 0.005, (3, 3, 3)) * (1 - np.eye(3))
    left = []
    for size in (1.0, 0.5):
        shock = replace(Shock.none(world), productivity=np.exp(size * a), barrier=np.exp(size * d))
        first, second = second_order(world, size * a, size * d, kappa, how)
        left.append(world_real_income(world, solve(world, shock, kappa, "additive", how)) - first - second)
        assert abs(left[-1]) < 1e-6 < abs(second) * 10
    assert abs(left[1]) == pytest.approx(abs(left[0]) / 8, rel=0.2)


@pytest.mark.parametrize("solve", [ces_equilibrium, shipped])
@pytest.mark.parametrize("kappa", KAPPAS)
def test_leontief_programme_is_approached_from_one_side(kappa: float, solve: Solve) -> None:
    world = random_world(1, 2, 3, tariffs=False, imbalances=False)
    shock, stuck = random_shock(world, 1, tariffs=False, transfers=False), some_stuck(world, 2)
    gaps = []
    for sigma in (0.4, 0.1, 0.02, 0.01):
        solved = solve(world, shock, kappa, "additive", Elasticities(sigma, sigma, stuck=stuck))
        gaps.append(1 - leontief_scale(world, shock, kappa, stuck, solved))
    assert all(a > b > -2e-6 for a, b in pairwise(gaps))
    assert gaps[-1] == pytest.approx(gaps[-2] / 2, rel=0.25)


# --------------------------------------------------------------------------- the package's solver against the slow one


def assert_same(world: World, fast: Equilibrium, slow: Outcome) -> None:
    buys, makes = world.baseline.spending > 0, world.baseline.sales > 0
    every = np.ones(world.shape[1], bool)
    cells = {
        "price_hat": buys, "spending": buys, "wage_hat": makes, "unit_cost_hat": makes, "sales": makes,
        "phi_hat": every, "income": every, "real_income_hat": every, "real_factor_income_hat": every,
        "real_gdp_hat": every,
    }  # fmt: skip
    for name, where in cells.items():
        np.testing.assert_allclose(getattr(fast, name)[where], getattr(slow, name)[where], rtol=1e-9, err_msg=name)
    money = 1e-9 * world.baseline.income.min()
    np.testing.assert_allclose(fast.share, slow.share, rtol=0, atol=1e-9, err_msg="share")
    for name in ("flows", "tariff_revenue", "transfer"):
        np.testing.assert_allclose(getattr(fast, name), getattr(slow, name), rtol=1e-9, atol=money, err_msg=name)


def assert_agree(seed: int, sigma: float, final: float, stuck: bool) -> None:
    """One random world of 2-5 states and 2-4 sectors, everything else by the seed."""
    rng = np.random.default_rng(seed)
    tariffs, inputs, imbalances, zeros = (bool(rng.random() < p) for p in (0.7, 0.9, 0.7, 0.5))
    S, N = int(rng.integers(2, 5)), int(rng.integers(2, 6))
    world = random_world(seed, S, N, tariffs=tariffs, inputs=inputs, imbalances=imbalances, zeros=zeros)
    by_sector = tuple(float(x) for x in rng.choice((0.05, 0.2, 0.5, 1.0, 1.5), S))
    how = Elasticities(
        sigma if rng.random() < 0.6 else (sigma, *by_sector[1:]),
        final,
        None if rng.random() < 0.6 else float(rng.choice((0.3, 0.5, 1.0, 1.2))),
        stuck=some_stuck(world, seed, 0.3 if stuck else 0.0),
    )
    kappa, closure, shock = float(rng.choice(KAPPAS)), str(rng.choice(CLOSURES)), random_shock(world, seed)
    assert_same(world, shipped(world, shock, kappa, closure, how), ces_equilibrium(world, shock, kappa, closure, how))


@pytest.mark.parametrize("stuck", [False, True])
@pytest.mark.parametrize("final", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("sigma", [0.05, 0.2, 0.5, 1.0, 1.5])
def test_shipped_solver_agrees_with_the_slow_one(sigma: float, final: float, stuck: bool) -> None:
    assert_agree(int(1000 * sigma + 100 * final + stuck), sigma, final, stuck)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 400, 40))
def test_shipped_solver_agrees_in_hundreds_of_worlds(first: int) -> None:
    for seed in range(first, first + 40):
        rng = np.random.default_rng(seed)
        sigma, final = float(rng.choice((0.05, 0.2, 0.5, 1.0, 1.5))), float(rng.choice((0.3, 1.0, 2.0)))
        assert_agree(10_000 + seed, sigma, final, bool(seed % 2))


@pytest.mark.parametrize("closure", ["additive", "multiplicative"])
@pytest.mark.parametrize("kappa", [1.2, INF])
@pytest.mark.parametrize(("sigma", "nest", "seed"), [(0.1, None, 3), (0.4, 0.7, 8)])
def test_every_quarter_agrees_with_the_slow_solver(
    sigma: float, nest: float | None, seed: int, kappa: float, closure: str
) -> None:
    """Attached buyers, shocks that change every two quarters, and sectors stuck until quarter 2."""
    world = random_world(seed, 3, 3, zeros=bool(seed % 2))
    shocks = [random_shock(world, 100 * seed + q // 2) for q in range(5)]
    stuck = some_stuck(world, seed)
    ways = [Elasticities(sigma, 0.5, nest, stuck=stuck if q <= 2 else np.zeros_like(stuck)) for q in range(5)]
    parameters = shipped_parameters(world, kappa, closure, ways[0], 0.3)
    parameters = replace(parameters, stuck=tuple(replace(entry, until=2) for entry in parameters.stuck))
    market = start_market(world, parameters)
    for shock, slow in zip(shocks, ces_quarters(world, shocks, 0.3, kappa, closure, ways), strict=True):
        market = next_quarter(market, shock)
        assert_same(world, market.equilibrium, slow)


@pytest.mark.parametrize("kappa", KAPPAS)
@pytest.mark.parametrize(
    ("sigma", "nest", "groups"),
    [
        (0.2, None, ((4.0, (0, 2)),)),
        (0.2, 0.5, ((4.0, (0, 2)),)),
        ((0.1, 0.5, 1.0, 1.5), None, ((0.05, (0, 1)), (2.0, (2, 3)))),
        (1.0, None, ((3.0, (1, 2, 3)),)),
    ],
)
def test_near_substitutes_agree_with_the_slow_solver(
    sigma: float | tuple[float, ...],
    nest: float | None,
    groups: tuple[tuple[float, tuple[int, ...]], ...],
    kappa: float,
) -> None:
    for seed in (3, 8):
        world = random_world(seed, 4, 3, zeros=bool(seed % 2))
        how = Elasticities(sigma, 0.7, nest, groups, some_stuck(world, seed, 0.2))
        shock = random_shock(world, seed)
        fast, slow = (solve(world, shock, kappa, "additive", how) for solve in (shipped, ces_equilibrium))
        assert_same(world, fast, slow)


def test_near_substitutes_agree_in_quarters() -> None:
    world = random_world(3, 3, 3)
    shocks = [random_shock(world, 300 + q // 2) for q in range(4)]
    how = Elasticities(0.2, 0.5, 0.6, ((5.0, (0, 1)),))
    market = start_market(world, shipped_parameters(world, 1.5, "additive", how, 0.3))
    for shock, slow in zip(shocks, ces_quarters(world, shocks, 0.3, 1.5, "additive", [how] * 4), strict=True):
        market = next_quarter(market, shock)
        assert_same(world, market.equilibrium, slow)


@pytest.mark.parametrize("sigma", [0.4, 1.0])
def test_a_state_that_cannot_pay_its_surplus_has_no_equilibrium(sigma: float) -> None:
    """Its main export is banned everywhere abroad and nothing can be moved: no income is left for a fixed surplus."""
    world = random_world(0, 2, 3, tariffs=False, zeros=True)
    shock = random_shock(world, 1, tariffs=False)
    how = Elasticities(sigma, sigma, stuck=some_stuck(world, 2))
    with pytest.raises(RuntimeError, match="no equilibrium"):
        ces_equilibrium(world, shock, 1.1, "additive", how)
    with pytest.raises(ConvergenceError, match="unable to pay for its imbalance"):
        shipped(world, shock, 1.1, "additive", how)
