"""Packages with all their contests as branches of equilibria: the last resort, where nothing else finds one.

Contests meet only in the evidence of the demand. Each answers to evidence and rationality as its sweep says
(`newton_sweep`), so that two equations for each package are left.
"""

from __future__ import annotations

import numpy as np

from coercion_sim.arrays import Array, Ints
from coercion_sim.dispute.contest import revised
from coercion_sim.dispute.continuation import EVEN
from coercion_sim.dispute.group_map import GroupMap
from coercion_sim.dispute.newton_sweep import Sweep, solve_each, sweep
from coercion_sim.dispute.recursion import packed, unpacked
from coercion_sim.dispute.stages import earlier_moves

#: Width of numerical derivatives of moves 1 to 4, in log-likelihood ratios and share of rationality.
_WIDTH = 1e-7


class GroupBranches:
    """Packages, (N,), as functions of the share of rationality: see `Branches`.

    They set out from `begin`, unknowns and share of equilibria, where given, else from even choice.
    """

    def __init__(self, problem: GroupMap, groups: Ints, begin: Array | None = None) -> None:
        self.problem, self.groups, self.begin = problem, groups, begin

    def start(self) -> Array:
        """See `Branches`: even choice teaches nothing, and its values are those of one policy."""
        if self.begin is not None:
            return self.begin
        p, N = self.problem, len(self.groups)
        x = np.zeros((2 + p.unknowns * p.G, N))
        for _ in range(2):
            x = p.step(x, self.groups, 1, np.zeros(N))[0]
            x[:2] = 0.0
        return np.concatenate([x, np.full((1, N), EVEN)])

    def linearised(self, z: Array, at: Ints) -> tuple[Array, Array, Array, Array]:
        """See `Branches`."""
        p, groups, N = self.problem, self.groups[at], len(at)
        part = p.taken(groups, z[-1])
        (recursion, mu, nu), x = p.after_demand(part, z[:2]), p.by_contest(z[2:-1])
        full, scale = p.contests(groups, mu, nu).habits.rationality, part.scale.reshape(2, 2, 2, -1)
        back = sweep(recursion, *unpacked(x, part.scale, p.Q), scale, full, rows=5)
        miss, matrix, by_share = self._evidence(back, groups, z)
        changes = solve_each(matrix, np.stack([miss, by_share], axis=-1)).transpose(2, 1, 0)
        moves = []
        for column, change in enumerate(changes):
            each = np.repeat(change, p.G, axis=1)
            path, stationary = back.step(each, column)
            path -= each[:, None]
            moves.append(np.concatenate([change, p.by_group(packed(path, stationary, part.scale))]))
        missed = np.maximum(np.abs(miss).max(axis=1), back.missed.reshape(N, p.G).max(axis=1))
        sign = back.sign.reshape(N, p.G).prod(axis=1) * np.linalg.slogdet(matrix)[0]
        return moves[0], moves[1], missed, sign

    def _evidence(self, back: Sweep, groups: Ints, z: Array) -> tuple[Array, Array, Array]:
        """Equations of the evidence, with contests following it.

        Returns the miss (N, 2), ``1 -`` its derivatives by the evidence (N, 2, 2), and those by the share (N, 2).
        """
        p, N = self.problem, len(groups)
        values, slopes = (v.reshape(*v.shape[:-1], N, p.G) for v in (back.values, back.slopes))
        here = values + slopes[2]
        moved = np.concatenate([here, *(here + _WIDTH * slopes[j] for j in (0, 1, 3))], axis=3)
        evidence, share = np.tile(z[:2], 4), np.tile(z[-1], 4)
        evidence[0, N : 2 * N] += _WIDTH
        evidence[1, 2 * N : 3 * N] += _WIDTH
        share[3 * N :] += _WIDTH
        g = p.groups.take(np.tile(groups, 4)).less_rational(share)
        seen = earlier_moves(g, moved, revised(g.mu, evidence[0]), revised(g.nu, evidence[1]))[0]
        at_hand, *by = seen.reshape(2, 4, N).transpose(1, 2, 0)
        by_target, by_coercer, by_share = ((there - at_hand) / _WIDTH for there in by)
        return at_hand - z[:2].T, np.eye(2) - np.stack([by_target, by_coercer], axis=2), by_share
