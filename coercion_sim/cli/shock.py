"""`shock`: the effects of a ban, tariff, barrier or transfer on a world, in one deterministic solve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli.options import FILE, echo_json, with_options
from coercion_sim.cli.shock_options import OPTIONS, read_options
from coercion_sim.cli.tables import paragraph, table
from coercion_sim.outcomes import VOLUME_YEAR
from coercion_sim.wording import number, percent

if TYPE_CHECKING:
    from coercion_sim.analysis import FlowEffect, StateEffect, WhatIf

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
@click.option("--elasticities", metavar="SET", help="A set of trade elasticities of the world, or one number for all.")
@click.option("--no-inputs", is_flag=True, help="Cut the input-output links.")
@click.option("--state", "states", multiple=True, metavar="STATE", help="Show only this state; repeat for several.")
@click.option(
    "--csv", "csv_file", metavar="FILE", help="Write the table of states, every period, as CSV; - for standard output."
)
@click.option("--plot", type=FILE, metavar="FILE", help="Draw it (png, pdf or svg).")
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
    """Compute the effects of measures on WORLD (a shipped world or a folder).

    SECTORS are sector names or tags joined by commas, or all. For example

      coercion-sim shock pacific-2019 --ban CHN:AUS:coal,wine:0.02 --quarters 12
    """
    from coercion_sim.analysis import to_csv, what_if
    from coercion_sim.economy import unlikely_rate
    from coercion_sim.errors import Problem
    from coercion_sim.world import load_world

    measures, parameters, loaded = read_options(load_world(world), given, settings, elasticities, states)
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
    lines = [*paragraph(f"{answer.world}: {'; '.join(m.name for m in answer.measures)}", width=width), ""]
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
