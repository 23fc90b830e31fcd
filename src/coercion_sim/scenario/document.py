"""A scenario file as read: text to data, with parents merged, overrides applied, and the place of every key kept."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from pathlib import Path as FilePath
from typing import Any

from coercion_sim.economy import KINDS
from coercion_sim.errors import Problem, ScenarioError
from coercion_sim.scenario.library import resolve
from coercion_sim.scenario.toml_lines import Path, locate
from coercion_sim.scenario.uncertain import looks_uncertain

#: Where a value came from: the file's name as shown to the user, and its line (None for ``--set``).
Origin = tuple[str, int | None]
_LARGEST = 5_000_000
_DEEPEST = 8
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


def read_document(name_or_path: str | FilePath, above: tuple[FilePath, ...] = ()) -> Document:
    """Read a scenario file and the files it extends.

    Raises
    ------
    ScenarioError
        For a file that is missing, no file, not text, not TOML or empty, and for `extends` that goes round in a circle.
    """
    path, shown = resolve(name_or_path, above[-1].parent if above else None)
    key = path.resolve()
    if key in above:
        chain = " -> ".join(p.name for p in (*above[above.index(key) :], key))
        raise ScenarioError(Problem("extends goes round in a circle", file=shown, key="extends", found=chain))
    if len(above) >= _DEEPEST:
        raise ScenarioError(Problem(f"more than {_DEEPEST} files extend one another", file=shown, key="extends"))
    text = _read_text(path, shown)
    data, lines = _parse(text, shown)
    data.setdefault("name", re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).lstrip("._-") or "scenario")
    document = Document(
        shown, path.parent, text, data, {p: (shown, line) for p, line in lines.items()}, data.get("quarters")
    )
    parent = data.pop("extends", None)
    if parent is None:
        return document
    if not isinstance(parent, str) or not parent:
        raise ScenarioError(document.problem(("extends",), "must name a shipped scenario or a file", parent))
    try:
        base = read_document(parent, (*above, key))
    except ScenarioError as error:
        here = document.origin(("extends",))
        lost = [
            Problem(f"cannot extend {parent!r}: {p}", file=here[0], line=here[1], key="extends") for p in error.problems
        ]
        raise ScenarioError(lost) from None
    return _merge(base, document)


def _read_text(path: FilePath, shown: str) -> str:
    """Read a file as UTF-8 text, or raise one clear error."""
    try:
        if path.is_dir():
            raise ScenarioError(Problem("is a folder, not a scenario file", file=shown))
        with path.open("rb") as stream:
            raw = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        raise ScenarioError(Problem("no such file", file=shown)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ScenarioError(Problem(f"cannot be read ({reason})", file=shown)) from None
    if len(raw) > _LARGEST:
        raise ScenarioError(Problem("is larger than 5 MB: not a scenario file", file=shown))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        why = "is saved as UTF-16; save it as UTF-8" if wide else f"is not text in UTF-8 (byte {error.start})"
        line = None if wide else raw.count(b"\n", 0, error.start) + 1
        raise ScenarioError(Problem(why, file=shown, line=line)) from None
    text = text.replace("\r\n", "\n")
    if not text.strip():
        start = "a scenario; `coercion-sim copy australia-2020 mine.toml` writes one to start from"
        raise ScenarioError(Problem("is empty", file=shown, allowed=start))
    return text


def _parse(text: str, shown: str) -> tuple[dict[str, Any], dict[Path, int]]:
    """Parse TOML, and locate its keys."""
    try:
        return _dates_as_text(tomllib.loads(text)), locate(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at (?:line (\d+), column (\d+)|end of document)\)", str(error))
        line = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
        message = re.sub(r" \(at .*\)$", "", str(error))
        if message == r"Illegal character '\n'":
            message = "text in quotes does not end on its line"
        column = f" at column {place[2]}" if place and place[2] else ""
        found = text.splitlines()[line - 1].strip() if line <= len(text.splitlines()) else ""
        problem = Problem(f"is not valid TOML{column}: {message}", file=shown, line=line, found=show(found))
        raise ScenarioError(problem) from None
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ScenarioError(Problem(f"is not valid TOML: {why}", file=shown)) from None


def _dates_as_text(value: Any) -> Any:
    """Return the data with TOML's dates and times as text: no key takes them, and text can be shown and compared."""
    if isinstance(value, dict):
        return {key: _dates_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(item) for item in value]
    return str(value) if isinstance(value, date | time) else value


def _merge(base: Document, child: Document) -> Document:
    """Lay a file over the one it extends: tables key by key, measures by name, everything else replaced."""
    data = copy.deepcopy(base.data)
    origins = dict(base.origins)

    def put(target: dict[str, Any], value: Mapping[str, Any], to: Path, source: Path) -> None:
        for key, item in value.items():
            old = target.get(key)
            if isinstance(old, dict) and isinstance(item, dict) and not looks_uncertain(old):
                put(old, item, (*to, key), (*source, key))
            else:
                target[key] = copy.deepcopy(item)
                _move(origins, child.origins, (*to, key), (*source, key))

    own = {key: item for key, item in child.data.items() if key != "measures"}
    put(data, own, (), ())
    new, old = child.data.get("measures", []), data.setdefault("measures", [])
    if not isinstance(new, list) or not isinstance(old, list):
        data["measures"] = new
        _move(origins, child.origins, ("measures",), ("measures",))
    else:
        at = {m["name"]: i for i, m in enumerate(old) if isinstance(m, dict) and isinstance(m.get("name"), str)}
        for i, measure in enumerate(new):
            name = measure.get("name") if isinstance(measure, dict) else None
            where = (
                at.pop(name, None) if isinstance(name, str) else None
            )  # popped: a second of that name is a mistake to report
            if where is not None:
                target = old[where]
                if measure.get("kind", target.get("kind")) != target.get("kind"):
                    for size in SIZE_KEYS:
                        target.pop(size, None)
                put(target, measure, ("measures", where), ("measures", i))
            else:
                old.append(copy.deepcopy(measure))
                _move(origins, child.origins, ("measures", len(old) - 1), ("measures", i))
    folder = child.folder if "world" in child.data else base.folder
    return replace(child, folder=folder, data=data, origins=origins, horizon=data.get("quarters"))


def _move(origins: dict[Path, Origin], new: Mapping[Path, Origin], to: Path, source: Path) -> None:
    """Replace the places noted under one path by those under another."""
    for path in [p for p in origins if p[: len(to)] == to]:
        del origins[path]
    origins.update({(*to, *p[len(source) :]): o for p, o in new.items() if p[: len(source)] == source})
