"""Who depends on whom for what: plain rows read off a world, for the command line to print."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from coercion_sim.arrays import Array, quotient
from coercion_sim.world.world import World


@dataclass(frozen=True)
class StateRow:
    """One state in the table of a world. Money in US$ million a year; `openness` = (exports + imports) / GDP."""

    state: str
    name: str
    gdp: float
    gdp_recorded: float | None
    gross_output: float
    exports: float
    imports: float
    openness: float


@dataclass(frozen=True)
class SectorRow:
    """One sector in the table of a world. World exports in US$ million a year; theta is the trade elasticity."""

    sector: str
    name: str
    tags: tuple[str, ...]
    theta: float
    world_exports: float
    traded_share: float
    largest_exporter: str
    largest_share: float


@dataclass(frozen=True)
class WorldView:
    """A world at a glance: one row per state and per sector, in the world's order."""

    name: str
    year: int | None
    states: tuple[StateRow, ...]
    sectors: tuple[SectorRow, ...]


@dataclass(frozen=True)
class Dependence:
    """How much a state's sales or purchases of one good depend on one partner.

    Attributes
    ----------
    value
        US$ million a year.
    share_of_trade
        Of the state's exports of the good (an export row), or of its imports (an import row).
    share_of_total
        Of the state's output of the good, home sales included, or of all it buys of it.
    pct_gdp
        Value in percent of the state's GDP (that of the world, V + R).
    """

    sector: str
    name: str
    partner: str
    value: float
    share_of_trade: float
    share_of_total: float
    pct_gdp: float


@dataclass(frozen=True)
class Partner:
    """Trade of a state with one partner, all sectors, US$ million a year and percent of the state's GDP."""

    partner: str
    name: str
    exports: float
    imports: float
    exports_pct_gdp: float
    imports_pct_gdp: float


@dataclass(frozen=True)
class Tie:
    """One commitment of a state: with whom, of what type, how strong (0 to 1), its name and year."""

    partner: str
    type: str
    strength: float
    commitment: str
    since: str


@dataclass(frozen=True)
class StateView:
    """One state at a glance: its economy, partners, dependences (largest first) and ties."""

    row: StateRow
    imbalance: float
    ideal_point: float | None
    partners: tuple[Partner, ...]
    export_dependence: tuple[Dependence, ...]
    import_dependence: tuple[Dependence, ...]
    ties: tuple[Tie, ...]
    groups: tuple[str, ...]
    competitors: tuple[str, ...]


def show_world(world: World) -> WorldView:
    """Return one row per state and per sector."""
    exports, imports = world.foreign.sum(axis=(0, 2)), world.foreign.sum(axis=(0, 1))
    return WorldView(
        world.name,
        world.year,
        tuple(_state_row(world, n, float(exports[n]), float(imports[n])) for n in range(len(world.states))),
        tuple(_sector_row(world, j, world.foreign[j]) for j in range(len(world.sectors))),
    )


def show_state(world: World, state: str, top: int = 10) -> StateView:
    """Return the economy, partners, dependences and ties of one state; `top` rows in each list of trade.

    Raises
    ------
    WorldError
        For a state the world does not have.
    """
    n = world.state_index(state)
    state = world.states[n]
    out, into = world.foreign[:, n, :], world.foreign[:, :, n]
    gdp = float(world.baseline.gdp[n])
    sales, spending = world.flows[:, n, :].sum(axis=1), world.flows[:, :, n].sum(axis=1)
    total_out, total_in = out.sum(axis=0), into.sum(axis=0)
    order = [int(i) for i in np.argsort(-(total_out + total_in), kind="stable") if total_out[i] + total_in[i] > 0][:top]
    return StateView(
        row=_state_row(world, n, float(out.sum()), float(into.sum())),
        imbalance=float(world.baseline.imbalance[n]),
        ideal_point=_recorded(world.ideal_point, n),
        partners=tuple(
            Partner(
                world.states[i],
                world.state_names.get(world.states[i], world.states[i]),
                float(total_out[i]),
                float(total_in[i]),
                100.0 * float(total_out[i]) / gdp,
                100.0 * float(total_in[i]) / gdp,
            )
            for i in order
        ),
        export_dependence=_dependences(world, out, sales, gdp, top),
        import_dependence=_dependences(world, into, spending, gdp, top),
        ties=_ties(world, state),
        groups=tuple(group for group, members in world.groups.items() if state in members),
        competitors=tuple(world.competitors.get(state, ())),
    )


def _recorded(values: Array | None, n: int) -> float | None:
    """Return a recorded attribute, or None where it is missing."""
    return None if values is None or math.isnan(values[n]) else float(values[n])


def _state_row(world: World, n: int, exports: float, imports: float) -> StateRow:
    state, gdp = world.states[n], float(world.baseline.gdp[n])
    return StateRow(
        state=state,
        name=world.state_names.get(state, state),
        gdp=gdp,
        gdp_recorded=_recorded(world.gdp_recorded, n),
        gross_output=float(world.baseline.sales[:, n].sum()),
        exports=exports,
        imports=imports,
        openness=(exports + imports) / gdp,
    )


def _sector_row(world: World, j: int, foreign: Array) -> SectorRow:
    sector, by_exporter, sales = world.sectors[j], foreign.sum(axis=1), float(world.flows[j].sum())
    total, best = float(by_exporter.sum()), int(np.argmax(by_exporter))
    return SectorRow(
        sector=sector,
        name=world.sector_names.get(sector, sector),
        tags=tuple(world.tags.get(sector, ())),
        theta=float(world.trade_elasticity[j]),
        world_exports=total,
        traded_share=quotient(total, sales),
        largest_exporter=world.states[best] if total > 0 else "",
        largest_share=quotient(float(by_exporter[best]), total),
    )


def _dependences(world: World, trade: Array, total: Array, gdp: float, top: int) -> tuple[Dependence, ...]:
    """Largest cells of a state's trade, (S, N), with their shares of its trade in the good and of `total` (S,)."""
    by_sector = trade.sum(axis=1)
    largest = np.argsort(-trade, axis=None, kind="stable")[:top]
    cells = [(int(at) // trade.shape[1], int(at) % trade.shape[1]) for at in largest]
    return tuple(
        Dependence(
            sector=world.sectors[j],
            name=world.sector_names.get(world.sectors[j], world.sectors[j]),
            partner=world.states[i],
            value=float(trade[j, i]),
            share_of_trade=float(trade[j, i] / by_sector[j]),
            share_of_total=float(trade[j, i] / total[j]),
            pct_gdp=100.0 * float(trade[j, i]) / gdp,
        )
        for j, i in cells
        if trade[j, i] > 0
    )


def _ties(world: World, state: str) -> tuple[Tie, ...]:
    """Return the commitments of a state, strongest first."""
    ties = [
        Tie(link.b if link.a == state else link.a, link.type, link.strength, link.commitment, link.since)
        for link in world.alliances
        if state in (link.a, link.b)
    ]
    return tuple(sorted(ties, key=lambda tie: (-tie.strength, world.state_index(tie.partner))))
