"""What the measures of a scenario cost whom, over the draws of its uncertain numbers: first year and long run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from coercion_sim.analysis.compare.policy_effects import diverted_share
from coercion_sim.analysis.records import Tabular
from coercion_sim.analysis.what_if import LONG_RUN, FlowEffect, hindered, what_if
from coercion_sim.arrays import Array
from coercion_sim.economy import Measure
from coercion_sim.experiments import Progress, make_design
from coercion_sim.world import World

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

FIRST_YEAR = "first year"
PERIODS = (FIRST_YEAR, LONG_RUN)
#: Quarters of the first year.
_YEAR = 4


@dataclass(frozen=True)
class Range:
    """A mean over draws and their 5 and 95 % quantiles."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, eq=False, repr=False)
class Cost(Tabular):
    """What measures cost.

    Attributes
    ----------
    title, world, year
        Of the scenario; name of its world and the year of its data.
    measures
        Those of the scenario, at the default of every uncertain number.
    coercers, targets
        States that act, and are acted on, in the order of the measures.
    names, gdp
        State -> name, and GDP in US$ million a year.
    draws
        Number of draws.
    income : (draws, len(PERIODS), N)
        Change of real income, pct_gdp: mean of the first four quarters in force, and in the long run.
    hit : (sectors)
        Sector -> baseline value of the flows the measures hinder, US$ million a year, largest first.
    base
        Baseline exports of the target, or its imports, US$ million a year, where all measures hit those; else NaN.
    lost : (draws,)
        Volume of the flows hit that is lost in the long run, US$ million a year at baseline prices.
    sellers
        States whose sales of what is lost to others are counted: the targets where they sell, else all that do.
    diverted_by_draw : (draws,)
        What their other foreign buyers take more, as a share of what they lose; NaN where they lose nothing.
    gainers
        State -> volume it buys more of them, mean over draws, largest first.
    uncertain
        Keys drawn.
    """

    title: str
    world: str
    year: int | None
    measures: tuple[Measure, ...]
    coercers: tuple[str, ...]
    targets: tuple[str, ...]
    states: tuple[str, ...]
    names: dict[str, str]
    gdp: dict[str, float]
    draws: int
    income: Array
    hit: dict[str, float]
    base: float
    lost: Array
    sellers: tuple[str, ...]
    diverted_by_draw: Array
    gainers: dict[str, float]
    uncertain: tuple[str, ...]

    @property
    def headline(self) -> str:
        """World, measures, draws."""
        return f"{self.world}: {self.title}, {self.draws} draws"

    def of(self, state: str, period: str) -> Range:
        """Change of a state's real income in one of `PERIODS`, pct_gdp."""
        return spread(self.income[:, PERIODS.index(period), self.states.index(state)])

    @property
    def others(self) -> tuple[str, ...]:
        """States that neither act nor are acted on, those that change most in the long run first."""
        size = np.abs(self.income[:, PERIODS.index(LONG_RUN)].mean(axis=0))
        parties = {*self.coercers, *self.targets}
        return tuple(s for _, s in sorted(zip(-size, self.states, strict=True)) if s not in parties)

    @property
    def diverted(self) -> Range:
        """Share of the volume lost that is sold to others; NaN where nothing is lost."""
        return spread(self.diverted_by_draw)

    def records(self) -> list[dict[str, Any]]:
        """One record for each state and period."""
        rows = []
        for state in self.states:
            for period in PERIODS:
                x = self.of(state, period)
                usd = x.mean / 100.0 * self.gdp[state]
                row = {"state": state, "name": self.names[state], "period": period, "real_income_pct_gdp": x.mean}
                rows.append(row | {"low": x.low, "high": x.high, "us_million_a_year": usd})
        return rows

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        plain = {name: getattr(self, name) for name in ("title", "world", "year", "coercers", "targets", "draws")}
        trade = {"hit": self.hit, "lost": spread(self.lost), "diverted_share": self.diverted, "gainers": self.gainers}
        return plain | {"uncertain": self.uncertain, "trade": trade, "states": self.records()}


def spread(values: Sequence[float] | Array) -> Range:
    """Mean and 5 to 95 % range of values by draw; NaN are left out."""
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    if not len(known):
        return Range(np.nan, np.nan, np.nan)
    low, high = np.quantile(known, [0.05, 0.95])
    return Range(float(known.mean()), float(low), float(high))


def cost_of_measures(
    scenario: Scenario, world: World, *, draws: int = 32, seed: int | None = None, progress: Progress | None = None
) -> Cost:
    """Compute what the scripted measures of a scenario cost every state, in each draw of its uncertain numbers.

    Nobody answers. Draw k is that of replicate k of `compare`; all measures count as in force from the first quarter.

    Parameters
    ----------
    draws
        Number of draws; one where the scenario has no uncertain number.
    progress
        Called with (draws done, draws in all, 0).

    Raises
    ------
    InvalidInput, ConvergenceError
        As the economy does.
    """
    design = make_design(scenario, replicates=draws if scenario.uncertain else 1, seed=seed)
    measures = scenario.measures_as_data()
    targets = tuple(dict.fromkeys(m.on for m in measures))
    at = hindered(world, measures)
    sellers = _sellers(world, targets, at)
    income = np.empty((design.replicates, len(PERIODS), len(world.states)))
    lost, diverted = np.empty((2, design.replicates))
    gainers: dict[str, float] = {}
    for k in range(design.replicates):
        income[k], flows = _in_draw(scenario.with_values(design.of_replicate(k)), world)
        lost[k] = _lost(flows)
        sold = [flow for flow in flows if flow.exporter in sellers]
        diverted[k] = float(diverted_share([_lost(sold)], [sum(f.gained for f in sold)]))
        for state, gain in chain.from_iterable(flow.gainers for flow in sold):
            gainers[state] = gainers.get(state, 0.0) + gain / design.replicates
        if progress is not None:
            progress(k + 1, design.replicates, 0)
    return Cost(
        title=scenario.title or scenario.name, world=world.name, year=world.year, measures=measures,
        coercers=tuple(dict.fromkeys(m.by for m in measures)), targets=targets, states=world.states,
        names={s: world.state_names.get(s, s) for s in world.states},
        gdp=dict(zip(world.states, world.baseline.gdp.tolist(), strict=True)),
        draws=design.replicates, income=income, hit=_hit(world, at), base=_base(world, targets, at), lost=lost,
        sellers=sellers, diverted_by_draw=diverted, gainers=_largest_first(gainers),
        uncertain=tuple(u.path for u in scenario.uncertain),
    )  # fmt: skip


def _lost(flows: Sequence[FlowEffect]) -> float:
    return sum(flow.lost for flow in flows)


def _sellers(world: World, targets: Sequence[str], at: Sequence[tuple[int, int, int]]) -> tuple[str, ...]:
    """Targets that sell what is hit; where none does, all that sell it."""
    exporters = tuple(dict.fromkeys(world.states[x] for _, x, _ in at))
    return tuple(s for s in exporters if s in targets) or exporters


def _hit(world: World, at: Sequence[tuple[int, int, int]]) -> dict[str, float]:
    """Baseline value of the flows hit by sector, largest first."""
    hit: dict[str, float] = {}
    for j, x, m in at:
        hit[world.sectors[j]] = hit.get(world.sectors[j], 0.0) + float(world.flows[j, x, m])
    return _largest_first(hit)


def _largest_first(values: dict[str, float]) -> dict[str, float]:
    return dict(sorted(values.items(), key=lambda item: -item[1]))


def _in_draw(drawn: Scenario, world: World) -> tuple[Array, list[FlowEffect]]:
    """Change of real income, (len(PERIODS), N), and the flows hit in the long run, in one draw."""
    answer = what_if(
        drawn.apply_to(world), drawn.measures_as_data(), parameters=drawn.economy_parameters(), quarters=_YEAR
    )
    table = np.array([s.real_income for s in answer.states]).reshape(_YEAR + 1, -1)
    flows = [flow for flow in answer.flows if flow.period == LONG_RUN]
    return np.array([table[:_YEAR].mean(axis=0), table[_YEAR]]), flows


def _base(world: World, targets: Sequence[str], at: Sequence[tuple[int, int, int]]) -> float:
    """Exports of a single target where only these are hit, its imports where only these are; NaN for any other case."""
    if len(targets) > 1:
        return np.nan
    t = world.state_index(targets[0])
    if all(x == t for _, x, _ in at):
        return float(world.foreign[:, t, :].sum())
    return float(world.foreign[:, :, t].sum()) if all(m == t for _, _, m in at) else np.nan
