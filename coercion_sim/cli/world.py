"""`world`: who depends on whom for what, and building a world from data."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli.columns import aligned

if TYPE_CHECKING:
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
@click.option("--repairs", is_flag=True, help="List what was changed when the world was built.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show(name: str, state: str | None, top: int, repairs: bool, as_json: bool) -> None:
    """Print who depends on whom for what in the world NAME (a shipped world or a folder)."""
    from coercion_sim.world import load_world, show_state, show_world

    loaded = load_world(name)
    view = show_world(loaded) if state is None else show_state(loaded, state, top)
    if as_json:
        click.echo(json.dumps(asdict(view), indent=1))
    elif state is None:
        click.echo(world_text(show_world(loaded), loaded, repairs=repairs))
    else:
        click.echo(state_text(show_state(loaded, state, top), loaded.name))


@world_command.command("build")
@click.argument("spec", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder with the files the recipe names.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write the world to.")
@click.option(
    "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Replace a value of the recipe; repeat for several."
)
def build(spec: Path, data: Path, out: Path, changes: tuple[str, ...]) -> None:
    """Build a world from the recipe SPEC (TOML) and a folder of data; every repair is reported."""
    from coercion_sim.world import build_world_folder

    made, folder = build_world_folder(spec, data, out, _changes(changes))
    S, N = made.shape
    click.echo(f"{made.name}: {N} states, {S} sectors; {len(made.repairs)} repairs and notes")
    for repair in made.repairs:
        click.echo(f"  {repair}")
    click.echo(f"Written to {folder}")


def _changes(texts: Sequence[str]) -> dict[str, Any]:
    """``key=value`` texts as data: values are TOML, and text where they are not."""
    import tomllib

    from coercion_sim.errors import InvalidInput, Problem

    values: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise InvalidInput(Problem("cannot be read", key="--set", found=repr(text), allowed="KEY=VALUE"))
        try:
            values[key.strip()] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            values[key.strip()] = value
    return values


# ------------------------------------------------------------------ a world


def world_text(view: WorldView, loaded: World, *, repairs: bool = False) -> str:
    """Tables of states and sectors."""
    states = [
        [s.state, s.name, _millions(s.gdp), _millions(s.exports), _millions(s.imports), f"{s.openness:.2f}"]
        for s in view.states
    ]
    sectors = [
        [
            s.sector,
            s.name,
            f"{s.theta:g}",
            _millions(s.world_exports),
            _percent(s.traded_share),
            f"{s.largest_exporter} {_percent(s.largest_share)}".strip(),
        ]
        for s in view.sectors
    ]
    year = "" if view.year is None else f", {view.year}"
    lines = [
        f"{view.name}{year}: {len(view.states)} states, {len(view.sectors)} sectors; money in US$ million a year",
        "",
        *aligned([["state", "name", "GDP", "exports", "imports", "openness"], *states], (0, 1)),
        "",
        *aligned([["sector", "name", "theta", "world exports", "traded", "largest exporter"], *sectors], (0, 1)),
        "",
        "openness: (exports + imports) / GDP; theta: trade elasticity; traded: exports in % of all sales.",
    ]
    if loaded.groups:
        lines += ["", "Groups: " + ", ".join(f"{group} ({len(members)})" for group, members in loaded.groups.items())]
    if loaded.repairs:
        lines += [
            "",
            f"{len(loaded.repairs)} repairs and notes from building" + (":" if repairs else "; --repairs lists them"),
        ]
        lines += [f"  {repair}" for repair in loaded.repairs] if repairs else []
    return "\n".join(lines)


# ------------------------------------------------------------------ a state


def state_text(view: StateView, name: str) -> str:
    """One state: economy, partners, dependences, commitments."""
    row = view.row
    recorded = "" if row.gdp_recorded is None else f" (recorded {_millions(row.gdp_recorded)})"
    lines = [
        f"{row.state}  {row.name}, in {name}; money in US$ million a year",
        f"GDP {_millions(row.gdp)}{recorded}, exports {_millions(row.exports)}, imports {_millions(row.imports)}, "
        f"openness {row.openness:.2f}, imports less exports {_millions(view.imbalance)}",
        "",
        *_dependence("Sells most", "buyer", "of its exports of it", "of its output of it", view.export_dependence),
        "",
        *_dependence("Buys most", "supplier", "of its imports of it", "of all it buys of it", view.import_dependence),
        "",
        "Partners",
    ]
    partners = [
        [
            p.partner,
            p.name,
            _millions(p.exports),
            _two(p.exports_pct_gdp),
            _millions(p.imports),
            _two(p.imports_pct_gdp),
        ]
        for p in view.partners
    ]
    lines += aligned([["state", "name", "exports to", "% of GDP", "imports from", "% of GDP"], *partners], (0, 1))
    ties = [[t.partner, t.type, f"{t.strength:.2f}", t.since, t.commitment] for t in view.ties]
    lines += (
        ["", "Commitments", *aligned([["with", "type", "strength", "since", "name"], *ties], (0, 1, 3, 4))]
        if ties
        else []
    )
    lines += ["", f"Groups: {', '.join(view.groups) or 'none'}"]
    if view.competitors:
        lines.append(f"Principal competitors: {', '.join(view.competitors)}")
    if view.ideal_point is not None:
        lines.append(f"Ideal point (UN votes): {view.ideal_point:.2f}")
    return "\n".join(lines)


def _dependence(title: str, partner: str, of_trade: str, of_total: str, rows: Sequence[Dependence]) -> list[str]:
    """One table of a state's largest sales or purchases."""
    cells = [
        [
            d.sector,
            d.partner,
            _millions(d.value),
            _percent(d.share_of_trade),
            _percent(d.share_of_total),
            _two(d.pct_gdp),
        ]
        for d in rows
    ]
    return [title, *aligned([["good", partner, "value", of_trade, of_total, "% of GDP"], *cells], (0, 1))]


def _millions(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:,.0f}"


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"


def _two(value: float) -> str:
    return f"{value:.2f}"
