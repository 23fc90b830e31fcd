"""Nodes that stand for allies' answers: exact where they should be, near elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coercion_sim.dispute import solve_disputes
from coercion_sim.dispute.nodes import ALONG_COST, ALONG_EFFECT, MOST_EXACT, _linear, _points, nodes_of
from support.dispute_games import flagship_game, random_game

# ------------------------------------------------------------------ nodes of answers


@pytest.mark.parametrize(("n", "M"), [(0, 1), (1, 3), (2, 3), (2, 4), (4, 2)])
def test_few_answers_are_all_solved(n: int, M: int) -> None:
    game = random_game(1, K=2, n=n, M=M)
    found = nodes_of(game)
    P = M**n
    assert P <= MOST_EXACT
    assert found.exact
    np.testing.assert_array_equal(found.weight, np.stack([np.eye(P)] * 2))
    np.testing.assert_array_equal(found.cost, game.coercer_cost.reshape(2, 2, P))
    np.testing.assert_array_equal(found.effect, game.target_effect.reshape(2, 2, P))


def test_many_answers_stand_on_a_grid() -> None:
    found = nodes_of(random_game(2, K=2, n=3, M=3))
    assert not found.exact
    assert found.weight.shape == (2, 27, ALONG_EFFECT * ALONG_COST)
    assert found.cost.shape == found.effect.shape == (2, 2, ALONG_EFFECT * ALONG_COST)
    np.testing.assert_allclose(found.weight.sum(axis=2), 1.0, atol=1e-12)
    assert found.weight.min() >= 0.0
    assert ((found.weight > 0).sum(axis=2) <= 4).all()  # its four neighbours


def test_answers_that_change_costs_little_stand_on_a_line() -> None:
    game = flagship_game(allies=3, own_cost=0.1)
    same = replace(game, coercer_cost=np.full_like(game.coercer_cost, 0.1))
    assert nodes_of(same).weight.shape[2] == ALONG_EFFECT
    assert nodes_of(game).weight.shape[2] == ALONG_EFFECT * ALONG_COST


@pytest.mark.parametrize("own_cost", [0.0, 0.1])
def test_flows_in_proportion_are_given_back_to_every_answer(own_cost: float) -> None:
    """The flagship's first-year and long-run flows lie in a plane, so that the mean over nodes is the answer's own."""
    game = flagship_game(allies=3, own_cost=own_cost)
    found = nodes_of(game)
    for of_nodes, exact in ((found.cost, game.coercer_cost), (found.effect, game.target_effect)):
        met = np.einsum("kpg,ykg->ykp", found.weight, of_nodes)
        np.testing.assert_allclose(met, exact.reshape(2, 3, 27), atol=1e-12)


def test_flows_of_any_answers_are_given_back_in_the_mean_over_both_years() -> None:
    """The plane holds the mean of both years exactly: it is one of its own coordinates."""
    game = random_game(3, K=1, n=3, M=3)
    found = nodes_of(game)
    met = np.einsum("kpg,ykg->ykp", found.weight, found.effect).mean(axis=0)
    np.testing.assert_allclose(met[0], game.target_effect.mean(axis=0).ravel(), atol=1e-12)


def test_costs_at_nodes_are_never_negative() -> None:
    """The plane through first-year costs of 0 or more dips below 0 at a corner."""
    for seed in range(6):
        game = random_game(seed, K=1, n=3, M=3)
        tilted = replace(game, coercer_cost=game.coercer_cost * np.array([0.02, 1.0]).reshape(2, 1, 1, 1, 1))
        assert nodes_of(tilted).cost.min() >= 0.0


def test_points_run_between_the_extremes_closer_at_both_ends() -> None:
    points = _points(np.array([0.3, -1.0, 2.0]), 5)
    np.testing.assert_allclose(points, 0.5 - 1.5 * np.cos(np.pi * np.arange(5) / 4))
    gaps = np.diff(points)
    np.testing.assert_allclose(gaps, gaps[::-1])
    assert gaps[0] < gaps[1]
    np.testing.assert_allclose(_points(np.array([1.0, 3.0]), 1), [2.0])
    np.testing.assert_allclose(_points(np.array([2.0, 2.0]), 3), [2.0] * 3)


def test_linear_weights_give_back_linear_functions_and_hold_at_the_ends() -> None:
    points = np.array([-1.0, 0.0, 0.5, 2.0])
    values = np.array([-1.0, -0.3, 0.0, 0.4, 1.7, 2.0])
    weight = _linear(values, points)
    np.testing.assert_allclose(weight @ (3.0 - 2.0 * points), 3.0 - 2.0 * values, atol=1e-14)
    np.testing.assert_allclose(_linear(np.array([-5.0, 9.0]), points), [[1, 0, 0, 0], [0, 0, 0, 1]])
    np.testing.assert_allclose(_linear(np.array([0.0, 7.0]), np.full(3, 7.0)), [[1, 0, 0]] * 2)


def test_a_grid_solves_what_answers_that_change_nothing_solve() -> None:
    """27 answers with the same flows: as without allies."""
    alone = flagship_game(allies=0, own_cost=0.02)
    many = flagship_game(allies=3, own_cost=0.02)
    flat = replace(
        many,
        coercer_cost=np.broadcast_to(alone.coercer_cost[..., None, None, None], many.coercer_cost.shape),
        target_effect=np.broadcast_to(alone.target_effect[..., None, None, None], many.target_effect.shape),
    )
    one, other = solve_disputes([alone, flat])
    assert not other.nodes.exact
    for name in ("press", "package", "concede", "impose"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name), atol=1e-6)
