"""`coercion-sim plot`: figures of any results, of any kind."""

from __future__ import annotations

from pathlib import Path

import click

from coercion_sim.cli.options import policy_file_option

_FOLDER = click.Path(path_type=Path, file_okay=False)
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
@click.option("--out", type=_FOLDER, metavar="FOLDER", help="Where to.  [default: RESULTS/figures]")
@policy_file_option
@click.pass_context
def plot_command(
    ctx: click.Context,
    results: Path | None,
    kinds: tuple[str, ...],
    list_kinds: bool,
    outcomes: tuple[str, ...],
    policies: tuple[str, ...],
    states: tuple[str, ...],
    points: tuple[int, ...],
    replicate: int | None,
    quarter: str | None,
    axes: tuple[str, str] | None,
    level: float | None,
    fails: str | None,
    formats: tuple[str, ...],
    width: str,
    out: Path | None,
    policy_files: tuple[Path, ...],
) -> None:
    """Draw figures of the folder RESULTS, of `run`, `compare` or `sweep`.

    Titles say what was found, captions how many runs it rests on and under which seed. `--list` names the kinds.
    """
    if list_kinds:
        _list()
        return
    if results is None:
        raise click.UsageError("Missing argument 'RESULTS'; --list names the kinds of figures.")
    from coercion_sim.experiments import open_results
    from coercion_sim.figures import Request, write_figures

    whole = open_results(results, policy_files)
    shown = whole.only(policies=policies or None, points=points or None)
    folder = out or (whole.folder or results) / "figures"
    point = points[0] if points else 0
    request = Request(outcomes, states, fails, axes or None, level, replicate, point, quarter)
    written = write_figures(shown, folder, formats, kinds=kinds or None, width=_WIDTHS[width], request=request)
    for path in written.paths:
        click.echo(str(path))
    for kind, reason in written.left_out.items():
        click.echo(f"not drawn: {kind}: {reason}", err=True)
    if (kinds and written.left_out) or not written.paths:
        ctx.exit(3)


def _list() -> None:
    from coercion_sim.figures import KINDS

    width = max(map(len, KINDS))
    for name, kind in KINDS.items():
        click.echo(f"{name:<{width}}  {kind.shows}")
