"""`shock`: ask what a ban, tariff, barrier or transfer would do to a world, in one deterministic solve."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli.columns import aligned, number

if TYPE_CHECKING:
    from coercion_sim.analysis import FlowEffect, StateEffect, WhatIf
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

_HELP = {
    "ban": "BY bans imports from ON; OPEN is the share left open (0).",
    "export_ban": "BY bans exports to ON; OPEN is the share left open (0).",
    "tariff": "BY taxes imports from ON; 0.25 is 25 %.",
    "barrier": "BY makes imports from ON dearer by an iceberg factor, at least 1.",
    "export_control": "BY makes its exports to ON dearer by an iceberg factor, at least 1.",
    "subsidy": "BY subsidises imports from ON; 0.1 is 10 %.",
    "transfer": "BY pays ON, US$ million a year.",
}


def _measure_options(command: Any) -> Any:
    """Give the command one repeatable option per kind of measure."""
    for name in reversed(OPTIONS):
        option = click.option(
            f"--{name.replace('_', '-')}", name, multiple=True, metavar=OPTIONS[name][1], help=_HELP[name]
        )
        command = option(command)
    return command


@click.command("shock")
@click.argument("world")
@_measure_options
@click.option(
    "--quarters",
    type=click.IntRange(0, 400),
    default=0,
    metavar="N",
    help="Follow the adjustment for N quarters before the long run.",
)
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="An economy parameter, e.g. factor_mobility=1.2."
)
@click.option("--elasticities", metavar="SET", help="A set of trade elasticities of the world, or one number for all.")
@click.option("--no-inputs", is_flag=True, help="Cut the input-output links.")
@click.option("--state", "states", multiple=True, metavar="STATE", help="Show only this state; repeat for several.")
@click.option(
    "--csv", "csv_file", metavar="FILE", help="Write the table of states, every period, as CSV; - for standard output."
)
@click.option(
    "--plot", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Draw it (png, pdf or svg)."
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def shock(
    world: str,
    quarters: int,
    settings: tuple[str, ...],
    elasticities: str | None,
    no_inputs: bool,
    states: tuple[str, ...],
    csv_file: str | None,
    plot: Path | None,
    as_json: bool,
    **given: tuple[str, ...],
) -> None:
    """Say what these measures would do to WORLD (a shipped world or a folder).

    SECTORS are sector names or tags joined by commas, or all. For example

      coercion-sim shock pacific-2019 --ban CHN:AUS:coal,wine:0.02 --quarters 12
    """
    from coercion_sim.analysis import what_if
    from coercion_sim.world import load_world

    loaded = load_world(world)
    measures, parameters, loaded = _read(loaded, given, settings, elasticities, states)
    if no_inputs:
        loaded = loaded.without_inputs()
    answer = what_if(loaded, measures, parameters=parameters, quarters=quarters)
    if plot is not None:
        from coercion_sim.views import draw_what_if

        draw_what_if(answer, plot, states=states)
    if csv_file is not None and csv_file != "-":
        from coercion_sim.experiments import write_text

        write_text(Path(csv_file), states_csv(answer, states))
    if as_json:
        click.echo(json.dumps(as_data(answer, states), indent=1))
    elif csv_file == "-":
        click.echo(states_csv(answer, states), nl=False)
    else:
        click.echo(text(answer, states))
        for written in (csv_file, plot):
            if written is not None:
                click.echo(f"Written to {written}")


# ------------------------------------------------------------------ reading


def _read(
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


# ------------------------------------------------------------------ showing


def text(answer: WhatIf, states: Sequence[str] = ()) -> str:
    """Tables of states, most affected first, and of the flows hindered."""
    lines = [f"{answer.world}: {'; '.join(m.name for m in answer.measures)}", ""]
    lines += _long_run(answer, states) if len(answer.periods) == 1 else _path(answer, states)
    if answer.flows:
        lines += ["", *_flows(answer.flows)]
    return "\n".join(lines)


def _chosen(answer: WhatIf, period: str, states: Sequence[str]) -> list[StateEffect]:
    """States of one period, most affected first, those asked for."""
    return [effect for effect in answer.of_period(period) if not states or effect.state in states]


def _long_run(answer: WhatIf, states: Sequence[str]) -> list[str]:
    """One line per state: the four measures of the long run."""
    rows = [
        [
            s.state,
            number(s.real_income, 3),
            number(s.real_factor_income, 3),
            number(s.real_gdp, 3),
            number(s.exports, 2),
        ]
        for s in _chosen(answer, answer.periods[-1], states)
    ]
    heads = ["state", "real income, % of GDP", "real factor income, %", "real GDP, %", "exports, %"]
    return ["Long run, change against the baseline", *aligned([heads, *rows])]


def _path(answer: WhatIf, states: Sequence[str]) -> list[str]:
    """One line per state: real income in the first quarter, by year, and in the long run."""
    quarters = answer.periods[:-1]
    spans = {quarters[0]: quarters[:1]}
    spans |= {f"year {y // 4 + 1}": quarters[y : y + 4] for y in range(0, len(quarters), 4)}
    spans[answer.periods[-1]] = answer.periods[-1:]
    income = {(s.period, s.state): s.real_income for s in answer.states}
    rows = [
        [s.state, *(number(sum(income[q, s.state] for q in span) / len(span), 3) for span in spans.values())]
        for s in _chosen(answer, quarters[0], states)
    ]
    return ["Real income, change against the baseline, % of own GDP", *aligned([["state", *spans], *rows])]


def _flows(flows: Sequence[FlowEffect], most: int = 10) -> list[str]:
    """One line per flow hindered, at most ten per period."""
    lines: list[str] = []
    for period in dict.fromkeys(flow.period for flow in flows):
        here = [flow for flow in flows if flow.period == period]
        rows = [
            [
                f.sector,
                f"{f.exporter} to {f.importer}",
                f"{f.lost:,.0f}",
                f"{f.gained:,.0f}",
                number(f.diverted, 2),
                _gainers(f),
            ]
            for f in here[:most]
        ]
        heads = ["sector", "flow", "lost", "gained elsewhere", "share", "largest gainers"]
        more = f" ({len(here) - most} smaller flows not shown)" if len(here) > most else ""
        lines += [
            f"Volume, {period}, US$ million a year at baseline prices{more}",
            *aligned([heads, *rows], left=(0, 1, 5)),
            "",
        ]
    return lines[:-1]


def _gainers(flow: FlowEffect) -> str:
    return ", ".join(f"{state} {gain:,.0f}" for state, gain in flow.gainers[:3])


def states_csv(answer: WhatIf, states: Sequence[str] = ()) -> str:
    """Every period and state as CSV: real income in pct_gdp, the rest in percent."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["period", "state", "real_income", "real_factor_income", "real_gdp", "exports"])
    for s in answer.states:
        if not states or s.state in states:
            values = (s.real_income, s.real_factor_income, s.real_gdp, s.exports)
            writer.writerow([s.period, s.state, *("" if math.isnan(v) else repr(v) for v in values)])
    return out.getvalue()


def as_data(answer: WhatIf, states: Sequence[str] = ()) -> dict[str, Any]:
    """Return the answer as JSON-able data; missing numbers are null."""
    from dataclasses import asdict

    def finite(row: Any) -> dict[str, Any]:
        return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in asdict(row).items()}

    return {
        "world": answer.world,
        "measures": [asdict(m) for m in answer.measures],
        "units": {
            "real_income": "pct_gdp",
            "real_factor_income": "percent",
            "real_gdp": "percent",
            "exports": "percent",
            "lost": "US$ million a year at baseline prices",
        },
        "states": [finite(s) for s in answer.states if not states or s.state in states],
        "flows": [finite(f) for f in answer.flows],
    }
