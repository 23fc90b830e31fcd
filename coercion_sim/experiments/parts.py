"""From the journal to the tables: every run in the order of the design, in Parquet parts of a sensible size."""

from __future__ import annotations

import shutil
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from coercion_sim.experiments.design import Design
from coercion_sim.experiments.journal import Entry, Record
from coercion_sim.experiments.ledger import Ledger
from coercion_sim.experiments.tables import schema
from coercion_sim.files import put_in_place, sha256, sync_folder, write_whole

#: Rows of a row group. Fixed, so that the bytes of a file depend on its rows alone, and small: one is in memory.
_ROW_GROUP = 16_384
#: A part ends with the row group that takes it past this size, bytes.
_PART_BYTES = 32 * 2**20

PART = "part-{:05d}.parquet"
_MAKING = ".tables.tmp"


class Stretch(NamedTuple):
    """Runs that stand one after another both in the design's order and in one record."""

    at: int
    first: int
    after: int
    points: Sequence[int]


def stretches(record: Record, design: Design, wanted: Callable[[int, int], bool]) -> Iterator[Stretch]:
    """Every wanted run of the design, in its order: (point, replicate, policy); of a run done twice, the last.

    `wanted` says of (point, replicate) whether it belongs to the results.
    """
    numbers = {key: point for point, key in enumerate(design.point_keys())}
    ledger = Ledger(design)
    place, at, position = array("q"), array("q"), array("q")
    for entry in record.entries():
        for n, run in enumerate(placed(entry, numbers)):
            where = ledger.place(run)
            if where is not None and wanted(run.point, run.replicate):
                place.append(where)
                at.append(entry.at)
                position.append(n)
    keys = np.frombuffer(place, dtype=np.int64)
    order = np.argsort(keys, kind="stable")
    last = np.append(np.diff(keys[order]) != 0, True) if len(order) else np.zeros(0, dtype=bool)
    order = order[last]
    places, records, positions = keys[order], np.frombuffer(at, dtype=np.int64)[order], _ints(position)[order]
    breaks = np.flatnonzero((np.diff(records) != 0) | (np.diff(positions) != 1)) + 1
    worlds = design.replicates * len(design.policies)
    for piece in np.split(np.arange(len(order)), breaks):
        if len(piece):
            first, final = piece[0], piece[-1]
            points = (places[piece] // worlds).tolist()
            yield Stretch(int(records[first]), int(positions[first]), int(positions[final]) + 1, points)


def placed(entry: Entry, numbers: Mapping[str, int]) -> Iterator[Any]:
    """Runs of an entry with the numbers their points have in the design now; -1 for a point it does not have."""
    for run, key in zip(entry.runs, entry.keys, strict=True):
        yield type(run)(numbers.get(key, -1), run.replicate, run.policy, run.status, run.watched)


def _ints(values: array[int]) -> npt.NDArray[np.int64]:
    return np.frombuffer(values, dtype=np.int64)


def _slices(record: Record, design: Design, wanted: Callable[[int, int], bool]) -> Iterator[Mapping[str, pa.Table]]:
    """Tables of the runs in order, stretch by stretch."""
    read = lru_cache(maxsize=4)(record.read)
    for at, first, after, points in stretches(record, design, wanted):
        yield read(at).part(first, after, points)


def in_memory(record: Record, design: Design, wanted: Callable[[int, int], bool]) -> dict[str, pa.Table]:
    """All tables, in memory."""
    pieces: dict[str, list[pa.Table]] = {name: [_schema(name, design).empty_table()] for name in design.tables}
    for tables in _slices(record, design, wanted):
        for name, table in tables.items():
            pieces[name].append(_fitted(table, _schema(name, design)))
    return {name: pa.concat_tables(tables).combine_chunks() for name, tables in pieces.items()}


def into_folder(
    folder: Path, record: Record, design: Design, wanted: Callable[[int, int], bool]
) -> dict[str, dict[str, Any]]:
    """Write all tables as ``<table>/part-00000.parquet`` and on; return rows, bytes and hash of each file.

    Runs are streamed: no more than a row group of each table and a task is in memory. The parts are written beside the
    old ones and put in their place when all are whole.
    """
    making = folder / _MAKING
    shutil.rmtree(making, ignore_errors=True)
    try:
        writers = {name: _Writer(making / name, _schema(name, design)) for name in design.tables}
        try:
            for tables in _slices(record, design, wanted):
                for name, table in tables.items():
                    writers[name].add(table)
            for writer in writers.values():
                writer.finish()
        finally:
            for writer in writers.values():
                writer.close()
        for name in design.tables:
            shutil.rmtree(folder / name, ignore_errors=True)
            (making / name).replace(folder / name)
        sync_folder(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)
        pa.default_memory_pool().release_unused()  # Arrow's allocator keeps what the row groups took
    return {
        f"{name}/{PART.format(n)}": describe_file(folder / name / PART.format(n), rows)
        for name, writer in writers.items()
        for n, rows in enumerate(writer.rows)
    }


def _schema(name: str, design: Design) -> pa.Schema:
    return schema(name, design.columns)


def _fitted(table: pa.Table, want: pa.Schema) -> pa.Table:
    """The table with these types; units and meanings come with the first of the tables it is put together with."""
    return table if table.schema.equals(want) else table.cast(want)


class _Writer:
    """The parts of one table, under construction: row groups of fixed size, a new file after enough bytes."""

    def __init__(self, folder: Path, want: pa.Schema) -> None:
        #: Rows of each part.
        self.rows: list[int] = []
        self._folder = folder
        self._schema = want
        self._gathered: list[pa.Table] = []
        self._waiting = 0
        self._sink: pa.OSFile | None = None
        self._file: pq.ParquetWriter | None = None
        folder.mkdir(parents=True)

    def add(self, table: pa.Table) -> None:
        """Gather rows, and write them row group by row group."""
        self._gathered.append(_fitted(table, self._schema))
        self._waiting += table.num_rows
        while self._waiting >= _ROW_GROUP:
            self._flush(_ROW_GROUP)

    def finish(self) -> None:
        """Write what is left; a table without rows is one part without rows."""
        if self._waiting or not self.rows:
            self._flush(self._waiting)
        self.close()

    def close(self) -> None:
        """Write the footer of the part in hand, if there is one, and flush it to the disk."""
        if self._file is not None and self._sink is not None:
            self._file.close()
            self._sink.close()
            path = self._folder / PART.format(len(self.rows) - 1)
            put_in_place(path, path)
        self._file = self._sink = None

    def _flush(self, count: int) -> None:
        """Write the first `count` of the rows gathered as one row group."""
        whole = pa.concat_tables([self._schema.empty_table(), *self._gathered])
        if self._file is None or self._sink is None:
            self._sink = pa.OSFile(str(self._folder / PART.format(len(self.rows))), "wb")
            self._file = pq.ParquetWriter(
                self._sink, self._schema, compression="zstd", version="2.6", use_dictionary=True, write_statistics=True
            )
            self.rows.append(0)
        if count:
            self._file.write_table(whole.slice(0, count).combine_chunks(), row_group_size=count)
        self.rows[-1] += count
        self._gathered, self._waiting = [whole.slice(count)], whole.num_rows - count
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
    """What the manifest says of one file."""
    return {"sha256": sha256(path), "bytes": path.stat().st_size, "rows": rows}
