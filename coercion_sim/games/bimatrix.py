"""Every extreme equilibrium of a two-player game, in exact rational arithmetic from beginning to end.

The mixtures of each player are the vertices of a polytope, `{x >= 0, B^T x <= 1}` for rows and `{y >= 0, A y <= 1}`
for columns, payoffs moved to be positive. A pair is an equilibrium where every pure strategy is unused or a best
response (von Stengel 2002). Vertices come from the double description method (Motzkin et al. 1953) on integers, so
that neither the size of payoffs nor ties among them decide anything.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from operator import mul

from coercion_sim.errors import GameError, Problem
from coercion_sim.games.dominance import undominated
from coercion_sim.games.flat_tree import Floats
from coercion_sim.games.strategic_form import exact

SUBSET_LIMIT = 200_000
Rationals = list[Fraction]
#: A ray of the cone over a polytope, and the bits of the bounds it lies on.
Ray = tuple[tuple[int, ...], int]


def extreme_equilibria(first: Floats, second: Floats, source: str | None = None) -> list[tuple[Rationals, Rationals]]:
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
