"""Long tables, one flow a row, summed in blocks: memory grows with the cells of the result, not with the file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from coercion_sim.arrays import Array, Ints
from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.world.build.recipe import is_service
from coercion_sim.world.sources.opening import arrow_blocks, csv_rows, finite, header_cells, need_columns, open_source
from coercion_sim.world.sources.table import SourceTable, industry_name, need_year

#: Products, economies: one key holds both ends and the product in 63 bits.
_ROOM = 2**14


@dataclass(frozen=True)
class LongLayout:
    """Columns of a long file.

    Attributes
    ----------
    exporter, importer, product, value, year
        Names of columns; `year` may be None, then all rows count.
    wanted
        Regular expression for the file inside an archive.
    unit, describe
        US$ million per unit of `value`; columns that describe a product, read from its first row.
    economy, sector
        Code as the file writes it -> code of the result; None: not understood, which is an error for a sector, and for
        an economy keeps the code and reports it.
    """

    exporter: str
    importer: str
    product: str
    value: str
    year: str | None
    wanted: str
    economy: Callable[[str], str | None]
    sector: Callable[[str], str | None]
    unit: float = 1.0
    describe: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns read; all others are skipped unread."""
        year = (self.year,) if self.year else ()
        return (*year, self.exporter, self.importer, self.product, self.value)


@dataclass(eq=False)
class Labels:
    """Codes of one column as they appear, each with its position in the result (-1: not understood)."""

    meaning: Callable[[str], str | None]
    keep: bool
    raw: dict[str, int] = field(default_factory=dict)
    target: list[int] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def ids(self, words: list[str | None]) -> Ints:
        """Identity of each word of a block."""
        return np.array([self._id(word) for word in words], dtype=np.int64)

    def _id(self, word: str | None) -> int:
        word = (word or "").strip()
        if word not in self.raw:
            code = self.meaning(word) if word else None
            if code is None:
                self.unknown.append(word)
                code = word if self.keep and word else None
            self.raw[word] = len(self.raw)
            self.target.append(-1 if code is None else self.codes.setdefault(code, len(self.codes)))
        return self.raw[word]


class LongSum:
    """Sums of a long file by (sector, exporter, importer), in the unit of the file; its rows, year and name."""

    def __init__(self, layout: LongLayout, name: str) -> None:
        self.layout, self.name, self.year = layout, name, 0
        self.economies = Labels(layout.economy, keep=True)
        self.products = Labels(layout.sector, keep=False)
        self.values = np.zeros((0, 0, 0))
        self.keys: list[Ints] = []
        self.years: set[int] = set()
        self.descriptions: dict[tuple[str, str], str] = {}
        self.rows = 0

    def add(self, exporter: Ints, importer: Ints, product: Ints, value: Array) -> None:
        """Add rows given by identities of their labels."""
        economy, sector = (np.array(x.target, dtype=np.int64) for x in (self.economies, self.products))
        self._grow(len(self.products.codes), len(self.economies.codes))
        N = self.values.shape[1]
        cell = (sector[product] * N + economy[exporter]) * N + economy[importer]
        np.add.at(self.values.reshape(-1), cell, value)
        self.keys.append((product * _ROOM + exporter) * _ROOM + importer)
        self.rows += len(value)

    def _grow(self, S: int, N: int) -> None:
        """Make room for S sectors and N economies, with some to spare."""
        have_s, have_n = self.values.shape[:2]
        if have_s < S or have_n < N:
            wide = (0, 0 if have_n >= N else max(2 * have_n, N, 64) - have_n)
            self.values = np.pad(self.values, ((0, max(S - have_s, 0)), wide, wide))

    def table(self, notes: tuple[str, ...] = (), known: Collection[str] = (), **fields: Any) -> SourceTable:
        """Return the sums in US$ million, sectors named by the ISIC code they are, with other `fields` of the table.

        Codes of economies that were not understood are noted, with the nearest `known`.
        """
        economies, sectors = tuple(self.economies.codes), tuple(self.products.codes)
        S, N = len(sectors), len(economies)
        self._grow(S, N)
        flows = self.values[:S, :N, :N] * self.layout.unit
        by_code = {
            "sector_names": {code: industry_name(code) for code in sectors},
            "services": frozenset(code for code in sectors if is_service(code)),
        }
        notes += tuple(self._unknown(flows, known))
        return SourceTable(
            year=self.year, economies=economies, sectors=sectors, flows=flows, notes=notes, **by_code | fields
        )

    def _unknown(self, flows: Array, known: Collection[str]) -> Iterator[str]:
        """Say which codes of economies are in no table, with their part of trade."""
        codes = list(self.economies.codes)
        unknown = [codes.index(word) for word in self.economies.unknown if word in codes][:10]
        if unknown:
            share = (flows.sum(axis=(0, 2)) + flows.sum(axis=(0, 1))) / (2.0 * flows.sum() or 1.0)
            parts = ", ".join(f"{codes[n]} ({share[n]:.2%} of trade)" for n in unknown)
            yield f"Codes of economies that are not in the code table, taken as they are: {parts}."
        yield from (f"{codes[n]} is near {hint}" for n in unknown if (hint := nearest(codes[n], known)))

    def repeated(self) -> Ints:
        """Keys of rows that stand more than once."""
        keys = np.concatenate(self.keys) if self.keys else np.zeros(0, dtype=np.int64)
        self.keys.clear()
        keys.sort()
        return np.unique(keys[1:][keys[1:] == keys[:-1]])


def read_long(path: Path, layout: LongLayout, year: int | None = None) -> LongSum:
    """Sum a long file (CSV, gzipped or in a zip).

    Raises
    ------
    WorldError
        With line and column of a value that is not a number or below 0, an unknown product, two rows of one flow.
    """
    with open_source(path, layout.wanted, year) as (name, stream):
        header, separator = header_cells(stream.readline(), name)
        need_columns(header, (*layout.columns, *layout.describe), name)
        stream.seek(0)
        sums = LongSum(layout, name)
        ok = _add_blocks(stream, sums, separator, year)
    if not ok:
        _name_fault(path, layout, year, name)
    sums.year = need_year(year, sums.years, name) if layout.year else (year or 0)
    repeated = sums.repeated()
    if len(repeated):
        raise _repeated(path, layout, sums, repeated, year, name)
    return sums


def _add_blocks(stream: Any, sums: LongSum, separator: str, year: int | None) -> bool:
    """Read the file in blocks; False at the first that cannot be read or has a value that is not a number from 0 up."""
    import pyarrow as pa

    layout = sums.layout
    text = pa.dictionary(pa.int32(), pa.string())
    types = dict.fromkeys((*layout.columns, *layout.describe), text) | {layout.value: pa.float64()}
    try:
        return all(_add_block(block, sums, year) for block in arrow_blocks(stream, separator, types, null_values=[""]))
    except pa.ArrowException:
        return False


def _add_block(block: Any, sums: LongSum, year: int | None) -> bool:
    """Add the rows of the year; False where one of them cannot be understood."""
    layout = sums.layout
    keep: Any = None
    if layout.year:
        words, at = _dictionary(block.column(layout.year), keep)
        years = [_year(word) for word in words]
        if None in years:
            return False
        sums.years.update(filter(None, years))
        if any(year not in (y, None) for y in years):
            keep = np.array([year == y for y in years])[at]
    numbers = block.column(layout.value).to_numpy(zero_copy_only=False)
    numbers = numbers if keep is None else numbers[keep]
    if not (np.isfinite(numbers).all() and (numbers >= 0).all()):
        return False
    ends: list[Ints] = []
    labels = (sums.economies, sums.economies, sums.products)
    for key, known in zip((layout.exporter, layout.importer, layout.product), labels, strict=True):
        words, at = _dictionary(block.column(key), keep)
        ends.append(known.ids(words)[at])
    if sums.products.unknown or "" in sums.economies.unknown:
        return False
    _describe(block, sums, ends[2], keep)
    sums.add(ends[0], ends[1], ends[2], numbers)
    return True


def _describe(block: Any, sums: LongSum, product: Ints, keep: Any) -> None:
    """Keep what the first row of each new product says of it."""
    for column in sums.layout.describe:
        new = [(code, at) for code, at in sums.products.raw.items() if (code, column) not in sums.descriptions]
        if not new:
            continue
        words, where = _dictionary(block.column(column), keep)
        for code, identity in new:
            row = int(np.argmax(product == identity))
            sums.descriptions[code, column] = words[where[row]] or ""


def _year(word: str | None) -> int | None:
    """Year of a cell; None where it is not a year."""
    text = (word or "").strip().removesuffix(".0")
    return int(text) if text.isdecimal() and len(text) <= 4 else None


def _dictionary(column: Any, keep: Any) -> tuple[list[str | None], Ints]:
    """Words of the rows kept of a column, and the position of each row's word among them."""
    words, at = column.dictionary.to_pylist(), column.indices
    if column.null_count:
        at, words = at.fill_null(len(words)), [*words, None]
    at = at.to_numpy(zero_copy_only=False)
    if keep is None:
        return words, at
    at = at[keep]
    used = np.bincount(at, minlength=len(words)) > 0
    return [word for word, there in zip(words, used, strict=True) if there], (np.cumsum(used) - 1)[at]


def _rows(path: Path, layout: LongLayout, year: int | None, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Go through the file once more, row by row: line and cells by column, of the year or of all.

    Raises
    ------
    WorldError
        For a cell that is not a year, and as `csv_rows`.
    """
    for line, cells in csv_rows(path, layout.wanted, year, name, layout.columns):
        word = cells[layout.year] if layout.year else ""
        if layout.year and _year(word) is None:
            raise WorldError(Problem("is not a year", name, line, layout.year, repr(word)))
        if not layout.year or year in (None, _year(word)):
            yield line, cells


def _name_fault(path: Path, layout: LongLayout, year: int | None, name: str) -> NoReturn:
    """Raise the error that names the first cell that cannot be understood."""
    for line, cells in _rows(path, layout, year, name):
        text, product = cells[layout.value], cells[layout.product]
        if finite(text, name, line, layout.value) < 0:
            raise WorldError(Problem("is below 0", name, line, layout.value, text))
        for key in (layout.exporter, layout.importer):
            if not cells[key]:
                raise WorldError(Problem("is empty", name, line, key))
        if layout.sector(product) is None:
            raise WorldError(Problem("is not in the table of products", name, line, layout.product, repr(product)))
    raise WorldError(Problem("is not a text file in CSV form", file=name))


def _repeated(path: Path, layout: LongLayout, sums: LongSum, keys: Ints, year: int | None, name: str) -> WorldError:
    """Name both lines of flows listed twice, up to ten of them."""
    economy, product = list(sums.economies.raw), list(sums.products.raw)
    wanted = {(economy[k // _ROOM % _ROOM], economy[k % _ROOM], product[k // _ROOM**2]) for k in keys[:10].tolist()}
    lines: dict[tuple[str, str, str], list[int]] = {key: [] for key in wanted}
    for line, cells in _rows(path, layout, year, name):
        key = (cells[layout.exporter], cells[layout.importer], cells[layout.product])
        if key in lines:
            lines[key].append(line)
    more = f" ({len(keys)} such flows)" if len(keys) > 10 else ""
    return WorldError(
        Problem(
            f"flow listed {len(at)} times{more}", name, at[0], " ".join(key), f"lines {', '.join(map(str, at[:6]))}"
        )
        for key, at in sorted(lines.items(), key=lambda item: item[1])
    )
