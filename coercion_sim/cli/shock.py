"""`shock`: the effects of a ban, tariff, barrier or transfer on a world, in one deterministic solve."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from coercion_sim.cli.options import FILE, echo_json, with_options
from coercion_sim.cli.tables import paragraph, table
from coercion_sim.outcomes import VOLUME_YEAR
from coercion_sim.wording import count, number, percent

if TYPE_CHECKING:
    from coercion_sim.analysis import FlowEffect, StateEffect, WhatIf
    from coercion_sim.economy import EconomyParameters, Measure, Stuck
    from coercion_sim.errors import Problem
    from coercion_sim.world import World

T = TypeVar("T")


class MeasureOption(NamedTuple):
    """An option that adds a measure: its kind, the form of its value, and its help."""

    kind: str
    form: str
    help: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts of a value."""
        return tuple(self.form.replace("[", "").replace("]", "").split(":"))

    @property
    def least(self) -> int:
        """Parts that must be given."""
        return len(self.parts) - ("[" in self.form)


_OPEN, _RATE, _FACTOR = "BY:ON:SECTORS[:OPEN]", "BY:ON:SECTORS:RATE", "BY:ON:SECTORS:FACTOR"
#: What stands before the share of trade left, where it is given instead of a size.
_LEFT = "left="
OPTIONS = {
    "ban": MeasureOption("import_ban", _OPEN, "BY bans imports from ON; OPEN is the share left open (0)."),
    "export_ban": MeasureOption("export_ban", _OPEN, "BY bans exports to ON; OPEN is the share left open (0)."),
    "tariff": MeasureOption("import_tariff", _RATE, "BY taxes imports from ON; 0.25 is 25 %."),
    "barrier": MeasureOption(
        "import_barrier", _FACTOR, "BY makes imports from ON dearer by an iceberg factor, at least 1."
    ),
    "export_control": MeasureOption(
        "export_control", _FACTOR, "BY makes its exports to ON dearer by an iceberg factor, at least 1."
    ),
    "subsidy": MeasureOption("import_subsidy", _RATE, "BY subsidises imports from ON; 0.1 is 10 %."),
    "transfer": MeasureOption("transfer", "BY:ON:AMOUNT", "BY pays ON, US$ million a year."),
}


def read_options(
    world: World,
    given: dict[str, tuple[str, ...]],
    settings: Sequence[str],
    stuck: Sequence[str],
    elasticities: str | None,
    states: Sequence[str],
) -> tuple[tuple[Measure, ...], EconomyParameters, World]:
    """Measures, parameters and world; every fault in the options is reported at once."""
    from dataclasses import replace

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
    _collect(problems, lambda: [world.state_index(state) for state in states])
    changed = _collect(problems, lambda: world if elasticities is None else _with_elasticities(world, elasticities))
    parameters = _collect(problems, lambda: EconomyParameters(**_settings(settings)))
    entries = _collect(problems, lambda: tuple(_stuck(world, text) for text in stuck))
    if problems or changed is None or parameters is None or entries is None:
        raise InvalidInput(problems)
    return measures, replace(parameters, stuck=entries), changed


def parse_measure(world: World, option: str, text: str, problems: list[Problem]) -> Measure | None:
    """Read one value such as ``CHN:AUS:coal:0.02``; adds its faults to `problems` and returns None then."""
    from dataclasses import replace

    from coercion_sim.economy import Measure
    from coercion_sim.errors import Problem

    kind, form, _ = OPTIONS[option]
    names = OPTIONS[option].parts
    key = f"--{option.replace('_', '-')} {text}"
    parts = [part.strip() for part in text.split(":")]
    if not all(parts) or not OPTIONS[option].least <= len(parts) <= len(names):
        missing = ", ".join(names[len(parts) : OPTIONS[option].least])
        message = f"{missing} must be given" if all(parts) and missing else "cannot be read"
        problems.append(Problem(message, key=key, found=count(len(parts), "part"), allowed=form))
        return None
    sectors = () if kind == "transfer" else tuple(s.strip() for s in parts[2].split(","))
    last = parts[-1] if len(parts) == len(names) else "0"
    share = last.startswith(_LEFT)
    try:
        size = float(last.removeprefix(_LEFT))
    except ValueError:
        near = _share(last.removeprefix(_LEFT))
        problems.append(Problem(f"{names[-1]} is not a number", None, None, key, repr(parts[-1]), form, near))
        return None
    faults: list[Problem] = []
    for state in parts[:2]:
        _collect(faults, lambda state=state: world.state_index(state))  # type: ignore[misc]
    _collect(faults, lambda: world.sector_indices(sectors))
    by, on = parts[:2]
    stated, left = (math.nan, size) if share else (size, None)
    measure = _collect(faults, lambda: Measure(kind, by, on, sectors, stated, name=key.removeprefix("--"), left=left))
    problems += [replace(problem, key=key) for problem in faults]
    return None if faults else measure


def _share(text: str) -> str | None:
    """Spell ``25%`` as the fraction it is; None for another text."""
    try:
        return f"{float(text.removesuffix('%')) / 100.0:g}" if text.endswith("%") else None
    except ValueError:
        return None


def _collect(problems: list[Problem], make: Callable[[], T]) -> T | None:
    """Result of a function; its `InvalidInput` adds to `problems` instead."""
    from coercion_sim.errors import InvalidInput

    try:
        return make()
    except InvalidInput as error:
        problems += error.problems
        return None


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

    known = {
        field.name: float if field.name.endswith("_substitution") else type(getattr(EconomyParameters(), field.name))
        for field in fields(EconomyParameters)
        if field.name != "stuck"
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
        try:
            values[name] = known[name](value.strip())
        except ValueError:
            problems.append(Problem("is not a number", key=f"--set {name}", found=repr(value)))
    if problems:
        raise InvalidInput(problems)
    return values


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


#: Elasticities of substitution as options: the parameter each sets, and its help.
SUBSTITUTIONS = {
    "input_substitution": "Elasticity between inputs and value added, 0 to 10 (1).",
    "final_substitution": "Elasticity between goods in final demand, 0 to 10 (1).",
    "value_added_substitution": "Elasticity between value added and all inputs together (that between inputs).",
}
#: Effects on a state -> heading and unit.
_EFFECTS = {
    "real_income": ("real income, % of GDP", "pct_gdp"),
    "real_factor_income": ("real factor income, %", "percent"),
    "real_gdp": ("real GDP, %", "percent"),
    "exports": ("exports, %", "percent"),
}
_MOST_FLOWS = 10


@click.command("shock")
@click.argument("world")
@with_options(
    *(
        click.option(f"--{name.replace('_', '-')}", name, multiple=True, metavar=option.form, help=option.help)
        for name, option in OPTIONS.items()
    )
)
@click.option(
    "--quarters", type=click.IntRange(0, 400), default=0, metavar="N",
    help="Follow the adjustment for N quarters before the long run.",
)  # fmt: skip
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="An economy parameter, e.g. factor_mobility=1.2."
)
@with_options(
    *(
        click.option(f"--{name.replace('_', '-')}", name, type=float, metavar="NUMBER", help=text)
        for name, text in SUBSTITUTIONS.items()
    )
)
@click.option(
    "--stuck", multiple=True, metavar="SECTORS[:QUARTERS]",
    help="Sectors that cannot expand, for so many quarters (for good).",
)  # fmt: skip
@click.option("--elasticities", metavar="SET", help="A set of trade elasticities of the world, or one number for all.")
@click.option("--no-inputs", is_flag=True, help="Cut the input-output links.")
@click.option("--state", "states", multiple=True, metavar="STATE", help="Show only this state; repeat for several.")
@click.option(
    "--csv", "csv_file", metavar="FILE", help="Write the table of states, every period, as CSV; - for standard output."
)
@click.option("--plot", type=FILE, metavar="FILE", help="Draw it (png, pdf or svg).")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def shock(
    world: str, quarters: int, settings: tuple[str, ...], stuck: tuple[str, ...], elasticities: str | None,
    no_inputs: bool, states: tuple[str, ...], csv_file: str | None, plot: Path | None, as_json: bool, **given: Any,
) -> None:  # fmt: skip
    """Compute the effects of measures on WORLD (a shipped world or a folder).

    SECTORS are sector names or tags joined by commas, or all. left=SHARE instead of OPEN or FACTOR states the share of
    the trade that is left in the long run, and the size is solved for. For example

      coercion-sim shock pacific-2019 --ban CHN:AUS:coal,wine:0.02 --quarters 12

      coercion-sim shock pacific-2019 --ban CHN:AUS:wool:left=0.05

      coercion-sim shock europe-2019 --export-ban RUS:DEU:pipeline_gas --input-substitution 0.2 --stuck pipeline_gas,lng
    """
    from coercion_sim.analysis import to_csv, what_if
    from coercion_sim.economy import unlikely_rate
    from coercion_sim.errors import Problem
    from coercion_sim.world import load_world

    elastic = {name: given.pop(name) for name in SUBSTITUTIONS}
    settings += tuple(f"{name}={value}" for name, value in elastic.items() if value is not None)
    measures, parameters, loaded = read_options(load_world(world), given, settings, stuck, elasticities, states)
    if not quarters and any(entry.until is not None for entry in parameters.stuck):
        warning = Problem("says nothing about the long run", key="--stuck", allowed="--quarters N, or no quarters")
        click.echo(f"warning: {warning}", err=True)
    for measure in measures:
        if doubt := unlikely_rate(measure.kind, measure.size):
            near = f"{measure.size / 100.0:g}"
            warning = Problem(doubt, key=f"--{measure.name}", found=f"{measure.size:g}", suggestion=near)
            click.echo(f"warning: {warning}", err=True)
    answer = what_if(
        loaded.without_inputs() if no_inputs else loaded, measures, parameters=parameters, quarters=quarters
    )
    if plot is not None:
        from coercion_sim.figures import draw_what_if

        draw_what_if(answer, plot, states=states)
    records = to_csv(row for row in answer.records() if not states or row["state"] in states)
    if csv_file not in (None, "-"):
        from coercion_sim.files import write_text

        write_text(Path(str(csv_file)), records)
    if as_json:
        echo_json(shock_data(answer, states))
    elif csv_file == "-":
        click.echo(records, nl=False)
    else:
        click.echo(shock_text(answer, states))
        for written in (csv_file, plot):
            if written is not None:
                click.echo(f"Written to {written}")


def shock_text(answer: WhatIf, states: Sequence[str] = (), width: int | None = None) -> str:
    """Tables of states, most affected first, and of the flows hindered."""
    lines = [
        *paragraph(f"{answer.world}: {'; '.join(dict.fromkeys(m.name for m in answer.measures))}", width=width),
        "",
    ]
    lines += _long_run(answer, states, width) if len(answer.periods) == 1 else _path(answer, states, width)
    for period in dict.fromkeys(flow.period for flow in answer.flows):
        lines += ["", *_flows([flow for flow in answer.flows if flow.period == period], period, width)]
    return "\n".join(lines)


def _chosen(answer: WhatIf, period: str, states: Sequence[str]) -> list[StateEffect]:
    """States of one period, most affected first, or only those named."""
    return [effect for effect in answer.of_period(period) if not states or effect.state in states]


def _long_run(answer: WhatIf, states: Sequence[str], width: int | None) -> list[str]:
    """One line per state: its effects in the long run."""
    effects = _chosen(answer, answer.periods[-1], states)
    rows = [[s.state, *(number(getattr(s, name)) for name in _EFFECTS)] for s in effects]
    heads = ["state", *(heading for heading, _ in _EFFECTS.values())]
    return ["Long run, change against the baseline", *table(heads, rows, width=width)]


def _path(answer: WhatIf, states: Sequence[str], width: int | None) -> list[str]:
    """One line per state: real income in the first quarter, by year, and in the long run."""
    quarters = answer.periods[:-1]
    spans = {quarters[0]: quarters[:1]}
    spans |= {f"year {y // 4 + 1}": quarters[y : y + 4] for y in range(0, len(quarters), 4)}
    spans[answer.periods[-1]] = answer.periods[-1:]
    income = {(s.period, s.state): s.real_income for s in answer.states}
    rows = [
        [s.state, *(number(sum(income[q, s.state] for q in span) / len(span)) for span in spans.values())]
        for s in _chosen(answer, quarters[0], states)
    ]
    return ["Real income, change against the baseline, % of GDP", *table(["state", *spans], rows, width=width)]


def _flows(flows: Sequence[FlowEffect], period: str, width: int | None) -> list[str]:
    """One line per flow hindered in a period, the largest only."""
    rows = [
        [f.sector, f"{f.exporter} to {f.importer}", number(f.lost), number(f.gained), percent(f.diverted), _gainers(f)]
        for f in flows[:_MOST_FLOWS]
    ]
    more = f" ({len(flows) - _MOST_FLOWS} smaller flows not shown)" if len(flows) > _MOST_FLOWS else ""
    title = f"Volume, {period}, US$ million a year at baseline prices{more}"
    heads = ["sector", "flow", "lost", "sold to others", "share", "largest gainers"]
    return [*paragraph(title, width=width), *table(heads, rows, left=(0, 1, 5), width=width, shortest=20)]


def _gainers(flow: FlowEffect) -> str:
    return ", ".join(f"{state} {number(gain)}" for state, gain in flow.gainers[:3])


def shock_data(answer: WhatIf, states: Sequence[str] = ()) -> dict[str, Any]:
    """The answer as data."""
    return {
        "world": answer.world,
        "measures": answer.measures,
        "units": {name: unit for name, (_, unit) in _EFFECTS.items()} | {"lost": VOLUME_YEAR},
        "states": [s for s in answer.states if not states or s.state in states],
        "flows": answer.flows,
    }
