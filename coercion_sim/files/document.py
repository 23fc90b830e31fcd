"""A file as read: text, data and the place of every key, which the key keeps when files are merged; and quarters."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

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


def spell(value: object) -> str:
    """Spell a value as in a TOML file, cut at 80 characters."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _label(table: object) -> str | None:
    """Return the `id` or `name` of an entry of a list, where it has one."""
    label = table.get("id", table.get("name")) if isinstance(table, dict) else None
    return label if isinstance(label, str) and label else None


#: Pattern of a quarter's label.
QUARTER: Final = r"^\d{4}[Qq][1-4]$"


@dataclass(frozen=True, order=True)
class Quarter:
    """One quarter of a year, written ``2020Q2``. Adding n moves n quarters on; a difference counts quarters."""

    year: int
    number: int

    @classmethod
    def parse(cls, label: str) -> Quarter:
        """Read ``2020Q2``; raises ValueError for anything else."""
        if re.fullmatch(QUARTER, label.strip()) is None:
            raise ValueError(f"{label!r} is not a quarter such as 2020Q2")
        return cls(int(label.strip()[:4]), int(label.strip()[5]))

    def __add__(self, quarters: int) -> Quarter:
        year, number = divmod(self.year * 4 + self.number - 1 + quarters, 4)
        return Quarter(year, number + 1)

    def __sub__(self, other: Quarter) -> int:
        return (self.year - other.year) * 4 + self.number - other.number

    def __str__(self) -> str:
        return f"{self.year:04d}Q{self.number}"
