"""What the panels show: plain numbers and words of the quarters played so far, apart from the model they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from coercion_sim.dashboard.logbook import Entry
from coercion_sim.dashboard.setting import Setting
from coercion_sim.economy import Measure
from coercion_sim.model import QuarterRecord

Array = npt.NDArray[np.float64]


#: What the solver leaves: a change below this is none. Percent of GDP, and US$ million a year.
NOISE_PCT, NOISE_USD = 1e-7, 0.1


@dataclass(frozen=True)
class Acting:
    """A measure in force: who, on whom, what in words, and why (``coercion`` or the purpose of an answer)."""

    by: str
    on: str
    what: str
    purpose: str


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A run as far as it has come. N states, Q quarters played.

    Attributes
    ----------
    states
        Codes of the states, in the order of the arrays.
    size : (N,)
        GDP of the baseline, US$ million a year.
    income, effect, burden : (Q, N)
        Change of real income against the baseline; the part of it due to coercion and the answers to it; income lost to
        own answers. Percent of own GDP.
    pressed : (Q,)
        Whether any coercive measure was in force.
    trade : (N, N)
        Goods and services sold by row to column in the last quarter less in the baseline, US$ million a year.
    acting
        Measures in force in the last quarter, pressure first.
    log
        What happened, oldest first.
    """

    states: tuple[str, ...]
    size: Array
    income: Array
    effect: Array
    burden: Array
    pressed: tuple[bool, ...]
    trade: Array
    acting: tuple[Acting, ...]
    log: tuple[Entry, ...]

    @property
    def played(self) -> int:
        """Quarters played."""
        return len(self.pressed)

    def now(self, series: Array, state: str) -> float:
        """Value of a series for a state in the last quarter; 0 before the first."""
        return float(series[-1, self.states.index(state)]) if self.played else 0.0

    def mean(self, series: Array, state: str) -> float:
        """Mean of a series for a state over the quarters played; 0 before the first."""
        return float(series[:, self.states.index(state)].mean()) if self.played else 0.0


def blank(setting: Setting, log: tuple[Entry, ...] = ()) -> Snapshot:
    """Before the first quarter."""
    count = len(setting.world.states)
    none = np.zeros((0, count))
    size = np.asarray(setting.world.baseline.gdp, dtype=np.float64)
    return Snapshot(setting.world.states, size, none, none, none, (), np.zeros((count, count)), (), log)


def after(before: Snapshot, record: QuarterRecord, setting: Setting, entries: tuple[Entry, ...]) -> Snapshot:
    """One quarter on. Real income and its parts are those of the table `states` of results."""
    now, without = record.actual, record.without
    income = now.welfare_pct_gdp - record.adjustment - record.toll.cooperation_loss
    effect = now.welfare_pct_gdp - without.welfare_pct_gdp
    trade = now.flows.sum(axis=0) - setting.world.flows.sum(axis=0)
    np.fill_diagonal(trade, 0.0)
    trade[np.abs(trade) < NOISE_USD] = 0.0
    return replace(
        before,
        income=np.vstack((before.income, income)),
        effect=np.vstack((before.effect, effect)),
        burden=np.vstack((before.burden, record.burden)),
        pressed=(*before.pressed, bool(record.pressed)),
        trade=trade,
        acting=tuple(_acting(m, setting) for m in (*record.pressed, *record.taken)),
        log=(*before.log, *entries),
    )


def _acting(m: Measure, setting: Setting) -> Acting:
    from coercion_sim.dashboard.logbook import what_it_is

    return Acting(m.by, m.on, what_it_is(m, setting), m.purpose)


def ties(acting: tuple[Acting, ...]) -> Mapping[tuple[str, str], bool]:
    """(by, on) -> whether any of the measures between them is pressure; words only are left out."""
    found: dict[tuple[str, str], bool] = {}
    for m in acting:
        if m.purpose != "statement":
            found[m.by, m.on] = found.get((m.by, m.on), False) or m.purpose == "coercion"
    return found
