"""Tasks and workers: what a task records, and pools that finish in any order, break, or refuse a task."""

from __future__ import annotations

import importlib.util
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coercion_sim.errors import ConvergenceError, InvalidInput
from coercion_sim.experiments import Job, Workers, available_cores, dask_pool, in_processes, run_into
from coercion_sim.experiments.design.design import Cell, Task
from coercion_sim.experiments.engine.experiment import execute
from coercion_sim.experiments.engine.pools import LokyPool, pickled, unpickled
from coercion_sim.experiments.engine.scheduler import Scheduler
from coercion_sim.experiments.engine.tasks import Done, describe, lost, perform, run_function
from fakes.experiment import FakeScenario, fake_run
from support.folders import fake_job, losses, part_bytes


class _Broken(Exception):
    """Error of the pool below once a worker of it has died."""


class _Pool:
    """Performs tasks at once; the first pool breaks after `sound` of them and refuses all others."""

    workers = 2
    breaks = True
    made = 0
    sound = 3

    def __init__(self, job: Job, workers: int) -> None:
        self._job = job
        self._left = self.sound if type(self).made == 0 else 10**6
        type(self).made += 1

    def submit(self, task: Task) -> Future[Done]:
        if self._left == 0:
            raise _Broken("a worker died")
        self._left -= 1
        future: Future[Done] = Future()
        future.set_result(perform(self._job, task))
        return future

    def died(self, future: Future[Done]) -> bool:
        return isinstance(future.exception(), _Broken)

    def shutdown(self, *, kill: bool) -> None:
        pass


@pytest.mark.parametrize("sound", [0, 1, 3, 7])
def test_a_pool_that_breaks_before_it_takes_a_task_loses_no_run(tmp_path: Path, sound: int) -> None:
    class Pool(_Pool):
        pass

    Pool.sound = sound
    asked = fake_job(losses(1.0, 2.0), replicates=20)
    run_into(tmp_path / "plain", asked)
    made = run_into(tmp_path / "broken", asked, workers=Workers(2, Pool)).results
    assert Pool.made > 1
    assert not made.failed
    assert part_bytes(tmp_path / "broken") == part_bytes(tmp_path / "plain")


def test_a_task_refused_for_another_reason_is_an_error(tmp_path: Path) -> None:
    class Refusing(_Pool):
        def submit(self, task: Task) -> Future[Done]:
            raise OSError("no room for another process")

    with pytest.raises(OSError, match="no room"):
        run_into(tmp_path, fake_job(replicates=4), workers=Workers(2, Refusing))


def test_rows_of_a_long_task_are_those_of_its_cells_one_after_another() -> None:
    asked = fake_job(losses(1.0, 2.0), replicates=70)
    cells = [Cell(point, k, asked.design.policies) for point in (0, 1) for k in range(70)]
    whole = perform(asked, cells).rows
    single = [perform(asked, [cell]).rows for cell in cells]
    assert len(whole.runs) == 280
    assert list(whole.runs) == [run for rows in single for run in rows.runs]
    for name, table in whole.tables.items():
        assert table.to_pylist() == [row for rows in single for row in rows.tables[name].to_pylist()]
        assert list(whole.counts[name]) == [count for rows in single for count in rows.counts[name]]
        assert all(column.num_chunks <= 1 for column in table.columns)


# ------------------------------------------------------------------ tasks


def test_a_task_records_every_policy_of_every_cell_in_order() -> None:
    job = fake_job(losses(1.0, 2.0), replicates=3)
    done = perform(job, [Cell(1, 2, job.design.policies), Cell(0, 0, ("stand_alone",))])
    assert [(r.point, r.replicate, r.policy, r.status) for r in done.rows.runs] == [
        (1, 2, "stand_alone", "ok"), (1, 2, "respond_as_allies", "ok"), (0, 0, "stand_alone", "ok"),
    ]  # fmt: skip
    assert done.rows.tables["runs"].column("param.loss").to_pylist() == [2.0, 2.0, 1.0]
    assert done.seconds > 0.0
    assert perform(job, []).rows.runs == ()


def test_a_run_that_fails_leaves_the_others_of_its_task_alone() -> None:
    job = fake_job(scenario=FakeScenario(fail_at=(("stand_alone", 1),)), replicates=3)
    runs = perform(job, [Cell(0, k, job.design.policies) for k in range(3)]).rows
    assert [r.status for r in runs.runs] == ["ok", "ok", "failed", "ok", "ok", "ok"]
    assert runs.counts["states"][2] == 0
    assert runs.tables["runs"].column("error").to_pylist()[2].startswith("ConvergenceError")


def test_values_the_scenario_refuses_fail_every_policy_of_the_cell() -> None:
    class Picky(FakeScenario):
        def with_values(self, values: Any) -> Any:
            if values["loss"] > 1.5:
                raise InvalidInput("loss is too large")
            return super().with_values(values)

    job = fake_job(losses(1.0, 2.0), scenario=Picky(), replicates=1)
    runs = perform(job, [Cell(p, 0, job.design.policies) for p in range(2)]).rows
    assert [r.status for r in runs.runs] == ["ok", "ok", "failed", "failed"]


def test_a_value_of_the_wrong_type_fails_its_run_alone() -> None:
    def untyped(scenario: Any, world: Any, policy: str, replicate: int, seed: int) -> Any:
        record = fake_run(scenario, world, policy, replicate, seed)
        if (policy, replicate) == ("stand_alone", 1):
            record.tables["states"]["burden"][0] = "heavy"
        return record

    job = replace(fake_job(replicates=2), run=untyped)
    runs = perform(job, [Cell(0, k, job.design.policies) for k in range(2)]).rows
    assert [r.status for r in runs.runs] == ["ok", "ok", "failed", "ok"]


def test_a_lost_task_is_recorded_as_failed_with_the_reason() -> None:
    job = fake_job(replicates=2)
    done = lost(job, [Cell(0, k, job.design.policies) for k in range(2)], "the worker died")
    assert [r.status for r in done.rows.runs] == ["failed"] * 4
    assert set(done.rows.tables["runs"].column("error").to_pylist()) == {"the worker died"}
    assert done.seconds == 0.0


def test_an_error_is_described_in_one_line_with_its_place() -> None:
    assert describe(ConvergenceError("no equilibrium")) == "ConvergenceError: no equilibrium"
    try:
        _ = 1 / 0
    except ZeroDivisionError as error:
        text = describe(error)
    assert text.startswith("ZeroDivisionError: ")
    assert Path(__file__).name in text
    assert describe(KeyError("x")) == "KeyError: 'x'"


def test_the_function_of_a_run_is_the_model_s_by_default() -> None:
    from coercion_sim.model import run_once

    assert run_function() is run_once
    assert run_function(fake_run) is fake_run


# ------------------------------------------------------------------ executing in any order


class _Threads:
    """Performs tasks on threads, each after a random pause, so that they finish in any order."""

    breaks = False

    def __init__(self, job: Job, workers: int) -> None:
        self.workers = workers
        self._job, self._luck, self._pool = job, random.Random(4), ThreadPoolExecutor(workers)

    def submit(self, task: Task) -> Future[Done]:
        pause = self._luck.uniform(0, 0.004)
        return self._pool.submit(lambda: (threading.Event().wait(pause), perform(self._job, task))[1])

    def died(self, future: Future[Done]) -> bool:
        return False

    def shutdown(self, *, kill: bool) -> None:
        self._pool.shutdown()


def test_tasks_that_finish_in_any_order_leave_the_same_bytes(tmp_path: Path) -> None:
    job = fake_job(losses(1.0, 2.0, 3.0), replicates=9)
    run_into(tmp_path / "one", job)
    run_into(tmp_path / "many", job, workers=Workers(3, _Threads))
    assert part_bytes(tmp_path / "one") == part_bytes(tmp_path / "many")


def test_every_task_is_recorded_before_it_is_yielded() -> None:
    job = fake_job(replicates=6)
    scheduler, done = Scheduler(job.design), 0
    for finished in execute(job, scheduler):
        done += len(finished.rows.runs)
        assert scheduler.ledger.done == done
    assert done == 12


def test_progress_counts_runs_done_expected_and_failed(tmp_path: Path) -> None:
    calls: list[tuple[int, int, int]] = []
    bad = FakeScenario(fail_at=(("stand_alone", 1),))
    run_into(tmp_path, fake_job(scenario=bad, replicates=4), progress=lambda *call: calls.append(call))
    assert calls[0] == (0, 8, 0)
    assert calls[-1] == (8, 8, 1)
    assert [c[0] for c in calls] == sorted(c[0] for c in calls)


def test_closing_the_iterator_ends_the_pool() -> None:
    ended: list[bool] = []

    class Pool(_Threads):
        def shutdown(self, *, kill: bool) -> None:
            ended.append(kill)
            super().shutdown(kill=kill)

    job = fake_job(replicates=40)
    iterator = execute(job, Scheduler(job.design), workers=2, make_pool=Pool)
    next(iterator)
    iterator.close()
    assert ended == [True]


class _Deadly(_Pool):
    """A pool whose worker dies of every task that holds replicate 5."""

    def submit(self, task: Task) -> Future[Done]:
        future: Future[Done] = Future()
        if any(cell.replicate == 5 for cell in task):
            future.set_exception(_Broken("killed"))
        else:
            future.set_result(perform(self._job, task))
        return future


@pytest.mark.parametrize("breaks", [True, False])
def test_a_task_that_kills_its_worker_is_halved_down_to_the_cell_that_does(tmp_path: Path, breaks: bool) -> None:
    class Pool(_Deadly):
        pass

    Pool.breaks = breaks
    results = run_into(tmp_path, fake_job(replicates=40), workers=Workers(2, Pool)).results
    failed = [(r["replicate"], r["error"]) for r in results.table("runs").to_pylist() if r["status"] == "failed"]
    assert [k for k, _ in failed] == [5, 5]
    assert all("died" in error for _, error in failed)


# ------------------------------------------------------------------ processes


def test_a_job_with_functions_of_a_script_can_be_sent_and_one_with_a_lock_cannot() -> None:
    job = replace(fake_job(replicates=2), run=lambda *arguments: fake_run(*arguments))
    back = unpickled(pickled(job))
    cell = Cell(0, 1, job.design.policies)
    assert perform(back, [cell]).rows.tables["states"].equals(perform(job, [cell]).rows.tables["states"])
    lock = threading.Lock()
    with pytest.raises(InvalidInput) as caught:
        pickled(replace(job, run=lambda *arguments: lock))
    assert caught.value.problems[0].key == "--policy-file"


def test_a_function_over_items_answers_in_their_order() -> None:
    assert list(in_processes(abs, [-3, 1, -2])) == [3, 1, 2]
    assert list(in_processes(abs, [], workers=4)) == []
    lazy: Iterator[int] = in_processes(lambda x: 1 // x, [1, 0])
    assert next(lazy) == 1
    with pytest.raises(ZeroDivisionError):
        next(lazy)


def test_worker_processes_answer_in_the_order_of_the_items() -> None:
    assert list(in_processes(abs, list(range(-20, 0)), workers=2)) == list(range(20, 0, -1))


@pytest.mark.slow
def test_processes_keep_the_job_and_perform_its_tasks() -> None:
    job = fake_job(replicates=2)
    pool = LokyPool(job, 1)
    try:
        future = pool.submit((Cell(0, 1, job.design.policies),))
        assert [r.replicate for r in future.result().rows.runs] == [1, 1]
        assert not pool.died(future)
    finally:
        pool.shutdown(kill=True)


def test_at_least_one_core_is_available() -> None:
    assert 1 <= available_cores() <= (os.cpu_count() or 1)


@pytest.mark.skipif(importlib.util.find_spec("distributed") is not None, reason="dask.distributed is installed")
def test_without_dask_the_message_names_the_extra() -> None:
    with pytest.raises(InvalidInput) as caught:
        dask_pool("tcp://127.0.0.1:1")
    assert "cluster" in str(caught.value.problems[0].allowed)


@pytest.mark.slow
@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:1"])
def test_an_address_that_does_not_answer_is_named(address: str) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(InvalidInput) as caught:
        dask_pool(address)
    assert (caught.value.problems[0].key, caught.value.problems[0].found) == ("--dask", repr(address))


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """The parent kills itself once its two workers have written down who they are."""
    text = f"""
import os, signal, time
from pathlib import Path
from coercion_sim.experiments import in_processes

def work(i):
    Path({str(tmp_path)!r}, str(os.getpid())).touch()
    time.sleep(120.0)

def watch():
    while len(os.listdir({str(tmp_path)!r})) < 2:
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGKILL)

import threading
threading.Thread(target=watch, daemon=True).start()
list(in_processes(work, [1, 2], workers=2))
"""
    assert subprocess.run([sys.executable, "-c", text], timeout=60).returncode == -signal.SIGKILL
    workers = [int(path.name) for path in tmp_path.iterdir()]
    assert len(workers) == 2
    end = time.monotonic() + 30.0
    while any(map(runs, workers)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not any(map(runs, workers))
