"""The scheduler: which runs come next, in tasks of a sensible length, until all are done or the rule is met."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from coercion_sim.experiments.design.design import Cell, Design, Job, Task
from coercion_sim.experiments.design.stopping import enough, looks
from coercion_sim.experiments.store.journal import Record
from coercion_sim.experiments.store.parts import placed
from coercion_sim.experiments.store.tables import RunMark

#: Seconds a task should take: long against the cost of sending it, short against the patience of the user.
_TASK_SECONDS = 0.5
_MOST_CELLS = 500

_PENDING, _OK, _FAILED = 0, 1, 2
_STATUS = {"ok": _OK, "failed": _FAILED}


@dataclass
class Ledger:
    """Status of every run of a design, one byte each, in the order (point, replicate, policy).

    Attributes
    ----------
    ok, failed
        Runs by status.
    """

    design: Design
    ok: int = 0
    failed: int = 0
    _status: bytearray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._status = bytearray(self.design.runs)

    def enter(self, runs: Iterable[RunMark]) -> int:
        """Enter finished runs, the last entry of a run counting; return the number of runs outside the design."""
        outside = 0
        for run in runs:
            place = self.design.place(run.point, run.replicate, run.policy)
            if place is None:
                outside += 1
                continue
            self._reset(place)
            self._status[place] = _STATUS[run.status]
            self.ok += run.status == "ok"
            self.failed += run.status == "failed"
        return outside

    def reset_failed(self) -> int:
        """Mark failed runs as not done; return their number."""
        count, at = self.failed, self._status.find(_FAILED)
        while at >= 0:
            self._reset(at)
            at = self._status.find(_FAILED, at + 1)
        return count

    def missing(self, point: int, replicate: int) -> tuple[str, ...]:
        """Policies not yet run in one replicate of a point."""
        policies = self.design.policies
        first = (point * self.design.replicates + replicate) * len(policies)
        cells = self._status[first : first + len(policies)]
        return tuple(policy for policy, status in zip(policies, cells, strict=True) if status == _PENDING)

    @property
    def counts(self) -> dict[str, int]:
        """Runs by status."""
        return {"ok": self.ok, "failed": self.failed}

    @property
    def done(self) -> int:
        """Runs done, failed or not."""
        return self.ok + self.failed

    def _reset(self, place: int) -> None:
        self.ok -= self._status[place] == _OK
        self.failed -= self._status[place] == _FAILED
        self._status[place] = _PENDING


@dataclass(frozen=True)
class Shard:
    """One of several equal parts of a design, counted from 1; all policies of a cell are in the same part."""

    number: int = 1
    of: int = 1

    def has(self, cell: int, cells: int) -> bool:
        """Whether this part has the cell: parts are stretches of the design's order."""
        return cell * self.of // cells == self.number - 1


class Scheduler:
    """Schedules the cells of a design that are not done yet, and records their results.

    With a stopping rule, a point gets replicates look by look (`stopping.looks`). All its replicates up to a look, and
    nothing else, decide whether it has enough. So the decision does not depend on workers or on resuming.

    Attributes
    ----------
    ledger
        Status of every run.
    expected
        Runs in all, as far as is known now: with a stopping rule, those up to the next look of every point.
    outside
        Recorded runs outside the design.
    """

    def __init__(self, design: Design, *, shard: Shard | None = None, workers: int = 1) -> None:
        self.ledger = Ledger(design)
        self.outside = 0
        self._design = design
        self._shard = shard or Shard()
        self._workers = workers
        self._seconds = 0.0
        self._looks = looks(design.stopping) if design.stopping else (design.replicates,)
        self._look: dict[int, int] = {}
        self._under_way: dict[int, int] = {}
        self._values: dict[int, np.ndarray] = {}
        self._reopened: deque[int] = deque()
        if design.stopping:
            points = [p for p in range(design.points) if self._shard.has(p, design.points)]
            self._cells, cells = self._up_to_looks(points), len(points) * self._looks[0]
        else:
            self._cells, cells = self._fixed(), self._cells_of_shard()
        self.expected = cells * len(design.policies)

    # ------------------------------------------------------------------ what is done

    def record(self, runs: Iterable[RunMark]) -> None:
        """Record finished runs, of this process or an earlier one."""
        marks = tuple(runs)
        self.outside += self.ledger.enter(marks)
        if self._design.stopping is None:
            return
        for run in marks:
            if self._design.place(run.point, run.replicate, run.policy) is not None:
                value = math.nan if run.watched is None else run.watched
                self._values_of(run.point)[run.replicate, self._design.policy_numbers[run.policy]] = value

    def finish(self, runs: Iterable[RunMark], cells: int, seconds: float) -> None:
        """Record a finished task of `cells` cells that took `seconds`."""
        marks = tuple(runs)
        self.record(marks)
        if cells and seconds:
            each = seconds / cells
            self._seconds = each if not self._seconds else 0.7 * self._seconds + 0.3 * each
        if self._design.stopping is None:
            return
        for run in marks:
            self._under_way[run.point] -= 1
            if not self._under_way[run.point] and self._moves_on(run.point):
                self._reopened.append(run.point)

    def replicates_of(self, point: int) -> int:
        """Replicates of a point, as far as is known now."""
        return self._looks[self._look.get(point, 0)]

    def belongs(self, point: int, replicate: int) -> bool:
        """Whether a replicate belongs to the results: one up to the look that met the stopping rule."""
        return replicate < self.replicates_of(point)

    # ------------------------------------------------------------------ what is next

    def next(self) -> Task | None:
        """Next task; None where nothing can be done now (tasks under way may open more)."""
        size = 1
        if self._seconds:
            left = max(1, (self.expected - self.ledger.done) // len(self._design.policies))
            fair = math.ceil(left / (4 * self._workers))
            size = max(1, min(int(_TASK_SECONDS / self._seconds), fair, _MOST_CELLS))
        task: list[Cell] = []
        while len(task) < size:
            cell = next(self._cells, None)
            if cell is None:
                break
            task.append(cell)
        if not task and self._reopened:
            self._cells, self._reopened = self._up_to_looks(self._reopened), deque()
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

    def _up_to_looks(self, points: Iterable[int]) -> Iterator[Cell]:
        """Yield the missing cells of every point up to its next look; a point takes looks that miss none at once."""
        for point in points:
            cells: list[Cell] = []
            while not cells:
                goal = self.replicates_of(point)
                cells = [Cell(point, k, self.ledger.missing(point, k)) for k in range(goal)]
                cells = [cell for cell in cells if cell.policies]
                if not cells and not self._moves_on(point):
                    break
            if cells:
                self._under_way[point] = sum(len(cell.policies) for cell in cells)
                yield from cells

    def _moves_on(self, point: int) -> bool:
        """Take the look that is due; return whether the point needs more replicates, and may have them."""
        rule, look = self._design.stopping, self._look.get(point, 0)
        assert rule is not None
        last = look + 1 >= len(self._looks)
        if last or enough(self._values_of(point)[: self._looks[look]], rule, look):
            self._values.pop(point, None)
            return False
        self._look[point] = look + 1
        self.expected += (self._looks[look + 1] - self._looks[look]) * len(self._design.policies)
        return True

    def _values_of(self, point: int) -> np.ndarray:
        """Outcome watched by replicate and policy, nan where it is not known."""
        if point not in self._values:
            self._values[point] = np.full((self._design.replicates, len(self._design.policies)), np.nan)
        return self._values[point]

    def _cells_of_shard(self) -> int:
        cells = self._design.points * self._design.replicates
        first, after = (-(-cells * n // self._shard.of) for n in (self._shard.number - 1, self._shard.number))
        return after - first


def scheduler_of(job: Job, record: Record, workers: int = 1, shard: Shard | None = None) -> Scheduler:
    """Return a scheduler that knows the runs of the record."""
    scheduler = Scheduler(job.design, shard=shard, workers=workers)
    numbers: dict[str, int] = {}
    for entry in record.entries():
        numbers = numbers or {key: point for point, key in enumerate(job.design.point_keys())}
        scheduler.record(placed(entry, numbers))
    return scheduler
