"""Inter-country input-output tables: the OECD's ICIO, Eurostat's FIGARO, the World Input-Output Database of 2016.

ICIO and FIGARO, one CSV a year, have ``AREA_INDUSTRY`` in the first column and in the first line, then final demand
``AREA_COMPONENT``; below, value added and taxes.

ICIO, editions 2016 to 2025, regular and extended: US$ million, basic prices, a column of totals; the edition of 2016
writes ``COMPONENT_AREA``. Extended tables have rows and columns of parts of China and Mexico (``CN1``, ``MX2``), whose
own rows are then 0.

FIGARO, industry by industry or product by product (``AREA_CPA_...``): ISO2 codes (EL, UK; FIGW1 is the rest of the
world, in the middle of the alphabet), **million euro**, no totals.

WIOD, 43 countries and the rest, 56 industries, 2000-2014: an R file a year (``WIOTS_in_R.zip``) whose data frame `wiot`
has five columns of labels (IndustryCode, IndustryDescription, Country, RNr, Year), then ``AUS1 ... ROW61`` (1-56
industries, 57-61 final demand; perhaps behind a ``v``) and ``TOT``; below the industries, rows of taxes, margins and
value added. US$ million, basic prices. A CSV file with the same columns is read too; the `.xlsb` workbooks are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.errors import Problem, WorldError
from coercion_sim.world.sources.matrix import FINAL, OTHER, TOTAL, VALUE, Layout, MatrixSum, Place, read_matrix
from coercion_sim.world.sources.opening import finite, header_cells, number_rows, open_source
from coercion_sim.world.sources.rdata import read_frame
from coercion_sim.world.sources.table import SourceTable, economy_codes, isic, need_year

#: Components of final demand in any edition of ICIO.
_ICIO_FINAL = {
    "HFCE", "HC", "NPISH", "NPS", "GGFC", "GGCF", "GFCF", "INVNT", "INV", "DIRP", "DIRPA", "DPABR", "P33", "NONRES",
    "FD", "CONS_ABR", "CONSABR",
}  # fmt: skip
_ICIO_TOTAL = {"OUT", "TOTAL", "OUTPUT", "TOT"}
_ICIO_VALUE = {"VA", "VALU", "TLS", "TAX", "TAXSUB", "VA.TAXSUB", "VA_TAXSUB", "VA+TAXSUB"}
#: US$ per euro, annual averages of the reference rates of the European Central Bank.
DOLLARS_PER_EURO = {
    2010: 1.3257, 2011: 1.3920, 2012: 1.2848, 2013: 1.3281, 2014: 1.3285, 2015: 1.1095, 2016: 1.1069, 2017: 1.1297,
    2018: 1.1810, 2019: 1.1195, 2020: 1.1422, 2021: 1.1827, 2022: 1.0530, 2023: 1.0813, 2024: 1.0824,
}  # fmt: skip
_FIGARO_FINAL = {"P3_S13", "P3_S14", "P3_S15", "P51G", "P5M", "P52", "P53"}
_FIGARO_VALUE = {"D1", "D29X39", "B2A3G", "D21X31"}
_FIGARO_LEFT = {"OP_RES", "OP_NRES"}


def read_icio(path: Path, year: int | None = None) -> SourceTable:
    """Read one year of ICIO from a CSV file, or from the zip it comes in."""

    def layout(chosen: int, name: str) -> Layout:
        return Layout(
            source="OECD, Inter-Country Input-Output tables",
            licence="OECD terms and conditions (CC BY 4.0 since July 2024); cite the edition",
            place=_icio_place,
            areas=economy_codes("icio", chosen) | {"ROW": "ROW"},
        )

    return read_matrix(path, r"^(?:ICIO\d{4}_)?(?:19|20)\d\d(?:_SML)?\.csv$", year, layout)


def _icio_place(label: str) -> Place | None:
    """Place of a label; blanks around it do not count."""
    label = label.strip()
    if label in _ICIO_TOTAL:
        return "", TOTAL
    if label in _ICIO_VALUE:
        return "", VALUE
    if label == "DISC" or label.startswith("DISC_"):
        return "", OTHER
    area, _, kind = label.partition("_")
    if kind in _ICIO_FINAL:
        return area, FINAL
    if kind in _ICIO_VALUE:
        return "", VALUE
    component, _, last = label.rpartition("_")
    if component in _ICIO_FINAL:
        return last, FINAL
    known = re.fullmatch(r"[A-Z][A-Z0-9]{2}", area) and re.match(r"[A-Z]|\d\d", kind)
    return (area, isic(kind)) if known else None


def read_figaro(path: Path, year: int | None = None, rate: float | None = None) -> SourceTable:
    """Read one year of FIGARO; values become US$ at `rate` dollars per euro (None: the average of the year)."""

    def layout(chosen: int, name: str) -> Layout:
        dollars = rate if rate is not None else DOLLARS_PER_EURO.get(chosen)
        if dollars is None:
            raise WorldError(Problem("no exchange rate of this year; give --rate", name, key="rate", found=str(chosen)))
        return Layout(
            source="Eurostat, FIGARO inter-country input-output tables",
            licence="Eurostat's reuse policy (CC BY 4.0); cite the edition",
            place=_figaro_place,
            areas=economy_codes("figaro", chosen) | {"FIGW1": "ROW"},
            unit=dollars,
            notes=(f"Million euro turned into US$ at {dollars:g} dollars per euro.",),
        )

    return read_matrix(path, r"^matrix_eu-ic-io_.*\.csv$", year, layout)


def _figaro_place(label: str) -> Place | None:
    row = label.removeprefix("W2_")
    if row in _FIGARO_VALUE | _FIGARO_LEFT:
        return "", VALUE if row in _FIGARO_VALUE else OTHER
    area, _, kind = label.partition("_")
    if kind in _FIGARO_FINAL:
        return area, FINAL
    kind = kind.removeprefix("CPA_")
    return (area, kind) if re.fullmatch(r"[A-U]\d?\d?.*", kind) else None


Row = tuple[int, list[str], Array]
LABELS = ("IndustryCode", "IndustryDescription", "Country", "RNr", "Year")
_WIOD_VALUE = {"VA", "TXSP"}
_WIOD_LEFT = {"II_fob", "EXP_adj", "PURR", "PURNR", "IntTTM", "GO"}
_WIOD_FILE = r"^WIOT\d{4}_.*\.(?:RData|csv)$"


def read_wiod(path: Path, year: int | None = None) -> SourceTable:
    """Read one year of WIOD 2016 from an R file, the zip of R files, or a CSV file with the same columns."""
    with open_source(path, _WIOD_FILE, year) as (name, stream):
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
    number = {labels[3]: labels[0] for _, labels, _ in listed if labels[0] not in _WIOD_VALUE | _WIOD_LEFT}
    layout = Layout(
        source="World Input-Output Database, release 2016 (Timmer, Dietzenbacher, Los, Stehrer and de Vries 2015)",
        licence="CC BY 4.0",
        place=lambda label: _wiod_place(label, number),
        areas=_areas(listed, chosen),
    )
    table = MatrixSum(header[5:], layout, name)
    for line, (code, _, country, row, _), values in listed:
        table.add(code if code in _WIOD_VALUE | _WIOD_LEFT else f"{country}{row}", values, line)
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


def _wiod_place(label: str, number: Mapping[str, str]) -> Place | None:
    if label in _WIOD_VALUE:
        return "", VALUE
    if label in _WIOD_LEFT:
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
