"""`shock`: ask what a ban, tariff, barrier or transfer would do to a world, in one deterministic solve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from coercion_sim.cli.shock_options import OPTIONS, read_options
from coercion_sim.cli.shock_text import as_data, shock_text, states_csv

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
    measures, parameters, loaded = read_options(loaded, given, settings, elasticities, states)
    if no_inputs:
        loaded = loaded.without_inputs()
    answer = what_if(loaded, measures, parameters=parameters, quarters=quarters)
    if plot is not None:
        from coercion_sim.figures import draw_what_if

        draw_what_if(answer, plot, states=states)
    if csv_file is not None and csv_file != "-":
        from coercion_sim.files import write_text

        write_text(Path(csv_file), states_csv(answer, states))
    if as_json:
        click.echo(json.dumps(as_data(answer, states), indent=1))
    elif csv_file == "-":
        click.echo(states_csv(answer, states), nl=False)
    else:
        click.echo(shock_text(answer, states))
        for written in (csv_file, plot):
            if written is not None:
                click.echo(f"Written to {written}")
