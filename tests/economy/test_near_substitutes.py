"""A group of near substitutes is one input: limits, shares, symmetry, and what it does to a shortage."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from coercion_sim.economy import EconomyParameters, Measure, NearSubstitutes, Shock, Stuck, solve_equilibrium
from coercion_sim.errors import InvalidInput, WorldError
from coercion_sim.world import load_world
from support.worlds import random_shock, random_world

WORLD = random_world(5, 4, 3)
SHOCK = random_shock(WORLD, 5)


def parameters(*groups: tuple[tuple[str, ...], float], **more: Any) -> EconomyParameters:
    near = tuple(NearSubstitutes(sectors, elasticity) for sectors, elasticity in groups)
    return EconomyParameters(**{"tolerance": 1e-11, "input_substitution": 0.3, "near_substitutes": near, **more})


def test_a_group_of_the_elasticity_around_it_is_none() -> None:
    plain = solve_equilibrium(WORLD, shock=SHOCK, parameters=parameters())
    grouped = solve_equilibrium(WORLD, shock=SHOCK, parameters=parameters((("s0", "s2"), 0.3)))
    for name in ("price_hat", "spending", "real_income_hat", "real_gdp_hat"):
        np.testing.assert_allclose(getattr(grouped, name), getattr(plain, name), rtol=1e-8, err_msg=name)
    ones = parameters((("s0", "s2"), 1.0), input_substitution=1.0)
    assert ones.cobb_douglas
    np.testing.assert_array_equal(
        solve_equilibrium(WORLD, shock=SHOCK, parameters=ones).real_income_hat,
        solve_equilibrium(WORLD, shock=SHOCK, parameters=EconomyParameters(tolerance=1e-11)).real_income_hat,
    )


def test_shares_within_a_group_follow_its_own_elasticity_and_costs_add_up() -> None:
    found = solve_equilibrium(
        WORLD, shock=SHOCK, parameters=parameters((("s0", "s2"), 3.0), value_added_substitution=0.6)
    )
    before, after = WORLD.input_share, found.input_share
    ratio = (after[0] / after[2]) / (before[0] / before[2])
    price = found.price_hat[0] / found.price_hat[2]
    np.testing.assert_allclose(ratio, np.broadcast_to(price**-2.0, ratio.shape), rtol=1e-8)
    other = (after[1] / after[3]) / (before[1] / before[3])
    np.testing.assert_allclose(
        other, np.broadcast_to((found.price_hat[1] / found.price_hat[3]) ** 0.7, other.shape), rtol=1e-8
    )
    np.testing.assert_allclose(after.sum(axis=0) + found.value_added_share, 1.0, rtol=1e-9)


def test_two_shocks_in_a_row_equal_both_at_once() -> None:
    """Shares of the counterfactual are those of the next baseline; barriers multiply."""
    p = parameters((("s1", "s3"), 2.5))
    rng = np.random.default_rng(4)
    world = random_world(5, 4, 3, tariffs=False)
    one, two = (replace(Shock.none(world), barrier=rng.uniform(1.0, 1.5, world.flows.shape)) for _ in range(2))
    first = solve_equilibrium(world, shock=one, parameters=p)
    second = solve_equilibrium(first.to_world(), shock=two, parameters=p)
    both = solve_equilibrium(world, shock=replace(one, barrier=one.barrier * two.barrier), parameters=p)
    np.testing.assert_allclose(first.real_income_hat * second.real_income_hat, both.real_income_hat, rtol=1e-8)
    np.testing.assert_allclose(first.price_hat * second.price_hat, both.price_hat, rtol=1e-8)


def test_gas_is_less_scarce_where_lng_replaces_it() -> None:
    """All Russian pipeline gas to Germany, both stuck: the readier LNG replaces it, the smaller the loss."""
    world = load_world("europe-2019").with_elasticity("rauch")
    gas = ("pipeline_gas", "lng")
    germany, pipes = world.state_index("DEU"), world.sectors.index("pipeline_gas")
    stop = [Measure("export_ban", "RUS", s, "pipeline_gas", 0.0) for s in world.groups["EU"] if s in world.states]
    found = [
        solve_equilibrium(world, stop, parameters=parameters((gas, x), input_substitution=0.1, stuck=(Stuck(gas),)))
        for x in (0.1, 1.0, 5.0)
    ]
    assert (np.diff([e.welfare_pct_gdp[germany] for e in found]) > 0).all()
    assert (np.diff([e.price_hat[pipes, germany] for e in found]) < 0).all()


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ([(("s0",), 2.0)], "two sectors at least"),
        ([(("s0", "s1"), 2.0), (("s1", "s2"), 2.0)], "two groups"),
        ([(("s0", "s1"), 11.0)], "out of range"),
    ],
)
def test_groups_that_are_none_are_refused(groups: list[tuple[tuple[str, ...], float]], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        solve_equilibrium(WORLD, shock=SHOCK, parameters=parameters(*groups))
    with pytest.raises(WorldError, match="gas"):
        solve_equilibrium(WORLD, shock=SHOCK, parameters=parameters((("gas", "s0"), 2.0)))
