"""Inter-country input-output tables, one CSV a year: the OECD's ICIO, Eurostat's FIGARO.

Both have ``AREA_INDUSTRY`` in the first column and in the first line, then final demand ``AREA_COMPONENT``; below,
value added and taxes.

ICIO, editions 2016 to 2025, regular and extended: US$ million, basic prices, a column of totals; the edition of 2016
writes ``COMPONENT_AREA``. Extended tables have rows and columns of parts of China and Mexico (``CN1``, ``MX2``), whose
own rows are then 0.

FIGARO, industry by industry or product by product (``AREA_CPA_...``): ISO2 codes (EL, UK; FIGW1 is the rest of the
world, in the middle of the alphabet), **million euro**, no totals.
"""

from __future__ import annotations

import re
from pathlib import Path

from coercion_sim.errors import Problem, WorldError
from coercion_sim.world.sources.matrix import FINAL, OTHER, TOTAL, VALUE, Layout, Place, read_matrix
from coercion_sim.world.sources.table import SourceTable, economy_codes, isic

#: Components of final demand in any edition of ICIO.
_FINAL = {
    "HFCE", "HC", "NPISH", "NPS", "GGFC", "GGCF", "GFCF", "INVNT", "INV", "DIRP", "DIRPA", "DPABR", "P33", "NONRES",
    "FD", "CONS_ABR", "CONSABR",
}  # fmt: skip
_TOTAL = {"OUT", "TOTAL", "OUTPUT", "TOT"}
_VALUE = {"VA", "VALU", "TLS", "TAX", "TAXSUB", "VA.TAXSUB", "VA_TAXSUB", "VA+TAXSUB"}
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
    if label in _TOTAL:
        return "", TOTAL
    if label in _VALUE:
        return "", VALUE
    if label == "DISC" or label.startswith("DISC_"):
        return "", OTHER
    area, _, kind = label.partition("_")
    if kind in _FINAL:
        return area, FINAL
    if kind in _VALUE:
        return "", VALUE
    component, _, last = label.rpartition("_")
    if component in _FINAL:
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
