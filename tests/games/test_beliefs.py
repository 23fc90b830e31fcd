"""Beliefs move as Bayes says and are never beyond recall."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.dispute import Reliability, bayes, clip_belief, fade, update_resolve
from coercion_sim.games import GameError

probability = st.floats(0.0, 1.0)


@settings(deadline=None)
@given(st.lists(st.integers(1, 50), min_size=2, max_size=4), st.data())
def test_beliefs_are_a_martingale_under_the_models_own_probabilities(weights, data) -> None:
    types = [f"t{k}" for k in range(len(weights))]
    prior = {t: w / sum(weights) for t, w in zip(types, weights, strict=True)}
    acts = data.draw(st.integers(2, 4))
    play = {}
    for t in types:
        raw = [data.draw(st.integers(0, 20)) for _ in range(acts)]
        play[t] = [r / sum(raw) for r in raw] if sum(raw) else [1 / acts] * acts
    mean = dict.fromkeys(types, 0.0)
    for act in range(acts):
        chance = sum(prior[t] * play[t][act] for t in types)
        posterior = bayes(prior, {t: play[t][act] for t in types})
        assert sum(posterior.values()) == pytest.approx(1.0)
        for t in types:
            mean[t] += chance * posterior[t]
    for t in types:
        assert mean[t] == pytest.approx(prior[t], abs=1e-10)


@settings(deadline=None)
@given(st.floats(0.02, 0.98), probability, probability)
def test_resolve_moves_with_the_evidence_and_stays_clipped(belief, high, low) -> None:
    after = update_resolve(belief, high, low)
    assert 0.02 <= after <= 0.98
    if high > low + 1e-9:
        assert after >= belief
    if high == low:
        assert after == pytest.approx(belief)


def test_what_every_type_was_sure_not_to_do_teaches_nothing() -> None:
    assert update_resolve(0.4, 0.0, 0.0) == pytest.approx(0.4)
    assert update_resolve(0.4, 1e-300, 0.0) == pytest.approx(0.4)
    assert update_resolve(0.4, 0.5, 0.0) == 0.98


def test_nonsense_is_refused() -> None:
    with pytest.raises(GameError, match="same types"):
        bayes({"a": 1.0}, {"b": 1.0})
    with pytest.raises(GameError, match="not probabilities"):
        bayes({"a": 0.5, "b": 0.4}, {"a": 0.5, "b": 0.5})
    with pytest.raises(GameError, match="not probabilities"):
        bayes({"a": 0.5, "b": 0.5}, {"a": 1.5, "b": 0.5})
    with pytest.raises(GameError, match="positive"):
        Reliability(0.0, 1.0)
    with pytest.raises(GameError, match="phi"):
        Reliability().update(kept=1, phi=1.2)


@settings(deadline=None)
@given(st.integers(0, 20), st.integers(0, 20))
def test_full_memory_counts_kept_and_broken_pledges(kept, broken) -> None:
    belief = Reliability()
    for _ in range(kept):
        belief = belief.update(kept=1)
    for _ in range(broken):
        belief = belief.update(broken=1)
    assert belief.mean == pytest.approx((2 + kept) / (4 + kept + broken))
    assert 0.02 <= belief.expected <= 0.98


def test_forgetting_returns_to_the_prior_and_keeps_new_evidence_whole() -> None:
    belief = Reliability(12.0, 4.0)
    assert belief.update(phi=0.5) == Reliability(7.0, 3.0)
    assert belief.update(kept=1, phi=0.95).alpha == pytest.approx(2 + 0.95 * 10 + 1)
    for _ in range(500):
        belief = belief.update(phi=0.95)
    assert belief.mean == pytest.approx(0.5, abs=1e-6)
    assert fade(0.9, 0.5, 0.95) == pytest.approx(0.88)
    assert clip_belief(0.0) == 0.02
    assert clip_belief(1.0) == 0.98
