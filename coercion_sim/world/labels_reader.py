"""Taking a labels file apart, collecting everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coercion_sim.errors import Problem, nearest
from coercion_sim.files import line_of

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


class LabelsReader:
    """Takes one parsed labels file apart and collects what is wrong with it."""

    def __init__(self, path: Path, raw: Mapping[str, Any]) -> None:
        self.path, self.raw = path, raw
        self.text = path.read_text(encoding="utf-8")
        self.problems: list[Problem] = []

    def say(self, message: str, key: str, **more: str | None) -> None:
        """Note a problem at the line of a key."""
        line = line_of(self.text, key.split(".")[0].split("[")[0])
        self.problems.append(Problem(message, file=str(self.path), line=line, key=key, **more))

    def get(
        self, table: Mapping[str, Any], key: str, kind: type | tuple[type, ...], where: str = "", default: Any = None
    ) -> Any:
        """Return table[key] if it is of this kind, else note the problem and return an empty value."""
        name = f"{where}{key}"
        if key not in table:
            if default is None:
                self.say("missing", name)
            return default
        value = table[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            wanted = kind.__name__ if isinstance(kind, type) else " or ".join(k.__name__ for k in kind)
            self.say(
                "wrong type",
                name,
                found=repr(value)[:60],
                allowed={"str": "text", "dict": "a table"}.get(wanted, wanted),
            )
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
        """Note a state the world does not have."""
        if label not in known:
            self.say(
                "unknown state",
                where,
                found=repr(label),
                allowed=", ".join(known[:60]),
                suggestion=nearest(label, known),
            )

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
