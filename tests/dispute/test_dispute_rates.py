"""Exact probabilities of endings, and what doubt does to them (model.md §5)."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.dispute import posterior, solve_dispute
from support.dispute_endings import Endings, by_types, endings, over_types
from support.dispute_games import flagship_game, random_game

#: Middles of thirds of a normal distribution.
NORMAL = [NormalDist().inv_cdf((i + 0.5) / 3) for i in range(3)]


def record(quarters: int = 28, **changes: Any) -> Endings:
    """Endings over stakes drawn around model.md §5's medians, nobody helping."""
    stakes = [(0.7 * math.exp(0.6 * a), 0.1 * math.exp(0.8 * b)) for a in NORMAL for b in NORMAL]
    parts = [over_types(flagship_game(v_t=t, v_c=c, allies=0, **changes), quarters) for t, c in stakes]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total.times(1 / len(parts))


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.integers(0, 2), st.sampled_from((0.0, 0.4)), st.booleans())
def test_endings_are_a_distribution(seed: int, n: int, settle: float, surprise: bool) -> None:
    game = random_game(seed, K=2, n=n, M=2, horizon=4, settle=settle, surprise=surprise)
    for found in by_types(game, 12).values():
        whole = found.quiet + found.conceded_to_demand + found.backed_down + found.imposed
        assert whole == pytest.approx(1.0, abs=1e-12)
        assert (found.ended >= 0).all()
        assert found.unended >= 0
        assert bool(found.ended[:, 1].any()) == (settle > 0)
        assert not (surprise and (found.conceded_to_demand or found.backed_down))


@pytest.mark.slow
def test_with_doubt_on_both_sides_imposed_success_lies_between_the_two_sides_of_it() -> None:
    """Prototype: .31, without doubt about the target .66, about the coercer .11 (notes on the game, C4)."""
    both, target_known, coercer_known = record(), record(spread_t=1.0), record(spread_c=1.0)
    success = [r.success / r.imposed for r in (coercer_known, both, target_known)]
    assert success[0] < 0.6 * success[1]
    assert success[2] > 1.5 * success[1]


def test_an_irresolute_target_yields_where_a_resolved_one_is_released() -> None:
    weak, strong = (endings(flagship_game(allies=0), True, resolved) for resolved in (False, True))
    assert strong.conceded_to_demand / strong.pressed < 0.02
    assert weak.conceded_to_demand > 10 * strong.conceded_to_demand
    assert weak.success / weak.imposed > 0.9
    assert strong.success / strong.imposed < 0.1
    assert strong.ended[:, 2].sum() > 0.85 * strong.imposed


def test_a_retaliation_or_help_shortens_and_defeats_pressure() -> None:
    alone, helped = (over_types(flagship_game(v_t=0.7, allies=n, pledge=0.1), 16) for n in (0, 2))
    assert helped.pressed < alone.pressed
    assert helped.success / helped.imposed < alone.success / alone.imposed


@given(st.integers(0, 10**6))
def test_beliefs_are_martingales_under_the_game_s_own_probabilities(seed: int) -> None:
    """Averaged over what may be seen, at its predicted odds, the posterior is the prior where no clipping binds."""
    game = random_game(seed, K=2, n=1, M=2, rationality=1.5)
    found, mu, nu = solve_dispute(game), game.belief_target, game.belief_coercer
    rho = game.parameters.review
    checks = [(mu, found.concede[:, k]) for k in range(2)] + [(nu, found.impose[:, k]) for k in range(2)]
    checks += [(mu, rho * column) for column in found.war.concede.T]
    checks += [(nu, rho * column) for column in found.war.lift.T]
    checked = 0
    for prior, (p_low, p_high) in checks:
        seen = [(p_high, p_low), (1 - p_high, 1 - p_low)]
        after = [float(posterior(prior, low, high)) for high, low in seen]
        if any(not 0.02 < belief < 0.98 for belief in after):
            continue
        predicted = [prior * h + (1 - prior) * lo for h, lo in seen]
        assert float(np.dot(predicted, after)) == pytest.approx(prior, abs=1e-12)
        checked += 1
    assert checked > 0
