"""The record experiment of model.md §8: what was done, how diversion is read off, and the bands it is held to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from coercion_sim.economy import EconomyParameters, Equilibrium, Measure, compile_shock, next_quarter, start_market
from coercion_sim.world import World

#: Share of Australia's competitiveness in China left open, by good.
OPEN = {
    "barley": 0.0,
    "copper_ores": 0.0,
    "coal": 0.02,
    "logs": 0.02,
    "wine": 0.03,
    "lobster": 0.05,
    "cotton": 0.4,
    "beef": 0.65,
}
#: Elasticity of substitution between inputs, the default of australia-2020.
SIGMA = 0.3
#: Diverted share, mean of quarters 2-5. Beef was read off its own flow and its herd was being rebuilt: not judged.
DIVERTED = {
    "coal": (0.65, 1.05),
    "barley": (0.65, 1.05),
    "cotton": (0.65, 1.05),
    "copper_ores": (0.5, 1.0),
    "wine": (0.15, 0.40),
    "lobster": (0.2, 0.65),
    "logs": (0.1, 0.55),
}
BULK, OTHER = ("coal", "barley", "cotton", "copper_ores"), ("wine", "lobster", "logs")
SPARED = ("iron_ore", "lng", "wool")
#: Quarters held, and those judged (quarters 2 to 5, counted from 0).
HELD = 9
JUDGED = slice(1, 5)
AUS_INCOME, CHN_INCOME, AUS_REAL_GDP = (-0.30, -0.10), (-0.01, 0.0), 0.02


@dataclass(frozen=True)
class Record:
    """Quarters of the run with the bans, and the same run without them. Percent where not shares."""

    world: World
    quarters: tuple[Equilibrium, ...]
    without: tuple[Equilibrium, ...]

    @cached_property
    def change(self) -> np.ndarray:
        """Quantities sold by Australia, with less without, (quarters, S, N)."""
        t = self.world.state_index("AUS")
        pairs = zip(self.quarters, self.without, strict=True)
        return np.array([now.quantities[:, t] - before.quantities[:, t] for now, before in pairs])

    @cached_property
    def elsewhere(self) -> list[int]:
        """Positions of the foreign buyers other than China."""
        return [n for n, s in enumerate(self.world.states) if s not in ("AUS", "CHN")]

    def diverted(self, good: str) -> float:
        """Gain in quantity sold to other foreign buyers over quantity lost in China, mean of the judged quarters."""
        change = self.change[JUDGED, self.world.sectors.index(good)]
        return float(np.mean(change[:, self.elsewhere].sum(axis=1) / -change[:, self.world.state_index("CHN")]))

    def gainers(self, good: str) -> list[str]:
        """Foreign buyers other than China by the quantity they gained, largest first."""
        gained = self.change[JUDGED, self.world.sectors.index(good)].mean(axis=0)
        return [self.world.states[n] for n in sorted(self.elsewhere, key=lambda n: -gained[n])]

    def income(self, state: str) -> float:
        """Change of real income, mean of the judged quarters, percent of GDP."""
        n = self.world.state_index(state)
        return float(np.mean([e.welfare_pct_gdp[n] for e in self.quarters[JUDGED]]))

    def real_gdp(self, state: str) -> np.ndarray:
        """Change of real GDP from quarter 2 on, percent, (HELD - 1,)."""
        n = self.world.state_index(state)
        return np.array([100.0 * (e.real_gdp_hat[n] - 1.0) for e in self.quarters[1:]])

    def spared(self, good: str) -> float:
        """Largest change of Australia's sales of a good to China, or to the world, fraction of their baseline."""
        j, t = self.world.sectors.index(good), self.world.state_index("AUS")
        base = self.without[0].quantities[j, t]
        to_china = self.change[:, j, self.world.state_index("CHN")] / base[self.world.state_index("CHN")]
        return float(max(np.abs(to_china).max(), np.abs(self.change[:, j].sum(axis=1) / base.sum()).max()))


def run_record(world: World, **parameters: Any) -> Record:
    """Put the bans in force in quarter 1 and hold them; parameters as in `EconomyParameters`, sigma `SIGMA`."""
    bans = [Measure("import_ban", "CHN", "AUS", (good,), left, name=good) for good, left in OPEN.items()]
    runs = []
    for measures in (bans, []):
        market = start_market(world, EconomyParameters(**{"input_substitution": SIGMA} | parameters))
        quarters = []
        for quarter in range(HELD):
            market = next_quarter(market, compile_shock(world, measures, quarter))
            quarters.append(market.equilibrium)
        runs.append(tuple(quarters))
    return Record(world, *runs)


def violations(record: Record) -> dict[str, str]:
    """Every band and ordering of model.md §8 that the run misses: what -> what was found."""
    share = {good: record.diverted(good) for good in DIVERTED}
    missed = {
        f"diverted {good}": f"{share[good]:.3f} outside {low:g} to {high:g}"
        for good, (low, high) in DIVERTED.items()
        if not low <= share[good] <= high
    }
    missed |= {
        f"{bulk} above {other}": f"{share[bulk]:.3f} against {share[other]:.3f}"
        for bulk in BULK
        for other in OTHER
        if not share[bulk] > share[other]
    }
    coal, barley = record.gainers("coal")[:5], record.gainers("barley")[0]
    if not {"IND", "KOR", "JPN"} <= set(coal):
        missed["coal's gainers"] = ", ".join(coal)
    if barley != "SAU":
        missed["barley's first gainer"] = barley
    for state, (low, high) in (("AUS", AUS_INCOME), ("CHN", CHN_INCOME)):
        if not low <= record.income(state) <= high:
            missed[f"real income of {state}"] = f"{record.income(state):.4f} outside {low:g} to {high:g}"
    worst = record.real_gdp("AUS")[np.abs(record.real_gdp("AUS")).argmax()]
    if not abs(worst) <= AUS_REAL_GDP:
        missed["real GDP of AUS"] = f"{worst:.4f} %"
    return missed
