"""Expected payoffs of allies against the recursion of the tests, and against a dispute simple enough for a pencil."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.dispute import DisputeGame, DisputeParameters, ally_payoffs, expected_flow, solve_dispute, war
from support.dispute_games import random_game
from support.dispute_recursion import TYPES, Recursion

SEEDS = st.integers(0, 10_000)


def by_recursion(game: DisputeGame) -> tuple[list[float], list[float], float]:
    """U_i and the expected price of broken promises of every ally, and U_T, one history at a time."""
    plain = Recursion(game)
    moves = plain.solve()
    n, worth, breach, target = len(game.allies), [0.0] * len(game.allies), [0.0] * len(game.allies), 0.0
    for c, s, k in itertools.product(TYPES, TYPES, range(plain.K)):
        pressed = plain.nu[c] * plain.mu[s] * moves["press"][c] * moves["package"][c][k]
        yields = moves["concede"][s, k]
        imposed = pressed * (1 - yields) * moves["impose"][c, k]
        target -= pressed * yields * (1 + game.parameters.audience_concede) * float(game.stake_target[s])
        for i in range(n):
            worth[i] -= pressed * yields * float(game.interest[i])
        for r in itertools.product(range(plain.M), repeat=n):
            odds = 1.0
            for i in range(n):
                odds *= plain.ally_odds(i, k, r[:i])[0][r[i]]
            contest = plain.war(k, r)
            target += imposed * odds * contest["T"][c, s]
            for i in range(n):
                worth[i] += imposed * odds * contest["A"][i][c, s]
                breach[i] += imposed * odds * float(game.pledge[i] * game.shortfall[i, r[i]])
    return worth, breach, target


@given(SEEDS, st.sampled_from([(1, 1, 2), (2, 1, 3), (2, 2, 2)]), st.booleans())
@settings(max_examples=25, deadline=None)
def test_payoffs_are_those_of_the_plain_recursion(seed: int, size: tuple[int, int, int], surprise: bool) -> None:
    K, n, M = size
    game = random_game(seed, K, n, M, horizon=3, surprise=surprise)
    found = ally_payoffs(solve_dispute(game))
    worth, breach, target = by_recursion(game)
    np.testing.assert_allclose(found.payoff, worth, atol=1e-12)
    np.testing.assert_allclose(found.breach, breach, atol=1e-12)
    assert found.target == pytest.approx(target, abs=1e-12)


def lone_quarrel(**changes: object) -> DisputeGame:
    """One package, one ally that acts or not, everybody a best replier, the target sure to resist for one quarter."""
    game = DisputeGame(
        packages=("ban",), allies=("ally",), options=("none", "help"),
        coercer_cost=np.zeros((2, 1, 2)), target_effect=np.full((2, 1, 2), -0.4),
        ally_cost=np.array([[[[0.0, 0.08]], [[0.0, 0.08]]]]), shortfall=np.array([[1.0, 0.0]]),
        pledge=np.array([1.0]), interest=np.array([0.01]), reliability=np.array([1.0]),
        stake_coercer=np.array([1.0, 1.0]), stake_target=np.array([5.0, 5.0]),
        ally_rational=(True,),
        parameters=DisputeParameters(
            horizon=1, cost_once=0.0, cost_year=0.0, audience_back_down=5.0, audience_lift=5.0, surprise=True,
            coercer_rational=True, target_rational=True, discount=1.0, review=0.5,
        ),
    )  # fmt: skip
    return replace(game, **changes)  # type: ignore[arg-type]


def test_an_ally_that_helps_for_a_quarter_pays_a_quarter_of_its_yearly_cost_when_pressed() -> None:
    found = ally_payoffs(solve_dispute(lone_quarrel()))
    # Pressing is worth exactly nothing: nobody gives in and nothing costs, so a best replier is split evenly.
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
@settings(max_examples=20, deadline=None)
def test_a_constant_flow_costs_its_size_times_the_expected_length(seed: int) -> None:
    game = random_game(seed, 2, 1, 2)
    solved = solve_dispute(game)
    one = np.ones((2, *game.profile_shape))
    assert expected_flow(solved, 3.0 * one) == pytest.approx(3.0 * expected_flow(solved, one))
    assert 0.0 <= expected_flow(solved, one) <= game.parameters.horizon / 4.0


@given(SEEDS)
@settings(max_examples=10, deadline=None)
def test_a_contest_known_already_gives_the_same_solution(seed: int) -> None:
    game = random_game(seed, 2, 2, 2)
    other = replace(game, pledge=game.pledge + 0.1)
    fresh, shared = solve_dispute(other), solve_dispute(other, war(game))
    np.testing.assert_array_equal(fresh.press_value, shared.press_value)
    np.testing.assert_array_equal(fresh.profile, shared.profile)
