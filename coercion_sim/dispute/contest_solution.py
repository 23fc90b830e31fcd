"""Contests solved by themselves, at given beliefs of imposition: by iteration, else along the principal branch."""

from __future__ import annotations

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.contest import QUARTERS, Contests
from coercion_sim.dispute.contest_branches import ContestBranches
from coercion_sim.dispute.continuation import followed
from coercion_sim.dispute.fixed_point import Effort, fixed_points
from coercion_sim.dispute.one_step import step_contests

#: Log-likelihood ratios, and values as multiples of the stake, are fixed to this.
TOLERANCE = 1e-7
EFFORT = Effort(tolerance=TOLERANCE)
#: Newton steps from a contest nearby.
_NEWTON = 5


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


def _by_newton(contests: Contests, x: Array, Q: int) -> tuple[Array, npt.NDArray[np.bool_]]:
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
