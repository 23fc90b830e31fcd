"""The data dictionary: units, defaults, ranges and meaning, for `coercion-sim list` and as JSON Schema for editors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from coercion_sim.dispute import Challenger, Cooperation, DisputeSettings, Experience, OpenedDispute, Pressure
from coercion_sim.economy import KINDS, LEAVE_A_SHARE, PURPOSES
from coercion_sim.errors import CoercionSimError, InvalidInput, unlisted
from coercion_sim.files import allowed
from coercion_sim.outcomes import DERIVED, TABLES, outcome_names
from coercion_sim.policies import Policy, available_policies
from coercion_sim.scenario.draft import Policies
from coercion_sim.scenario.reading import list_scenarios
from coercion_sim.scenario.scenario import load_scenario
from coercion_sim.scenario.tables import (
    SECTIONS,
    SIZE_KEYS,
    Actors,
    Economy,
    Header,
    MeasureSpec,
    Outside,
    Record,
    Report,
)
from coercion_sim.scenario.uncertain import DISTRIBUTIONS, UNCERTAIN_SECTIONS
from coercion_sim.wording import unit_words

#: One line of the dictionary: column -> text.
Row = dict[str, str]


def dictionary(topic: str, policies: Iterable[type[Policy]] = ()) -> tuple[Row, ...]:
    """Rows about one topic: scenarios, worlds, policies, measures, outcomes or parameters.

    `policies` are classes to list besides those installed.

    Raises
    ------
    InvalidInput
        For an unknown topic, with the nearest spelling.
    """
    InvalidInput.refuse(unlisted("unknown topic", [topic], TOPICS))
    return TOPICS[topic](available_policies(policies))


def _scenarios(policies: Policies) -> tuple[Row, ...]:
    rows = []
    for name in list_scenarios():
        try:
            s = load_scenario(name)
        except CoercionSimError:
            none = dict.fromkeys(("world", "period", "policies"), "")
            rows.append({"name": name, "title": f"does not pass: coercion-sim check {name}", **none})
            continue
        period = f"{s.quarter_label(0)} to {s.quarter_label(s.quarters - 1)}"
        rows.append(
            {"name": name, "title": s.title, "world": s.world, "period": period, "policies": ", ".join(s.policies)}
        )
    return tuple(rows)


def _worlds(policies: Policies) -> tuple[Row, ...]:
    from coercion_sim.world import list_worlds, read_labels

    rows = []
    for name in list_worlds():
        labels = read_labels(name)
        size = {"states": str(len(labels.states)), "sectors": str(len(labels.sectors)), "year": str(labels.year or "")}
        rows.append({"name": name, **size, "elasticity sets": ", ".join(labels.elasticity_sets), "title": labels.title})
    return tuple(rows)


def _policies(policies: Policies) -> tuple[Row, ...]:
    return tuple(
        {"name": name, "words": p.words, "what it does, and its price": p.summary} for name, p in policies.items()
    )


def _measures(policies: Policies) -> tuple[Row, ...]:
    side = {"importer": "the buyer", "exporter": "the seller", "none": "anyone"}
    return tuple(
        {
            "kind": k.name,
            "size key": k.size if k.high > k.low else "",
            "range": _span(k.low, k.high) if k.high > k.low else "",
            "unit": unit_words(k.unit) if k.high > k.low else "",
            "by": side[k.side],
            "effect": k.effect,
        }
        for k in KINDS.values()
    )


def _outcomes(policies: Policies) -> tuple[Row, ...]:
    tables = {**TABLES, "(derived)": DERIVED}
    return tuple(
        {"table": table, "column": c.name, "type": c.type, "unit": unit_words(c.unit), "meaning": c.definition}
        for table, columns in tables.items()
        for c in columns
    )


def _parameters(policies: Policies) -> tuple[Row, ...]:
    rows = [
        *_fields(Header, ""),
        *_fields(Economy, "economy."),
        *_fields(MeasureSpec, "measures.NAME."),
        *_fields(Actors, "actors."),
        *_fields(Outside, "actors.outside."),
        *_fields(DisputeSettings, "dispute."),
        *_fields(OpenedDispute, "dispute.opened."),
        *_fields(Experience, "dispute.experience."),
        *_fields(Challenger, "dispute.challengers."),
        *_fields(Pressure, "pressure."),
        *_fields(Cooperation, "cooperation."),
    ]
    for name, policy in policies.items():
        rows += _fields(policy.Parameters, f"policy.{name}.")
    return (*rows, *_fields(Report, "report."), *_fields(Record, "report.record."))


def _fields(model: type[BaseModel], prefix: str) -> list[Row]:
    return [
        {
            "key": f"{prefix}{field.alias or name}",
            "default": "the file's name" if (model, name) == (Header, "name") else _default(field),
            "range": _kinds_span(name) if model is MeasureSpec and name in SIZE_KEYS else allowed(field),
            "unit": unit_words(_unit(field)),
            "meaning": field.description or "",
        }
        for name, field in model.model_fields.items()
    ]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    value: Any = field.default
    if value is None or field.default_factory is not None or value in ("", (), {}):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _unit(field: FieldInfo) -> str:
    schema = field.json_schema_extra
    return str(schema.get("unit", "")) if isinstance(schema, dict) else ""


def _kinds_span(size: str) -> str:
    """Range of a size key kind by kind."""
    spans: dict[str, list[str]] = {}
    for kind in KINDS.values():
        if kind.size == size and kind.high > kind.low:
            spans.setdefault(_span(kind.low, kind.high), []).append(kind.name)
    return "; ".join(span if len(spans) == 1 else f"{span} ({', '.join(names)})" for span, names in spans.items())


def _span(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


TOPICS: dict[str, Callable[[Policies], tuple[Row, ...]]] = {
    "scenarios": _scenarios,
    "worlds": _worlds,
    "policies": _policies,
    "measures": _measures,
    "outcomes": _outcomes,
    "parameters": _parameters,
}


# ------------------------------------------------------------------ JSON Schema

_UNCERTAIN = {"$ref": "#/$defs/Uncertain"}
_LISTS = ("sectors", "bloc", "states", "outcomes")


def scenario_schema(policies: Iterable[type[Policy]] = ()) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a scenario file, with the parameters of every policy known.

    A number of economy, measures or policy may be an uncertain one. What a schema cannot say, `check_scenario` does:
    names of states and sectors, dates inside the run, measures that contradict each other.
    """
    schema = _schema_of(Header)
    measure = _schema_of(MeasureSpec, uncertain=True)
    measure["properties"]["kind"]["enum"] = list(KINDS)
    measure["properties"]["purpose"]["enum"] = list(PURPOSES)
    measure["allOf"] = [_size_rule(name) for name in KINDS]
    report = _schema_of(Report)
    outcomes = {"type": "array", "items": {"enum": list(outcome_names())}, "description": "outcomes shown"}
    report["properties"]["outcomes"] = outcomes
    tables = {
        name: {**_schema_of(policy.Parameters, uncertain=True), "description": policy.summary}
        for name, policy in available_policies(policies).items()
    }
    names = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    schema["properties"] |= {
        "extends": {"type": "string", "description": "shipped scenario or file this one starts from"},
        "policies": {"type": "array", "items": {"anyOf": [{"type": "string"}, names]}, "minItems": 1},
        **{key: _schema_of(table, uncertain=key in UNCERTAIN_SECTIONS) for key, table in SECTIONS.items()},
        "measures": {"type": "array", "items": measure},
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
        "$defs": {"Uncertain": _uncertain_schema(), **_definitions()},
    }


def _schema_of(model: type[BaseModel], uncertain: bool = False) -> dict[str, Any]:
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
    else:
        then["properties"]["left"] = False
        if kind.high > kind.low:
            then["required"] = [kind.size]
    return {"if": {"properties": {"kind": {"const": name}}, "required": ["kind"]}, "then": then}


def _uncertain_schema() -> dict[str, Any]:
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
    for model in SECTIONS.values():
        definitions |= model.model_json_schema(by_alias=True).get("$defs", {})
    return definitions
