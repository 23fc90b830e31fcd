"""The labels of a world, read from its small text file alone: what `list`, `check` and `--help` need, without numpy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coercion_sim.errors import Problem, WorldError, nearest

LABELS_FILE = "labels.toml"
ARRAYS_FILE = "arrays.npz"
README_FILE = "README.md"
FORMAT = 1


@dataclass(frozen=True)
class WorldLabels:
    """Everything about a world that is a word: see `World` for the meaning of each field.

    `alliances` are (state, state, commitment, type, strength, since); `classes` is the elasticity class by sector;
    `codes` the sector of the source data (ISIC Rev. 4) by sector, `parents` the sector a product was split out of;
    `elasticity_sets` are names only, `repairs` what was changed while the world was built.
    """

    name: str
    title: str
    year: int | None
    states: tuple[str, ...]
    sectors: tuple[str, ...]
    state_names: Mapping[str, str]
    sector_names: Mapping[str, str]
    codes: Mapping[str, str]
    parents: Mapping[str, str]
    classes: Mapping[str, str]
    tags: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]]
    competitors: Mapping[str, tuple[str, ...]]
    alliances: tuple[tuple[str, str, str, str, float, str], ...]
    elasticity_sets: tuple[str, ...]
    attributes: tuple[str, ...]
    repairs: tuple[str, ...]

    @property
    def all_tags(self) -> tuple[str, ...]:
        """Every tag some sector carries, sorted."""
        return tuple(sorted({tag for tags in self.tags.values() for tag in tags}))


def _shelves() -> tuple[Path, ...]:
    """Folders that hold shipped worlds: inside the installed package, then beside a source checkout."""
    here = Path(__file__).resolve()
    return here.parents[1] / "_shipped" / "scenarios" / "worlds", here.parents[3] / "scenarios" / "worlds"


def list_worlds() -> tuple[str, ...]:
    """Names of the shipped worlds, sorted."""
    found = {path.parent.name for shelf in _shelves() if shelf.is_dir() for path in shelf.glob(f"*/{LABELS_FILE}")}
    return tuple(sorted(found))


def world_folder(name: str | Path) -> Path:
    """Folder of a world: a bare name is a shipped one, anything with a separator (or a `Path`) is a path.

    Raises
    ------
    WorldError
        When there is no such world or folder; says which there are.
    """
    text = str(name)
    if isinstance(name, Path) or "/" in text or "\\" in text or text in (".", "..") or text.endswith(".toml"):
        folder = Path(name)
        if folder.is_dir():
            return folder
        message = "is a file; a world is a folder with labels.toml and arrays.npz" if folder.exists() else "no such folder of a world"
        raise WorldError(Problem(message, file=str(folder)))
    for shelf in _shelves():
        if text and (shelf / text / LABELS_FILE).is_file():
            return shelf / text
    known = list_worlds()
    raise WorldError(
        Problem(
            "unknown world",
            found=repr(text),
            allowed=f"{', '.join(known) or 'none is shipped'}, or the path of a folder such as ./{text or 'my-world'}",
            suggestion=nearest(text, known),
        )
    )


def read_labels(name: str | Path) -> WorldLabels:
    """Read the labels of a shipped world or of the world in a folder.

    Raises
    ------
    WorldError
        With file, line and key of everything wrong: missing or empty file, binary noise, broken TOML, missing keys,
        wrong types, labels listed twice or unknown.
    """
    path = world_folder(name) / LABELS_FILE
    reader = _Reader(path, read_toml(path))
    labels = reader.labels()
    if reader.problems or labels is None:
        raise WorldError(reader.problems)
    return labels


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
        raise WorldError(Problem(f"is not valid TOML: {error}", file=str(path), line=int(at.group(1)) if at else None)) from None


def line_of(text: str, key: str) -> int | None:
    """Return the first line on which a bare or quoted key is assigned or opens a table, or None."""
    word = re.escape(key)
    pattern = re.compile(rf"^\s*(?:\[+\s*)?(?:[\w.\"-]+\.)?\"?{word}\"?\s*(?:=|\]|\.)")
    return next((n for n, line in enumerate(text.splitlines(), 1) if pattern.search(line)), None)


class _Reader:
    """Takes one parsed labels file apart and collects what is wrong with it."""

    def __init__(self, path: Path, raw: Mapping[str, Any]) -> None:
        self.path, self.raw = path, raw
        self.text = path.read_text(encoding="utf-8")
        self.problems: list[Problem] = []

    def say(self, message: str, key: str, **more: str | None) -> None:
        line = line_of(self.text, key.split(".")[0].split("[")[0])
        self.problems.append(Problem(message, file=str(self.path), line=line, key=key, **more))  # type: ignore[arg-type]

    def get(self, table: Mapping[str, Any], key: str, kind: type | tuple[type, ...], where: str = "", default: Any = None) -> Any:
        """Return table[key] if it is of this kind, else note the problem and return an empty value."""
        name = f"{where}{key}"
        if key not in table:
            if default is None:
                self.say("missing", name)
            return default
        value = table[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            wanted = kind.__name__ if isinstance(kind, type) else " or ".join(k.__name__ for k in kind)
            self.say("wrong type", name, found=repr(value)[:60], allowed={"str": "text", "dict": "a table"}.get(wanted, wanted))
            return default
        return value

    def words(self, value: Any, name: str) -> tuple[str, ...]:
        """Return a list of text as a tuple."""
        if not isinstance(value, list) or not all(isinstance(x, str) for x in value):
            self.say("must be a list of text", name, found=repr(value)[:60])
            return ()
        return tuple(value)

    def named(self, key: str) -> list[tuple[str, Mapping[str, Any]]]:
        """Return (id, table) of each entry of a list of tables, ids unique."""
        entries = self.get(self.raw, key, list) or []
        found: list[tuple[str, Mapping[str, Any]]] = []
        for at, entry in enumerate(entries):
            if not isinstance(entry, dict):
                self.say("must be a table", f"{key}[{at}]", found=repr(entry)[:60])
                continue
            label = self.get(entry, "id", str, f"{key}[{at}].")
            if label is not None and label in (x for x, _ in found):
                self.say("listed twice", key, found=repr(label))
            elif label is not None:
                found.append((label, entry))
        if not entries and key in self.raw:
            self.say("a world needs at least one", key)
        return found

    def lists(self, key: str, known: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        """Return a table of lists of states."""
        table = self.get(self.raw, key, dict, default={})
        out = {name: self.words(value, f"{key}.{name}") for name, value in table.items()}
        for name, members in out.items():
            for label in members:
                self.check_known(label, known, f"{key}.{name}")
        return out

    def check_known(self, label: str, known: tuple[str, ...], where: str) -> None:
        if label not in known:
            self.say("unknown state", where, found=repr(label), allowed=", ".join(known[:60]), suggestion=nearest(label, known))

    def links(self, known: tuple[str, ...]) -> tuple[tuple[str, str, str, str, float, str], ...]:
        """Return the alliance dyads."""
        out = []
        for at, entry in enumerate(self.get(self.raw, "alliances", list, default=[])):
            where = f"alliances[{at}]."
            if not isinstance(entry, dict):
                self.say("must be a table", where[:-1], found=repr(entry)[:60])
                continue
            a, b, kind = (self.get(entry, key, str, where) for key in ("a", "b", "type"))
            strength = self.get(entry, "strength", (int, float), where)
            if None in (a, b, kind, strength):
                continue
            for label in (a, b):
                self.check_known(label, known, where[:-1])
            if not 0.0 <= strength <= 1.0:
                self.say("out of range", f"{where}strength", found=str(strength), allowed="0 to 1")
            commitment, since = (self.get(entry, key, str, where, default="") for key in ("commitment", "since"))
            out.append((a, b, commitment, kind, float(strength), since))
        return tuple(out)

    def labels(self) -> WorldLabels | None:
        """Put the labels together; None if the file is of a format this version does not know."""
        version = self.get(self.raw, "format", int)
        if version is not None and version != FORMAT:
            self.say("made by another version of the package", "format", found=str(version), allowed=str(FORMAT))
        if version != FORMAT:
            return None
        name, title = self.get(self.raw, "name", str), self.get(self.raw, "title", str, default="")
        year = self.get(self.raw, "year", int, default=0)
        states, sectors = self.named("states"), self.named("sectors")
        known = tuple(label for label, _ in states)
        field = {
            key: {s: self.get(entry, key, str, f"sectors.{s}.", default="") for s, entry in sectors if key in entry}
            for key in ("name", "code", "parent", "class")
        }
        return WorldLabels(
            name=name or "",
            title=title,
            year=year or None,
            states=known,
            sectors=tuple(label for label, _ in sectors),
            state_names={s: self.get(entry, "name", str, f"states.{s}.", default=s) for s, entry in states},
            sector_names={s: field["name"].get(s, s) for s, _ in sectors},
            codes=field["code"],
            parents=field["parent"],
            classes=field["class"],
            tags={s: self.words(entry.get("tags", []), f"sectors.{s}.tags") for s, entry in sectors},
            groups=self.lists("groups", known),
            competitors=self.lists("competitors", known),
            alliances=self.links(known),
            elasticity_sets=self.words(self.raw.get("elasticity_sets", []), "elasticity_sets"),
            attributes=self.words(self.raw.get("attributes", []), "attributes"),
            repairs=self.words(self.raw.get("repairs", []), "repairs"),
        )
