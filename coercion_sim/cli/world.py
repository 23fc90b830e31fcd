"""`world`: who depends on whom for what; its other commands build a world from data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli import options
from coercion_sim.cli.build_world import build, from_csv, import_, split
from coercion_sim.cli.options import echo_json
from coercion_sim.cli.tables import paragraph, paragraphs, table
from coercion_sim.wording import count, fixed, percent

if TYPE_CHECKING:
    from coercion_sim.arrays import Array
    from coercion_sim.world import Dependence, StateView, World, WorldView


@click.group("world")
def world_command() -> None:
    """Show a world, or build one from data."""


for command in (build, split, import_, from_csv):
    world_command.add_command(command)


@world_command.command("show", short_help="Print who depends on whom for what.")
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
        view: Any = {"states": loaded.states, "exposure": matrix.tolist()}
        text = exposure_text(loaded, matrix, state, top)
    elif state is None:
        view = show_world(loaded)
        text = world_text(view, loaded, repairs=repairs)
    else:
        view = show_state(loaded, state, top)
        text = state_text(view, loaded.name)
    echo_json(view) if as_json else click.echo(text)


def world_text(view: WorldView, loaded: World, *, repairs: bool = False) -> str:
    """Tables of states and sectors."""
    states = [
        [s.state, s.name, *map(_millions, (s.gdp, s.exports, s.imports)), fixed(s.openness, 2)] for s in view.states
    ]
    sectors = []
    for s in view.sectors:
        largest = f"{s.largest_exporter} {percent(s.largest_share)}".strip()
        exports = f"{s.theta:g}", _millions(s.world_exports), percent(s.traded_share)
        sectors.append([s.sector, s.name, *exports, largest])
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


def exposure_text(loaded: World, matrix: Array, state: str | None, top: int) -> str:
    """One line per state: its own productivity, then who adds most and least to it; or one state and its partners."""
    states = loaded.states

    def cells(n: int, partners: Sequence[int]) -> str:
        return ", ".join(f"{states[i]} {_per_mille(matrix[n, i])}" for i in partners)

    def others(n: int, sizes: Array) -> list[int]:
        return [i for i in sizes.argsort(kind="stable") if i != n]

    if state is None:
        rows = []
        for n in range(len(states)):
            order = others(n, -matrix[n])
            rows.append([states[n], _per_mille(matrix[n, n]), cells(n, order[:3]), cells(n, order[:-4:-1])])
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
