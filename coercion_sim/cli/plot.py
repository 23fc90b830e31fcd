"""`coercion-sim plot`: figures of any results, of any kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from coercion_sim.cli.options import FOLDER, policy_file_option
from coercion_sim.cli.tables import entries
from coercion_sim.errors import InvalidInput

_WIDTHS = {"column": 3.5, "full": 7.0}


@click.command("plot")
@click.argument("results", type=click.Path(path_type=Path), required=False)
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Kind of figure; repeat.  [default: all]")
@click.option("--list", "list_kinds", is_flag=True, help="List the kinds of figures.")
@click.option(
    "--outcome", "outcomes", multiple=True, metavar="NAME",
    help="Outcome to draw; repeat for several.  [default: those of the scenario's report that vary]",
)  # fmt: skip
@click.option("--policy", "policies", multiple=True, metavar="POLICY", help="Policy to draw; repeat.  [default: all]")
@click.option("--state", "states", multiple=True, metavar="CODE", help="State to draw; repeat.  [default: the target]")
@click.option("--point", "points", multiple=True, type=int, metavar="N", help="Point; repeat.  [default: all]")
@click.option("--replicate", type=int, metavar="K", help="Replicate, for figures of one run.  [default: a telling one]")
@click.option("--quarter", metavar="QUARTER", help="Quarter, for --kind network.  [default: of largest change]")
@click.option("--axes", nargs=2, metavar="X Y", help="The two varied parameters of a map.  [default: the first two]")
@click.option("--level", type=float, help="Value at which a map draws its frontier.  [default: half of the runs]")
@click.option("--fails", metavar="EXPR", help="When a policy misses, for --kind boxes, e.g. 'target_loss_pv>q90'.")
@click.option(
    "--format", "formats", multiple=True, default=("png",), show_default=True,
    type=click.Choice(["png", "svg", "pdf"]), help="Format; repeat for several.",
)  # fmt: skip
@click.option(
    "--width", default="full", show_default=True, type=click.Choice(list(_WIDTHS)),
    help="Of a journal's column (3.5 in) or its full page (7 in).",
)  # fmt: skip
@click.option("--out", type=FOLDER, metavar="FOLDER", help="Where to.  [default: RESULTS/figures]")
@policy_file_option
@click.pass_context
def plot_command(ctx: click.Context, /, results: Path | None, list_kinds: bool, **given: Any) -> None:
    """Draw figures of the folder RESULTS, of `run`, `compare` or `sweep`.

    Titles name what is drawn, with the key numbers below; captions have sample size and seed. `--list` names the kinds.
    """
    if list_kinds:
        _list()
        return
    if results is None:
        raise click.UsageError("Missing argument 'RESULTS'; --list names the kinds of figures.")
    from coercion_sim.experiments import open_results
    from coercion_sim.figures import Request, write_figures

    whole = open_results(results, given["policy_files"])
    points, kinds = given["points"], given["kinds"]
    part = whole.only(policies=given["policies"] or None, points=points or None)
    folder = given["out"] or (whole.folder or results) / "figures"
    request = Request(
        given["outcomes"], given["states"], given["fails"], given["axes"] or None, given["level"], given["replicate"],
        points[0] if points else 0, given["quarter"],
    )  # fmt: skip
    width = _WIDTHS[given["width"]]
    written = write_figures(part, folder, given["formats"], kinds=kinds or None, width=width, request=request)
    for path in written.paths:
        click.echo(str(path))
    for kind, reason in written.left_out.items():
        click.echo(f"not drawn: {kind}: {reason}", err=True)
    if (kinds and written.left_out) or not written.paths:
        ctx.exit(InvalidInput.exit_code)


def _list() -> None:
    from coercion_sim.figures import KINDS

    rows = [{"kind": name, "shows": kind.shows} for name, kind in KINDS.items()]
    click.echo("\n".join(entries(rows, ["kind"])))
