"""The labels of a world, read from its small text file alone: what `list`, `check` and `--help` need, without numpy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field

from coercion_sim.errors import Problem, WorldError, nearest, spell
from coercion_sim.files import Document, KeyPath, Label, Table, guarded, read_toml, validate

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


@dataclass(frozen=True, kw_only=True)
class SourceLabels:
    """Labels of a built world that `World` does not have.

    `codes` is the sector of the source data (ISIC Rev. 4), `parents` the sector a product was split out of, `classes`
    the elasticity class, each by sector.
    """

    title: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class WorldLabels(SourceLabels):
    """Everything about a world that is a word: see `World` for the meaning of each field.

    `elasticity_sets` and `attributes` name arrays; `repairs` what was changed.
    """

    name: str
    year: int | None
    states: tuple[str, ...]
    sectors: tuple[str, ...]
    state_names: Mapping[str, str]
    sector_names: Mapping[str, str]
    tags: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]]
    competitors: Mapping[str, tuple[str, ...]]
    alliances: tuple[Alliance, ...]
    elasticity_sets: tuple[str, ...]
    attributes: tuple[str, ...]
    repairs: tuple[str, ...]


class _State(Table):
    id: Label
    name: str = ""


class _Sector(Table):
    id: Label
    name: str = ""
    code: str | None = None
    parent: str | None = None
    elasticity_class: str | None = Field(None, alias="class")
    tags: tuple[str, ...] = ()


class _Alliance(Table):
    a: Label
    b: Label
    commitment: str = ""
    type: str
    strength: float = Field(ge=0, le=1)
    since: str = ""


class _LabelsFile(Table):
    format: int
    name: Label
    title: str = ""
    year: int | None = None
    attributes: tuple[str, ...] = ()
    elasticity_sets: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    states: tuple[_State, ...] = Field(min_length=1)
    sectors: tuple[_Sector, ...] = Field(min_length=1)
    alliances: tuple[_Alliance, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = {}
    competitors: Mapping[str, tuple[str, ...]] = {}


def read_labels(name: str | Path, relative_to: Path = Path()) -> WorldLabels:
    """Read the labels of a shipped world or of the world in a folder, whose path starts at `relative_to`.

    Raises
    ------
    WorldError
        With file, line and key of everything wrong: missing or empty file, binary noise, broken TOML, missing keys,
        wrong types, labels listed twice or unknown.
    """
    document = read_toml(world_folder(name, relative_to) / LABELS_FILE, what="labels", error=WorldError)
    with guarded(str(document.file), "file of labels", WorldError):
        version = document.data.get("format", FORMAT)
        if version != FORMAT:
            message = "made by another version of the package"
            raise WorldError(document.problem(("format",), message, version, str(FORMAT)))
        file, problems = validate(_LabelsFile, document)
        if file is None:
            raise WorldError(problems)
        labels = _labels(file)
        problems = _contradictions(labels, document)
        if problems:
            raise WorldError(problems)
        return labels


def _labels(file: _LabelsFile) -> WorldLabels:
    """Labels by state and sector instead of one table for each."""
    states, sectors = file.states, file.sectors
    optional = {
        key: {sector.id: value for sector in sectors if (value := getattr(sector, key)) is not None}
        for key in ("code", "parent", "elasticity_class")
    }
    alike = ("name", "title", "year", "groups", "competitors", "elasticity_sets", "attributes", "repairs")
    return WorldLabels(
        **{key: getattr(file, key) for key in alike},
        states=tuple(state.id for state in states),
        sectors=tuple(sector.id for sector in sectors),
        state_names={state.id: state.name or state.id for state in states},
        sector_names={sector.id: sector.name or sector.id for sector in sectors},
        codes=optional["code"],
        parents=optional["parent"],
        classes=optional["elasticity_class"],
        tags=with_kinds([sector.id for sector in sectors], {sector.id: sector.tags for sector in sectors}),
        alliances=tuple(Alliance(**link.model_dump()) for link in file.alliances),
    )


def with_kinds(sectors: Iterable[str], tags: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Tags of every sector; where no sector is tagged ``goods``, all that are not ``services`` are."""
    complete = {sector: tuple(tags.get(sector, ())) for sector in sectors}
    if any("goods" in listed for listed in complete.values()):
        return dict(tags)
    return {s: listed if "services" in listed else ("goods", *listed) for s, listed in complete.items()}


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
    for i, link in enumerate(labels.alliances):
        yield ("alliances", i, "a"), link.a
        yield ("alliances", i, "b"), link.b
    for key, table in (("groups", labels.groups), ("competitors", labels.competitors)):
        for name, members in table.items():
            yield from (((key, name, i), state) for i, state in enumerate(members))


def list_worlds() -> tuple[str, ...]:
    """Names of the shipped worlds, sorted."""
    folders = (path.parent.name for shelf in _shelves() if shelf.is_dir() for path in shelf.glob(f"*/{LABELS_FILE}"))
    return tuple(sorted(set(folders)))


def world_folder(name: str | Path, relative_to: Path = Path()) -> Path:
    """Folder of a world: a bare name is a shipped one, anything with a separator (or a `Path`) is a path.

    A relative path starts at `relative_to`.

    Raises
    ------
    WorldError
        For a world or folder that does not exist, with the names of those that do.
    """
    text = str(name)
    if isinstance(name, Path) or "/" in text or "\\" in text or text in (".", "..") or text.endswith(".toml"):
        folder = relative_to / name
        with guarded(spell(str(folder)), "", WorldError, "the path of a folder with labels.toml and arrays.npz"):
            if folder.is_dir():
                return folder
            is_file = "is a file; a world is a folder with labels.toml and arrays.npz"
            raise WorldError(Problem(is_file if folder.exists() else "no such folder of a world", file=str(folder)))
    with suppress(OSError):  # a name longer than any file's
        for shelf in _shelves():
            if text and (shelf / text / LABELS_FILE).is_file():
                return shelf / text
    known = list_worlds()
    own = text if text and len(text) <= 40 else "my-world"
    allowed = f"{', '.join(known) or 'none is shipped'}, or the path of a folder such as ./{own}"
    raise WorldError(Problem("unknown world", found=spell(text), allowed=allowed, suggestion=nearest(text, known)))


def _shelves() -> tuple[Path, ...]:
    """Folders of shipped worlds: inside the installed package, then in a source checkout."""
    here = Path(__file__).resolve()
    return here.parents[1] / "_shipped" / "scenarios" / "worlds", here.parents[2] / "scenarios" / "worlds"
