"""`shock`: the effects of a ban, tariff, barrier or transfer on a world, in one deterministic solve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli import options
from coercion_sim.cli.economy_options import economy_options, read_base, read_options
from coercion_sim.cli.measures import measure_options
from coercion_sim.cli.options import FILE, echo_json, remark
from coercion_sim.cli.tables import paragraph, table
from coercion_sim.errors import Problem
from coercion_sim.files import write_text
from coercion_sim.outcomes import VOLUME_YEAR
from coercion_sim.wording import (
    ABOUT_NOTHING,
    MATERIAL_PCT_GDP,
    MATERIAL_SHARE,
    capital,
    count,
    immaterial,
    number,
    percent,
)

if TYPE_CHECKING:
    from coercion_sim.analysis import FlowEffect, StateEffect, WhatIf
    from coercion_sim.economy import EconomyParameters

#: Effects on a state -> heading and unit.
_EFFECTS = {
    "real_income": ("real income, % of GDP", "pct_gdp"),
    "real_factor_income": ("real factor income, %", "percent"),
    "real_gdp": ("real GDP, %", "percent"),
    "exports": ("exports, %", "percent"),
}
_MOST_FLOWS = 10


@click.command("shock")
@click.argument("world", metavar="WORLD|SCENARIO")
@measure_options
@click.option(
    "--quarters", type=click.IntRange(0, 400), default=None, metavar="N",
    help="Follow the adjustment for N quarters before the long run.  [default: 0, or those of the scenario]",
)  # fmt: skip
@economy_options
@click.option("--state", "states", multiple=True, metavar="STATE", help="Show only this state; repeat for several.")
@click.option(
    "--csv", "csv_file", metavar="FILE", callback=options.writable,
    help="Write the table of states, every period, as CSV; - for standard output.",
)  # fmt: skip
@click.option("--plot", type=FILE, callback=options.writable, metavar="FILE", help="Draw it (png, pdf or svg).")
@options.as_json
def shock(
    world: str, quarters: int | None, states: tuple[str, ...], csv_file: str | None, plot: Path | None, as_json: bool,
    **given: Any,
) -> None:  # fmt: skip
    """Compute the effects of measures on WORLD (a shipped world or a folder), or of SCENARIO at its defaults.

    A scenario (a shipped one or a TOML file) brings its world, economy and measures, counted from the first of them;
    options come on top. In the long run its measures without an end are in force.

    BY and ON are states or groups, several joined by commas; SECTORS are sector names, tags or goods by word, joined by
    commas, or all. left=SHARE instead of OPEN or FACTOR states the share of the trade that is left in the long run, and
    the size is solved for. For example

      coercion-sim shock pacific-2019 --ban CHN:AUS:coal,wine:0.02 --quarters 12

      coercion-sim shock pacific-2019 --ban CHN:AUS:wool:left=0.05

      coercion-sim shock europe-2019 --export-ban RUS:DEU:pipeline_gas --input-substitution 0.2 --stuck pipeline_gas,lng

      coercion-sim shock world-40 --export-ban "USA,JPN,EU:CHN:semiconductors"

      coercion-sim shock decoupling --quarters 8 --state DEU
    """
    from coercion_sim.analysis import to_csv, what_if

    base = read_base(world)
    quarters, states = base.quarters if quarters is None else quarters, states or base.states
    measures, parameters, changed = read_options(base, given, states)
    if not quarters:
        _warn_of_quarters(parameters, given["short_run"], given["settings"])
    answer = what_if(changed, measures, parameters=parameters, quarters=quarters)
    records = to_csv(row for row in answer.records() if not states or row["state"] in states)
    if plot is not None:
        from coercion_sim.figures import draw_what_if

        draw_what_if(answer, plot, states=states)
    written = [Path(csv_file)] if csv_file and csv_file != "-" else []
    for path in written:
        write_text(path, records)
    if as_json:
        echo_json(shock_data(answer, states))
    elif csv_file == "-":
        click.echo(records, nl=False)
    else:
        written += [plot] if plot is not None else []
        click.echo("\n".join([shock_text(answer, states), *(f"Written to {path}" for path in written)]))


def _warn_of_quarters(parameters: EconomyParameters, short_run: str | None, settings: Sequence[str]) -> None:
    """Warn of options that change the quarters alone, where none is computed."""
    of_quarters = {
        "--stuck": any(entry.until is not None for entry in parameters.stuck),
        "--short-run": short_run is not None,
        "--set adjustment_rate": any(setting.startswith("adjustment_rate=") for setting in settings),
        "--set smoothing": any(setting.startswith("smoothing=") for setting in settings),
    }
    keys = (key for key, given in of_quarters.items() if given)
    silent = "says nothing about the long run"
    remark("warning", (Problem(silent, key=key, allowed="--quarters N") for key in keys))


def shock_text(answer: WhatIf, states: Sequence[str] = ()) -> str:
    """Tables of states, most affected first, and of the flows hindered."""
    lines = [*paragraph(f"{answer.world}: {'; '.join(dict.fromkeys(m.name for m in answer.measures))}"), ""]
    lines += _long_run(answer, states) if len(answer.periods) == 1 else _path(answer, states)
    for period in dict.fromkeys(flow.period for flow in answer.flows):
        lines += ["", *_flows([flow for flow in answer.flows if flow.period == period], period)]
    return "\n".join(lines)


def _chosen(answer: WhatIf, period: str, states: Sequence[str]) -> list[StateEffect]:
    """States of one period, most affected first, or only those named."""
    return [effect for effect in answer.of_period(period) if not states or effect.state in states]


def _long_run(answer: WhatIf, states: Sequence[str]) -> list[str]:
    """One line per state: its effects in the long run; below, the states with next to none."""
    effects = _chosen(answer, answer.periods[-1], states)
    felt = [s for s in effects if states or not (immaterial(s.real_income) or s.real_income == 0.0)]
    rows = [[s.state, *(number(getattr(s, name)) for name in _EFFECTS)] for s in felt]
    heads = ["state", *(heading for heading, _ in _EFFECTS.values())]
    lines = ["Long run, change against the baseline", *table(heads, rows)]
    return lines + _quiet([s.state for s in effects if s not in felt])


def _path(answer: WhatIf, states: Sequence[str]) -> list[str]:
    """One line per state: real income in the first quarter, by year, and in the long run; then those with none."""
    quarters = answer.periods[:-1]
    spans = {quarters[0]: quarters[:1]}
    spans |= {f"year {y // 4 + 1}": quarters[y : y + 4] for y in range(0, len(quarters), 4)}
    spans[answer.periods[-1]] = answer.periods[-1:]
    income = {(s.period, s.state): s.real_income for s in answer.states}
    means = {
        s.state: [sum(income[q, s.state] for q in span) / len(span) for span in spans.values()]
        for s in _chosen(answer, quarters[0], states)
    }
    quiet = [] if states else [s for s, values in means.items() if all(immaterial(x) or x == 0.0 for x in values)]
    rows = [[s, *map(number, values)] for s, values in means.items() if s not in quiet]
    lines = ["Real income, change against the baseline, % of GDP", *table(["state", *spans], rows)]
    return lines + _quiet(quiet)


def _quiet(states: Sequence[str]) -> list[str]:
    """Line of the states whose real income hardly changes."""
    nothing = f"{capital(ABOUT_NOTHING)} (under {MATERIAL_PCT_GDP:g} % of GDP)"
    return paragraph(f"{nothing}: {', '.join(states)}") if states else []


def _flows(flows: Sequence[FlowEffect], period: str) -> list[str]:
    """One line per flow hindered in a period, the largest only."""
    least = MATERIAL_SHARE * sum(f.lost for f in flows)
    listed = [f for f in flows[:_MOST_FLOWS] if f.lost >= least]
    rows = []
    for f in listed:
        codes = f.importer.split("+")
        buyers = " ".join(codes) if len(codes) <= 2 else count(len(codes), "state")
        gainers = ", ".join(f"{state} {number(gain)}" for state, gain in f.gainers[:3])
        amounts = number(f.lost), number(f.gained), percent(f.diverted)
        rows.append([f.sector, f"{f.exporter} to {buyers}", *amounts, gainers])
    more = f" ({len(flows) - len(listed)} smaller flows left out)" if len(flows) > len(listed) else ""
    title = f"Volume, {period}, US$ million a year at baseline prices{more}"
    heads = ["sector", "flow", "lost", "sold to others", "share", "largest gainers"]
    return [*paragraph(title), *table(heads, rows, left=(0, 1, 5), shortest=20)]


def shock_data(answer: WhatIf, states: Sequence[str] = ()) -> dict[str, Any]:
    """The answer as data."""
    return {
        "world": answer.world,
        "measures": answer.measures,
        "units": {name: unit for name, (_, unit) in _EFFECTS.items()} | {"lost": VOLUME_YEAR},
        "states": [s for s in answer.states if not states or s.state in states],
        "flows": answer.flows,
    }
