"""`coercion-sim deter`: the least pledge that deters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from coercion_sim.cli.pledge_options import plain, pledge_options, read_pair


@click.command("deter")
@click.argument("scenario")
@click.option(
    "--stake", "stakes", multiple=True, type=float, metavar="V",
    help="v_C, percent of the coercer's GDP, before types; repeat for several.  [default: .03 .1 .3]",
)  # fmt: skip
@click.option(
    "--members", multiple=True, metavar="RULE|STATE,STATE",
    help="Who pledges: gdp or strength (nested sets of the states bound to the target, growing by either), bloc, policy"
    " (whoever the policy asks), or states; repeat for several.  [default: gdp, bloc and policy]",
)  # fmt: skip
@click.option("--draws", type=click.IntRange(1), default=16, show_default=True, metavar="N", help="Worlds drawn.")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes.  [default: as many as cores]")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER",
    help="Also write frontier.csv and frontier_costs.csv there.",
)  # fmt: skip
@pledge_options
def deter(
    scenario: str,
    stakes: tuple[float, ...],
    members: tuple[str, ...],
    draws: int,
    workers: int | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Find the least pledge at which pressing does not pay the coercer of SCENARIO's first dispute.

    For each stake of the coercer, what is promised, how much of it, and by whom: the least strength A (what breaking
    the promise costs a member, percent of its GDP), its range over worlds, the share of worlds in which no pledge
    deters and why, and what keeping it is expected to cost. A scripted scenario is taken as if its states chose.
    """
    from coercion_sim.analysis import deterrence_frontier
    from coercion_sim.cli.deter_text import costs_csv, frontier_csv, frontier_text
    from coercion_sim.cli.progress import reporting
    from coercion_sim.experiments import available_cores
    from coercion_sim.files import write_text

    chosen = {name: given[name] for name in ("policy", "strongest", "who", "seed", "overrides", "policy_files")}
    chosen |= {"dependence": given["dependence"], "pair": read_pair(given["pair"])}
    for name, value in (("stakes", stakes), ("kinds", given["kinds"]), ("intensities", given["intensities"])):
        chosen |= {name: value} if value else {}
    chosen |= {"members": members} if members else {}
    with reporting("frontier", quiet=quiet, what="worlds") as progress:
        frontier = deterrence_frontier(
            scenario, draws=draws, workers=workers or available_cores(), progress=progress, **chosen
        )
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_text(out / "frontier.csv", frontier_csv(frontier))
        write_text(out / "frontier_costs.csv", costs_csv(frontier))
    if as_json:
        click.echo(json.dumps(plain(frontier), indent=1, allow_nan=False))
        return
    click.echo(frontier_text(frontier))
    if out is not None:
        click.echo(f"\nTables are in {out}")
