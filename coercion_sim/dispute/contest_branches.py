"""Principal branches of contests by themselves, at given beliefs of imposition: see `continuation`."""

from __future__ import annotations

import numpy as np

from coercion_sim.arrays import Array, Ints
from coercion_sim.dispute.contest import Contests
from coercion_sim.dispute.continuation import EVEN
from coercion_sim.dispute.newton_sweep import sweep
from coercion_sim.dispute.one_step import scale_of, step_contests
from coercion_sim.dispute.recursion import Recursion


class ContestBranches:
    """Contests as functions of the share of their rationality."""

    def __init__(self, contests: Contests, Q: int) -> None:
        self.contests, self.Q, self.scale = contests, Q, scale_of(contests)

    def start(self) -> Array:
        """See `Branches`: even choice teaches nothing, and its values are those of one policy."""
        B = self.contests.mu.size
        even = self.contests.less_rational(np.zeros(B))
        x = step_contests(even, np.zeros((2 * self.Q + 8, B)), self.Q, 1)[0]
        return np.concatenate([x, np.full((1, B), EVEN)])

    def linearised(self, z: Array, at: Ints) -> tuple[Array, Array, Array, Array]:
        """See `Branches`."""
        Q, contests, scale, B = self.Q, self.contests.take(at), self.scale[:, at], len(at)
        paths, values = z[: 2 * Q].reshape(2, Q, B), (z[2 * Q : -1] * scale).reshape(2, 2, 2, B)
        full = contests.habits.rationality
        back = sweep(Recursion(contests.less_rational(z[-1])), paths, values, scale.reshape(2, 2, 2, B), full)
        nowhere = np.zeros((2, B))
        newton, by_share = (
            np.concatenate([path.reshape(2 * Q, B), stationary.reshape(8, B) / scale])
            for path, stationary in (back.step(nowhere), back.step(nowhere, 1))
        )
        return newton, by_share, back.missed, back.sign
