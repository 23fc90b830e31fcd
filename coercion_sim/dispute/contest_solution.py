"""Contests by themselves, at given beliefs of imposition: solved by iteration, else along the principal branch."""

from __future__ import annotations

import numpy as np

from coercion_sim.arrays import Array, Bools, Ints
from coercion_sim.dispute.contest import QUARTERS, Contests
from coercion_sim.dispute.continuation import EVEN, followed
from coercion_sim.dispute.fixed_point import Effort, fixed_points
from coercion_sim.dispute.newton_sweep import sweep
from coercion_sim.dispute.recursion import Recursion, packed, scale_of, step_contests, unpacked

#: Log-likelihood ratios, and values as multiples of the stake, are fixed to this.
TOLERANCE = 1e-7
EFFORT = Effort(tolerance=TOLERANCE)
#: Newton steps from a contest nearby.
_NEWTON = 5


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
        contests, scale = self.contests.take(at), self.scale[:, at]
        recursion, values_scale = Recursion(contests.less_rational(z[-1])), scale.reshape(2, 2, 2, -1)
        back = sweep(recursion, *unpacked(z[:-1], scale, self.Q), values_scale, contests.habits.rationality)
        nowhere = np.zeros((2, len(at)))
        newton, by_share = (packed(*back.step(nowhere, column), scale) for column in (0, 1))
        return newton, by_share, back.missed, back.sign


def solve_contests(contests: Contests, Q: int = QUARTERS, near: Array | None = None) -> tuple[Array, Array]:
    """Solve contests at the beliefs of imposition; return unknowns (2 Q + 8, B) and residuals (B,).

    `near` are unknowns of contests much like these: Newton's method is tried from there first, then iteration.
    """
    B = contests.mu.size
    x, left = np.zeros((2 * Q + 8, B)) if near is None else near.copy(), np.arange(B)
    if near is not None:
        reached, done = _by_newton(contests, near, Q)
        x[:, done], left = reached[:, done], left[~done]
    if len(left):
        rest = contests.take(left)
        y, residual = fixed_points(lambda z, at: step_contests(rest.take(at), z, Q)[0], x[:, left], EFFORT)
        lost = np.flatnonzero(residual > TOLERANCE)
        if len(lost):
            y[:, lost] = followed(ContestBranches(rest.take(lost), Q), 1e-9)
        x[:, left] = y
    image, _ = step_contests(contests, x, Q, 0)
    return x, np.abs(image - x).max(axis=0)


def _by_newton(contests: Contests, x: Array, Q: int) -> tuple[Array, Bools]:
    """Newton's method at given beliefs, a few steps; return unknowns and where it converged, (B,)."""
    branches, at = ContestBranches(contests, Q), np.arange(contests.mu.size)
    z = np.concatenate([x, np.ones((1, len(at)))])
    with np.errstate(all="ignore"):
        for _ in range(_NEWTON):
            newton, _, missed, _ = branches.linearised(z, at)
            z[:-1] += newton
            if np.all(missed <= TOLERANCE):
                break
    return z[:-1], missed <= TOLERANCE
