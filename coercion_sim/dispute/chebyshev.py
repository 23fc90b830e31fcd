"""Chebyshev points of a range in a logarithmic coordinate, and the weights of the polynomial through them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from coercion_sim.dispute.effects import Array


@dataclass(frozen=True)
class Range:
    """One number between two values, in the coordinate ``log(value - floor)`` scaled to [-1, 1]."""

    low: float
    high: float
    floor: float = 0.0

    def holds(self, value: float) -> bool:
        """Whether a value lies in the range."""
        return self.low <= value <= self.high

    def inside(self, u: float) -> float:
        """Value at the part u of the way through the range."""
        return self.low + (self.high - self.low) * u

    def nodes(self, n: int) -> list[float]:
        """Values at the n Chebyshev points ``cos(pi (k + 1/2) / n)``; the value itself where the range is one."""
        if self.low == self.high:
            return [self.low]
        a, b = math.log(self.low - self.floor), math.log(self.high - self.floor)
        at = np.cos(np.pi * (np.arange(n) + 0.5) / n)
        return [self.floor + math.exp(0.5 * (a + b) + 0.5 * (b - a) * float(x)) for x in at]

    def weights(self, n: int, value: float) -> Array:
        """Weights of the nodes in the polynomial through them, (n,), summing to 1.

        ``w_k / (x - x_k)`` over their sum with ``w_k = (-1)^k sin(pi (k + 1/2) / n)`` (Berrut and Trefethen 2004, eqs.
        4.2 and 5.3).
        """
        if self.low == self.high:
            return np.ones(1)
        a, b = math.log(self.low - self.floor), math.log(self.high - self.floor)
        x = (2.0 * math.log(value - self.floor) - a - b) / (b - a)
        angle = np.pi * (np.arange(n) + 0.5) / n
        distance = x - np.cos(angle)
        hit = np.abs(distance) < 1e-13
        if hit.any():
            return np.where(hit, 1.0, 0.0)
        terms = (-1.0) ** np.arange(n) * np.sin(angle) / distance
        weights: Array = terms / terms.sum()
        return weights
