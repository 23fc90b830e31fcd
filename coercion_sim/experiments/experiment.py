"""An experiment from start to results: resume what is there, run the rest, write tables and manifest."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coercion_sim.errors import CoercionSimError, ResultsError
from coercion_sim.experiments.clock import Clock
from coercion_sim.experiments.execute import Progress, execute
from coercion_sim.experiments.feed import Feed, Shard
from coercion_sim.experiments.folder import remove, remove_empty, surplus, take_back, what_is_in, write_manifest
from coercion_sim.experiments.job import Job
from coercion_sim.experiments.journal import Journal, Keeper, MemoryRecord, Record
from coercion_sim.experiments.ledger import Ledger
from coercion_sim.experiments.manifest import describe_job
from coercion_sim.experiments.opening import read_manifest
from coercion_sim.experiments.parts import in_memory, into_folder, placed, write_csv
from coercion_sim.experiments.points import POINTS, write_points
from coercion_sim.experiments.pools import LokyPool, PoolMaker
from coercion_sim.experiments.results import Results


class InterruptedRun(CoercionSimError):
    """The user stopped an experiment; what was finished is kept, and the same command goes on from there."""

    exit_code = 130

    def __init__(self, message: str, folder: Path | None = None) -> None:
        super().__init__(message)
        self.folder = folder


@dataclass(frozen=True)
class Outcome:
    """What came of asking for an experiment: its results, and whether any run had to be done for them."""

    results: Results
    resumed: int
    ran: int

    @property
    def exit_code(self) -> int:
        """0, or 4 where some runs failed."""
        return 4 if self.results.failed else 0


@dataclass(frozen=True)
class Workers:
    """Who does the runs: so many processes of this machine, or whatever `make_pool` makes; what is said meanwhile."""

    count: int = 1
    make_pool: PoolMaker = LokyPool
    progress: Progress | None = None


def run_in_memory(
    job: Job, *, workers: int = 1, progress: Progress | None = None, more: Mapping[str, Any] | None = None
) -> Outcome:
    """Run everything and keep the tables in memory; `more` is what the manifest says besides."""
    record = MemoryRecord()
    clock = Clock()
    feed = Feed(job.design, Ledger(job.design), workers=workers)
    if not _fill(job, feed, record, Workers(workers, progress=progress)):
        raise InterruptedRun("interrupted; results in memory are lost")
    manifest = (
        describe_job(job)
        | dict(more or {})
        | {"status": "complete", "counts": feed.ledger.counts, "files": {}}
        | clock.stop("")
    )
    tables = in_memory(record, job.design, _belongs(job, feed))
    return Outcome(Results(manifest, None, tables), 0, feed.ledger.done)


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
    """Run an experiment into `folder`, going on from what an earlier process left there.

    What is done is recognised by content: scenario, world, code and seed must be the same, and a run is the same where
    its point's values, its replicate and its policy are. A design may grow; runs it does not have are not thrown away.

    Parameters
    ----------
    force
        Start again, whatever is there.
    retry_failed
        Run failed runs again.
    mend
        Start again where a finished folder is damaged, instead of saying so.
    shard
        Do only this part and leave it for `merge_shards`; no tables are written then.
    more
        What the manifest says besides.

    Raises
    ------
    InterruptedRun
        On Ctrl-C, after the tables of what was finished were written.
    ResultsError
        Where the folder holds something else: another scenario, world, code, seed, or runs the design does not have.
    """
    who = Workers(workers, progress=progress) if isinstance(workers, int) else workers
    head = describe_job(job) | dict(more or {})
    if force:
        remove(folder)
    found = what_is_in(folder, head, mend=mend, retry_failed=retry_failed)
    if isinstance(found, Results):
        return Outcome(_with_csv(found) if csv else found, sum(found.manifest["counts"].values()), 0)
    clock = Clock()
    head["command"] = list(sys.argv if command is None else command)
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    with Journal(folder) as journal:
        if found and (found["status"] == "complete" or (found["files"] and journal.empty)):
            take_back(folder, found, journal)
        feed = feed_of(job, journal, who.count, shard)
        if feed.strange:
            raise ResultsError(surplus(folder, feed.strange))
        if retry_failed:
            feed.ledger.forget_failed()
        if shard is not None:
            head["shard"] = [shard.number, shard.of]
            write_points(folder, job.design)
        write_manifest(folder, head | {"status": "running", "counts": {}, "files": {}} | clock.start())
        resumed = feed.ledger.done
        complete = _fill(job, feed, journal, who)
        if not feed.ledger.done:
            journal.remove()
            remove(folder)
            remove_empty(new)
            raise InterruptedRun("interrupted before any run was finished; nothing was kept")
        status, files = _left(folder, job, feed, journal, complete, shard)
        said = {"status": status, "counts": feed.ledger.counts, "files": files} | clock.stop(platform.node())
        write_manifest(folder, head | said)
        if status == "complete":
            journal.remove()
    if not complete:
        kept = f"{feed.ledger.done} of {feed.expected} runs are in {folder}"
        raise InterruptedRun(f"interrupted: {kept}; the same command goes on from there", folder)
    results = Results(head | said, folder)
    return Outcome(_with_csv(results) if csv else results, resumed, feed.ledger.done - resumed)


def feed_of(job: Job, record: Record, workers: int = 1, shard: Shard | None = None) -> Feed:
    """Return a feed that knows what the record holds."""
    feed = Feed(job.design, Ledger(job.design), shard=shard, workers=workers)
    numbers: dict[str, int] = {}
    for entry in record.entries():
        numbers = numbers or {key: point for point, key in enumerate(job.design.point_keys())}
        feed.known(placed(entry, numbers))
    return feed


# ------------------------------------------------------------------ from runs to tables


def _fill(job: Job, feed: Feed, record: Keeper, who: Workers) -> bool:
    """Run what is not there yet; whether it was finished (not, on Ctrl-C)."""
    report = who.progress or (lambda done, total, failed: None)
    keys = _PointKeys(job)
    try:
        report(feed.ledger.done, feed.expected, feed.ledger.failed)
        with closing(execute(job, feed, workers=who.count, make_pool=who.make_pool)) as finished:
            for done in finished:
                record.add(done.rows, [keys.of(run.point) for run in done.rows.runs])
                report(feed.ledger.done, feed.expected, feed.ledger.failed)
    except KeyboardInterrupt:
        return False
    return True


def _left(
    folder: Path, job: Job, feed: Feed, record: Record, complete: bool, shard: Shard | None
) -> tuple[str, dict[str, Any]]:
    """Write the tables (a part of a sweep has its journal alone); return the status, and what is said of the files."""
    if shard is not None:
        return ("shard" if complete else "running"), {}
    return ("complete" if complete else "interrupted"), finish(folder, job, feed, record)


def finish(folder: Path, job: Job, feed: Feed, record: Record) -> dict[str, Any]:
    """Write every table; return what the manifest says of the files."""
    files = into_folder(folder, record, job.design, _belongs(job, feed))
    files[POINTS] = write_points(folder, job.design)
    return files


def _belongs(job: Job, feed: Feed) -> Callable[[int, int], bool]:
    """Which replicates of a point belong to its results: with a precision, those up to where it was met."""
    if job.design.precision is None:
        return lambda point, replicate: True
    return lambda point, replicate: replicate < feed.replicates_of(point)


class _PointKeys:
    """Contents of points, worked out once each session."""

    def __init__(self, job: Job) -> None:
        self._design = job.design
        self._keys: tuple[str, ...] | None = None

    def of(self, point: int) -> str:
        if self._keys is None:
            self._keys = tuple(self._design.point_keys())
        return self._keys[point]


def _with_csv(results: Results) -> Results:
    """Write the tables as CSV beside the Parquet files, and list them in the manifest."""
    assert results.folder is not None
    files = write_csv(results.folder, {name: results.table(name) for name in results.tables})
    manifest: Mapping[str, Any] = {**results.manifest, "files": {**results.manifest["files"], **files}}
    write_manifest(results.folder, manifest)
    return Results(read_manifest(results.folder), results.folder)
