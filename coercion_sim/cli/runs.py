"""`run` and `compare`: simulate a scenario under one policy or several, and say what came of it."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from coercion_sim.cli.policy_files import policy_file_option

if TYPE_CHECKING:
    from coercion_sim.analysis import Comparison
    from coercion_sim.experiments import Outcome

F = TypeVar("F", bound=Callable[..., Any])

_FOLDER = click.Path(path_type=Path, file_okay=False)

#: Name (or name and parameter), and settings, of the options `run` and `compare` share.
_OPTIONS: dict[tuple[str, ...], dict[str, Any]] = {
    ("--policy", "policies"): {
        "multiple": True,
        "metavar": "NAME",
        "help": "Policy to run; repeat for several, a+b for two at once.  [default: all the scenario names]",
    },
    ("--replicates",): {
        "type": int,
        "metavar": "N",
        "help": "Draws of the uncertain parameters.  [default: as the scenario says]",
    },
    ("--seed",): {"type": int, "metavar": "S", "help": "Root of every random draw.  [default: as the scenario says]"},
    ("--set", "overrides"): {
        "multiple": True,
        "metavar": "KEY=VALUE",
        "help": "Replace a value of the scenario; repeat for several.",
    },
    ("--defaults",): {
        "is_flag": True,
        "help": "Leave every uncertain parameter at its default (one replicate is enough).",
    },
    ("--workers",): {
        "type": click.IntRange(1, 1024),
        "metavar": "W",
        "help": "Processes; 1 runs in this one.  [default: the cores there are]",
    },
    ("--out",): {
        "type": _FOLDER,
        "default": "results",
        "show_default": True,
        "help": "Folder under which <scenario>/<key>/ is made.",
    },
    ("--format", "formats"): {
        "type": click.Choice(["parquet", "csv"]),
        "default": "parquet",
        "show_default": True,
        "help": "csv writes the tables as CSV too.",
    },
    ("--force",): {"is_flag": True, "help": "Run again what a finished folder holds."},
    ("--json", "as_json"): {"is_flag": True, "help": "Print the summary as JSON."},
    ("--quiet", "-q"): {"is_flag": True, "help": "Print only where the results are."},
}


def _options(command: F) -> F:
    """Give a command the argument and options that run and compare share."""
    for names, settings in reversed(_OPTIONS.items()):
        command = click.option(*names, **settings)(command)
    command = policy_file_option(command)
    return click.argument("scenario")(command)


@click.command("run")
@_options
@click.pass_context
def run(ctx: click.Context, /, **arguments: Any) -> None:
    """Run SCENARIO (a shipped name or a TOML file) and write its results.

    The same command finds the same folder: what is finished is not run again, what was interrupted goes on.
    """
    outcome = _simulate(**arguments)
    _show(ctx, outcome, arguments["as_json"], arguments["quiet"], figures=False)


@click.command("compare")
@_options
@click.option("--no-figures", is_flag=True, help="Write tables only.")
@click.pass_context
def compare(ctx: click.Context, /, no_figures: bool, **arguments: Any) -> None:
    """Run SCENARIO under several policies on the same worlds and compare them: table, figures, tidy rows.

    Levels are shown with their 5-95 % range over the worlds drawn from the uncertain parameters; differences from
    stand_alone, taken world by world, with the 95 % interval of their mean.
    """
    outcome = _simulate(**arguments)
    _show(ctx, outcome, arguments["as_json"], arguments["quiet"], figures=not no_figures)


def _simulate(
    *,
    scenario: str,
    policies: tuple[str, ...],
    replicates: int | None,
    seed: int | None,
    overrides: tuple[str, ...],
    policy_files: tuple[Path, ...],
    defaults: bool,
    workers: int | None,
    out: Path,
    formats: str,
    force: bool,
    as_json: bool,
    quiet: bool,
) -> Outcome:
    """Load and check everything, then run; nothing is written where the input is bad."""
    from coercion_sim.cli.progress import reporting
    from coercion_sim.experiments import InterruptedRun, available_cores, keyed_folder, make_job, run_into

    job = make_job(
        scenario,
        policies or None,
        replicates=replicates,
        seed=seed,
        overrides=overrides,
        at_defaults=defaults,
        policy_files=policy_files,
    )
    count = available_cores() if workers is None else workers
    command = ["coercion-sim", *sys.argv[1:]]
    try:
        with reporting(job.scenario.name, quiet=quiet or as_json) as progress:
            folder = keyed_folder(out, job)
            return run_into(
                folder, job, workers=count, progress=progress, force=force, csv=formats == "csv", command=command
            )
    except InterruptedRun as stopped:
        click.echo(str(stopped), err=True)
        raise click.exceptions.Exit(stopped.exit_code) from None


def _show(ctx: click.Context, outcome: Outcome, as_json: bool, quiet: bool, *, figures: bool) -> None:
    """Print the summary, write what belongs beside the tables, and leave with the right exit code."""
    results = outcome.results
    assert results.folder is not None
    if results.manifest["counts"]["ok"] == 0:
        click.echo(f"every run failed; the first: {_first_error(outcome)}\n{results.folder}", err=True)
        ctx.exit(outcome.exit_code)
    from coercion_sim.analysis import compare_policies, write_comparison

    comparison = compare_policies(results)
    written = [write_comparison(comparison, results.folder)]
    if figures:
        from coercion_sim.figures import OF_A_COMPARISON, write_figures

        written += write_figures(results, results.folder, kinds=OF_A_COMPARISON).paths
    if as_json:
        click.echo(json.dumps(summary(comparison, written), indent=1))
    else:
        if not quiet:
            _print_summary(outcome, comparison)
        kinds = "Tables, manifest and figures" if figures else "Tables and manifest"
        click.echo(f"{results.folder}" if quiet else f"{kinds} are in {results.folder}")
    ctx.exit(outcome.exit_code)


def _print_summary(outcome: Outcome, comparison: Comparison) -> None:
    from coercion_sim.analysis import base_rates
    from coercion_sim.cli.base_rates_text import base_rates_text
    from coercion_sim.cli.comparison_text import comparison_text
    from coercion_sim.cli.outcome_text import outcome_text

    click.echo(comparison_text(comparison))
    for rates in base_rates(outcome.results):
        click.echo(f"\n{base_rates_text(rates)}")
    click.echo(f"\n{outcome_text(comparison)}\n")
    if outcome.results.failed:
        total = sum(outcome.results.manifest["counts"].values())
        click.echo(f"{outcome.results.failed} of {total} runs failed; the first: {_first_error(outcome)}", err=True)
    if outcome.ran == 0:
        click.echo("These results were there already and were not run again (--force does).")
    elif outcome.resumed:
        click.echo(
            f"{outcome.resumed} runs were there already from an interrupted command; {outcome.ran} were run now."
        )


def _first_error(outcome: Outcome) -> str:
    """Error of the first failed run."""
    rows = outcome.results.table("runs").to_pylist()
    failed = next(row for row in rows if row["status"] == "failed")
    return f"{failed['policy']}, replicate {failed['replicate']}: {failed['error']}"


def summary(comparison: Comparison, written: list[Path]) -> dict[str, Any]:
    """Return the comparison as JSON-able data; missing numbers are null."""
    from coercion_sim.analysis import INTERVAL_OF_MEAN, INTERVALS, RANGE_OVER_DRAWS, base_rates

    results = comparison.results
    return {
        "folder": str(results.folder),
        "scenario": results.manifest["scenario"]["name"],
        "key": results.manifest["key"],
        "status": results.manifest["status"],
        "counts": results.manifest["counts"],
        "design": results.manifest["design"],
        "baseline": comparison.baseline,
        "intervals": {"low, high": RANGE_OVER_DRAWS, "mean_low, mean_high": INTERVAL_OF_MEAN, "disputes": INTERVALS},
        "rows": [{key: _finite(value) for key, value in row.as_dict().items()} for row in comparison.rows],
        "disputes": [_plain(rates.as_dict()) for rates in base_rates(results)],
        "files": [str(path) for path in written],
    }


def _plain(value: Any) -> Any:
    """JSON has neither NaN nor infinity: both are null."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else _finite(value)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
