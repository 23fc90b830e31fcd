"""Panels of the page: plots of outcomes, tables and headings as HTML; plain functions of snapshots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coercion_sim.dashboard.adapter import DashboardModel
from coercion_sim.dashboard.setting import Setting
from coercion_sim.dashboard.snapshot import NOISE_PCT, Array, Snapshot
from coercion_sim.figures import NEUTRAL, Mark, marks
from coercion_sim.wording import capital, number, policy_label

#: Paths of burdens drawn: of the states that bear most.
MOST_BURDENS = 5
_SHADE = "#FBE3D6"
_LEGEND_COLUMNS = 4


@dataclass(frozen=True, eq=False)
class PathData:
    """Data of the plots.

    Attributes
    ----------
    quarters
        Labels of all quarters of the run, played or not.
    names
        State -> words.
    target, coercer
        Whose paths come first; the coercer has a panel of its own. Either may be empty.
    others
        Further states in the first panel.
    now, before
        The run so far, and the run before the last change of a control (None at first).
    """

    quarters: Sequence[str]
    names: Mapping[str, str]
    target: str
    coercer: str
    others: Sequence[str]
    now: Snapshot
    before: Snapshot | None


def paths_figure(data: PathData, width: float = 4.6, height: float = 4.9) -> Figure:
    """Draw the three panels on a figure of its own. Draw inside ``with house():``."""
    figure = Figure(figsize=(width, height), layout="constrained")
    income, effect, burden = figure.subplots(3, 1, sharex=True, height_ratios=(1.5, 1.2, 1.0))
    draw_income(income, data)
    draw_effect(effect, data)
    draw_burdens(burden, data)
    for ax in (income, effect, burden):
        shade_pressure(ax, data.now.pressed)
        ax.axhline(0.0, color=NEUTRAL, linewidth=0.6, zorder=1)
        ax.set_ylabel("% of GDP")
        if max(map(abs, ax.dataLim.intervaly), default=0.0) < NOISE_PCT or not ax.lines:
            ax.set_ylim(-0.01, 0.01)
    quarter_axis(burden, data.quarters)
    return figure


def draw_income(ax: Axes, data: PathData) -> Axes:
    """Whole change of real income of target, coercer and the others against the baseline, percent of own GDP."""
    states = [s for s in dict.fromkeys((data.target, data.coercer, *data.others)) if s in data.now.states]
    for state, mark in marks(states).items():
        _line(ax, data.now, data.now.income, state, mark, data.names.get(state, state))
        if data.before is not None:
            _ghost(ax, data.before, data.before.income, state, mark)
    return _titled(ax, "Real income: whole change against the baseline", data.before is not None)


def draw_effect(ax: Axes, data: PathData) -> Axes:
    """Effect of the coercion and the responses on target and coercer, percent of own GDP."""
    states = [s for s in dict.fromkeys((data.target, data.coercer, *data.others)) if s in data.now.states]
    kept = [s for s in (data.target, data.coercer) if s in states] or states[:2]
    for state, mark in marks(states).items():
        if state in kept:
            _line(ax, data.now, data.now.effect, state, mark, data.names.get(state, state))
            if data.before is not None:
                _ghost(ax, data.before, data.before.effect, state, mark)
    return _titled(ax, "Part of it due to the coercion and the responses", data.before is not None)


def draw_burdens(ax: Axes, data: PathData) -> Axes:
    """Income lost to own responses by the states that bear most, percent of own GDP."""
    now = data.now
    total = np.abs(now.burden).sum(axis=0)
    order = [int(i) for i in np.argsort(-total)[:MOST_BURDENS] if total[i] > 0.0]
    for place, mark in marks([str(i) for i in order]).items():
        state = now.states[int(place)]
        _line(ax, now, now.burden, state, mark, data.names.get(state, state))
    if not order:
        ax.set_ylim(-0.01, 0.01)
        ax.text(0.5, 0.75, "no ally has responded yet", transform=ax.transAxes, ha="center", color=NEUTRAL)
    return _titled(ax, "Burden: income lost to own responses, states that bear most", False)


def shade_pressure(ax: Axes, pressed: Sequence[bool]) -> Axes:
    """Shade the quarters in which some coercive measure was in force."""
    for quarter, under in enumerate(pressed):
        if under:
            ax.axvspan(quarter - 0.5, quarter + 0.5, color=_SHADE, linewidth=0, zorder=0)
    return ax


def quarter_axis(ax: Axes, quarters: Sequence[str]) -> Axes:
    """Every quarter its place, a label for about seven of them."""
    every = max(1, -(-len(quarters) // 7))
    ax.set_xlim(-0.5, len(quarters) - 0.5)
    ax.set_xticks(range(0, len(quarters), every), [quarters[i] for i in range(0, len(quarters), every)])
    ax.set_xlabel("Quarter (shaded: under pressure)")
    return ax


def _line(ax: Axes, run: Snapshot, series: Array, state: str, mark: Mark, label: str) -> None:
    values = series[:, run.states.index(state)]
    ax.plot(
        range(run.played), values, color=mark.colour, linestyle=mark.line, marker=mark.marker, markersize=3, label=label
    )


def _ghost(ax: Axes, run: Snapshot, series: Array, state: str, mark: Mark) -> None:
    """Path before the last change of a control: the same colour, thin and pale."""
    ax.plot(range(run.played), series[:, run.states.index(state)], color=mark.colour, linewidth=0.9, alpha=0.4)


def _titled(ax: Axes, title: str, ghosts: bool) -> Axes:
    from matplotlib.lines import Line2D

    handles, labels = ax.get_legend_handles_labels()
    if ghosts:
        handles.append(Line2D([], [], color=NEUTRAL, linewidth=0.9, alpha=0.5))
        labels.append("before the last change")
    rows = -(-len(handles) // _LEGEND_COLUMNS)
    ax.set_title(title, pad=3 + 9.5 * rows)
    if handles:
        ax.legend(
            handles, labels, fontsize=6.5, columnspacing=1.0, ncols=_LEGEND_COLUMNS,
            loc="lower left", bbox_to_anchor=(0.0, 1.0),
        )  # fmt: skip
    return ax


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
