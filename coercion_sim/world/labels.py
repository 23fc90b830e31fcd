"""The labels of a world, read from its small text file alone: what `list`, `check` and `--help` need, without numpy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import Field

from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.files import Document, KeyPath, Label, Table, read_toml, validate

FORMAT = 1
LABELS_FILE = "labels.toml"
ARRAYS_FILE = "arrays.npz"
README_FILE = "README.md"


@dataclass(frozen=True)
class Alliance:
    """One commitment between two states: treaty or alignment, its type, and a judged strength in [0, 1]."""

    a: str
    b: str
    commitment: str
    type: str
    strength: float
    since: str = ""


class StateEntry(Table):
    """One state: its ISO3 code (or that of a bloc, or ``ROW``) and its name."""

    id: Label
    name: str = ""


class SectorEntry(Table):
    """One sector: where its data come from, what it was split out of, its elasticity class, its tags."""

    id: Label
    name: str = ""
    code: str | None = Field(None, description="sector of the source data, ISIC Rev. 4")
    parent: str | None = Field(None, description="sector a product was split out of")
    elasticity_class: str | None = Field(None, alias="class")
    tags: tuple[str, ...] = ()


class AllianceEntry(Table):
    """One `Alliance`."""

    a: Label
    b: Label
    commitment: str = ""
    type: str
    strength: float = Field(ge=0, le=1)
    since: str = ""


class WorldLabels(Table):
    """Everything about a world that is a word, as in ``labels.toml``: see `World` for the meaning of each field.

    `elasticity_sets` and `attributes` name arrays, `repairs` say what was changed while the world was built.
    """

    format: int
    name: Label
    title: str = ""
    year: int | None = None
    attributes: tuple[str, ...] = ()
    elasticity_sets: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    state_entries: tuple[StateEntry, ...] = Field(alias="states", min_length=1)
    sector_entries: tuple[SectorEntry, ...] = Field(alias="sectors", min_length=1)
    alliance_entries: tuple[AllianceEntry, ...] = Field((), alias="alliances")
    groups: Mapping[str, tuple[str, ...]] = {}
    competitors: Mapping[str, tuple[str, ...]] = {}

    @cached_property
    def alliances(self) -> tuple[Alliance, ...]:
        """Commitments by dyad."""
        return tuple(Alliance(**entry.model_dump()) for entry in self.alliance_entries)

    @cached_property
    def states(self) -> tuple[str, ...]:
        """Codes of the states."""
        return tuple(entry.id for entry in self.state_entries)

    @cached_property
    def sectors(self) -> tuple[str, ...]:
        """Identifiers of the sectors."""
        return tuple(entry.id for entry in self.sector_entries)

    @cached_property
    def state_names(self) -> dict[str, str]:
        """Names of states in words."""
        return {entry.id: entry.name or entry.id for entry in self.state_entries}

    @cached_property
    def sector_names(self) -> dict[str, str]:
        """Names of sectors in words."""
        return {entry.id: entry.name or entry.id for entry in self.sector_entries}

    @cached_property
    def tags(self) -> dict[str, tuple[str, ...]]:
        """Tags of each sector."""
        return {entry.id: entry.tags for entry in self.sector_entries}

    @cached_property
    def codes(self) -> dict[str, str]:
        """Sector of the source data, by sector."""
        return {entry.id: entry.code for entry in self.sector_entries if entry.code is not None}

    @cached_property
    def parents(self) -> dict[str, str]:
        """Sector a product was split out of, by product."""
        return {entry.id: entry.parent for entry in self.sector_entries if entry.parent is not None}

    @cached_property
    def classes(self) -> dict[str, str]:
        """Elasticity class by sector."""
        return {e.id: e.elasticity_class for e in self.sector_entries if e.elasticity_class is not None}


def read_labels(name: str | Path) -> WorldLabels:
    """Read the labels of a shipped world or of the world in a folder.

    Raises
    ------
    WorldError
        With file, line and key of everything wrong: missing or empty file, binary noise, broken TOML, missing keys,
        wrong types, labels listed twice or unknown.
    """
    document = read_toml(world_folder(name) / LABELS_FILE, what="labels", error=WorldError)
    version = document.data.get("format", FORMAT)
    if version != FORMAT:
        message = "made by another version of the package"
        raise WorldError(document.problem(("format",), message, version, str(FORMAT)))
    labels, problems = validate(WorldLabels, document)
    if labels is None or (problems := _contradictions(labels, document)):
        raise WorldError(problems)
    return labels


def _contradictions(labels: WorldLabels, document: Document) -> list[Problem]:
    """Labels listed twice, and states that a link names but the world lacks."""
    problems = [
        document.problem((key,), "listed twice", label)
        for key, listed in (("states", labels.states), ("sectors", labels.sectors))
        for label in sorted({x for x in listed if listed.count(x) > 1})
    ]
    known = labels.states
    return problems + [
        document.problem(path, "unknown state", state, ", ".join(known[:60]), nearest(state, known))
        for path, state in _linked(labels)
        if state not in known
    ]


def _linked(labels: WorldLabels) -> Iterator[tuple[KeyPath, str]]:
    """Every state named by an alliance, group or competitor, with its place."""
    for i, link in enumerate(labels.alliance_entries):
        yield ("alliances", i, "a"), link.a
        yield ("alliances", i, "b"), link.b
    for key, table in (("groups", labels.groups), ("competitors", labels.competitors)):
        for name, members in table.items():
            yield from (((key, name, i), state) for i, state in enumerate(members))


def list_worlds() -> tuple[str, ...]:
    """Names of the shipped worlds, sorted."""
    folders = (path.parent.name for shelf in _shelves() if shelf.is_dir() for path in shelf.glob(f"*/{LABELS_FILE}"))
    return tuple(sorted(set(folders)))


def world_folder(name: str | Path) -> Path:
    """Folder of a world: a bare name is a shipped one, anything with a separator (or a `Path`) is a path.

    Raises
    ------
    WorldError
        For a world or folder that does not exist, with the names of those that do.
    """
    text = str(name)
    if isinstance(name, Path) or "/" in text or "\\" in text or text in (".", "..") or text.endswith(".toml"):
        folder = Path(name)
        if folder.is_dir():
            return folder
        is_file = "is a file; a world is a folder with labels.toml and arrays.npz"
        raise WorldError(Problem(is_file if folder.exists() else "no such folder of a world", file=str(folder)))
    for shelf in _shelves():
        if text and (shelf / text / LABELS_FILE).is_file():
            return shelf / text
    known = list_worlds()
    allowed = f"{', '.join(known) or 'none is shipped'}, or the path of a folder such as ./{text or 'my-world'}"
    raise WorldError(Problem("unknown world", found=repr(text), allowed=allowed, suggestion=nearest(text, known)))


def _shelves() -> tuple[Path, ...]:
    """Folders of shipped worlds: inside the installed package, then in a source checkout."""
    here = Path(__file__).resolve()
    return here.parents[1] / "_shipped" / "scenarios" / "worlds", here.parents[2] / "scenarios" / "worlds"
