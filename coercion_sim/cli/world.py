"""`world`: who depends on whom for what, and building a world from data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli import options
from coercion_sim.cli.options import FILE, FOLDER, PATH, echo_json, read_columns
from coercion_sim.cli.tables import paragraph, paragraphs, table
from coercion_sim.wording import count, fixed, percent

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from coercion_sim.world import Dependence, StateView, World, WorldView


@click.group("world")
def world_command() -> None:
    """Show a world, or build one from data."""


@world_command.command("show")
@click.argument("name")
@click.option("--state", metavar="STATE", help="Show one state: its partners, dependences and commitments.")
@click.option(
    "--top", type=click.IntRange(1, 1000), default=10, show_default=True, help="Rows in each list of a state."
)
@click.option("--repairs", is_flag=True, help="List the repairs made when the world was built.")
@click.option(
    "--exposure", is_flag=True, help="Show whose productivity helps or harms whom (Kleinman, Liu and Redding 2024)."
)
@options.as_json
def show(name: str, state: str | None, top: int, repairs: bool, exposure: bool, as_json: bool) -> None:
    """Print who depends on whom for what in the world NAME (a shipped world or a folder)."""
    from coercion_sim.world import load_world, show_state, show_world

    loaded = load_world(name)
    if exposure:
        from coercion_sim.economy import exposure as exposures

        matrix = exposures(loaded)[0]
        if as_json:
            echo_json({"states": loaded.states, "exposure": matrix.tolist()})
        else:
            click.echo(exposure_text(loaded, matrix, state, top))
    elif as_json:
        echo_json(show_world(loaded) if state is None else show_state(loaded, state, top))
    elif state is None:
        click.echo(world_text(show_world(loaded), loaded, repairs=repairs))
    else:
        click.echo(state_text(show_state(loaded, state, top), loaded.name))


@world_command.command("build")
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


@world_command.command("split")
@click.argument("world", metavar="WORLD")
@click.option("--product", required=True, metavar="NAME", help="Label of the new sector, e.g. cherries.")
@click.option("--out-of", required=True, metavar="SECTOR", help="The sector that holds it so far.")
@click.option("--facts", type=PATH, required=True, help="CSV of facts about its trade.")
@click.option("--like", metavar="SECTOR", help="Pattern, elasticity and users where no fact is, instead of --out-of's.")
@click.option(
    "--users", metavar="LIST", help="Sectors that buy it as an input, or none. Default: the users of its sector."
)
@click.option(
    "--overflow", type=click.Choice(["cut", "keep"]), default="cut", show_default=True,
    help="Where a fact asks for more than its sector has: refuse (cut), or believe the fact and let the sector grow.",
)  # fmt: skip
@click.option(
    "--price-factor", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True,
    help="Price of the facts over the world's: 1.2 to 1.5 for crops at export prices.",
)  # fmt: skip
@click.option("--out", type=PATH, help="Folder to write.  [default: WORLD-NAME, here]")
def split(world: str, out: Path | None, users: str | None, **given: Any) -> None:
    """Take a product out of a sector of WORLD (a shipped world or a folder), by facts about its trade.

    The facts are a CSV file in US$ million a year with columns state, partner, role, value, source, grade (A to C):

    \b
    exports      to a partner; without one, in all; of the state "world", all
    imports      in all, of a state
    home_share   of output; of the state "all": where a state has none of its own
    home_sales   in money
    elasticity   a number, or a class of the world such as homogeneous; no state

    The rest follows the pattern of the sector; what was assumed is printed and stands in the README of the folder.
    """
    from coercion_sim.world import split_product_folder

    product = given.pop("product")
    named = None if users is None else () if users == "none" else tuple(x.strip() for x in users.split(","))
    made, folder = split_product_folder(world, product, out, users=named, **given)
    written = f"Written to {folder}: {count(made.world.shape[0], 'sector')}, the last {product}"
    click.echo("\n".join([*paragraphs(made.assumed, rest="  "), written]))


@world_command.command("import")
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
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="US$ per euro, for figaro; default: of the year.")
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


@world_command.command("from-csv")
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
        flows,
        given.pop("elasticities"),
        name=re.sub(r"[^A-Za-z0-9_-]+", "-", out.resolve().name),
        columns=read_columns(columns),
        services=None if services is None else [name.strip() for name in services.split(",") if name.strip()],
        **given,
    )
    _echo_written(world, save_world(world, out, labels=SourceLabels(title=f"Own data: {flows.name}")))
    path = str(out) if len(out.parts) > 1 else f"./{out}"  # no shipped world can be taken for it
    click.echo(f"Next: coercion-sim shock {path} --ban {world.states[0]}:{world.states[1]}:all")


def world_text(view: WorldView, loaded: World, *, repairs: bool = False) -> str:
    """Tables of states and sectors."""
    states = [
        [s.state, s.name, *map(_millions, (s.gdp, s.exports, s.imports)), fixed(s.openness, 2)] for s in view.states
    ]
    sectors = [
        [
            s.sector, s.name, f"{s.theta:g}", _millions(s.world_exports), percent(s.traded_share),
            f"{s.largest_exporter} {percent(s.largest_share)}".strip(),
        ]
        for s in view.sectors
    ]  # fmt: skip
    year = "" if view.year is None else f", {view.year}"
    sizes = f"{count(len(view.states), 'state')}, {count(len(view.sectors), 'sector')}"
    lines = [f"{view.name}{year}: {sizes}; money in US$ million a year", ""]
    lines += table(["state", "name", "GDP", "exports", "imports", "openness"], states, left=(0, 1))
    heads = ["sector", "name", "theta", "world exports", "traded", "largest exporter"]
    lines += ["", *table(heads, sectors, left=(0, 1), shortest=18), ""]
    meanings = "openness: (exports + imports) / GDP; theta: trade elasticity; traded: exports in % of all sales."
    lines += paragraph(meanings, rest="")
    if loaded.groups:
        groups = ", ".join(f"{group} ({len(members)})" for group, members in loaded.groups.items())
        lines += ["", *paragraph(f"Groups: {groups}")]
    if loaded.repairs:
        rest = ":" if repairs else "; --repairs lists them"
        lines += ["", f"{len(loaded.repairs)} repairs and notes from building{rest}"]
    return "\n".join([*lines, *paragraphs(loaded.repairs if repairs else (), "  ")])


def exposure_text(loaded: World, matrix: npt.NDArray[np.float64], state: str | None, top: int) -> str:
    """One line per state: its own productivity, then who adds most and least to it; or one state and its partners."""
    states = loaded.states

    def cells(n: int, partners: Sequence[int]) -> str:
        return ", ".join(f"{states[i]} {_per_mille(matrix[n, i])}" for i in partners)

    def others(n: int, sizes: npt.NDArray[np.float64]) -> list[int]:
        return [i for i in sizes.argsort(kind="stable") if i != n]

    if state is None:
        orders = [others(n, -matrix[n]) for n in range(len(states))]
        rows = [
            [states[n], _per_mille(matrix[n, n]), cells(n, order[:3]), cells(n, order[:-4:-1])]
            for n, order in enumerate(orders)
        ]
        lines = table(["state", "own", "who adds most", "who adds least"], rows, left=(0, 2, 3))
    else:
        n = loaded.state_index(state)
        rows = [
            [states[i], _per_mille(matrix[n, i]), _per_mille(matrix[i, n])] for i in others(n, -abs(matrix[n]))[:top]
        ]
        lines = table(["state", f"its effect on {state}", f"effect of {state} on it"], rows)
    meaning = (
        "Change of real income, thousandths of a percent, when productivity of one state rises by 1 %. First order; the"
        " world as one sector without inputs, trade elasticity 5 (Kleinman, Liu and Redding 2024)."
    )
    return "\n".join([*lines, "", *paragraph(meaning, rest="")])


def _per_mille(exposure: float) -> str:
    """Thousandths of a percent, with a sign."""
    return fixed(1000.0 * exposure, 1, sign=True)


def state_text(view: StateView, name: str) -> str:
    """One state: economy, partners, dependences, commitments."""
    row = view.row
    recorded = "" if row.gdp_recorded is None else f" (recorded {_millions(row.gdp_recorded)})"
    lines = [f"{row.state}  {row.name}, in {name}; money in US$ million a year"]
    lines += paragraph(
        f"GDP {_millions(row.gdp)}{recorded}, exports {_millions(row.exports)}, imports {_millions(row.imports)}, "
        f"openness {fixed(row.openness, 2)}, imports less exports {_millions(view.imbalance)}"
    )
    partners = [
        [p.partner, p.name, _millions(p.exports), fixed(p.exports_pct_gdp, 2), _millions(p.imports),
         fixed(p.imports_pct_gdp, 2)]
        for p in view.partners
    ]  # fmt: skip
    ties = [[t.partner, t.type, f"{t.strength:.2f}", t.since, t.commitment] for t in view.ties]
    sold = ["good", "buyer", "value", "of its exports of it", "of its output of it", "% of GDP"]
    bought = ["good", "supplier", "value", "of its imports of it", "of all it buys of it", "% of GDP"]
    traded = ["state", "name", "exports to", "% of GDP", "imports from", "% of GDP"]
    for title, heads, rows, left in (
        ("Sells most", sold, _dependences(view.export_dependence), (0, 1)),
        ("Buys most", bought, _dependences(view.import_dependence), (0, 1)),
        ("Partners", traded, partners, (0, 1)),
        *([("Commitments", ["with", "type", "strength", "since", "name"], ties, (0, 1, 3, 4))] if ties else []),
    ):
        lines += ["", title, *table(heads, rows, left=left)]
    lines += ["", *paragraph(f"Groups: {', '.join(view.groups) or 'none'}")]
    if view.competitors:
        lines.append(f"Principal competitors: {', '.join(view.competitors)}")
    if view.ideal_point is not None:
        lines.append(f"Ideal point (UN votes): {view.ideal_point:.2f}")
    return "\n".join(lines)


def _dependences(rows: Sequence[Dependence]) -> list[list[str]]:
    """Cells of a state's largest sales or purchases."""
    return [
        [d.sector, d.partner, _millions(d.value), percent(d.share_of_trade), percent(d.share_of_total),
         fixed(d.pct_gdp, 2)]
        for d in rows
    ]  # fmt: skip


def _millions(value: float) -> str:
    """Datum in US$ million, whole."""
    return fixed(value, 0)
