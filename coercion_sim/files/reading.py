"""The one way in: bytes to text to data to models, every mistake with its place and remedy.

`read_toml` and `read_json` make a `Document` of a file; `validate` makes a frozen `Table` of a part of it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.files.document import Document, KeyPath, has, spell, toml_lines
from coercion_sim.files.explaining import QUARTER, explain
from coercion_sim.files.guard import DEEPEST, check_limits, guarded

M = TypeVar("M", bound=BaseModel)
_LARGEST = 5_000_000
#: Mistakes of one table explained at most: each takes a search of the file.
_MOST = 2_500


class Table(BaseModel):
    """Base of every table of a user's file: frozen, unknown keys refused, no guessing of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True, allow_inf_nan=False)


def _list(value: object) -> object:
    """Take one word for a list of one."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


Label = Annotated[str, Field(min_length=1)]
Labels = Annotated[tuple[Label, ...], BeforeValidator(_list)]
QuarterLabel = Annotated[str, StringConstraints(pattern=QUARTER, strip_whitespace=True, to_upper=True)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]


def number_field(
    default: Any, unit: str, description: str, *, ge: float | None = 0, gt: float | None = None, **bounds: float
) -> Any:
    """Return the field of a number: its unit, which dictionary and JSON Schema state, and its bounds.

    It is at least 0 unless `ge` says otherwise (None: no such bound) or `gt` excludes the lower end.
    """
    limits: dict[str, Any] = {"ge": None if gt is not None else ge, "gt": gt, **bounds}
    return Field(default, description=description, json_schema_extra={"unit": unit}, **limits)


def read_toml(
    path: Path,
    name: str | None = None,
    *,
    what: str = "TOML",
    example: str | None = None,
    error: type[InvalidInput] = InvalidInput,
) -> Document:
    """Read a TOML file.

    Parameters
    ----------
    path
        The file.
    name
        Its name in messages; the path if None.
    what, example
        Kind of file for messages, and what to write where the file is empty.
    error
        Class of the error raised.

    Raises
    ------
    InvalidInput
        For a file that is missing, a folder, not UTF-8, larger than 5 MB, empty or not TOML: one problem, its place.
    """
    return read_file(path, name or str(path), what, example, error, _parse_toml, toml_lines)


def read_file(
    path: Path,
    name: str,
    what: str,
    example: str | None,
    error: type[InvalidInput],
    parse: Callable[[str, str], dict[str, Any]],
    locate: Callable[[str], dict[KeyPath, int]],
    largest: int = _LARGEST,
    deepest: int = DEEPEST,
) -> Document:
    """Read a file with any parser from text to data, as `read_toml` does; at most so many bytes and levels."""
    try:
        with guarded(name, f"{what} file"):
            text = read_text(path, what, name=name, example=example, largest=largest)
            data = parse(text, name)
            check_limits(data, deepest)
    except InvalidInput as refused:
        raise error(refused.problems) from None
    return Document(name, data, path.parent, text, data, locate)


def read_text(
    path: Path,
    what: str,
    *,
    name: str | None = None,
    example: str | None = None,
    tabular: bool = False,
    encoding: str | None = None,
    largest: int = _LARGEST,
) -> str:
    """Read a text file with single line feeds and without a byte order mark: the one way from bytes to text.

    Parameters
    ----------
    what, name, example
        The kind of file, its name in messages (the path if None), and what to write where it is empty.
    tabular
        Whether it is a table of data: of any size, and read as UTF-16 where it begins with that byte order mark.
    encoding
        Name of the encoding; UTF-8 if None.
    largest
        Bytes at most, unless `tabular`.

    Raises
    ------
    InvalidInput
        For a file that is missing, a folder, too large, empty, or in another encoding: one problem, with its remedy.
    """
    name = name or str(path)
    largest = -1 if tabular else largest
    try:
        if path.is_dir():
            raise InvalidInput(Problem(f"is a folder, not a {what} file", file=name))
        with path.open("rb") as stream:
            raw = stream.read(largest + 1 if largest >= 0 else -1)
    except FileNotFoundError:
        raise InvalidInput(Problem("no such file", file=name)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InvalidInput(Problem(f"cannot be read ({reason})", file=name)) from None
    if 0 <= largest < len(raw):
        raise InvalidInput(Problem(f"is larger than {largest // 10**6} MB: not a {what} file", file=name))
    wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    coding = encoding or ("utf-16" if wide and tabular else "utf-8-sig")
    try:
        text = raw.decode(coding).removeprefix("\ufeff").replace("\r\n", "\n")
    except LookupError:
        raise InvalidInput(
            Problem("unknown encoding", key="encoding", found=repr(encoding), allowed=_CODINGS)
        ) from None
    except UnicodeDecodeError as error:
        raise InvalidInput(_not_text(raw, error.start, name, wide=wide, tabular=tabular, encoding=encoding)) from None
    if tabular and "\0" in text:
        message = "is not text; if it was saved as UTF-16 without a mark, save it as UTF-8"
        raise InvalidInput(Problem(message, file=name, line=text.count("\n", 0, text.index("\0")) + 1))
    if not text.strip():
        raise InvalidInput(Problem("is empty", file=name, allowed=example))
    return text


_CODINGS = "utf-8, utf-16, cp1252 and others that Python knows"


def _not_text(raw: bytes, at: int, name: str, *, wide: bool, tabular: bool, encoding: str | None) -> Problem:
    """Describe a file that is not in the encoding tried, with the remedy."""
    if encoding is not None:
        return Problem(f"is not text in {encoding} (byte {at})", file=name, allowed=_CODINGS)
    if wide:
        return Problem("is saved as UTF-16; save it as UTF-8", file=name)
    line = raw.count(b"\n", 0, at) + 1
    if tabular and 0 not in raw:
        start = raw.rfind(b"\n", 0, at) + 1
        seen = re.split(r"[,;\t\n]", raw[start : at + 40].decode("cp1252", "replace")[: at - start + 30])
        cell = next((part for part in seen if not part.isascii()), "")
        remedy = f"save it as UTF-8, or name its encoding; cp1252 (Windows) would read {cell.strip()!r}"
        return Problem(f"is not text in UTF-8 (byte {at})", file=name, line=line, allowed=remedy)
    return Problem(f"is not text in UTF-8 (byte {at})", file=name, line=line)


def _parse_toml(text: str, name: str) -> dict[str, Any]:
    try:
        return _dates_as_text(tomllib.loads(text))  # type: ignore[no-any-return]
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at (?:line (\d+), column (\d+)|end of document)\)", str(error))
        line = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
        message = re.sub(r" \(at .*\)$", "", str(error))
        if message == r"Illegal character '\n'":
            message = "text in quotes does not end on its line"
        column = f" at column {place[2]}" if place and place[2] else ""
        code = text.splitlines()[line - 1].strip() if line <= len(text.splitlines()) else ""
        problem = Problem(f"is not valid TOML{column}: {message}", file=name, line=line, found=spell(code))
        raise InvalidInput(problem) from None
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InvalidInput(Problem(f"is not valid TOML: {why}", file=name)) from None


def _dates_as_text(value: Any) -> Any:
    """Return the data with TOML's dates and times as text: no key takes them, and text can be printed and compared."""
    if isinstance(value, dict):
        return {key: _dates_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(item) for item in value]
    return str(value) if isinstance(value, date | time) else value


class Piece(NamedTuple):
    """One table to validate: its path in the document, its model, its data, and keys allowed besides the model's."""

    path: KeyPath
    model: type[BaseModel]
    data: object
    also: tuple[str, ...] = ()


def validate(
    model: type[M], document: Document, path: KeyPath = (), also: tuple[str, ...] = ()
) -> tuple[M | None, list[Problem]]:
    """Validate the table at a path of a document: the model or None, and every problem.

    Parameters
    ----------
    model
        Usually a `Table`.
    path
        Keys down to the table; () is the whole document. A table that is absent counts as empty.
    also
        Keys allowed besides those of the model, which are left out before it sees the table.
    """
    table: Any = document.data
    for part in path:
        table = table[part] if has(table, part) else {}
    if also and isinstance(table, Mapping):
        table = {key: value for key, value in table.items() if key not in also}
    ((read, problems),) = validate_all(document, [Piece(path, model, table, also)])
    return read, problems


def validate_all(document: Document, pieces: Iterable[Piece]) -> list[tuple[Any, list[Problem]]]:
    """Validate many tables of one document: for each the model or None, and its problems."""
    read: list[tuple[Any, list[Problem]]] = []
    for piece in pieces:
        path, table = piece.path, piece.data
        if not isinstance(table, Mapping):
            read.append((None, [document.problem(path, "must be a table", table, f"[{document.dotted(path)}]")]))
            continue
        try:
            # JSON, because only from it do strict models take lists for tuples and yet refuse true for 1.
            read.append((piece.model.model_validate_json(json.dumps(table, default=str), strict=True), []))
        except ValidationError as error:
            details = error.errors(include_url=False)
            explained = [
                explain(piece.path, piece.model, table, piece.also, detail, document) for detail in details[:_MOST]
            ]
            if len(details) > _MOST:
                explained.append(document.problem(path, f"has {len(details) - _MOST:,} more mistakes"))
            read.append((None, explained))
    return read


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+|\n')


def read_json(
    path: Path,
    name: str | None = None,
    *,
    what: str = "JSON",
    example: str | None = None,
    error: type[InvalidInput] = InvalidInput,
    largest: int = _LARGEST,
    deepest: int = DEEPEST,
) -> Document:
    """Read a JSON file that holds one object; keys written twice, NaN and infinities are refused. See `read_toml`."""
    return read_file(path, name or str(path), what, example, error, _parse, json_lines, largest, deepest)


def json_lines(text: str) -> dict[KeyPath, int]:
    """Map the path of every key and array element of a valid JSON text to the line it starts on, counted from 1."""
    lines: dict[KeyPath, int] = {}
    line = 1
    path: list[str | int] = []  # one part for each open object or array
    key: str | None = None  # text before the colon, where an object may hold a key
    for token in _TOKEN.findall(text):
        if token == "\n":
            line += 1
        elif token in "]}":
            path.pop()
        elif token == ",":
            path[-1] = path[-1] + 1 if isinstance(path[-1], int) else ""
        elif token == ":":
            path[-1] = json.loads(str(key))
            lines[tuple(path)] = line
        else:
            if path and isinstance(path[-1], int):
                lines[tuple(path)] = line
            key = token
            if token in "[{":
                path.append(0 if token == "[" else "")
    return lines


def _number(digits: str) -> int | float:
    """Read a whole number of JSON, which knows numbers alone: past 18 digits it is a float, infinite past its range."""
    return int(digits) if len(digits) <= 18 else float(digits)


def _parse(text: str, name: str) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        twice = next((key for key in keys if keys.count(key) > 1), None) if len(set(keys)) < len(keys) else None
        if twice is not None:
            raise ValueError(f"key {twice!r} stands twice in one object")
        return dict(pairs)

    def refuse(name: str) -> float:
        raise ValueError(f"{name} is not a number JSON has")

    try:
        data = json.loads(text, object_pairs_hook=unique, parse_constant=refuse, parse_int=_number)
    except json.JSONDecodeError as error:
        message = f"is not valid JSON: {error.msg} (column {error.colno})"
        raise InvalidInput(Problem(message, file=name, line=error.lineno)) from None
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InvalidInput(Problem(f"is not valid JSON: {why}", file=name)) from None
    if not isinstance(data, dict):
        raise InvalidInput(Problem("must hold one object", file=name, found=spell(data), allowed="{ ... }"))
    return data
