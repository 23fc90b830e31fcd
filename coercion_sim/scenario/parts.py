"""From a document to its parts: uncertain numbers lifted out, every table read, policies given their parameters."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coercion_sim.dispute import Cooperation, DisputeSettings, Pressure
from coercion_sim.errors import Problem, nearest
from coercion_sim.files import Document, Piece, keys, not_numbers, validate_all
from coercion_sim.files import KeyPath as Path
from coercion_sim.policies import Policy, PolicyParameters
from coercion_sim.scenario.models import Actors, Economy, Header, MeasureSpec, Report
from coercion_sim.scenario.uncertain import Uncertain, looks_uncertain, read_uncertain

Policies = Mapping[str, type[Policy]]
#: Tables whose numbers may be uncertain.
UNCERTAIN_SECTIONS = ("economy", "measures", "dispute", "pressure", "cooperation", "policy")
SECTIONS = ("economy", "measures", "actors", "dispute", "pressure", "cooperation", "policy", "report")


@dataclass(frozen=True)
class Parts:
    """Tables read; None where a table has a mistake."""

    header: Header | None
    economy: Economy | None
    measures: tuple[MeasureSpec | None, ...]
    actors: Actors | None
    dispute: DisputeSettings | None
    pressure: Pressure | None
    cooperation: Cooperation | None
    policy: Mapping[str, PolicyParameters | None]
    report: Report | None


@dataclass(frozen=True)
class Lifted:
    """Data with every uncertain number at its default, and the uncertain numbers with their places."""

    data: dict[str, Any]
    uncertain: tuple[Uncertain, ...]
    paths: Mapping[str, Path]


def lift(document: Document) -> tuple[Lifted, list[Problem]]:
    """Take the uncertain numbers out of a document. Only sizes, economy and policy parameters may be uncertain."""
    data = copy.deepcopy(document.data)
    problems: list[Problem] = []
    found: list[Uncertain] = []
    paths: dict[str, Path] = {}

    def walk(place: Any, path: Path) -> None:
        for key, item in place.items() if isinstance(place, dict) else enumerate(place):
            here = (*path, key)
            if not looks_uncertain(item) or (len(here) == 2 and here[0] in ("policy", "measures")):
                if isinstance(item, (dict, list)):
                    walk(item, here)
                continue
            name = document.dotted(here)
            result = read_uncertain(name, item)
            if isinstance(result, Uncertain):
                place[key] = result.default
                found.append(result)
                paths[name] = here
                if len(here) < 2 or here[0] not in UNCERTAIN_SECTIONS:
                    problems.append(
                        document.problem(
                            here, "may not be uncertain", item, f"numbers of {', '.join(UNCERTAIN_SECTIONS)}"
                        )
                    )
            else:
                place[key] = next((v for v in (item.get("default"), 0.0) if isinstance(v, (int, float))), 0.0)
                problems.extend(
                    document.problem(here, message, shown, rule, hint) for message, shown, rule, hint in result
                )

    walk(data, ())
    return Lifted(data, tuple(found), paths), problems


def read_parts(document: Document, data: dict[str, Any], policies: Policies) -> tuple[Parts, list[Problem]]:
    """Read every table of plain data against its model."""
    problems = [document.problem(path, "is not a number", "nan") for path in not_numbers(data)]

    def read(model: type[Any], key: str) -> Any:
        piece, wrong = _read(model, data.get(key, {}), (key,), document)
        problems.extend(wrong)
        return piece

    top = {key: value for key, value in data.items() if key not in SECTIONS}
    header, wrong = _read(Header, top, (), document, also=("extends", *SECTIONS))
    problems += wrong
    economy, actors, report = read(Economy, "economy"), read(Actors, "actors"), read(Report, "report")
    dispute = read(DisputeSettings, "dispute")
    pressure, cooperation = read(Pressure, "pressure"), read(Cooperation, "cooperation")
    measures: list[MeasureSpec | None] = []
    for path, table in measure_tables(data):
        piece, wrong = _read(MeasureSpec, table, path, document)
        measures.append(piece)
        problems += wrong
    if not isinstance(data.get("measures", []), list):
        problems.append(document.problem(("measures",), "must be a list of tables", None, "[[measures]]"))
    policy, wrong = _read_policies(document, data, policies, actors, named_policies(data))
    problems += wrong
    return Parts(header, economy, tuple(measures), actors, dispute, pressure, cooperation, policy, report), problems


def _read(
    model: type[Any], table: object, path: Path, document: Document, also: tuple[str, ...] = ()
) -> tuple[Any, list[Problem]]:
    ((piece, problems),) = validate_all(document, [Piece(path, model, table, also)])
    return piece, problems


def measure_tables(data: Mapping[str, Any]) -> list[tuple[Path, Any]]:
    """Every entry of `measures` with its path."""
    listed = data.get("measures", [])
    return [(("measures", i), item) for i, item in enumerate(listed)] if isinstance(listed, list) else []


def named_policies(data: Mapping[str, Any]) -> dict[str, Path]:
    """Policies a file names, in `policies` or by a table of parameters, with the place of the first naming."""
    found: dict[str, Path] = {}
    listed = data.get("policies", [])
    entries = listed.split(",") if isinstance(listed, str) else listed if isinstance(listed, list) else []
    for i, entry in enumerate(entries):
        path: Path = ("policies",) if isinstance(listed, str) else ("policies", i)
        for name in entry if isinstance(entry, list) else str(entry).split("+"):
            found.setdefault(str(name).strip(), path)
    tables = data.get("policy", {})
    for name in tables if isinstance(tables, dict) else ():
        found.setdefault(name, ("policy", name))
    return found


def _read_policies(
    document: Document, data: Mapping[str, Any], policies: Policies, actors: Actors | None, named: Mapping[str, Path]
) -> tuple[dict[str, PolicyParameters | None], list[Problem]]:
    """Parameters of every policy named."""
    tables = data.get("policy", {})
    if not isinstance(tables, dict):
        return {}, [document.problem(("policy",), "must be a table", tables, "[policy.NAME]")]
    problems: list[Problem] = []
    read: dict[str, PolicyParameters | None] = {}
    for name, path in named.items():
        if name not in policies:
            problems.append(
                document.problem(path, "unknown policy", name, ", ".join(policies), nearest(name, policies))
            )
            continue
        read[name], wrong = policy_parameters(document, policies[name], tables.get(name, {}), actors)
        problems += wrong
    return read, problems


def policy_parameters(
    document: Document, policy: type[Policy], table: object, actors: Actors | None
) -> tuple[PolicyParameters | None, list[Problem]]:
    """Parameters of one policy: its table, with `members` and `competitor` from ``[actors]`` where it has none."""
    if isinstance(table, dict) and actors is not None:
        cast = {"members": list(actors.bloc), "competitor": actors.competitor or actors.coercer}
        table = {key: value for key, value in cast.items() if value and key in keys(policy.Parameters)} | table
    return _read(policy.Parameters, table, ("policy", policy.name), document)
