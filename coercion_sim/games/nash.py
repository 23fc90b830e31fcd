"""Nash equilibria of normal-form games with any number of players."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from coercion_sim.arrays import Array, Places
from coercion_sim.games.exact import extreme_equilibria, undominated
from coercion_sim.games.normal_form import NormalFormGame
from coercion_sim.games.solution import EquilibriumList, Solution

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
        extreme = extreme_equilibria(game.tables[0], game.tables[1], game.source)
        solutions = tuple(profile_solution(game, [np.array(x, float), np.array(y, float)]) for x, y in extreme)
        return EquilibriumList(solutions, "complete: every extreme equilibrium, by exact enumeration")
    pure = list(pure_equilibria(game))
    if len(game.players) == 1:
        return EquilibriumList(tuple(profile_solution(game, p) for p in pure), "complete")
    keep = undominated(game.tables)
    supports = math.prod(2 ** len(own) - 1 for own in keep)
    if supports > _SUPPORT_LIMIT:
        status = "complete for pure equilibria; mixed ones not searched"
        note = f"{supports:,} supports exceed {_SUPPORT_LIMIT}; fewer players or strategies would allow a search"
        return EquilibriumList(tuple(profile_solution(game, p) for p in pure), status, notes=(note,))
    mixed = list(mixed_equilibria(game, keep))
    status = "complete for pure equilibria; mixed ones found by search, completeness not proven"
    return EquilibriumList(tuple(profile_solution(game, p) for p in [*pure, *mixed]), status)


def pure_equilibria(game: NormalFormGame) -> Iterator[list[Array]]:
    """Yield every pure Nash equilibrium as a profile of unit vectors."""
    stable = np.ones(game.shape, dtype=bool)
    for axis, table in enumerate(game.tables):
        best = table.max(axis=axis, keepdims=True)
        stable &= table >= best - 4.0 * np.spacing(np.abs(best))  # rounding of the two numbers compared
    for cell in np.argwhere(stable):
        yield [np.eye(size)[k] for size, k in zip(game.shape, cell, strict=True)]


def mixed_equilibria(game: NormalFormGame, keep: Sequence[Sequence[int]]) -> Iterator[list[Array]]:
    """Yield the isolated equilibria found in which somebody mixes, over the strategies to keep, without repeats."""
    kept: list[Array] = []
    choices = [[s for size in range(1, len(own) + 1) for s in itertools.combinations(own, size)] for own in keep]
    for support in itertools.product(*choices):
        if all(len(own) == 1 for own in support):
            continue
        scale = [float(np.ptp(table[np.ix_(*support)])) or 1.0 for table in game.tables]
        for start in range(_STARTS):
            profile = _solve_support(game, support, start, scale)
            if profile is None or game.relative_regret(profile) > 1e-9:
                continue
            joined = np.concatenate(profile)
            if all(np.abs(joined - other).max() > 1e-6 for other in kept):
                kept.append(joined)
                yield profile


def _solve_support(
    game: NormalFormGame, support: Sequence[tuple[int, ...]], start: int, scale: Sequence[float]
) -> list[Array] | None:
    """Newton on `u_i(a) = v_i` for a in each support; None if it fails, leaves the simplex or is not isolated.

    `scale` holds each player's largest payoff difference within the support.
    """
    offsets = np.concatenate([[0], np.cumsum([len(own) for own in support])])
    unknown = int(offsets[-1])
    point = np.concatenate([_start(len(own), start, i) for i, own in enumerate(support)])
    values = game.centred_values(_profile(game, support, point, offsets))
    base = [float(u[list(own)].mean()) for u, own in zip(values, support, strict=True)]
    point = np.concatenate([point, np.zeros(len(support))])
    for _ in range(40):
        f, jacobian = _indifference(game, support, point, offsets, scale, base)
        try:
            change = np.linalg.solve(jacobian, -f)
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(change).all() or np.abs(point).max() > 1e3:
            return None
        point = point + change
        if np.abs(change).max() < 1e-12:
            isolated = np.linalg.cond(jacobian) <= 1e9 and point[:unknown].min() > 1e-9
            return _profile(game, support, point, offsets) if isolated else None
    return None


def _indifference(
    game: NormalFormGame, support: Sequence[tuple[int, ...]], point: Array, offsets: Places,
    scale: Sequence[float], base: Sequence[float],
) -> tuple[Array, Array]:  # fmt: skip
    """Return the indifference and adding-up conditions and their derivative.

    Unknowns are shares, then values measured from `base` in units of `scale`.
    """
    unknown, size = int(offsets[-1]), len(point)
    profile = _profile(game, support, point, offsets)
    values = game.centred_values(profile)
    f, jacobian = np.zeros(size), np.zeros((size, size))
    for i, own in enumerate(support):
        rows = slice(offsets[i], offsets[i + 1])
        f[rows] = (values[i][list(own)] - base[i]) / scale[i] - point[unknown + i]
        f[unknown + i] = point[rows].sum() - 1.0
        jacobian[rows, unknown + i] = -1.0
        jacobian[unknown + i, rows] = 1.0
        for j, other in enumerate(support):
            if j != i:
                cross = game.cross_values(profile, i, j)[np.ix_(own, other)]
                jacobian[rows, offsets[j] : offsets[j + 1]] = (cross - base[i]) / scale[i]
    return f, jacobian


def _profile(game: NormalFormGame, support: Sequence[tuple[int, ...]], point: Array, offsets: Places) -> list[Array]:
    profile = []
    for i, own in enumerate(support):
        mixture = np.zeros(game.shape[i])
        mixture[list(own)] = point[offsets[i] : offsets[i + 1]]
        profile.append(mixture)
    return profile


def _start(size: int, start: int, player: int) -> Array:
    """Return a starting mixture: even first, then spread by the golden ratio, the same in every run."""
    if start == 0:
        return np.full(size, 1.0 / size)
    golden = 0.6180339887498949
    weights = np.array([((start * (k + 1) + 7 * player + k) * golden) % 1.0 for k in range(size)]) + 0.02
    return np.asarray(weights / weights.sum())


def profile_solution(
    game: NormalFormGame, profile: Sequence[Array], *, method: str = "nash",
    rationality: float | dict[str, float] | None = None, residual: float | None = None, status: str = "converged",
    notes: tuple[str, ...] = (),
) -> Solution:  # fmt: skip
    """Return a mixed profile as a `Solution`; the residual is its relative regret unless given."""
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
        residual=game.relative_regret(profile) if residual is None else residual,
        status=status,
        notes=notes,
    )
