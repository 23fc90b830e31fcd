"""One package with all its contests as a branch of equilibria: the last resort, where nothing else finds one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.group_map import GroupMap, LastStep
from coercion_sim.dispute.one_step import earlier_moves, step_contests
from coercion_sim.dispute.stages import Groups

if TYPE_CHECKING:
    from scipy.sparse import sparray

#: Width of numerical derivatives.
WIDTH = 1e-7


class GroupBranch:
    """One package with all its contests, as a `Branch`.

    Contests meet only in the evidence of the demand, so that the derivatives by their unknowns are blocks, those of all
    contests taken at once; the evidence depends on them through their values and courses alone.
    """

    def __init__(self, problem: GroupMap, group: int) -> None:
        self.problem, self.group = problem, group

    def _step(self, x: Array, share: Array, steps: int = 0) -> tuple[Array, LastStep]:
        return self.problem.step(x, np.full(x.shape[1], self.group), steps, share)

    def start(self) -> Array:
        """Even choice teaches nothing, and its values are those of one policy."""
        x = np.zeros((2 + self.problem.unknowns * self.problem.G, 1))
        first = self._step(x, np.zeros(1), steps=1)[0]
        first[:2] = 0.0
        return self._step(first, np.zeros(1), steps=1)[0][:, 0]

    def linearised(self, z: Array) -> tuple[Array, sparray]:
        """See `Branch`."""
        from scipy.sparse import csc_array, hstack, vstack

        p, n = self.problem, self.problem.unknowns
        G, M = p.G, n + 4
        # As they stand; evidence and rationality moved one by one; then each unknown, in all contests.
        moved = np.repeat(z[:, None], M, axis=1)
        moved[[0, 1, -1], [1, 2, 3]] += WIDTH
        moved[2:-1, 4:] += WIDTH * np.repeat(np.eye(n), G, axis=0)
        contests, mu, nu = p.after_evidence(moved[:2], np.full(M, self.group), moved[-1])
        image, met = step_contests(contests, p.by_contest(moved[2:-1]), p.Q, 0)
        values = met.values.reshape(5, 2, 2, M, G)
        evidence = earlier_moves(self._groups(moved[-1, :4]), values[..., :4, :], mu[:4], nu[:4])[0]
        off = np.concatenate([evidence - moved[:2, :4], (p.by_group(image) - moved[2:-1])[:, :4]])
        by_beliefs = (off[:, 1:] - off[:, :1]) / WIDTH
        apart = p.by_group(image)[:, 4:] - moved[2:-1, 4:] - off[2:, :1]
        blocks = (apart / WIDTH).reshape(n, G, n)
        rows = np.arange(n * G).reshape(n, G)
        inside = csc_array((
            blocks.transpose(1, 0, 2).ravel(),
            (np.repeat(rows.T, n, axis=1).ravel(), np.repeat(rows.T[:, None], n, axis=1).ravel()),
        ))  # fmt: skip
        by_unknown = ((values[..., 4:, :] - values[..., :1, :]) / WIDTH).reshape(20, n, G)
        by_value = self._evidence_by_values(values[..., :1, :], float(z[-1]), mu[0], nu[0])
        of_evidence = np.einsum("evg,vjg->ejg", by_value, by_unknown)
        first, share = csc_array(by_beliefs[:, :2]), csc_array(by_beliefs[:, 2:])
        return off[:, 0], hstack([first, vstack([csc_array(of_evidence.reshape(2, -1)), inside]), share], format="csc")

    def _groups(self, share: Array) -> Groups:
        """The package at these shares of rationality, (M,)."""
        return self.problem.groups.take(np.full(len(share), self.group)).less_rational(share)

    def _evidence_by_values(self, values: Array, share: float, mu: float, nu: float) -> Array:
        """Derivatives of the evidence by the values of the contests (5, 2, 2, 1, G), as (2, 20, G).

        V_C and V_T count as expected over answers, the rest as expected over types, so that these are moved.
        """
        G = self.problem.G
        M = 1 + 8 + 3 * G
        moved = np.repeat(values, M, axis=3)
        width = WIDTH * max(float(np.abs(values).max()), 1e-3)
        for i, at in enumerate(np.ndindex(2, 2, 2), start=1):
            moved[at][i] += width
        moved[2:, :, :, 9:] += width * np.eye(3 * G).reshape(3 * G, 3, G).transpose(1, 0, 2)[:, None, None]
        g = self._groups(np.full(M, share))
        evidence, answers, _ = earlier_moves(g, moved, np.full(M, mu), np.full(M, nu))
        slope = (evidence[:, 1:] - evidence[:, :1]) / width
        reached = answers.profile[0] @ g.weight[0]
        types = np.outer([1.0 - nu, nu], [1.0 - mu, mu]).ravel()
        by_rest = slope[:, 8:].reshape(2, 3, 1, G) * types[:, None]
        by_value: Array = np.concatenate([slope[:, :8, None] * reached, by_rest.reshape(2, 12, G)], axis=1)
        return by_value
