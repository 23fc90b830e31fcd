"""JSON Schema of the scenario file, for editors that complete and check TOML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from coercion_sim.dispute import Cooperation, DisputeSettings, Pressure
from coercion_sim.economy import KINDS, LEAVE_A_SHARE, PURPOSES
from coercion_sim.outcomes import outcome_names
from coercion_sim.policies import Policy, available_policies
from coercion_sim.scenario.schema.tables import Actors, Economy, Header, MeasureSpec, Report
from coercion_sim.scenario.schema.uncertain import DISTRIBUTIONS

_UNCERTAIN = {"$ref": "#/$defs/Uncertain"}
_LISTS = ("sectors", "bloc", "states", "outcomes")


def scenario_schema(policies: Iterable[type[Policy]] = ()) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a scenario file, with the parameters of every policy known.

    A number of economy, measures or policy may be an uncertain one. What a schema cannot say, `check_scenario` does:
    names of states and sectors, dates inside the run, measures that contradict each other.
    """
    schema = _of(Header)
    measure = _of(MeasureSpec, uncertain=True)
    measure["properties"]["kind"]["enum"] = list(KINDS)
    measure["properties"]["purpose"]["enum"] = list(PURPOSES)
    measure["allOf"] = [_size_rule(name) for name in KINDS]
    report = _of(Report)
    report["properties"]["outcomes"] = {
        "type": "array",
        "items": {"enum": list(outcome_names())},
        "description": "outcomes shown",
    }
    tables = {
        name: {**_of(policy.Parameters, uncertain=True), "description": policy.summary}
        for name, policy in available_policies(policies).items()
    }
    names = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    schema["properties"] |= {
        "extends": {"type": "string", "description": "shipped scenario or file this one starts from"},
        "policies": {"type": "array", "items": {"anyOf": [{"type": "string"}, names]}, "minItems": 1},
        "economy": _of(Economy, uncertain=True),
        "measures": {"type": "array", "items": measure},
        "actors": _of(Actors),
        "dispute": _of(DisputeSettings, uncertain=True),
        "pressure": _of(Pressure, uncertain=True),
        "cooperation": _of(Cooperation, uncertain=True),
        "policy": {"type": "object", "properties": tables, "additionalProperties": False},
        "report": report,
    }
    # The name comes from the file where it is absent; a file that extends another need not repeat what that one says.
    schema["required"] = [key for key in schema.get("required", []) if key != "name"]
    schema["anyOf"] = [{"required": schema.pop("required")}, {"required": ["extends"]}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "coercion-sim scenario",
        **{key: value for key, value in schema.items() if key not in ("title", "$defs")},
        "$defs": {"Uncertain": _uncertain(), **_definitions()},
    }


def _of(model: type[BaseModel], uncertain: bool = False) -> dict[str, Any]:
    """Return the schema of one table, without generated titles; its numbers may be uncertain."""
    schema = model.model_json_schema(by_alias=True)
    schema.pop("$defs", None)
    schema.pop("title", None)
    schema.pop("description", None)
    for name, field in schema.get("properties", {}).items():
        field.pop("title", None)
        if field.get("default", 0) is None:
            del field["default"]
        if name in _LISTS:
            field.update({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
            field.pop("type", None)
            field.pop("items", None)
        if uncertain:
            _admit_uncertain(field)
        if isinstance(field.get("default"), float) and field["default"] in (float("inf"), float("-inf")):
            del field["default"]
    return dict(schema)


def _admit_uncertain(field: dict[str, Any]) -> None:
    """Let a number be an uncertain table as well."""
    choices = field.pop("anyOf", None)
    if choices is not None:
        numbers = [c for c in choices if c.get("type") in ("number", "integer")]
        field["anyOf"] = [c for c in choices if c.get("type") != "null"] + ([_UNCERTAIN] if numbers else [])
    elif field.get("type") in ("number", "integer"):
        bounds = ("type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
        number = {key: field.pop(key) for key in bounds if key in field}
        field["anyOf"] = [number, _UNCERTAIN]


def _size_rule(name: str) -> dict[str, Any]:
    """Say that a measure of this kind has its size key, or the share left, in range."""
    kind = KINDS[name]
    number = {"type": "number", "minimum": kind.low, "maximum": kind.high}
    then: dict[str, Any] = {"properties": {kind.size: {"anyOf": [number, _UNCERTAIN]}}}
    if name in LEAVE_A_SHARE:
        least = "minimum" if kind.size == "open" else "exclusiveMinimum"
        then["properties"]["left"] = {"anyOf": [{"type": "number", least: 0, "maximum": 1}, _UNCERTAIN]}
        then["oneOf"] = [{"required": [kind.size]}, {"required": ["left"]}]
        return {"if": {"properties": {"kind": {"const": name}}, "required": ["kind"]}, "then": then}
    then["properties"]["left"] = False
    if kind.high > kind.low:
        then["required"] = [kind.size]
    return {"if": {"properties": {"kind": {"const": name}}, "required": ["kind"]}, "then": then}


def _uncertain() -> dict[str, Any]:
    numbers: Mapping[str, Any] = {"type": "array", "items": {"type": "number"}}
    pair = {**numbers, "minItems": 2, "maxItems": 2}
    return {
        "type": "object",
        "description": "a number known only up to a distribution",
        "properties": {
            "uniform": pair,
            "log_uniform": pair,
            "choice": {**numbers, "minItems": 1},
            "default": {"type": "number"},
        },
        "oneOf": [{"required": [name]} for name in DISTRIBUTIONS],
        "additionalProperties": False,
    }


def _definitions() -> dict[str, Any]:
    """Schemas of tables inside tables."""
    definitions: dict[str, Any] = {}
    for model in (Report, Actors, DisputeSettings):
        definitions |= model.model_json_schema(by_alias=True).get("$defs", {})
    return definitions
