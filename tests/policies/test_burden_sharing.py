"""Who bears how much, and with what: shares, and the two integer programs against enumeration of every choice."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from fake_situation import STATES, world
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.policies.burden_sharing import (
    BurdenSharing,
    burden_shares,
    least_cost_cuts,
    least_cost_support,
    trade_exposure,
)

ALLIES = ("USA", "JPN")


CAP = BurdenSharing().cap


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
    """Costs and reliefs of absorption (some pay their author, some help nobody), costs of money, shares by GDP."""
    n = draw(st.integers(1, 4))

    def numbers(low: float, high: float) -> np.ndarray:
        return np.array(draw(st.lists(st.floats(low, high), min_size=n, max_size=n)))

    cost, relief, unit = numbers(-5.0, 50.0), numbers(-5.0, 50.0), numbers(0.01, 50.0)
    share = np.array(draw(st.lists(st.floats(0.05, 1.0), min_size=n, max_size=n)))
    return cost, relief, unit, share / share.sum()


def by_hand(
    program: tuple[np.ndarray, ...], wanted: float, cap: float, pays: bool, reach: float | None = None
) -> tuple[float, float]:
    """(most relief up to what is wanted, least cost of `reach` of it), over every set of absorbers that fits its caps.

    Each set is filled up with the cheapest money.
    """
    cost, relief, unit, share = program
    most, best = 0.0, np.inf
    for chosen in itertools.product((0, 1), repeat=len(cost)):
        y = np.array(chosen)
        room = cap * share * wanted - relief * y
        if (room < -1e-9).any() or (relief[y > 0] <= 0).any():
            continue
        room = np.maximum(room, 0.0) * pays
        most = max(most, min(wanted, float(relief @ y + room.sum())))
        missing, total = max(0.0, (wanted if reach is None else reach) - float(relief @ y)), float(cost @ y)
        for i in np.argsort(unit):
            paid = min(missing, float(room[i]))
            missing, total = missing - paid, total + paid * float(unit[i])
        if missing <= 1e-7 * wanted:
            best = min(best, total)
    return most, best


@given(programs(), st.floats(1.0, 40.0))
@settings(max_examples=150, deadline=None)
def test_support_at_least_cost_is_the_cheapest_of_every_choice(program: tuple[np.ndarray, ...], wanted: float) -> None:
    cost, relief, unit, share = program
    mix = least_cost_support(cost, relief, unit, wanted, share, CAP)
    assert mix.shortfall == 0.0
    assert mix.relief >= wanted * (1 - 1e-6)
    assert (mix.money + relief * mix.absorbs <= CAP * share * wanted * (1 + 1e-6)).all()
    assert mix.cost == pytest.approx(cost @ mix.absorbs + unit @ mix.money)
    assert mix.cost == pytest.approx(by_hand(program, wanted, CAP, True)[1], rel=1e-5, abs=1e-5)
    assert mix.cost <= wanted * float(unit @ share) * (1 + 1e-6)  # money by shares of GDP would do as well


@given(programs(), st.floats(1.0, 40.0), st.floats(0.05, 0.9), st.booleans())
@settings(max_examples=150, deadline=None)
def test_where_caps_or_instruments_forbid_it_the_most_is_given_and_the_rest_said(
    program: tuple[np.ndarray, ...], wanted: float, cap: float, pays: bool
) -> None:
    cost, relief, unit, share = program
    mix = least_cost_support(cost, relief, unit, wanted, share, cap, pays)
    most, _ = by_hand(program, wanted, cap, pays)
    assert min(mix.relief, wanted) == pytest.approx(most, rel=1e-5, abs=1e-5)
    assert mix.shortfall == pytest.approx(1 - most / wanted, abs=1e-5)
    assert (mix.money + relief * mix.absorbs <= cap * share * wanted + 1e-6 * wanted).all()
    assert pays or not mix.money.any()
    assert mix.cost <= by_hand(program, wanted, cap, pays, most)[1] + 1e-4


def test_what_is_remembered_cannot_be_changed_by_whoever_reads_it() -> None:
    asked = np.array([1.0]), np.array([0.0]), np.array([1.0]), 5.0, np.array([1.0]), CAP
    with pytest.raises(ValueError, match="read-only"):
        least_cost_support(*asked).money[0] = 7.0
    assert least_cost_support(*asked).money[0] == pytest.approx(5.0)


def test_nobody_is_asked_for_nothing_nor_for_what_gives_nothing() -> None:
    share = np.array([0.5, 0.5])
    none = least_cost_support(np.ones(2), np.ones(2), np.ones(2), 0.0, share, CAP)
    assert (none.relief, none.cost, none.money.tolist(), none.absorbs.any()) == (0.0, 0.0, [0.0, 0.0], False)
    useless = least_cost_support(np.zeros(2), np.array([0.0, -1.0]), np.ones(2), 10.0, share, CAP)
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
