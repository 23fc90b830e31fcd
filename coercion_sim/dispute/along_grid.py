"""Answers along a grid of economies, each solved from where the nodes before it predict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.effects import Course
from coercion_sim.dispute.sparse_grid import Grid, Point

Answer = TypeVar("Answer")
#: Lists of measures whose courses are kept, as bases to set out from; each is up to 30 vectors of unknowns a quarter.
MOST_KEPT = 32


@dataclass(eq=False)
class Solved(Generic[Answer]):
    """Answers of measures (effects, or sizes) and courses by point, each solved from where the nodes before it predict.

    `solve` takes a point and where to set out; `base`, if any, is the same of measures that are most of these. The
    answer at a point follows from it and n alone, in whatever order points come.
    """

    solve: Callable[[Point, Course], tuple[Answer, Course]]
    grid: Grid
    base: Solved[Answer] | None = None
    known: dict[Point, tuple[Answer, Course]] = field(default_factory=dict)

    def at(self, point: Point, n: int) -> tuple[Answer, Course]:
        """Answer and course at a point, set out for from the polynomial through courses at the first n nodes.

        With a base the polynomial is through what the rest adds to its course.
        """
        if point not in self.known:
            near: Course = self.base.at(point, n)[1] if self.base else ()
            added = [self._added_course(node, k) for k, node in enumerate(self.grid.nodes[:n])]
            weights = self.grid.weights(n, point)
            pairs = [zip(weights, one, strict=True) for one in zip(*added, strict=True)]
            moves = tuple(sum((w * c for w, c in pair), start=np.zeros(1)) for pair in pairs)
            if moves:
                near = tuple(c + move for c, move in zip(near, moves, strict=True)) if near else moves
            self.known[point] = self.solve(point, near)
        return self.known[point]

    def _added_course(self, node: Point, k: int) -> Course:
        """Course at the k-th node less that of the base."""
        course = self.at(node, k)[1]
        return tuple(c - b for c, b in zip(course, self.base.at(node, k)[1], strict=True)) if self.base else course


def added(effects: Solved[Array], point: Point, n: int) -> Array:
    """Effects at a point less those of the base, (N,)."""
    effect = effects.at(point, n)[0]
    return effect - effects.base.at(point, n)[0] if effects.base else effect


def keep(
    kept: dict[tuple[object, ...], Solved[Answer]], key: tuple[object, ...], new: Solved[Answer]
) -> Solved[Answer]:
    """What is kept by a key, or the new; the least recently used is forgotten first."""
    solved = kept[key] = kept.pop(key, new)
    if len(kept) > MOST_KEPT:
        kept.pop(next(iter(kept)))
    return solved
