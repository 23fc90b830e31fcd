"""OECD Inter-Country Input-Output tables, editions 2016 to 2025, regular and extended.

Layout: one CSV a year, first column ``AREA_INDUSTRY``; columns the same, then final demand ``AREA_COMPONENT`` (the 2016
edition: ``COMPONENT_AREA``), then a total; below, taxes less subsidies and value added. US$ million, basic prices.
Extended tables have rows and columns of parts of China and Mexico (``CN1``, ``MX2``), whose own rows are then 0.
"""

from __future__ import annotations

import re
from pathlib import Path

from coercion_sim.world.sources.matrix import FINAL, OTHER, TOTAL, VALUE, Layout, MatrixSum, Place
from coercion_sim.world.sources.opening import header_cells, number_rows, open_source, year_of_file
from coercion_sim.world.sources.table import SourceTable, economy_codes, isic

#: Components of final demand in any edition.
_FINAL = {
    "HFCE", "HC", "NPISH", "NPS", "GGFC", "GGCF", "GFCF", "INVNT", "INV", "DIRP", "DIRPA", "DPABR", "P33", "NONRES",
    "FD", "CONS_ABR", "CONSABR",
}  # fmt: skip
_TOTAL = {"OUT", "TOTAL", "OUTPUT", "TOT"}
_VALUE = {"VA", "VALU", "TLS", "TAX", "TAXSUB", "VA.TAXSUB", "VA_TAXSUB", "VA+TAXSUB"}
_FILE = r"^(?:ICIO\d{4}_)?(?:19|20)\d\d(?:_SML)?\.csv$"


def read_icio(path: Path, year: int | None = None) -> SourceTable:
    """Read one year of ICIO from a CSV file, or from the zip it comes in; the table is never in memory as a whole."""
    with open_source(path, _FILE, year) as (name, stream):
        chosen = year_of_file(name, year)
        header, separator = header_cells(stream.readline(), name)
        layout = Layout(
            source="OECD, Inter-Country Input-Output tables",
            licence="OECD terms and conditions (CC BY 4.0 since July 2024); cite the edition",
            place=_place,
            areas=economy_codes("icio", chosen) | {"ROW": "ROW"},
        )
        table = MatrixSum(header[1:], layout, name)
        for line, (label,), values in number_rows(stream, name, header, separator):
            table.add(label, values, line)
    return table.result(chosen)


def _place(label: str) -> Place | None:
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
