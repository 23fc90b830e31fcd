"""JSON files by the same way as TOML: text, data, the line of every key."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.files.document import Document, KeyPath, spell
from coercion_sim.files.reading import read_file

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+|\n')


def read_json(
    path: Path,
    name: str | None = None,
    *,
    what: str = "JSON",
    example: str | None = None,
    error: type[InvalidInput] = InvalidInput,
) -> Document:
    """Read a JSON file that holds one object; keys written twice, NaN and infinities are refused. See `read_toml`."""
    return read_file(path, name or str(path), what, example, error, _parse, json_lines)


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
        data = json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
    except json.JSONDecodeError as error:
        message = f"is not valid JSON: {error.msg} (column {error.colno})"
        raise InvalidInput(Problem(message, file=name, line=error.lineno)) from None
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InvalidInput(Problem(f"is not valid JSON: {why}", file=name)) from None
    if not isinstance(data, dict):
        raise InvalidInput(Problem("must hold one object", file=name, found=spell(data), allowed="{ ... }"))
    return data
