"""Eurostat FIGARO inter-country input-output matrices, industry by industry or product by product.

Layout: one CSV a year, first column ``AREA_INDUSTRY`` with ISO2 codes (EL, UK; FIGW1 is the rest of the world, in the
middle of the alphabet); columns the same, then ``AREA_P3_S13 ...`` (government first); below, value added and taxes.
Products are written ``AREA_CPA_...``. **Million euro**; no column of totals.
"""

from __future__ import annotations

import re
from pathlib import Path

from coercion_sim.errors import Problem, WorldError
from coercion_sim.world.sources.matrix import FINAL, OTHER, VALUE, Layout, MatrixSum, Place
from coercion_sim.world.sources.opening import header_cells, number_rows, open_source, year_of_file
from coercion_sim.world.sources.table import SourceTable, economy_codes

#: US$ per euro, annual averages of the reference rates of the European Central Bank.
DOLLARS_PER_EURO = {
    2010: 1.3257, 2011: 1.3920, 2012: 1.2848, 2013: 1.3281, 2014: 1.3285, 2015: 1.1095, 2016: 1.1069, 2017: 1.1297,
    2018: 1.1810, 2019: 1.1195, 2020: 1.1422, 2021: 1.1827, 2022: 1.0530, 2023: 1.0813, 2024: 1.0824,
}  # fmt: skip
_FINAL = {"P3_S13", "P3_S14", "P3_S15", "P51G", "P5M", "P52", "P53"}
_VALUE = {"D1", "D29X39", "B2A3G", "D21X31"}
_LEFT = {"OP_RES", "OP_NRES"}
_FILE = r"^matrix_eu-ic-io_.*\.csv$"


def read_figaro(path: Path, year: int | None = None, rate: float | None = None) -> SourceTable:
    """Read one year of FIGARO; values become US$ at `rate` dollars per euro (None: the average of the year)."""
    with open_source(path, _FILE, year) as (name, stream):
        chosen = year_of_file(name, year)
        dollars = rate if rate is not None else DOLLARS_PER_EURO.get(chosen)
        if dollars is None:
            raise WorldError(
                Problem("no exchange rate of this year; give --rate", file=name, key="rate", found=str(chosen))
            )
        header, separator = header_cells(stream.readline(), name)
        layout = Layout(
            source="Eurostat, FIGARO inter-country input-output tables",
            licence="Eurostat's reuse policy (CC BY 4.0); cite the edition",
            place=_place,
            areas=economy_codes("figaro", chosen) | {"FIGW1": "ROW"},
            unit=dollars,
        )
        table = MatrixSum(header[1:], layout, name)
        for line, (label,), values in number_rows(stream, name, header, separator):
            table.add(label, values, line)
    return table.result(chosen, (f"Million euro turned into US$ at {dollars:g} dollars per euro.",))


def _place(label: str) -> Place | None:
    row = label.removeprefix("W2_")
    if row in _VALUE | _LEFT:
        return "", VALUE if row in _VALUE else OTHER
    area, _, kind = label.partition("_")
    if kind in _FINAL:
        return area, FINAL
    kind = kind.removeprefix("CPA_")
    return (area, kind) if re.fullmatch(r"[A-U]\d?\d?.*", kind) else None
