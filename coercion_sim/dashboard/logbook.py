"""The log: what began, what ended and what was decided in a quarter, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coercion_sim.dashboard.setting import Setting
from coercion_sim.economy import Measure
from coercion_sim.model import CoercionModel
from coercion_sim.wording import capital, listing, number, percent

#: Goods named one by one in a line of the log; of more, only how many there are.
_MOST_GOODS = 3

#: What a government was asked when it made each of its moves.
_MOVES = {
    "press": "whether to press",
    "package": "which measures to threaten",
    "answer": "how to answer the demand",
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
        Counted from 0; -1 for what was settled before the first.
    who, on
        States, by code; `on` is empty where it concerns nobody else.
    kind
        ``pressure``, ``answer``, ``decision`` or ``policy``.
    text
        What happened.
    """

    quarter: int
    who: str
    on: str
    kind: str
    text: str


def at_start(model: CoercionModel) -> tuple[Entry, ...]:
    """What the policy settled before the first quarter."""
    notes = dict.fromkeys((*model.prepared.notes, *model.amended))
    facts = tuple(_fact(-1, *fact) for fact in model.prepared.facts)
    return tuple(Entry(-1, state, "", "policy", _note(event, text)) for event, state, text in notes) + facts


def of_last_quarter(model: CoercionModel, setting: Setting) -> tuple[Entry, ...]:
    """What happened in the quarter just played: decisions first, then what began and what ended."""
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
    """Entries for what is in force anew and what no longer is."""
    here, there = ({(m.name, m.kind, m.by, m.on): m for m in measures} for measures in (now, then))
    for key, m in here.items():
        if key not in there:
            begins = "" if m.kind == "statement" else " begins"
            yield Entry(quarter, m.by, m.on, kind, f"{capital(what_it_is(m, setting))}{begins}")
    for key, m in there.items():
        if key not in here and m.kind != "statement":
            yield Entry(quarter, m.by, m.on, kind, f"{capital(what_it_is(m, setting))} ends")


def _decisions(model: CoercionModel, quarter: int) -> Iterator[Entry]:
    """Entries for what governments chose in their disputes, with the odds it had."""
    if model.diplomacy is None:
        return
    for dispute in model.diplomacy.disputes:
        for d in dispute.decisions:
            if d.quarter == quarter:
                odds = d.option.probability
                on = d.target if d.mover != d.target else d.coercer
                asked = _MOVES.get(d.move, d.move)
                text = f"Decides {asked}: {d.chosen.replace('_', ' ')} (probability {odds:.2f})"
                yield Entry(quarter, d.mover, on, "decision", text)


def _note(event: str, text: str) -> str:
    return f"{capital(event.replace('_', ' '))}: {text}"


def _fact(quarter: int, fact: str, state: str, value: float) -> Entry:
    return Entry(quarter, state, "", "policy", f"{capital(fact.replace('_', ' '))}: {number(value)}")
