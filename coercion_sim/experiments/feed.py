"""The feed: what is to be done next, in tasks of a sensible length, until there is nothing left or precision is met."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from coercion_sim.experiments.design import Design
from coercion_sim.experiments.job import Cell, Task
from coercion_sim.experiments.ledger import Ledger
from coercion_sim.experiments.precision import enough, looks
from coercion_sim.experiments.tables import RunMark

#: Seconds a task should take: long against the cost of sending it, short against the patience of who waits.
_TASK_SECONDS = 0.5
_MOST_CELLS = 500


@dataclass(frozen=True)
class Shard:
    """One of several equal parts of a design, counted from 1; each world, with all its policies, is in one of them."""

    number: int = 1
    of: int = 1

    def has(self, cell: int, cells: int) -> bool:
        """Whether this part has the cell: parts are stretches of the design's order."""
        return cell * self.of // cells == self.number - 1


class Feed:
    """Hands out the worlds of a design that are not done yet, and hears what came of them.

    With a precision, a point gets replicates look by look (`precision.looks`); at each look it is decided, from all its
    replicates so far and nothing else, whether it has enough. So the decision does not depend on workers or resumes.
    """

    def __init__(self, design: Design, ledger: Ledger, *, shard: Shard | None = None, workers: int = 1) -> None:
        self.ledger = ledger
        self._design = design
        self._shard = shard or Shard()
        self._workers = workers
        self._seconds = 0.0
        self._looks = looks(design.precision) if design.precision else (design.replicates,)
        self._at: dict[int, int] = {}
        self._waiting: dict[int, int] = {}
        self._watched: dict[int, np.ndarray] = {}
        self._again: deque[int] = deque()
        self._points = [p for p in range(design.points) if self._mine(p)] if design.precision else []
        worlds = len(self._points) * self._looks[0] if design.precision else self._mine_in_all()
        #: Runs in all, as far as is known now: with a precision, those up to the next look of every point.
        self.expected = worlds * len(design.policies)
        self.strange = 0
        self._walk = self._fixed() if design.precision is None else self._sequential()

    # ------------------------------------------------------------------ what is known

    def known(self, runs: Iterable[RunMark]) -> None:
        """Hear of runs done before, or now."""
        marks = tuple(runs)
        self.strange += self.ledger.enter(marks)
        if self._design.precision is not None:
            for run in marks:
                if self.ledger.place(run) is not None:
                    values = self._values(run.point)
                    q = self._design.policies.index(run.policy)
                    values[run.replicate, q] = math.nan if run.watched is None else run.watched

    def done(self, runs: Iterable[RunMark], cells: int, seconds: float) -> None:
        """Hear what came of a task."""
        marks = tuple(runs)
        self.known(marks)
        if cells and seconds:
            each = seconds / cells
            self._seconds = each if not self._seconds else 0.7 * self._seconds + 0.3 * each
        if self._design.precision is not None:
            for run in marks:
                self._waiting[run.point] -= 1
                if not self._waiting[run.point]:
                    self._decide(run.point)

    def replicates_of(self, point: int) -> int:
        """Replicates of a point, as far as is known now."""
        return self._looks[self._at.get(point, 0)]

    # ------------------------------------------------------------------ what is next

    def next(self) -> Task | None:
        """Next task; None where nothing can be done now (what is under way may open more)."""
        size = 1
        if self._seconds:
            left = max(1, (self.expected - self.ledger.done) // len(self._design.policies))
            fair = math.ceil(left / (4 * self._workers))
            size = max(1, min(int(_TASK_SECONDS / self._seconds), fair, _MOST_CELLS))
        task: list[Cell] = []
        while len(task) < size:
            cell = next(self._walk, None)
            if cell is None:
                break
            task.append(cell)
        if not task and self._again:
            self._walk = self._reopened()
            return self.next()
        return tuple(task) or None

    def _fixed(self) -> Iterator[Cell]:
        design = self._design
        cells = design.points * design.replicates
        for cell in range(cells):
            if self._shard.has(cell, cells):
                point, replicate = divmod(cell, design.replicates)
                policies = self.ledger.missing(point, replicate)
                if policies:
                    yield Cell(point, replicate, policies)

    def _sequential(self) -> Iterator[Cell]:
        for point in self._points:
            yield from self._up_to_look(point)

    def _reopened(self) -> Iterator[Cell]:
        while self._again:
            yield from self._up_to_look(self._again.popleft())

    def _up_to_look(self, point: int) -> Iterator[Cell]:
        """Worlds of a point that its next look lacks; looks that lack none are taken at once."""
        cells: list[Cell] = []
        while not cells:
            goal = self.replicates_of(point)
            cells = [Cell(point, k, self.ledger.missing(point, k)) for k in range(goal)]
            cells = [cell for cell in cells if cell.policies]
            if not cells and not self._moves_on(point):
                return
        self._waiting[point] = sum(len(cell.policies) for cell in cells)
        yield from cells

    def _decide(self, point: int) -> None:
        """Every replicate up to a look is there: go on to the next look, or leave the point."""
        if self._moves_on(point):
            self._again.append(point)

    def _moves_on(self, point: int) -> bool:
        """Take the look that is due; whether the point needs more replicates, and may have them."""
        precision, look = self._design.precision, self._at.get(point, 0)
        assert precision is not None
        last = look + 1 >= len(self._looks)
        if last or enough(self._values(point)[: self._looks[look]], precision, look):
            self._watched.pop(point, None)
            return False
        self._at[point] = look + 1
        self.expected += (self._looks[look + 1] - self._looks[look]) * len(self._design.policies)
        return True

    def _values(self, point: int) -> np.ndarray:
        shape = (self._design.replicates, len(self._design.policies))
        if point not in self._watched:
            self._watched[point] = np.full(shape, np.nan)
        return self._watched[point]

    def _mine(self, point: int) -> bool:
        return self._shard.has(point, self._design.points)

    def _mine_in_all(self) -> int:
        """Worlds of this part."""
        cells = self._design.points * self._design.replicates
        first, after = (-(-cells * n // self._shard.of) for n in (self._shard.number - 1, self._shard.number))
        return after - first
