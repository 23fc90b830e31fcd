"""`coercion-sim export`: results for other programs and for a repository."""

from __future__ import annotations

from pathlib import Path

import click

from coercion_sim.cli.options import FOLDER


@click.command("export")
@click.argument("results", type=click.Path(path_type=Path))
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
    if form == "crate":
        if tables or out is not None:
            raise click.UsageError("--table and --out belong to --to stata; a crate is the whole folder.")
        click.echo(str(opened.to_crate(licence, author)))
        return
    for path in opened.to_stata(out, tables):
        click.echo(str(path))
