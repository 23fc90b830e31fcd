"""`coercion-sim coalition`: the least-cost coalition that deters."""

from __future__ import annotations

import json
from typing import Any

import click

from coercion_sim.cli.pledge_options import plain, pledge_options, read_pair


@click.command("coalition")
@click.argument("scenario")
@click.option("--stake", type=float, metavar="V", help="v_C, percent of the coercer's GDP.  [default: the median]")
@click.option(
    "--candidates", default="6", show_default=True, metavar="N|STATE,STATE",
    help="Who may join: states, or how many of those bound to the target, the strongest tie first; at most 8.",
)  # fmt: skip
@click.option("--top", type=click.IntRange(1), default=5, show_default=True, metavar="N", help="Coalitions printed.")
@pledge_options
def coalition(
    scenario: str, stake: float | None, candidates: str, top: int, as_json: bool, quiet: bool, **given: Any
) -> None:
    """Find the coalition that deters the coercer of SCENARIO's first dispute at least expected cost.

    Every set of candidates (those that act at once are limited by dispute.most_allies) is tried with every promise at
    its least pledge. Printed: who must join, doing what; what each pays and gains; who would rather free-ride; whether
    side payments hold the coalition; whether the core is empty. Uncertain numbers are at their defaults.
    """
    from coercion_sim.analysis import least_cost_coalition
    from coercion_sim.cli.coalition_text import coalition_data, coalition_text
    from coercion_sim.cli.progress import reporting

    chosen = {name: given[name] for name in ("policy", "strongest", "who", "seed", "overrides", "policy_files")}
    chosen |= {"dependence": given["dependence"], "pair": read_pair(given["pair"])}
    for name in ("kinds", "intensities"):
        chosen |= {name: given[name]} if given[name] else {}
    asked = int(candidates) if candidates.isdigit() else tuple(c.strip() for c in candidates.split(","))
    with reporting("coalitions", quiet=quiet, what="sets of members") as progress:
        answer = least_cost_coalition(scenario, stake=stake, candidates=asked, progress=progress, **chosen)
    if as_json:
        click.echo(json.dumps(plain(coalition_data(answer)), indent=1, allow_nan=False))
    else:
        click.echo(coalition_text(answer, top))
