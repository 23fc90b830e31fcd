"""A scenario file as read: text to data, with parents merged, overrides applied, and the place of every key kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any

from coercion_sim.economy import KINDS
from coercion_sim.errors import Problem
from coercion_sim.files import TomlPath as Path

#: Where a value came from: the file's name as shown to the user, and its line (None for ``--set``).
Origin = tuple[str, int | None]
#: Keys that give a measure its size.
SIZE_KEYS = tuple(dict.fromkeys(kind.size for kind in KINDS.values()))


@dataclass(frozen=True)
class Document:
    """Data of a scenario before it is checked.

    Attributes
    ----------
    file
        Name of the file as the user gave it, or of the shipped file.
    folder
        Where the file that names the world stands: relative paths to worlds start there.
    text
        The file itself, unmerged.
    data
        Tables and values, parents merged and overrides applied; uncertain numbers still as tables.
    origins
        Path of a key (measures by position) -> where it was written.
    horizon
        Quarters of the run as the file states them, before overrides: dates are checked against it.
    """

    file: str
    folder: FilePath
    text: str
    data: dict[str, Any]
    origins: Mapping[Path, Origin] = field(repr=False)
    horizon: object = None

    def problem(
        self, path: Path, message: str, found: object = None, allowed: str | None = None, suggestion: str | None = None
    ) -> Problem:
        """Say what is wrong at a path, with the file and line of that key or of the nearest table around it."""
        file, line = self.origin(path)
        shown = None if found is None else found if isinstance(found, str) else show(found)
        return Problem(
            message,
            file=file,
            line=line,
            key=self.dotted(path) or None,
            found=shown,
            allowed=allowed,
            suggestion=suggestion,
        )

    def origin(self, path: Path) -> Origin:
        """Where a key was written, or the nearest table around it."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.origins:
                return self.origins[path[:end]]
        return (self.file, None)

    def dotted(self, path: Path) -> str:
        """Spell a path as users do: measures by name, parts joined by dots."""
        parts: list[str] = []
        for i, part in enumerate(path):
            if isinstance(part, str):
                parts.append(part)
            elif name := _name_of(self.data, path[: i + 1]):
                parts.append(name)
            else:
                parts[-1] += f"[{part + 1}]"
        return ".".join(parts)

    def with_value(self, path: Path, value: object, file: str) -> Document:
        """Return the same document with one value replaced; `file` says where it came from."""
        kept = {p: o for p, o in self.origins.items() if p[: len(path)] != path}
        return replace(self, data=put(self.data, path, value), origins=kept | {path: (file, None)})


def put(data: dict[str, Any], path: Path, value: object) -> dict[str, Any]:
    """Return the data with one value replaced or added; only the tables on the way are copied."""
    top = dict(data)
    place: Any = top
    for part in path[:-1]:
        child = place.get(part) if isinstance(place, dict) else place[part]
        place[part] = list(child) if isinstance(child, list) else dict(child) if isinstance(child, dict) else {}
        place = place[part]
    place[path[-1]] = value
    return top


def show(value: object) -> str:
    """Spell a value as in a TOML file, cut where it is long."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _name_of(data: object, path: Path) -> str | None:
    """Return the `name` of the table at a path, where it has one."""
    place: Any = data
    for part in path:
        try:
            place = place[part]
        except (KeyError, IndexError, TypeError):
            return None
    name = place.get("name") if isinstance(place, dict) else None
    return name if isinstance(name, str) and name else None
