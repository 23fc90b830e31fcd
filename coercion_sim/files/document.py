"""A file as read: text, data, and the line of every key, which the key keeps when files are merged."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from coercion_sim.errors import Problem, spell

#: Way to a value in nested data: keys of tables, positions in lists.
KeyPath = tuple[str | int, ...]
#: File name as the user gave it (None for data without a file), and the line (None for ``--set``).
Origin = tuple[str | None, int | None]


@dataclass(frozen=True)
class Document:
    """Data of one input before it is checked.

    Attributes
    ----------
    file
        Name of the file as the user gave it; None for data without a file.
    data
        Tables and values; dates as text.
    folder, text
        Where relative paths inside the file start; the file itself.
    written
        The data before values were laid over it with `with_value`.
    locate
        Finds the line of every key of the text; called once a place is needed, as right files need none.
    moved
        Origins of keys that did not stay where they were written; None where all did.
    laid
        Values laid over it with `with_value`: path -> where each came from.
    """

    file: str | None
    data: dict[str, Any]
    folder: Path = Path()
    text: str = field(default="", repr=False)
    written: Mapping[str, Any] = field(default_factory=dict, repr=False)
    locate: Callable[[str], dict[KeyPath, int]] | None = field(default=None, repr=False)
    moved: Mapping[KeyPath, Origin] | None = field(default=None, repr=False)
    laid: Mapping[KeyPath, str] = field(default_factory=dict, repr=False)

    @cached_property
    def origins(self) -> Mapping[KeyPath, Origin]:
        """Path of a key -> where it was written; worked out once a message asks."""
        lines = self.locate(self.text) if self.locate and self.moved is None else {}
        places = self.moved if self.moved is not None else {path: (self.file, line) for path, line in lines.items()}
        for path, file in self.laid.items():
            places = {p: origin for p, origin in places.items() if p[: len(path)] != path} | {path: (file, None)}
        return places

    def problem(
        self, path: KeyPath, message: str, value: object = None, allowed: str | None = None,
        suggestion: str | None = None, *, key: str | None = None,
    ) -> Problem:  # fmt: skip
        """Describe a mistake at a path, with the file and line of that key or of the nearest table around it.

        `key` replaces the spelling of the path.
        """
        file, line = self.origin(path)
        text = None if value is None else value if isinstance(value, str) else spell(value)
        return Problem(message, file, line, key or self.dotted(path) or None, text, allowed, suggestion)

    def origin(self, path: KeyPath) -> Origin:
        """Where a key was written, or the nearest table around it."""
        ends = range(len(path), 0, -1)
        return next((self.origins[path[:end]] for end in ends if path[:end] in self.origins), (self.file, None))

    def dotted(self, path: KeyPath) -> str:
        """Spell a path as users do: parts joined by dots, entries of lists by their `id` or `name`, else by number."""
        parts: list[str] = []
        place: Any = self.data
        for part in path:
            place = place[part] if has(place, part) else None
            if isinstance(part, str):
                parts.append(part)
            elif label := _label(place):
                parts.append(label)
            else:
                parts[-1:] = [f"{parts[-1] if parts else ''}[{part + 1}]"]
        return ".".join(parts)

    def with_value(self, path: KeyPath, value: object, file: str) -> Document:
        """Return the document with one value replaced; `file` names where it came from."""
        laid = {p: name for p, name in self.laid.items() if p != path} | {path: file}
        return replace(self, data=put(self.data, path, value), laid=laid)


def put(data: dict[str, Any], path: KeyPath, value: object) -> dict[str, Any]:
    """Return the data with one value replaced or added; only the tables on the way are copied."""
    top = dict(data)
    place: Any = top
    for part in path[:-1]:
        child = place.get(part) if isinstance(place, dict) else place[part]
        place[part] = list(child) if isinstance(child, list) else dict(child) if isinstance(child, dict) else {}
        place = place[part]
    place[path[-1]] = value
    return top


def lay(
    target: dict[str, Any], origins: dict[KeyPath, Origin], value: Mapping[str, Any], places: Mapping[KeyPath, Origin],
    *, to: KeyPath = (), source: KeyPath = (), whole: Callable[[object], bool] = lambda _: False,
) -> None:  # fmt: skip
    """Lay a table over `target` key by key, nested tables likewise, with the places of its keys.

    Anything that is not a table on both sides is replaced, and so is a table of `target` that is `whole`. `to` and
    `source` are the paths of `target` in `origins` and of `value` in `places`.
    """
    for key, item in value.items():
        old = target.get(key)
        if isinstance(old, dict) and isinstance(item, dict) and not whole(old):
            lay(old, origins, item, places, to=(*to, key), source=(*source, key), whole=whole)
        else:
            target[key] = copy.deepcopy(item)
            move_places(origins, places, (*to, key), (*source, key))


def move_places(origins: dict[KeyPath, Origin], places: Mapping[KeyPath, Origin], to: KeyPath, source: KeyPath) -> None:
    """Replace the places noted under one path by those under another."""
    for path in [p for p in origins if p[: len(to)] == to]:
        del origins[path]
    origins.update({(*to, *p[len(source) :]): o for p, o in places.items() if p[: len(source)] == source})


def has(place: object, part: str | int) -> bool:
    """Whether a table has this key, or a list this position."""
    if isinstance(place, dict):
        return part in place
    return isinstance(place, list) and isinstance(part, int) and part < len(place)


def _label(table: object) -> str | None:
    """Return the `id` or `name` of an entry of a list, where it has one."""
    label = table.get("id", table.get("name")) if isinstance(table, dict) else None
    return label if isinstance(label, str) and label else None


_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_LONG_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''.*?'''(?:'{0,2})", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}#\n]+")


def toml_lines(text: str) -> dict[KeyPath, int]:
    """Map the path of every table, key and array element of a valid TOML text to its first line, counted from 1.

    ``("economy", "closure")`` -> line; elements of arrays and arrays of tables by their index. Line feeds are single.
    """
    return _Scanner(text).scan()


class _Scanner:
    """One pass over a valid text, keeping a position and the table in force."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[KeyPath, int] = {}
        self.tables: dict[KeyPath, int] = {}
        self._counted = (0, 1)

    def line(self) -> int:
        """Line of the current position; counts on from the last call."""
        at, line = self._counted
        line += self.text.count("\n", at, self.at)
        self._counted = (self.at, line)
        return line

    def skip(self, pattern: re.Pattern[str]) -> str:
        """Move past a match and return it; empty without one."""
        taken = match[0] if (match := pattern.match(self.text, self.at)) else ""
        self.at += len(taken)
        return taken

    def peek(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def scan(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while True:
            self.skip(_BLANK)
            if self.at >= len(self.text):
                return self.lines
            if self.peek("["):
                table = self.header()
            else:
                self.pair(table)

    def header(self) -> KeyPath:
        """``[a.b]`` or ``[[a.b]]``: return the path of the table it opens."""
        line, array = self.line(), self.peek("[[")
        self.at += 2 if array else 1
        names = self.key()
        self.skip(_SPACE)
        self.at += 2 if array else 1
        path: KeyPath = ()
        for i, name in enumerate(names):
            path = (*path, name)
            self.lines.setdefault(path, line)
            if array and i == len(names) - 1:
                self.tables[path] = self.tables.get(path, -1) + 1
            if path in self.tables:
                path = (*path, self.tables[path])
                self.lines.setdefault(path, line)
        return path

    def pair(self, table: KeyPath) -> None:
        """``a.b = value`` under a table."""
        line, path = self.line(), table
        for name in self.key():
            path = (*path, name)
            self.lines.setdefault(path, line)
        self.skip(_SPACE)
        self.at += 1  # the equals sign
        self.value(path)

    def key(self) -> list[str]:
        """Read a key of one or more parts, bare or quoted."""
        parts = []
        while True:
            self.skip(_SPACE)
            if self.peek('"') or self.peek("'"):
                quoted = self.skip(_BASIC) or self.skip(_LITERAL)
                parts.append(str(tomllib.loads(f"k = {quoted}")["k"]))
            else:
                parts.append(self.skip(_BARE))
            self.skip(_SPACE)
            if not self.peek("."):
                return parts
            self.at += 1

    def value(self, path: KeyPath) -> None:
        """Move past one value, noting what it holds."""
        self.skip(_SPACE)
        if self.peek("["):
            for index in self.entries("]"):
                self.lines[(*path, index)] = self.line()
                self.value((*path, index))
        elif self.peek("{"):
            for _ in self.entries("}"):
                self.pair(path)
        elif not any(self.skip(p) for p in (_LONG_BASIC, _LONG_LITERAL, _BASIC, _LITERAL)):
            self.skip(_SCALAR)

    def entries(self, close: str) -> Iterator[int]:
        """Number of each entry up to the closing bracket; commas between them are passed over."""
        self.at += 1
        for index in count():
            self.skip(_BLANK)
            while self.peek(","):
                self.at += 1
                self.skip(_BLANK)
            if self.peek(close):
                self.at += 1
                return
            yield index


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+|\n')


def json_lines(text: str) -> dict[KeyPath, int]:
    """Map the path of every key and array element of a valid JSON text to the line it starts on, counted from 1."""
    lines: dict[KeyPath, int] = {}
    line, key = 1, ""  # the text before a colon, where an object may hold a key
    path: list[str | int] = []  # one part for each open object or array
    for token in _TOKEN.findall(text):
        if token == "\n":
            line += 1
        elif token in "]}":
            path.pop()
        elif token == ",":
            path[-1] = path[-1] + 1 if isinstance(path[-1], int) else ""
        elif token == ":":
            path[-1] = json.loads(key)
            lines[tuple(path)] = line
        else:
            if path and isinstance(path[-1], int):
                lines[tuple(path)] = line
            key = token
            if token in "[{":
                path.append(0 if token == "[" else "")
    return lines
