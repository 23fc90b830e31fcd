"""Answers of allies at which the contest is solved: all where they are few, else a grid between the extremes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.game import DisputeGame

#: So many answers, or fewer, are all solved.
MOST_EXACT = 16
#: Nodes of the grid along the effect on the target, and along the cost to the coercer where answers change it much.
ALONG_EFFECT, ALONG_COST = 6, 3
#: Costs to the coercer closer together than this share of the mean need one node.
_ALIKE = 0.02


@dataclass(frozen=True, eq=False)
class Nodes:
    """Contests that stand for the P answers to each of K packages.

    Attributes
    ----------
    cost, effect : (2, K, G)
        Coercer's cost and effect on the target a year at each node: first year, long run.
    weight : (K, P, G)
        Values after an answer are this average over nodes; rows sum to 1.
    exact
        Whether every answer is a node.
    """

    cost: Array
    effect: Array
    weight: Array
    exact: bool


def nodes_of(game: DisputeGame, most_exact: int = MOST_EXACT) -> Nodes:
    """Choose the nodes of a game.

    The grid is a tensor of points along the mean of first-year and long-run effect on the target, and along that of
    cost to the coercer, between the extremes over all answers; first-year and long-run flows at a node are those of the
    least-squares plane through the answers. An answer is a bilinear average of its four neighbours. Against solving
    every answer, for three allies, the chance to press differs by up to .004. Where a coercer is about to back down,
    its chance to impose differs by up to .1, and hardly less with more nodes.
    """
    K = len(game.packages)
    cost, effect = game.coercer_cost.reshape(2, K, -1), game.target_effect.reshape(2, K, -1)
    P = cost.shape[2]
    if most_exact >= P:
        return Nodes(cost, effect, np.tile(np.eye(P), (K, 1, 1)), True)
    along_cost = ALONG_COST if np.ptp(cost.mean(axis=0), axis=1).max() > _ALIKE * max(cost.mean(), 1e-12) else 1
    parts = [_grid(cost[:, k], effect[:, k], along_cost) for k in range(K)]
    of_cost, of_effect, weight = (np.stack([part[i] for part in parts], axis=int(i < 2)) for i in range(3))
    return Nodes(of_cost, of_effect, weight, False)


def _grid(cost: Array, effect: Array, along_cost: int) -> tuple[Array, Array, Array]:
    """Grid of one package: flows at the nodes, (2, G) each, and weights (P, G)."""
    t, s = effect.mean(axis=0), cost.mean(axis=0)
    at_t, at_s = _points(t, ALONG_EFFECT), _points(s, along_cost)
    grid = np.array([(a, b) for a in at_t for b in at_s])
    one = np.ones(len(t))
    plane = np.linalg.lstsq(np.stack([one, t, s], axis=1), np.concatenate([cost, effect]).T, rcond=None)[0]
    at_nodes = (np.column_stack([np.ones(len(grid)), grid]) @ plane).T
    weight = (_linear(t, at_t)[:, :, None] * _linear(s, at_s)[:, None, :]).reshape(len(t), -1)
    return np.maximum(at_nodes[:2], 0.0), at_nodes[2:], weight


def _points(values: Array, count: int) -> Array:
    """Points between the extremes, closer together at both ends; their middle for one."""
    low, high = float(values.min()), float(values.max())
    if count == 1 or high - low < 1e-12:
        return np.full(count, (low + high) / 2.0)
    return low + (high - low) * (1.0 - np.cos(np.pi * np.arange(count) / (count - 1))) / 2.0


def _linear(values: Array, points: Array) -> Array:
    """Weights (P, G) of linear interpolation."""
    weight = np.zeros((len(values), len(points)))
    rows = np.arange(len(values))
    if points[-1] <= points[0]:
        weight[:, 0] = 1.0
        return weight
    right = np.clip(np.searchsorted(points, values), 1, len(points) - 1)
    share = np.clip((values - points[right - 1]) / (points[right] - points[right - 1]), 0.0, 1.0)
    weight[rows, right - 1], weight[rows, right] = 1.0 - share, share
    return weight
