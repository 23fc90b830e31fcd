"""Performing tasks: every policy of every cell, failures as rows with their errors."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from coercion_sim.environment import one_thread, prints_aside
from coercion_sim.errors import CoercionSimError
from coercion_sim.experiments.design.design import Cell, Job, RunFunction
from coercion_sim.experiments.design.sampling import Value
from coercion_sim.experiments.store.tables import Rows, RunMark, RunTables, check_run, failed_run, joined, rows_of

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

#: Runs typed at a time: as lists, columns take ten times the memory.
_TYPED_AT_ONCE = 100
#: Errors recorded as a failed run, `sys.exit` in a policy included, so that the others go on. An interrupt is not.
ENDS_A_RUN = (Exception, SystemExit)
#: Errors of a value that is not of its column's type.
_TYPE_ERRORS = (pa.ArrowException, TypeError, OverflowError, ValueError)


class Done(NamedTuple):
    """Rows of a finished task, and the seconds its worker took."""

    rows: Rows
    seconds: float


class _Run(NamedTuple):
    """One run before its columns are typed."""

    mark: RunMark
    tables: RunTables
    values: dict[str, Value]


def run_function(run: RunFunction | None = None) -> RunFunction:
    """Return `run`, or by default the model's `run_once`, imported only here: it brings mesa."""
    if run is None:
        from coercion_sim.model import run_once

        run = run_once
    return run


def perform(job: Job, task: Sequence[Cell]) -> Done:
    """Run every policy of every cell of a task, on one thread; a failure is a row with its error."""
    began = time.perf_counter()
    typed: list[Rows] = []
    runs: list[_Run] = []
    for cell in task:
        with one_thread(), prints_aside():
            runs += _perform_cell(job, cell)
        if len(runs) >= _TYPED_AT_ONCE:
            typed.append(_typed(job, runs))
            runs = []
    if runs or not typed:
        typed.append(_typed(job, runs))
    return Done(joined(typed), time.perf_counter() - began)


def lost(job: Job, task: Sequence[Cell], error: str) -> Done:
    """Record a task whose worker died."""
    runs = [_failed(job, cell, policy, _values(job, cell), error) for cell in task for policy in cell.policies]
    return Done(_typed(job, runs), 0.0)


def _values(job: Job, cell: Cell) -> dict[str, Value]:
    return job.design.of_replicate(cell.replicate, cell.point)


def _perform_cell(job: Job, cell: Cell) -> list[_Run]:
    """Run every policy of one cell."""
    values = _values(job, cell)
    try:
        resolved = job.scenario.with_values(values)
    except ENDS_A_RUN as error:
        return [_failed(job, cell, policy, values, describe(error)) for policy in cell.policies]
    return [_perform_run(job, resolved, cell, policy, values) for policy in cell.policies]


def _perform_run(job: Job, resolved: Scenario, cell: Cell, policy: str, values: dict[str, Value]) -> _Run:
    try:
        tables = job.run(resolved, job.world, policy, cell.replicate, job.design.seed).tables
        check_run(tables)
        stopping = job.design.stopping
        watched = float(tables["outcomes"][stopping.until][0]) if stopping else None
        status = str(tables["runs"]["status"][0])
        return _Run(RunMark(cell.point, cell.replicate, policy, status, watched), tables, values)
    except ENDS_A_RUN as error:
        return _failed(job, cell, policy, values, describe(error))


def _failed(job: Job, cell: Cell, policy: str, values: dict[str, Value], error: str) -> _Run:
    mark = RunMark(cell.point, cell.replicate, policy, "failed")
    return _Run(mark, failed_run(policy, cell.replicate, job.design.seed, error), values)


def _typed(job: Job, runs: list[_Run]) -> Rows:
    """Type all runs at once; where a value has the wrong type, record the failure of its run alone."""
    try:
        return _rows(job, runs)
    except _TYPE_ERRORS:
        return _rows(job, [_checked(job, run) for run in runs])


def _checked(job: Job, run: _Run) -> _Run:
    try:
        _rows(job, [run])
    except _TYPE_ERRORS as error:
        cell = Cell(run.mark.point, run.mark.replicate, (run.mark.policy,))
        return _failed(job, cell, run.mark.policy, run.values, describe(error))
    return run


def _rows(job: Job, runs: list[_Run]) -> Rows:
    marks, tables, values = [r.mark for r in runs], [r.tables for r in runs], [r.values for r in runs]
    return rows_of(marks, tables, values, job.design.columns, job.design.tables)


def describe(error: BaseException) -> str:
    """Describe an error in one line; one not raised on purpose with the file and function that raised it."""
    if isinstance(error, CoercionSimError):
        return f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, {frames[-1].name})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"
