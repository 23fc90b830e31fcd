"""Readers of the files of a data folder, with errors that name file, line and column."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from coercion_sim.errors import Problem, WorldError, nearest

Array = npt.NDArray[np.float64]
Row = dict[str, str]


@dataclass(frozen=True, eq=False)
class Trade:
    """Bilateral flows in long form, domestic sales included; one entry per cell. Values in US$ million a year."""

    exporter: npt.NDArray[np.str_]
    importer: npt.NDArray[np.str_]
    sector: npt.NDArray[np.str_]
    value: Array


def read_rows(path: Path, columns: tuple[str, ...]) -> list[Row]:
    """Read a CSV file with a header that has at least these columns.

    Raises
    ------
    WorldError
        For a file that is missing, empty, no text, without a column, or with a row of another length.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            header = tuple(reader.fieldnames or ())
            problems = [
                Problem("column missing", file=str(path), line=1, key=name, suggestion=nearest(name, header))
                for name in columns
                if name not in header
            ]
            rows: list[Row] = []
            for row in reader:
                if None in row or None in row.values():
                    problems.append(Problem(f"a row needs {len(header)} cells", file=str(path), line=reader.line_num))
                rows.append(row)
    except OSError as error:
        raise WorldError(Problem(f"cannot be read ({error.strerror})", file=str(path))) from None
    except (UnicodeDecodeError, csv.Error):
        raise WorldError(Problem("is not a text file in CSV form", file=str(path))) from None
    if problems:
        raise WorldError(problems)
    if not rows:
        raise WorldError(Problem("has no rows", file=str(path)))
    return rows


def number(text: str, path: Path, line: int, key: str) -> float:
    """Parse one finite number; an empty cell is NaN."""
    if text.strip() == "":
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.inf
    if not math.isfinite(value):
        raise WorldError(Problem("is not a number", file=str(path), line=line, key=key, found=repr(text)))
    return value


def read_trade(path: Path) -> Trade:
    """Read flows from a Parquet or CSV file with columns exporter, importer, sector, value_musd."""
    names = ("exporter", "importer", "sector", "value_musd")
    if path.suffix == ".parquet":
        columns = _parquet(path, names)
    else:
        rows = read_rows(path, names)
        columns = {name: [row[name] for row in rows] for name in names[:3]}
        columns["value_musd"] = [number(row["value_musd"], path, at + 2, "value_musd") for at, row in enumerate(rows)]
    value = np.array(columns["value_musd"], dtype=np.float64)
    if not np.isfinite(value).all():
        at = int(np.flatnonzero(~np.isfinite(value))[0])
        raise WorldError(Problem("a flow is missing or not finite", file=str(path), line=at + 2, key="value_musd"))
    exporter, importer, sector = (np.array(columns[name], dtype=np.str_) for name in names[:3])
    return Trade(exporter, importer, sector, value)


def _parquet(path: Path, names: tuple[str, ...]) -> dict[str, list[Any]]:
    """Read columns of a Parquet file as Python lists."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise WorldError(Problem("cannot be read (no such file)", file=str(path)))
    try:
        table = pq.read_table(path, columns=list(names))
    except (pa.ArrowException, OSError) as error:
        raise WorldError(
            Problem(f"is not a Parquet file with columns {', '.join(names)}: {error}", file=str(path))
        ) from None
    return {name: table.column(name).to_pylist() for name in names}
