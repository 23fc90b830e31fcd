"""Beliefs move as Bayes says, and evidence can always move them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.dispute import Beliefs, Reliability, fade, posterior
from coercion_sim.errors import GameError

probability = st.floats(0.0, 1.0)
belief = st.floats(0.02, 0.98)
DISPUTE = ("CHN", "AUS", 3)


@settings(deadline=None)
@given(belief, st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=2, max_size=4))
def test_beliefs_are_a_martingale_under_the_models_own_probabilities(prior, weights) -> None:
    low_total, high_total = (sum(w[i] for w in weights) or 1 for i in (0, 1))
    acts = [(low / low_total, high / high_total) for low, high in weights]
    if sum(p for p, _ in acts) == 0 or sum(q for _, q in acts) == 0:
        return
    mean = sum(((1 - prior) * p + prior * q) * float(posterior(prior, p, q, clip=False)) for p, q in acts)
    assert mean == pytest.approx(prior, abs=1e-10)


@settings(deadline=None)
@given(belief, probability, probability)
def test_a_belief_moves_with_the_evidence_and_stays_clipped(prior, high, low) -> None:
    after = float(posterior(prior, low, high))
    assert 0.02 <= after <= 0.98
    if high > low + 1e-9:
        assert after >= prior
    if high == low:
        assert after == pytest.approx(prior)


def test_an_act_that_no_type_takes_teaches_nothing() -> None:
    assert posterior(0.4, 0.0, 0.0) == pytest.approx(0.4)
    assert posterior(0.4, 0.0, 1e-300) == pytest.approx(0.4)
    assert posterior(0.4, 0.0, 0.5) == 0.98


@settings(deadline=None)
@given(st.integers(0, 20), st.integers(0, 20))
def test_full_memory_counts_kept_and_broken_pledges(kept, broken) -> None:
    word = Reliability()
    for _ in range(kept):
        word = word.update(kept=1)
    for _ in range(broken):
        word = word.update(broken=1)
    assert word.mean == pytest.approx((2 + kept) / (4 + kept + broken))


def test_forgetting_returns_to_the_prior_and_keeps_new_evidence_whole() -> None:
    word = Reliability(12.0, 4.0)
    assert word.update(phi=0.5) == Reliability(7.0, 3.0)
    assert word.update(kept=1, phi=0.95).alpha == pytest.approx(2 + 0.95 * 10 + 1)
    for _ in range(500):
        word = word.update(phi=0.95)
    assert word.mean == pytest.approx(0.5, abs=1e-6)
    assert fade(0.9, 0.5, 0.95) == pytest.approx(0.88)


def test_a_prior_of_the_word_is_a_mean_and_a_weight() -> None:
    """Beta(m w, (1 - m) w): after k kept promises its mean is (m w + k) / (w + k), and it fades back to m."""
    word = Reliability.prior(0.3, 4.0)
    assert word.mean == pytest.approx(0.3)
    assert word.update(kept=2.0).mean == pytest.approx((1.2 + 2.0) / 6.0)
    assert word.update(kept=2.0).update(phi=0.0).mean == pytest.approx(0.3)
    assert Reliability.prior(0.5, 4.0) == Reliability()


def test_reliability_out_of_range_is_refused() -> None:
    with pytest.raises(GameError):
        Reliability(0.0, 1.0)
    with pytest.raises(GameError):
        Reliability().update(kept=1, phi=1.2)
    with pytest.raises(GameError):
        Reliability().update(kept=-1)


# ---------------------------------------------------------------- beliefs of one government


def test_a_dispute_opens_at_the_reputation_and_ends_as_one() -> None:
    held = Beliefs(prior_target=0.4, prior_coercer=0.6)
    opening = held.about("target", "AUS"), held.about("coercer", "CHN")
    assert opening == (0.4, 0.6)
    held.observe(DISPUTE, opening, "target", 0.5, 1.0)
    held.observe(DISPUTE, opening, "coercer", 1.0, 0.5)
    mu, nu = float(posterior(0.4, 0.5, 1.0)), float(posterior(0.6, 1.0, 0.5))
    assert held.in_dispute[DISPUTE] == (mu, nu)
    assert held.about("target", "AUS") == 0.4  # other disputes do not see it before its end
    held.conclude(DISPUTE, opening)
    assert (held.about("target", "AUS"), held.about("coercer", "CHN")) == (mu, nu)
    assert (held.about("coercer", "AUS"), held.about("target", "CHN")) == (0.6, 0.4)


def test_a_dispute_without_any_act_leaves_the_beliefs_it_opened_with() -> None:
    held = Beliefs()
    held.conclude(DISPUTE, (0.3, 0.7))
    assert (held.about("target", "AUS"), held.about("coercer", "CHN")) == (0.3, 0.7)


def test_reputations_fade_but_for_states_in_a_dispute() -> None:
    held = Beliefs(reputation={("target", "AUS"): 0.9, ("coercer", "CHN"): 0.1})
    held.fade(0.5, {"CHN"})
    assert held.reputation == {("target", "AUS"): pytest.approx(0.7), ("coercer", "CHN"): 0.1}


def test_reputations_of_targets_and_of_coercers_fade_to_priors_of_their_own() -> None:
    held = Beliefs(0.8, 0.2, reputation={("target", "AUS"): 0.4, ("coercer", "CHN"): 0.6})
    held.fade(0.25, ())
    assert held.reputation == {("target", "AUS"): pytest.approx(0.7), ("coercer", "CHN"): pytest.approx(0.3)}


def test_an_unknown_ally_has_the_prior_reliability() -> None:
    held = Beliefs(prior_reliability=Reliability(3.0, 1.0))
    assert held.reliability("JPN").mean == 0.75
    held.reliabilities["JPN"] = Reliability(1.0, 3.0)
    assert held.reliability("JPN").mean == 0.25
