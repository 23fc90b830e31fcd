"""Rows of results: typed by the data dictionary, many runs at a time, the same bytes for the same runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coercion_sim.errors import CoercionSimError, ResultsError
from coercion_sim.experiments.design.sampling import Value
from coercion_sim.files import guarded
from coercion_sim.outcomes import POINT, TABLES, Column, column

#: Prefix of the columns of `runs` that hold parameters.
PARAMETER = "param."

_TYPES = {"str": pa.string(), "int": pa.int64(), "float": pa.float64()}

#: Columns of one run by table, as the model records them.
RunTables = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class RunMark:
    """A finished run and its status; `watched` is its value of the outcome that a stopping rule watches."""

    point: int
    replicate: int
    policy: str
    status: str
    watched: float | None = None


@dataclass(frozen=True)
class Rows:
    """Rows of several runs, run after run.

    Attributes
    ----------
    runs
        The runs, in order.
    tables
        Table name -> Arrow table in the schema of the data dictionary, without the column `point`.
    counts
        Table name -> rows of each run.
    """

    runs: tuple[RunMark, ...]
    tables: Mapping[str, pa.Table]
    counts: Mapping[str, tuple[int, ...]]

    def part(self, first: int, after: int, points: Sequence[int]) -> dict[str, pa.Table]:
        """Tables of the runs first, ..., after - 1, with their points in the column `point`."""
        parts = {}
        for name, table in self.tables.items():
            ends = np.cumsum((0, *self.counts[name]))
            rows = table.slice(ends[first], ends[after] - ends[first])
            column = pa.array(np.repeat(np.asarray(points, dtype=np.int64), self.counts[name][first:after]))
            parts[name] = rows.add_column(0, POINT.name, column)
        return parts


def joined(pieces: Sequence[Rows]) -> Rows:
    """Join rows one after another, every column in one chunk."""
    if len(pieces) == 1:
        return pieces[0]
    tables = {name: pa.concat_tables([rows.tables[name] for rows in pieces]) for name in pieces[0].tables}
    counts = {name: tuple(count for rows in pieces for count in rows.counts[name]) for name in tables}
    whole = {name: table.combine_chunks() for name, table in tables.items()}
    return Rows(tuple(run for rows in pieces for run in rows.runs), whole, counts)


def schema(table: str, parameters: Mapping[str, str] | None = None, *, point: bool = True) -> pa.Schema:
    """Arrow schema of a results table, unit and meaning in the metadata of each field.

    `parameters` (path -> ``float`` or ``str``) adds the ``param.`` columns of `runs`. Rows travel from workers without
    the column `point` and without metadata (``point=False``).
    """
    columns = [c for c in TABLES[table] if point or c is not POINT]
    if table == "runs":
        columns += [_parameter(path, kind) for path, kind in (parameters or {}).items()]
    notes = [{"unit": c.unit, "meaning": c.definition} if point else None for c in columns]
    return pa.schema([pa.field(c.name, _TYPES[c.type], metadata=n) for c, n in zip(columns, notes, strict=True)])


def _parameter(path: str, kind: Any) -> Column:
    return Column(PARAMETER + path, kind, "as in the scenario", f"parameter {path}")


def entry_of(table: str, name: str) -> Column:
    """Entry of a column of a table, of a parameter's in `runs` too.

    Raises
    ------
    KeyError
        For a column the table does not have.
    """
    return _parameter(name.removeprefix(PARAMETER), "float") if name.startswith(PARAMETER) else column(name, table)


def check_run(tables: RunTables) -> None:
    """Check that a run recorded every column of the data dictionary, no other, and columns of one length per table.

    Raises
    ------
    CoercionSimError
        Naming the table and the columns.
    """
    for name in TABLES:
        columns, wanted = tables.get(name, {}), _wanted(name)
        if columns.keys() != wanted and (wrong := sorted(wanted ^ {c for c in columns if not c.startswith(PARAMETER)})):
            raise CoercionSimError(f"table {name!r} of a run does not match the data dictionary: {', '.join(wrong)}")
        lengths = {len(columns[key]) for key in wanted}
        if len(lengths) > 1:
            raise CoercionSimError(f"table {name!r} of a run has columns of different lengths")


@lru_cache(maxsize=len(TABLES))
def _wanted(table: str) -> frozenset[str]:
    return frozenset(c.name for c in TABLES[table] if c is not POINT)


def failed_run(policy: str, replicate: int, seed: int, error: str) -> dict[str, dict[str, list[Any]]]:
    """Columns of a failed run: one row of `runs` with its error, nothing in the other tables."""
    empty: dict[str, dict[str, list[Any]]] = {name: {key: [] for key in _wanted(name)} for name in TABLES}
    empty["runs"] = {key: [None] for key in _wanted("runs")}
    empty["runs"] |= {
        "policy": [policy], "replicate": [replicate], "seed": [seed], "status": ["failed"], "error": [error],
    }  # fmt: skip
    return empty


def rows_of(
    marks: Sequence[RunMark], runs: Sequence[RunTables], values: Sequence[Mapping[str, Value]],
    parameters: Mapping[str, str], keep: Sequence[str],
) -> Rows:  # fmt: skip
    """Type the columns of several runs, with the parameters of each; missing numbers (NaN) become nulls.

    Raises
    ------
    pa.ArrowException, TypeError
        For a value that is not of its column's type.
    """
    tables, counts = {}, {}
    for name in keep:
        want = schema(name, parameters, point=False)
        columns: dict[str, list[Any]] = {field.name: [] for field in want}
        recorded = [(key, columns[key]) for key in columns if not key.startswith(PARAMETER)]
        lengths = []
        for run in runs:
            own = _in_time_order(run[name])
            lengths.append(len(own["policy"]))
            for key, cells in recorded:
                cells.extend(own[key])
        for path, kind in parameters.items() if name == "runs" else ():
            convert = float if kind == "float" else str
            columns[PARAMETER + path] = [convert(given[path]) for given in values]
        arrays = [pa.array(columns[field.name], type=field.type, from_pandas=True) for field in want]
        tables[name] = pa.Table.from_arrays(arrays, schema=want)
        counts[name] = tuple(lengths)
    return Rows(tuple(marks), tables, counts)


def _in_time_order(columns: Mapping[str, Any]) -> Mapping[str, Any]:
    """Sort rows by quarter, keeping their order within one."""
    steps = columns.get("step")
    if steps is None or sorted(steps) == list(steps):
        return columns
    order = sorted(range(len(steps)), key=steps.__getitem__)
    return {key: [values[i] for i in order] for key, values in columns.items()}


def read_part(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read one part of a table, or some of its columns; a `ResultsError` names what it lacks."""
    import pyarrow.parquet as pq

    with guarded(path, "", ResultsError), pq.ParquetFile(path) as file:
        absent = sorted(set(columns or ()) - set(file.schema_arrow.names))
        if absent:
            listed = ", ".join(file.schema_arrow.names)
            raise ResultsError(f"{path}: no column {', '.join(absent)}; columns: {listed}")
        return file.read(columns)


def only_rows(table: pa.Table, only: Mapping[str, tuple[Any, ...]]) -> pa.Table:
    """Select the rows of some policies or points."""
    for key, values in only.items():
        if key in table.column_names:
            table = table.filter(pc.is_in(table.column(key), value_set=pa.array(values, table.schema.field(key).type)))
    return table
