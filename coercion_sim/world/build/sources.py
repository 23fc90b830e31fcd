"""Readers of the files of a data folder, with errors that name file, line and column; home sales from GDP."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array
from coercion_sim.errors import Problem, WorldError
from coercion_sim.files import parse_number, read_table, with_points
from coercion_sim.world.audit import Trade, audit_cells
from coercion_sim.world.build.recipe import HomeSpec

Row = dict[str, str]
#: Least share of its output that an economy sells at home, where recorded exports leave less.
LEAST_AT_HOME = 0.1


def read_rows(path: Path, columns: tuple[str, ...]) -> list[Row]:
    """Read a CSV file with a header that has at least these columns; any usual separator, decimal sign and encoding.

    Raises
    ------
    WorldError
        For a file that is missing, empty, no text, without a column, or with a row of another length.
    """
    table = read_table(path, error=WorldError)
    problems = table.need(columns)
    WorldError.refuse(problems)
    rows = table.rows
    if table.decimal == ",":
        rows = tuple(tuple(map(with_points, row)) for row in rows)
    return [dict(zip(table.header, row, strict=True)) for row in rows]


def number(text: str, path: Path, line: int, key: str) -> float:
    """Parse one finite number; an empty cell is NaN."""
    value = parse_number(text)
    if value is None:
        raise WorldError(Problem("is not a number", file=str(path), line=line, key=key, found=repr(text)))
    return value


def read_trade(path: Path, only: str | None = None) -> Trade:
    """Read and audit flows of a Parquet or CSV file with columns exporter, importer, sector, value_musd.

    Where all flows are of the one sector `only`, the file needs no column for it.
    """
    names = ("exporter", "importer", *(() if only else ("sector",)), "value_musd")
    problems: list[Problem] = []
    if path.suffix == ".parquet":
        columns, value = _parquet(path, names)
        lines: tuple[int, ...] = tuple(range(1, len(value) + 1))
    else:
        table = read_table(path, error=WorldError)
        problems = table.need(names)
        WorldError.refuse(problems)
        columns = {name: np.array(table.column(name), dtype=np.str_) for name in names[:-1]}
        value, lines = np.array(table.numbers("value_musd", problems), dtype=np.float64), table.lines
    unread = {problem.line for problem in problems}
    problems += [
        Problem("a flow is missing or not finite", file=str(path), line=lines[at], key="value_musd")
        for at in np.flatnonzero(~np.isfinite(value))
        if lines[at] not in unread
    ]
    if problems:
        raise WorldError(sorted(problems, key=lambda problem: problem.line or 0))
    sector = columns["sector"] if only is None else np.full(len(value), only)
    trade = Trade(str(path), columns["exporter"], columns["importer"], sector, value, np.array(lines))
    audit_cells(trade).accepted()
    return trade


def _parquet(path: Path, names: tuple[str, ...]) -> tuple[dict[str, npt.NDArray[np.str_]], Array]:
    """Read labels and values of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise WorldError(Problem("cannot be read (no such file)", file=str(path)))
    try:
        table = pq.read_table(path, columns=list(names))
        labels = {name: np.array(table.column(name).to_pylist(), dtype=np.str_) for name in names[:-1]}
        values = [math.nan if value is None else value for value in table.column(names[-1]).to_pylist()]
        return labels, np.array(values, dtype=np.float64)
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        raise WorldError(
            Problem(f"is not a Parquet file with columns {', '.join(names)}: {error}", file=str(path))
        ) from None


def with_home_sales(trade: Trade, gdp: Mapping[str, float], spec: HomeSpec) -> tuple[Trade, tuple[str, ...]]:
    """Add to trade of one sector what each economy sells at home: `output_over_gdp` times GDP, less its exports.

    Flows of an economy to itself in the data are replaced. At least `LEAST_AT_HOME` of output is sold at home; where
    exports leave less, that is reported.

    Raises
    ------
    WorldError
        For economies without recorded GDP.
    """
    foreign = trade.exporter != trade.importer
    economies = tuple(sorted({*trade.exporter.tolist(), *trade.importer.tolist()}))
    bare = [economy for economy in economies if economy not in gdp]
    if bare:
        raise WorldError(Problem("home sales need the GDP of every economy of the trade data", found=", ".join(bare)))
    output = np.array([spec.output_over_gdp * gdp[economy] for economy in economies])
    exports = np.array([trade.value[foreign & (trade.exporter == economy)].sum() for economy in economies])
    home = np.maximum(output - exports, LEAST_AT_HOME * output)
    labels = np.array(economies)
    whole = trade.with_cells(foreign, labels, labels, np.full(len(labels), str(trade.sector[0])), home)
    raised = ", ".join(labels[home > output - exports])
    note = f"Exports leave less than {LEAST_AT_HOME:.0%} of output at home, raised: {raised}."
    sold = f"Home sales are {spec.output_over_gdp:g} times recorded GDP less exports."
    return whole, (sold, note) if raised else (sold,)
