"""From a file to a document: bytes to text to data, each failure one error with its place, parents read and merged."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path as FilePath
from typing import Any

from coercion_sim.errors import Problem, ScenarioError
from coercion_sim.files import TomlPath as Path
from coercion_sim.files import locate
from coercion_sim.scenario.document import Document, show
from coercion_sim.scenario.library import resolve
from coercion_sim.scenario.merging import merge

_LARGEST = 5_000_000
_DEEPEST = 8
_START = "a scenario; `coercion-sim copy australia-2020 mine.toml` writes one to start from"


@dataclass(frozen=True)
class TomlFile:
    """A TOML file as read: its text, its data (dates as text), and the line on which each key stands."""

    text: str
    data: dict[str, Any]
    lines: dict[Path, int]


def read_toml(path: FilePath, shown: str, *, what: str = "scenario", start: str = _START) -> TomlFile:
    """Read a TOML file that is meant to be a `what`; messages call it `shown`, and offer `start` where it is empty.

    Raises
    ------
    ScenarioError
        For a file that is missing, no file, not text in UTF-8, not TOML, too large or empty: one error with its place.
    """
    text = _read_text(path, shown, what, start)
    data, lines = _parse(text, shown)
    return TomlFile(text, data, lines)


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
    read = read_toml(path, shown)
    text, data, lines = read.text, read.data, read.lines
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
    return merge(base, document)


def _read_text(path: FilePath, shown: str, what: str, start: str) -> str:
    """Read a file as UTF-8 text, or raise one clear error."""
    try:
        if path.is_dir():
            raise ScenarioError(Problem(f"is a folder, not a {what} file", file=shown))
        with path.open("rb") as stream:
            raw = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        raise ScenarioError(Problem("no such file", file=shown)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ScenarioError(Problem(f"cannot be read ({reason})", file=shown)) from None
    if len(raw) > _LARGEST:
        raise ScenarioError(Problem(f"is larger than 5 MB: not a {what} file", file=shown))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        why = "is saved as UTF-16; save it as UTF-8" if wide else f"is not text in UTF-8 (byte {error.start})"
        line = None if wide else raw.count(b"\n", 0, error.start) + 1
        raise ScenarioError(Problem(why, file=shown, line=line)) from None
    text = text.replace("\r\n", "\n")
    if not text.strip():
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
