"""`coercion-sim explain`: the narrative of one run, decision by decision."""

from __future__ import annotations

import json
from pathlib import Path

import click

from coercion_sim.cli.policy_files import policy_file_option
from coercion_sim.errors import InvalidInput, Problem


@click.command("explain")
@click.argument("scenario")
@click.option("--policy", metavar="NAME", help="Policy of the run; a+b for two at once.  [default: the first named]")
@click.option("--seed", type=int, metavar="S", help="Root of every random draw.  [default: as the scenario says]")
@click.option("--replicate", type=click.IntRange(0), default=0, show_default=True, metavar="K", help="Which replicate.")
@click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace a value of the scenario; repeatable."
)
@policy_file_option
@click.option("--defaults", is_flag=True, help="Leave every uncertain parameter at its default.")
@click.option("--dispute", type=click.IntRange(1), metavar="N", help="Print only the N-th dispute.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def explain(
    scenario: str,
    policy: str | None,
    seed: int | None,
    replicate: int,
    overrides: tuple[str, ...],
    policy_files: tuple[Path, ...],
    defaults: bool,
    dispute: int | None,
    as_json: bool,
) -> None:
    """Tell one run of SCENARIO: who chose what among what, at which odds, and what came of it.

    It is replicate K of `coercion-sim run` with the same seed and policy. Every alternative of every decision is
    printed with its worth in percent of the mover's GDP, term by term, its probability, and the number that was drawn.
    """
    from coercion_sim.analysis import run_narrative

    narrative = run_narrative(
        scenario, policy, seed, replicate, overrides=overrides, at_defaults=defaults, policy_files=policy_files
    )
    if dispute is not None and dispute > len(narrative.disputes):
        allowed = f"1 to {len(narrative.disputes)}" if narrative.disputes else "none: no dispute arose"
        raise InvalidInput(Problem("no such dispute in this run", key="--dispute", found=str(dispute), allowed=allowed))
    if as_json:
        data = narrative.as_dict()
        if dispute is not None:
            data["disputes"] = [data["disputes"][dispute - 1]]
        click.echo(json.dumps(data, indent=1, allow_nan=False))
        return
    from coercion_sim.cli.narrative_text import narrative_text

    click.echo(narrative_text(narrative, only=dispute))
