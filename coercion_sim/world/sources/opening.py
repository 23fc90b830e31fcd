"""Files as people have them: plain, gzipped, in a zip, in a zip in a zip; and what every reader of lines needs."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.errors import Problem, WorldError, nearest

BLOCK = 16 * 2**20
#: What a damaged archive raises while it is read.
DAMAGED = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError)


@contextmanager
def open_source(path: Path, wanted: str, year: int | None = None) -> Iterator[tuple[str, IO[bytes]]]:
    """Open the data file that `path` is or contains; yield its name for messages and a stream of bytes.

    Parameters
    ----------
    wanted
        Regular expression for the name of the file inside an archive, case ignored.
    year
        Where several files match, the one whose name has this year.

    Raises
    ------
    WorldError
        For a file that is missing or damaged, and an archive without one such file; its members are listed.
    """
    with ExitStack() as stack:
        try:
            if path.is_dir():
                raise WorldError(Problem("is a folder; name the file in it", file=str(path)))
            stream: IO[bytes] = stack.enter_context(path.open("rb"))
            name = str(path)
            while (start := _peek(stream))[:4] == b"PK\x03\x04":
                archive = stack.enter_context(zipfile.ZipFile(stream))
                member = _member(archive, name, wanted, year)
                name, stream = f"{name}/{member}", stack.enter_context(archive.open(member))
            if start[:2] == b"\x1f\x8b":
                stream = cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=stream)))
                start = _peek(stream)
        except DAMAGED as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise WorldError(Problem(f"cannot be read ({reason})", file=str(path))) from None
        if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise WorldError(Problem("is saved as UTF-16; save it as UTF-8", file=name))
        try:
            yield name, stream
        except DAMAGED as error:
            raise WorldError(Problem(f"is damaged ({error})", file=name)) from None


def _peek(stream: IO[bytes]) -> bytes:
    """Return the first bytes of a stream and go back to its beginning."""
    start = stream.read(4)
    stream.seek(0)
    return start


def _member(archive: zipfile.ZipFile, name: str, wanted: str, year: int | None) -> str:
    """Name of the one member that matches, of the year if several do; an archive in the archive counts."""
    files = [member for member in archive.namelist() if not member.endswith("/")]
    matching = [m for m in files if re.search(wanted, PurePosixPath(m).name, re.IGNORECASE)]
    matching = matching or [m for m in files if m.lower().endswith(".zip")]
    if len(matching) > 1:
        matching = [m for m in matching if _covers(PurePosixPath(m).name, year)]
    if len(matching) == 1:
        return matching[0]
    why = "contains several such files; give --year" if matching else "contains no such file"
    more = f" and {len(files) - 8} more" if len(files) > 8 else ""
    raise WorldError(Problem(why, name, key=f"year {year}" if year else None, found=", ".join(files[:8]) + more))


def _covers(name: str, year: int | None) -> bool:
    """Whether a file name has this year (None: any), by itself or in a span such as 2016-2022."""
    years = [int(text) for text in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", name)]
    spans = re.findall(r"(?<!\d)((?:19|20)\d\d)-((?:19|20)\d\d)(?!\d)", name)
    return year is None or year in years or any(int(first) <= year <= int(last) for first, last in spans)


def year_of_file(name: str, year: int | None) -> int:
    """The year in a file's name (an edition such as ``ICIO2021_`` does not count), which `year` must not contradict."""
    last = re.sub(r"ICIO\d{4}_|V\d{6}", "", PurePosixPath(name).name)
    matching = {int(text) for text in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", last)}
    if len(matching) == 1 and year in (None, *matching):
        return matching.pop()
    if year is not None and len(matching) != 1:
        return year
    why = "has no year in its name; give --year" if year is None else "is of another year"
    raise WorldError(Problem(why, file=name, key="year", found=", ".join(map(str, sorted(matching))) or None))


def header_cells(line: bytes, name: str) -> tuple[list[str], str]:
    """Split the first line into labels without quotes and blanks; return them and the separator."""
    text = _text(line)
    if not text.strip():
        raise WorldError(Problem("is empty", file=name))
    separator = max(",;\t", key=text.count)
    return _cells(text, separator, name, 1), separator


def need_columns(header: Sequence[str], names: Iterable[str], name: str) -> None:
    """Refuse a header without one of these columns."""
    WorldError.refuse(
        Problem("column missing", file=name, line=1, key=key, suggestion=nearest(key, header))
        for key in names
        if key not in header
    )


def _cells(text: str, separator: str, name: str, line: int) -> list[str]:
    """Cells of a line without quotes and blanks around them."""
    try:
        return [cell.strip() for cell in next(csv.reader([text.rstrip("\r\n")], delimiter=separator))]
    except csv.Error as error:
        raise WorldError(Problem(f"is not a valid line of CSV ({error})", file=name, line=line)) from None


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def number_rows(
    stream: IO[bytes], name: str, header: Sequence[str], separator: str, labels: int = 1
) -> Iterator[tuple[int, list[str], Array]]:
    """Yield (line, labels, numbers) of every row below the header, one row in memory at a time.

    The first `labels` cells are text, all others numbers.

    Raises
    ------
    WorldError
        With line and column of a cell that is not a finite number, and for a row of another length.
    """
    count = len(header) - labels
    for line, raw in enumerate(stream, start=2):
        if not raw.strip():
            continue
        text = _text(raw).rstrip("\r\n")
        cells = text.split(separator, labels)
        values = _fast(cells[labels], separator) if len(cells) > labels else np.zeros(0)
        if len(values) != count or not np.isfinite(values).all():
            cells = _cells(text, separator, name, line)
            values = _slow(cells, name, line, header, labels)
        yield line, [cell.strip().strip('"').strip() for cell in cells[:labels]], values


def _fast(text: str, separator: str) -> Array:
    """Numbers of a row, as far as the first that cannot be read."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return np.fromstring(text, dtype=np.float64, sep=separator)
        except ValueError:
            return np.zeros(0)


def _slow(cells: Sequence[str], name: str, line: int, header: Sequence[str], labels: int) -> Array:
    """Numbers of a row read one by one, to name the first that is not a number."""
    if len(cells) != len(header):
        raise WorldError(Problem(f"a row needs {len(header)} cells", file=name, line=line, found=str(len(cells))))
    values = np.zeros(len(header) - labels)
    for at, (key, cell) in enumerate(zip(header[labels:], cells[labels:], strict=True)):
        values[at] = finite(cell, name, line, key)
    return values


def finite(cell: str, name: str, line: int, key: str) -> float:
    """Parse one finite number, or raise the error that names its place."""
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise WorldError(Problem("is not a number", file=name, line=line, key=key, found=repr(cell)))
    return value


def arrow_blocks(stream: IO[bytes], separator: str, types: Mapping[str, Any], **convert: Any) -> Iterable[Any]:
    """Record batches of a CSV file, with these columns alone, by `BLOCK` bytes; raises `pyarrow.ArrowException`."""
    from pyarrow import csv as arrow

    options = arrow.ConvertOptions(include_columns=list(types), column_types=types, **convert)
    parse = arrow.ParseOptions(delimiter=separator)
    blocks: Iterable[Any] = arrow.open_csv(stream, arrow.ReadOptions(block_size=BLOCK), parse, options)
    return blocks


def csv_rows(
    path: Path, wanted: str, year: int | None, name: str, columns: Iterable[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line and cells of these columns of every row of a CSV file; see `open_source`.

    Raises
    ------
    WorldError
        For a row of another length, and a file that cannot be read as CSV.
    """
    with open_source(path, wanted, year) as (_, stream):
        separator = header_cells(stream.readline(), name)[1]
        stream.seek(0)
        try:
            rows = csv.reader(text_lines(stream), delimiter=separator)
            header = [cell.strip() for cell in next(rows)]
            for row in filter(None, rows):
                if len(row) != len(header):
                    needed = f"a row needs {len(header)} cells"
                    raise WorldError(Problem(needed, name, rows.line_num, found=str(len(row))))
                yield rows.line_num, {key: row[header.index(key)].strip() for key in columns}
        except (csv.Error, *DAMAGED) as error:
            raise WorldError(Problem(f"cannot be read ({error})", file=name)) from None


def text_lines(stream: IO[bytes]) -> IO[str]:
    """The stream as text for `csv`, without a byte order mark; bytes that are not UTF-8 are replaced."""
    return io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
