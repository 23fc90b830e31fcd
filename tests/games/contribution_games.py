"""Contribution games: n alike players, each contributes or not; the benefit depends on how many do.

`benefits[m]` goes to everybody when m contribute, m = 0..n; a contributor pays `cost`, whether or not the effort
succeeds. A threshold game pays `benefit` from k contributors on (Palfrey-Rosenthal 1984); k = 1 is the volunteer's
dilemma (Diekmann 1985). Symmetric equilibria need only the gain from contributing against m others,
`gain[m] = benefits[m+1] - benefits[m] - cost`, averaged over m ~ Binomial(n-1, q).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.errors import GameError, Problem
from coercion_sim.games import NormalFormGame

CONTRIBUTE, FREE_RIDE = "contribute", "free_ride"
_PLAYER_LIMIT = 12


def threshold_benefits(n: int, k: int, benefit: float) -> tuple[float, ...]:
    """Return benefits (n + 1,): `benefit` from k contributors on, 0 below."""
    if not 1 <= k <= n:
        raise GameError(Problem("the threshold must be between 1 and the number of players", None, None, "k", str(k)))
    return tuple(benefit if m >= k else 0.0 for m in range(n + 1))


def threshold_game(n: int, k: int, benefit: float, cost: float, players: Sequence[str] | None = None) -> NormalFormGame:
    """Return the threshold public-good game of n players of whom k are needed."""
    return contribution_game(threshold_benefits(n, k, benefit), cost, players, title=f"threshold {k} of {n}")


def contribution_game(
    benefits: Sequence[float],
    cost: float | Sequence[float],
    players: Sequence[str] | None = None,
    title: str = "contribution",
) -> NormalFormGame:
    """Return the n-player game with strategies contribute and free_ride; `cost` may differ by player.

    Raises
    ------
    GameError
        Fewer than two benefits, a wrong number of names or costs, or more players than a table can hold
        (the symmetric solvers below have no such limit).
    """
    n = len(benefits) - 1
    names = tuple(players) if players is not None else tuple(f"Ally{i + 1}" for i in range(n))
    costs = [float(c) for c in (np.full(n, cost) if np.ndim(cost) == 0 else np.ravel(cost))]
    if n < 1 or len(names) != n or len(costs) != n:
        found = f"{n + 1} benefits, {len(names)} players, {len(costs)} costs"
        raise GameError(Problem("benefits must number players + 1, costs as many as players", found=found))
    if n > _PLAYER_LIMIT:
        message = "too many players for a table; use the symmetric solvers"
        raise GameError(Problem(message, key="players", found=str(n), allowed=str(_PLAYER_LIMIT)))
    tables = np.zeros((n, *([2] * n)))
    for cell in itertools.product((0, 1), repeat=n):
        count = cell.count(0)
        for i in range(n):
            tables[(i, *cell)] = benefits[count] - (costs[i] if cell[i] == 0 else 0.0)
    strategies = dict.fromkeys(names, (CONTRIBUTE, FREE_RIDE))
    return NormalFormGame(names, strategies, dict(zip(names, tables, strict=True)), title=title)


def gains(benefits: Sequence[float], cost: float) -> Array:
    """Return the gain (n,) from contributing when m = 0..n-1 others do."""
    return np.asarray(np.diff(np.asarray(benefits, dtype=np.float64)) - cost)


def expected_gain(gain: Array, q: float) -> float:
    """Return the expected gain from contributing when each of the n-1 others does with probability q."""
    others = len(gain) - 1
    return math.fsum(
        math.comb(others, m) * q**m * (1.0 - q) ** (others - m) * float(gain[m]) for m in range(others + 1)
    )


def pure_contributor_counts(benefits: Sequence[float], cost: float) -> tuple[int, ...]:
    """Return every m such that "exactly these m contribute" is a Nash equilibrium: gain[m-1] >= 0 >= gain[m]."""
    gain = gains(benefits, cost)
    n = len(gain)
    return tuple(m for m in range(n + 1) if (m == 0 or gain[m - 1] >= 0.0) and (m == n or gain[m] <= 0.0))


def symmetric_mixed(benefits: Sequence[float], cost: float) -> tuple[float, ...]:
    """Return all q strictly between 0 and 1 at which everybody contributing with probability q is a Nash equilibrium.

    Roots of the expected gain, a polynomial whose Bernstein coefficients are `gain`. They are isolated by
    de Casteljau subdivision: no sign change among the coefficients means no root, one means exactly one, so none
    is missed. Threshold case: `C(n-1, k-1) q^(k-1) (1-q)^(n-k) = cost / benefit`.
    """
    gain = gains(benefits, cost)
    if not gain.any():
        return ()
    roots: list[float] = []
    stack = [(0.0, 1.0, gain)]
    while stack:
        low, high, coefficients = stack.pop()
        signs = np.sign(coefficients[coefficients != 0.0])
        changes = int((signs[1:] != signs[:-1]).sum())
        if changes == 0:
            continue
        if changes == 1 and coefficients[0] * coefficients[-1] < 0.0:
            roots.append(_bisect(gain, low, high))
        elif high - low < 1e-9:
            # Two roots (or a double one) closer than this cannot be told apart in floating point.
            roots.append(0.5 * (low + high))
        else:
            left, right = _halves(coefficients)
            middle = 0.5 * (low + high)
            if right[0] == 0.0:
                roots.append(middle)
            stack += [(low, middle, left), (middle, high, right)]
    return _distinct(roots)


def symmetric_logit(benefits: Sequence[float], cost: float, rationality: float) -> float:
    """Return q on the symmetric principal branch of logit equilibria at `rationality`, for any number of players.

    `q = 1 / (1 + exp(-rationality * expected_gain(q)))`. Along the branch rationality = logit(q) / expected_gain(q)
    is an explicit function of q, which starts at q = 1/2 and moves one way; the first q met at `rationality` counts.
    """
    gain = gains(benefits, cost)

    def excess(q: float) -> float:
        return math.log(q / (1.0 - q)) - rationality * expected_gain(gain, q)

    slope = expected_gain(gain, 0.5)
    if rationality == 0.0 or slope == 0.0:
        return 0.5
    # Dense in log-odds: the branch may run to q = 1 or 0, where q itself no longer resolves it.
    limit = min(rationality * float(np.abs(gain).max()), 700.0)
    odds = math.copysign(1.0, slope) * np.linspace(0.0, limit, 4001)
    previous = 0.5
    for x in odds[1:]:
        q = 1.0 / (1.0 + math.exp(-x))
        if not 0.0 < q < 1.0:
            return q
        if excess(q) * slope >= 0.0:
            return _bisect_function(excess, previous, q)
        previous = q
    return previous


def _halves(coefficients: Array) -> tuple[Array, Array]:
    """Split Bernstein coefficients at the middle of their interval (de Casteljau)."""
    rows = [coefficients]
    while len(rows[-1]) > 1:
        rows.append(0.5 * (rows[-1][1:] + rows[-1][:-1]))
    return np.array([row[0] for row in rows]), np.array([row[-1] for row in reversed(rows)])


def _bisect(gain: Array, low: float, high: float) -> float:
    return _bisect_function(lambda q: expected_gain(gain, q), low, high)


def _bisect_function(function: Callable[[float], float], low: float, high: float) -> float:
    sign_low = function(low) > 0.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if (function(middle) > 0.0) == sign_low:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _distinct(roots: list[float]) -> tuple[float, ...]:
    kept: list[float] = []
    for root in sorted(roots):
        if not kept or root - kept[-1] > 1e-8:
            kept.append(root)
    return tuple(kept)
