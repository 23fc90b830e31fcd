"""Nested points of a few numbers in the order in which they are added, and weights of the polynomial through them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from coercion_sim.arrays import Array

#: Elasticity scale, factor mobility kappa, adjustment rate nu, elasticity of substitution between inputs sigma.
Point = tuple[float, float, float, float]
#: Leja points of [-1, 1]: each is where the product of its distances from those before is largest.
LEJA = (0.0, 1.0, -1.0, -0.57735, 0.65871, -0.83925)
#: Part of a range that the points span: most draws lie inside, and no corner is a node. This, and what follows, was
#: chosen on bans and hindrances of the flagship; `benchmarks/grid.py` shows errors under others (docs/decisions.md).
SPAN = 0.95
#: Cost of the orders 0 to 5 of each number: more where an order adds less to effects, third ones least.
QUICK, SLOW = (0, 2, 4, 8, 12, 16), (0, 3, 6, 9, 12, 15)
COSTS = (QUICK, SLOW, QUICK, SLOW)
#: Costs up to which a grid may reach.
LEVELS = (3, 4, 5, 6, 7, 8, 9, 10, 11)


@dataclass(frozen=True)
class Range:
    """One number between two values, in a coordinate scaled to [-1, 1]: ``log(value - floor)``, or ``-1 / value``.

    Effects are nearly linear in the reciprocal (`floor` None) of an elasticity, and of a rate at which buyers move.
    """

    low: float
    high: float
    floor: float | None = 0.0

    def holds(self, value: float) -> bool:
        """Whether a value lies in the range."""
        return self.low <= value <= self.high

    def inside(self, u: float) -> float:
        """Value at the part u of the way through the range."""
        return self.low + (self.high - self.low) * u

    def nearness(self, value: float) -> float:
        """1 at the low end, 0 at the high one, linear in the coordinate; 1 where the range is one value."""
        if self.low == self.high:
            return 1.0
        a, b = self._plain(self.low), self._plain(self.high)
        return (b - self._plain(value)) / (b - a)

    def _plain(self, value: float) -> float:
        """Coordinate of a value before it is scaled."""
        return -1.0 / value if self.floor is None else math.log(value - self.floor)

    def node(self, k: int) -> float:
        """Value at the k-th Leja point; the value itself where the range is one."""
        if self.low == self.high:
            return self.low
        a, b = self._plain(self.low), self._plain(self.high)
        x = 0.5 * (a + b) + 0.5 * (b - a) * SPAN * LEJA[k]
        return -1.0 / x if self.floor is None else self.floor + math.exp(x)

    def polynomials(self, value: float) -> Array:
        """``h_k(x) = prod_{i<k} (x - x_i) / (x_k - x_i)``, (6,): 1 at the k-th point, 0 at those before."""
        x = 0.0
        if self.low < self.high:
            a, b = self._plain(self.low), self._plain(self.high)
            x = (2.0 * self._plain(value) - a - b) / (b - a) / SPAN
        return np.array([math.prod((x - y) / (LEJA[k] - y) for y in LEJA[:k]) for k in range(len(LEJA))])


@dataclass(frozen=True, eq=False)
class Grid:
    """Nodes ``x_m`` of multi-indices m by level ``sum_j w_j m_j``: the first n, for every n, carry one polynomial.

    Each set of first indices is closed downwards, so a longer grid keeps every node of a shorter one (Chkifa, Cohen and
    Schwab 2014, section 2.2). Numbers whose range is one value take no node.
    """

    ranges: Sequence[Range]

    @cached_property
    def _indices(self) -> list[tuple[int, ...]]:
        """Multi-indices in their order."""
        orders = (range(len(LEJA) if r.low < r.high else 1) for r in self.ranges)
        return sorted((m for m in product(*orders) if level(m) <= LEVELS[-1]), key=lambda m: (level(m), m))

    @cached_property
    def nodes(self) -> list[Point]:
        """The nodes in their order."""
        a, b, c, d = self.ranges
        return [(a.node(i), b.node(j), c.node(k), d.node(m)) for i, j, k, m in self._indices]

    @cached_property
    def places(self) -> dict[Point, int]:
        """The place of each node in their order."""
        return {node: k for k, node in enumerate(self.nodes)}

    @cached_property
    def sizes(self) -> list[int]:
        """Numbers of nodes up to each of the `LEVELS`."""
        return sorted({sum(level(m) <= most for m in self._indices) for most in LEVELS})

    @cached_property
    def _inverse(self) -> Array:
        """Inverse of ``H_m'(x_m)``, which is triangular: its first n rows and columns are that of the first n nodes."""
        inverse: Array = np.linalg.inv(np.array([self._products(node) for node in self.nodes]))
        return inverse

    def nearness(self, point: Point) -> float:
        """Weight of the corner where every number is lowest in the multilinear function through the corners."""
        return math.prod(r.nearness(x) for r, x in zip(self.ranges, point, strict=True))

    def _products(self, point: Point) -> Array:
        """``H_m(x) = prod_j h_m_j(x_j)`` at a point, for every m."""
        each = [r.polynomials(x) for r, x in zip(self.ranges, point, strict=True)]
        return np.array([math.prod(h[k] for h, k in zip(each, m, strict=True)) for m in self._indices])

    def weights(self, n: int, point: Point) -> Array:
        """Weights of the first n nodes in the polynomial through them at a point, (n,), summing to 1."""
        weights: Array = self._products(point)[:n] @ self._inverse[:n, :n]
        return weights


def level(index: Sequence[int]) -> int:
    """Sum of the costs of the orders."""
    return sum(costs[k] for costs, k in zip(COSTS, index, strict=True))
