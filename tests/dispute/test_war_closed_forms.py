"""The war of attrition against closed forms: uniform play, nobody reviewing, best replies, limits of the discount."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coercion_sim.dispute import DisputeGame, DisputeParameters, WarValues, softmax, war

XI, COST, EFFECT = 0.25, (0.08, 0.12), (-0.6, -0.4)
V_C, V_T = np.array([0.1, 0.9]), np.array([0.4, 3.6])


def contest(
    cost: tuple[float, float] = COST,
    effect: tuple[float, float] = EFFECT,
    v_c: Any = V_C,
    v_t: Any = V_T,
    beliefs: tuple[float, float] = (0.3, 0.6),
    **parameters: Any,
) -> DisputeGame:
    """One package without allies; flows by year."""
    rules = DisputeParameters(**({"cost_year": 0.0, "last_quarter_bite": XI} | parameters))
    return DisputeGame(
        packages=("ban",), allies=(), options=("none",), coercer_cost=np.array(cost).reshape(2, 1),
        target_effect=np.array(effect).reshape(2, 1), ally_cost=np.zeros((0, 2, 1)), shortfall=np.zeros((0, 1)),
        pledge=np.zeros(0), interest=np.zeros(0), reliability=np.zeros(0), stake_coercer=np.array(v_c, dtype=float),
        stake_target=np.array(v_t, dtype=float), belief_target=beliefs[0], belief_coercer=beliefs[1], parameters=rules,
    )  # fmt: skip


def by_quarter(concede: float, settle: float, lift: float, accept: float, rules: DisputeParameters) -> np.ndarray:
    """Chances (conceded, settled, lifted, goes on) of one quarter, the same in each."""
    rho = rules.review
    yields, offers = rho * concede, rho * settle
    lifted = (1.0 - yields - offers) * rho * lift
    deal = offers * accept
    return np.array([yields, deal, lifted, 1.0 - yields - deal - lifted])


def summed(game: DisputeGame, chances: np.ndarray) -> dict[str, np.ndarray]:
    """Values (2, 2) and quarters of a contest in which every quarter has these chances: geometric series, term by term.

    ``sum_q (d stay)^q [conceded (...) + settled (...) + lifted (...) + stay flow_q]``.
    """
    p, d = game.parameters, game.parameters.quarterly_discount
    yields, deal, lifted, stay = chances
    v_c, v_t = game.stake_coercer[:, None], game.stake_target[None, :]
    coercer, target = np.zeros((2, 2)), np.zeros((2, 2))
    yielded, quarters = 0.0, np.zeros(2)
    for q in range(p.horizon):
        year, reached = int(q >= 4), (d * stay) ** q
        borne = p.last_quarter_bite * (1.0 - stay) + stay
        cost, effect = game.coercer_cost[year, 0] / 4.0, game.target_effect[year, 0] / 4.0
        won = yields + deal * p.settle
        coercer += reached * (won * v_c - lifted * p.audience_lift * v_c - borne * cost)
        target += reached * (-(yields * (1.0 + p.audience_concede) + deal * p.settle) * v_t + borne * effect)
        yielded += reached * won
        quarters[year] += reached * borne
    ones = np.ones((2, 2))
    return {
        "coercer": coercer, "target": target, "yielded": yielded * ones,
        "first_year": quarters[0] * ones, "later": quarters[1] * ones,
    }  # fmt: skip


def assert_values(found: WarValues, wanted: dict[str, np.ndarray]) -> None:
    for name, value in wanted.items():
        np.testing.assert_allclose(getattr(found, name)[:, :, 0], value, atol=1e-12, err_msg=name)


# ------------------------------------------------------------------ uniform play


@given(st.floats(0.0, 1.0), st.integers(1, 12), st.floats(0.0, 1.0))
def test_uniform_play_is_a_geometric_series(review: float, horizon: int, discount: float) -> None:
    game = contest(rationality=0.0, review=review, horizon=horizon, discount=discount)
    assert_values(war(game), summed(game, by_quarter(0.5, 0.0, 0.5, 0.0, game.parameters)))


@given(st.floats(0.0, 1.0), st.integers(1, 12), st.floats(0.05, 1.0))
def test_uniform_play_with_settling_has_three_answers(review: float, horizon: int, settle: float) -> None:
    game = contest(rationality=0.0, review=review, horizon=horizon, settle=settle)
    found = war(game)
    np.testing.assert_allclose(found.concede, 1 / 3)
    np.testing.assert_allclose(found.settle, 1 / 3)
    np.testing.assert_allclose(found.accept, 0.5)
    assert_values(found, summed(game, by_quarter(1 / 3, 1 / 3, 0.5, 0.5, game.parameters)))


def test_uniform_play_without_discount_ends_as_coins_do() -> None:
    """At rho 1 half concede, a quarter lift, a quarter go on: 2/3 conceded and 1/3 lifted of all that end."""
    found = war(contest(rationality=0.0, review=1.0, horizon=40, discount=1.0))
    np.testing.assert_allclose(found.yielded, 2 / 3, atol=1e-12)
    length = found.first_year + found.later
    np.testing.assert_allclose(length, (0.25 + 0.75 * XI) / 0.75, atol=1e-12)


def test_nobody_who_never_reviews_ends_anything() -> None:
    found = war(contest(review=0.0, horizon=6, discount=1.0))
    assert not found.yielded.any()
    np.testing.assert_allclose(found.first_year, 4.0)
    np.testing.assert_allclose(found.later, 2.0)
    np.testing.assert_allclose(found.coercer, -(0.08 * 4 + 0.12 * 2) / 4)
    np.testing.assert_allclose(found.target, (-0.6 * 4 - 0.4 * 2) / 4)


# ------------------------------------------------------------------ limits of the discount


def test_who_discounts_everything_sees_one_quarter() -> None:
    blind, short = war(contest(discount=0.0, horizon=8)), war(contest(discount=0.97, horizon=1))
    for name in ("coercer", "target", "yielded", "first_year", "concede", "lift"):
        np.testing.assert_allclose(getattr(blind, name), getattr(short, name), atol=1e-15)
    assert not blind.later.any()


@given(st.floats(0.1, 0.99), st.floats(0.5, 8.0))
def test_patience_moves_values_continuously(discount: float, rationality: float) -> None:
    here, near = (war(contest(discount=d, rationality=rationality)) for d in (discount, discount + 1e-7))
    np.testing.assert_allclose(here.target, near.target, atol=1e-5)
    np.testing.assert_allclose(here.yielded, near.yielded, atol=1e-5)


def test_the_last_quarter_is_a_static_choice() -> None:
    """Horizon 1, rho 1: logit over one quarter's payoffs, written out."""
    game = contest(review=1.0, horizon=1, rationality=3.0, beliefs=(0.3, 0.6))
    found, f_c, f_t = war(game), COST[0] / 4, EFFECT[0] / 4
    lift = [1 / (1 + math.exp(-3.0 / v * ((-0.4 * v - XI * f_c) + f_c))) for v in V_C]
    np.testing.assert_allclose(found.lift[:, 0], lift, atol=1e-14)
    expected = sum(w * (p * XI * f_t + (1 - p) * f_t) for w, p in zip((0.4, 0.6), lift, strict=True))
    concede = [1 / (1 + math.exp(-3.0 / v * (-1.2 * v + XI * f_t - expected))) for v in V_T]
    np.testing.assert_allclose(found.concede[:, 0], concede, atol=1e-14)
    np.testing.assert_allclose(found.yielded[0, :, 0], concede, atol=1e-14)


# ------------------------------------------------------------------ best replies


@settings(max_examples=60)
@given(st.floats(0.05, 3.0), st.floats(0.05, 3.0), st.integers(1, 12), st.floats(0.5, 1.0), st.floats(0.0, 1.0))
def test_a_best_replier_yields_at_once_or_never(
    stake: float, loss: float, horizon: int, discount: float, bite: float
) -> None:
    """Against a coercer that never lifts: at once iff ``-(1 + a) v + xi f > f (1 - d^H) / (1 - d)``, f < 0 a quarter.

    Waiting T quarters is worth ``f (1 - d^T) / (1 - d) + d^T c``, monotone in T, so no quarter between is best.
    """
    game = contest(
        (0.0, 0.0), (-loss, -loss), v_t=(stake, stake), review=1.0, horizon=horizon, discount=discount,
        last_quarter_bite=bite, coercer_rational=True, target_rational=True, audience_concede=0.2,
    )  # fmt: skip
    d, f = game.parameters.quarterly_discount, -loss / 4.0
    at_once, never = -1.2 * stake + bite * f, f * sum(d**q for q in range(horizon))
    assume(abs(at_once - never) > 1e-9)
    found = war(game)
    assert not found.lift.any()
    assert (found.concede == float(at_once > never)).all()
    np.testing.assert_allclose(found.target, max(at_once, never), atol=1e-12)
    np.testing.assert_allclose(found.yielded, float(at_once > never))


@settings(max_examples=60)
@given(st.floats(0.05, 3.0), st.floats(0.05, 3.0), st.integers(1, 12), st.floats(0.5, 1.0))
def test_a_coercer_that_cannot_win_lifts_at_once_or_never(
    stake: float, cost: float, horizon: int, discount: float
) -> None:
    """Against a target that never yields, alike: ``-alpha_L v - xi f`` against ``-f (1 - d^H) / (1 - d)``."""
    game = contest(
        (cost, cost), (0.0, 0.0), v_c=(stake, stake), v_t=(1.0, 1.0), review=1.0, horizon=horizon, discount=discount,
        coercer_rational=True, target_rational=True,
    )  # fmt: skip
    d, f = game.parameters.quarterly_discount, cost / 4.0
    at_once, never = -0.4 * stake - XI * f, -f * sum(d**q for q in range(horizon))
    assume(abs(at_once - never) > 1e-9)
    found = war(game)
    assert not found.concede.any()
    assert (found.lift == float(at_once > never)).all()
    np.testing.assert_allclose(found.coercer, max(at_once, never), atol=1e-12)


@given(st.integers(0, 3), st.floats(0.1, 1.0))
def test_logit_at_a_very_high_rationality_is_the_best_reply(seed: int, review: float) -> None:
    rng = np.random.default_rng(seed)
    flows = {"cost": tuple(rng.uniform(0.0, 0.3, 2)), "effect": tuple(-rng.uniform(0.1, 1.0, 2))}
    sharp = war(contest(**flows, review=review, rationality=1e8))  # type: ignore[arg-type]
    best = war(contest(**flows, review=review, coercer_rational=True, target_rational=True))  # type: ignore[arg-type]
    for name in ("concede", "lift", "coercer", "target", "yielded"):
        np.testing.assert_allclose(getattr(sharp, name), getattr(best, name), atol=1e-5, err_msg=name)


# ------------------------------------------------------------------ logit


@given(st.lists(st.floats(-5.0, 5.0), min_size=1, max_size=5), st.floats(0.0, 20.0), st.floats(-100.0, 100.0))
def test_softmax_is_the_plain_logit_and_ignores_a_shift(values: list[float], rationality: float, shift: float) -> None:
    found = softmax(np.array(values), rationality, False, axis=0)
    weights = [math.exp(rationality * (v - max(values))) for v in values]
    np.testing.assert_allclose(found, [w / sum(weights) for w in weights], atol=1e-14)
    np.testing.assert_allclose(softmax(np.array(values) + shift, rationality, False, axis=0), found, atol=1e-10)
    assert found.sum() == pytest.approx(1.0)


def test_softmax_splits_ties_of_best_replies_and_works_along_any_axis() -> None:
    values = np.array([[1.0, 2.0, 2.0], [3.0, 0.0, -1.0]])
    np.testing.assert_array_equal(softmax(values, 1.0, True, axis=1), [[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]])
    np.testing.assert_allclose(softmax(values, 2.0, False, axis=0).sum(axis=0), 1.0)
    np.testing.assert_allclose(softmax(values, 0.0, False, axis=1), 1 / 3)
    assert np.isfinite(softmax(1e6 * values, 1e6, False, axis=1)).all()
