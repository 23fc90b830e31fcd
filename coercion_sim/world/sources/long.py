"""Long tables, one flow a row, summed in blocks: memory grows with the cells of the result, not with the file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.world.sources.opening import DAMAGED, finite, header_cells, open_source, text_lines
from coercion_sim.world.sources.table import need_year

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
BLOCK = 16 * 2**20
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

    def ids(self, words: list[str | None]) -> Whole:
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
    """Sums of a long file by (sector, exporter, importer), in the unit of the file, and the number of rows."""

    def __init__(self, layout: LongLayout) -> None:
        self.layout = layout
        self.economies = Labels(layout.economy, keep=True)
        self.products = Labels(layout.sector, keep=False)
        self.values = np.zeros((0, 0, 0))
        self.keys: list[Whole] = []
        self.years: set[int] = set()
        self.descriptions: dict[tuple[str, str], str] = {}
        self.rows = 0

    def add(self, exporter: Whole, importer: Whole, product: Whole, value: Array) -> None:
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
            wide = have_n if have_n >= N else max(2 * have_n, N, 64)
            more = np.zeros((max(S, have_s), wide, wide))
            more[:have_s, :have_n, :have_n] = self.values
            self.values = more

    def flows(self) -> Array:
        """Flows, (S, N, N), in the order of the codes."""
        S, N = len(self.products.codes), len(self.economies.codes)
        self._grow(S, N)
        return self.values[:S, :N, :N]

    def repeated(self) -> Whole:
        """Keys of rows that stand more than once."""
        keys = np.concatenate(self.keys) if self.keys else np.zeros(0, dtype=np.int64)
        self.keys.clear()
        keys.sort()
        return np.unique(keys[1:][keys[1:] == keys[:-1]])


def read_long(path: Path, layout: LongLayout, year: int | None = None) -> tuple[LongSum, int, str]:
    """Sum a long file (CSV, gzipped or in a zip); return the sums, the year and the name for messages.

    Raises
    ------
    WorldError
        With line and column of a value that is not a number or below 0, an unknown product, two rows of one flow.
    """
    with open_source(path, layout.wanted, year) as (name, stream):
        header, separator = header_cells(stream.readline(), name)
        problems = [
            Problem("column missing", file=name, line=1, key=key, suggestion=nearest(key, header))
            for key in (*layout.columns, *layout.describe)
            if key not in header
        ]
        if problems:
            raise WorldError(problems)
        stream.seek(0)
        sums = LongSum(layout)
        ok = _add_blocks(stream, sums, separator, year)
    if not ok:
        raise _first_fault(path, layout, year, name)
    chosen = need_year(year, sums.years, name) if layout.year else (year or 0)
    repeated = sums.repeated()
    if len(repeated):
        raise _repeated(path, layout, sums, repeated, year, name)
    return sums, chosen, name


def _add_blocks(stream: Any, sums: LongSum, separator: str, year: int | None) -> bool:
    """Read the file in blocks; False at the first that cannot be read or has a value that is no number from 0 up."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    layout = sums.layout
    text = pa.dictionary(pa.int32(), pa.string())
    types = dict.fromkeys((*layout.columns, *layout.describe), text) | {layout.value: pa.float64()}
    columns = [*layout.columns, *layout.describe]
    convert = arrow.ConvertOptions(column_types=types, include_columns=columns, null_values=[""])
    try:
        reader = arrow.open_csv(
            stream,
            read_options=arrow.ReadOptions(block_size=BLOCK),
            parse_options=arrow.ParseOptions(delimiter=separator),
            convert_options=convert,
        )
        for block in reader:
            if not _add_block(block, sums, year):
                return False
    except pa.ArrowException:
        return False
    return True


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
    ends: list[Whole] = []
    labels = (sums.economies, sums.economies, sums.products)
    for key, known in zip((layout.exporter, layout.importer, layout.product), labels, strict=True):
        words, at = _dictionary(block.column(key), keep)
        ends.append(known.ids(words)[at])
    if sums.products.unknown or "" in sums.economies.unknown:
        return False
    _describe(block, sums, ends[2], keep)
    sums.add(ends[0], ends[1], ends[2], numbers)
    return True


def _describe(block: Any, sums: LongSum, product: Whole, keep: Any) -> None:
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
    """Year of a cell; None where it is none."""
    text = (word or "").strip().removesuffix(".0")
    return int(text) if text.isdecimal() and len(text) <= 4 else None


def _dictionary(column: Any, keep: Any) -> tuple[list[str | None], Whole]:
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


def _first_fault(path: Path, layout: LongLayout, year: int | None, name: str) -> WorldError:
    """Go through the file once more, row by row, to name the first cell that cannot be understood."""
    with open_source(path, layout.wanted, year) as (_, stream):
        separator = header_cells(stream.readline(), name)[1]
        stream.seek(0)
        try:
            rows = csv.reader(text_lines(stream), delimiter=separator)
            header = [cell.strip() for cell in next(rows)]
            for row in rows:
                problem = _fault(row, header, layout, year, name, rows.line_num)
                if problem:
                    return WorldError(problem)
        except (csv.Error, *DAMAGED) as error:
            return WorldError(Problem(f"cannot be read ({error})", file=name))
    return WorldError(Problem("is not a text file in CSV form", file=name))


def _fault(
    row: list[str], header: list[str], layout: LongLayout, year: int | None, name: str, line: int
) -> Problem | None:
    """What is wrong with a row, if anything."""
    if not row:
        return None
    if len(row) != len(header):
        return Problem(f"a row needs {len(header)} cells", file=name, line=line, found=str(len(row)))
    cells = {key: row[header.index(key)].strip() for key in layout.columns}
    if layout.year:
        if _year(cells[layout.year]) is None:
            return Problem("is not a year", file=name, line=line, key=layout.year, found=repr(cells[layout.year]))
        if year is not None and _year(cells[layout.year]) != year:
            return None
    try:
        value = finite(cells[layout.value], name, line, layout.value)
    except WorldError as error:
        return error.problems[0]
    if value < 0:
        return Problem("is below 0", file=name, line=line, key=layout.value, found=cells[layout.value])
    for key in (layout.exporter, layout.importer):
        if not cells[key]:
            return Problem("is empty", file=name, line=line, key=key)
    if layout.sector(cells[layout.product]) is None:
        return Problem(
            "is not in the table of products",
            file=name,
            line=line,
            key=layout.product,
            found=repr(cells[layout.product]),
        )
    return None


def _repeated(path: Path, layout: LongLayout, sums: LongSum, keys: Whole, year: int | None, name: str) -> WorldError:
    """Name both lines of flows that stand twice, up to ten of them."""
    economy, product = list(sums.economies.raw), list(sums.products.raw)
    wanted = {(economy[k // _ROOM % _ROOM], economy[k % _ROOM], product[k // _ROOM**2]) for k in keys[:10].tolist()}
    lines: dict[tuple[str, str, str], list[int]] = {key: [] for key in wanted}
    with open_source(path, layout.wanted, year) as (_, stream):
        separator = header_cells(stream.readline(), name)[1]
        stream.seek(0)
        rows = csv.reader(text_lines(stream), delimiter=separator)
        header = [cell.strip() for cell in next(rows)]
        at = [header.index(key) for key in (layout.exporter, layout.importer, layout.product)]
        when = header.index(layout.year) if layout.year else None
        for row in rows:
            if row and (when is None or year is None or _year(row[when]) == year):
                key = (row[at[0]].strip(), row[at[1]].strip(), row[at[2]].strip())
                if key in lines:
                    lines[key].append(rows.line_num)
    more = f" ({len(keys)} such flows)" if len(keys) > 10 else ""
    return WorldError(
        Problem(
            f"flow listed {len(at)} times{more}",
            file=name,
            line=at[0],
            key=" ".join(key),
            found=f"lines {', '.join(map(str, at[:6]))}",
        )
        for key, at in sorted(lines.items(), key=lambda item: item[1])
    )


def unknown_economies(sums: LongSum, flows: Array, allowed: Mapping[str, str]) -> list[str]:
    """Say which codes of economies are in no table, with their part of trade."""
    codes = list(sums.economies.codes)
    unknown = [codes.index(word) for word in sums.economies.unknown if word in codes]
    if not unknown:
        return []
    total = float(flows.sum())
    parts = ", ".join(
        f"{codes[n]} ({(flows[:, n].sum() + flows[:, :, n].sum()) / (2 * total):.2%} of trade)" for n in unknown[:10]
    )
    near = [f"{codes[n]} is near {hint}" for n in unknown[:10] if (hint := nearest(codes[n], allowed))]
    return [f"Codes of economies that are not in the code table, taken as they are: {parts}.", *near]
