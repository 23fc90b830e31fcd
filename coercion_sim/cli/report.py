"""`coercion-sim report`: results as one page to read, to send and to print."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("report")
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="File to write.  [default: report.html in RESULTS]",
)  # fmt: skip
@click.option(
    "--outcome", "outcomes", multiple=True, metavar="NAME",
    help="Outcome of the tables; repeat for several.  [default: those of the scenario's report, else all that vary]",
)  # fmt: skip
@click.option(
    "--fails", metavar="EXPR",
    help="When a policy misses, e.g. 'target_loss_pv>0.5' or 'success_rate>q90'; says under which settings it does.",
)  # fmt: skip
@click.option("--quiet", "-q", is_flag=True, help="Print only the path.")
def report(results: Path, out: Path | None, outcomes: tuple[str, ...], fails: str | None, quiet: bool) -> None:
    """Write the results in the folder RESULTS as one HTML page that holds everything: text, tables, figures, sources.

    It opens without a network, prints, and is the same file for the same results. What was found stands first, with
    its intervals; then scenario, policies, figures, tables, failed runs, the model's limits, and how to check it all.
    """
    from coercion_sim.experiments import open_results, reporting
    from coercion_sim.report import write_report

    opened = open_results(results)
    with reporting("report", quiet=quiet, what="questions") as progress:
        path = write_report(opened, out, outcomes, failing=fails, progress=progress)
    click.echo(str(path) if quiet else f"The report is in {path}")
