"""The results folder: opening one, checking its files, and taking finished tables back into the journal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from coercion_sim.errors import ResultsError
from coercion_sim.experiments.store.journal import GrowingRecord, Journal
from coercion_sim.experiments.store.manifest import MANIFEST, read_manifest
from coercion_sim.experiments.store.parts import read_point_keys
from coercion_sim.experiments.store.results import Results
from coercion_sim.experiments.store.tables import Rows, RunMark
from coercion_sim.files import guarded, sha256
from coercion_sim.outcomes import POINT, TABLES

if TYPE_CHECKING:
    from coercion_sim.policies import PolicyFiles

_CHANGED = "changed after it was written; run the same command with --force to make it again"


def open_results(path: str | Path, policy_files: PolicyFiles = (), *, hashes: bool = True) -> Results:
    """Open a results folder, its manifest, or one of its tables or their parts.

    Parameters
    ----------
    policy_files
        Files of the user's own policies, needed only to replay a run (flows of trade, the tree of a game).
    hashes
        Whether to compare the hash of every file with the manifest's.

    Raises
    ------
    ResultsError
        For a missing folder, an experiment killed before its tables were written, a file missing or changed (by its
        SHA-256), another version of the layout, or no runs.
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
    check_files(folder, manifest, hashes=hashes)
    if len(manifest["counts"]) < 2:
        raise ResultsError(f"{folder / MANIFEST}: incomplete, without the numbers of runs ok and failed; run it again")
    if not sum(manifest["counts"].values()):
        raise ResultsError(f"{folder}: holds no runs")
    files = (policy_files,) if isinstance(policy_files, str | Path) else tuple(policy_files)
    return Results(manifest, folder, policy_files=files)


def check_files(folder: Path, manifest: Mapping[str, Any], *, hashes: bool = True) -> None:
    """Check that every table has parts, and that every file is the one that was written, by size and SHA-256."""
    absent = [
        name for name in manifest["design"]["tables"] if not any(f.startswith(f"{name}/") for f in manifest["files"])
    ] + [name for name in manifest["files"] if not (folder / name).is_file()]
    if absent:
        raise ResultsError(f"{folder}: {absent[0]} is missing; run the same command with --force to make it again")
    for name, entry in manifest["files"].items():
        size = (folder / name).stat().st_size
        if size != entry["bytes"]:
            recorded = entry["bytes"]
            raise ResultsError(f"{folder / name}: has {size} bytes, {recorded} in the manifest; {_CHANGED}")
        if hashes and not is_whole(folder / name, entry):
            raise ResultsError(f"{folder / name}: is not the file the manifest names (SHA-256); {_CHANGED}")


def is_whole(path: Path, entry: Mapping[str, Any]) -> bool:
    """Whether a file has the hash in its entry of the manifest."""
    stat = path.stat()
    return bool(_hashed(path, stat.st_size, stat.st_mtime_ns, stat.st_ino) == entry["sha256"])


@lru_cache(maxsize=100_000)
def _hashed(path: Path, size: int, changed: int, inode: int) -> str:
    """SHA-256 of a file, computed once while size and time stay the same."""
    with guarded(path, "", ResultsError):
        return sha256(path)


def take_back(folder: Path, manifest: Mapping[str, Any], journal: Journal) -> None:
    """Copy finished tables into the journal, so that a longer design continues from them."""
    journal.clear()
    stopping = manifest["design"]["stopping"]
    watched = str(stopping["until"]) if stopping else ""
    reopen(folder, manifest["design"]["tables"], read_point_keys(folder), journal, watched)
    journal.sync()


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
    with guarded(folder, "", ResultsError):
        readers = {name: _Reader(folder / name) for name in tables}
        waiting: list[tuple[RunKey, Mapping[str, pa.Table]]] = []
        for key, _ in _grouped(folder / "runs"):
            waiting.append((key, {name: reader.of(key) for name, reader in readers.items()}))
            if len(waiting) == _RUNS:
                _add(record, waiting, points, watched)
                waiting = []
        if waiting:
            _add(record, waiting, points, watched)


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
