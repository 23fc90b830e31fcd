"""Commands of `world` that build one: from a recipe, from another's data set, from own data, out of another world."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli.options import FILE, FOLDER, PATH, read_columns
from coercion_sim.cli.tables import paragraphs
from coercion_sim.wording import count

if TYPE_CHECKING:
    from coercion_sim.world import World


@click.command("build", short_help="Build a world from a recipe and data.")
@click.argument("spec", type=PATH)
@click.option("--data", type=PATH, required=True, help="Folder with the files the recipe names.")
@click.option("--out", type=PATH, required=True, help="Folder to write the world to.")
@click.option(
    "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Replace a value of the recipe; repeat for several."
)
def build(spec: Path, data: Path, out: Path, changes: tuple[str, ...]) -> None:
    """Build a world from the recipe SPEC (TOML) and a folder of data; every repair is reported."""
    from coercion_sim.scenario import read_overrides
    from coercion_sim.world import build_world_folder

    _echo_written(*build_world_folder(spec, data, out, read_overrides(changes)))


def _echo_written(world: World, folder: Path) -> None:
    """Print the size of a new world, its repairs and notes, and where it is."""
    S, N = world.shape
    click.echo(f"{world.name}: {N} states, {S} sectors; {len(world.repairs)} repairs and notes")
    click.echo("\n".join([*paragraphs(world.repairs, "  "), f"Written to {folder}"]))


def _names(text: str | None) -> tuple[str, ...] | None:
    """Names of a list with commas; None without one."""
    return None if text is None else tuple(filter(None, map(str.strip, text.split(","))))


@click.command("split", short_help="Take a product out of a sector.")
@click.argument("world", metavar="WORLD")
@click.option("--product", required=True, metavar="NAME", help="Label of the new sector, e.g. cherries.")
@click.option("--out-of", required=True, metavar="SECTOR", help="The sector that holds it so far.")
@click.option("--facts", type=PATH, required=True, help="CSV of facts about its trade.")
@click.option("--like", metavar="SECTOR", help="Sector to copy where a fact is missing.  [default: that of --out-of]")
@click.option(
    "--users", metavar="LIST", help="Sectors that buy it as an input, or none.  [default: users of its sector]"
)
@click.option(
    "--overflow", type=click.Choice(["cut", "keep"]), default="cut", show_default=True,
    help="Where a fact exceeds its sector: refuse it (cut), or keep it and let the sector grow (keep).",
)  # fmt: skip
@click.option(
    "--price-factor", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True,
    help="Price of the facts over the world's: 1.2 to 1.5 for crops at export prices.",
)  # fmt: skip
@click.option("--out", type=PATH, help="Folder to write.  [default: WORLD-NAME, here]")
def split(world: str, out: Path | None, users: str | None, **given: Any) -> None:
    """Take a product out of a sector of WORLD (a shipped world or a folder), from facts about its trade.

    The facts are a CSV file in US$ million a year with columns state, partner, role, value, source, grade (A to C):

    \b
    exports      to a partner; without one, in all; of the state "world", all
    imports      in all, of a state
    home_share   of output; of the state "all": where a state has none of its own
    home_sales   in money
    elasticity   a number, or a class of the world such as homogeneous; no state

    The rest follows the pattern of the sector; what was assumed is printed and is in the README of the folder.
    """
    from coercion_sim.world import split_product_folder

    product = given.pop("product")
    named = () if users == "none" else _names(users)
    made, folder = split_product_folder(world, product, out, users=named, **given)
    written = f"Written to {folder}: {count(made.world.shape[0], 'sector')}, the last {product}"
    click.echo("\n".join([*paragraphs(made.assumed, rest="  "), written]))


@click.command("import", short_help="Read a public data set.")
@click.argument("source", metavar="SOURCE")
@click.argument("file", type=PATH)
@click.option("--out", type=PATH, required=True, help="Folder for the data and the recipe.")
@click.option("--year", type=click.IntRange(1800, 2100), help="The year, where the file has several.")
@click.option(
    "--states", default="40", show_default=True, metavar="LIST",
    help="all, a number (so many largest traders), or a list such as CHN,Japan,NORDIC=SWE+FIN. All others are ROW.",
)  # fmt: skip
@click.option(
    "--sectors", default="own", show_default=True, metavar="LIST",
    help="own (those of the source), or a list such as farm=A*,steel=C24A+C24B,B05. Others: other_goods, services.",
)  # fmt: skip
@click.option(
    "--gross-output", type=PATH, help="Gross output for baci, which has no home sales: CSV with iso3, sector, output."
)
@click.option(
    "--rate", type=click.FloatRange(0, min_open=True), help="US$ per euro, for figaro.  [default: that of the year]"
)
@click.option(
    "--columns", metavar="KEY=NAME,...", default="",
    help="Names of columns of a tidy file: exporter, importer, sector, value, year.",
)  # fmt: skip
def import_(source: str, file: Path, out: Path, **given: Any) -> None:
    """Read the data set SOURCE from FILE (as downloaded, zipped or not) into a folder that `world build` takes.

    \b
    SOURCE   baci      CEPII BACI, one year
             icio      OECD ICIO, editions 2016 to 2025
             wiod      WIOD 2016, R file or its zip
             figaro    Eurostat FIGARO matrices
             itpd      USITC ITPD-E
             tidy      CSV: exporter, importer, sector, value
             gravity   CEPII Gravity: distance, ties, GDP
             atop      ATOP 5.1: treaties

    The last two add files to the folder of another import. docs/importers.md says where to get each data set.
    """
    from coercion_sim.world import import_source

    made = import_source(source, file, out, columns=read_columns(given.pop("columns")), **given)
    click.echo("\n".join([*paragraphs(made.summary, rest="  "), *paragraphs(made.notes, "  ")]))
    click.echo(f"Written to {out}: {', '.join(made.files)}")
    if "build.toml" in made.files:
        click.echo(f"Next: coercion-sim world build {out}/build.toml --data {out} --out {out}/world")


@click.command("from-csv", short_help="Make a world from your own tables.")
@click.argument("flows", type=FILE)
@click.option(
    "--elasticities", required=True, metavar="FILE|NUMBER",
    help="Trade elasticities, theta = sigma - 1: columns sector, elasticity; or one number for all.",
)  # fmt: skip
@click.option("--out", type=FOLDER, required=True, help="Folder for the world.")
@click.option(
    "--columns", metavar="NAME=YOURS,...", default="",
    help="Your names of columns, e.g. exporter=origin,importer=dest,value=v,sector=s.",
)  # fmt: skip
@click.option(
    "--unit", default="million", show_default=True, metavar="UNIT",
    help="Unit of the flows: dollar, thousand, million or billion, or US$ million in one unit (1.12 for EUR million).",
)  # fmt: skip
@click.option("--year", type=int, help="Year to keep of a file with several.")
@click.option("--gross-output", type=FILE, help="Where FLOWS has no home sales. Columns state, sector, output.")
@click.option("--inputs", type=FILE, help="Input-output table. Columns state (or all), user, input, share of output.")
@click.option("--tariffs", type=FILE, help="Columns exporter, importer, sector, rate (0.25 is 25 %).")
@click.option("--gdp", type=FILE, help="Recorded GDP in US$ million, to compare with. Columns state, gdp.")
@click.option("--alliances", type=FILE, help="Columns a, b, strength (0 to 1); also type, commitment, since.")
@click.option(
    "--services", metavar="SECTOR,...", help="Sectors that are services.  [default: those with serv in their name]"
)
@click.option("--separator", metavar="CHAR", help="Between columns.  [default: recognised]")
@click.option("--decimal", type=click.Choice([".", ","]), help="Decimal sign.  [default: recognised]")
@click.option("--encoding", metavar="NAME", help="Encoding of the files, e.g. cp1252.  [default: UTF-8 or UTF-16]")
def from_csv(flows: Path, out: Path, columns: str, services: str | None, **given: Any) -> None:
    """Make a world of your own data: FLOWS is a CSV file of sales by exporter, importer and sector.

    One row for each flow (columns exporter, importer, sector, value), home sales included; or a matrix with one row for
    each exporter (and sector) and one column for each importer. Countries may be named in words. For example

      coercion-sim world from-csv flows.csv --elasticities elasticities.csv --out mine
    """
    from coercion_sim.world import SourceLabels, World, save_world

    world = World.from_csv(
        flows, given.pop("elasticities"), name=re.sub(r"[^A-Za-z0-9_-]+", "-", out.resolve().name),
        columns=read_columns(columns), services=_names(services), **given,
    )  # fmt: skip
    _echo_written(world, save_world(world, out, labels=SourceLabels(title=f"Own data: {flows.name}")))
    path = str(out) if len(out.parts) > 1 else f"./{out}"  # no shipped world can be taken for it
    click.echo(f"Next: coercion-sim shock {path} --ban {world.states[0]}:{world.states[1]}:all")
