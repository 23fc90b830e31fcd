"""Tables of data as users save them: CSV with any usual separator, decimal sign and encoding, cells with their line."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from coercion_sim.errors import InvalidInput, Problem, nearest
from coercion_sim.files.explaining import not_text
from coercion_sim.files.reading import guarded, read_bytes

#: Cells of a row.
Row = tuple[str, ...]
#: Separators recognised, the likelier first.
SEPARATORS = (",", ";", "\t", "|")
_CODINGS = "utf-8, utf-16, cp1252 and others that Python knows"
_SHAPE = "a header with the names of the columns, then one row a line"
_COMMAS = "quotes around cells with a comma; with decimal commas, columns separated by ;"
_DECIMAL_COMMA = re.compile(r"[+-]?((\d+|\d{1,3}(\.\d{3})+),(\d{1,2}|\d{4,})|0,\d{3})(e[+-]?\d+)?", re.IGNORECASE)
_THOUSANDS_OR_DECIMAL = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")


@dataclass(frozen=True)
class TextTable:
    """A table of text cells, blanks around them taken off.

    Attributes
    ----------
    file
        Its name in messages.
    header, rows, lines
        Names of the columns; cells; the line of the file on which each row ends (its position from 1 without a file).
    decimal
        Decimal sign of its numbers: ``.`` or ``,``.
    """

    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    decimal: str = "."

    def need(self, columns: Iterable[str]) -> list[Problem]:
        """List the columns that are missing, with the nearest spelling."""
        allowed = ", ".join(self.header)
        return [
            Problem("column missing", self.file, 1, name, None, allowed, nearest(name, self.header))
            for name in columns
            if name not in self.header
        ]

    def column(self, name: str) -> list[str]:
        """Cells of a column, by row."""
        at = self.header.index(name)
        return [row[at] for row in self.rows]

    def numbers(self, name: str, problems: list[Problem]) -> list[float]:
        """Numbers of a column by row, NaN where a cell is empty; cells that are not numbers are added to `problems`."""
        values = []
        for line, cell in zip(self.lines, self.column(name), strict=True):
            value = parse_number(cell, self.decimal)
            if value is None:
                values.append(math.nan)
                problems.append(Problem("is not a number", self.file, line, name, repr(cell), _expected(self.decimal)))
            else:
                values.append(value)
        return values


def _expected(decimal: str) -> str:
    return f"a finite number such as 1234{decimal}5, no thousands separators"


def parse_number(text: str, decimal: str = ".") -> float | None:
    """Return a finite number, NaN for an empty cell, None for anything else."""
    text = text.strip()
    if not text:
        return math.nan
    if decimal == ",":
        text = text.replace(".", "x").replace(",", ".")  # a point is not a decimal sign here
    try:
        value = float(text) if "_" not in text else math.inf
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def with_points(text: str) -> str:
    """Spell a number with a decimal comma with a point; any other text stays as it is."""
    number = parse_number(text, ",") if "," in text else None
    return text if number is None else text.replace(",", ".")


def read_table(
    path: Path, *, name: str | None = None, separator: str | None = None, decimal: str | None = None,
    encoding: str | None = None, error: type[InvalidInput] = InvalidInput,
) -> TextTable:  # fmt: skip
    """Read a delimited text file with a header.

    Parameters
    ----------
    name
        Its name in messages; the path if None.
    separator, decimal, encoding
        Column separator, decimal sign and encoding; recognised if None.

    Raises
    ------
    InvalidInput
        Of the class `error`: a file that cannot be read, rows of another length, columns named twice, no rows, numbers
        whose comma may be a decimal sign or separate thousands.
    """
    file = name or str(path)
    try:
        with guarded(file, "text file in CSV form"):
            return _parse(_text(path, file, encoding), file, separator, decimal)
    except InvalidInput as refused:
        raise error(refused.problems) from None


def _text(path: Path, file: str, encoding: str | None) -> str:
    """Read a table of any size: in the encoding named, else as UTF-16 where it begins with that mark, else as UTF-8."""
    raw = read_bytes(path, "CSV", file, None)
    wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = raw.decode(encoding or ("utf-16" if wide else "utf-8-sig")).removeprefix("\ufeff").replace("\r\n", "\n")
    except LookupError:
        raise InvalidInput(
            Problem("unknown encoding", key="encoding", found=repr(encoding), allowed=_CODINGS)
        ) from None
    except UnicodeDecodeError as error:
        raise InvalidInput(_not_text(raw, error.start, file, encoding)) from None
    if "\0" in text:
        message = "is not text; if it was saved as UTF-16 without a mark, save it as UTF-8"
        raise InvalidInput(Problem(message, file=file, line=text.count("\n", 0, text.index("\0")) + 1))
    if not text.strip():
        raise InvalidInput(Problem("is empty", file, 1, allowed=_SHAPE))
    return text


def _not_text(raw: bytes, at: int, file: str, encoding: str | None) -> Problem:
    """Describe a table that is not in the encoding tried, with the remedy."""
    if encoding is not None:
        return Problem(f"is not text in {encoding} (byte {at})", file=file, allowed=_CODINGS)
    plain = not_text(raw, at, file)
    if 0 in raw or plain.allowed:
        return plain
    start = raw.rfind(b"\n", 0, at) + 1
    seen = re.split(r"[,;\t\n]", raw[start : at + 40].decode("cp1252", "replace")[: at - start + 30])
    cell = next((part for part in seen if not part.isascii()), "")
    remedy = f"save it as UTF-8, or name its encoding; cp1252 (Windows) would read {cell.strip()!r}"
    return replace(plain, allowed=remedy)


def _parse(text: str, file: str, separator: str | None, decimal: str | None) -> TextTable:
    declared = re.match(r"\s*sep=([,;\t|])\n", text)  # spreadsheets write and obey such a first line
    first = text.lstrip("\n").split("\n", 1)[0]
    mark = separator or (declared[1] if declared else _separator(first))
    try:
        records = list(_records(text, mark))
    except csv.Error as fault:
        raise InvalidInput(Problem(f"is not a text file in CSV form: {fault}", file=file)) from None
    records = [(line, row) for line, row in records if not (declared and line == 1)]
    header: Row = records[0][1] if records else ()
    rows: Sequence[tuple[int, Row]] = records[1:]
    InvalidInput.refuse(_ragged(header, rows, file, mark))
    header, rows = _without_blank_columns(header, rows)
    InvalidInput.refuse([*_named_twice(header, file), *_header_again(header, rows, file)])
    if not rows:
        raise InvalidInput(Problem("has no rows", file, 1, allowed=_SHAPE))
    lines, cells = zip(*rows, strict=True)
    return TextTable(file, header, cells, lines, decimal or _decimal(cells, lines, file, mark))


def _ragged(header: Row, rows: Sequence[tuple[int, Row]], file: str, mark: str) -> Iterator[Problem]:
    """Rows of another length than the header, or that it is a title above the header."""
    if len(header) == 1 and any(len(row) > 1 and parse_number(",".join(row), ",") is None for _, row in rows):
        yield Problem("must name the columns", file, 1, None, repr(header[0]), "no lines above the header")
        return
    for line, row in rows:
        if len(row) != len(header):
            hint = _COMMAS if mark == "," and len(row) > len(header) else None
            yield Problem(f"a row needs {len(header)} cells", file, line, None, str(len(row)), hint)


def _without_blank_columns(header: Row, rows: Sequence[tuple[int, Row]]) -> tuple[Row, Sequence[tuple[int, Row]]]:
    """Drop columns without a name and without a cell, which spreadsheets add at the end."""
    kept = [at for at, name in enumerate(header) if name or any(row[at] for _, row in rows)]
    if len(kept) == len(header):
        return header, rows
    return tuple(header[at] for at in kept), [(line, tuple(row[at] for at in kept)) for line, row in rows]


def _header_again(header: Row, rows: Sequence[tuple[int, Row]], file: str) -> Iterator[Problem]:
    for line, row in rows:
        if row == header:
            yield Problem("repeats the header", file, line, allowed="one table a file, its header once")


def _named_twice(header: Row, file: str) -> Iterator[Problem]:
    for column in sorted({column for column in header if header.count(column) > 1}):
        yield Problem("column named twice", file, 1, column or "(no name)")


def _records(text: str, mark: str) -> Iterator[tuple[int, Row]]:
    """Rows that hold anything, with the line each ends on."""
    reader = csv.reader(text.splitlines(keepends=True), delimiter=mark, skipinitialspace=True, strict=True)
    for row in reader:
        if any(cell.strip() for cell in row):
            yield reader.line_num, tuple(cell.strip() for cell in row)


def _separator(header: str) -> str:
    """Separator that stands most often in the header outside quotes; a comma where none does."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(SEPARATORS, key=lambda mark: (bare.count(mark), -SEPARATORS.index(mark)))


def _decimal(cells: Sequence[tuple[str, ...]], lines: Sequence[int], file: str, mark: str) -> str:
    """Decimal sign of the numbers, from those cells in which a comma can be nothing else.

    ``1,234`` may be either, and so may ``1.234`` where a comma does not separate the columns; in a table with such
    numbers and no other sign of what they mean, the reader asks.
    """
    if mark == "," and not any("," in cell for row in cells for cell in row):
        return "."
    unclear: Problem | None = None
    point = False
    for line, row in zip(lines, cells, strict=True):
        for cell in row:
            if _DECIMAL_COMMA.fullmatch(cell):
                return ","
            if _either(cell, mark):
                unclear = unclear or _which(cell, line, file)
            elif "." in cell and parse_number(cell) is not None:
                point = True
    if unclear is not None and not point:
        raise InvalidInput(unclear)
    return "."


def _either(cell: str, mark: str) -> bool:
    """Whether the one sign in a number may be a decimal sign or separate thousands."""
    return _THOUSANDS_OR_DECIMAL.fullmatch(cell) is not None and ("," in cell or mark != ",")


def _which(cell: str, line: int, file: str) -> Problem:
    message = f"a decimal {'comma' if ',' in cell else 'point'} or thousands?"
    return Problem(message, file, line, "decimal", cell, "name the decimal sign: . or ,")
