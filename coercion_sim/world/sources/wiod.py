"""World Input-Output Database, release 2016: 43 countries and the rest, 56 industries, 2000-2014.

Layout: an R file a year (``WIOTS_in_R.zip``) whose data frame `wiot` has five columns of labels (IndustryCode,
IndustryDescription, Country, RNr, Year), then ``AUS1 ... ROW61`` (1-56 industries, 57-61 final demand; perhaps behind a
``v``) and ``TOT``; below the industries, rows of taxes, margins and value added. US$ million, basic prices. A CSV
file with the same columns is read too; the `.xlsb` workbooks are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.errors import Problem, WorldError
from coercion_sim.world.sources.matrix import FINAL, OTHER, TOTAL, VALUE, Layout, MatrixSum, Place
from coercion_sim.world.sources.opening import finite, header_cells, number_rows, open_source
from coercion_sim.world.sources.rdata import read_frame
from coercion_sim.world.sources.table import SourceTable, economy_codes, need_year

Row = tuple[int, list[str], Array]
LABELS = ("IndustryCode", "IndustryDescription", "Country", "RNr", "Year")
_VALUE = {"VA", "TXSP"}
_LEFT = {"II_fob", "EXP_adj", "PURR", "PURNR", "IntTTM", "GO"}
_FILE = r"^WIOT\d{4}_.*\.(?:RData|csv)$"


def read_wiod(path: Path, year: int | None = None) -> SourceTable:
    """Read one year of WIOD 2016 from an R file, the zip of R files, or a CSV file with the same columns."""
    with open_source(path, _FILE, year) as (name, stream):
        if path.suffix.lower() in (".xlsb", ".xlsx"):
            why = "workbooks are not read; take WIOTS_in_R.zip of the same page, or save the sheet as CSV"
            raise WorldError(Problem(why, file=name))
        if name.lower().endswith(".csv"):
            header, separator = header_cells(stream.readline(), name)
            rows = number_rows(stream, name, header, separator, labels=5)
        else:
            header, rows = _frame(stream, name)
        if header[:5] != list(LABELS):
            raise WorldError(Problem("columns missing", file=name, line=1, found=str(header[:5]), allowed=str(LABELS)))
        listed = list(rows)
    chosen = need_year(year, {int(finite(labels[4], name, line, "Year")) for line, labels, _ in listed}, name)
    number = {labels[3]: labels[0] for _, labels, _ in listed if labels[0] not in _VALUE | _LEFT}
    layout = Layout(
        source="World Input-Output Database, release 2016 (Timmer, Dietzenbacher, Los, Stehrer and de Vries 2015)",
        licence="CC BY 4.0",
        place=lambda label: _place(label, number),
        areas=_areas(listed, chosen),
    )
    table = MatrixSum(header[5:], layout, name)
    for line, (code, _, country, row, _), values in listed:
        table.add(code if code in _VALUE | _LEFT else f"{country}{row}", values, line)
    return table.result(chosen, {labels[0]: labels[1] for _, labels, _ in listed})


def _areas(rows: Iterable[Row], year: int) -> dict[str, str]:
    """ISO3 of the countries of the table, which has ISO3 codes itself and ROW."""
    known = set(economy_codes("baci", year).values())
    return {labels[2]: labels[2] for _, labels, _ in rows if labels[2] in known} | {"ROW": "ROW"}


def _frame(stream: IO[bytes], name: str) -> tuple[list[str], Iterator[Row]]:
    """Columns and rows of the data frame `wiot`; lines are counted as in a CSV file of it."""
    names, columns = read_frame(stream, name, "wiot")
    lengths = {len(column) for column in columns}
    if len(names) < 7 or len(names) != len(columns) or len(lengths) != 1:
        place = (
            f"{len(names)} names, {len(columns)} columns of {min(lengths, default=0)} to {max(lengths, default=0)} rows"
        )
        raise WorldError(Problem("the data frame wiot is damaged", file=name, found=place))
    labels = [[_plain(cell) for cell in column] for column in columns[:5]]
    numbers = [_numbers(column, key, name) for key, column in zip(names[5:], columns[5:], strict=True)]
    values = np.array(numbers).T
    rows = ((at + 2, [column[at] for column in labels], values[at]) for at in range(len(values)))
    return names, rows


def _plain(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _numbers(column: Sequence[object] | Array, key: str, name: str) -> Array:
    values = np.asarray(column)
    bad = values.dtype.kind not in "fi" or not np.isfinite(values).all()
    if bad:
        at = 0 if values.dtype.kind not in "fi" else int(np.flatnonzero(~np.isfinite(values))[0])
        raise WorldError(Problem("is not a number", file=name, line=at + 2, key=key, found=repr(column[at])))
    return values.astype(np.float64)


def _place(label: str, number: Mapping[str, str]) -> Place | None:
    if label in _VALUE:
        return "", VALUE
    if label in _LEFT:
        return "", OTHER
    if label == "TOT":
        return "", TOTAL
    match = re.fullmatch(r"v?([A-Z]{3})(\d+)", label)
    if match is None:
        return None
    area, at = match.groups()
    if at in number:
        return area, number[at]
    return (area, FINAL) if 57 <= int(at) <= 61 else None
