"""Who bears how much, and with what: shares, and the two integer programs against enumeration of every choice."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from fake_situation import STATES, world
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.policies.burden import (
    CAP,
    burden_shares,
    least_cost_cuts,
    least_cost_support,
    trade_exposure,
)

ALLIES = ("USA", "JPN")


def test_shares_by_gdp_and_equally() -> None:
    assert burden_shares(world(), ALLIES, "gdp") == pytest.approx({"USA": 0.75, "JPN": 0.25})
    assert burden_shares(world(), ALLIES, "least_cost") == pytest.approx({"USA": 0.75, "JPN": 0.25})
    assert burden_shares(world(), ALLIES, "equal") == {"USA": 0.5, "JPN": 0.5}
    assert burden_shares(world(), (), "equal") == burden_shares(world(), (), "gdp") == {}


def test_capability_is_gdp_left_free_from_the_coercer() -> None:
    """In the fake world all trade is with China, so nothing is left free of it; Korea sells China 6 of 130."""
    exposure = trade_exposure(world(), ("CHN",))
    assert exposure[STATES.index("USA")] == exposure[STATES.index("JPN")] == 1.0
    free = trade_exposure(world(), ("KOR",))
    assert free[STATES.index("USA")] == 0.0
    assert free[STATES.index("CHN")] == pytest.approx(6.0 / (40 + 10 + 50 + 10 + 3 + 3 + 4 + 4 + 3 + 2 + 1))
    assert burden_shares(world(), ("USA", "JPN"), "capability", ("KOR",)) == pytest.approx({"USA": 0.75, "JPN": 0.25})
    shares = burden_shares(world(), ("USA", "CHN"), "capability", ("KOR",))
    assert shares["CHN"] / shares["USA"] == pytest.approx((1 - 6 / 130) * 200 / 600)


def test_a_coercer_outside_the_world_exposes_nobody() -> None:
    assert not trade_exposure(world(), ("IRN",)).any()


@st.composite
def programs(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    n = draw(st.integers(1, 4))
    number = st.floats(0.01, 50.0)
    cost, relief, unit = (np.array(draw(st.lists(number, min_size=n, max_size=n))) for _ in range(3))
    share = np.array(draw(st.lists(st.floats(0.05, 1.0), min_size=n, max_size=n)))
    return cost, relief, unit, share / share.sum()


def cheapest_by_hand(cost: np.ndarray, relief: np.ndarray, unit: np.ndarray, wanted: float, share: np.ndarray) -> float:
    """Every set of absorbers that fits its caps, filled up with the cheapest money."""
    best = np.inf
    most = CAP * share * wanted
    for chosen in itertools.product((0, 1), repeat=len(cost)):
        y = np.array(chosen)
        room = most - relief * y
        if (room < -1e-9).any():
            continue
        missing, total = max(0.0, wanted - float(relief @ y)), float(cost @ y)
        for i in np.argsort(unit):
            pays = min(missing, max(float(room[i]), 0.0))
            missing, total = missing - pays, total + pays * float(unit[i])
        if missing <= 1e-9:
            best = min(best, total)
    return best


@given(programs(), st.floats(1.0, 40.0))
@settings(max_examples=150, deadline=None)
def test_support_at_least_cost_is_the_cheapest_of_every_choice(program: tuple[np.ndarray, ...], wanted: float) -> None:
    cost, relief, unit, share = program
    mix = least_cost_support(cost, relief, unit, wanted, share)
    assert mix.relief >= wanted * (1 - 1e-6)
    assert (mix.money + relief * mix.absorbs <= CAP * share * wanted * (1 + 1e-6)).all()
    assert mix.cost == pytest.approx(cost @ mix.absorbs + unit @ mix.money)
    assert mix.cost == pytest.approx(cheapest_by_hand(cost, relief, unit, wanted, share), rel=1e-5, abs=1e-6)
    assert mix.cost <= wanted * float(unit @ share) * (1 + 1e-6)  # money by shares of GDP would do as well


def test_nobody_is_asked_for_nothing_nor_for_what_gives_nothing() -> None:
    share = np.array([0.5, 0.5])
    none = least_cost_support(np.ones(2), np.ones(2), np.ones(2), 0.0, share)
    assert (none.relief, none.cost, none.money.tolist(), none.absorbs.any()) == (0.0, 0.0, [0.0, 0.0], False)
    useless = least_cost_support(np.zeros(2), np.array([0.0, -1.0]), np.ones(2), 10.0, share)
    assert not useless.absorbs.any()
    assert useless.money.sum() == pytest.approx(10.0)


@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(1, 3), st.floats(0.1, 1.0))
@settings(max_examples=100, deadline=None)
def test_cuts_at_least_cost_are_the_cheapest_of_every_choice(seed: int, n: int, goods: int, goal: float) -> None:
    rng = np.random.default_rng(seed)
    cost, harm = rng.uniform(0.0, 5.0, (2, n, goods))
    harm[rng.random((n, goods)) < 0.2] = -0.1  # cutting some goods helps the coercer
    cost[rng.random((n, goods)) < 0.2] = -0.3  # and some cuts pay their author
    chosen = least_cost_cuts(cost, harm, goal)
    useful = np.maximum(harm, 0.0)
    if not useful.any():
        assert not chosen.any()
        return
    reach = goal * useful.sum() * (1 - 1e-6)
    assert useful[chosen].sum() >= reach
    assert not chosen[harm <= 0].any()
    best = min(
        float(np.maximum(cost.ravel(), 0.0)[list(picked)].sum())
        for size in range(n * goods + 1)
        for picked in itertools.combinations(range(n * goods), size)
        if useful.ravel()[list(picked)].sum() >= reach
    )
    assert float(np.maximum(cost, 0.0)[chosen].sum()) == pytest.approx(best, abs=1e-6)
