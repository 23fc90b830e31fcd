"""Contribution games: the symmetric solvers against the full table and the equilibrium conditions."""

from __future__ import annotations

import numpy as np
import pytest
from contribution_games import (
    contribution_game,
    expected_gain,
    gains,
    pure_contributor_counts,
    symmetric_logit,
    symmetric_mixed,
    threshold_benefits,
    threshold_game,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.errors import GameError
from coercion_sim.games import BranchSettings, solve_game


@settings(deadline=None)
@given(st.integers(1, 7), st.data())
def test_symmetric_mixed_equilibria_leave_nobody_a_gain_and_none_is_missed(n, data) -> None:
    benefits = np.cumsum([0.0] + [data.draw(st.integers(0, 20)) / 20 for _ in range(n)])
    cost = data.draw(st.integers(1, 19)) / 20 + 0.0113
    roots = symmetric_mixed(benefits, cost)
    gain = gains(benefits, cost)
    game = contribution_game(benefits, cost)
    for q in roots:
        assert 0.0 < q < 1.0
        assert game.regret([np.array([q, 1 - q])] * n) <= 1e-9
    grid = np.linspace(0, 1, 2001)
    values = np.array([expected_gain(gain, q) for q in grid])
    crossings = grid[:-1][values[:-1] * values[1:] < 0]
    assert len(crossings) <= len(roots)
    for start in crossings:
        assert any(start <= root <= start + 5e-4 for root in roots)


def test_known_cases() -> None:
    assert symmetric_mixed(threshold_benefits(2, 1, 1.0), 0.25) == pytest.approx((0.75,))
    assert symmetric_mixed(threshold_benefits(3, 3, 1.0), 0.25) == pytest.approx((0.5,))  # q^2 = 1/4
    assert symmetric_mixed(threshold_benefits(3, 2, 1.0), 0.6) == ()  # 2 q (1 - q) never reaches .6
    assert symmetric_mixed(threshold_benefits(3, 2, 1.0), 0.5) == pytest.approx((0.5,), abs=1e-6)  # touches at its top
    assert pure_contributor_counts(threshold_benefits(5, 3, 1.0), 0.2) == (0, 3)
    assert pure_contributor_counts(threshold_benefits(5, 1, 1.0), 0.2) == (1,)
    assert pure_contributor_counts(threshold_benefits(5, 3, 1.0), 1.2) == (0,)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 4), st.integers(1, 4), st.floats(0.05, 0.9), st.floats(0.0, 12.0))
def test_symmetric_logit_is_the_symmetric_branch_of_the_table(n, k, cost, lam) -> None:
    k = min(k, n)
    q = symmetric_logit(threshold_benefits(n, k, 1.0), cost, lam)
    straight = solve_game(threshold_game(n, k, 1.0, cost), lam, settings=BranchSettings(follow_stable=False))
    assert straight.strategies["Ally1"]["contribute"] == pytest.approx(q, abs=1e-6)


def test_symmetric_logit_has_no_limit_on_players_or_rationality() -> None:
    q = symmetric_logit(threshold_benefits(40, 10, 1.0), 0.02, 30.0)
    gain = expected_gain(gains(threshold_benefits(40, 10, 1.0), 0.02), q)
    assert q == pytest.approx(1 / (1 + np.exp(-30.0 * gain)), abs=1e-10)
    assert symmetric_logit(threshold_benefits(3, 1, 1.0), 2.0, 1e4) == pytest.approx(0.0, abs=1e-12)
    assert symmetric_logit([0.0, 1.0, 2.0], 0.5, 1e4) == pytest.approx(1.0, abs=1e-12)


def test_the_table_pays_what_the_rules_say() -> None:
    game = contribution_game([0.0, 0.4, 1.0], [0.1, 0.3], players=("USA", "JPN"))
    assert game.payoffs["USA"].tolist() == [[0.9, 0.30000000000000004], [0.4, 0.0]]
    assert game.payoffs["JPN"].tolist() == [[0.7, 0.4], [0.10000000000000003, 0.0]]
    with pytest.raises(GameError, match="benefits must number players"):
        contribution_game([0.0, 1.0], 0.1, players=("USA", "JPN"))
    with pytest.raises(GameError, match="symmetric solvers"):
        contribution_game(np.zeros(20), 0.1)
    with pytest.raises(GameError, match="threshold"):
        threshold_benefits(3, 4, 1.0)
