"""Users' tables: columns recognised by name, flows in long or matrix form, labels made codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.files import TextTable, read_table
from coercion_sim.world.audit import REST, Trade
from coercion_sim.world.codes import country_code

if TYPE_CHECKING:
    import pandas as pd

#: A table of a user: a file, a frame, or a table already read.
Source: TypeAlias = "str | Path | pd.DataFrame | TextTable"

#: Names under which a column is recognised, without regard to case; the first is the one documented.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "exporter": ("exporter", "origin", "from", "iso_o", "iso3_o", "exporter_iso3"),
    "importer": ("importer", "destination", "dest", "to", "iso_d", "iso3_d", "importer_iso3"),
    "sector": ("sector", "industry", "product", "commodity"),
    "value": ("value", "value_musd", "flow", "trade"),
    "year": ("year",),
    "elasticity": ("elasticity", "trade_elasticity", "theta"),
    "state": ("state", "country", "iso3"),
    "user": ("user", "using_sector"),
    "input": ("input", "input_sector"),
    "share": ("share", "input_share", "input_share_of_gross_output"),
    "rate": ("rate", "tariff"),
    "gdp": ("gdp", "gdp_musd"),
    "output": ("output", "gross_output", "gross_output_musd"),
    "a": ("a", "iso3_a"),
    "b": ("b", "iso3_b"),
    "strength": ("strength", "strength_0_1"),
    "type": ("type",),
    "commitment": ("commitment",),
    "since": ("since",),
}
#: Label of the one sector of a table without sectors.
ONE_SECTOR = "goods"


@dataclass(frozen=True)
class TableForm:
    """How users' tables are written; None leaves it to the reader.

    Attributes
    ----------
    columns
        Name of a column in `COLUMNS` -> its name in the table of flows.
    separator, decimal, encoding
        Of the files.
    year
        The year to keep of a table of flows with several.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    year: int | None = None

    def read(self, source: Source, what: str) -> TextTable:
        """Read a table; `what` names one that does not come from a file."""
        if isinstance(source, TextTable):
            return source
        if isinstance(source, str | Path):
            return read_table(
                Path(source), separator=self.separator, decimal=self.decimal, encoding=self.encoding, error=WorldError
            )
        return _of_frame(source, what)

    def of_year(self, table: TextTable, columns: Mapping[str, str] | None = None) -> TextTable:
        """Keep the rows of one year of a table that has a column for it.

        Raises
        ------
        WorldError
            Rows without a year, several years and none named, no rows of the year.
        """
        name = column(table, "year", columns)
        if name is None:
            return table
        years = [word.removesuffix(".0") for word in table.column(name)]
        empty = [line for line, word in zip(table.lines, years, strict=True) if not word]
        WorldError.refuse(Problem("is empty", table.file, line, name, allowed="a year") for line in empty)
        listed = ", ".join(sorted(set(years))[:20])
        if self.year is None:
            if len(set(years)) > 1:
                raise WorldError(
                    Problem("holds several years", table.file, 1, name, listed, "one of them: year (--year)")
                )
            return table
        kept = [at for at, year in enumerate(years) if year == str(self.year)]
        if not kept:
            raise WorldError(Problem("has no rows of the year", table.file, 1, name, str(self.year), listed))
        rows, lines = zip(*((table.rows[at], table.lines[at]) for at in kept), strict=True)
        return replace(table, rows=rows, lines=lines)


def _of_frame(frame: pd.DataFrame, what: str) -> TextTable:
    """Cells of a frame as text; an index with labels becomes columns, an unnamed one ``exporter``."""
    plain = frame if type(frame.index).__name__ == "RangeIndex" else frame.reset_index()
    header = tuple("exporter" if name == "index" else str(name) for name in plain.columns)
    twice = sorted({name for name in header if header.count(name) > 1})
    WorldError.refuse(Problem("column named twice", what, key=name) for name in twice)
    rows = tuple(tuple(map(_text, row)) for row in plain.itertuples(index=False, name=None))
    if not rows:
        raise WorldError(Problem("has no rows", file=what))
    return TextTable(what, header, rows, tuple(range(1, len(rows) + 1)))


def _text(value: Any) -> str:
    text = str(value).strip()
    return "" if not isinstance(value, str) and text in ("nan", "None", "<NA>", "NaT") else text


def column(table: TextTable, key: str, columns: Mapping[str, str] | None = None) -> str | None:
    """Name of the column of a table that holds `key`; None where none does."""
    if columns and key in columns:
        return columns[key] if columns[key] in table.header else None
    folded = {name.casefold(): name for name in reversed(table.header)}
    return next((folded[name] for name in COLUMNS[key] if name in folded), None)


def need(table: TextTable, *keys: str, columns: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Names of the columns that hold these keys.

    Raises
    ------
    WorldError
        With every column that is missing, and how to name it.
    """
    names = [column(table, key, columns) for key in keys]
    problems = [
        Problem(
            "no column for it", table.file, 1, key, ", ".join(table.header),
            ", ".join(COLUMNS[key]) + ("" if columns is None else f"; or name yours, {key}=NAME"),
        )
        for key, name in zip(keys, names, strict=True)
        if name is None
    ]  # fmt: skip
    WorldError.refuse(problems)
    return tuple(name for name in names if name is not None)


# ------------------------------------------------------------------------------------------------ flows


def read_flows(source: Source, form: TableForm) -> tuple[Trade, tuple[str, ...]]:
    """Read flows in long form (exporter, importer, sector, value) or as a matrix of exporters by importers; with notes.

    A matrix has one row for each exporter (and sector) and one column for each importer; its column of exporters may
    have any name, or none. Without sectors all trade is one sector, ``goods``. Labels are as in the table.
    """
    table = form.of_year(form.read(source, "flows"), form.columns)
    if form.year is not None and column(table, "year", form.columns) is None:
        text = "has no column of years to choose from"
        raise WorldError(Problem(text, table.file, 1, "year", str(form.year), "without year (--year)"))
    _refuse_wrong_columns(table, form.columns)
    if column(table, "importer", form.columns) is None:
        exporter = column(table, "exporter", form.columns)
        for name in table.header if exporter is None else (exporter,):
            exporters = {cell.casefold() for cell in table.column(name)}
            importers = [other for other in table.header if other.casefold() in exporters]
            if len(importers) > 1:
                return _matrix(table, importers, replace(form, columns={**form.columns, "exporter": name}))
    return _long(table, form)


def _refuse_wrong_columns(table: TextTable, columns: Mapping[str, str]) -> None:
    """Refuses columns named for keys that no table of flows has, columns missing, and one named for two keys."""
    unknown = [
        Problem("no such column to name", None, None, key, name, ", ".join(COLUMNS), nearest(key, COLUMNS))
        for key, name in columns.items()
        if key not in COLUMNS
    ] + [
        Problem("no such column", table.file, 1, key, name, ", ".join(table.header), nearest(name, table.header))
        for key, name in columns.items()
        if key in COLUMNS and name not in table.header
    ]  # fmt: skip
    twice = [name for name in dict.fromkeys(columns.values()) if [*columns.values()].count(name) > 1]
    unknown += [Problem("named for two columns", table.file, 1, name) for name in twice]
    WorldError.refuse(unknown)


def _long(table: TextTable, form: TableForm) -> tuple[Trade, tuple[str, ...]]:
    exporter, importer, value = need(table, "exporter", "importer", "value", columns=form.columns)
    sector = column(table, "sector", form.columns)
    problems: list[Problem] = []
    values = given(table, value, problems)
    WorldError.refuse(problems)
    sectors = table.column(sector) if sector else [ONE_SECTOR] * len(values)
    trade = Trade(
        table.file,
        np.array(table.column(exporter)),
        np.array(table.column(importer)),
        np.array(sectors),
        np.array(values),
        np.array(table.lines),
    )
    return trade, unused(table, (exporter, importer, sector, value, column(table, "year", form.columns)))


def _matrix(table: TextTable, importers: Sequence[str], form: TableForm) -> tuple[Trade, tuple[str, ...]]:
    (exporter,) = need(table, "exporter", columns=form.columns)
    sector = column(table, "sector", form.columns)
    used = (exporter, sector, column(table, "year", form.columns))
    others = [name for name in table.header if name not in used and name not in importers]
    importers = [*importers, *others]  # a state that only buys has a column and no row; the audit names it
    problems: list[Problem] = []
    values = np.array([given(table, name, problems) for name in importers])
    if problems:
        raise WorldError(sorted(problems, key=lambda problem: problem.line or 0))
    rows = len(table.rows)
    sectors = table.column(sector) if sector else [ONE_SECTOR] * rows
    trade = Trade(
        table.file, np.tile(np.array(table.column(exporter)), len(importers)), np.repeat(np.array(importers), rows),
        np.tile(np.array(sectors), len(importers)), values.ravel(), np.tile(np.array(table.lines), len(importers)),
    )  # fmt: skip
    return trade, ()


def unused(table: TextTable, used: Iterable[str | None]) -> tuple[str, ...]:
    """Note the columns of a table beyond those used."""
    names = [name or "(no name)" for name in table.header if name not in {*used}]
    return (f"Columns of {table.file} not used: {', '.join(names)}.",) if names else ()


def given(table: TextTable, name: str, problems: list[Problem]) -> list[float]:
    """Numbers of a column in which no cell may be empty; cells without one are added to `problems`."""
    before = len(problems)
    values = table.numbers(name, problems)
    wrong = {problem.line for problem in problems[before:]}
    problems += [
        Problem("is empty", table.file, line, name, None, "a number (0 for none)")
        for line, value in zip(table.lines, values, strict=True)
        if value != value and line not in wrong
    ]
    return values


# ------------------------------------------------------------------------------------------------ labels


def state_codes(words: Iterable[str]) -> dict[str, str]:
    """Word of a table -> label of its state: ISO3 code of a country, ROW, or the word itself.

    Countries are recognised where at least half of the words are such; labels take no blanks, commas or colons.
    """
    words = sorted(set(words))
    codes = {word: "ROW" if word.casefold() in REST else country_code(word) for word in words}
    if 2 * sum(code is not None for code in codes.values()) < len(words):
        codes = dict.fromkeys(words)
    return {word: code or label_of(word) for word, code in codes.items()}


def label_of(word: str) -> str:
    """Spell a word as a label that options and keys can name."""
    return re.sub(r"[^\w.+&-]+", "_", word).strip("_")


def merged_labels(labels: Mapping[str, str], what: str, file: str) -> list[Problem]:
    """Refuse words that differ only in capitals or punctuation: one state or sector in two spellings."""
    first: dict[str, str] = {}
    problems = []
    for word, label in labels.items():
        other = first.setdefault(label.casefold(), word)
        if other != word and country_code(word) is None:
            message = f"two spellings of one {what}"
            problems.append(Problem(message, file, None, None, f"{other!r} and {word!r}", "one of them"))
    return problems
