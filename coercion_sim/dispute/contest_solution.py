"""Contests solved by themselves, at given beliefs of imposition: by iteration, else along the principal branch."""

from __future__ import annotations

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.contest import QUARTERS, Contests
from coercion_sim.dispute.contest_branches import ContestBranches
from coercion_sim.dispute.fixed_point import Effort, fixed_points
from coercion_sim.dispute.one_step import step_contests

#: Log-likelihood ratios, and values as multiples of the stake, are fixed to this.
TOLERANCE = 1e-7
EFFORT = Effort(tolerance=TOLERANCE)


def solve_contests(contests: Contests, Q: int = QUARTERS, start: Array | None = None) -> tuple[Array, Array]:
    """Solve contests at the beliefs of imposition; return unknowns (2 Q + 8, B) and residuals (B,)."""
    begin = np.zeros((2 * Q + 8, contests.mu.size)) if start is None else start
    x, residual = fixed_points(lambda y, at: step_contests(contests.take(at), y, Q)[0], begin, EFFORT)
    left = np.flatnonzero(residual > TOLERANCE)
    if len(left):
        x[:, left] = ContestBranches(contests.take(left), Q).followed(1e-9)
    image, _ = step_contests(contests, x, Q, 0)
    return x, np.abs(image - x).max(axis=0)
