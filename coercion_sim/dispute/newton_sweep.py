"""Newton's method on the paths of beliefs of many contests at once: one sweep back through the quarters, one forth.

Quarters meet only their neighbours. What follows a quarter depends on the log-likelihood ratios after it, about the
target and about the coercer, so that ``dV = P dw`` is carried back, and the ratios ``dw = W du`` by those before it are
read off forward: block elimination (Ascher, Mattheij and Russell 1995, chapter 4) at a few times the cost of one pass.

Arrays hold B contests on their last axis. Columns of derivatives are by the ratio about the target, by that about the
coercer, and the constant of Newton's step; a fourth, where asked for, is by the share of rationality.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.contest import FIRST_YEAR, log_ratio, revised
from coercion_sim.dispute.linear_quarter import LinearQuarter
from coercion_sim.dispute.recursion import Quarter, Recursion, staying


@dataclass(frozen=True, eq=False)
class Sweep:
    """Contests along a path of beliefs, linearised; C columns are the constant (and rationality).

    Attributes
    ----------
    values : (5, 2, 2, B)
        What is expected at imposition (`Quarter.values`) along the path.
    slopes : (2 + C, rows, 2, 2, B)
        Derivatives of the first `rows` of them by the ratios at imposition, and what Newton's step adds to them.
    missed : (B,)
        Largest distance of the ratios, and of stationary values as multiples of stakes, from what choices along the
        path give.
    turns, shifts : (Q, 2, 2, B), (Q, C, 2, B)
        ``dw = turns @ du + shift``, quarter by quarter.
    stationary : (2 + C, 2, 2, 2, B)
        Derivatives of the stationary values by the last ratios, and what Newton's step adds to them.
    sign : (B,)
        Sign of the determinant of the linearised contest.
    """

    values: Array
    slopes: Array
    missed: Array
    turns: Array
    shifts: Array
    stationary: Array
    sign: Array

    def step(self, du: Array, column: int = 0) -> tuple[Array, Array]:
        """Changes of the ratios after each quarter, (2, Q, B), and of stationary values, by du (2, B) at imposition."""
        change = np.empty((2, len(self.shifts), du.shape[1]))
        w = du
        for i, (turn, shift) in enumerate(zip(self.turns, self.shifts[:, column], strict=True)):
            w = turn[:, 0] * w[0] + turn[:, 1] * w[1] + shift
            change[:, i] = w
        s = self.stationary
        return change, s[0] * w[0] + s[1] * w[1] + s[2 + column]


def sweep(
    recursion: Recursion, path: Array, stationary: Array, scale: Array, full: Array | None = None, rows: int = 2
) -> Sweep:
    """Linearise contests along a path (2, Q, B) with stationary values (2, 2, 2, B).

    Parameters
    ----------
    scale : (2, 2, 2, B)
        Stakes by which misses of stationary values are divided.
    full : (B,)
        All of Lambda, where derivatives by the share of it are asked for.
    rows
        2: V_C and V_T alone; 5: everything expected.
    """
    t, h, (_, Q, B) = recursion.terms, recursion.habits, path.shape
    mu, nu = revised(t.mu, path[0]), np.concatenate([t.nu[None], revised(t.nu, path[1])])
    seen = path - np.concatenate([np.zeros((2, 1, B)), path[:, :-1]], axis=1)
    after, columns, missed, sign = _stationary(recursion, stationary, (mu[-1], nu[-1]), scale, full, rows)
    at_end, turns, shifts = columns[:, :2], np.empty((Q, 2, 2, B)), np.empty((Q, len(columns) - 2, 2, B))
    misses = np.empty((Q, 2, B))
    for i in range(Q - 1, -1, -1):
        year = int(i + 1 + t.elapsed >= FIRST_YEAR)
        q = recursion.before(after, year, mu[i], nu[i])
        line = LinearQuarter(recursion, q, after[:rows], year, (mu[i], nu[i]), full)
        of = line.choices(columns)
        misses[i, 0] = log_ratio(1.0 - h.review * q.concede) - seen[0, i]
        misses[i, 1] = log_ratio(1.0 - h.review * q.lift) - seen[1, i]
        by_nu, values_by_nu = line.by_coercer_before()
        turns[i], shifts[i], det = _eliminated(*line.evidence(of, by_nu), misses[i])
        sign = sign * np.sign(det)
        columns = _substituted(line.values(of), turns[i], shifts[i])
        columns[1] += values_by_nu
        after = q.values
    missed = np.maximum(missed, np.abs(np.cumsum(misses, axis=0)).max(axis=(0, 1)))
    return Sweep(recursion.imposed(after), recursion.on * columns, missed, turns, shifts, at_end, sign)


def _eliminated(of_target: Array, of_coercer: Array, across: Array, miss: Array) -> tuple[Array, Array, Array]:
    """Solve the two equations of evidence of a quarter for the ratios after it, by those before it and constants.

    Parameters
    ----------
    of_target, of_coercer : (2 + C, B)
        Derivatives of the evidence about each by what comes after.
    across : (B,)
        Derivative of that about the target by the ratio about the coercer before.
    miss : (2, B)
        Evidence less that of the path.

    Returns
    -------
    turn, shift : (2, 2, B), (C, 2, B)
    determinant : (B,)
    """
    a, b, c, d = 1.0 - of_target[0], -of_target[1], -of_coercer[0], 1.0 - of_coercer[1]
    det = a * d - b * c
    det = np.where(det == 0.0, 1e-300, det)
    a, b, c, d = a / det, b / det, c / det, d / det
    turn, shift = np.empty((2, 2, len(det))), np.empty((len(of_target) - 2, 2, len(det)))
    turn[0, 0], turn[0, 1], turn[1, 0], turn[1, 1] = d, d * across - b, -c, a - c * across
    about_target, about_coercer = of_target[2:].copy(), of_coercer[2:].copy()
    about_target[0] += miss[0]
    about_coercer[0] += miss[1]
    shift[:, 0] = d * about_target - b * about_coercer
    shift[:, 1] = a * about_coercer - c * about_target
    return turn, shift, det


def _substituted(values: Array, turn: Array, shift: Array) -> Array:
    """Columns by the ratios after a quarter, made columns by those before it."""
    columns = np.empty_like(values)
    for j in (0, 1):
        np.multiply(values[0], turn[0, j], out=columns[j])
        columns[j] += values[1] * turn[1, j]
    for j, constant in enumerate(shift, start=2):
        np.multiply(values[0], constant[0], out=columns[j])
        columns[j] += values[1] * constant[1]
        columns[j] += values[j]
    return columns


def _stationary(
    recursion: Recursion, stationary: Array, beliefs: tuple[Array, Array], scale: Array, full: Array | None, rows: int
) -> tuple[Array, Array, Array, Array]:
    """What follows after Q quarters, (5, 2, 2, B), its columns, its miss (B,) and the sign of its determinant, (B,)."""
    B, h = stationary.shape[-1], recursion.habits
    after = np.concatenate([stationary, np.zeros((3, *stationary.shape[1:]))])
    q: Quarter = recursion.before(after, 1, *beliefs)
    after[2:] = q.values[2:] / (1.0 - staying(h, q.concede, q.settle, q.lift, q.accept) * h.discount)
    line = LinearQuarter(recursion, q, after[:rows], 1, beliefs, full)
    # By the ratio about the target, two idle columns, rationality; then by each of the n values.
    first, n = (3 if full is None else 4), 4 * rows
    unit = np.zeros((first + n, rows, 2, 2, B))
    for j, at in enumerate(np.ndindex(rows, 2, 2), start=first):
        unit[(j, *at)] = 1.0
    slopes = line.values(line.choices(unit, first))
    miss = q.values[:2] - stationary
    right = slopes[:first]
    right[1], right[2], right[2, :2] = line.by_coercer_before()[1], 0.0, miss
    matrix = np.eye(n) - slopes[first:].reshape(n, n, B).transpose(2, 1, 0)
    solved = solve_each(matrix, right.reshape(first, n, B).transpose(2, 1, 0))
    columns = np.ascontiguousarray(solved.transpose(2, 1, 0)).reshape(first, rows, 2, 2, B)
    sign = np.ones(B) if full is None else np.linalg.slogdet(matrix)[0]
    return after, columns, np.abs(miss / scale).reshape(8, B).max(axis=0), sign


def solve_each(matrix: Array, right: Array) -> Array:
    """Solve many small systems, (B, n, n) and (B, n, m); NaN where one is singular, which stops none of the others."""
    singular = np.zeros(len(matrix), dtype=bool)
    try:
        solved = np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        singular = np.linalg.slogdet(matrix)[0] == 0.0
        solved = np.linalg.solve(np.where(singular[:, None, None], np.eye(matrix.shape[1]), matrix), right)
    each: Array = np.where(singular[:, None, None], np.nan, solved)
    return each
