"""The results folder: opening one, deciding whether an experiment can continue in it, and its manifest."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from coercion_sim.errors import ResultsError, nearest
from coercion_sim.experiments.store.journal import JOURNAL, GrowingRecord, Journal
from coercion_sim.experiments.store.manifest import FORMAT, MANIFEST, changes_between, content_key
from coercion_sim.experiments.store.parts import read_point_keys
from coercion_sim.experiments.store.results import Results
from coercion_sim.experiments.store.tables import Rows, RunMark
from coercion_sim.files import write_text
from coercion_sim.outcomes import POINT, TABLES

if TYPE_CHECKING:
    from coercion_sim.experiments.design.design import Job
    from coercion_sim.policies import PolicyFiles

#: Keys every manifest has.
_NEEDED = {"status", "identity", "scenario", "world", "actors", "quarters", "measures", "design", "counts", "files"}
_DESIGN = {"policies", "points", "replicates", "seed", "tables"}


def open_results(path: str | Path, policy_files: PolicyFiles = ()) -> Results:
    """Open a results folder, its manifest, or one of its tables or their parts.

    Parameters
    ----------
    policy_files
        Files of the user's own policies, needed only to replay a run (flows of trade, the tree of a game).

    Raises
    ------
    ResultsError
        For a missing folder, an experiment killed before its tables were written, a file missing or changed in size,
        another version of the layout, or no runs.
    """
    folder = Path(path)
    folder = folder.parent if folder.is_file() else folder
    if not (folder / MANIFEST).is_file() and folder.name in TABLES:
        folder = folder.parent
    manifest = read_manifest(folder)
    if manifest["status"] == "running":
        raise ResultsError(f"{folder}: unfinished (still running, or killed); run the same command again to finish it")
    if manifest["status"] == "shard":
        raise ResultsError(f"{folder}: one part of a sweep; `coercion-sim merge {folder.parent}` puts them together")
    _check_files(folder, manifest)
    if not sum(manifest["counts"].values()):
        raise ResultsError(f"{folder}: holds no runs")
    files = (policy_files,) if isinstance(policy_files, str | Path) else tuple(policy_files)
    return Results(manifest, folder, policy_files=files)


def _check_files(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Check that every table has parts, and every file its size."""
    absent = [
        name for name in manifest["design"]["tables"] if not any(f.startswith(f"{name}/") for f in manifest["files"])
    ] + [name for name in manifest["files"] if not (folder / name).is_file()]
    if absent:
        raise ResultsError(f"{folder}: {absent[0]} is missing; run the same command with --force to make it again")
    for name, entry in manifest["files"].items():
        size = (folder / name).stat().st_size
        if size != entry["bytes"]:
            recorded = entry["bytes"]
            raise ResultsError(f"{folder / name}: has {size} bytes, {recorded} in the manifest; changed after writing")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a results folder and check its version and keys."""
    path = folder / MANIFEST
    if not folder.is_dir():
        siblings = [p.name for p in folder.parent.iterdir() if p.is_dir()] if folder.parent.is_dir() else []
        close = nearest(folder.name, siblings)
        hint = f"; did you mean {folder.parent / close}?" if close else ""
        raise ResultsError(f"{folder}: no such results folder{hint}")
    if not path.is_file():
        inside = sorted(p.parent for p in folder.glob(f"*/{MANIFEST}"))
        hint = f"; {len(inside)} inside it, the first {inside[0]}" if inside else ""
        raise ResultsError(f"{folder}: no {MANIFEST} in it, so no results folder{hint}")
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ResultsError(f"{path}: not readable as JSON ({error})") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        version = manifest.get("format") if isinstance(manifest, dict) else type(manifest).__name__
        raise ResultsError(
            f"{path}: results of another version (format {version}, this one reads {FORMAT}); run it again"
        )
    missing = _NEEDED - set(manifest) or _DESIGN - set(manifest["design"])
    if missing:
        raise ResultsError(f"{path}: incomplete, without {', '.join(sorted(missing))}")
    return manifest


def keyed_folder(root: Path, job: Job) -> Path:
    """Folder of an experiment named by its content: ``root / scenario / key``."""
    return root / safe_name(job.scenario.name) / content_key(job)


def earlier_results(
    folder: Path, head: Mapping[str, Any], *, mend: bool, retry_failed: bool
) -> Results | Mapping[str, Any] | None:
    """Return finished results of this very design, a manifest to continue from, or None for a new folder.

    Raises
    ------
    ResultsError
        Where the folder holds something else.
    """
    if not (folder / MANIFEST).is_file():
        if folder.is_dir() and any(p.name != JOURNAL for p in folder.iterdir()):
            raise ResultsError(f"{folder}: is not empty and holds no results; name another folder with --out")
        return None
    manifest = read_manifest(folder)
    changes = changes_between(manifest, head)
    if changes:
        listed = "".join(f"\n  {change}" for change in changes)
        remedy = "name another folder with --out, or start again with --force"
        raise ResultsError(f"{folder}: holds results of something else; {remedy}. What changed:{listed}")
    if manifest["status"] != "complete":
        return manifest
    try:
        results = open_results(folder)
    except ResultsError:
        if not mend:
            raise
        remove(folder)
        return None
    same = manifest["design"] == head["design"]
    return results if same and not (retry_failed and results.failed) else manifest


def take_back(folder: Path, manifest: Mapping[str, Any], journal: Journal) -> None:
    """Copy finished tables into the journal, so that a longer design continues from them."""
    journal.clear()
    stopping = manifest["design"]["stopping"]
    watched = str(stopping["until"]) if stopping else ""
    reopen(folder, manifest["design"]["tables"], read_point_keys(folder), journal, watched)
    journal.sync()


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest of a results folder."""
    write_text(folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")


def remove(folder: Path) -> None:
    """Remove a results folder; leave anything else of that name alone."""
    if (folder / MANIFEST).is_file() or (folder / JOURNAL).is_file():
        shutil.rmtree(folder)


def remove_empty(folders: Sequence[Path]) -> None:
    """Remove the folders this run made, innermost first, while they are empty."""
    with suppress(OSError):
        for folder in folders:
            if folder.exists():
                folder.rmdir()


def safe_name(name: str) -> str:
    """Return a name as a folder name on any platform."""
    kept = "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip(".-")
    return kept or "scenario"


#: Runs to a record, and rows read at a time.
_RUNS = 200
_BATCH = 16_384


class RunKey(NamedTuple):
    """Run of a row: its cells in the columns of `outcomes.KEYS`."""

    point: int
    policy: str
    replicate: int


def reopen(
    folder: Path, tables: Sequence[str], points: Sequence[str], record: GrowingRecord, watched: str = ""
) -> None:
    """Copy every run of finished tables into a record.

    Parameters
    ----------
    tables
        Names of the tables.
    points
        Key of every point, by its number in these tables.
    watched
        Outcome that a stopping rule watches.

    Raises
    ------
    ResultsError
        For a table that cannot be read.
    """
    try:
        readers = {name: _Reader(folder / name) for name in tables}
        waiting: list[tuple[RunKey, Mapping[str, pa.Table]]] = []
        for key, _ in _grouped(folder / "runs"):
            waiting.append((key, {name: reader.of(key) for name, reader in readers.items()}))
            if len(waiting) == _RUNS:
                _add(record, waiting, points, watched)
                waiting = []
        if waiting:
            _add(record, waiting, points, watched)
    except (OSError, pa.ArrowException) as error:
        raise ResultsError(f"{folder}: cannot be read ({error})") from None


class _Reader:
    """Reads one table run by run, in the order of the runs."""

    def __init__(self, folder: Path) -> None:
        self._groups = _grouped(folder)
        self._next = next(self._groups, None)
        self._empty = pq.read_schema(_parts(folder)[0]).empty_table()

    def of(self, key: RunKey) -> pa.Table:
        """Rows of one run; call in the order of the runs."""
        if self._next is None or self._next[0] != key:
            return self._empty
        rows = self._next[1]
        self._next = next(self._groups, None)
        return rows


def _parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*.parquet"))


def _grouped(folder: Path) -> Iterator[tuple[RunKey, pa.Table]]:
    """Yield the rows of a table by run; those of one run may lie in two batches, or two files."""
    rest: pa.Table | None = None
    for path in _parts(folder):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH):
                rows = pa.Table.from_batches([batch])
                rest = rows if rest is None else pa.concat_tables([rest, rows])
                *whole, last = _runs(rest)
                for first, after in whole:
                    yield _key(rest, first), rest.slice(first, after - first)
                rest = rest.slice(last[0])
    if rest is not None and rest.num_rows:
        yield _key(rest, 0), rest


def _runs(rows: pa.Table) -> list[tuple[int, int]]:
    """First row and row after the last of every run."""
    change = np.zeros(rows.num_rows, dtype=bool)
    for name in RunKey._fields:
        values = rows.column(name).combine_chunks()
        codes = values.dictionary_encode().indices if pa.types.is_string(values.type) else values
        change[1:] |= np.diff(codes.to_numpy(zero_copy_only=False)) != 0
    starts = np.flatnonzero(change).tolist()
    return list(zip([0, *starts], [*starts, rows.num_rows], strict=True))


def _key(rows: pa.Table, at: int) -> RunKey:
    return RunKey(*(rows.column(name)[at].as_py() for name in RunKey._fields))


def _add(
    record: GrowingRecord, runs: Sequence[tuple[RunKey, Mapping[str, pa.Table]]], points: Sequence[str], watched: str
) -> None:
    """Add some runs as one task."""
    tables, counts = {}, {}
    for name in runs[0][1]:
        pieces = [tables_of[name] for _, tables_of in runs]
        counts[name] = tuple(piece.num_rows for piece in pieces)
        joined = pa.concat_tables(pieces).combine_chunks().drop_columns([POINT.name])
        tables[name] = joined.cast(pa.schema([field.remove_metadata() for field in joined.schema]))
    marks = tuple(
        RunMark(key.point, key.replicate, key.policy, of["runs"].column("status")[0].as_py(), _watched(of, watched))
        for key, of in runs
    )
    record.add(Rows(marks, tables, counts), [points[key.point] for key, _ in runs])


def _watched(tables: Mapping[str, pa.Table], outcome: str) -> float | None:
    if not outcome or not tables["outcomes"].num_rows:
        return None
    value = tables["outcomes"].column(outcome)[0].as_py()
    return math.nan if value is None else float(value)
