"""Solutions are equilibria: plain loops over numbers give back every choice, and Bayes' rule every belief."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_loops import TYPES, PlainContest, answers, bayes, contest, course, logit

from coercion_sim.dispute import (
    DisputeSolution,
    contest_after,
    dispute_endings,
    expected_flow,
    mean_endings,
    solve_dispute,
    solve_disputes,
)
from coercion_sim.dispute.contest import revised
from coercion_sim.dispute.nodes import nodes_of
from coercion_sim.errors import GameError
from support.dispute_games import flagship_game, random_game

NEAR: dict[str, Any] = {"rtol": 0, "atol": 2e-7}
SHAPES = [(1, 0, 1), (2, 0, 1), (2, 1, 2), (1, 1, 3), (2, 2, 2)]
RULES: list[dict[str, Any]] = [{}, {"settle": 0.4}, {"lapse_cost": 0.7, "lapse": 0.1}, {"surprise": True}]


def plain_contests(solved: DisputeSolution, k: int) -> dict[tuple[int, ...], PlainContest]:
    """Every answer's contest by loops, at the beliefs and stationary values of the solution."""
    game, n, M = solved.game, len(solved.game.allies), len(solved.game.options)
    found = {}
    for r in product(range(M), repeat=n):
        at = k * solved.nodes.cost.shape[2] + (int(np.ravel_multi_index(r, [M] * n)) if n else 0)
        beliefs = float(solved.belief_resisted[k]), float(solved.belief_imposed[k])
        mu, nu = (revised(np.array(b), solved.steps.path[i, :, at]).tolist() for i, b in enumerate(beliefs))
        after = tuple({(c, s): float(solved.steps.stationary[i, c, s, at]) for c, s in TYPES} for i in (0, 1))
        found[r] = contest(game, (k, *r), beliefs, (mu, nu), after)  # type: ignore[arg-type]
        np.testing.assert_allclose(found[r].mu, mu, **NEAR)
        np.testing.assert_allclose(found[r].nu, nu, **NEAR)
        for c, s in TYPES:  # stationary values reproduce themselves
            assert found[r].stationary.coercer[c, s] == pytest.approx(after[0][c, s], abs=1e-6)
            assert found[r].stationary.target[c, s] == pytest.approx(after[1][c, s], abs=1e-6)
        for i, row in enumerate(found[r].rows):
            np.testing.assert_allclose(solved.steps.concede[i, :, at], row.concede, **NEAR)
            np.testing.assert_allclose(solved.steps.lift[i, :, at], row.lift, **NEAR)
            np.testing.assert_allclose(solved.steps.settle[i, :, at], row.settle, **NEAR)
    return found


def assert_equilibrium(solved: DisputeSolution) -> None:
    game, p = solved.game, solved.game.parameters
    n = len(game.allies)
    mu, nu = (1 - game.belief_target, game.belief_target), (1 - game.belief_coercer, game.belief_coercer)
    pressing: list[list[float]] = [[], []]
    for k in range(len(game.packages)):
        contests = plain_contests(solved, k)
        seen, firm = float(solved.belief_resisted[k]), float(solved.belief_imposed[k])
        odds = {(c, s): (1 - firm, firm)[c] * (1 - seen, seen)[s] for c, s in TYPES}
        worth = {}
        for r, found in contests.items():
            sums = course(game, found)
            mean = {name: sum(odds[t] * by_type[t] for t in TYPES) for name, by_type in sums.items()}
            cost = game.ally_cost[(slice(None), slice(None), k, *r)]
            worth[r] = [
                -game.interest[i] * mean["yielded"] - (cost[i, 0] * mean["first_year"] + cost[i, 1] * mean["later"]) / 4
                for i in range(n)
            ]
        chance, bound = answers(game, k, worth)
        for r, q in chance.items():
            np.testing.assert_allclose(solved.profile[(k, *r)], q, **NEAR)
        for i in range(n):
            for done, odds_of in bound[i].items():
                np.testing.assert_allclose(solved.pledged[i][(k, *done)], odds_of, **NEAR)
        value_c = {
            t: sum(q * contests[r].coercer[t] for r, q in chance.items()) - game.price_of_imposing for t in TYPES
        }
        value_t = {t: sum(q * contests[r].target[t] for r, q in chance.items()) for t in TYPES}
        impose, concede = [], []
        for c in (0, 1):
            v = game.stake_coercer[c]
            worth_it = (1 - seen) * value_c[c, 0] + seen * value_c[c, 1]
            impose.append(logit([worth_it, -p.audience_back_down * v], p.rationality / v)[0] if not p.surprise else 1.0)
        for s in (0, 1):
            v = game.stake_target[s]
            resist = sum(nu[c] * impose[c] * value_t[c, s] for c in (0, 1))
            give = -(1 + p.audience_concede) * v
            concede.append(logit([give, resist], p.rationality / v)[0] if not p.surprise else 0.0)
        np.testing.assert_allclose(solved.impose[:, k], impose, **NEAR)
        np.testing.assert_allclose(solved.concede[:, k], concede, **NEAR)
        if not p.surprise:
            assert seen == pytest.approx(bayes(mu[1], 1 - concede[0], 1 - concede[1]), abs=1e-6)
            assert firm == pytest.approx(bayes(nu[1], *impose), abs=1e-6)
        for c in (0, 1):
            v = game.stake_coercer[c]
            pressing[c].append(
                sum(
                    mu[s]
                    * (
                        concede[s] * v
                        + (1 - concede[s]) * (impose[c] * value_c[c, s] - (1 - impose[c]) * p.audience_back_down * v)
                    )
                    for s in (0, 1)
                )
            )
    for c in (0, 1):
        rate = p.rationality / game.stake_coercer[c]
        package = logit(pressing[c], rate)
        value = sum(q * v for q, v in zip(package, pressing[c], strict=True))
        np.testing.assert_allclose(solved.package[c], package, **NEAR)
        np.testing.assert_allclose(solved.press[c], logit([value, 0.0], rate)[0], **NEAR)


@pytest.mark.parametrize("rules", RULES, ids=["plain", "settle", "lapse", "surprise"])
@pytest.mark.parametrize(("K", "n", "M"), SHAPES)
def test_loops_give_back_every_choice_and_belief(K: int, n: int, M: int, rules: dict[str, Any]) -> None:
    for seed in (1, 2):
        game = random_game(seed, K=K, n=n, M=M, **({"rationality": 4.0} | rules))
        assert_equilibrium(solve_dispute(game))


@pytest.mark.parametrize("selection", ["let_go", "worn_down"])
def test_both_selections_are_equilibria_and_differ(selection: str) -> None:
    game = flagship_game(allies=0, v_t=0.7, selection=selection, rationality=6.0)
    assert_equilibrium(solve_dispute(game))
    other = flagship_game(allies=0, v_t=0.7, selection="let_go", rationality=6.0)
    ends = [np.mean([dispute_endings(solve_dispute(g), c, s).success for c, s in TYPES]) for g in (game, other)]
    assert ends[0] >= ends[1] - 1e-12
    if selection == "worn_down":
        assert ends[0] > ends[1] + 0.1


def test_measures_in_force_already_are_an_equilibrium_too() -> None:
    game = replace(random_game(3, K=1, n=1, M=2, rationality=4.0, surprise=True), elapsed=3)
    assert_equilibrium(solve_dispute(game))


def test_a_batch_is_solved_like_each_alone() -> None:
    games = [random_game(seed, K=2, n=1, M=2, rationality=4.0) for seed in range(5)]
    games += [random_game(9, K=1, n=0, M=1, rationality=4.0)]
    for together, game in zip(solve_disputes(games), games, strict=True):
        alone = solve_dispute(game)
        for name in ("press", "package", "concede", "impose", "profile"):
            np.testing.assert_allclose(getattr(together, name), getattr(alone, name), rtol=0, atol=1e-6)


def test_more_quarters_change_nothing_after_thirty_two() -> None:
    game = flagship_game(allies=0)
    presses = [solve_disputes([game], quarters)[0].press for quarters in (16, 32, 64)]
    np.testing.assert_allclose(presses[1], presses[2], rtol=0, atol=1e-4)
    assert np.abs(presses[1] - presses[2]).max() <= np.abs(presses[0] - presses[2]).max() + 1e-9


def test_what_is_no_fixed_point_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from coercion_sim.dispute import solution

    monkeypatch.setattr(solution, "ACCEPTED", -1.0)
    with pytest.raises(GameError, match="no equilibrium was found"):
        solve_dispute(random_game(1, K=1, n=0, M=1, rationality=4.0))


@given(st.integers(0, 40), st.sampled_from([(1, 0, 1), (2, 1, 2)]), st.sampled_from([0.0, 0.4]))
@settings(max_examples=8, deadline=None)
def test_values_are_the_payoffs_of_the_endings(seed: int, shape: tuple[int, int, int], settle: float) -> None:
    """Undiscounted, the worth of pressing is stakes, prices and flows weighted by exact endings."""
    K, n, M = shape
    game = random_game(seed, K=K, n=n, M=M, discount=1.0, rationality=3.0, settle=settle, lapse=0.1)
    (solved,) = solve_disputes([game])
    if not solved.solved:
        return
    p = game.parameters
    for c in (0, 1):
        v, value = game.stake_coercer[c], 0.0
        for s, weight in enumerate(game.types_target):
            e = dispute_endings(solved, c, s, 600)
            won = e.conceded_to_demand + e.conceded + p.settle * e.settled
            lost = p.audience_back_down * e.backed_down + p.audience_lift * e.lifted
            lost += p.lapse_cost * p.audience_lift * e.lapsed
            value += weight * ((won - lost) * v - e.coercer_cost)
        # Endings weigh types by the prior after the demand, the worth of imposing by what resistance has shown.
        assert solved.press[c] * solved.press_value[c] == pytest.approx(value, abs=1e-6)


def test_expected_flow_counts_discounted_quarters() -> None:
    game = random_game(4, K=2, n=1, M=2, rationality=4.0, discount=1.0)
    solved = solve_dispute(replace(game, reliability=np.array([1.0])))
    ones = np.ones((2, *solved.profile.shape))
    quarters = sum(
        solved.game.types_coercer[c] * solved.game.types_target[s] * dispute_endings(solved, c, s, 600).target_loss
        for c, s in TYPES
    )
    assert expected_flow(solved, -game.target_effect) == pytest.approx(quarters, abs=1e-6)
    assert expected_flow(solved, ones) > 0.0


def test_flows_and_endings_are_of_the_same_allies() -> None:
    """Doubted allies that mean it: undiscounted, the target's loss of the endings is that of `expected_flow`."""
    game = replace(random_game(4, K=2, n=2, M=2, rationality=4.0, discount=1.0), reliability=np.array([0.5, 0.2]))
    solved = solve_dispute(game)
    loss = mean_endings(solved, 600, bound=True).target_loss
    assert expected_flow(solved, -game.target_effect) == pytest.approx(loss, abs=1e-6)
    assert abs(mean_endings(solved, 600).target_loss / loss - 1.0) > 0.01


def test_grid_of_answers_is_near_all_answers() -> None:
    game = flagship_game(allies=3, pledge=0.03, reliability=0.6)
    from coercion_sim.dispute import solution

    (near,) = solve_disputes([game])
    assert not near.nodes.exact
    exact = solution._solve_alike([game], [nodes_of(game, 10**6)], 32)[0]
    for name in ("press", "concede", "impose", "profile"):
        gap = np.abs(getattr(near, name) - getattr(exact, name))
        assert gap.max() < (0.01 if name == "press" else 0.1)
        assert gap.mean() < 0.02


def test_contest_after_an_answer_starts_from_the_equilibrium() -> None:
    game = flagship_game(allies=3, pledge=0.03, reliability=0.6)
    solved = solve_dispute(game)
    after = contest_after(game, 1, (1, 0, 2))
    assert float(after.contests.mu[0]) == solved.belief_resisted[1]
    cost, effect = game.flows(1, (1, 0, 2))
    np.testing.assert_array_equal(after.cost, cost)
    np.testing.assert_array_equal(after.effect, effect)
    assert after.quarter(3).concede.shape == (2, 1)
