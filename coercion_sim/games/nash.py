"""Nash equilibria of normal-form games with any number of players."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from coercion_sim.games.bimatrix import extreme_equilibria
from coercion_sim.games.flat_tree import Floats
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
    unknown, n = int(offsets[-1]), len(support)
    shares = np.concatenate([_start(len(own), start, i) for i, own in enumerate(support)])
    point = np.concatenate([shares, np.zeros(n)])
    for iteration in range(40):
        profile = _profile(game, support, point, offsets)
        values = game.action_values(profile)
        if iteration == 0:
            point[unknown:] = [u[list(own)].mean() / scale for u, own in zip(values, support, strict=True)]
        f = np.zeros(unknown + n)
        jacobian = np.zeros((unknown + n, unknown + n))
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
        try:
            change = np.linalg.solve(jacobian, -f)
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(change).all() or np.abs(point).max() > 1e3:
            return None
        point = point + change
        if np.abs(change).max() < 1e-13:
            break
    else:
        return None
    if np.linalg.cond(jacobian) > 1e9 or point[:unknown].min() <= 1e-9:
        return None
    return _profile(game, support, point, offsets)


def _profile(game: NormalFormGame, support: Sequence[tuple[int, ...]], point: Floats, offsets: Floats) -> list[Floats]:
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
