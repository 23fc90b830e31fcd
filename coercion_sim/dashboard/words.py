"""Tables and headings of the page, as HTML: plain functions of a snapshot, so that they can be read and tested."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from coercion_sim.dashboard.adapter import DashboardModel
from coercion_sim.dashboard.setting import Setting
from coercion_sim.dashboard.snapshot import NOISE_PCT, Snapshot
from coercion_sim.wording import capital, number, policy_label

#: Lines of the table of measures and of the log; further ones are counted.
MOST_ACTING, MOST_ENTRIES = 60, 300

_KINDS = {"pressure": "Pressure", "answer": "Answer", "decision": "Decision", "policy": "Policy"}


def heading(model: DashboardModel) -> str:
    """Quarter, policy and luck in one line."""
    setting, played = model.setting, model.snapshot.played
    of = f"{played} of {len(setting.quarters)} quarters played"
    quarter = setting.quarters[played - 1] if played else f"before {setting.quarters[0]}"
    policy = escape(policy_label(model.policy))
    return (
        f'<span class="cs-quarter" id="cs-quarter">{quarter}</span>'
        f'<span class="cs-fact" id="cs-played">{of}</span>'
        f'<span class="cs-fact">Policy: <b id="cs-policy">{policy}</b></span>'
        f'<span class="cs-fact">Replicate <b>{model.replicate}</b>, seed <b>{setting.seed}</b></span>'
    )


def tiles(setting: Setting, now: Snapshot, before: Snapshot | None) -> str:
    """Numbers of target, coercer and helpers, with those before the last change."""
    scenario, cards = setting.scenario, []
    for role, state in (("target", scenario.target), ("coercer", scenario.coercer)):
        if state in now.states:
            name = escape(setting.state(state))
            cards.append(_tile(f"{role}-income", f"{name}: real income", now, before, "income", state))
            cards.append(_tile(f"{role}-effect", f"{name}: effect of the coercion", now, before, "effect", state))
    paid, was = _burden(now), None if before is None else _burden(before)
    what = "Burden of all responses"
    cards.append(_card("burden", what, paid, was, "US$ million a year, mean so far"))
    return "".join(cards)


def _tile(key: str, what: str, now: Snapshot, before: Snapshot | None, series: str, state: str) -> str:
    value = now.mean(getattr(now, series), state)
    was = None if before is None else before.mean(getattr(before, series), state)
    return _card(key, what, value, was, "% of GDP, mean so far")


def _card(key: str, what: str, value: float, was: float | None, unit: str) -> str:
    changed = "" if was is None else f'<div class="cs-was">before the last change: {_number(was)}</div>'
    return (
        f'<div class="cs-tile"><div class="cs-what">{what}</div>'
        f'<div class="cs-number" id="cs-{key}" data-value="{value:.12g}">{_number(value)}</div>'
        f'<div class="cs-unit">{unit}</div>{changed}</div>'
    )


def _number(value: float) -> str:
    """Write a number; a residue of the solver is 0."""
    return number(0.0 if abs(value) < NOISE_PCT else value)


def _burden(run: Snapshot) -> float:
    """Income lost to own responses by all states, US$ million a year, mean over the quarters played."""
    return float((run.burden @ run.size).mean() / 100.0) if run.played else 0.0


def acting_table(setting: Setting, now: Snapshot) -> str:
    """Measures in force, pressure first."""
    if not now.acting:
        return '<p class="cs-none">No measures in force.</p>'
    rows = [
        (_KINDS["pressure"] if m.purpose == "coercion" else capital(m.purpose), m.by, m.on, m.what) for m in now.acting
    ]
    cells = [(kind, setting.state(by), setting.state(on), what) for kind, by, on, what in rows[:MOST_ACTING]]
    table = _table(
        ("", "By", "On", "Measure"),
        cells,
        ["cs-pressure" if kind == _KINDS["pressure"] else "cs-answer" for kind, *_ in cells],
    )
    return table + _more(len(rows) - MOST_ACTING)


def log_table(setting: Setting, now: Snapshot) -> str:
    """The log, newest quarter first; within a quarter in order."""
    if not now.log:
        return '<p class="cs-none">Nothing has happened yet.</p>'
    entries = sorted(now.log, key=lambda e: -e.quarter)
    cells = [
        (
            setting.quarters[e.quarter] if e.quarter >= 0 else "at the start",
            _KINDS[e.kind],
            setting.state(e.who) if e.who else "",
            setting.state(e.on) if e.on else "",
            e.text,
        )
        for e in entries[:MOST_ENTRIES]
    ]
    table = _table(("Quarter", "", "Who", "On", "What"), cells, [f"cs-{c[1].lower()}" for c in cells])
    return table + _more(len(entries) - MOST_ENTRIES)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], classes: Sequence[str]) -> str:
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    cell_classes = ["" if cell else ' class="cs-kind"' for cell in head]
    body = "".join(
        f'<tr class="{row_class}">{_cells(row, cell_classes)}</tr>'
        for row, row_class in zip(rows, classes, strict=True)
    )
    return f'<table class="cs-table"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


def _cells(row: Sequence[str], classes: Sequence[str]) -> str:
    """Cells of one row; a number and its percent sign stay together."""
    texts = (escape(cell).replace(" %", "&nbsp;%") for cell in row)
    return "".join(f"<td{kind}>{text}</td>" for kind, text in zip(classes, texts, strict=True))


def _more(count: int) -> str:
    return f'<p class="cs-none">and {count} more</p>' if count > 0 else ""
