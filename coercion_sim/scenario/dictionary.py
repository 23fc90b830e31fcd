"""The data dictionary: what `coercion-sim list` prints, with units, defaults, ranges and meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from coercion_sim.dispute import Challenger, Cooperation, DisputeSettings, Experience, OpenedDispute, Pressure
from coercion_sim.economy import KINDS
from coercion_sim.errors import CoercionSimError, InvalidInput, Problem, nearest
from coercion_sim.files import allowed
from coercion_sim.outcomes import DERIVED, TABLES
from coercion_sim.policies import Policy, available_policies
from coercion_sim.scenario.reading.draft import Policies
from coercion_sim.scenario.reading.reading import list_scenarios
from coercion_sim.scenario.scenario import load_scenario
from coercion_sim.scenario.schema.tables import SIZE_KEYS, Actors, Economy, Header, MeasureSpec, Outside, Record, Report
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
    if topic not in TOPICS:
        raise InvalidInput(
            Problem("unknown topic", found=repr(topic), allowed=", ".join(TOPICS), suggestion=nearest(topic, TOPICS))
        )
    return TOPICS[topic](available_policies(policies))


def _scenarios(policies: Policies) -> tuple[Row, ...]:
    rows = []
    for name in list_scenarios():
        try:
            s = load_scenario(name)
        except CoercionSimError:
            rows.append(
                {
                    "name": name,
                    "title": f"does not pass: coercion-sim check {name}",
                    "world": "",
                    "period": "",
                    "policies": "",
                }
            )
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
            "unit": unit_words(str(field.json_schema_extra["unit"]))
            if isinstance(field.json_schema_extra, dict)
            else "",
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
