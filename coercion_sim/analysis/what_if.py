"""Effects of a set of measures: one deterministic shock to a world, in the long run or quarter by quarter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coercion_sim.analysis.compare.policy_effects import RECORD_WINDOW, diverted_share
from coercion_sim.analysis.records import Tabular, flat
from coercion_sim.arrays import Array, ratio
from coercion_sim.economy import (
    KINDS,
    EconomyParameters,
    Equilibrium,
    Measure,
    compile_shock,
    next_quarter,
    solve_equilibrium,
    solve_shares_left,
    start_market,
)
from coercion_sim.wording import count
from coercion_sim.world import World

LONG_RUN = "long run"


@dataclass(frozen=True)
class StateEffect:
    """Effects on one state in one period.

    `real_income` in pct_gdp (percent of its own baseline GDP); `real_factor_income`, `real_gdp` and `exports` (net of
    tariffs, current prices) as percent changes. NaN for exports that were zero.
    """

    period: str
    state: str
    real_income: float
    real_factor_income: float
    real_gdp: float
    exports: float


@dataclass(frozen=True)
class FlowEffect:
    """Effects on the hindered flows of one exporter in one sector: quantities are US$ million a year, baseline prices.

    Attributes
    ----------
    importer
        The importer; several joined by ``+``, where measures hinder the way to each.
    lost
        Fall of the exporter's sales to these importers.
    gained
        Rise of its sales to all other foreign buyers.
    diverted
        ``gained / lost``; NaN where nothing was lost.
    gainers
        Foreign buyers that take more, with how much, largest first.
    """

    period: str
    sector: str
    exporter: str
    importer: str
    lost: float
    gained: float
    diverted: float
    gainers: tuple[tuple[str, float], ...]


@dataclass(frozen=True, repr=False)
class WhatIf(Tabular):
    """Answer to a what-if: effects by period and state, and on the flows the measures hinder."""

    world: str
    measures: tuple[Measure, ...]
    periods: tuple[str, ...]
    states: tuple[StateEffect, ...]
    flows: tuple[FlowEffect, ...]

    @property
    def headline(self) -> str:
        """World, measures and periods."""
        return f"{self.world}: {count(len(self.measures), 'measure')}, {count(len(self.periods), 'period')}"

    def records(self) -> list[dict[str, Any]]:
        """One record for each state and period."""
        return [flat(effect) for effect in self.states]

    def of_period(self, period: str) -> tuple[StateEffect, ...]:
        """States in one period, most affected first (by the size of the change of real income)."""
        return tuple(sorted((s for s in self.states if s.period == period), key=lambda s: -abs(s.real_income)))


def what_if(
    world: World, measures: Sequence[Measure], *, parameters: EconomyParameters | None = None, quarters: int = 0
) -> WhatIf:
    """Compute the effects of measures on a world.

    Parameters
    ----------
    measures
        A share left is solved for with all of them in force. Over quarters they act by their own dates, the first
        quarter being 0; in the long run those without an end do, at full strength, or all where every one ends.
    quarters
        0 solves the long run alone (model.md §2); else so many quarters of adjustment (section 3) come before it.
        Flows are then the mean of quarters 2 to 5, as the record is measured, and of the long run.

    Raises
    ------
    MeasureError, NoSupplierError, ConvergenceError
        As the economy does.
    """
    measures = solve_shares_left(world, measures, parameters)
    lasting = [m for m in measures if m.until is None] or measures
    settled = solve_equilibrium(world, lasting, parameters=parameters)
    path: list[Equilibrium] = []
    market = start_market(world, parameters)
    for quarter in range(quarters):
        market = next_quarter(market, compile_shock(world, measures, quarter))
        path.append(market.equilibrium)
    periods = [(f"quarter {q + 1}", equilibrium) for q, equilibrium in enumerate(path)] + [(LONG_RUN, settled)]
    states = tuple(effect for period, equilibrium in periods for effect in state_effects(period, equilibrium))
    flows: tuple[FlowEffect, ...] = ()
    first, last = RECORD_WINDOW
    if len(path) >= first:
        last = min(last, len(path))
        flows += flow_effects(
            world, measures, path[first - 1 : last], f"quarters {first}-{last}" if last > first else f"quarter {first}"
        )
    flows += flow_effects(world, lasting, [settled], LONG_RUN)
    return WhatIf(world.name, measures, tuple(period for period, _ in periods), states, flows)


def state_effects(period: str, equilibrium: Equilibrium) -> tuple[StateEffect, ...]:
    """Effects on every state of one equilibrium, in the world's order."""
    world = equilibrium.world
    before = world.foreign.sum(axis=(0, 2))
    exports = ratio(equilibrium.exports, before, np.nan)
    columns = (
        equilibrium.welfare_pct_gdp,
        100.0 * (equilibrium.real_factor_income_hat - 1.0),
        100.0 * (equilibrium.real_gdp_hat - 1.0),
        100.0 * (exports - 1.0),
    )
    return tuple(
        StateEffect(period, state, *(float(column[i]) for column in columns)) for i, state in enumerate(world.states)
    )


def flow_effects(
    world: World, measures: Iterable[Measure], equilibria: Sequence[Equilibrium], period: str, gainers: int = 5
) -> tuple[FlowEffect, ...]:
    """Effects on the flows these measures hinder, by sector and exporter, largest loss first; means over equilibria."""
    volume = np.mean([e.quantities for e in equilibria], axis=0)
    change: Array = volume - world.flows
    effects = []
    closed: dict[tuple[int, int], list[int]] = {}
    for j, x, m in hindered(world, measures):
        closed.setdefault((j, x), []).append(m)
    for (j, x), importers in closed.items():
        others = [n for n in range(len(world.states)) if n != x and n not in importers]
        lost = -float(change[j, x, importers].sum())
        rises = sorted(
            ((world.states[n], float(change[j, x, n])) for n in others if change[j, x, n] > 0), key=lambda g: -g[1]
        )
        gained = float(change[j, x, others].sum())
        diverted = float(diverted_share([lost], [gained]))
        labels = (world.sectors[j], world.states[x], "+".join(world.states[m] for m in importers))
        effects.append(FlowEffect(period, *labels, lost, gained, diverted, tuple(rises[:gainers])))
    return tuple(sorted(effects, key=lambda e: -e.lost))


def hindered(world: World, measures: Iterable[Measure]) -> tuple[tuple[int, int, int], ...]:
    """Positions (sector, exporter, importer) of the baseline flows that some measure bans, taxes or burdens."""
    cells: dict[tuple[int, int, int], None] = {}
    for measure in measures:
        kind = KINDS[measure.kind]
        if kind.side == "none" or measure.kind in ("import_subsidy", "facilitation"):
            continue
        by, on = world.state_index(measure.by), world.state_index(measure.on)
        exporter, importer = (by, on) if kind.side == "exporter" else (on, by)
        for j in world.sector_indices(measure.sectors):
            if world.flows[j, exporter, importer] > 0:
                cells[int(j), exporter, importer] = None
    return tuple(cells)
