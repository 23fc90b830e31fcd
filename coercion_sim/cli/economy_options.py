"""Options that change an economy, such as ``--elasticities``, and the world or scenario that they change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from coercion_sim.cli.measures import OPTIONS, collect, read_measures, warn

if TYPE_CHECKING:
    from coercion_sim.economy import EconomyParameters, Measure, Stuck
    from coercion_sim.world import World

#: Elasticities of substitution as options: the parameter each sets, and its help.
SUBSTITUTIONS = {
    "input_substitution": "Elasticity between inputs and value added, 0 to 10 (1).",
    "final_substitution": "Elasticity between goods in final demand, 0 to 10 (1).",
    "value_added_substitution": "Elasticity between value added and all inputs together (that between inputs).",
}


class Base(NamedTuple):
    """What options change: a world alone, or a scenario's world, measures from its first quarter on, and economy."""

    world: World
    measures: tuple[Measure, ...]
    parameters: EconomyParameters
    quarters: int = 0
    states: tuple[str, ...] = ()


def read_base(name: str) -> Base:
    """The world of this name or folder; or a scenario at its defaults, its first measure in quarter 0."""
    from coercion_sim.economy import EconomyParameters
    from coercion_sim.errors import WorldError, nearest
    from coercion_sim.scenario import list_scenarios, load_scenario
    from coercion_sim.world import list_worlds, load_world

    if name not in list_scenarios() and not name.lower().endswith(".toml"):
        try:
            return Base(load_world(name), (), EconomyParameters())
        except WorldError as error:
            near = nearest(name, (*list_worlds(), *list_scenarios()))
            raise WorldError([replace(p, suggestion=near or p.suggestion) for p in error.problems]) from None
    scenario = load_scenario(name)
    parameters = scenario.economy_parameters()
    measures = scenario.measures_as_data()
    first = min((m.start for m in measures), default=0)
    measures = tuple(
        replace(m, start=m.start - first, until=None if m.until is None else m.until - first) for m in measures
    )
    stuck = tuple(
        replace(s, until=None if s.until is None else s.until - first)
        for s in parameters.stuck
        if s.until is None or s.until >= first
    )
    world = scenario.apply_to(load_world(scenario.world_source))
    left = scenario.quarters - first
    return Base(world, measures, replace(parameters, stuck=stuck), left, scenario.report.states)


def read_options(
    base: Base,
    given: dict[str, tuple[str, ...]],
    settings: Sequence[str],
    stuck: Sequence[str],
    elasticities: str | None,
    short_run: str | None,
    transit: str | None,
    near: str | None,
    states: Sequence[str],
) -> tuple[tuple[Measure, ...], EconomyParameters, World]:
    """Measures, parameters and world; every fault in the options is reported at once."""
    from coercion_sim.errors import InvalidInput, Problem

    world = base.world
    problems: list[Problem] = []
    measures, notes = read_measures(world, given, problems)
    every = collect(problems, lambda: _with_way_round(world, (*base.measures, *measures), transit)) or ()
    if not base.measures and not any(given.values()):
        problems.append(
            Problem("name at least one measure", allowed=", ".join(f"--{name.replace('_', '-')}" for name in OPTIONS))
        )
    collect(problems, lambda: [world.state_index(state) for state in states])
    changed = collect(problems, lambda: world if elasticities is None else _with_elasticities(world, elasticities))
    entries = collect(problems, lambda: tuple(_stuck(world, text) for text in stuck) or base.parameters.stuck)
    parameters = collect(
        problems,
        lambda: replace(
            base.parameters,
            **{**_path(world, short_run), **_near(world, near), **_settings(settings)},
            stuck=entries or (),
        ),
    )
    if problems or changed is None or parameters is None:
        raise InvalidInput(problems)
    parameters = replace(parameters, stuck=entries or ())
    warn(measures, notes)
    return every, parameters, changed


def _parameters(base: Base, settings: Sequence[str], short_run: str | None, near: str | None) -> EconomyParameters:
    """Parameters under ``--short-run``, ``--near-substitutes`` and ``--set``, in this order."""
    changes = {**_path(base.world, short_run), **_near(base.world, near), **_settings(settings)}
    return replace(base.parameters, **changes)


def _with_elasticities(world: World, text: str) -> World:
    """The world under a set or one number, then under numbers for sectors: ``rauch,pipeline_gas=3.6``."""
    for entry in map(str.strip, text.split(",")):
        name, equals, value = entry.partition("=")
        if equals:
            theta = world.trade_elasticity.copy()
            theta[world.sector_indices((name.strip(),))] = _elasticity(value, f"--elasticities {text}")
            world = world.with_elasticity(theta)
            continue
        try:
            number = float(entry)
        except ValueError:
            world = world.with_elasticity(entry)
        else:
            world = world.with_elasticity(number)
    return world


def _elasticity(text: str, key: str) -> float:
    """A number above 0."""
    from coercion_sim.errors import InvalidInput, Problem

    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0.0 < number < math.inf:
        raise InvalidInput(Problem("is no elasticity", key=key, found=repr(text.strip()), allowed="a number above 0"))
    return number


def _path(world: World, text: str | None) -> dict[str, Any]:
    """``--short-run`` as arguments of EconomyParameters: one number, or sectors with theirs; then a rate.

    Without `adjustment_rate` among the settings every buyer chooses anew each quarter: one friction, one account.
    """
    from coercion_sim.economy import ShortRun

    if text is None:
        return {}
    key = f"--short-run {text}"
    numbers, colon, rate = text.partition(":")
    by_sector = {}
    for entry in numbers.split(","):
        name, equals, value = entry.partition("=")
        world.sector_indices((name.strip(),) if equals else ("all",))
        by_sector[name.strip() if equals else "all"] = _elasticity(value if equals else name, key)
    speed = _elasticity(rate, key) if colon else ShortRun.rate
    return {"short_run": ShortRun(by_sector, speed, beside_adjustment=True), "adjustment_rate": 1.0}


def _settings(texts: Iterable[str]) -> dict[str, Any]:
    """``key=value`` texts as arguments of EconomyParameters."""
    from dataclasses import fields

    from coercion_sim.economy import EconomyParameters
    from coercion_sim.errors import InvalidInput, Problem, nearest

    known = {
        field.name: float if field.name.endswith("_substitution") else type(getattr(EconomyParameters(), field.name))
        for field in fields(EconomyParameters)
        if field.name not in ("stuck", "short_run", "near_substitutes")
    }
    values: dict[str, Any] = {}
    problems = []
    for text in texts:
        key, equals, value = text.partition("=")
        name = key.strip().removeprefix("economy.")
        if not equals or name not in known:
            problems.append(
                Problem(
                    "unknown economy parameter", key="--set", found=repr(text), allowed=", ".join(known),
                    suggestion=nearest(name, known),
                )
            )  # fmt: skip
            continue
        if name in values:
            problems.append(Problem("is set twice", key=name))
        try:
            values[name] = known[name](value.strip())
        except ValueError:
            problems.append(Problem("is not a number", key=f"--set {name}", found=repr(value)))
    InvalidInput.refuse(problems)
    return values


def _near(world: World, text: str | None) -> dict[str, Any]:
    """``--near-substitutes pipeline_gas,lng:5`` as an argument of EconomyParameters."""
    from coercion_sim.economy import NearSubstitutes

    if text is None:
        return {}
    names, _, number = text.partition(":")
    sectors = tuple(map(str.strip, names.split(",")))
    world.sector_indices(sectors)
    return {"near_substitutes": (NearSubstitutes(sectors, _elasticity(number, f"--near-substitutes {text}")),)}


def _with_way_round(world: World, measures: tuple[Measure, ...], text: str | None) -> tuple[Measure, ...]:
    """``--transit VNM:0.3:1.1``: a way round every ban, barrier and control."""
    from coercion_sim.economy import LEAVE_A_SHARE
    from coercion_sim.errors import InvalidInput, Problem

    if text is None:
        return measures
    key, form = f"--transit {text}", "STATE:SHARE[:COST]"
    via, *numbers = map(str.strip, text.split(":"))
    if not 1 <= len(numbers) <= 2:
        raise InvalidInput(Problem("cannot be read", key=key, found=text, allowed=form))
    third, (share, cost) = world.states[world.state_index(via)], [*(_elasticity(n, key) for n in numbers), 1.0][:2]
    return tuple(
        replace(m, via=third, transit=share, transit_cost=cost) if m.kind in LEAVE_A_SHARE else m for m in measures
    )


def _stuck(world: World, text: str) -> Stuck:
    """One value of ``--stuck``: sectors, and for how many quarters they cannot expand."""
    from coercion_sim.economy import Stuck
    from coercion_sim.errors import InvalidInput, Problem

    names, colon, quarters = text.partition(":")
    sectors = tuple(name.strip() for name in names.split(","))
    world.sector_indices(sectors)
    if not colon:
        return Stuck(sectors)
    if not quarters.strip().isdecimal() or int(quarters) < 1:
        key = f"--stuck {text}"
        raise InvalidInput(Problem("is not a number of quarters", key=key, found=quarters, allowed="1, 2, ..."))
    return Stuck(sectors, until=int(quarters) - 1)
