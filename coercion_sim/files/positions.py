"""Places of keys: the line on which each key of a TOML or JSON text stands, found only where a message names it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from itertools import count

from coercion_sim.files.document import KeyPath

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
