"""From the journal to the tables: every run in the order of the design, in Parquet parts; and the table of points."""

from __future__ import annotations

import json
import shutil
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from coercion_sim.arrays import Ints
from coercion_sim.errors import ResultsError
from coercion_sim.experiments.design.design import Block, Design
from coercion_sim.experiments.store.journal import Entry, Record
from coercion_sim.experiments.store.tables import PARAMETER, RunMark, schema
from coercion_sim.files import guarded, put_in_place, sha256, sync_folder, write_whole
from coercion_sim.outcomes import POINT

#: Rows of a row group. Fixed, so that the bytes of a file depend on its rows alone, and small: one is in memory.
_ROW_GROUP = 16_384
#: A part ends with the row group that takes it past this size, bytes.
_PART_BYTES = 32 * 2**20

PART = "part-{:05d}.parquet"
POINTS = "points.parquet"
UNFINISHED = ".tables.tmp"

#: Whether (point, replicate) belongs to the results.
Belongs = Callable[[int, int], bool]


class Stretch(NamedTuple):
    """Runs first, ..., after - 1 of the task at `at`, in sequence in the design's order too; and their points."""

    at: int
    first: int
    after: int
    points: Sequence[int]


def stretches(record: Record, design: Design, belongs: Belongs) -> Iterator[Stretch]:
    """Yield every run of the results in the order (point, replicate, policy); of a run done twice, the last."""
    numbers = {key: point for point, key in enumerate(design.point_keys())}
    place, at, position = array("q"), array("q"), array("q")
    for entry in record.entries():
        for n, run in enumerate(placed(entry, numbers)):
            where = design.place(run.point, run.replicate, run.policy)
            if where is not None and belongs(run.point, run.replicate):
                place.append(where)
                at.append(entry.at)
                position.append(n)
    keys = np.frombuffer(place, dtype=np.int64)
    order = np.argsort(keys, kind="stable")
    last = np.append(np.diff(keys[order]) != 0, True) if len(order) else np.zeros(0, dtype=bool)
    order = order[last]
    places, records, positions = keys[order], np.frombuffer(at, dtype=np.int64)[order], _ints(position)[order]
    breaks = np.flatnonzero((np.diff(records) != 0) | (np.diff(positions) != 1)) + 1
    runs_of_point = design.replicates * len(design.policies)
    for piece in np.split(np.arange(len(order)), breaks):
        if len(piece):
            first, final = piece[0], piece[-1]
            points = (places[piece] // runs_of_point).tolist()
            yield Stretch(int(records[first]), int(positions[first]), int(positions[final]) + 1, points)


def placed(entry: Entry, numbers: Mapping[str, int]) -> Iterator[RunMark]:
    """Yield the runs of a task with the present numbers of their points; -1 for a point outside the design."""
    for run, key in zip(entry.runs, entry.keys, strict=True):
        yield RunMark(numbers.get(key, -1), run.replicate, run.policy, run.status, run.watched)


def _ints(values: array[int]) -> Ints:
    return np.frombuffer(values, dtype=np.int64)


def _slices(record: Record, design: Design, belongs: Belongs) -> Iterator[Mapping[str, pa.Table]]:
    """Yield the tables of the runs in order, stretch by stretch."""
    read = lru_cache(maxsize=4)(record.read)
    for at, first, after, points in stretches(record, design, belongs):
        yield read(at).part(first, after, points)


def in_memory(record: Record, design: Design, belongs: Belongs) -> dict[str, pa.Table]:
    """All tables, in memory."""
    schemas = {name: schema(name, design.columns) for name in design.tables}
    pieces: dict[str, list[pa.Table]] = {name: [schemas[name].empty_table()] for name in design.tables}
    for tables in _slices(record, design, belongs):
        for name, table in tables.items():
            pieces[name].append(_fitted(table, schemas[name]))
    return {name: pa.concat_tables(tables).combine_chunks() for name, tables in pieces.items()}


def into_folder(folder: Path, record: Record, design: Design, belongs: Belongs) -> dict[str, dict[str, Any]]:
    """Write all tables as ``<table>/part-00000.parquet`` and on; return rows, bytes and hash of each file.

    Runs are streamed: memory holds a row group of each table and a few tasks. New parts replace old ones when all are
    whole.
    """
    unfinished = folder / UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        writers = {name: _Writer(unfinished / name, schema(name, design.columns)) for name in design.tables}
        try:
            for tables in _slices(record, design, belongs):
                for name, table in tables.items():
                    writers[name].add(table)
            for writer in writers.values():
                writer.finish()
        finally:
            for writer in writers.values():
                writer.close()
        for name in design.tables:
            _replace_parts(folder / name, unfinished / name)
        sync_folder(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        pa.default_memory_pool().release_unused()  # Arrow's allocator keeps what the row groups took
    return {
        f"{name}/{PART.format(n)}": describe_file(folder / name / PART.format(n), rows)
        for name, writer in writers.items()
        for n, rows in enumerate(writer.rows)
    }


def _replace_parts(folder: Path, new: Path) -> None:
    """Put new parts in place of the old ones; whatever else is in the folder stays."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("part-[0-9]*.parquet"):
        old.unlink()
    for part in new.iterdir():
        part.replace(folder / part.name)
    sync_folder(folder)


def _fitted(table: pa.Table, want: pa.Schema) -> pa.Table:
    """Cast a table to these types; units and meanings come from the first table of a concatenation."""
    return table if table.schema.equals(want) else table.cast(want)


class _Writer:
    """Writes the parts of one table: row groups of fixed size, a new file after enough bytes."""

    def __init__(self, folder: Path, want: pa.Schema) -> None:
        #: Rows of each part.
        self.rows: list[int] = []
        self._folder = folder
        self._schema = want
        self._collected: list[pa.Table] = []
        self._waiting = 0
        self._sink: pa.OSFile | None = None
        self._file: pq.ParquetWriter | None = None
        folder.mkdir(parents=True)

    def add(self, table: pa.Table) -> None:
        """Collect rows, and write them row group by row group."""
        self._collected.append(_fitted(table, self._schema))
        self._waiting += table.num_rows
        while self._waiting >= _ROW_GROUP:
            self._flush(_ROW_GROUP)

    def finish(self) -> None:
        """Write the rest; a table without rows is one part without rows."""
        if self._waiting or not self.rows:
            self._flush(self._waiting)
        self.close()

    def close(self) -> None:
        """Write the footer of the open part, if any, and flush it to the disk."""
        if self._file is not None and self._sink is not None:
            self._file.close()
            self._sink.close()
            path = self._folder / PART.format(len(self.rows) - 1)
            put_in_place(path, path)
        self._file = self._sink = None

    def _flush(self, count: int) -> None:
        """Write the first `count` of the collected rows as one row group."""
        whole = pa.concat_tables([self._schema.empty_table(), *self._collected])
        if self._file is None or self._sink is None:
            self._sink = pa.OSFile(str(self._folder / PART.format(len(self.rows))), "wb")
            self._file = pq.ParquetWriter(
                self._sink, self._schema, compression="zstd", version="2.6", use_dictionary=True, write_statistics=True
            )
            self.rows.append(0)
        if count:
            self._file.write_table(whole.slice(0, count).combine_chunks(), row_group_size=count)
        self.rows[-1] += count
        self._collected, self._waiting = [whole.slice(count)], whole.num_rows - count
        if self._sink.tell() >= _PART_BYTES:
            self.close()


def write_csv(folder: Path, tables: Mapping[str, pa.Table]) -> dict[str, dict[str, Any]]:
    """Write tables as CSV files with one header line (missing numbers empty); return bytes, rows and hash of each."""
    described = {}
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        write_whole(path, lambda temporary, table=table: pyarrow.csv.write_csv(table, str(temporary)))  # type: ignore[misc]
        described[path.name] = describe_file(path, table.num_rows)
    return described


def describe_file(path: Path, rows: int) -> dict[str, Any]:
    """Hash, size and rows of one file, for the manifest."""
    return {"sha256": sha256(path), "bytes": path.stat().st_size, "rows": rows}


# ------------------------------------------------------------------ points


def points_table(design: Design) -> pa.Table:
    """One row for every point: `point`, `key` (`Design.point_keys`), exact `values` as JSON, ``param.`` columns."""
    values = [design.of_point(point) for point in range(design.points)]
    columns: dict[str, Any] = {
        POINT.name: pa.array(range(design.points), pa.int64()),
        "key": pa.array(list(design.point_keys()), pa.string()),
        "values": pa.array([json.dumps(row) for row in values], pa.string()),
    }
    for path in design.varied:
        number = design.columns[path] == "float"
        cells = [float(row[path]) if number else str(row[path]) for row in values]
        columns[PARAMETER + path] = pa.array(cells, pa.float64() if number else pa.string())
    return pa.table(columns)


def write_points(folder: Path, design: Design) -> dict[str, Any]:
    """Write the table of points; return its hash, size and rows."""
    table = points_table(design)
    write_whole(folder / POINTS, lambda path: pq.write_table(table, path, compression="zstd"))
    return describe_file(folder / POINTS, table.num_rows)


def read_point_keys(folder: Path) -> list[str]:
    """Key of every point of results, by number."""
    return _column(folder, "key")


def read_points(folder: Path) -> Block:
    """Points of results as one block with their exact values, whatever the blocks of the design."""
    with guarded(folder / POINTS, "table of points", ResultsError):
        values = [json.loads(text) for text in _column(folder, "values")]
        paths = tuple(values[0])
        return Block("table", paths, tuple(tuple(row[path] for path in paths) for row in values))


def _column(folder: Path, name: str) -> list[str]:
    with guarded(folder / POINTS, "", ResultsError):
        cells: list[str] = pq.read_table(folder / POINTS, columns=[name]).column(name).to_pylist()
        return cells
