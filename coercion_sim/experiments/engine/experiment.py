"""An experiment from start to results: continues from earlier runs, performs the rest, writes tables and manifest."""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from coercion_sim.errors import CoercionSimError, ResultsError
from coercion_sim.experiments.design.design import Job
from coercion_sim.experiments.engine.execute import Progress, execute
from coercion_sim.experiments.engine.pools import LokyPool, PoolMaker
from coercion_sim.experiments.engine.scheduler import Scheduler, Shard
from coercion_sim.experiments.store.folder import (
    earlier_results,
    read_manifest,
    remove,
    remove_empty,
    take_back,
    write_manifest,
)
from coercion_sim.experiments.store.journal import GrowingRecord, Journal, MemoryRecord, Record
from coercion_sim.experiments.store.manifest import describe_job
from coercion_sim.experiments.store.parts import (
    POINTS,
    Belongs,
    in_memory,
    into_folder,
    placed,
    write_csv,
    write_points,
)
from coercion_sim.experiments.store.results import Results


class InterruptedRun(CoercionSimError):
    """The user stopped an experiment; finished runs are kept, and the same command continues from them."""

    exit_code = 130

    def __init__(self, message: str, folder: Path | None = None) -> None:
        super().__init__(message)
        self.folder = folder


@dataclass(frozen=True)
class Outcome:
    """Results of an experiment, the number of runs found done, and the number of runs performed."""

    results: Results
    resumed: int
    ran: int

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


def run_in_memory(
    job: Job, *, workers: int = 1, progress: Progress | None = None, more: Mapping[str, Any] | None = None
) -> Outcome:
    """Run everything and keep the tables in memory; `more` adds entries to the manifest."""
    record, times = MemoryRecord(), clock()
    scheduler = Scheduler(job.design, workers=workers)
    if not _fill(job, scheduler, record, Workers(workers, progress=progress)):
        raise InterruptedRun("interrupted; results in memory are lost")
    end = {"status": "complete", "counts": scheduler.ledger.counts, "files": {}} | times("")
    tables = in_memory(record, job.design, _belongs(scheduler))
    return Outcome(Results(describe_job(job) | dict(more or {}) | end, None, tables), 0, scheduler.ledger.done)


def run_into(
    folder: Path,
    job: Job,
    *,
    workers: int | Workers = 1,
    progress: Progress | None = None,
    force: bool = False,
    retry_failed: bool = False,
    csv: bool = False,
    mend: bool = True,
    shard: Shard | None = None,
    command: Sequence[str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Outcome:
    """Run an experiment into `folder`, continuing from the runs of an earlier process.

    Runs are recognised by content: scenario, world, code and seed must be the same, and a run is the same where its
    point's values, its replicate and its policy are. A design may grow; no finished run is thrown away.

    Parameters
    ----------
    force
        Start again, whatever the folder holds.
    retry_failed
        Run failed runs again.
    mend
        Start again in a damaged finished folder instead of raising.
    shard
        Run only this part and keep its journal for `merge_shards`, without tables.
    more
        Further entries of the manifest.

    Raises
    ------
    InterruptedRun
        On Ctrl-C, after writing the tables of the finished runs.
    ResultsError
        Where the folder holds another scenario, world, code or seed, or runs outside the design.
    """
    crew = Workers(workers, progress=progress) if isinstance(workers, int) else workers
    head = describe_job(job) | dict(more or {})
    if force:
        remove(folder)
    earlier = earlier_results(folder, head, mend=mend, retry_failed=retry_failed)
    if isinstance(earlier, Results):
        return Outcome(_with_csv(earlier, csv), sum(earlier.manifest["counts"].values()), 0)
    times = clock()
    head |= {"command": list(sys.argv if command is None else command)}
    head |= {"shard": [shard.number, shard.of]} if shard else {}
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    with Journal(folder) as journal:
        scheduler = _continued(folder, job, journal, earlier, crew.count, shard)
        if retry_failed:
            scheduler.ledger.reset_failed()
        write_manifest(folder, head | {"status": "running", "counts": {}, "files": {}} | times(None))
        resumed = scheduler.ledger.done
        complete = _fill(job, scheduler, journal, crew)
        if not complete and not scheduler.ledger.done:
            journal.remove()
            remove(folder)
            remove_empty(new)
            raise InterruptedRun("interrupted before any run was finished; nothing was kept")
        files = {} if shard else write_tables(folder, job, scheduler, journal)
        status = {"status": _status(complete, shard), "counts": scheduler.ledger.counts, "files": files}
        manifest = head | status | times(platform.node())
        write_manifest(folder, manifest)
        if manifest["status"] == "complete":
            journal.remove()
    if not complete:
        kept = f"{scheduler.ledger.done} of {scheduler.expected} runs are in {folder}"
        raise InterruptedRun(f"interrupted: {kept}; the same command goes on from there", folder)
    results = Results(manifest, folder)
    return Outcome(_with_csv(results, csv), resumed, scheduler.ledger.done - resumed)


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


def scheduler_of(job: Job, record: Record, workers: int = 1, shard: Shard | None = None) -> Scheduler:
    """Return a scheduler that knows the runs of the record."""
    scheduler = Scheduler(job.design, shard=shard, workers=workers)
    numbers: dict[str, int] = {}
    for entry in record.entries():
        numbers = numbers or {key: point for point, key in enumerate(job.design.point_keys())}
        scheduler.record(placed(entry, numbers))
    return scheduler


def write_tables(folder: Path, job: Job, scheduler: Scheduler, record: Record) -> dict[str, Any]:
    """Write every table; return hash, size and rows of each file."""
    files = into_folder(folder, record, job.design, _belongs(scheduler))
    files[POINTS] = write_points(folder, job.design)
    return files


def clock() -> Callable[[str | None], dict[str, Any]]:
    """Start the clock; the function returned gives the start, and with a host also the end, for the manifest."""
    began, tick = datetime.now(UTC), time.perf_counter()

    def times(host: str | None) -> dict[str, Any]:
        start = {"started": began.isoformat(timespec="seconds")}
        if host is None:
            return start
        end = datetime.now(UTC).isoformat(timespec="seconds")
        return start | {"finished": end, "seconds": round(time.perf_counter() - tick, 3), "host": host}

    return times


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


def _status(complete: bool, shard: Shard | None) -> str:
    if shard is not None:
        return "shard" if complete else "running"
    return "complete" if complete else "interrupted"


def _belongs(scheduler: Scheduler) -> Belongs:
    """Return whether (point, replicate) belongs to the results: up to the look that met the stopping rule."""
    return lambda point, replicate: replicate < scheduler.replicates_of(point)


def _with_csv(results: Results, csv: bool) -> Results:
    """Where `csv`, write the tables as CSV beside the Parquet files, and list them in the manifest."""
    if not csv or results.folder is None:
        return results
    files = write_csv(results.folder, {name: results.table(name) for name in results.tables})
    write_manifest(results.folder, {**results.manifest, "files": {**results.manifest["files"], **files}})
    return Results(read_manifest(results.folder), results.folder)
