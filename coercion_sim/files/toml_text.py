"""TOML in and out: reading with errors that name file and line, writing what `tomllib` reads back unchanged."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coercion_sim.errors import Problem, WorldError


def read_toml(path: Path) -> dict[str, Any]:
    """Parse a TOML file, or say in one `WorldError` with file and line why it cannot be."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise WorldError(Problem(f"cannot be read ({error.strerror})", file=str(path))) from None
    except UnicodeDecodeError:
        raise WorldError(Problem("is not a text file (UTF-8)", file=str(path))) from None
    if not text.strip():
        raise WorldError(Problem("is empty", file=str(path)))
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        raise WorldError(
            Problem(f"is not valid TOML: {error}", file=str(path), line=int(at.group(1)) if at else None)
        ) from None


def line_of(text: str, key: str) -> int | None:
    """Return the first line on which a bare or quoted key is assigned or opens a table, or None."""
    word = re.escape(key)
    pattern = re.compile(rf"^\s*(?:\[+\s*)?(?:[\w.\"-]+\.)?\"?{word}\"?\s*(?:=|\]|\.)")
    return next((n for n, line in enumerate(text.splitlines(), 1) if pattern.search(line)), None)


def toml_text(text: str) -> str:
    """Return a TOML basic string: quotes, backslashes and control characters escaped."""
    short = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(short.get(c) or (c if c.isprintable() else f"\\U{ord(c):08x}") for c in text) + '"'


def toml_list(words: Sequence[str]) -> str:
    """Return a list of text on one line."""
    return "[" + ", ".join(toml_text(word) for word in words) + "]"


def toml_table(table: Mapping[str, str | float | Sequence[str]]) -> str:
    """Return an inline table of text, numbers and lists of text; keys must be bare."""
    return "{ " + ", ".join(f"{key} = {_value(value)}" for key, value in table.items()) + " }"


def _value(value: str | float | Sequence[str]) -> str:
    if isinstance(value, str):
        return toml_text(value)
    return repr(float(value)) if isinstance(value, float | int) else toml_list(value)


def toml_block(key: str, items: Sequence[str]) -> list[str]:
    """Return the lines of an array with one item a line."""
    return ["", f"{key} = [", *(f"  {item}," for item in items), "]"]
