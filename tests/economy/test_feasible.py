"""A solution is feasible or it is an error: thousands of random worlds, and shocks no state can bear."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest

from coercion_sim.economy import EconomyParameters, Measure, Shock, Stuck, solve_equilibrium
from coercion_sim.economy.prepare import prepare
from coercion_sim.economy.static import static_of
from coercion_sim.errors import ConvergenceError, InfeasibleError, MeasureError
from coercion_sim.world import World
from support.checks import assert_finite, ces_gaps
from support.worlds import CLOSURES, MOBILITIES, random_shock, random_world


def random_parameters(world: World, rng: np.random.Generator) -> EconomyParameters:
    """Anything from fixed proportions to ready substitution, some sectors stuck in some states."""
    share = rng.choice([0.0, 0.4, 1.0])
    where = {s: tuple(x for x in world.states if rng.random() < share) for s in world.sectors}
    return EconomyParameters(
        factor_mobility=float(rng.choice(MOBILITIES)),
        closure=str(rng.choice(CLOSURES)),  # type: ignore[arg-type]
        input_substitution=float(rng.choice([0.0, 0.05, 0.2, 0.7, 1.0, 1.5])),
        final_substitution=float(rng.choice([0.0, 0.2, 0.7, 1.0, 1.5])),
        value_added_substitution=[None, 0.5, 1.0][int(rng.integers(3))],
        stuck=tuple(Stuck(s, states) for s, states in where.items() if states),
        tolerance=1e-10,
    )


def solved_share(seeds: range) -> float:
    """Share of random worlds that are solved; each solution is checked, each refusal has a name."""
    solved = 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        S, N = int(rng.integers(1, 4)), int(rng.integers(2, 5))
        has = {"zeros": bool(rng.integers(2)), "inputs": rng.random() < 0.9, "tariffs": rng.random() < 0.5}
        world = random_world(seed, S, N, **has)
        p, shock = random_parameters(world, rng), random_shock(world, seed)
        try:
            found = solve_equilibrium(world, shock=shock, parameters=p)
        except ConvergenceError:
            continue
        assert_finite(found)
        bad = {name: gap for name, gap in ces_gaps(world, shock, found, p).items() if not gap < 1e-7}
        assert not bad, (seed, p, bad)
        assert (found.real_income_hat > 0).all()
        assert (found.final_share * found.income >= -1e-9 * found.income).all()
        solved += 1
    return solved / len(seeds)


def test_random_worlds_are_solved_and_clear_or_are_refused() -> None:
    assert solved_share(range(5000, 5060)) >= 0.9


@pytest.mark.slow
def test_thousands_of_random_worlds() -> None:
    assert solved_share(range(3000)) >= 0.95


def poor_world() -> World:
    """Two states of income 100 and one large one, one good."""
    flows = np.array([[[80.0, 10.0, 10.0], [10.0, 80.0, 10.0], [10.0, 10.0, 900.0]]])
    return World.from_flows("poor", ["A", "B", "C"], ["g"], flows, [4.0])


@pytest.mark.parametrize("kappa", MOBILITIES)
def test_a_transfer_beyond_income_is_refused_by_name(kappa: float) -> None:
    world = poor_world()
    fine = solve_equilibrium(world, [Measure("transfer", "A", "B", (), 50.0)], parameters=EconomyParameters(kappa))
    assert 0.3 < fine.real_income_hat[0] < 0.7
    with pytest.raises(InfeasibleError, match="A would have an income"):
        solve_equilibrium(world, [Measure("transfer", "A", "B", (), 120.0)], parameters=EconomyParameters(kappa))


def test_numbers_that_overflow_are_no_solution() -> None:
    """Prohibitive tariffs, a low elasticity, one mobile factor: the sweeps once settled at infinity."""
    flows = np.array(
        [
            [
                [29000, 0.51, 0.4, 1e-8],
                [0.81, 0.00075, 2.2, 0],
                [0.84, 1.2, 0.00057, 6.5e-9],
                [3.5e-8, 3e-9, 5.9e-9, 6100],
            ]
        ]
    )
    tariff = np.zeros((1, 4, 4))
    for i, n in ((1, 2), (1, 3), (2, 0), (2, 1), (2, 3), (3, 0), (3, 2)):
        tariff[0, i, n] = 100.0
    world = World.from_flows("r", list("ABCD"), ["g"], flows, [0.8])
    p = EconomyParameters(factor_mobility=float("inf"), closure="multiplicative")
    with pytest.raises(ConvergenceError):
        solve_equilibrium(world, shock=replace(Shock.none(world), tariff=tariff), parameters=p)


WORLD = random_world(3, 2, 3)
WRONG = {
    "tariff": np.full(WORLD.flows.shape, -1.0),
    "barrier": np.full(WORLD.flows.shape, 0.0),
    "open": np.full(WORLD.flows.shape, 1.01),
    "productivity": np.zeros(WORLD.shape),
    "transfer": np.ones(3),
}


@pytest.mark.parametrize("name", WRONG)
def test_only_the_array_that_is_wrong_is_named(name: str) -> None:
    """Out of range, of the wrong shape, or not finite; all others are in range."""
    none = Shock.none(WORLD)
    unfinite = np.array(getattr(none, name))
    unfinite.flat[0] = np.nan
    for array, message in ((WRONG[name], "out of range"), (np.ones(7), "wrong shape"), (unfinite, "not finite")):
        with pytest.raises(MeasureError) as caught:
            solve_equilibrium(WORLD, shock=replace(none, **{name: array}))
        assert [(p.key, message in p.message) for p in caught.value.problems] == [(name, True)]


def test_several_wrong_arrays_are_named_together() -> None:
    with pytest.raises(MeasureError) as caught:
        solve_equilibrium(WORLD, shock=replace(Shock.none(WORLD), **WRONG))
    assert [p.key for p in caught.value.problems] == list(WRONG)


def test_the_cautious_step_is_scaled_by_the_slope_of_factor_demand() -> None:
    """``kappa + theta gamma``; 1 in the place of kappa where a sector is stuck."""
    p = EconomyParameters(factor_mobility=1.4, stuck=(Stuck(("s1",)),))
    given = prepare(static_of(WORLD), Shock.none(WORLD), p)
    own = np.array([1.4, 1.0])[:, None]
    np.testing.assert_allclose(given.slope, own + WORLD.trade_elasticity[:, None] * WORLD.value_added_share)


def test_prices_without_bound_are_no_solution_and_the_message_says_what_income_buys() -> None:
    flows = np.array([[[100.0, 20.0, 1.0], [5.0, 200.0, 1.0], [1.0, 1.0, 20.0]]])
    world = World.from_flows("near unit", ["A", "B", "C"], ["x"], flows, 1e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InfeasibleError, match=r"A would have an income .* which buys 0e\+00 of what it did"):
            solve_equilibrium(world, [Measure("import_ban", "A", "B", "all", 0.0)])
