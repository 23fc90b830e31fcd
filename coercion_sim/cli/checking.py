"""`merge` and `verify`: parts of a sweep put together, results checked."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from coercion_sim.cli.policy_files import policy_file_option

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("merge")
@click.argument("folder", type=_FOLDER)
@click.argument("parts", nargs=-1, type=_FOLDER)
@policy_file_option
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@click.pass_context
def merge(
    ctx: click.Context, folder: Path, parts: tuple[Path, ...], policy_files: tuple[Path, ...], as_json: bool
) -> None:
    """Put the parts of a sweep (--shard) together in FOLDER; the tables are those one machine would have written.

    PARTS are folders of parts, from wherever they were copied; without any, all shard-K-of-N in FOLDER.
    """
    from coercion_sim.cli.sweep_text import done_text, summary
    from coercion_sim.experiments import merge_shards

    outcome = merge_shards(folder, parts, policy_files=policy_files)
    click.echo(json.dumps(summary(outcome, folder), indent=1) if as_json else done_text(outcome, folder))
    ctx.exit(outcome.exit_code)


@click.command("verify")
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--runs", type=click.IntRange(0), default=5, show_default=True, metavar="K", help="Runs to do again.")
@click.option("--seed", type=int, default=0, show_default=True, metavar="S", help="Which ones are taken.")
@policy_file_option
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.pass_context
def verify(
    ctx: click.Context, results: Path, runs: int, seed: int, policy_files: tuple[Path, ...], as_json: bool
) -> None:
    """Run K finished runs of RESULTS again, taken at random, and compare every number bit for bit.

    Leaves with 5 where a file was changed or a run does not come out the same.
    """
    from coercion_sim.errors import ResultsError
    from coercion_sim.experiments import verify as check

    found = check(results, runs, seed=seed, policy_files=policy_files)
    if as_json:
        click.echo(json.dumps(asdict(found) | {"folder": str(found.folder), "sound": found.sound}, indent=1))
    else:
        for name in found.damaged:
            click.echo(f"{name}: is not the file the manifest names")
        for run in found.runs:
            what = f"differs first in {run.differs}" if run.differs else "the same, bit for bit"
            click.echo(f"point {run.point}, replicate {run.replicate}, {run.policy}: {what}")
        if not found.same_code:
            click.echo("The package's code, or a policy's, is not that of the results; differences may come from it.")
        if not found.damaged:
            same = sum(not run.differs for run in found.runs)
            click.echo(f"{same} of {len(found.runs)} runs came out the same; every file is as the manifest says.")
    ctx.exit(0 if found.sound else ResultsError.exit_code)
