"""Iterated removal of strategies that another pure strategy strictly dominates: exact, and it loses no equilibrium."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coercion_sim.games.flat_tree import FlatTree, Floats


def undominated(tables: Sequence[Floats]) -> list[list[int]]:
    """Return for each player the strategies that survive, in order.

    A strategy goes where another own one pays more against everything the others have left. Payoffs that
    differ by their own rounding count as equal; the order of removal does not matter (Osborne-Rubinstein 1994, 61.2).

    Parameters
    ----------
    tables
        Payoff tensors (m_1, .., m_n), one a player, axes in the order of players.
    """
    keep = [list(range(size)) for size in tables[0].shape]
    while True:
        before = sum(map(len, keep))
        for i, table in enumerate(tables):
            own = np.moveaxis(table[np.ix_(*keep)], i, 0).reshape(len(keep[i]), -1)
            above = own + 4.0 * np.spacing(np.abs(own))
            keep[i] = [k for k, row in zip(keep[i], above, strict=True) if not (own > row).all(axis=1).any()]
        if sum(map(len, keep)) == before:
            return keep


def payoff_stakes(flat: FlatTree) -> Floats:
    """Return each player's largest payoff difference (P,) in a tree, without moves nobody in their senses would make.

    A move goes where another at the same information set pays more at each of its nodes, the worst that can follow the
    one being better than the best that can follow the other (obvious dominance, Li 2017); again until none is left.
    Where a player has nothing at stake the answer is 1.
    """
    alive = np.ones(flat.n_actions, dtype=bool)
    while True:
        low, high = _bounds(flat, alive)
        worse = _obviously_worse(flat, low, high, alive)
        if not worse.any():
            spread = high[0] - low[0]
            return np.where(spread > 0.0, spread, 1.0)
        alive &= ~worse


def _bounds(flat: FlatTree, alive: np.ndarray) -> tuple[Floats, Floats]:
    """Return the least and the most (N, P) that each player can get below each node by moves still alive."""
    low, high = flat.payoffs.copy(), flat.payoffs.copy()
    for level in reversed(flat.levels):
        edges = slice(level.lo, level.hi)
        gone = np.zeros((level.hi - level.lo, 1), dtype=bool)
        gone[level.decision_edges, 0] = ~alive[level.action[level.decision_edges]]
        gone[level.chance_edges, 0] = level.chance_probs == 0.0
        low[level.movers] = np.minimum.reduceat(np.where(gone, np.inf, low[edges]), level.starts)
        high[level.movers] = np.maximum.reduceat(np.where(gone, -np.inf, high[edges]), level.starts)
    return low, high


def _obviously_worse(flat: FlatTree, low: Floats, high: Floats, alive: np.ndarray) -> np.ndarray:
    """Return which living actions (A,) another living one beats at every node of their information set."""
    worse = np.zeros(flat.n_actions, dtype=bool)
    after = np.argsort(flat.parent_action, kind="stable")
    first = np.searchsorted(flat.parent_action[after], np.arange(flat.n_actions + 1))
    for h, player in enumerate(flat.infoset_player):
        own = [a for a in range(flat.action_start[h], flat.action_start[h + 1]) if alive[a]]
        below = {a: after[first[a] : first[a + 1]] for a in own}  # in the order of the nodes of h
        for a in own:
            most = high[below[a], player]
            worse[a] = any((low[below[b], player] > most).all() for b in own if b != a)
    return worse
