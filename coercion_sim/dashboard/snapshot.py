"""Data of the panels: numbers of the quarters played so far and the log in words, apart from their model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from coercion_sim.dashboard.setting import Setting
from coercion_sim.economy import Measure
from coercion_sim.model import CoercionModel, QuarterRecord
from coercion_sim.wording import capital, listing, number, percent

#: Goods named one by one in a line of the log; of more, only their number.
_MOST_GOODS = 3

#: Decision of a government, by its move.
_MOVES = {
    "press": "whether to press",
    "package": "which measures to threaten",
    "answer": "how to respond to the demand",
    "impose": "whether to carry out the threat",
    "help": "whether to help",
    "review": "whether to go on resisting",
    "accept": "whether to accept a settlement",
    "lift": "whether to lift the measures",
}


@dataclass(frozen=True)
class Entry:
    """One line of the log.

    Attributes
    ----------
    quarter
        Counted from 0; -1 before the first.
    who, on
        States, by code; `on` is empty where it concerns nobody else.
    kind
        ``pressure``, ``answer``, ``decision`` or ``policy``.
    text
        Event in words.
    """

    quarter: int
    who: str
    on: str
    kind: str
    text: str


def at_start(model: CoercionModel) -> tuple[Entry, ...]:
    """Decisions of the policy before the first quarter."""
    notes = dict.fromkeys((*model.prepared.notes, *model.amended))
    facts = tuple(_fact(-1, *fact) for fact in model.prepared.facts)
    return tuple(Entry(-1, state, "", "policy", _note(event, text)) for event, state, text in notes) + facts


def of_last_quarter(model: CoercionModel, setting: Setting) -> tuple[Entry, ...]:
    """Entries of the last quarter: decisions first, then measures that began and ended."""
    record = model.history[-1]
    previous = model.history[-2] if len(model.history) > 1 else None
    entries = list(_decisions(model, record.quarter))
    notes = (note for quarter, note in model.notes if quarter == record.quarter)
    entries += [Entry(record.quarter, state, "", "policy", _note(event, text)) for event, state, text in notes]
    then = () if previous is None else previous.pressed
    entries += _changes(record.quarter, record.pressed, then, "pressure", setting)
    then = () if previous is None else previous.taken
    entries += _changes(record.quarter, record.taken, then, "answer", setting)
    return tuple(entries)


def what_it_is(m: Measure, setting: Setting) -> str:
    """Write a measure in words: kind, goods and size."""
    words = m.kind.replace("_", " ")
    if len(m.sectors) > _MOST_GOODS:
        words += f" on {len(m.sectors)} goods"
    elif m.sectors:
        words += f" on {listing([setting.sector(s).lower() for s in m.sectors])}"
    return words + _size(m)


def _size(m: Measure) -> str:
    """Size of a measure, with its unit."""
    if m.kind in ("import_tariff", "import_subsidy"):
        return f", {percent(m.size)}"
    if m.kind in ("import_ban", "export_ban"):
        return f", {percent(m.size) if m.size else 'nothing'} left open"
    if m.kind == "transfer":
        return f" of US$ {number(m.size)} million a year"
    if m.kind in ("military", "disinformation"):
        return f", loss {number(m.size)} % of GDP a year"
    return "" if m.kind == "statement" else f", cost of trade × {number(m.size)}"


def _changes(
    quarter: int, now: Sequence[Measure], then: Sequence[Measure], kind: str, setting: Setting
) -> Iterator[Entry]:
    """Entries for measures newly in force and no longer in force."""
    here, there = ({(m.name, m.kind, m.by, m.on): m for m in measures} for measures in (now, then))
    for key, m in here.items():
        if key not in there:
            begins = "" if m.kind == "statement" else " begins"
            yield Entry(quarter, m.by, m.on, kind, f"{capital(what_it_is(m, setting))}{begins}")
    for key, m in there.items():
        if key not in here and m.kind != "statement":
            yield Entry(quarter, m.by, m.on, kind, f"{capital(what_it_is(m, setting))} ends")


def _decisions(model: CoercionModel, quarter: int) -> Iterator[Entry]:
    """Entries for the choices of governments in their disputes, with their probabilities."""
    if model.diplomacy is None:
        return
    for dispute in model.diplomacy.disputes:
        for d in dispute.decisions:
            if d.quarter == quarter:
                odds = d.option.probability
                on = d.target if d.mover != d.target else d.coercer
                decision = _MOVES.get(d.move, d.move)
                text = f"Decides {decision}: {d.chosen.replace('_', ' ')} (probability {odds:.2f})"
                yield Entry(quarter, d.mover, on, "decision", text)


def _note(event: str, text: str) -> str:
    return f"{capital(event.replace('_', ' '))}: {text}"


def _fact(quarter: int, fact: str, state: str, value: float) -> Entry:
    return Entry(quarter, state, "", "policy", f"{capital(fact.replace('_', ' '))}: {number(value)}")


Array = npt.NDArray[np.float64]


#: Residue of the solver: a smaller change is none. Percent of GDP, and US$ million a year.
NOISE_PCT, NOISE_USD = 1e-7, 0.1


@dataclass(frozen=True)
class Acting:
    """A measure in force: by, on, in words, and its purpose (``coercion`` or that of a response)."""

    by: str
    on: str
    what: str
    purpose: str


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A run up to its last quarter. N states, Q quarters played.

    Attributes
    ----------
    states
        Codes of the states, in the order of the arrays.
    size : (N,)
        GDP of the baseline, US$ million a year.
    income, effect, burden : (Q, N)
        Change of real income against the baseline; the part of it due to coercion and the responses; income lost to
        own responses. Percent of own GDP.
    pressed : (Q,)
        Whether any coercive measure was in force.
    trade : (N, N)
        Goods and services sold by row to column in the last quarter less in the baseline, US$ million a year.
    acting
        Measures in force in the last quarter, pressure first.
    log
        Entries, oldest first.
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
    return Acting(m.by, m.on, what_it_is(m, setting), m.purpose)


def ties(acting: tuple[Acting, ...]) -> Mapping[tuple[str, str], bool]:
    """(by, on) -> whether any of the measures between them is pressure; words only are left out."""
    pressing: dict[tuple[str, str], bool] = {}
    for m in acting:
        if m.purpose != "statement":
            pressing[m.by, m.on] = pressing.get((m.by, m.on), False) or m.purpose == "coercion"
    return pressing
