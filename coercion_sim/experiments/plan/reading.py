"""From a file, a mapping or flags to a `Plan`: everything that can be checked without the scenario, all at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from coercion_sim.errors import InvalidInput, Problem, nearest
from coercion_sim.experiments.plan.blocks_ import read_blocks
from coercion_sim.experiments.plan.model import Plan, Setting, Source
from coercion_sim.experiments.plan.parts_ import flatten, read_stopping, read_words
from coercion_sim.experiments.plan.values import is_number
from coercion_sim.files import read_toml
from coercion_sim.outcomes import TABLES
from coercion_sim.scenario import scenario_reference

_KEYS = (
    "scenario", "name", "question", "policies", "seed", "uncertain", "replicates", "tables", "set", "vary",
)  # fmt: skip
_START = 'a plan: `scenario = "australia-2020"` and one [[vary]] block or more'
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MOST_REPLICATES = 10_000_000


def load_plan(path: str | Path) -> Plan:
    """Read a plan from a TOML file.

    Raises
    ------
    InvalidInput
        With everything that is wrong with it on its own: file, line, key, what was found, what is allowed, the nearest
        spelling. What does not fit its scenario is said by `resolve_blocks`.
    """
    shown, place = str(path), Path(path)
    read = read_toml(place, shown, what="plan", example=_START)
    lines = {path: line for path, (_, line) in read.origins.items() if line is not None}
    return _checked(read.data, Source(shown, place.parent, lines), place.stem)


def plan_from(data: Mapping[str, Any], *, folder: str | Path = ".", name: str = "sweep") -> Plan:
    """Make a plan of a mapping in the shape of a plan file.

    Parameters
    ----------
    data
        As `tomllib` would read it; keys may be nested or dotted, as in ``{"economy.closure": [...]}``.
    folder
        Where relative paths in it start.
    name
        The plan's name where the mapping gives none.

    Raises
    ------
    InvalidInput
        As `load_plan`, without lines.
    """
    return _checked(data, Source(None, Path(folder)), name)


def _checked(data: Mapping[str, Any], source: Source, stem: str) -> Plan:
    plan, problems = read_plan(_lists(data), source, stem)
    if plan is None:
        raise InvalidInput(sorted(dict.fromkeys(problems), key=lambda p: p.line or 0))
    return plan


def read_plan(data: Mapping[str, Any], source: Source, stem: str) -> tuple[Plan | None, list[Problem]]:
    """Read the data of a plan: the plan or None, and every problem."""
    problems = [
        source.problem((key,), "unknown key", None, ", ".join(_KEYS), nearest(key, _KEYS)) for key in data
        if key not in _KEYS
    ]  # fmt: skip
    scenario = _text(data, "scenario", source, problems)
    if "scenario" not in data and not any(p.suggestion == "scenario" for p in problems):
        problems.append(source.problem(("scenario",), "must be given", None, "a shipped scenario or a path from here"))
    named = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).lstrip("._-") or "sweep"
    name = _text(data, "name", source, problems) or named
    if not _NAME.fullmatch(name):
        problems.append(
            source.problem(("name",), "has a character that is not allowed", name, "letters, digits, . - _")
        )
    question = _text(data, "question", source, problems)
    policies = read_policies(data.get("policies"), source, problems)
    seed = _seed(data.get("seed"), source, problems)
    uncertain = data.get("uncertain", "drawn")
    if uncertain not in ("drawn", "defaults"):
        near = nearest(str(uncertain), ("drawn", "defaults"))
        problems.append(source.problem(("uncertain",), "unknown word", uncertain, "drawn, defaults", near))
    replicates = data.get("replicates")
    if isinstance(replicates, Mapping):
        replicates, wrong = read_stopping(replicates, source)
        problems += wrong
    elif replicates is not None and not (_whole(replicates) and 1 <= replicates <= _MOST_REPLICATES):
        allowed = f'1 to {_MOST_REPLICATES}, or {{ until = "success_rate", half_width = 0.02, at_most = 2000 }}'
        problems.append(source.problem(("replicates",), "must be a whole number", replicates, allowed))
    tables = read_words(data.get("tables"), ("tables",), TABLES, "table", source, problems)
    settings, wrong = read_settings(data.get("set", {}), source)
    problems += wrong
    blocks, wrong = read_blocks(data.get("vary", []), source)
    problems += wrong
    if problems:
        return None, problems
    kept = None if tables is None else tuple(t for t in TABLES if t in {*tables, "runs", "outcomes"})
    plan = Plan(
        name=name,
        question=question,
        scenario=scenario,
        policies=policies,
        seed=seed,
        uncertain=uncertain,
        replicates=replicates,
        tables=kept,
        settings=settings,
        blocks=blocks,
        source=source,
        scenario_source=scenario_reference(scenario, source.folder),
    )
    return plan, []


def read_policies(given: object, source: Source, problems: list[Problem]) -> tuple[str, ...] | None:
    """Read policies as scenario files do: a list, or text with commas; ``a + b`` or a list inside joins several."""
    if given is None:
        return None
    items = given.split(",") if isinstance(given, str) else given
    if not isinstance(items, list) or not items:
        problems.append(source.problem(("policies",), "must be a list of policies", given, "one name or more"))
        return None
    found: list[str] = []
    for i, item in enumerate(items):
        parts = item if isinstance(item, list) else str(item).split("+") if isinstance(item, str) else [""]
        if not parts or not all(isinstance(part, str) and part.strip() for part in parts):
            problems.append(source.problem(("policies", i), "must be the name of a policy", item))
            continue
        found.append("+".join(part.strip() for part in parts))
    return tuple(found)


def read_settings(table: object, source: Source) -> tuple[dict[str, Setting], list[Problem]]:
    """Read the table of what is fixed for the whole sweep."""
    if not isinstance(table, Mapping):
        return {}, [source.problem(("set",), "must be a table", table, "[set] with lines `key = value`")]
    problems: list[Problem] = []
    found: dict[str, Setting] = {}
    for key, value, place in flatten(table, ("set",)):
        if key in found:
            problems.append(source.problem(place, "is set twice", value, key=key))
        found[key] = Setting(value, place)
    return found, problems


def _text(data: Mapping[str, Any], key: str, source: Source, problems: list[Problem]) -> str:
    value = data.get(key, "")
    if isinstance(value, Path) and key == "scenario":
        value = str(value)
    if not isinstance(value, str) or (key in data and not value.strip() and key != "question"):
        problems.append(source.problem((key,), "must be text in quotes", value))
        return ""
    return value


def _seed(value: object, source: Source, problems: list[Problem]) -> int | None:
    if value is None:
        return None
    if not _whole(value) or not 0 <= int(str(value)) < 2**63:
        problems.append(source.problem(("seed",), "must be a whole number", value, "0 to 2^63 - 1"))
        return None
    return int(str(value))


def _whole(value: object) -> bool:
    return is_number(value) and isinstance(value, int)


def _lists(value: Any) -> Any:
    """Return the data with tuples as lists and keys as text, as TOML has them."""
    if isinstance(value, Mapping):
        return {str(key): _lists(item) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping):
        return [_lists(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value
