"""Backward induction on trees of perfect information: subgame-perfect play and logit quantal response, one pass each.

Logit agent quantal response (McKelvey-Palfrey 1998): at each decision the mover takes action a with probability
`exp(lambda_h u_a) / sum_b exp(lambda_h u_b)`, u_a the mover's expected payoff when everybody, later selves
included, plays so from there on. Where each information set is one node, u_a is known once the nodes below are
solved, so a single pass from the leaves gives the exact, unique equilibrium. lambda = 0 is uniform choice; an
infinite lambda is a best response, shared equally among exact ties.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.games.flat_tree import FlatTree, Level

TIE_TOLERANCE = 1e-14  # of the expected size of the payoffs compared: rounding in expected values, not preference


@dataclass(frozen=True, eq=False)
class TreePlay:
    """How a tree is played: `action_prob` (A,), `reach` (N,) of each node, expected payoffs `value` (P,) at the root.

    `ties` are the information sets at which pure play chose the first of several best actions.
    """

    action_prob: Array
    reach: Array
    value: Array
    ties: tuple[int, ...] = ()


def logit_play(flat: FlatTree, rationality: Array) -> TreePlay:
    """Return the logit agent quantal response equilibrium of a tree of perfect information.

    Parameters
    ----------
    flat
        Compiled tree, every information set one node.
    rationality : (H,)
        lambda_h >= 0 in log-odds per unit of payoff; infinite is allowed.
    """
    values = flat.payoffs.copy()
    into = np.ones(len(values))
    action_prob = np.empty(flat.n_actions)
    for level in reversed(flat.levels):
        own = values[np.arange(level.lo, level.hi), level.player]
        prob = segment_logit(own, rationality[level.infoset], level) if len(flat.infosets) else np.empty(len(own))
        _settle(level, prob, values, into, action_prob)
    return TreePlay(action_prob, _reach(flat, into), values[0])


def pure_play(flat: FlatTree) -> TreePlay:
    """Return subgame-perfect play by backward induction; among tied best actions the first listed is taken."""
    values = flat.payoffs.copy()
    into = np.ones(len(values))
    action_prob = np.empty(flat.n_actions)
    sizes = np.abs(flat.payoffs)  # expected |payoff| of what is played: outcomes avoided cast no shadow
    ties: list[int] = []
    for level in reversed(flat.levels):
        edges = np.arange(level.hi - level.lo)
        own = values[level.lo + edges, level.player]
        size = sizes[level.lo + edges, level.player]
        best = own + TIE_TOLERANCE * size >= np.maximum.reduceat(own, level.starts)[level.segment]
        chosen = np.minimum.reduceat(np.where(best, edges, len(edges)), level.starts)
        prob = (chosen[level.segment] == edges).astype(np.float64)
        tied = best & (np.add.reduceat(best.astype(np.intp), level.starts) > 1)[level.segment]
        ties += level.infoset[level.decision_edges[tied[level.decision_edges]]].tolist()
        _settle(level, prob, values, into, action_prob)
        shares = into[level.lo : level.hi, None]
        sizes[level.movers] = np.add.reduceat(shares * sizes[level.lo : level.hi], level.starts)
    return TreePlay(action_prob, _reach(flat, into), values[0], tuple(sorted(set(ties))))


def action_values(flat: FlatTree, action_prob: Array) -> Array:
    """Return u (A,): the mover's expected payoff from each action when everybody plays `action_prob` below it."""
    values = flat.payoffs.copy()
    u = np.empty(flat.n_actions)
    for level in reversed(flat.levels):
        prob = np.empty(level.hi - level.lo)
        prob[level.chance_edges] = level.chance_probs
        moves = level.decision_edges
        prob[moves] = action_prob[level.action[moves]]
        below = values[level.lo : level.hi]
        u[level.action[moves]] = below[moves, level.player[moves]]
        values[level.movers] = np.add.reduceat(prob[:, None] * below, level.starts)
    return u


def reach_of_play(flat: FlatTree, action_prob: Array) -> Array:
    """Return the probability (N,) that play passes through each node, information sets of any size."""
    into = flat.parent_prob.copy()
    moved = flat.parent_action >= 0
    into[moved] = action_prob[flat.parent_action[moved]]
    return _reach(flat, into)


def logit_residual(flat: FlatTree, u: Array, action_prob: Array, rationality: Array) -> float:
    """Return max |p - softmax(lambda u)| over all actions: 0 at a quantal response equilibrium."""
    if not flat.n_actions:
        return 0.0
    answer = grouped_logit(u, rationality[flat.action_infoset], flat.action_start[:-1], flat.action_infoset)
    return float(np.abs(answer - action_prob).max())


def regrets(flat: FlatTree, u: Array, action_prob: Array) -> Array:
    """Return what the mover of each information set could gain there, `max_a u_a - sum_a p_a u_a`, shape (H,)."""
    starts = flat.action_start[:-1]
    best = np.maximum.reduceat(u, starts)
    return np.asarray(np.add.reduceat(action_prob * (best[flat.action_infoset] - u), starts))


def largest_regret(flat: FlatTree, u: Array, action_prob: Array) -> float:
    """Return the most any mover could gain at one information set, in payoff units."""
    if not flat.n_actions:
        return 0.0
    return float(regrets(flat, u, action_prob).max())


def segment_logit(u: Array, rationality: Array, level: Level) -> Array:
    """Return the logit choice (E,) over the edges of each moving node of a level."""
    return grouped_logit(u, rationality, level.starts, level.segment)


def grouped_logit(u: Array, rationality: Array, starts: np.ndarray, group: np.ndarray) -> Array:
    """Return `exp(lambda u) / sum exp(lambda u)` within consecutive groups, safe for any rationality, infinite too.

    `starts` holds the first position of each group, `group` the group of each position.
    """
    gap = u - np.maximum.reduceat(u, starts)[group]
    with np.errstate(over="ignore", invalid="ignore"):
        weight = np.exp(rationality * gap)
    weight[gap == 0.0] = 1.0  # also mends infinity times 0
    share: Array = weight / np.add.reduceat(weight, starts)[group]
    return share


def _settle(level: Level, prob: Array, values: Array, into: Array, action_prob: Array) -> None:
    """Write one level's choices and the expected payoffs of the nodes that move, in place."""
    prob[level.chance_edges] = level.chance_probs
    moves = level.decision_edges
    action_prob[level.action[moves]] = prob[moves]
    into[level.lo : level.hi] = prob
    values[level.movers] = np.add.reduceat(prob[:, None] * values[level.lo : level.hi], level.starts)


def _reach(flat: FlatTree, into: Array) -> Array:
    reach = np.ones(len(into))
    for level in flat.levels:
        reach[level.lo : level.hi] = into[level.lo : level.hi] * reach[level.movers][level.segment]
    return reach
