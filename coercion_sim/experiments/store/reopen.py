"""From finished tables back to a journal, so that a longer plan adds its runs to those already done."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from coercion_sim.errors import ResultsError
from coercion_sim.experiments.store.journal import GrowingRecord
from coercion_sim.experiments.store.tables import Rows, RunMark
from coercion_sim.outcomes import POINT

#: Runs to a record, and rows read at a time.
_RUNS = 200
_BATCH = 16_384


class RunKey(NamedTuple):
    """Run of a row: its cells in the columns of `scenario.KEYS`."""

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
        self._empty = _empty(folder)

    def of(self, key: RunKey) -> pa.Table:
        """Rows of one run; call in the order of the runs."""
        if self._next is None or self._next[0] != key:
            return self._empty
        rows = self._next[1]
        self._next = next(self._groups, None)
        return rows


def _parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*.parquet"))


def _empty(folder: Path) -> pa.Table:
    return pq.read_schema(_parts(folder)[0]).empty_table()


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
    names = list(runs[0][1])
    tables, counts = {}, {}
    for name in names:
        pieces = [tables_of[name] for _, tables_of in runs]
        counts[name] = tuple(piece.num_rows for piece in pieces)
        joined = pa.concat_tables(pieces).combine_chunks().drop_columns([POINT.name])
        tables[name] = joined.cast(pa.schema([field.remove_metadata() for field in joined.schema]))
    marks = tuple(
        RunMark(key.point, key.replicate, key.policy, _cell(of["runs"], "status"), _watched(of, watched))
        for key, of in runs
    )
    record.add(Rows(marks, tables, counts), [points[key.point] for key, _ in runs])


def _cell(table: pa.Table, column: str) -> Any:
    return table.column(column)[0].as_py()


def _watched(tables: Mapping[str, pa.Table], outcome: str) -> float | None:
    if not outcome or not tables["outcomes"].num_rows:
        return None
    value = _cell(tables["outcomes"], outcome)
    return math.nan if value is None else float(value)
