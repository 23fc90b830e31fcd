"""An experiment from start to results: continues from earlier runs, performs the rest, writes tables and manifest."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from coercion_sim.environment import environment, one_environment
from coercion_sim.errors import NO_ROOM, CoercionSimError, NoRoomError, ResultsError
from coercion_sim.experiments.design.design import Job, Task
from coercion_sim.experiments.engine.pools import LokyPool, Pool, PoolMaker
from coercion_sim.experiments.engine.scheduler import Scheduler, Shard, scheduler_of
from coercion_sim.experiments.engine.tasks import Done, lost, perform
from coercion_sim.experiments.store.folder import take_back
from coercion_sim.experiments.store.journal import GrowingRecord, Journal, MemoryRecord, Record
from coercion_sim.experiments.store.manifest import describe_job, read_manifest, write_manifest
from coercion_sim.experiments.store.ownership import delete, earlier_results, locked
from coercion_sim.experiments.store.parts import POINTS, in_memory, into_folder, write_csv, write_points
from coercion_sim.experiments.store.results import Results
from coercion_sim.wording import count

#: Called after each task with (runs done, runs in all, runs failed).
Progress = Callable[[int, int, int], None]
#: Tasks as they finish.
Finished = Generator[Done, None, None]

_DEATH = "the worker process died (killed, or out of memory)"


class InterruptedRun(CoercionSimError):
    """The user stopped an experiment; finished runs are kept, and the same command continues from them."""

    exit_code = 130

    def __init__(self, message: str, folder: Path | None = None) -> None:
        super().__init__(message)
        self.folder = folder


@dataclass(frozen=True)
class Outcome:
    """Results of an experiment, numbers of runs found done and of runs performed, and notes for the user."""

    results: Results
    resumed: int
    ran: int
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, or 4 where some runs failed."""
        return 4 if self.results.failed else 0


@dataclass(frozen=True)
class Workers:
    """Workers of an experiment: so many processes of this machine, or a pool of `make_pool`; calls of `progress`."""

    count: int = 1
    make_pool: PoolMaker = LokyPool
    progress: Progress | None = None


def stopwatch() -> Callable[[str | None], dict[str, Any]]:
    """Start timing; the function returned gives the entries of the manifest: the start, with a host also the end."""
    began, tick = datetime.now(UTC), time.perf_counter()

    def times(host: str | None) -> dict[str, Any]:
        start = {"started": began.isoformat(timespec="seconds")}
        if host is None:
            return start
        end = datetime.now(UTC).isoformat(timespec="seconds")
        return start | {"finished": end, "seconds": round(time.perf_counter() - tick, 3), "host": host}

    return times


def run_in_memory(
    job: Job, *, workers: int = 1, progress: Progress | None = None, more: Mapping[str, Any] | None = None
) -> Outcome:
    """Run everything and keep the tables in memory; `more` adds entries to the manifest."""
    record, times = MemoryRecord(), stopwatch()
    scheduler = Scheduler(job.design, workers=workers)
    if not _fill(job, scheduler, record, Workers(workers, progress=progress)):
        raise InterruptedRun("interrupted; results in memory are lost")
    end = {"status": "complete", "counts": scheduler.ledger.counts, "files": {}} | times("")
    tables = in_memory(record, job.design, scheduler.belongs)
    return Outcome(Results(describe_job(job) | dict(more or {}) | end, None, tables), 0, scheduler.ledger.done)


def run_into(
    folder: Path, job: Job, *, workers: int | Workers = 1, progress: Progress | None = None, force: bool = False,
    retry_failed: bool = False, csv: bool = False, mend: bool = True, shard: Shard | None = None,
    command: Sequence[str] | None = None, more: Mapping[str, Any] | None = None,
) -> Outcome:  # fmt: skip
    """Run an experiment into `folder`, continuing from the runs of an earlier process.

    Runs are recognised by content: scenario, world, code and seed must be the same, and a run is the same where its
    point's values, its replicate and its policy are. A design may grow; no finished run is thrown away.

    Parameters
    ----------
    force, retry_failed, mend
        Delete our files in the folder and start again; run failed runs again; set a damaged folder aside and start
        again instead of raising.
    shard, more
        Run only this part and keep its journal for `merge_shards`, without tables; further entries of the manifest.

    Raises
    ------
    InterruptedRun
        On Ctrl-C, after writing the tables of the finished runs.
    NoRoomError
        Where the disk, the quota or the file is full after some runs, which are kept.
    ResultsError
        Where the folder holds another scenario, world, code or seed, runs of another environment that would be
        continued, or runs outside the design; where another process writes into it.
    """
    crew = Workers(workers, progress=progress) if isinstance(workers, int) else workers
    head = describe_job(job) | dict(more or {})
    with locked(folder):
        earlier = earlier_results(folder, head, mend=mend, retry_failed=retry_failed, force=force)
        if earlier.results is not None:
            done = sum(earlier.results.manifest["counts"].values())
            return Outcome(_with_csv(earlier.results, csv), done, 0, earlier.notes)
        head |= {"command": list(sys.argv if command is None else command)}
        head |= {"shard": [shard.number, shard.of]} if shard else {}
        head |= {"environment": one_environment([(earlier.manifest or {}).get("environment", {}), environment()])}
        with Journal(folder) as journal:
            scheduler = _continued(folder, job, journal, earlier.manifest, crew.count, shard)
            if retry_failed:
                scheduler.ledger.reset_failed()
            resumed = scheduler.ledger.done
            try:
                manifest = _performed(folder, job, scheduler, journal, crew, head)
            except OSError as error:
                raise _without_room(error, folder, journal) from error
        if manifest is None:
            raise InterruptedRun("interrupted before any run was finished; nothing was kept")
        if manifest["status"] in ("interrupted", "running"):
            kept = f"{scheduler.ledger.done} of {scheduler.expected} runs are in {folder}"
            raise InterruptedRun(f"interrupted: {kept}; the same command goes on from there", folder)
        results = _with_csv(Results(manifest, folder), csv)
    return Outcome(results, resumed, scheduler.ledger.done - resumed, earlier.notes)


def _without_room(error: OSError, folder: Path, journal: Journal) -> Exception:
    """Return a `NoRoomError` that counts the runs kept, or the error itself where it is another or none are kept."""
    kept = sum(len(entry.runs) for entry in journal.entries())
    if error.errno not in NO_ROOM or not kept:
        return error
    where = f"{error.filename}: " if error.filename else ""
    remedy = f"{count(kept, 'run')} kept in {folder}: make room and give the same command, which goes on from there"
    return NoRoomError(f"{where}cannot be written ({error.strerror}); {remedy}")


def _performed(
    folder: Path, job: Job, scheduler: Scheduler, journal: Journal, crew: Workers, head: dict[str, Any]
) -> dict[str, Any] | None:
    """Perform the missing runs, write tables and manifest, and return it; None, and no files, where no run is done."""
    times, part = stopwatch(), "shard" in head
    write_manifest(folder, head | {"status": "running", "counts": {}, "files": {}} | times(None))
    complete = _fill(job, scheduler, journal, crew)
    if not complete and not scheduler.ledger.done:
        journal.remove()
        delete(folder)
        return None
    files = {} if part else write_tables(folder, job, scheduler, journal)
    status = ("shard" if part else "complete") if complete else ("running" if part else "interrupted")
    manifest = head | {"status": status, "counts": scheduler.ledger.counts, "files": files} | times(platform.node())
    write_manifest(folder, manifest)
    if status == "complete":
        journal.remove()
    return manifest


def _continued(
    folder: Path, job: Job, journal: Journal, earlier: Mapping[str, Any] | None, workers: int, shard: Shard | None
) -> Scheduler:
    """Return a scheduler that knows the runs of an earlier process, from its tables where its journal is gone."""
    if earlier and (earlier["status"] == "complete" or (earlier["files"] and journal.empty)):
        take_back(folder, earlier, journal)
    scheduler = scheduler_of(job, journal, workers, shard)
    if scheduler.outside:
        remedy = "ask for them too, name another folder with --out, or start again with --force"
        raise ResultsError(f"{folder}: holds {scheduler.outside} runs this design does not have; {remedy}")
    if shard is not None:
        write_points(folder, job.design)
    return scheduler


def write_tables(folder: Path, job: Job, scheduler: Scheduler, record: Record) -> dict[str, Any]:
    """Write every table; return hash, size and rows of each file."""
    files = into_folder(folder, record, job.design, scheduler.belongs)
    files[POINTS] = write_points(folder, job.design)
    return files


def _fill(job: Job, scheduler: Scheduler, record: GrowingRecord, crew: Workers) -> bool:
    """Perform the missing runs; return whether all are done (not, on Ctrl-C)."""
    progress = crew.progress or (lambda done, total, failed: None)
    keys = cache(lambda: tuple(job.design.point_keys()))
    ledger = scheduler.ledger
    try:
        progress(ledger.done, scheduler.expected, ledger.failed)
        with closing(execute(job, scheduler, workers=crew.count, make_pool=crew.make_pool)) as finished:
            for done in finished:
                record.add(done.rows, [keys()[run.point] for run in done.rows.runs])
                progress(ledger.done, scheduler.expected, ledger.failed)
    except KeyboardInterrupt:
        return False
    return True


def _with_csv(results: Results, csv: bool) -> Results:
    """Where `csv`, write the tables as CSV beside the Parquet files, and list them in the manifest."""
    if not csv or results.folder is None:
        return results
    files = write_csv(results.folder, {name: results.table(name) for name in results.tables})
    write_manifest(results.folder, {**results.manifest, "files": {**results.manifest["files"], **files}})
    return Results(read_manifest(results.folder), results.folder)


def execute(job: Job, scheduler: Scheduler, *, workers: int = 1, make_pool: PoolMaker = LokyPool) -> Finished:
    """Yield each task as it finishes, recorded by the scheduler.

    One worker of this machine works in this process and in order; others finish in any order. The results depend on
    neither. Closing the iterator (or an interrupt) ends the workers at once.
    """
    if workers <= 1 and make_pool is LokyPool:
        while (task := scheduler.next()) is not None:
            yield _recorded(scheduler, task, perform(job, task))
        return
    waiting = scheduler.next()
    while waiting is not None:
        waiting = yield from _on_workers(job, scheduler, waiting, workers, make_pool)


def _recorded(scheduler: Scheduler, task: Task, done: Done) -> Done:
    scheduler.finish(done.rows.runs, len(task), done.seconds)
    return done


def _on_workers(
    job: Job, scheduler: Scheduler, waiting: Task | None, workers: int, make_pool: PoolMaker
) -> Generator[Done, None, Task | None]:
    """Keep a pool busy until nothing is left, or a worker's death ends it; return the task that is next then."""
    pool = make_pool(job, workers)
    under_way: dict[Future[Done], Task] = {}
    suspects: list[Task] = []
    try:
        while waiting is not None or under_way:
            while waiting is not None and len(under_way) < 2 * pool.workers:
                under_way[_submitted(pool, waiting)] = waiting
                waiting = scheduler.next()
            finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in finished:
                task = under_way.pop(future)
                if pool.died(future):
                    suspects.append(task)
                else:
                    yield _recorded(scheduler, task, future.result())
            if suspects and pool.breaks:
                suspects += under_way.values()
                break
            waiting = waiting or scheduler.next()
    finally:
        pool.shutdown(kill=bool(under_way))
    for task in sorted(suspects):
        yield from _alone(job, scheduler, task, make_pool)
    return waiting or scheduler.next()


def _submitted(pool: Pool, task: Task) -> Future[Done]:
    """Submit a task; the error of a pool that refuses it goes into the future.

    A worker may have died since the last result, which breaks the pool.
    """
    try:
        return pool.submit(task)
    except Exception as error:
        refused: Future[Done] = Future()
        refused.set_exception(error)
        return refused


def _alone(job: Job, scheduler: Scheduler, task: Task, make_pool: PoolMaker) -> Finished:
    """Try a suspect task on a separate worker; where that dies too, halve it, down to the cell that kills it."""
    pool = make_pool(job, 1)
    try:
        future = pool.submit(task)
        wait([future])
        died = pool.died(future)
        if not died:
            yield _recorded(scheduler, task, future.result())
    finally:
        pool.shutdown(kill=True)
    if not died:
        return
    if len(task) == 1:
        yield _recorded(scheduler, task, lost(job, task, _DEATH))
        return
    middle = len(task) // 2
    yield from _alone(job, scheduler, task[:middle], make_pool)
    yield from _alone(job, scheduler, task[middle:], make_pool)
