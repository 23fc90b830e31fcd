"""The one way in: bytes to text to data with the line of every key; each failure is one error with its place."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.files.document import Document, KeyPath, spell
from coercion_sim.files.positions import json_lines, toml_lines

_LARGEST = 5_000_000


def read_toml(
    path: Path,
    shown: str | None = None,
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
    shown
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
    return _read(path, shown or str(path), what, example, error, _parse_toml, toml_lines)


def read_json(
    path: Path,
    shown: str | None = None,
    *,
    what: str = "JSON",
    example: str | None = None,
    error: type[InvalidInput] = InvalidInput,
) -> Document:
    """Read a JSON file that holds one object; keys written twice, NaN and infinities are refused. See `read_toml`."""
    return _read(path, shown or str(path), what, example, error, _parse_json, json_lines)


def _read(
    path: Path,
    shown: str,
    what: str,
    example: str | None,
    error: type[InvalidInput],
    parse: Callable[[str, str], dict[str, Any]],
    locate: Callable[[str], dict[KeyPath, int]],
) -> Document:
    try:
        text = _read_text(path, shown, what, example)
        data = parse(text, shown)
    except InvalidInput as refused:
        raise error(refused.problems) from None
    origins = {key: (shown, line) for key, line in locate(text).items()}
    return Document(shown, data, path.parent, text, origins, data)


def _read_text(path: Path, shown: str, what: str, example: str | None) -> str:
    """Read a file as UTF-8 text with single line feeds, without a byte order mark."""
    try:
        if path.is_dir():
            raise InvalidInput(Problem(f"is a folder, not a {what} file", file=shown))
        with path.open("rb") as stream:
            raw = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        raise InvalidInput(Problem("no such file", file=shown)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InvalidInput(Problem(f"cannot be read ({reason})", file=shown)) from None
    if len(raw) > _LARGEST:
        raise InvalidInput(Problem(f"is larger than 5 MB: not a {what} file", file=shown))
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        why = "is saved as UTF-16; save it as UTF-8" if wide else f"is not text in UTF-8 (byte {error.start})"
        line = None if wide else raw.count(b"\n", 0, error.start) + 1
        raise InvalidInput(Problem(why, file=shown, line=line)) from None
    if not text.strip():
        raise InvalidInput(Problem("is empty", file=shown, allowed=example))
    return text


def _parse_toml(text: str, shown: str) -> dict[str, Any]:
    try:
        return _dates_as_text(tomllib.loads(text))  # type: ignore[no-any-return]
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at (?:line (\d+), column (\d+)|end of document)\)", str(error))
        line = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
        message = re.sub(r" \(at .*\)$", "", str(error))
        if message == r"Illegal character '\n'":
            message = "text in quotes does not end on its line"
        column = f" at column {place[2]}" if place and place[2] else ""
        found = text.splitlines()[line - 1].strip() if line <= len(text.splitlines()) else ""
        problem = Problem(f"is not valid TOML{column}: {message}", file=shown, line=line, found=spell(found))
        raise InvalidInput(problem) from None
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InvalidInput(Problem(f"is not valid TOML: {why}", file=shown)) from None


def _parse_json(text: str, shown: str) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        twice = next((key for key in keys if keys.count(key) > 1), None) if len(set(keys)) < len(keys) else None
        if twice is not None:
            raise ValueError(f"key {twice!r} stands twice in one object")
        return dict(pairs)

    def refuse(name: str) -> float:
        raise ValueError(f"{name} is not a number JSON has")

    try:
        data = json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
    except json.JSONDecodeError as error:
        message = f"is not valid JSON: {error.msg} (column {error.colno})"
        raise InvalidInput(Problem(message, file=shown, line=error.lineno)) from None
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InvalidInput(Problem(f"is not valid JSON: {why}", file=shown)) from None
    if not isinstance(data, dict):
        raise InvalidInput(Problem("must hold one object", file=shown, found=spell(data), allowed="{ ... }"))
    return data


def _dates_as_text(value: Any) -> Any:
    """Return the data with TOML's dates and times as text: no key takes them, and text can be shown and compared."""
    if isinstance(value, dict):
        return {key: _dates_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(item) for item in value]
    return str(value) if isinstance(value, date | time) else value
