"""Trade in long form, one flow a row: CEPII BACI, USITC ITPD-E, and any tidy CSV file.

BACI, one file a year: ``BACI_HS{92..22}_Y{year}_V{YYYYMM}.csv``, columns t, i, j, k, v, q: year, exporter, importer (UN
numbers, but 842 for the United States, 699 India, 251 France, 579 Norway, 757 Switzerland, 490 for Taiwan), HS6 code,
thousand US$, tons (not read, so that its ``NA`` do not matter). Codes that lost their leading zero are six digits again
here. BACI has no home sales and no services: without a table of gross output no world can be made of it.

ITPD-E, home trade included: one file of all years, ``ITPD_E_R0x.csv``, with exporter_iso3, importer_iso3, year,
industry_id (170), industry_descr, broad_sector, trade (US$ million), flag_mirror, flag_zero; dynamic codes in the
second and third release (under different names) are not read. Services begin in 2000.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.files import read_table
from coercion_sim.wording import count, first_of
from coercion_sim.world.build.recipe import is_service
from coercion_sim.world.codes import countries, country_code, sector_of_hs
from coercion_sim.world.sources.long import LongLayout, read_long
from coercion_sim.world.sources.opening import header_cells, open_source
from coercion_sim.world.sources.table import REST, SourceTable, cells_in_words, economy_codes, industry_name

_BACI = r"^BACI_HS\d\d_Y\d{4}_V\w+\.csv$"
#: Home sales are at least this share of exports where gross output does not leave more (re-exports, other prices).
HOME_FLOOR = 0.05
#: Names of columns of a table of gross output, besides sector.
_STATE, _OUTPUT = ("iso3", "state", "country"), ("gross_output_musd", "gross_output", "output")


def read_baci(path: Path, year: int | None = None) -> SourceTable:
    """Read one year of BACI, from its CSV file or the zip of a revision, summed to the industries of the ICIO."""
    known = economy_codes("baci", year or 2020)
    layout = LongLayout("i", "j", "k", "v", "t", _BACI, known.get, sector_of_hs, unit=1e-3)
    sums = read_long(path, layout, year)
    if year is None and economy_codes("baci", sums.year) != known:
        return read_baci(path, sums.year)
    note = (
        f"{sums.rows:,} flows of HS6 products summed to {len(sums.products.codes)} industries by chapter and heading "
        "(hs_icio.csv, not the official correspondence)."
    )
    file = sums.name.replace(chr(92), "/").rsplit("/", 1)[-1]
    source = f"CEPII, BACI ({file}), after Gaulier and Zignago 2010"
    return sums.table((note,), known, source=source, licence="Etalab Open Licence 2.0")


def with_home_sales(table: SourceTable, path: Path) -> SourceTable:
    """Put home sales on the diagonal: gross output less exports, from a table iso3, sector, gross_output_musd.

    Economies the file does not list are joined to `REST`, which it must then list. Sectors that are not traded in the
    source, such as services, are sold at home alone. Where output leaves less than `HOME_FLOOR` of exports, home sales
    are that.

    Raises
    ------
    WorldError
        For a row that cannot be read, is listed twice or has an unknown code, and a traded sector without output.
    """
    output, order = _gross_output(path)
    listed = {economy for economy, _ in output}
    outside = [economy for economy in table.economies if economy not in listed]
    if outside and REST not in listed:
        many = count(len(outside), "economy", "economies")
        why = f"has no output of {many} of the trade data, and no row {REST} for them together"
        raise WorldError(Problem(why, file=str(path), key="iso3", found=first_of(outside, 10)))
    economies = tuple(sorted(listed, key=lambda code: (code == REST, code)))
    sectors = (*table.sectors, *(sector for sector in order if sector not in table.sectors))
    flows = _joined(table, economies, len(sectors))
    made = np.array([[output.get((e, s), np.nan) for e in economies] for s in sectors])
    inside = np.einsum("snn->sn", flows).copy()  # trade among the economies joined to the rest
    exports = flows.sum(axis=2) - inside
    missing = cells_in_words(np.isnan(made) & (exports > 0), sectors, economies)
    if missing:
        why = f"has no gross output of {count(len(missing), 'cell')} with exports"
        raise WorldError(Problem(why, file=str(path), found=first_of(missing, 10)))
    left = np.nan_to_num(made) - exports
    home = np.maximum(left, np.maximum(HOME_FLOOR * exports, inside))
    flows[:, np.arange(len(economies)), np.arange(len(economies))] = home
    short = cells_in_words((home > left + 1e-9) & (exports > 0), sectors, economies)
    notes = [f"Home sales are gross output ({path.name}) less exports."]
    if short:
        below = f"Gross output leaves less than {HOME_FLOOR:.0%} of exports in {len(short)} cells"
        notes.append(f"{below}, raised: {first_of(short, 8)}.")
    if outside:
        many = count(len(outside), "economy", "economies")
        notes.append(f"{many} without gross output joined to {REST}: {', '.join(outside)}.")
    return replace(
        table, economies=economies, sectors=sectors, flows=flows, notes=(*table.notes, *notes),
        sector_names={code: table.sector_names.get(code) or industry_name(code) for code in sectors},
        services=table.services | set(filter(is_service, sectors[len(table.sectors) :])),
    )  # fmt: skip


def _joined(table: SourceTable, economies: tuple[str, ...], sectors: int) -> Array:
    """Flows among `economies`, all others joined to `REST`, with room for more `sectors` than the table has."""
    at = np.array([economies.index(e if e in economies else REST) for e in table.economies])
    flows = np.zeros((sectors, len(economies), len(economies)))
    for s, cells in enumerate(table.flows):
        np.add.at(flows[s], (at[:, None], at[None, :]), cells)
    return flows


def _gross_output(path: Path) -> tuple[dict[tuple[str, str], float], list[str]]:
    """Gross output by economy and sector, US$ million, and the sectors in their order."""
    table = read_table(path, error=WorldError)
    state, output = (next((n for n in names if n in table.header), names[0]) for names in (_STATE, _OUTPUT))
    problems = table.need((state, "sector", output))
    WorldError.refuse(problems)
    made: dict[tuple[str, str], float] = {}
    lines: dict[tuple[str, str], int] = {}
    cells = zip(table.lines, table.column(state), table.column("sector"), table.numbers(output, problems), strict=True)
    for line, word, sector, value in cells:
        key = (word if word == REST else country_code(word) or "", sector)
        if not key[0]:
            near = nearest(word, (country.iso3 for country in countries()))
            problems.append(Problem("unknown economy", table.file, line, state, word, suggestion=near))
        elif key in lines:
            problems.append(Problem("listed twice", table.file, line, " ".join(key), f"lines {lines[key]} and {line}"))
        elif not value >= 0 and line not in {problem.line for problem in problems}:
            problems.append(Problem("must be 0 or more", table.file, line, output, f"{value:g}"))
        lines.setdefault(key, line)
        made.setdefault(key, value)
    WorldError.refuse(problems)
    return made, list(dict.fromkeys(sector for _, sector in made))


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
