"""Expected payoffs of allies against the recursion of the tests, and against a dispute simple enough for a pencil."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_loops import TYPES, course

from coercion_sim.dispute import DisputeGame, DisputeParameters, ally_payoffs, expected_flow, solve_dispute
from dispute.test_equilibrium import plain_contests
from support.dispute_games import random_game

SEEDS = st.integers(0, 10_000)


@given(SEEDS, st.sampled_from([(1, 1, 2), (2, 1, 3)]), st.booleans())
@settings(max_examples=6, deadline=None)
def test_payoffs_are_sums_over_types_packages_and_answers(
    seed: int, size: tuple[int, int, int], surprise: bool
) -> None:
    """One ally, bound by its pledge: interest, cost and breach weighted by the solution's chances, in plain loops."""
    K, n, M = size
    game = random_game(seed, K, n, M, surprise=surprise)
    solved = solve_dispute(game)
    found, yielded, cost, breach = ally_payoffs(solved), 0.0, 0.0, 0.0
    for k in range(K):
        contests = plain_contests(solved, k)
        for c, s in TYPES:
            pressed = game.types_coercer[c] * game.types_target[s] * solved.press[c] * solved.package[c, k]
            yielded += pressed * solved.concede[s, k]
            imposed = pressed * (1 - solved.concede[s, k]) * solved.impose[c, k]
            for r in range(M):
                odds, sums = float(solved.pledged[0][k, r]), course(game, contests[r,])
                flows = game.ally_cost[0, :, k, r]
                yielded += imposed * odds * sums["yielded"][c, s]
                cost += imposed * odds * (flows[0] * sums["first_year"][c, s] + flows[1] * sums["later"][c, s]) / 4
                breach += imposed * odds * float(game.pledge[0] * game.shortfall[0, r])
    assert found.yielded == pytest.approx(yielded, abs=1e-6)
    assert found.cost[0] == pytest.approx(cost, abs=1e-6)
    assert found.breach[0] == pytest.approx(breach, abs=1e-6)


def lone_quarrel(**changes: object) -> DisputeGame:
    """One package, one ally that acts or not, nobody reviewing: measures bite for one quarter, then lapse for sure."""
    game = DisputeGame(
        packages=("ban",), allies=("ally",), options=("none", "help"),
        coercer_cost=np.zeros((2, 1, 2)), target_effect=np.full((2, 1, 2), -0.4),
        ally_cost=np.array([[[[0.0, 0.08]], [[0.0, 0.08]]]]), shortfall=np.array([[1.0, 0.0]]),
        pledge=np.array([1.0]), interest=np.array([0.01]), reliability=np.array([1.0]),
        stake_coercer=np.array([1.0, 1.0]), stake_target=np.array([5.0, 5.0]),
        ally_rational=(True,),
        parameters=DisputeParameters(
            lapse=1.0, cost_once=0.0, cost_year=0.0, audience_back_down=5.0, audience_lift=5.0, surprise=True,
            discount=1.0, review=0.0,
        ),
    )  # fmt: skip
    return replace(game, **changes)  # type: ignore[arg-type]


def test_an_ally_that_helps_for_a_quarter_pays_a_quarter_of_its_yearly_cost_when_pressed() -> None:
    found = ally_payoffs(solve_dispute(lone_quarrel()))
    # Pressing is worth exactly nothing: nobody gives in and nothing costs, so the choice is even.
    assert found.pressed == pytest.approx(0.5)
    assert found.imposed == pytest.approx(0.5)
    assert found.cost[0] == pytest.approx(0.5 * 0.08 / 4)
    assert found.yielded == 0.0
    assert found.kept[0] == 1.0
    assert found.target == pytest.approx(0.5 * -0.4 / 4)


def test_doubt_about_its_word_leaves_what_a_sincere_ally_pays_as_it_is_given_imposition() -> None:
    """R moves the coercer, not the ally: given that a package is imposed an ally means what it promised."""
    trusted = ally_payoffs(solve_dispute(lone_quarrel()))
    doubted = ally_payoffs(solve_dispute(lone_quarrel(reliability=np.array([0.1]))))
    assert doubted.cost[0] / doubted.imposed == pytest.approx(trusted.cost[0] / trusted.imposed)


@given(SEEDS)
@settings(max_examples=6, deadline=None)
def test_a_constant_flow_costs_its_size_times_the_expected_length(seed: int) -> None:
    game = random_game(seed, 2, 1, 2)
    solved = solve_dispute(game)
    one = np.ones((2, *game.profile_shape))
    assert expected_flow(solved, 3.0 * one) == pytest.approx(3.0 * expected_flow(solved, one))
    assert (
        0.0
        <= expected_flow(solved, one)
        <= 1.0 / (1.0 - game.parameters.quarterly_discount * (1.0 - game.parameters.lapse)) / 4.0 + 1e-9
    )
