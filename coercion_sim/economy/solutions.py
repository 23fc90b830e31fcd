"""Solutions remembered: where an economy was solved before, it is read off again instead of solved."""

from __future__ import annotations

from dataclasses import astuple
from functools import lru_cache
from hashlib import blake2b

from coercion_sim.economy.anderson import FixedPoint
from coercion_sim.economy.kernel import Array
from coercion_sim.economy.parameters import EconomyParameters

#: Solutions kept by a process; each is the vector of unknowns, 26 kB in a world of 28 states and 38 sectors.
MOST = 2500


class Solutions:
    """Points by content, the least recently used forgotten first.

    A key holds everything the solver sees, the point it sets out from included, so a stored point is the one that a new
    solve would reach, bit for bit.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.points: dict[str, FixedPoint] = {}
        self.hits = self.missed = 0

    def get(self, key: str) -> FixedPoint | None:
        """Return the solution of this key, or None."""
        solution = self.points.pop(key, None)
        if solution is None:
            self.missed += 1
            return None
        self.points[key] = solution
        self.hits += 1
        return solution

    def keep(self, key: str, solution: FixedPoint) -> None:
        """Remember a solution."""
        if len(self.points) >= self.most:
            self.points.pop(next(iter(self.points)))
        solution.point.setflags(write=False)
        self.points[key] = solution


@lru_cache(maxsize=1)
def solutions() -> Solutions:
    """Return the solutions of this process, shared by all its runs."""
    return Solutions()


def solve_key(before: str, shock: str, parameters: EconomyParameters, start: Array | None) -> str:
    """Content of a solve: of what went before, of the shock, the parameters, and the point it sets out from.

    Empty, which is never remembered, where `before` or `shock` is: arrays that no list of measures made.
    """
    if not (before and shock):
        return ""
    digest = blake2b(f"{before} {shock} {astuple(parameters)!r}".encode(), digest_size=16)
    if start is not None:
        digest.update(start.tobytes())
    return digest.hexdigest()
