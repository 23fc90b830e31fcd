"""Contests solved by themselves, at given beliefs of imposition: by iteration, else along the principal branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from coercion_sim.dispute.contest import QUARTERS, Contests
from coercion_sim.dispute.contest_branches import ContestBranches
from coercion_sim.dispute.fixed_point import Effort, fixed_points
from coercion_sim.dispute.one_step import step_contests

if TYPE_CHECKING:
    from scipy.sparse import sparray

Array = npt.NDArray[np.float64]
#: Log-likelihood ratios, and values as multiples of the stake, are fixed to this.
TOLERANCE = 1e-7
EFFORT = Effort(tolerance=TOLERANCE)
#: Width of numerical derivatives.
WIDTH = 1e-7


def solve_contests(contests: Contests, Q: int = QUARTERS, start: Array | None = None) -> tuple[Array, Array]:
    """Solve contests at the beliefs of imposition; return unknowns (2 Q + 8, B) and residuals (B,)."""
    begin = np.zeros((2 * Q + 8, contests.mu.size)) if start is None else start
    x, residual = fixed_points(lambda y, at: step_contests(contests.take(at), y, Q)[0], begin, EFFORT)
    left = np.flatnonzero(residual > TOLERANCE)
    if len(left):
        x[:, left] = ContestBranches(contests.take(left), Q).followed(1e-9)
    image, _ = step_contests(contests, x, Q, 0)
    return x, np.abs(image - x).max(axis=0)


class ContestBranch:
    """One contest at given beliefs of imposition, as a `Branch`: its unknowns as a function of rationality."""

    def __init__(self, contest: Contests, Q: int) -> None:
        self.contest, self.Q = contest, Q

    def image(self, x: Array, share: Array, steps: int = 0) -> Array:
        """Image of ``x`` (n, M) at these shares of rationality, (M,)."""
        contests = self.contest.take(np.zeros(x.shape[1], dtype=np.int64)).less_rational(share)
        return step_contests(contests, x, self.Q, steps)[0]

    def start(self) -> Array:
        """Even choice teaches nothing, and its values are those of one policy."""
        return self.image(np.zeros((2 * self.Q + 8, 1)), np.zeros(1), steps=1)[:, 0]

    def linearised(self, z: Array) -> tuple[Array, sparray]:
        """See `Branch`."""
        from scipy.sparse import csc_array

        moved = np.column_stack([z, z[:, None] + WIDTH * np.eye(len(z))])
        off = self.image(moved[:-1], moved[-1]) - moved[:-1]
        return off[:, 0], csc_array((off[:, 1:] - off[:, :1]) / WIDTH)
