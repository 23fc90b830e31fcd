"""The job and its tasks: what a worker holds, what it is asked, and what it gives back."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pyarrow as pa

from coercion_sim.errors import CoercionSimError
from coercion_sim.experiments.design import Design
from coercion_sim.experiments.draws import Value
from coercion_sim.experiments.tables import Rows, RunMark, RunTables, check_run, failed_run, joined, rows_of

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario
    from coercion_sim.world import World


#: Runs whose columns are held as lists before they are typed: as lists they take ten times the memory.
_TYPED_AT_ONCE = 100


class RunRecord(Protocol):
    """What a run leaves: the columns of every table of the data dictionary."""

    @property
    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Table name -> column name -> values."""


class RunFunction(Protocol):
    """One run of the model. Deterministic in its arguments."""

    def __call__(self, scenario: Scenario, world: World, policy: str, replicate: int, seed: int) -> RunRecord:
        """Run `policy` on the scenario as resolved for this replicate."""


class Cell(NamedTuple):
    """One world: a replicate at a point, and the policies to run in it."""

    point: int
    replicate: int
    policies: tuple[str, ...]


#: What a worker is asked at a time: worlds enough to keep it busy for a while.
Task = tuple[Cell, ...]


class Done(NamedTuple):
    """What came of a task, and how long the worker took for it."""

    rows: Rows
    seconds: float


@dataclass(frozen=True)
class Job:
    """All a worker needs to know, sent to it once: the design, the scenario, the world, and how to run the model."""

    design: Design
    scenario: Scenario
    world: World
    run: RunFunction

    def perform(self, task: Sequence[Cell]) -> Done:
        """Run every policy of every world of a task; a failure is a row with its error."""
        began = time.perf_counter()
        typed: list[Rows] = []
        runs: list[_Run] = []
        for cell in task:
            runs += self._world(cell)
            if len(runs) >= _TYPED_AT_ONCE:
                typed.append(self._typed(runs))
                runs = []
        if runs or not typed:
            typed.append(self._typed(runs))
        return Done(joined(typed), time.perf_counter() - began)

    def lost(self, task: Sequence[Cell], error: str) -> Done:
        """Record a task whose worker died."""
        runs = [self._failed(cell, policy, self._values(cell), error) for cell in task for policy in cell.policies]
        return Done(self._typed(runs), 0.0)

    def _values(self, cell: Cell) -> dict[str, Value]:
        return self.design.of_replicate(cell.replicate, cell.point)

    def _world(self, cell: Cell) -> list[_Run]:
        """Every policy of one world."""
        values = self._values(cell)
        try:
            resolved = self.scenario.with_values(values)
        except Exception as error:  # failure is data: whatever it is, the other runs go on
            return [self._failed(cell, policy, values, describe(error)) for policy in cell.policies]
        return [self._one(resolved, cell, policy, values) for policy in cell.policies]

    def _one(self, resolved: Scenario, cell: Cell, policy: str, values: dict[str, Value]) -> _Run:
        try:
            tables = self.run(resolved, self.world, policy, cell.replicate, self.design.seed).tables
            check_run(tables)
            precision = self.design.precision
            watched = float(tables["outcomes"][precision.until][0]) if precision else None
            status = str(tables["runs"]["status"][0])
            return _Run(RunMark(cell.point, cell.replicate, policy, status, watched), tables, values)
        except Exception as error:
            return self._failed(cell, policy, values, describe(error))

    def _failed(self, cell: Cell, policy: str, values: dict[str, Value], error: str) -> _Run:
        mark = RunMark(cell.point, cell.replicate, policy, "failed")
        return _Run(mark, failed_run(policy, cell.replicate, self.design.seed, error), values)

    def _typed(self, runs: list[_Run]) -> Rows:
        """Type all runs at once; where a value has the wrong type, find the run that has it and record its failure."""
        try:
            return self._rows(runs)
        except (pa.ArrowException, TypeError, OverflowError, ValueError):
            return self._rows([self._sound(run) for run in runs])

    def _sound(self, run: _Run) -> _Run:
        try:
            self._rows([run])
        except (pa.ArrowException, TypeError, OverflowError, ValueError) as error:
            cell = Cell(run.mark.point, run.mark.replicate, (run.mark.policy,))
            return self._failed(cell, run.mark.policy, run.values, describe(error))
        return run

    def _rows(self, runs: list[_Run]) -> Rows:
        marks, left, values = [r.mark for r in runs], [r.tables for r in runs], [r.values for r in runs]
        return rows_of(marks, left, values, self.design.columns, self.design.tables)


class _Run(NamedTuple):
    """One run before its columns are typed."""

    mark: RunMark
    tables: RunTables
    values: dict[str, Value]


def describe(error: Exception) -> str:
    """One error in words; for one not raised on purpose, also its type and where it arose."""
    if isinstance(error, CoercionSimError):
        return f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, {frames[-1].name})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"
