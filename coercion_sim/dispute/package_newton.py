"""Newton's method on whole packages: the evidence of the demand and all contests after it, at answers of the allies.

Chances of the answers are those at the values met last. They move little between steps, so that convergence is as good
as quadratic (the derivatives by them are left out, the equations are not).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array
from coercion_sim.dispute.contest import revised
from coercion_sim.dispute.group_map import GroupMap
from coercion_sim.dispute.newton_sweep import Sweep, solve_each, sweep
from coercion_sim.dispute.recursion import packed, unpacked
from coercion_sim.dispute.stages import Groups, answers_at, evidence_at

#: Width of numerical derivatives of moves 1 to 3, in log-likelihood ratios.
_WIDTH = 1e-6
#: Steps tried; a step that sets out so near is the last: it squares the distance.
_MOST, _TOLERANCE = 8, 1e-7


def newton_packages(problem: GroupMap, x: Array, at: npt.NDArray[np.int64]) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Solve the groups `at` from unknowns (2 + unknowns * G, N); return them and where Newton's method converged.

    A group is given up at the first step that sets out farther from a solution than three times the best before; its
    unknowns are then those it began with.
    """
    reached, done = x.copy(), np.zeros(len(at), dtype=bool)
    live, best, z = np.arange(len(at)), np.full(len(at), np.inf), x
    with np.errstate(all="ignore"):
        for _ in range(_MOST if len(at) else 0):
            z, missed = _stepped(problem, z, at[live])
            over = missed <= _TOLERANCE
            reached[:, live[over]], done[live[over]] = z[:, over], True
            going = ~over & (missed < 3.0 * best)
            live, best, z = live[going], np.minimum(best, missed)[going], z[:, going]
            if not len(live):
                break
    return reached, done


def _stepped(problem: GroupMap, x: Array, at: npt.NDArray[np.int64]) -> tuple[Array, Array]:
    """One of Newton's steps, and how far from a solution it set out, (N,)."""
    part, Q, G = problem.part(at), problem.Q, problem.G
    (recursion, mu, nu), u = problem.after_demand(part, x[:2]), problem.by_contest(x[2:])
    back = sweep(recursion, *unpacked(u, part.scale, Q), part.scale.reshape(2, 2, 2, -1))
    change, missed = _evidence_step(part.groups, back, x[:2], mu, nu, G)
    path, stationary = back.step(np.repeat(change, G, axis=1))
    path -= np.repeat(change, G, axis=1)[:, None]
    moved = packed(path, stationary, part.scale)
    largest = np.maximum(missed, back.missed.reshape(-1, G).max(axis=1))
    return x + np.concatenate([change, problem.by_group(moved)]), largest


def _evidence_step(g: Groups, back: Sweep, evidence: Array, mu: Array, nu: Array, G: int) -> tuple[Array, Array]:
    """Newton's step of the evidence, (2, N), contests following it, and its miss, (N,)."""
    N = len(mu)
    values, slopes = back.values.reshape(5, 2, 2, N, G), back.slopes.reshape(3, 2, 2, 2, N, G)
    reached = answers_at(g, values, mu, nu)[1]
    here = np.einsum("ng,vcsng->vcsn", reached, values[:2])
    by_u = np.einsum("ng,mvcsng->mvcsn", reached, slopes)
    here += by_u[2]

    def seen(u: Array, values: Array) -> Array:
        return evidence_at(g, values[0], values[1], revised(g.mu, u[0]))[0]

    at_hand = seen(evidence, here)
    by_evidence = [
        (seen(evidence + _WIDTH * np.eye(2)[:, [j]], here + _WIDTH * by_u[j]) - at_hand) / _WIDTH for j in (0, 1)
    ]
    matrix = np.eye(2) - np.stack(by_evidence).transpose(2, 1, 0)
    miss = at_hand - evidence
    change = solve_each(matrix, miss.T[..., None])[..., 0].T
    return change, np.abs(miss).max(axis=0)
