"""Options that change an economy, such as ``--elasticities``, and the world or scenario that they change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from coercion_sim.cli.measures import OPTIONS, collect, number_of, read_measures, warn
from coercion_sim.cli.options import with_options
from coercion_sim.errors import InvalidInput, Problem, WorldError, nearest

if TYPE_CHECKING:
    from coercion_sim.economy import EconomyParameters, Measure, Stuck
    from coercion_sim.world import World

#: Elasticities of substitution as options: the parameter each sets, and its help.
SUBSTITUTIONS = {
    "input_substitution": "Elasticity between inputs and value added, 0 to 10.  [default: 1 or the scenario's]",
    "final_substitution": "Elasticity between goods in final demand, 0 to 10.  [default: 1 or the scenario's]",
    "value_added_substitution": "Elasticity between value added and all inputs.  [default: that between inputs]",
}

#: Options that change the economy.
economy_options = with_options(
    click.option(
        "--set", "settings", multiple=True, metavar="KEY=VALUE", help="An economy parameter, e.g. factor_mobility=1.2."
    ),
    *(
        click.option(f"--{name.replace('_', '-')}", name, type=float, metavar="NUMBER", help=text)
        for name, text in SUBSTITUTIONS.items()
    ),
    click.option(
        "--stuck", multiple=True, metavar="SECTORS[:QUARTERS]",
        help="Sectors that cannot expand, for so many quarters.  [default: for good]",
    ),
    click.option(
        "--elasticities", metavar="SET",
        help="A set of trade elasticities of the world, or one number for all; then numbers for sectors or tags, as in"
        " rauch,pipeline_gas=3.6.",
    ),
    click.option(
        "--short-run", metavar="NUMBER[:RATE]",
        help="Trade elasticity in the first quarter, also by sector as in pipeline_gas=2,lng=2; a quarter covers RATE"
        " of the remaining way to the long run (0.25 if left out). Buyers then choose anew each quarter, unless"
        " --set adjustment_rate.",
    ),
    click.option(
        "--near-substitutes", metavar="SECTORS:ELASTICITY",
        help="Sectors that replace one another readily as inputs, and count as one among the others.",
    ),
    click.option(
        "--transit", metavar="STATE:SHARE[:COST]",
        help="SHARE of the varieties may bypass every ban, barrier and control, re-labelled in STATE, dearer by a"
        " factor of COST (1 if left out).",
    ),
    click.option("--no-inputs", is_flag=True, help="Cut the input-output links."),
)  # fmt: skip


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
    base: Base, given: Mapping[str, Any], states: Sequence[str] = ()
) -> tuple[tuple[Measure, ...], EconomyParameters, World]:
    """Measures, parameters and world under `measure_options` and `economy_options`; every fault is reported at once."""
    world = base.world
    problems: list[Problem] = []
    stated = {name: texts for name, texts in given.items() if name in OPTIONS}  # in the order they were typed
    measures, notes = read_measures(world, stated, problems)
    every = collect(problems, lambda: _with_way_round(world, (*base.measures, *measures), given["transit"])) or ()
    if not base.measures and not any(stated.values()):
        problems.append(
            Problem("name at least one measure", allowed=", ".join(f"--{name.replace('_', '-')}" for name in OPTIONS))
        )
    collect(problems, lambda: [world.state_index(state) for state in states])
    changed = collect(problems, lambda: _with_elasticities(world, given["elasticities"]))
    stuck = collect(problems, lambda: tuple(_stuck(world, text) for text in given["stuck"]) or base.parameters.stuck)
    parameters = collect(problems, lambda: replace(base.parameters, **_changes(world, given), stuck=stuck or ()))
    if problems or changed is None or parameters is None:
        raise InvalidInput(problems)
    warn(measures, notes)
    return every, parameters, changed.without_inputs() if given["no_inputs"] else changed


def _changes(world: World, given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of EconomyParameters under ``--short-run``, ``--near-substitutes``, ``--set`` and elasticities."""
    numbers = (f"{name}={given[name]}" for name in SUBSTITUTIONS if given[name] is not None)
    settings = _settings((*given["settings"], *numbers))
    return {**_path(world, given["short_run"]), **_near(world, given["near_substitutes"]), **settings}


def _with_elasticities(world: World, text: str | None) -> World:
    """The world under a set or one number, then under numbers for sectors: ``rauch,pipeline_gas=3.6``."""
    for entry in map(str.strip, [] if text is None else text.split(",")):
        name, equals, value = entry.partition("=")
        if equals:
            theta = world.trade_elasticity.copy()
            theta[world.sector_indices((name.strip(),))] = _elasticity(value, f"--elasticities {text}")
            world = world.with_elasticity(theta)
        else:
            size = number_of(entry)
            world = world.with_elasticity(entry if size is None else size)
    return world


def _elasticity(text: str, key: str) -> float:
    """A number above 0."""
    number = number_of(text)
    if number is None or not 0.0 < number < math.inf:
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
    from coercion_sim.economy import EconomyParameters

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

    names, colon, quarters = text.partition(":")
    sectors = tuple(name.strip() for name in names.split(","))
    world.sector_indices(sectors)
    if not colon:
        return Stuck(sectors)
    if not quarters.strip().isdecimal() or int(quarters) < 1:
        key = f"--stuck {text}"
        raise InvalidInput(Problem("is not a number of quarters", key=key, found=quarters, allowed="1, 2, ..."))
    return Stuck(sectors, until=int(quarters) - 1)
