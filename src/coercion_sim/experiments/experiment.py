"""An experiment from start to results: resume what is there, run the rest, write tables and manifest."""

from __future__ import annotations

import json
import platform
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coercion_sim.errors import CoercionSimError, ResultsError
from coercion_sim.experiments.execute import Progress, execute
from coercion_sim.experiments.files import write_text
from coercion_sim.experiments.manifest import MANIFEST, describe_job
from coercion_sim.experiments.replicate import Job
from coercion_sim.experiments.results import Results, open_results, read_manifest
from coercion_sim.experiments.store import (
    PARTS,
    FolderParts,
    MemoryParts,
    Parts,
    merge_in_memory,
    merge_into,
    write_csv,
)
from coercion_sim.scenario import TABLES


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


def run_in_memory(job: Job, *, workers: int = 1, progress: Progress | None = None) -> Outcome:
    """Run every replicate and keep the tables in memory."""
    parts = MemoryParts()
    started = _Clock()
    status = _fill(job, parts, workers, progress)
    if status != "complete":
        raise InterruptedRun("interrupted; results in memory are lost")
    manifest = describe_job(job) | {"status": status, "counts": _counts(parts), "files": {}} | started.stop("")
    return Outcome(Results(manifest, None, merge_in_memory(parts, job.design)), 0, job.design.runs)


def run_into(
    root: Path,
    job: Job,
    *,
    workers: int = 1,
    progress: Progress | None = None,
    force: bool = False,
    csv: bool = False,
    command: Sequence[str] | None = None,
) -> Outcome:
    """Run an experiment into ``root / scenario / key``, resuming what an earlier, stopped process left there.

    A finished folder is returned as it is unless `force`; it is made again if it is damaged.

    Raises
    ------
    InterruptedRun
        On Ctrl-C, after the finished replicates were written.
    """
    head = describe_job(job)
    folder = root / _safe(job.scenario.name) / head["key"]
    if force:
        shutil.rmtree(folder, ignore_errors=True)
    found = _finished(folder)
    if found is not None:
        return Outcome(_with_csv(found) if csv else found, job.design.runs, 0)
    parts = FolderParts(folder / PARTS)
    clock = _Clock()
    new = [path for path in (folder, folder.parent, root) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    head["command"] = list(sys.argv if command is None else command)
    _write_manifest(folder, head | {"status": "running", "counts": {}, "files": {}} | clock.start())
    resumed = len(parts.finished()) * len(job.design.policies)
    status = _fill(job, parts, workers, progress)
    done = parts.finished()
    if not done:
        shutil.rmtree(folder, ignore_errors=True)
        _remove_empty(new)
        raise InterruptedRun("interrupted before any replicate was finished; nothing was kept")
    files = merge_into(folder, parts, job.design)
    manifest = head | {"status": status, "counts": _counts(parts), "files": files} | clock.stop(platform.node())
    _write_manifest(folder, manifest)
    results = Results(manifest, folder)
    if csv:
        results = _with_csv(results)
    if status == "interrupted":
        kept = f"{len(done)} of {job.design.replicates} replicates are in {folder}"
        raise InterruptedRun(f"interrupted: {kept}; the same command goes on from there", folder)
    parts.clear()
    return Outcome(results, resumed, job.design.runs - resumed)


def _fill(job: Job, parts: Parts, workers: int, progress: Progress | None) -> str:
    """Run the replicates that are not there yet; return ``complete``, or ``interrupted`` on Ctrl-C."""
    have = set(parts.finished())
    missing = [k for k in range(job.design.replicates) if k not in have]
    counts = _counts(parts)
    report = progress or (lambda done, total, failed: None)
    try:
        report(sum(counts.values()), job.design.runs, counts["failed"])
        with closing(execute(job, missing, workers=workers)) as finished:
            for runs in finished:
                parts.add(runs[0].replicate, runs)
                for run in runs:
                    counts[run.status] += 1
                report(sum(counts.values()), job.design.runs, counts["failed"])
    except KeyboardInterrupt:
        return "interrupted"
    return "complete"


def _counts(parts: Parts) -> dict[str, int]:
    """Runs by status."""
    counts = {"ok": 0, "failed": 0}
    for replicate in parts.finished():
        for run in parts.read(replicate):
            counts[run.status] += 1
    return counts


def _finished(folder: Path) -> Results | None:
    """Return the results of an experiment that was completed before and is whole, or None."""
    try:
        results = open_results(folder)
    except ResultsError:
        return None
    return results if results.complete else None


def _with_csv(results: Results) -> Results:
    """Write the tables as CSV beside the Parquet files, and list them in the manifest."""
    assert results.folder is not None
    files = write_csv(results.folder, {name: results.table(name) for name in TABLES})
    manifest: Mapping[str, Any] = {**results.manifest, "files": {**results.manifest["files"], **files}}
    _write_manifest(results.folder, manifest)
    return Results(read_manifest(results.folder), results.folder)


def _write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    write_text(folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")


def _remove_empty(folders: Sequence[Path]) -> None:
    """Remove the folders this run made, innermost first, where nothing is left in them."""
    with suppress(OSError):
        for folder in folders:
            if folder.exists():
                folder.rmdir()


def _safe(name: str) -> str:
    """Return a scenario's name as a folder name on any platform."""
    kept = "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip(".-")
    return kept or "scenario"


class _Clock:
    """Start and end of an experiment, for the manifest."""

    def __init__(self) -> None:
        self._began = datetime.now(UTC)
        self._tick = time.perf_counter()

    def start(self) -> dict[str, Any]:
        return {"started": self._began.isoformat(timespec="seconds")}

    def stop(self, host: str) -> dict[str, Any]:
        return self.start() | {
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(time.perf_counter() - self._tick, 3),
            "host": host,
        }
