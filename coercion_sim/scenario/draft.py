"""A scenario file as it is read: merged over the one it extends, with ``--set`` over both."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from coercion_sim.dispute import Cooperation, DisputeSettings, Pressure
from coercion_sim.errors import InvalidInput, Problem, ScenarioError, nearest
from coercion_sim.files import Document, KeyPath, lay, move_places, plain
from coercion_sim.policies import Policy, PolicyParameters
from coercion_sim.scenario.tables import SECTIONS, SIZE_KEYS, Actors, Economy, Header, MeasureSpec, Report
from coercion_sim.scenario.uncertain import Lifted, Trial, looks_uncertain

#: Policy classes by name.
Policies = Mapping[str, type[Policy]]
#: ``key=value`` texts, or keys and their values.
Overrides = Iterable[str] | Mapping[str, Any]

#: What a key of a file may take.
Kind = Literal["switch", "whole number", "number", "text", "list", "table"]
_KINDS: tuple[tuple[tuple[type, ...], Kind], ...] = (
    ((bool,), "switch"),
    ((int,), "whole number"),
    ((float,), "number"),
    ((tuple, list, set, frozenset), "list"),
    ((dict, Mapping, BaseModel), "table"),
)


@dataclass(frozen=True)
class Draft:
    """A scenario file with its uncertain numbers lifted out and every table read.

    Attributes
    ----------
    document
        The file, overrides applied, uncertain numbers as tables.
    lifted
        The same data with every uncertain number at its default.
    header, economy, measures, actors, dispute, pressure, cooperation, policy, report
        Tables read; None where a table has a mistake.
    trials
        Values within the uncertainties, with the problems of the table that has each.
    """

    document: Document
    lifted: Lifted
    header: Header | None
    economy: Economy | None
    measures: tuple[MeasureSpec | None, ...]
    actors: Actors | None
    dispute: DisputeSettings | None
    pressure: Pressure | None
    cooperation: Cooperation | None
    policy: Mapping[str, PolicyParameters | None]
    report: Report | None
    trials: tuple[tuple[Trial, list[Problem]], ...] = ()


def merge(base: Document, child: Document) -> Document:
    """Lay a file over the one it extends: tables key by key, measures by name, everything else replaced.

    An empty list of measures takes those of the file extended out.
    """
    data = copy.deepcopy(base.data)
    origins = dict(base.origins)
    if child.data.get("measures") == []:
        data["measures"] = []
        origins = {path: origin for path, origin in origins.items() if path[:1] != ("measures",)}
    own = {key: item for key, item in child.data.items() if key != "measures"}
    lay(data, origins, own, child.origins, whole=looks_uncertain)
    new, old = child.data.get("measures", []), data.setdefault("measures", [])
    if not isinstance(new, list) or not isinstance(old, list):
        data["measures"] = new
        move_places(origins, child.origins, ("measures",), ("measures",))
    else:
        at = {m["name"]: i for i, m in enumerate(old) if isinstance(m, dict) and isinstance(m.get("name"), str)}
        for i, measure in enumerate(new):
            name = measure.get("name") if isinstance(measure, dict) else None
            where = at.pop(name, None) if isinstance(name, str) else None  # popped: a second of that name is a mistake
            if where is not None:
                target = old[where]
                if measure.get("kind", target.get("kind")) != target.get("kind"):
                    for size in (*SIZE_KEYS, "left"):
                        target.pop(size, None)
                to, source = ("measures", where), ("measures", i)
                lay(target, origins, measure, child.origins, to=to, source=source, whole=looks_uncertain)
            else:
                old.append(copy.deepcopy(measure))
                move_places(origins, child.origins, ("measures", len(old) - 1), ("measures", i))
    folder = child.folder if "world" in child.data else base.folder
    return replace(child, folder=folder, data=data, moved=origins, laid={}, written=data)


def apply_overrides(
    document: Document, overrides: Overrides, policies: Policies, named: Iterable[str]
) -> tuple[Document, list[Problem]]:
    """Lay ``key=value`` texts, or a mapping of keys to values, over a document that names some policies.

    A value is read as TOML; any other is taken as text, so that quotes may be left out.
    """
    problems: list[Problem] = []
    known = {key: path for key, (path, _) in _fields(document, policies).items()}
    for key, value in _pairs(overrides, problems):
        path = known.get(key) or (tuple(key.split(".")) if key.startswith("dispute.decides.") else None)
        if path is None:
            near = nearest_key(key, known, named)
            example = "keys of the file, e.g. economy.factor_mobility"
            problems.append(Problem("unknown key", file="--set", key=key, allowed=example, suggestion=near))
            continue
        document = document.with_value(path, value, "--set")
    return document, problems


def nearest_key(key: str, known: Iterable[str], policies: Iterable[str]) -> str | None:
    """Return the key that was meant: of those that end alike the nearest, preferably of these policies."""
    known = tuple(known)
    meant = [k for k in known if k.rpartition(".")[2] == key.rpartition(".")[2]]
    used = tuple(f"policy.{name}." for name in policies)
    meant = [k for k in meant if k.startswith(used)] or meant
    return nearest(key, meant or known) or (meant[0] if meant else None)


def kinds(document: Document, policies: Policies) -> dict[str, Kind]:
    """Every key that may be set, with what it takes."""
    return {key: kind_of(field.annotation) for key, (_, field) in _fields(document, policies).items()}


def kind_of(annotation: Any) -> Kind:
    """Return what a key takes: the first type of its field that is not None."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind_of(args[0])
    if origin in (Union, UnionType):
        return next((kind_of(part) for part in args if part is not type(None)), "text")
    if origin is Literal:
        return kind_of(type(args[0]))
    outer = origin or annotation
    for types, kind in _KINDS:
        if isinstance(outer, type) and issubclass(outer, types):
            return kind
    return "text"


def _fields(document: Document, policies: Policies) -> dict[str, tuple[KeyPath, FieldInfo]]:
    """Every key that may be set, with its path in the data and its field."""

    def of(model: type[BaseModel], path: KeyPath, prefix: str, but: str) -> dict[str, tuple[KeyPath, FieldInfo]]:
        named = {field.alias or name: field for name, field in model.model_fields.items()}
        return {f"{prefix}{key}": ((*path, key), field) for key, field in named.items() if key != but}

    fields = of(Header, (), "", "schema")
    for section, model in SECTIONS.items():
        fields |= of(model, (section,), f"{section}.", "")
    for name, policy in policies.items():
        fields |= of(policy.Parameters, ("policy", name), f"policy.{name}.", "")
    measures = document.data.get("measures")
    for i, table in enumerate(measures if isinstance(measures, list) else ()):
        label = table.get("name") if isinstance(table, dict) else None
        if isinstance(label, str):
            fields |= of(MeasureSpec, ("measures", i), f"measures.{label}.", "name")
    return fields


def parse_value(text: str) -> Any:
    """Read one value as TOML, or else as text; ``.1``, which TOML does not know, is a number."""
    if re.fullmatch(r"[+-]?\.\d+", text.strip()):
        return float(text)
    try:
        value = tomllib.loads(f"value = {text.strip()}")["value"] if "\n" not in text else text
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return text.strip()
    return value if isinstance(value, str | int | float | list | dict) else text.strip()


def read_overrides(overrides: Overrides) -> dict[str, Any]:
    """Values by key of ``key=value`` texts, each read by `parse_value`.

    Raises
    ------
    InvalidInput
        For a text without a key, an equals sign or a value.
    """
    problems: list[Problem] = []
    values = dict(_pairs(overrides, problems))
    InvalidInput.refuse(problems)
    return values


def _pairs(overrides: Overrides, problems: list[Problem]) -> Iterable[tuple[str, Any]]:
    if isinstance(overrides, Mapping):
        yield from overrides.items()
        return
    seen: set[str] = set()
    for text in (overrides,) if isinstance(overrides, str) else overrides:
        key, equals, value = text.partition("=")
        if key.strip() in seen:
            problems.append(Problem("is set twice", file="--set", key=key.strip()))
        seen.add(key.strip())
        if not equals or not key.strip() or not value.strip():
            problems.append(
                Problem("is not key=value", file="--set", found=repr(text), allowed="e.g. economy.factor_mobility=1.2")
            )
        else:
            yield key.strip(), parse_value(value)


def value_at(place: Any, path: Iterable[str | int], key: str) -> Any:
    """Value at a path of tables, lists and mappings; refuses a part that is not there, `key` being the whole key."""
    for part in path:
        if isinstance(place, tuple) and isinstance(part, int):
            place = place[part]
            continue
        model = type(place).model_fields if isinstance(place, BaseModel) else {}
        fields = {field.alias or name: name for name, field in model.items()}
        known = place if isinstance(place, Mapping) else fields
        if part not in known:
            near = nearest(key.rpartition(".")[2], known)
            raise ScenarioError(Problem("no such key", key=key, allowed=", ".join(known) or None, suggestion=near))
        place = place[part] if isinstance(place, Mapping) else getattr(place, fields[str(part)])
    return place


def as_source(document: Document) -> dict[str, Any]:
    """A document as JSON data: what was read and laid over it, and where it came from."""
    return {
        "file": document.file,
        "folder": str(document.folder.resolve()),
        "horizon": document.written.get("quarters"),
        "data": plain(document.data),
    }


def from_source(source: Mapping[str, Any]) -> Document:
    """The document of `as_source`."""
    written = {"quarters": source["horizon"]}
    return Document(source["file"], _infinities(source["data"]), Path(source["folder"]), written=written)


def _infinities(value: Any) -> Any:
    """Data as it was before JSON, which knows no infinity."""
    if isinstance(value, dict):
        return {key: _infinities(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_infinities(item) for item in value]
    return float(value) if value in ("inf", "-inf") else value
