"""Nash equilibria of normal-form games with any number of players."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from coercion_sim.errors import GameError, Problem
from coercion_sim.games.flat_tree import Floats, Ints
from coercion_sim.games.normal_form import NormalFormGame
from coercion_sim.games.solution import EquilibriumList, Solution

_EQUAL = 1e-12  # of the payoff range: rounding
_SUPPORT_LIMIT = 400
_STARTS = 10
OUTCOME_LIMIT = 4096


def nash_equilibria(game: NormalFormGame) -> EquilibriumList:
    """Return the Nash equilibria found, with a status that says whether the list is complete.

    Two players: every extreme equilibrium, exactly (`bimatrix`). One: the best strategies. Three or more: every pure
    equilibrium, and mixed ones by Newton's method on the indifference conditions of every support from several starts;
    isolated equilibria are normally found, but nothing proves that none is missed.
    """
    if len(game.players) == 2:
        first, second = game.tables
        extreme = extreme_equilibria(first, second, game.source)
        solutions = tuple(profile_solution(game, [e.x, e.y]) for e in extreme)
        loose = sum(not e.exact for e in extreme)
        notes = (f"{loose} of {len(extreme)} confirmed only to rounding",) if loose else ()
        return EquilibriumList(solutions, "complete: every extreme equilibrium, by exact enumeration", notes=notes)
    pure = list(pure_equilibria(game))
    if len(game.players) == 1:
        return EquilibriumList(tuple(profile_solution(game, p) for p in pure), "complete")
    supports = math.prod(2**size - 1 for size in game.shape)
    if supports > _SUPPORT_LIMIT:
        status = "complete for pure equilibria; mixed ones not searched"
        note = f"{supports:,} supports exceed {_SUPPORT_LIMIT}; fewer players or strategies would allow a search"
        return EquilibriumList(tuple(profile_solution(game, p) for p in pure), status, notes=(note,))
    mixed = list(mixed_equilibria(game))
    status = "complete for pure equilibria; mixed ones found by search, completeness not proven"
    return EquilibriumList(tuple(profile_solution(game, p) for p in [*pure, *mixed]), status)


def pure_equilibria(game: NormalFormGame) -> Iterator[list[Floats]]:
    """Yield every pure Nash equilibrium as a profile of unit vectors."""
    stable = np.ones(game.shape, dtype=bool)
    for axis, table in enumerate(game.tables):
        tolerance = _EQUAL * float(np.abs(table).max())
        stable &= table >= table.max(axis=axis, keepdims=True) - tolerance
    for cell in np.argwhere(stable):
        yield [np.eye(size)[k] for size, k in zip(game.shape, cell, strict=True)]


def mixed_equilibria(game: NormalFormGame) -> Iterator[list[Floats]]:
    """Yield the isolated equilibria found in which somebody mixes, without repeats."""
    kept: list[Floats] = []
    scale = max(float(np.ptp(table)) for table in game.tables) or 1.0
    choices = [[s for size in range(1, m + 1) for s in itertools.combinations(range(m), size)] for m in game.shape]
    for support in itertools.product(*choices):
        if all(len(own) == 1 for own in support):
            continue
        for start in range(_STARTS):
            profile = _solve_support(game, support, start, scale)
            if profile is None or game.regret(profile) > 1e-9 * scale:
                continue
            joined = np.concatenate(profile)
            if all(np.abs(joined - other).max() > 1e-6 for other in kept):
                kept.append(joined)
                yield profile


def _solve_support(
    game: NormalFormGame, support: Sequence[tuple[int, ...]], start: int, scale: float
) -> list[Floats] | None:
    """Newton on `u_i(a) = v_i` for a in each support; None if it fails, leaves the simplex or is not isolated."""
    offsets = np.concatenate([[0], np.cumsum([len(own) for own in support])])
    unknown = int(offsets[-1])
    point = np.concatenate([_start(len(own), start, i) for i, own in enumerate(support)])
    values = game.action_values(_profile(game, support, point, offsets))
    worth = [u[list(own)].mean() / scale for u, own in zip(values, support, strict=True)]
    point = np.concatenate([point, worth])
    for _ in range(40):
        f, jacobian = _indifference(game, support, point, offsets, scale)
        try:
            change = np.linalg.solve(jacobian, -f)
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(change).all() or np.abs(point).max() > 1e3:
            return None
        point = point + change
        if np.abs(change).max() < 1e-13:
            isolated = np.linalg.cond(jacobian) <= 1e9 and point[:unknown].min() > 1e-9
            return _profile(game, support, point, offsets) if isolated else None
    return None


def _indifference(
    game: NormalFormGame, support: Sequence[tuple[int, ...]], point: Floats, offsets: Ints, scale: float
) -> tuple[Floats, Floats]:
    """Return the indifference and adding-up conditions and their derivative; unknowns are shares, then values."""
    unknown, size = int(offsets[-1]), len(point)
    profile = _profile(game, support, point, offsets)
    values = game.action_values(profile)
    f, jacobian = np.zeros(size), np.zeros((size, size))
    for i, own in enumerate(support):
        rows = slice(offsets[i], offsets[i + 1])
        f[rows] = values[i][list(own)] / scale - point[unknown + i]
        f[unknown + i] = point[rows].sum() - 1.0
        jacobian[rows, unknown + i] = -1.0
        jacobian[unknown + i, rows] = 1.0
        for j, other in enumerate(support):
            if j != i:
                cross = game.cross_values(profile, i, j)[np.ix_(own, other)]
                jacobian[rows, offsets[j] : offsets[j + 1]] = cross / scale
    return f, jacobian


def _profile(game: NormalFormGame, support: Sequence[tuple[int, ...]], point: Floats, offsets: Ints) -> list[Floats]:
    profile = []
    for i, own in enumerate(support):
        mixture = np.zeros(game.shape[i])
        mixture[list(own)] = point[offsets[i] : offsets[i + 1]]
        profile.append(mixture)
    return profile


def _start(size: int, start: int, player: int) -> Floats:
    """Return a starting mixture: even first, then spread by the golden ratio, the same in every run."""
    if start == 0:
        return np.full(size, 1.0 / size)
    golden = 0.6180339887498949
    weights = np.array([((start * (k + 1) + 7 * player + k) * golden) % 1.0 for k in range(size)]) + 0.02
    return np.asarray(weights / weights.sum())


def profile_solution(
    game: NormalFormGame,
    profile: Sequence[Floats],
    *,
    method: str = "nash",
    rationality: float | dict[str, float] | None = None,
    residual: float | None = None,
    status: str = "converged",
    notes: tuple[str, ...] = (),
) -> Solution:
    """Return a mixed profile as a `Solution`; the residual is its regret unless given."""
    values = game.action_values(profile)
    joint = np.ones(())
    for mixture in profile:
        joint = joint[..., None] * mixture
    outcomes: dict[str, float] = {}
    if joint.size <= OUTCOME_LIMIT:
        for labels, p in zip(itertools.product(*game.strategies.values()), joint.ravel(), strict=True):
            outcomes["|".join(labels)] = float(p)
    return Solution(
        method=method,
        rationality=rationality,
        form="profile",
        strategies={
            name: dict(zip(game.strategies[name], mixture.tolist(), strict=True))
            for name, mixture in zip(game.players, profile, strict=True)
        },
        payoffs={name: float(u @ x) for name, u, x in zip(game.players, values, profile, strict=True)},
        outcome_probs=outcomes,
        residual=game.regret(profile) if residual is None else residual,
        status=status,
        notes=notes,
    )


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
    equilibria = []
    for x, x_labels in by_row:
        for y, y_labels in by_column:
            if x_labels | y_labels == everything:
                equilibria.append(_polish(first, second, x, y, x_labels, y_labels))
    return tuple(sorted(equilibria, key=lambda e: [*(-e.x), *(-e.y)]))


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
    exact_x = _mixture(m, x_used, [[columns[i][j] for i in x_used] for j in range(n) if m + j in x_labels])
    exact_y = _mixture(n, y_used, [[rows[i][j] for j in y_used] for i in range(m) if i in y_labels])
    if exact_x is None or exact_y is None or not _is_nash(rows, columns, exact_x, exact_y):
        return ExtremeEquilibrium(x, y, False)
    return ExtremeEquilibrium(np.array(exact_x, dtype=np.float64), np.array(exact_y, dtype=np.float64), True)


def _mixture(size: int, used: Sequence[int], rows: Sequence[Sequence[Fraction]]) -> list[Fraction] | None:
    """Return the unique mixture over the strategies used that gives every row the same value, or None."""
    shares = _indifferent(rows)
    if shares is None:
        return None
    place = dict(zip(used, shares, strict=True))
    return [place.get(k, Fraction(0)) for k in range(size)]


def _rational(payoff: Floats) -> list[list[Fraction]]:
    """Read payoffs as the decimals they were written as: 0.1 is one tenth, not the nearest binary number."""
    return [[Fraction(repr(float(cell))) for cell in row] for row in payoff]


def _indifferent(rows: Sequence[Sequence[Fraction]]) -> list[Fraction] | None:
    """Return the unique mixture that gives every row the same value, or None where that is not unique."""
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
