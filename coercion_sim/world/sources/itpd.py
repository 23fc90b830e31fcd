"""USITC ITPD-E, home trade included, and any tidy CSV file of flows.

Layout of ITPD-E: one file of all years, ``ITPD_E_R0x.csv``, with exporter_iso3, importer_iso3, year, industry_id (170),
industry_descr, broad_sector, trade (US$ million), flag_mirror, flag_zero; dynamic codes in the second and third release
(under different names) are not read. Services begin in 2000.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from coercion_sim.errors import Problem, WorldError
from coercion_sim.world.build.recipe import is_service
from coercion_sim.world.codes import country_code
from coercion_sim.world.sources.long import LongLayout, read_long
from coercion_sim.world.sources.opening import header_cells, open_source
from coercion_sim.world.sources.table import SourceTable

_CLASSES = {"Agriculture": "reference", "Mining and Energy": "homogeneous", "Mining & Energy": "homogeneous"}
#: Columns of a tidy file: exporter, importer, sector, value (US$ million), and the year, if several.
TIDY = {"exporter": "exporter", "importer": "importer", "sector": "sector", "value": "value", "year": "year"}


def read_itpd(path: Path, year: int | None = None) -> SourceTable:
    """Read one year of ITPD-E, any release; its industries keep their numbers as codes."""
    layout = LongLayout(
        "exporter_iso3", "importer_iso3", "industry_id", "trade", "year", r"^ITPD_?E.*\.csv$", _kept, _plain,
        describe=("industry_descr", "broad_sector"),
    )  # fmt: skip
    sums = read_long(path, layout, year)
    names, broad = (
        {code: sums.descriptions[raw, column] for raw in sums.products.raw if (code := _plain(raw))}
        for column in layout.describe
    )
    services = frozenset(code for code, kind in broad.items() if kind == "Services")
    late = f"ITPD-E covers services from 2000 on; those of {sums.year} are incomplete."
    return sums.table(
        (late,) if sums.year < 2000 and services else (),
        source="USITC, International Trade and Production Database for Estimation (Borchert, Larch, Shikher and Yotov)",
        licence="free with citation (United States International Trade Commission)",
        sector_names=names,
        services=services,
        classes={code: _CLASSES.get(kind, "differentiated") for code, kind in broad.items()},
    )


def _plain(code: str) -> str | None:
    return code.removesuffix(".0") or None


def _kept(code: str) -> str | None:
    return code or None


def read_tidy(path: Path, year: int | None = None, columns: Mapping[str, str] | None = None) -> SourceTable:
    """Read flows in long form, US$ million, home sales included; economies by ISO3 code or by name.

    Parameters
    ----------
    columns
        What the file calls a column where that is not its name in `TIDY`.
    """
    named = TIDY | dict(columns or {})
    with open_source(path, r"\.csv$", year) as (name, stream):
        header, _ = header_cells(stream.readline(), name)
    when = named["year"] if named["year"] in header else None
    layout = LongLayout(
        named["exporter"], named["importer"], named["sector"], named["value"], when, r"\.csv$", country_code, _kept
    )
    sums = read_long(path, layout, year)
    if not sums.year:
        raise WorldError(Problem("has no column of years; give --year", file=sums.name, key=named["year"]))
    services = frozenset(code for code in sums.products.codes if code.upper().startswith("SERV") or _isic_service(code))
    return sums.table(source=f"own table {path.name}", licence="the user's own", services=services)


def _isic_service(code: str) -> bool:
    """Whether a code is an ISIC code of a service, not a word."""
    return bool(re.fullmatch(r"[A-U]|[A-U]\d\d.*", code)) and is_service(code)
