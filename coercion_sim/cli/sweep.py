"""`sweep`: every policy, in the same worlds, at every point of a design."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli.plan_files import is_plan
from coercion_sim.cli.policy_files import policy_file_option

if TYPE_CHECKING:
    from coercion_sim.experiments import Outcome, Plan, Sweep, Workers

_FOLDER = click.Path(path_type=Path, file_okay=False)
_OUT = Path("results") / "sweeps"


@click.command("sweep")
@click.argument("plan")
@click.option(
    "--set", "sets", multiple=True, metavar="KEY=A,B,C",
    help="Where PLAN is a scenario: values of a parameter, crossed with those of others; one value fixes it.",
)  # fmt: skip
@click.option("--name", metavar="NAME", help="Name of the results folder.  [default: the plan's, or SCENARIO-sweep]")
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="NAME",
    help="Policy to run; repeatable.  [default: as the plan says]",
)
@click.option("--replicates", type=int, metavar="N", help="Replicates of every point.  [default: as the plan says]")
@click.option("--seed", type=int, metavar="S", help="Root of every random draw.  [default: as the plan says]")
@policy_file_option
@click.option(
    "--workers",
    type=click.IntRange(1, 1024),
    metavar="W",
    help="Processes; 1 runs in this one.  [default: the cores there are]",
)
@click.option("--dask", metavar="ADDRESS", help="Run on the Dask cluster with this scheduler instead.")
@click.option("--shard", metavar="K/N", help="Run the K-th of N parts only; `merge` puts them together.")
@click.option("--dry-run", is_flag=True, help="Say how many runs, how long and how large; run three worlds to see.")
@click.option("--retry-failed", is_flag=True, help="Run failed runs again.")
@click.option("--force", is_flag=True, help="Start again, whatever the folder holds.")
@click.option("--out", type=_FOLDER, default=_OUT, show_default=True, help="Folder under which NAME/ is made.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@click.option("--quiet", "-q", is_flag=True, help="Print only where the results are.")
@click.pass_context
def sweep(ctx: click.Context, /, plan: str, dry_run: bool, **given: Any) -> None:
    """Run PLAN (a TOML file; or a scenario, with --set): every policy, in the same worlds, at every point.

    The same command goes on where it was stopped, and a plan that has grown runs only what is new. A changed scenario
    is refused. `coercion-sim analyse` puts the questions.
    """
    from coercion_sim.cli.sweep_text import done_text, estimate_text, summary
    from coercion_sim.experiments import estimate

    made = _made(plan, given)
    if dry_run:
        found = estimate(made, _cores(given["workers"]))
        click.echo(json.dumps(asdict(found), indent=1) if given["as_json"] else estimate_text(made, found))
        return
    outcome, folder = _run(made, given)
    if given["as_json"]:
        click.echo(json.dumps(summary(outcome, folder), indent=1))
    else:
        click.echo(str(folder) if given["quiet"] else done_text(outcome, folder, shard=given["shard"]))
    ctx.exit(outcome.exit_code)


# ------------------------------------------------------------------ what is asked


def _made(named: str, given: dict[str, Any]) -> Sweep:
    """Load and check everything; nothing is written where the input is bad."""
    from coercion_sim.experiments import make_sweep

    plan = _plan(named, given["sets"], given["policy_files"])
    return make_sweep(
        replace(plan, name=given["name"]) if given["name"] else plan,
        replicates=given["replicates"], seed=given["seed"], policies=given["policies"] or None,
        policy_files=given["policy_files"],
    )  # fmt: skip


def _plan(named: str, sets: tuple[str, ...], policy_files: tuple[Path, ...]) -> Plan:
    """Read a plan file, or make a plan of a scenario and flags."""
    from coercion_sim.errors import InvalidInput, Problem
    from coercion_sim.experiments import load_plan, plan_from_flags
    from coercion_sim.policies import load_policies

    if is_plan(named):
        if sets:
            message = "a plan file says itself what is fixed and varied"
            raise InvalidInput(Problem(message, key="--set", found=sets[0], allowed="[set] and [[vary]] in the plan"))
        return load_plan(named)
    return plan_from_flags(named, sets, policies=load_policies(policy_files))


def _cores(asked: int | None) -> int:
    from coercion_sim.experiments import available_cores

    return available_cores() if asked is None else asked


def _run(made: Sweep, given: dict[str, Any]) -> tuple[Outcome, Path]:
    from coercion_sim.experiments import InterruptedRun, parse_shard

    shard = parse_shard(given["shard"]) if given["shard"] else None
    command = ["coercion-sim", *sys.argv[1:]]
    try:
        with _workers(made, given) as who:
            outcome = made.run(
                given["out"], shard=shard, workers=who, force=given["force"], retry_failed=given["retry_failed"],
                command=command,
            )  # fmt: skip
    except InterruptedRun as stopped:
        click.echo(str(stopped), err=True)
        raise click.exceptions.Exit(stopped.exit_code) from None
    return outcome, made.folder(given["out"], shard)


@contextmanager
def _workers(made: Sweep, given: dict[str, Any]) -> Iterator[Workers]:
    from coercion_sim.cli.progress import reporting
    from coercion_sim.experiments import Workers, dask_pool

    with reporting(made.plan.name, quiet=given["quiet"] or given["as_json"]) as progress:
        if given["dask"]:
            yield Workers(2, dask_pool(given["dask"]), progress=progress)
        else:
            yield Workers(_cores(given["workers"]), progress=progress)
