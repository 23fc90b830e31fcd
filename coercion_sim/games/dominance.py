"""Iterated removal of strategies that another pure strategy strictly dominates: exact, and it loses no equilibrium."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coercion_sim.games.flat_tree import Floats


def undominated(tables: Sequence[Floats]) -> list[list[int]]:
    """Return for each player the strategies that survive, in order.

    A strategy goes where another own one pays more against everything the others have left. Payoffs that
    differ by their own rounding count as equal; the order of removal does not matter (Osborne-Rubinstein 1994, prop. 61.2).

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
