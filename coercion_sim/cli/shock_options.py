"""What `shock` is told: measures such as ``CHN:AUS:coal:0.02``, parameters, elasticities; every mistake at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coercion_sim.economy import EconomyParameters, Measure
    from coercion_sim.errors import Problem
    from coercion_sim.world import World

#: Option -> (kind of measure, form of its value, whether the last part may be left out).
OPTIONS: dict[str, tuple[str, str, bool]] = {
    "ban": ("import_ban", "BY:ON:SECTORS[:OPEN]", True),
    "export_ban": ("export_ban", "BY:ON:SECTORS[:OPEN]", True),
    "tariff": ("import_tariff", "BY:ON:SECTORS:RATE", False),
    "barrier": ("import_barrier", "BY:ON:SECTORS:FACTOR", False),
    "export_control": ("export_control", "BY:ON:SECTORS:FACTOR", False),
    "subsidy": ("import_subsidy", "BY:ON:SECTORS:RATE", False),
    "transfer": ("transfer", "BY:ON:AMOUNT", False),
}


def read_options(
    world: World,
    given: dict[str, tuple[str, ...]],
    settings: Sequence[str],
    elasticities: str | None,
    states: Sequence[str],
) -> tuple[tuple[Measure, ...], EconomyParameters, World]:
    """Measures, parameters and world as asked for; everything wrong with them is said at once."""
    from coercion_sim.economy import EconomyParameters
    from coercion_sim.errors import InvalidInput, Problem

    problems: list[Problem] = []
    measures = tuple(
        m for name, texts in given.items() for text in texts if (m := parse_measure(world, name, text, problems))
    )
    if not any(given.values()):
        problems.append(
            Problem("name at least one measure", allowed=", ".join(f"--{name.replace('_', '-')}" for name in OPTIONS))
        )
    parameters = EconomyParameters()
    for attempt in (
        lambda: [world.state_index(state) for state in states],
        lambda: None if elasticities is None else _with_elasticities(world, elasticities),
        lambda: EconomyParameters(**_settings(settings)),
    ):
        try:
            made = attempt()
        except InvalidInput as error:
            problems += error.problems
        else:
            parameters = made if isinstance(made, EconomyParameters) else parameters
    if problems:
        raise InvalidInput(problems)
    return measures, parameters, world if elasticities is None else _with_elasticities(world, elasticities)


def parse_measure(world: World, option: str, text: str, problems: list[Problem]) -> Measure | None:
    """Read one value such as ``CHN:AUS:coal:0.02``; what is wrong is added to `problems`, and None returned."""
    from dataclasses import replace

    from coercion_sim.economy import Measure
    from coercion_sim.errors import InvalidInput, Problem

    kind, form, optional = OPTIONS[option]
    key = f"--{option.replace('_', '-')} {text}"
    parts = [part.strip() for part in text.split(":")]
    wanted = form.replace("[", "").replace("]", "").split(":")
    if not all(parts) or not len(wanted) - optional <= len(parts) <= len(wanted):
        problems.append(Problem("cannot be read", key=key, found=f"{len(parts)} parts", allowed=form))
        return None
    sectors = () if kind == "transfer" else tuple(s.strip() for s in parts[2].split(","))
    try:
        size = float(parts[-1]) if len(parts) == len(wanted) else 0.0
    except ValueError:
        problems.append(Problem(f"{wanted[-1]} is not a number", key=key, found=repr(parts[-1]), allowed=form))
        return None
    found: list[Problem] = []
    for check in (
        lambda: world.state_index(parts[0]),
        lambda: world.state_index(parts[1]),
        lambda: world.sector_indices(sectors),
        lambda: Measure(kind, parts[0], parts[1], sectors, size, name=key.removeprefix("--")),
    ):
        try:
            check()
        except InvalidInput as error:
            found += [replace(problem, key=key) for problem in error.problems]
    problems += found
    return None if found else Measure(kind, parts[0], parts[1], sectors, size, name=key.removeprefix("--"))


def _with_elasticities(world: World, text: str) -> World:
    try:
        return world.with_elasticity(float(text))
    except ValueError:
        return world.with_elasticity(text)


def _settings(texts: Iterable[str]) -> dict[str, Any]:
    """``key=value`` texts as arguments of EconomyParameters."""
    from dataclasses import fields

    from coercion_sim.economy import EconomyParameters
    from coercion_sim.errors import InvalidInput, Problem, nearest

    known = {field.name: type(getattr(EconomyParameters(), field.name)) for field in fields(EconomyParameters)}
    values: dict[str, Any] = {}
    problems = []
    for text in texts:
        key, equals, value = text.partition("=")
        name = key.strip().removeprefix("economy.")
        if not equals or name not in known:
            problems.append(
                Problem(
                    "unknown economy parameter",
                    key="--set",
                    found=repr(text),
                    allowed=", ".join(known),
                    suggestion=nearest(name, known),
                )
            )
            continue
        try:
            values[name] = known[name](value.strip())
        except ValueError:
            problems.append(Problem("is not a number", key=f"--set {name}", found=repr(value)))
    if problems:
        raise InvalidInput(problems)
    return values
