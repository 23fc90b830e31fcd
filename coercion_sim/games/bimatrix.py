"""All extreme Nash equilibria of a two-player game, by enumerating the vertices of the best-response polytopes.

Player 1's polytope is {x >= 0, B^T x <= 1}, player 2's {y >= 0, A y <= 1}, payoffs shifted to be positive. A vertex
carries as labels the inequalities that bind: own strategies unused, other's strategies best. A pair of vertices is an
equilibrium when together they carry every label, and all equilibria are convex combinations of such pairs
(Mangasarian 1964; von Stengel 2002). Unlike a search over supports of equal size this misses nothing in degenerate
games. Vertices are found in floating point; every equilibrium is then solved again and checked in exact rationals.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from coercion_sim.errors import Problem
from coercion_sim.games.flat_tree import Floats
from coercion_sim.games.game_error import GameError

SUBSET_LIMIT = 200_000
_TIGHT = 1e-9


@dataclass(frozen=True, eq=False)
class ExtremeEquilibrium:
    """Mixtures x (m,) and y (n,); `exact` if confirmed in rational arithmetic."""

    x: Floats
    y: Floats
    exact: bool


def extreme_equilibria(first: Floats, second: Floats, source: str | None = None) -> tuple[ExtremeEquilibrium, ...]:
    """Return every extreme equilibrium of the bimatrix game.

    Parameters
    ----------
    first, second : (m, n)
        Payoffs of the row and the column player.

    Raises
    ------
    GameError
        The number of constraint subsets C(m+n, m) exceeds the limit.
    """
    m, n = first.shape
    if math.comb(m + n, m) > SUBSET_LIMIT:
        message = "too many strategies to list all mixed equilibria; use fewer, or method logit"
        raise GameError(Problem(message, source, None, "strategies", f"{m} x {n}", f"C(m+n, m) <= {SUBSET_LIMIT:,}"))
    everything = frozenset(range(m + n))
    by_row = _vertices(_positive(second))
    by_column = [
        (y, frozenset((label + m) if label < n else (label - n) for label in labels))
        for y, labels in _vertices(_positive(first).T)
    ]
    found = []
    for x, x_labels in by_row:
        for y, y_labels in by_column:
            if x_labels | y_labels == everything:
                found.append(_polish(first, second, x, y, x_labels, y_labels))
    return tuple(sorted(found, key=lambda e: [*(-e.x), *(-e.y)]))


def _positive(payoff: Floats) -> Floats:
    """Return the payoffs moved and scaled to [1, 2], which changes no equilibrium."""
    spread = float(np.ptp(payoff))
    return np.asarray((payoff - payoff.min()) / (spread if spread > 0.0 else 1.0) + 1.0)


def _vertices(other_payoff: Floats) -> list[tuple[Floats, frozenset[int]]]:
    """Return the vertices, scaled to sum to 1, of {x >= 0, payoff^T x <= 1} but 0, each with its binding inequalities.

    `other_payoff` (m, n): of the other player, whose n strategies carry labels m..m+n-1.
    """
    m, n = other_payoff.shape
    rows = np.vstack([np.eye(m), other_payoff.T])
    right = np.concatenate([np.zeros(m), np.ones(n)])
    seen: dict[frozenset[int], Floats] = {}
    subsets = itertools.combinations(range(m + n), m)
    while chunk := list(itertools.islice(subsets, max(1, 500_000 // (m * m)))):
        index = np.array(chunk, dtype=np.intp)
        systems = rows[index]
        regular = np.abs(np.linalg.det(systems)) > 1e-13
        if not regular.any():
            continue
        solved = np.linalg.solve(systems[regular], right[index[regular]][..., None])[..., 0]
        slack = solved @ rows.T
        inside = (slack[:, :m] >= -_TIGHT).all(axis=1) & (slack[:, m:] <= 1.0 + _TIGHT).all(axis=1)
        for x, values in zip(solved[inside], slack[inside], strict=True):
            if x.sum() <= _TIGHT:
                continue
            labels = frozenset(np.flatnonzero(np.abs(values - right) <= _TIGHT).tolist())
            seen.setdefault(labels, np.maximum(x, 0.0) / np.maximum(x, 0.0).sum())
    return [(x, labels) for labels, x in seen.items()]


def _polish(
    first: Floats, second: Floats, x: Floats, y: Floats, x_labels: frozenset[int], y_labels: frozenset[int]
) -> ExtremeEquilibrium:
    """Solve the equilibrium again in rationals; keep the floating-point one, marked so, where that does not confirm."""
    m, n = first.shape
    rows, columns = _rational(first), _rational(second)
    x_used = [i for i in range(m) if i not in x_labels]
    y_used = [j for j in range(n) if m + j not in y_labels]
    exact_x = _indifferent([[columns[i][j] for i in x_used] for j in range(n) if m + j in x_labels])
    exact_y = _indifferent([[rows[i][j] for j in y_used] for i in range(m) if i in y_labels])
    if exact_x is None or exact_y is None:
        return ExtremeEquilibrium(x, y, False)
    full_x, full_y = [Fraction(0)] * m, [Fraction(0)] * n
    for i, share in zip(x_used, exact_x, strict=True):
        full_x[i] = share
    for j, share in zip(y_used, exact_y, strict=True):
        full_y[j] = share
    if not _is_nash(rows, columns, full_x, full_y):
        return ExtremeEquilibrium(x, y, False)
    return ExtremeEquilibrium(np.array([float(s) for s in full_x]), np.array([float(s) for s in full_y]), True)


def _rational(payoff: Floats) -> list[list[Fraction]]:
    """Read payoffs as the decimals they were written as: 0.1 is one tenth, not the nearest binary number."""
    return [[Fraction(repr(float(cell))) for cell in row] for row in payoff]


def _indifferent(rows: Sequence[Sequence[Fraction]]) -> list[Fraction] | None:
    """Return the unique mixture that gives every row the same value, or None if there is none or more than one."""
    k = len(rows[0])
    system = [[*row, Fraction(-1), Fraction(0)] for row in rows]
    system.append([Fraction(1)] * k + [Fraction(0), Fraction(1)])
    rank = 0
    for column in range(k + 1):
        pivot = next((r for r in range(rank, len(system)) if system[r][column] != 0), None)
        if pivot is None:
            return None
        system[rank], system[pivot] = system[pivot], system[rank]
        head = system[rank][column]
        system[rank] = [cell / head for cell in system[rank]]
        for r, row in enumerate(system):
            if r != rank and row[column] != 0:
                factor = row[column]
                system[r] = [cell - factor * lead for cell, lead in zip(row, system[rank], strict=True)]
        rank += 1
    if any(row[-1] != 0 for row in system[rank:]):
        return None
    return [system[i][-1] for i in range(k)]


def _is_nash(
    rows: list[list[Fraction]], columns: list[list[Fraction]], x: Sequence[Fraction], y: Sequence[Fraction]
) -> bool:
    """Check exactly that both mix only over best responses."""
    if min(*x, *y, Fraction(0)) < 0:
        return False
    row_value = [sum((r * s for r, s in zip(row, y, strict=True)), Fraction(0)) for row in rows]
    column_value = [sum((columns[i][j] * x[i] for i in range(len(x))), Fraction(0)) for j in range(len(y))]
    row_best, column_best = max(row_value), max(column_value)
    return all(v == row_best for v, s in zip(row_value, x, strict=True) if s > 0) and all(
        v == column_best for v, s in zip(column_value, y, strict=True) if s > 0
    )
