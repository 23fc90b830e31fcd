"""One import: read a data set, choose states and sectors, write a folder of data with its recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coercion_sim.errors import InvalidInput, Problem, WorldError
from coercion_sim.wording import count
from coercion_sim.world.audit import audit_rest
from coercion_sim.world.sources.folder import Group, add_facts, choose_sectors, choose_states, write_folder
from coercion_sim.world.sources.io_tables import read_figaro, read_icio, read_wiod
from coercion_sim.world.sources.politics import read_atop, read_gravity
from coercion_sim.world.sources.table import REST, SourceTable
from coercion_sim.world.sources.trade_tables import read_baci, read_itpd, read_tidy, with_home_sales

#: What each name stands for.
SOURCES: Mapping[str, str] = {
    "baci": "CEPII BACI, HS6 goods (needs --gross-output)",
    "icio": "OECD Inter-Country Input-Output tables",
    "wiod": "World Input-Output Database 2016",
    "figaro": "Eurostat FIGARO (million euro)",
    "itpd": "USITC ITPD-E",
    "tidy": "CSV file: exporter, importer, sector, value",
    "gravity": "CEPII Gravity: distance, ties, GDP",
    "atop": "ATOP 5.1: treaties, to 2018",
}


@dataclass(frozen=True)
class Imported:
    """What an import wrote: file names, lines about the data, notes on what was changed."""

    files: tuple[str, ...]
    summary: tuple[str, ...]
    notes: tuple[str, ...]


def import_source(
    source: str, path: Path, out: Path, *, year: int | None = None, states: str = "40", sectors: str = "own",
    gross_output: Path | None = None, rate: float | None = None, columns: Mapping[str, str] | None = None,
) -> Imported:  # fmt: skip
    """Read `path` as data set `source` (see `SOURCES`) and write the folder `out`.

    Parameters
    ----------
    year
        The year; may be left out where the file has one only.
    states, sectors
        As `choose_states` and `choose_sectors` read them.
    gross_output
        Gross output by economy and sector, for BACI.
    rate
        US$ per euro, for FIGARO; the average of the year if None.
    columns
        Names of columns, for a tidy file.

    Raises
    ------
    InvalidInput
        With file, line and column of everything that cannot be understood.
    """
    if source == "gravity":
        ties, gdp = read_gravity(path, year)
        done = (add_facts(ties, out, "distance.csv", None), add_facts(gdp, out, "macro.csv", "macro"))
        line = f"{len(ties.rows) - 1:,} pairs and GDP of {len(gdp.rows) - 1} economies of {ties.year}"
        return Imported(("distance.csv", "macro.csv"), (line, *filter(None, done)), ties.notes)
    if source == "atop":
        treaties = read_atop(path, year)
        added = add_facts(treaties, out, "alliances.csv", "alliances")
        line = f"{len(treaties.rows) - 1:,} pairs with a treaty in {treaties.year}"
        return Imported(("alliances.csv",), tuple(filter(None, (line, added))), treaties.notes)
    table = _read(source, path, year, gross_output, rate, columns)
    chosen = choose_states(states, table)
    rest = _rest(table, path, chosen)
    files = write_folder(table, chosen, choose_sectors(sectors, table), out)
    return Imported(files, (_size(table), *rest), table.notes)


def _read(
    source: str, path: Path, year: int | None, gross_output: Path | None, rate: float | None,
    columns: Mapping[str, str] | None,
) -> SourceTable:  # fmt: skip
    """Read a table of trade; options that the data set does not take are refused."""
    given = (
        ("--gross-output", gross_output, "baci"),
        ("--rate", rate, "figaro"),
        ("--columns", columns or None, "tidy"),
    )
    for option, value, only in given:
        if value is not None and source != only:
            raise InvalidInput(Problem(f"belongs to {only}", key=option, found=source))
    if source == "baci":
        table = read_baci(path, year)
        if gross_output is None:
            why = (
                "BACI has no home sales; give gross output with --gross-output FILE (columns iso3, sector, "
                "gross_output_musd; sectors as in the ICIO, a row ROW for all others), for example of an ICIO"
            )
            raise WorldError(Problem(why, file=str(path), key="home sales"))
        return with_home_sales(table, gross_output)
    if source == "figaro":
        return read_figaro(path, year, rate)
    if source == "tidy":
        return read_tidy(path, year, columns)
    readers = {"icio": read_icio, "wiod": read_wiod, "itpd": read_itpd}
    if source not in readers:
        raise InvalidInput(Problem("unknown source", found=source, allowed=", ".join(SOURCES)))
    return readers[source](path, year)


def _size(table: SourceTable) -> str:
    abroad = float(table.trade.sum()) / 2
    home = float(table.flows.sum()) - abroad
    sizes = f"{count(len(table.economies), 'economy', 'economies')}, {count(len(table.sectors), 'sector')}"
    return f"{sizes}, {table.year}: trade of US$ {_billion(abroad)}, home sales of US$ {_billion(home)}"


def _billion(millions: float) -> str:
    """US$ million in billion, with three decimals below 100."""
    return f"{millions / 1e3:,.{0 if millions >= 1e5 else 3}f} billion"


def _rest(table: SourceTable, path: Path, states: Sequence[Group]) -> tuple[str, ...]:
    """Who falls into the rest of the world, with its part of trade, by the audit of `world build`; refuses a slip."""
    claimed = {member for group in states for member in group.members}
    share = dict(zip(table.economies, (table.trade / table.trade.sum()).tolist(), strict=True))
    inside = {code: share[code] for code in table.economies if code not in claimed}
    return audit_rest(str(path), REST, inside, claimed).accepted()
