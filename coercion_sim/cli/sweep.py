"""`sweep`, `merge` and `verify`: many points under every policy, parts put together, results checked."""

from __future__ import annotations

import math
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli import options
from coercion_sim.cli.options import FOLDER, PATH, echo_json, is_plan, remark
from coercion_sim.errors import InvalidInput, Problem, ResultsError
from coercion_sim.wording import count

if TYPE_CHECKING:
    from coercion_sim.experiments import Estimate, Outcome, Sweep

_OUT = Path("results") / "sweeps"


@click.command("sweep")
@click.argument("plan")
@click.option(
    "--set", "sets", multiple=True, metavar="KEY=A,B,C",
    help="Where PLAN is a scenario: values of a parameter, crossed with those of others; one value fixes it.",
)  # fmt: skip
@click.option("--name", metavar="NAME", help="Name of the results folder.  [default: the plan's, or SCENARIO-sweep]")
@click.option(
    "--policy", "policies", multiple=True, metavar="NAME",
    help="Policy to run; repeatable.  [default: as the plan says]",
)  # fmt: skip
@click.option("--replicates", type=int, metavar="N", help="Replicates of every point.  [default: as the plan says]")
@click.option("--seed", type=int, metavar="S", help="Root of every random draw.  [default: as the plan says]")
@options.policy_files
@options.workers
@click.option("--dask", metavar="ADDRESS", help="Run on the Dask cluster with this scheduler instead.")
@click.option("--shard", metavar="K/N", help="Run the K-th of N parts only; `merge` puts them together.")
@click.option("--dry-run", is_flag=True, help="Print number of runs, time and size, from three draws run as a pilot.")
@click.option("--retry-failed", is_flag=True, help="Run failed runs again.")
@click.option("--force", is_flag=True, help="Start again, whatever the folder holds.")
@click.option("--out", type=FOLDER, default=_OUT, show_default=True, help="Folder under which NAME/ is made.")
@options.as_json
@options.path_only
@click.pass_context
def sweep(ctx: click.Context, /, plan: str, dry_run: bool, as_json: bool, quiet: bool, **given: Any) -> None:
    """Run PLAN (a TOML file; or a scenario, with --set): every policy, in the same draws, at every point.

    The same command continues an interrupted sweep, and runs only the new points of a plan that has grown. It refuses a
    changed scenario. `coercion-sim analyse` answers questions from the results.
    """
    from coercion_sim.experiments import available_cores, estimate

    loaded = _sweep(plan, given)
    if dry_run:
        size = estimate(loaded, given["workers"] or available_cores())
        echo_json(asdict(size)) if as_json else click.echo(estimate_text(loaded, size))
        return
    outcome, folder = _run(loaded, given, quiet=quiet or as_json)
    _show(ctx, outcome, folder, as_json=as_json, quiet=quiet, shard=given["shard"])


@click.command("merge")
@click.argument("folder", type=FOLDER)
@click.argument("parts", nargs=-1, type=FOLDER)
@options.policy_files
@options.as_json
@click.pass_context
def merge(
    ctx: click.Context, folder: Path, parts: tuple[Path, ...], policy_files: tuple[Path, ...], as_json: bool
) -> None:
    """Put the parts of a sweep (--shard) together in FOLDER; the tables equal those of a sweep on one machine.

    PARTS are folders of parts, copied from any machine; without PARTS, all shard-K-of-N in FOLDER.
    """
    from coercion_sim.experiments import merge_shards

    _show(ctx, merge_shards(folder, parts, policy_files=policy_files), folder, as_json=as_json)


@click.command("verify")
@click.argument("results", type=PATH)
@click.option("--runs", type=click.IntRange(0), default=5, show_default=True, metavar="K", help="Runs to repeat.")
@click.option("--seed", type=int, default=0, show_default=True, metavar="S", help="Seed of the choice of runs.")
@click.option("--exact", is_flag=True, help="Exit with 5 unless every bit is the same.")
@options.policy_files
@options.as_json
@click.pass_context
def verify(
    ctx: click.Context, results: Path, runs: int, seed: int, exact: bool, policy_files: tuple[Path, ...], as_json: bool
) -> None:
    """Repeat K finished runs of RESULTS, taken at random, and compare every number.

    The verdict is "identical" (bit for bit), "equal" (to 1e-9, made with other versions of numpy, scipy, BLAS, Python
    or this package, which are named) or "different" (exit code 5): a file has changed, or a repeated run differs by
    more, or differs with the same versions.
    """
    from coercion_sim.experiments import verify as check

    check_of = check(results, runs, seed=seed, policy_files=policy_files)
    sound = check_of.verdict == "identical" if exact else check_of.sound
    code = 0 if sound else ResultsError.exit_code
    if as_json:
        echo_json(
            asdict(check_of) | {"folder": str(check_of.folder), "verdict": check_of.verdict, "sound": check_of.sound}
        )
        ctx.exit(code)
    for name in check_of.damaged:
        click.echo(f"{name}: is not the file that was written")
    for run in check_of.runs:
        size = f", by at most {run.largest:.0e}" if math.isfinite(run.largest) else ""
        verdict = f"differs first in {run.differs}{size}" if run.differs else "the same, bit for bit"
        click.echo(f"point {run.point}, replicate {run.replicate}, {run.policy}: {verdict}")
    if not check_of.same_code:
        click.echo("The code of the package or a policy has changed since; it may explain differences.")
    for name, versions in check_of.environment.items():
        click.echo(f"The results were made with another environment: {name} {versions}.")
    if not check_of.damaged:
        same = sum(not run.differs for run in check_of.runs)
        click.echo(f"{same} of {len(check_of.runs)} runs came out the same; every file matches the manifest.")
    click.echo(f"Verdict: {_VERDICTS[check_of.verdict]}")
    ctx.exit(code)


_VERDICTS = {
    "identical": "identical, bit for bit.",
    "equal": "equal to 1e-9; the versions are others than those of the results, which explains the last digits.",
    "different": "different.",
}


# ------------------------------------------------------------------ running


def _sweep(named: str, given: dict[str, Any]) -> Sweep:
    """Load a plan file, or make a plan of a scenario and flags, and check everything; bad input writes nothing."""
    from coercion_sim.experiments import load_plan, make_sweep, plan_from_flags
    from coercion_sim.policies import load_policies

    sets, files = given["sets"], given["policy_files"]
    if not is_plan(named):
        plan = plan_from_flags(named, sets, policies=load_policies(files))
    elif not sets:
        plan = load_plan(named)
    else:
        message = "goes with a scenario; a plan file fixes and varies its own values"
        raise InvalidInput(Problem(message, key="--set", found=sets[0], allowed="[set] and [[vary]] in the plan"))
    return make_sweep(
        replace(plan, name=given["name"] or plan.name), replicates=given["replicates"], seed=given["seed"],
        policies=given["policies"] or None, policy_files=files,
    )  # fmt: skip


def _run(loaded: Sweep, given: dict[str, Any], *, quiet: bool) -> tuple[Outcome, Path]:
    """Run a sweep or one part of it."""
    from coercion_sim.experiments import InterruptedRun, Workers, available_cores, dask_pool, parse_shard, reporting

    shard = parse_shard(given["shard"]) if given["shard"] else None
    try:
        with reporting(loaded.plan.name, quiet=quiet) as progress:
            workers = Workers(given["workers"] or available_cores(), progress=progress)
            if given["dask"]:
                workers = Workers(2, dask_pool(given["dask"]), progress=progress)
            outcome = loaded.run(
                given["out"], shard=shard, workers=workers, force=given["force"], retry_failed=given["retry_failed"],
                command=["coercion-sim", *sys.argv[1:]],
            )  # fmt: skip
    except InterruptedRun as stopped:
        click.echo(str(stopped), err=True)
        raise click.exceptions.Exit(stopped.exit_code) from None
    return outcome, loaded.folder(given["out"], shard)


# ------------------------------------------------------------------ printing


def _show(
    ctx: click.Context, outcome: Outcome, folder: Path, *, as_json: bool, quiet: bool = False, shard: str | None = None
) -> None:
    """Print a summary and leave with the exit code."""
    manifest = outcome.results.manifest
    remark("note", outcome.notes)
    if as_json:
        kept = {name: manifest.get(name) for name in ("name", "key", "status", "counts", "design", "seconds")}
        echo_json({"folder": str(folder), **kept, "ran": outcome.ran, "resumed": outcome.resumed})
    else:
        click.echo(str(folder) if quiet else sweep_text(outcome, folder, shard))
    ctx.exit(outcome.exit_code)


def sweep_text(outcome: Outcome, folder: Path, shard: str | None = None) -> str:
    """Number of runs, where they are, and the next command."""
    manifest = outcome.results.manifest
    design, counts = manifest["design"], manifest["counts"]
    at_most = "of at most " if design["stopping"] else ""
    size = _size(design["points"], design["replicates"], len(design["policies"]))
    runs = counts["ok"] + counts["failed"]
    lines = [f"{manifest.get('name', folder.name)}: {count(runs, 'run')} ({at_most}{size}), {counts['failed']} failed"]
    if outcome.ran and manifest["seconds"]:
        rate = outcome.ran / manifest["seconds"]
        lines.append(f"{outcome.ran} run now in {manifest['seconds']:.0f} s, {rate:.1f} a second")
    if outcome.resumed:
        lines.append(f"{outcome.resumed} from an earlier command" + ("" if outcome.ran else "; --force runs all again"))
    if counts["failed"]:
        lines.append("--retry-failed runs those that failed again; their errors are in the column `error` of `runs`")
    if shard is not None:
        lines += [f"Part {shard} is in {folder}", f"When all parts are there: coercion-sim merge {folder.parent}"]
        return "\n".join(lines)
    if design["stopping"]:
        rule = design["stopping"]
        runs_of = outcome.results.table("runs", ["point", "replicate"]).group_by("point")
        last = runs_of.aggregate([("replicate", "max")]).column("replicate_max").to_pylist()
        early = sum(most + 1 < rule["at_most"] for most in last)  # before the last replicate allowed
        lines.append(
            f"{rule['until']} known to within {rule['half_width']:g} at {early} of {count(design['points'], 'point')}; "
            f"the others stopped at {count(rule['at_most'], 'replicate')}"
        )
    return "\n".join([*lines, f"Tables and manifest are in {folder}", f"Next: coercion-sim analyse {folder}"])


def _size(points: int, replicates: int, policies: int, most: str = "") -> str:
    names = count(points, "point"), count(replicates, "replicate"), count(policies, "policy", "policies")
    return f"{names[0]} x {most}{names[1]} x {names[2]}"


def estimate_text(loaded: Sweep, size: Estimate) -> str:
    """Number of runs of a sweep, its time and size on disk."""
    from coercion_sim.experiments import clock

    most = "at most " if size.at_most else ""
    points = _size(size.points, size.replicates, size.policies, most)
    workers = count(size.workers, "worker")
    return (
        f"{loaded.plan.name}: {points} = {most}{count(size.runs, 'run')}\n"
        f"about {clock(size.seconds)} with {workers} ({size.seconds_per_run:.2f} s a run), {size.megabytes:.0f} MB\n"
        f"(scaled up from {count(size.pilot, 'pilot run')}; first runs at a new draw may take longer)"
    )
