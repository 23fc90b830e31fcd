"""Commands that show results or hand them on: `plot`, `report`, `app` and `export`."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from coercion_sim.cli import options
from coercion_sim.cli.options import FILE, FOLDER, PATH, read_journal
from coercion_sim.cli.tables import entries
from coercion_sim.errors import InvalidInput, Problem

_WIDTHS = {"column": 3.5, "full": 7.0}


@click.command("plot")
@click.argument("results", type=PATH, required=False)
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Kind of figure; repeat.  [default: all]")
@click.option("--list", "list_kinds", is_flag=True, help="List the kinds of figures.")
@click.option(
    "--outcome", "outcomes", multiple=True, metavar="NAME",
    help="Outcome to draw; repeat for several.  [default: those of the scenario's report that vary]",
)  # fmt: skip
@click.option("--policy", "policies", multiple=True, metavar="POLICY", help="Policy to draw; repeat.  [default: all]")
@click.option("--state", "states", multiple=True, metavar="CODE", help="State to draw; repeat.  [default: the target]")
@click.option("--point", "points", multiple=True, type=int, metavar="N", help="Point; repeat.  [default: all]")
@click.option("--replicate", type=int, metavar="K", help="Replicate, for figures of one run.  [default: chosen]")
@click.option("--quarter", metavar="QUARTER", help="Quarter, for --kind network.  [default: of largest change]")
@click.option("--axes", nargs=2, metavar="X Y", help="The two varied parameters of a map.  [default: the first two]")
@click.option("--level", type=float, help="Value at which a map draws its frontier.  [default: half of the runs]")
@options.fails
@click.option(
    "--format", "formats", multiple=True, default=("png",), show_default=True,
    type=click.Choice(["png", "svg", "pdf"]), help="Format; repeat for several.",
)  # fmt: skip
@click.option(
    "--width", default="full", show_default=True, type=click.Choice(list(_WIDTHS)),
    help="Width of a journal column (3.5 in) or a full page (7 in).",
)  # fmt: skip
@options.style
@click.option("--out", type=FOLDER, metavar="FOLDER", help="Folder to write to.  [default: RESULTS/figures]")
@options.policy_files
@click.pass_context
def plot_command(ctx: click.Context, /, results: Path | None, list_kinds: bool, **given: Any) -> None:
    """Draw figures of the folder RESULTS, of `run`, `compare` or `sweep`.

    Titles name what is drawn, with the key numbers below; captions have sample size and seed. `--list` names the kinds.
    """
    from coercion_sim.experiments import open_results
    from coercion_sim.figures import KINDS, Request, write_figures

    if list_kinds:
        click.echo("\n".join(entries([{"kind": name, "shows": kind.shows} for name, kind in KINDS.items()], ["kind"])))
        return
    if results is None:
        raise click.UsageError("Missing argument 'RESULTS'; --list names the kinds of figures.")
    journal, whole = read_journal(given["style"]), open_results(results, given["policy_files"])
    points, kinds = given["points"], given["kinds"]
    request = Request(
        given["outcomes"], given["states"], given["fails"], given["axes"] or None, given["level"], given["replicate"],
        points[0] if points else 0, given["quarter"],
    )  # fmt: skip
    written = write_figures(
        whole.only(policies=given["policies"] or None, points=points or None),
        given["out"] or (whole.folder or results) / "figures", given["formats"], kinds=kinds or None,
        width=_WIDTHS[given["width"]], request=request, style=journal,
    )  # fmt: skip
    _echo_paths(written.paths)
    for kind, reason in written.left_out.items():
        click.echo(f"not drawn: {kind}: {reason}", err=True)
    if (kinds and written.left_out) or not written.paths:
        ctx.exit(InvalidInput.exit_code)


def _echo_paths(paths: Iterable[Path]) -> None:
    """Prints the files written, one a line."""
    for path in paths:
        click.echo(str(path))


@click.command("report")
@click.argument("results", type=PATH)
@click.option(
    "--out", type=FILE, callback=options.creatable, metavar="FILE",
    help="File to write.  [default: report.html in RESULTS]",
)  # fmt: skip
@click.option(
    "--outcome", "outcomes", multiple=True, metavar="NAME",
    help="Outcome of the tables; repeat for several.  [default: those of the scenario's report, else all that vary]",
)  # fmt: skip
@options.fails
@click.option(
    "--answer", "answer_draws", type=click.IntRange(0), default=16, show_default=True, metavar="N",
    help="Draws of the exact answer at the top, as in `answer`; 0 leaves it out. Sweeps have none.",
)  # fmt: skip
@options.style
@options.path_only
def report(results: Path, out: Path | None, fails: str | None, style: Path | None, quiet: bool, **given: Any) -> None:
    """Write the results in the folder RESULTS as one HTML page that holds everything: text, tables, figures, sources.

    It opens without a network, prints, and is the same file for the same results. The exact answer to the scenario's
    question comes first, from the scenario stored with the results; then findings with their intervals, scenario,
    policies, figures, tables, failed runs, the model's limits, and how to check it all.
    """
    from coercion_sim.experiments import open_results, reporting
    from coercion_sim.report import write_report

    journal, opened = read_journal(style), open_results(results)
    with reporting("report", quiet=quiet, what="questions") as progress:
        path = write_report(opened, out, failing=fails, style=journal, progress=progress, **given)
    click.echo(str(path) if quiet else f"The report is in {path}")


@click.command("app")
@click.argument("scenario")
@options.policies
@options.scenario
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8765, show_default=True, metavar="P",
    help="Port to listen on; if it is taken, the next free one.",
)  # fmt: skip
@click.option(
    "--draws", type=click.IntRange(1), default=16, show_default=True, metavar="N",
    help="Draws of the first page's answer.",
)  # fmt: skip
@click.option(
    "--share", metavar="ADDRESS",
    help="Let others on the network join at this address, by a link of their own.  [default: nobody]",
)  # fmt: skip
@click.option("--open/--no-browser", "open_browser", default=False, help="Open it in the browser.  [default: no]")
def app(scenario: str, port: int, **given: Any) -> None:
    """Open SCENARIO in the browser: its answer, a seat in the game, measures to try, who can hurt whom.

    Prints the address to open, with the token it needs. It can be reached from this machine only, unless --share names
    an address of it; Ctrl-C ends it.
    """
    missing = [name for name in ("shiny", "uvicorn") if find_spec(name) is None]
    if missing:
        install = "pip install 'coercion-sim[app]'"
        raise InvalidInput(Problem(f"the app needs {', '.join(missing)}, not installed here", allowed=install))
    from coercion_sim.app import open_app

    def say(address: str, players: str) -> None:
        click.echo(f"Open {address} (Ctrl-C ends it)")
        if players:
            click.echo(f"That address leads the table: begin, pause, rewind. Give players {players}")

    open_app(scenario, port, say, **given)


@click.command("export")
@click.argument("results", type=PATH)
@click.option(
    "--to", "form", type=click.Choice(["stata", "crate"]), required=True,
    help="stata: a .dta file for each table. crate: the folder itself as an RO-Crate, to deposit.",
)  # fmt: skip
@click.option("--table", "tables", multiple=True, metavar="NAME", help="Table for stata; repeat.  [default: all]")
@click.option("--out", type=FOLDER, metavar="FOLDER", help="Folder of the .dta files.  [default: RESULTS/stata]")
@click.option(
    "--license", "licence", default="CC-BY-4.0", show_default=True, metavar="ID",
    help="Licence of a crate: an SPDX identifier or an address.",
)  # fmt: skip
@click.option("--author", default="", metavar="NAME", help="Who made the results, for a crate.  [default: nobody]")
def export(results: Path, form: str, tables: tuple[str, ...], out: Path | None, licence: str, author: str) -> None:
    """Export the folder RESULTS, of `run`, `compare` or `sweep`, for other programs or for a repository.

    Stata's files have the labels and units of the data dictionary. A crate is the folder with ro-crate-metadata.json,
    which names every file with its SHA-256, the command, the software and its version, and the licence; zip it to
    deposit it. Export stata first, so that the crate has these files too.

    \b
    coercion-sim export results/australia-2020/KEY --to stata --table outcomes
    coercion-sim export results/australia-2020/KEY --to crate --license CC-BY-4.0
    """
    from coercion_sim.experiments import open_results

    opened = open_results(results)
    if form == "crate" and (tables or out is not None):
        raise click.UsageError("--table and --out belong to --to stata; a crate is the whole folder.")
    _echo_paths([opened.to_crate(licence, author)] if form == "crate" else opened.to_stata(out, tables))
