"""`run` and `compare`: simulate a scenario under one policy or several, and print and write the comparison."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli import options
from coercion_sim.cli.options import FOLDER, echo_json, remark, with_options
from coercion_sim.cli.tables import paragraph

if TYPE_CHECKING:
    from coercion_sim.analysis import Comparison
    from coercion_sim.experiments import Outcome

_options = with_options(
    click.argument("scenario"),
    options.policies,
    click.option(
        "--replicates", type=int, metavar="N",
        help="Draws of the uncertain parameters.  [default: as the scenario says]",
    ),
    options.scenario,
    click.option(
        "--defaults", is_flag=True, help="Leave every uncertain parameter at its default (one replicate is enough)."
    ),
    options.workers,
    click.option(
        "--out", type=FOLDER, default="results", show_default=True,
        help="Folder under which <scenario>/<key>/ is made.",
    ),
    click.option(
        "--format", "formats", type=click.Choice(["parquet", "csv"]), default="parquet", show_default=True,
        help="csv writes the tables as CSV too.",
    ),
    click.option("--force", is_flag=True, help="Run again although the folder is finished."),
    options.as_json,
    options.path_only,
)  # fmt: skip


@click.command("run")
@_options
@click.pass_context
def run(ctx: click.Context, /, **arguments: Any) -> None:
    """Run SCENARIO (a shipped name or a TOML file) and write its results.

    The same command finds the same folder: it does not repeat finished runs, and continues an interrupted one.
    """
    _show(ctx, _simulate(arguments), arguments, figures=False)


@click.command("compare")
@_options
@click.option("--no-figures", is_flag=True, help="Write tables only.")
@click.pass_context
def compare(ctx: click.Context, /, no_figures: bool, **arguments: Any) -> None:
    """Run SCENARIO under several policies on the same draws and compare them in a table, figures and a CSV file.

    Prints levels with their 5-95 % range over the draws of the uncertain parameters; differences from stand_alone,
    taken draw by draw, with the 95 % interval of their mean.
    """
    _show(ctx, _simulate(arguments), arguments, figures=not no_figures)


def _simulate(given: dict[str, Any]) -> Outcome:
    """Load and check everything, then run; bad input writes nothing."""
    from coercion_sim.experiments import InterruptedRun, available_cores, keyed_folder, make_job, reporting, run_into
    from coercion_sim.scenario import warnings_of

    alike = {key: given[key] for key in ("replicates", "seed", "overrides", "policy_files")}
    job = make_job(given["scenario"], given["policies"] or None, at_defaults=given["defaults"], **alike)
    named = dict.fromkeys((*job.scenario.policies, *job.design.policies))
    if not given["quiet"]:
        added = tuple(named) != job.scenario.policies
        checked = job.scenario.with_values({"policies": [*named]}) if added else job.scenario
        remark("warning", warnings_of(checked, replicates=given["replicates"]))
    try:
        with reporting(job.scenario.name, quiet=given["quiet"] or given["as_json"]) as progress:
            return run_into(
                keyed_folder(given["out"], job), job, workers=given["workers"] or available_cores(), progress=progress,
                force=given["force"], csv=given["formats"] == "csv", command=["coercion-sim", *sys.argv[1:]],
            )  # fmt: skip
    except InterruptedRun as stopped:
        click.echo(str(stopped), err=True)
        raise click.exceptions.Exit(stopped.exit_code) from None


def _show(ctx: click.Context, outcome: Outcome, given: dict[str, Any], *, figures: bool) -> None:
    """Print the summary, write comparison and figures beside the tables, and leave with the exit code."""
    from coercion_sim.analysis import base_rates, compare_policies, write_comparison

    results = outcome.results
    remark("note", outcome.notes)
    assert results.folder is not None
    if results.manifest["counts"]["ok"] == 0:
        click.echo(f"every run failed; the first: {_first_error(outcome)}\n{results.folder}", err=True)
        ctx.exit(outcome.exit_code)
    comparison = compare_policies(results)
    written = [write_comparison(comparison, results.folder)]
    if figures:
        from coercion_sim.figures import OF_A_COMPARISON, write_figures

        written += write_figures(results, results.folder, kinds=OF_A_COMPARISON).paths
    if given["as_json"]:
        echo_json(summary(comparison, written))
    elif given["quiet"]:
        click.echo(str(results.folder))
    else:
        from coercion_sim.cli.comparison import answer_line, comparison_text

        if line := answer_line(comparison, given["scenario"]):
            click.echo("\n".join([*paragraph(line), ""]))
        click.echo(f"{comparison_text(comparison, base_rates(results))}\n")
        if results.failed:
            total = sum(results.manifest["counts"].values())
            click.echo(f"{results.failed} of {total} runs failed; the first: {_first_error(outcome)}", err=True)
        if outcome.ran == 0:
            click.echo("An earlier command finished these runs; they were not run again (--force does).")
        elif outcome.resumed:
            click.echo(f"{outcome.resumed} runs are from an interrupted command; {outcome.ran} were run now.")
        click.echo(f"{'Tables, manifest and figures' if figures else 'Tables and manifest'} are in {results.folder}")
    ctx.exit(outcome.exit_code)


def _first_error(outcome: Outcome) -> str:
    """Error of the first failed run."""
    failed = next(row for row in outcome.results.table("runs").to_pylist() if row["status"] == "failed")
    return f"{failed['policy']}, replicate {failed['replicate']}: {failed['error']}"


def summary(comparison: Comparison, written: list[Path]) -> dict[str, Any]:
    """Comparison as data."""
    from coercion_sim.analysis import INTERVAL_OF_MEAN, INTERVALS, RANGE_OVER_DRAWS, base_rates

    results = comparison.results
    return {
        "folder": str(results.folder),
        "scenario": results.manifest["scenario"]["name"],
        **{name: results.manifest[name] for name in ("key", "status", "counts", "design")},
        "baseline": comparison.baseline,
        "intervals": {"low, high": RANGE_OVER_DRAWS, "mean_low, mean_high": INTERVAL_OF_MEAN, "disputes": INTERVALS},
        "units": comparison.units,
        "idle": comparison.idle,
        "rows": [row.as_dict() for row in comparison.rows],
        "disputes": [rates.as_dict() for rates in base_rates(results)],
        "files": [str(path) for path in written],
    }
