"""Facts about pairs of states: distance, ties and GDP from CEPII Gravity, treaties from ATOP, as files of a folder.

Gravity V202211 (``Gravity_V202211.csv``, 87 columns, to 2021): a country may have several `country_id` (DEU.1, DEU.2);
rows count where ``country_exists_o`` and ``country_exists_d`` are 1. GDP in thousand US$.
ATOP 5.1 (``atop5_1ddyr.csv``, to 2018): directed pairs of states in Correlates of War numbers, one row for each year of
an alliance. After 2018 pairs are absent, not without alliance.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from coercion_sim.errors import Problem, WorldError
from coercion_sim.wording import count
from coercion_sim.world.sources.opening import arrow_blocks, finite, header_cells, need_columns, open_source, text_lines
from coercion_sim.world.sources.table import economy_codes, need_year

LAST_ATOP_YEAR = 2018
#: Strength of a treaty by the strongest obligation in it: a judgement, to be changed in the file that is written.
STRENGTH = {
    "defence": 0.8, "offence": 0.6, "consultation": 0.4, "neutrality": 0.3, "non_aggression": 0.2,
}  # fmt: skip
_OBLIGATIONS = {
    "defense": "defence", "offense": "offence", "consul": "consultation", "neutral": "neutrality",
    "nonagg": "non_aggression",
}  # fmt: skip
_TIES = ("contig", "comlang_off", "col_dep_ever", "fta_wto")


@dataclass(frozen=True)
class Facts:
    """Rows of one file of a data folder, header first; and what was left out, in words."""

    year: int
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def read_gravity(path: Path, year: int | None = None) -> tuple[Facts, Facts]:
    """Distance (km) and ties of pairs of economies, and GDP (US$ million), of one year of CEPII Gravity.

    Raises
    ------
    WorldError
        With line and column of a cell that cannot be read, and for two rows of one pair that contradict each other.
    """
    need = ("year", "iso3_o", "iso3_d", "country_exists_o", "country_exists_d", "dist", "gdp_o")
    optional = ("distw_harmonic", *_TIES)
    pairs: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {}
    gdp: dict[str, float] = {}
    years: set[int] = set()
    ghosts = 0
    for name, line, row in _rows(path, r"^Gravity_V\d+\.csv$", need, optional, year):
        years.add(int(float(row["year"])))
        if row["country_exists_o"] != "1" or row["country_exists_d"] != "1":
            ghosts += 1
            continue
        key = (row["iso3_o"], row["iso3_d"])
        distance = _optional(row, ("dist", "distw_harmonic"), name, line)
        facts = (*key, distance, *(_optional(row, (tie,), name, line) for tie in _TIES))
        if key in pairs and pairs[key][1] != facts:
            place = f"lines {pairs[key][0]} and {line}"
            raise WorldError(
                Problem("pair listed twice with other values", file=name, line=line, key=" ".join(key), found=place)
            )
        pairs.setdefault(key, (line, facts))
        if row["gdp_o"] not in ("", "NA"):
            gdp[key[0]] = finite(row["gdp_o"], name, line, "gdp_o") / 1000
    chosen = need_year(year, years, str(path))
    head = ("iso3_a", "iso3_b", "distance_km", "contiguous", "common_language", "colony_ever", "trade_agreement")
    note = (f"{count(ghosts, 'pair')} with a state that did not exist in {chosen} left out.",) if ghosts else ()
    ties = Facts(chosen, (head, *(facts for _, facts in pairs.values())), note)
    money = tuple((iso3, f"{value:.6g}") for iso3, value in sorted(gdp.items()))
    return ties, Facts(chosen, (("iso3", f"gdp_musd_{chosen}"), *money))


def read_atop(path: Path, year: int | None = None) -> Facts:
    """Treaties in force in a year by the strongest obligation either side has, with the year they go back to.

    Raises
    ------
    WorldError
        For a year after 2018, a cell that cannot be read, a state that is not in the code table.
    """
    if year is not None and year > LAST_ATOP_YEAR:
        why = f"ATOP 5.1 ends in {LAST_ATOP_YEAR}: pairs are absent later, not without alliance"
        raise WorldError(Problem(why, file=str(path), key="year", found=str(year), allowed=f"up to {LAST_ATOP_YEAR}"))
    chosen = LAST_ATOP_YEAR if year is None else year
    known = economy_codes("cow", chosen)
    bound: dict[tuple[str, str], set[int]] = {}
    kinds: dict[tuple[str, str], set[str]] = {}
    unknown: set[str] = set()
    for when, ends, number in _allied(path, chosen):
        strangers = set(ends) - known.keys()
        if strangers:
            unknown |= strangers if when == chosen else set()
            continue
        a, b = sorted(known[end] for end in ends)
        bound.setdefault((a, b), set()).add(when)
        if when == chosen:
            kinds.setdefault((a, b), set()).update(kind for key, kind in _OBLIGATIONS.items() if number(key) == 1)
    rows = [_treaty(pair, pledged, _since(bound[pair], chosen)) for pair, pledged in sorted(kinds.items()) if pledged]
    if not rows:
        raise WorldError(Problem(f"has no alliances of {chosen}", file=str(path), key="year"))
    head = ("iso3_a", "iso3_b", "commitment", "since", "type", "strength_0_1")
    note = f"Correlates of War numbers not in the code table, left out: {', '.join(sorted(unknown))}."
    return Facts(chosen, (head, *rows), (note,) if unknown else ())


def _allied(path: Path, last: int) -> Iterator[tuple[int, list[str], Callable[[str], float]]]:
    """Year and ends (numbers of Correlates of War) of every alliance up to a year, and its row, which reads numbers."""
    need = ("stateA", "stateB", "year", "atopally", *_OBLIGATIONS)
    for name, line, row in _rows(path, r"^atop5.*ddyr\.csv$", need):
        number = partial(_number, row, name, line)
        when = int(number("year"))
        if when <= last and number("atopally") == 1:
            yield when, [str(int(number(key))) for key in ("stateA", "stateB")], number


def _number(row: dict[str, str], name: str, line: int, key: str) -> float:
    return finite(row[key], name, line, key)


def _treaty(pair: tuple[str, str], pledged: set[str], since: int) -> tuple[str, ...]:
    """Row of a pair: its obligations, the strongest first."""
    kinds = [kind for kind in STRENGTH if kind in pledged]
    return *pair, f"ATOP 5.1: {', '.join(kinds)}", str(since), kinds[0], f"{STRENGTH[kinds[0]]:g}"


def _since(years: set[int], last: int) -> int:
    """First year of the run of years that ends in `last`."""
    first = last
    while first - 1 in years:
        first -= 1
    return first


def _rows(
    path: Path, wanted: str, need: Sequence[str], optional: Sequence[str] = (), year: int | None = None
) -> Iterator[tuple[str, int, dict[str, str]]]:
    """Yield (file, line, row) of a CSV file with a column `year`, of one year or all; other columns are not read."""
    import pyarrow as pa

    with open_source(path, wanted) as (name, stream):
        header, separator = header_cells(stream.readline(), name)
        need_columns(header, need, name)
        stream.seek(0)
        columns = [*need, *(key for key in optional if key in header)]
        first = 2
        years: set[str] = set()
        try:
            for block in arrow_blocks(stream, separator, dict.fromkeys(columns, pa.string())):
                words = [word.strip() for word in block.column("year").to_pylist()]
                for word in set(words) - years:
                    finite(word, name, first + words.index(word), "year")
                years |= set(words)
                kept = [at for at, word in enumerate(words) if year is None or word == str(year)]
                for at, row in zip(kept, block.take(pa.array(kept, pa.int64())).to_pylist(), strict=True):
                    yield name, first + at, {key: cell.strip() for key, cell in row.items()}
                first += len(words)
        except pa.ArrowException as error:
            # Arrow names the row only where its threads happen to parse the file in order, so it is searched for again.
            line = _uneven_row(path, wanted)
            why = re.sub(r".*Row #\d+: ", "", str(error).splitlines()[0])[:120]
            raise WorldError(Problem(f"cannot be read ({why})", file=name, line=line)) from None
        if year is not None:
            need_year(year, {int(float(word)) for word in years}, name)


def _uneven_row(path: Path, wanted: str) -> int | None:
    """Line of the first row that has more or fewer cells than the header; None where every row has as many."""
    with open_source(path, wanted) as (name, stream):
        separator = header_cells(stream.readline(), name)[1]
        stream.seek(0)
        rows = csv.reader(text_lines(stream), delimiter=separator)
        cells = len(next(rows))
        return next((rows.line_num for row in rows if row and len(row) != cells), None)


def _optional(row: dict[str, str], keys: Sequence[str], name: str, line: int) -> str:
    """Return the first of these cells that has a number, as the file writes it; empty where none does."""
    for key in keys:
        cell = row.get(key, "")
        if cell not in ("", "NA"):
            return f"{finite(cell, name, line, key):g}"
    return ""
