"""``--set key=value``: values laid over a scenario before it is checked."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from coercion_sim.errors import Problem, nearest
from coercion_sim.files import Document, KeyPath, Kind, kind_of
from coercion_sim.scenario.reading.draft import Policies
from coercion_sim.scenario.schema.tables import SECTIONS, Header, MeasureSpec

Overrides = Iterable[str] | Mapping[str, Any]


def apply_overrides(
    document: Document, overrides: Overrides, policies: Policies, named: Iterable[str]
) -> tuple[Document, list[Problem]]:
    """Lay ``key=value`` texts, or a mapping of keys to values, over a document that names some policies.

    A value is read as TOML; any other is taken as text, so that quotes may be left out.
    """
    problems: list[Problem] = []
    known = settable(document, policies)
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


def settable(document: Document, policies: Policies) -> dict[str, KeyPath]:
    """Every key that may be set, with its path in the data."""
    return {key: path for key, (path, _) in _fields(document, policies).items()}


def kinds(document: Document, policies: Policies) -> dict[str, Kind]:
    """Every key that may be set, with what it takes."""
    return {key: kind_of(field) for key, (_, field) in _fields(document, policies).items()}


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
    """Read one value as TOML, or else as text."""
    try:
        value = tomllib.loads(f"value = {text.strip()}")["value"] if "\n" not in text else text
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return text.strip()
    return value if isinstance(value, str | int | float | list | dict) else text.strip()


def _pairs(overrides: Overrides, problems: list[Problem]) -> Iterable[tuple[str, Any]]:
    if isinstance(overrides, Mapping):
        yield from overrides.items()
        return
    for text in (overrides,) if isinstance(overrides, str) else overrides:
        key, equals, value = text.partition("=")
        if not equals or not key.strip() or not value.strip():
            problems.append(
                Problem("is not key=value", file="--set", found=repr(text), allowed="e.g. economy.factor_mobility=1.2")
            )
        else:
            yield key.strip(), parse_value(value)
