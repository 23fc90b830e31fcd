"""Exact parts of solving: strategies that another one strictly dominates removed, extreme equilibria of two players."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from operator import mul

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.errors import GameError, Problem
from coercion_sim.games.flat_tree import FlatTree
from coercion_sim.games.strategic_form import exact


def undominated(tables: Sequence[Array]) -> list[list[int]]:
    """Return for each player the strategies that survive, in order.

    A strategy goes where another own one pays more against everything the others have left. Payoffs that
    differ by their own rounding count as equal; the order of removal does not matter (Osborne-Rubinstein 1994, 61.2).

    Parameters
    ----------
    tables
        Payoff tensors (m_1, .., m_n), one a player, axes in the order of players.
    """
    keep = [list(range(size)) for size in tables[0].shape]
    while True:
        before = sum(map(len, keep))
        for i, table in enumerate(tables):
            own = np.moveaxis(table[np.ix_(*keep)], i, 0).reshape(len(keep[i]), -1)
            above = own + 4.0 * np.spacing(np.abs(own))
            keep[i] = [k for k, row in zip(keep[i], above, strict=True) if not (own > row).all(axis=1).any()]
        if sum(map(len, keep)) == before:
            return keep


def payoff_stakes(flat: FlatTree) -> Array:
    """Return each player's largest payoff difference (P,) in a tree, without moves nobody in their senses would make.

    A move goes where another at the same information set pays more at each of its nodes, the worst that can follow the
    one being better than the best that can follow the other (obvious dominance, Li 2017); again until none is left.
    Where a player has nothing at stake the answer is 1.
    """
    alive = np.ones(flat.n_actions, dtype=bool)
    while True:
        low, high = _bounds(flat, alive)
        worse = _obviously_worse(flat, low, high, alive)
        if not worse.any():
            spread = high[0] - low[0]
            return np.where(spread > 0.0, spread, 1.0)
        alive &= ~worse


def _bounds(flat: FlatTree, alive: np.ndarray) -> tuple[Array, Array]:
    """Return the least and the most (N, P) that each player can get below each node by moves still alive."""
    low, high = flat.payoffs.copy(), flat.payoffs.copy()
    for level in reversed(flat.levels):
        edges = slice(level.lo, level.hi)
        gone = np.zeros((level.hi - level.lo, 1), dtype=bool)
        gone[level.decision_edges, 0] = ~alive[level.action[level.decision_edges]]
        gone[level.chance_edges, 0] = level.chance_probs == 0.0
        low[level.movers] = np.minimum.reduceat(np.where(gone, np.inf, low[edges]), level.starts)
        high[level.movers] = np.maximum.reduceat(np.where(gone, -np.inf, high[edges]), level.starts)
    return low, high


def _obviously_worse(flat: FlatTree, low: Array, high: Array, alive: np.ndarray) -> np.ndarray:
    """Return which living actions (A,) another living one beats at every node of their information set."""
    worse = np.zeros(flat.n_actions, dtype=bool)
    after = np.argsort(flat.parent_action, kind="stable")
    first = np.searchsorted(flat.parent_action[after], np.arange(flat.n_actions + 1))
    for h, player in enumerate(flat.infoset_player):
        own = [a for a in range(flat.action_start[h], flat.action_start[h + 1]) if alive[a]]
        below = {a: after[first[a] : first[a + 1]] for a in own}  # in the order of the nodes of h
        for a in own:
            most = high[below[a], player]
            worse[a] = any((low[below[b], player] > most).all() for b in own if b != a)
    return worse


SUBSET_LIMIT = 200_000
Rationals = list[Fraction]
#: A ray of the cone over a polytope, and the bits of the bounds it lies on.
Ray = tuple[tuple[int, ...], int]


def extreme_equilibria(first: Array, second: Array, source: str | None = None) -> list[tuple[Rationals, Rationals]]:
    """Return the mixtures (x, y) of every extreme equilibrium of the bimatrix game, each checked again by its regret.

    Parameters
    ----------
    first, second : (m, n)
        Payoffs of the row and the column player.

    Raises
    ------
    GameError
        C(m+n, m) exceeds the limit once strictly dominated strategies are gone.
    """
    rows, columns = undominated((first, second))
    m, n = len(rows), len(columns)
    if math.comb(m + n, m) > SUBSET_LIMIT:
        message = "too many strategies to list all mixed equilibria; use fewer, or method logit"
        raise GameError(Problem(message, source, None, "strategies", f"{m} x {n}", f"C(m+n, m) <= {SUBSET_LIMIT:,}"))
    a, b = ([[exact(float(table[i, j])) for j in columns] for i in rows] for table in (first, second))
    everything = (1 << (m + n)) - 1
    low = (1 << n) - 1
    by_column = [(y, (mask & low) << m | mask >> n) for y, mask in _vertices(list(zip(*_positive(a), strict=True)))]
    pairs = [
        (x, y)
        for x, x_mask in _vertices(_positive(b))
        for y, y_mask in by_column
        if x_mask | y_mask == everything and _regret(a, b, x, y) == 0
    ]
    wide = [(_placed(x, rows, first.shape[0]), _placed(y, columns, first.shape[1])) for x, y in pairs]
    return sorted(wide, reverse=True)


def _positive(payoff: Sequence[Sequence[Fraction]]) -> list[list[int]]:
    """Return the payoffs moved above 0 and multiplied up to whole numbers, which changes no equilibrium."""
    whole = math.lcm(*(cell.denominator for row in payoff for cell in row))
    lowest = min(min(row) for row in payoff)
    return [[int((cell - lowest) * whole) + 1 for cell in row] for row in payoff]


def _vertices(payoff: Sequence[Sequence[int]]) -> list[tuple[Rationals, int]]:
    """Return the vertices but 0 of {x >= 0, payoff^T x <= 1}, scaled to sum to 1, with the bits of what binds.

    `payoff` (m, n) is of the other player. Bit i stands for x_i = 0, bit m + j for the other's strategy j. The cone
    over the polytope, with a last coordinate t, is cut by one column at a time; a new edge joins adjacent rays only.
    """
    m, n = len(payoff), len(payoff[0])
    bits = [*range(m), m + n]
    total = sum(1 << bit for bit in bits)
    rays = [(tuple(int(k == i) for k in range(m + 1)), total - (1 << bits[i])) for i in range(m + 1)]
    for j in range(n):
        rays = _cut(rays, [row[j] for row in payoff], 1 << (m + j))
    weighed = ((ray[:m], sum(ray[:m]), mask) for ray, mask in rays)
    return [([Fraction(c, weight) for c in ray], mask) for ray, weight, mask in weighed if weight]


def _cut(rays: list[Ray], column: Sequence[int], bit: int) -> list[Ray]:
    """Cut the cone by the half-space ``column @ x <= t``: the rays within it, and those where its face cuts edges."""
    m = len(column)
    side = [(ray[m] - sum(map(mul, column, ray)), ray, mask) for ray, mask in rays]
    masks = [mask for _, mask in rays]
    left = [(ray, mask | bit if value == 0 else mask) for value, ray, mask in side if value >= 0]
    above, below = [s for s in side if s[0] > 0], [s for s in side if s[0] < 0]
    for (up, high, high_mask), (down, under, under_mask) in itertools.product(above, below):
        common = high_mask & under_mask
        if common.bit_count() >= m - 1 and _adjacent(masks, common):
            left.append((_primitive([up * u - down * h for h, u in zip(high, under, strict=True)]), common | bit))
    return left


def _primitive(ray: Sequence[int]) -> tuple[int, ...]:
    """The same ray in the smallest whole numbers."""
    shared = math.gcd(*ray)
    return tuple(c // shared for c in ray)


def _adjacent(masks: Sequence[int], common: int) -> bool:
    """Whether only the two rays themselves satisfy with equality all that both do."""
    count = 0
    for mask in masks:
        if mask & common == common:
            count += 1
            if count > 2:
                return False
    return True


def _regret(a: Sequence[Rationals], b: Sequence[Rationals], x: Rationals, y: Rationals) -> Fraction:
    """Return the most either player could gain by deviating, exactly, from the payoffs as given."""
    u = [sum((cell * s for cell, s in zip(row, y, strict=True)), Fraction(0)) for row in a]
    v = [sum((row[j] * s for row, s in zip(b, x, strict=True)), Fraction(0)) for j in range(len(y))]
    gains = [max(w) - sum((c * s for c, s in zip(w, p, strict=True)), Fraction(0)) for w, p in ((u, x), (v, y))]
    return max(gains)


def _placed(mixture: Rationals, places: Sequence[int], size: int) -> Rationals:
    """Return the mixture over all strategies, 0 for those removed."""
    shares = dict(zip(places, mixture, strict=True))
    return [shares.get(k, Fraction(0)) for k in range(size)]
