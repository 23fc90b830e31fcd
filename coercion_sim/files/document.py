"""A file as read: its text, its data, and the place of every key, which stays with the key when files are merged."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from coercion_sim.errors import Problem

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
    folder
        Where relative paths inside the file start.
    text
        The file itself.
    written
        The data before values were laid over it with `with_value`.
    locate
        Finds the line of every key of the text; called once a place is needed, as right files need none.
    moved
        Origins of keys that did not stay where they were written; None where all did.
    """

    file: str | None
    data: dict[str, Any]
    folder: Path = Path()
    text: str = field(default="", repr=False)
    written: Mapping[str, Any] = field(default_factory=dict, repr=False)
    locate: Callable[[str], dict[KeyPath, int]] | None = field(default=None, repr=False)
    moved: Mapping[KeyPath, Origin] | None = field(default=None, repr=False)

    @cached_property
    def origins(self) -> Mapping[KeyPath, Origin]:
        """Path of a key -> where it was written."""
        if self.moved is not None:
            return self.moved
        lines = self.locate(self.text) if self.locate else {}
        return {path: (self.file, line) for path, line in lines.items()}

    def problem(
        self,
        path: KeyPath,
        message: str,
        value: object = None,
        allowed: str | None = None,
        suggestion: str | None = None,
        *,
        key: str | None = None,
    ) -> Problem:
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
        kept = {p: origin for p, origin in self.origins.items() if p[: len(path)] != path}
        return replace(self, data=put(self.data, path, value), moved=kept | {path: (file, None)})


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
    target: dict[str, Any],
    origins: dict[KeyPath, Origin],
    value: Mapping[str, Any],
    places: Mapping[KeyPath, Origin],
    *,
    to: KeyPath = (),
    source: KeyPath = (),
    whole: Callable[[object], bool] = lambda _: False,
) -> None:
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


def spell(value: object) -> str:
    """Spell a value as in a TOML file, cut at 80 characters."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


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
    """Map the path of every table, key and array element to the line it starts on, counted from 1.

    Parameters
    ----------
    text
        TOML that `tomllib` accepts, with single line feeds.

    Returns
    -------
    dict
        ``("economy", "closure")`` -> line; elements of arrays and arrays of tables by their index.
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
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match[0]

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
            last = i == len(names) - 1
            if last and array:
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
            self.array(path)
        elif self.peek("{"):
            self.inline_table(path)
        elif not any(self.skip(p) for p in (_LONG_BASIC, _LONG_LITERAL, _BASIC, _LITERAL)):
            self.skip(_SCALAR)

    def array(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while True:
            self.skip(_BLANK)
            if self.peek("]"):
                self.at += 1
                return
            if self.peek(","):
                self.at += 1
                continue
            self.lines[(*path, index)] = self.line()
            self.value((*path, index))
            index += 1

    def inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while True:
            self.skip(_BLANK)
            if self.peek("}"):
                self.at += 1
                return
            if self.peek(","):
                self.at += 1
                continue
            self.pair(path)
