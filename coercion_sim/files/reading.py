"""The one way in: bytes to text to data to models, every mistake with its place and remedy.

`read_toml` and `read_json` make a `Document` of a file; `validate` makes a frozen `Table` of a part of it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from coercion_sim.errors import CoercionSimError, InvalidInput, Problem, spell
from coercion_sim.files.document import Document, KeyPath, has, json_lines, toml_lines
from coercion_sim.files.explaining import QUARTER, explain, not_text, not_toml, reason

M = TypeVar("M", bound=BaseModel)
_LARGEST = 5_000_000
#: Mistakes of one table explained at most: each takes a search of the file.
_MOST = 2_500
#: Nesting of a table or list, and digits of a whole number (TOML's are of 64 bits).
DEEPEST = 100
_DIGITS = 18


@contextmanager
def guarded(
    path: str | Path, what: str, error: Callable[[Problem], CoercionSimError] = InvalidInput, remedy: str | None = None,
    key: str | None = None,
) -> Iterator[None]:  # fmt: skip
    """Turn any failure of the block into `error` with file, reason and remedy; named errors pass as they are.

    Parameters
    ----------
    path, key
        File and, where only a part of it is read, the part.
    what
        Kind of file: "is not a readable ..." in the message; "cannot be read" where empty.
    remedy
        What to do; in the message as the values allowed.
    """
    try:
        yield
    except CoercionSimError:
        raise
    except Exception as fault:  # MemoryError and RecursionError included: sizes and depths are the file's
        unread = not what or (isinstance(fault, OSError) and fault.strerror)
        readable = "cannot be read" if unread else f"is not a readable {what}"
        message = "no such file" if isinstance(fault, FileNotFoundError) else f"{readable} ({reason(fault)})"
        raise error(Problem(message, file=str(path), key=key, allowed=remedy)) from fault


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
#: Longest name of a scenario or plan: with a key and the name of a table it must still be the name of a file.
LONGEST_NAME = 100
#: Characters that change how a terminal shows what stands around them: controls, and turns of the direction of writing.
_UNSHOWN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
#: Names that Windows keeps for devices, whatever follows the point.
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def _no_device(name: str) -> str:
    if _DEVICE.fullmatch(name):
        raise ValueError("is the name of a device on Windows, and no folder can have it")
    return name


#: Name of a folder of results, on any system.
FolderName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_-])?$", max_length=LONGEST_NAME),
    AfterValidator(_no_device),
]


def read_toml(
    path: Path, name: str | None = None, *, what: str = "TOML", example: str | None = None,
    error: type[InvalidInput] = InvalidInput,
) -> Document:  # fmt: skip
    """Read a TOML file.

    Parameters
    ----------
    path, name
        The file, and its name in messages (the path if None).
    what, example, error
        Kind of file for messages, what to write where it is empty, and the class of the error raised.

    Raises
    ------
    InvalidInput
        For a file that is missing, a folder, not UTF-8, larger than 5 MB, empty or not TOML: one problem, its place.
    """
    return read_file(path, name or str(path), what, example, error, _parse_toml, toml_lines)


def read_file(
    path: Path, name: str, what: str, example: str | None, error: type[InvalidInput],
    parse: Callable[[str, str], dict[str, Any]], locate: Callable[[str], dict[KeyPath, int]], largest: int = _LARGEST,
    deepest: int = DEEPEST,
) -> Document:  # fmt: skip
    """Read a file with any parser from text to data, as `read_toml` does; at most so many bytes and levels."""
    try:
        with guarded(name, f"{what} file"):
            text = read_text(path, what, name=name, example=example, largest=largest)
            data = parse(text, name)
            check_limits(data, deepest)
    except InvalidInput as refused:
        raise error(refused.problems) from None
    return Document(name, data, path.parent, text, data, locate)


def read_bytes(path: Path, what: str, name: str, largest: int | None = _LARGEST) -> bytes:
    """Read a file of `largest` bytes at most; a folder, a larger file and one that cannot be read are refused."""
    with guarded(name, ""):
        if path.is_dir():
            raise InvalidInput(Problem(f"is a folder, not a {what} file", file=name))
        if largest is None and path.is_char_device():  # /dev/zero never ends
            raise InvalidInput(Problem(f"is a device, not a {what} file", file=name))
        with path.open("rb") as stream:
            raw = stream.read(-1 if largest is None else largest + 1)
    if largest is not None and len(raw) > largest:
        raise InvalidInput(Problem(f"is larger than {largest // 10**6} MB: not a {what} file", file=name))
    return raw


def read_text(
    path: Path, what: str, *, name: str | None = None, example: str | None = None, largest: int = _LARGEST
) -> str:
    """Read a text file in UTF-8 with single line feeds and without a byte order mark.

    Parameters
    ----------
    what, name, example, largest
        Kind of file, its name in messages (the path if None), what to write where it is empty, and bytes at most.

    Raises
    ------
    InvalidInput
        For a file that is missing, a folder, too large, empty, or in another encoding: one problem, with its remedy.
    """
    name = name or str(path)
    raw = read_bytes(path, what, name, largest)
    try:
        text = raw.decode("utf-8-sig").removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise InvalidInput(not_text(raw, error.start, name)) from None
    if not text.strip():
        raise InvalidInput(Problem("is empty", file=name, allowed=example))
    return text


def _parse_toml(text: str, name: str) -> dict[str, Any]:
    try:
        return _dates_as_text(tomllib.loads(text))  # type: ignore[no-any-return]
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(not_toml(error, text, name)) from None
    except (ValueError, RecursionError) as error:
        raise InvalidInput(Problem(f"is not valid TOML: {reason(error)}", file=name)) from None


def _dates_as_text(value: Any) -> Any:
    """Return the data with TOML's dates and times as text: no key takes them, and text can be printed and compared."""
    if isinstance(value, dict):
        return {key: _dates_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(item) for item in value]
    return str(value) if isinstance(value, date | time) else value


def check_limits(data: object, deepest: int = DEEPEST) -> None:
    """Refuse parsed data nested more than `deepest` levels, with numbers of more than 18 digits or control characters.

    Raises
    ------
    ValueError
        Naming the limit and the key.
    """
    largest = 10**_DIGITS
    waiting: list[tuple[Any, tuple[str | int, ...]]] = [(data, ())]
    while waiting:
        value, path = waiting.pop()
        if len(path) > deepest:
            raise ValueError(f"nested more than {deepest} deep at {_spelt(path[:2])}")
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for part, item in inside:
            if isinstance(item, dict | list):
                waiting.append((item, (*path, part)))
            elif isinstance(item, int) and not -largest < item < largest:
                raise ValueError(f"a whole number of more than {_DIGITS} digits at {_spelt((*path, part))}")
            elif isinstance(item, str) and _UNSHOWN.search(item):
                raise ValueError(f"a control character at {_spelt((*path, part))}")


def _spelt(path: tuple[str | int, ...]) -> str:
    """Spell a path in a few words."""
    text = ".".join(str(part)[:40] if isinstance(part, str) else f"[{part + 1}]" for part in path)
    return text.replace(".[", "[")[:120]


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
            explained = [explain(path, piece.model, table, piece.also, one, document) for one in details[:_MOST]]
            if len(details) > _MOST:
                explained.append(document.problem(path, f"has {len(details) - _MOST:,} more mistakes"))
            read.append((None, explained))
    return read


def read_json(
    path: Path, name: str | None = None, *, what: str = "JSON", example: str | None = None,
    error: type[InvalidInput] = InvalidInput, largest: int = _LARGEST, deepest: int = DEEPEST,
) -> Document:  # fmt: skip
    """Read a JSON file that holds one object; keys written twice, NaN and infinities are refused. See `read_toml`."""
    return read_file(path, name or str(path), what, example, error, _parse, json_lines, largest, deepest)


def _parse(text: str, name: str) -> dict[str, Any]:
    def number(digits: str) -> int | float:  # JSON knows numbers alone: a long one is a float, infinite past its range
        return int(digits) if len(digits) <= _DIGITS else float(digits)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        data = dict(pairs)
        if len(data) < len(pairs):
            keys = [key for key, _ in pairs]
            raise ValueError(f"key {next(key for key in keys if keys.count(key) > 1)!r} is given twice in one object")
        return data

    def refuse(name: str) -> float:
        raise ValueError(f"{name} is not a number JSON has")

    try:
        data = json.loads(text, object_pairs_hook=unique, parse_constant=refuse, parse_int=number)
    except json.JSONDecodeError as error:
        message = f"is not valid JSON: {error.msg} (column {error.colno})"
        raise InvalidInput(Problem(message, file=name, line=error.lineno)) from None
    except (ValueError, RecursionError) as error:
        raise InvalidInput(Problem(f"is not valid JSON: {reason(error)}", file=name)) from None
    if not isinstance(data, dict):
        raise InvalidInput(Problem("must hold one object", file=name, found=spell(data), allowed="{ ... }"))
    return data
