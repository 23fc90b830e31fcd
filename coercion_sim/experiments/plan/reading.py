"""From a file, a mapping or flags to a `Plan`: every check that needs no scenario, all mistakes at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments.design.stopping import StoppingRule
from coercion_sim.experiments.plan.model import (
    BLOCKS,
    UNCERTAIN,
    AnyBlock,
    GridBlock,
    Placed,
    Plan,
    PlanTable,
    StoppingTable,
    VarySpec,
    may_vary,
)
from coercion_sim.experiments.plan.values import WrongValue, checked_values, given_in_block, looks_like_spread
from coercion_sim.files import Document, KeyPath, Piece, guarded, read_toml, validate_all
from coercion_sim.outcomes import TABLES
from coercion_sim.policies import Policy
from coercion_sim.scenario import load_scenario, parse_value, scenario_reference

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

_EXAMPLE = 'a plan: `scenario = "australia-2020"` and one [[vary]] block or more'
_FLAG = "key=value, or key=a,b,c to vary it"


def load_plan(path: str | Path) -> Plan:
    """Read a plan from a TOML file.

    Raises
    ------
    InvalidInput
        With every mistake that shows without the scenario: file, line, key, value found, values allowed, the nearest
        spelling. `resolve_blocks` finds the others.
    """
    with guarded(path, "plan"):
        return _checked(read_toml(Path(path), str(path), what="plan", example=_EXAMPLE), Path(path).stem)


def plan_from(data: Mapping[str, Any], *, folder: str | Path = ".", name: str = "sweep") -> Plan:
    """Make a plan of a mapping in the shape of a plan file.

    Parameters
    ----------
    data
        Data as `tomllib` reads it; keys may be nested or dotted, as in ``{"economy.closure": [...]}``.
    folder
        Folder of relative paths in it.
    name
        The plan's name where the mapping gives none.

    Raises
    ------
    InvalidInput
        As `load_plan`, without lines.
    """
    return _checked(Document(None, _as_toml(data), Path(folder)), name)


def plan_from_flags(
    scenario: str | Path | Scenario, sets: Iterable[str], *, policies: Iterable[type[Policy]] = ()
) -> Plan:
    """Make a plan of ``key=value`` flags: one grid of all keys with several values, the last varying fastest.

    Several values are ``a,b,c`` or a TOML list ``[a, b, c]``. One value is fixed; so is a list for a key that takes a
    list, as ``actors.bloc``, and anything for a key that may not vary, as ``title`` or ``policies``. Text in quotes is
    one value, commas and all.

    Parameters
    ----------
    scenario
        Name, path, or the loaded scenario without these flags.
    sets
        Flags in order.
    policies
        Further policy classes, for their parameters.

    Raises
    ------
    InvalidInput
        For flags that cannot be read, and for a scenario that cannot be loaded.
    """
    loaded = load_scenario(scenario, policies=policies) if isinstance(scenario, str | Path) else scenario
    named = str(scenario) if isinstance(scenario, str | Path) else loaded.source_file
    kinds, document = loaded.settable_keys(), Document("--set", {})
    problems: list[Problem] = []
    settings: dict[str, Placed] = {}
    axes: dict[str, Placed] = {}
    for flag in sets:
        key, equals, text = (part.strip() for part in flag.partition("="))
        if not equals or not key or not text:
            problems.append(Problem("is not key=value", "--set", found=repr(flag), allowed=_FLAG))
            continue
        if key in settings:
            problems.append(Problem("is set twice", "--set", key=key))
        value, several = _flag_value(text)
        if not several or kinds.get(key) in ("list", "table") or not may_vary(key):
            settings[key] = Placed(value, ("set", key))
            continue
        try:
            if key in axes:
                raise WrongValue("is varied twice", text, "one flag with all values")
            axes[key] = Placed(checked_values(value), ("vary", 0, "parameters", key))
        except WrongValue as wrong:
            problems.append(document.problem((), wrong.message, wrong.value, wrong.allowed, key=key))
    InvalidInput.refuse(problems)
    blocks = (VarySpec(0, GridBlock(how="grid", parameters=dict(axes)), axes),) if axes else ()
    return Plan(
        f"{loaded.name}-sweep", "", named, None, None, "drawn", None, None, settings, blocks, document, named
    )  # fmt: skip


def _checked(document: Document, stem: str) -> Plan:
    """Validate the tables of a plan, then the values of its parameters."""
    top, stopping, models, problems = _validated(document)
    settings = _flattened(document, document.data.get("set"), ("set",), "is set twice", problems)
    tables = [table for table in _list(document.data.get("vary")) if isinstance(table, Mapping)]
    parameters = [_parameters(document, i, table, problems) for i, table in enumerate(tables)]
    if problems:
        raise InvalidInput(sorted(dict.fromkeys(problems), key=lambda p: p.line or 0))
    named = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).lstrip("._-") or "sweep"
    return Plan(
        name=top.name or named,
        question=top.question,
        scenario=top.scenario,
        policies=top.policies,
        seed=top.seed,
        uncertain=top.uncertain,
        replicates=StoppingRule(**stopping.model_dump()) if stopping else top.replicates,
        tables=None if top.tables is None else tuple(t for t in TABLES if t in {*top.tables, "runs", "outcomes"}),
        settings=settings,
        blocks=tuple(VarySpec(i, *pair) for i, pair in enumerate(zip(models, parameters, strict=True))),
        document=document,
        scenario_source=scenario_reference(top.scenario, document.folder),
    )


def _validated(document: Document) -> tuple[Any, Any, list[Any], list[Problem]]:
    """Validate the top of a plan, its stopping rule, and its blocks: their models (or None), and every problem."""
    data = dict(document.data)
    rule = Piece(("replicates",), StoppingTable, data.pop("replicates", None))
    if not isinstance(rule.data, Mapping):
        data |= {"replicates": rule.data} if "replicates" in document.data else {}
    tables = [table for table in _list(data.get("vary")) if isinstance(table, Mapping)]
    pieces = [Piece(("vary", i), BLOCKS.get(str(table.get("how")), AnyBlock), table) for i, table in enumerate(tables)]
    (top, problems), *blocks = validate_all(document, [Piece((), PlanTable, data), *pieces])
    (stopping, wrong), *_ = validate_all(document, [rule]) if isinstance(rule.data, Mapping) else [(None, [])]
    problems = [*problems, *wrong, *(problem for _, wrong in blocks for problem in wrong)]
    meant = {problem.suggestion for problem in problems if problem.message == "unknown key"}  # given, but misspelt
    problems = [p for p in problems if p.message != "must be given" or str(p.key).rpartition(".")[2] not in meant]
    return top, stopping, [model for model, _ in blocks], problems


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _parameters(
    document: Document, number: int, table: Mapping[str, Any], problems: list[Problem]
) -> dict[str, Placed] | Literal["uncertain"]:
    """Read the parameters of one block; those of a block whose way is not known are left unread."""
    how: Any = table.get("how")
    given, place = table.get("parameters"), ("vary", number, "parameters")
    parameters: dict[str, Placed] = {}
    for key, (value, at) in _flattened(document, given, place, "is varied twice in one block", problems).items():
        if how in BLOCKS:
            try:
                parameters[key] = Placed(given_in_block(how, value), at)
            except WrongValue as wrong:
                fault = (wrong.message, wrong.value, wrong.allowed, wrong.suggestion)
                problems.append(document.problem(at, *fault, key=key))
    return UNCERTAIN if given == UNCERTAIN else parameters


def _flattened(
    document: Document, table: object, place: KeyPath, twice: str, problems: list[Problem]
) -> dict[str, Placed]:
    """Return dotted key -> value of a table with keys dotted, quoted or nested; note keys given twice."""
    flat: dict[str, Placed] = {}
    for key, value, at in _leaves(table, place) if isinstance(table, Mapping) else ():
        if key in flat:
            problems.append(document.problem(at, twice, key=key))
        flat[key] = Placed(value, at)
    return flat


def _leaves(table: Mapping[str, Any], place: KeyPath, above: str = "") -> Iterator[tuple[str, Any, KeyPath]]:
    """Yield every (dotted key, value, path) of a table; a distribution is a value."""
    for key, value in table.items():
        dotted, here = f"{above}.{key}" if above else key, (*place, key)
        if isinstance(value, Mapping) and not looks_like_spread(value):
            yield from _leaves(value, here, dotted)
        else:
            yield dotted, value, here


def _flag_value(text: str) -> tuple[Any, bool]:
    """Read the text after the equals sign: the value and False, or several values and True."""
    value = parse_value(text)
    if isinstance(value, list):
        return value, True
    if isinstance(value, str) and value == text and "," in text and not text.startswith("{"):
        return [parse_value(part) for part in text.split(",")], True
    return value, False


def _as_toml(value: Any) -> Any:
    """Return data as TOML has it: tuples and arrays as lists, numbers as Python's, keys and paths as text."""
    if isinstance(value, Mapping):
        return {str(key): _as_toml(item) for key, item in value.items()}
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [_as_toml(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value
