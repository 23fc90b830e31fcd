"""`coercion-sim analyse`: the questions put to a sweep."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command("analyse")
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--outcome", "outcomes", multiple=True, metavar="NAME",
    help="Outcome to look at; repeat for several, `all` for all.  [default: those of the scenario's report]",
)  # fmt: skip
@click.option("--baseline", metavar="POLICY", help="Policy the others are compared with.  [default: stand_alone]")
@click.option(
    "--fails", metavar="EXPR",
    help="When a policy misses, e.g. 'target_loss_pv>0.5' or 'success_rate>q90' (a percentile over all runs): finds the"
    " settings under which it does.",
)  # fmt: skip
@click.option("--maximise", multiple=True, metavar="NAME", help="Outcome of which more is better; repeat for several.")
@click.option("--minimise", multiple=True, metavar="NAME", help="Outcome of which less is better; repeat for several.")
@click.option("--no-figures", is_flag=True, help="Draw no figures.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, without the rows by point.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def analyse(
    results: Path,
    outcomes: tuple[str, ...],
    baseline: str | None,
    fails: str | None,
    maximise: tuple[str, ...],
    minimise: tuple[str, ...],
    no_figures: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Say what the runs in the folder RESULTS show: policies compared, what matters, what is robust, where one misses.

    Which questions are answered follows from the design: Sobol' indices from `saltelli` blocks, elementary effects from
    `morris`, first-order indices from `random`, `sobol` and `latin_hypercube`; parts of the variance from two or more
    replicates. Tables and figures are written to RESULTS/analysis.
    """
    from coercion_sim.analysis import analyse as ask
    from coercion_sim.analysis import write_analysis
    from coercion_sim.cli.analyse_text import analysis_json, analysis_text
    from coercion_sim.cli.progress import reporting
    from coercion_sim.experiments import open_results

    opened = open_results(results)
    with reporting("analysis", quiet=quiet, what="questions") as progress:
        answer = ask(
            opened, outcomes or None, baseline, failing=fails, maximise=maximise, minimise=minimise, progress=progress
        )
    folder = opened.folder or results
    written = write_analysis(answer, folder)
    if not no_figures:
        from coercion_sim.figures import write_analysis_figures

        written += write_analysis_figures(answer, folder)
    if as_json:
        click.echo(json.dumps(analysis_json(answer), indent=1, allow_nan=False))
        return
    click.echo(analysis_text(answer))
    click.echo(f"\nTables and figures are in {written[0].parent}")
