"""Answers as pictures: how often the coercer presses and gets its way; what measures cost whom; a what-if."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coercion_sim.analysis import LONG_RUN, PERIODS, Answer, Cost, WhatIf, usd
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.figures.style.frame import Words, entry, framed, row_axis, row_labels, settle, width_of
from coercion_sim.figures.style.house import (
    FORMATS,
    FULL_WIDTH,
    NEUTRAL,
    RECORD,
    Canvas,
    house,
    marks,
    new_figure,
    picture,
)
from coercion_sim.figures.style.shapes import draw_interval
from coercion_sim.files import write_bytes
from coercion_sim.outcomes import column
from coercion_sim.wording import MATERIAL_PCT_GDP, immaterial, percent, policy_label, quantity, unit_words

#: Columns drawn, with their words.
_DRAWN = {"pressed": "the coercer presses", "gets_its_way": "it gets its way"}


def answer_chart(answer: Answer, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw a row a policy: mean chance that the coercer presses and gets its way, 5-95 % of draws, and burdens."""
    figure = new_figure(width) if figure is None else figure
    mark = marks(tuple(_DRAWN))
    coercer, target = (answer.names.get(state, state) for state in (answer.coercer, answer.target))
    levels = ", ".join(f"{policy_label(p)} {percent(answer.mean('pressed', p).value)}" for p in answer.policies)
    words = Words(
        f"Does {coercer} press {target}?",
        f"Pressed: {levels}",
        f"{answer.scenario}: {answer.draws} draws of the uncertain numbers and stakes, exact; bars: 5-95 % of draws."
        " Right: expected burden of the allies, US$ bn a dispute pressed. Compared with"
        f" {policy_label(answer.policies[0])}.",
    )
    legend = [entry(mark[name], label, line=False) for name, label in _DRAWN.items()]
    ax = framed(figure, 0.5 + 0.34 * len(answer.policies), words, legend).subplots()
    row_axis(ax, row_labels([policy_label(p) for p in answer.policies], width_of(figure)))
    for y, policy in enumerate(answer.policies):
        for name, shift in zip(_DRAWN, (-0.14, 0.14), strict=True):
            m = answer.mean(name, policy)
            draw_interval(ax, 100 * m.value, 100 * m.low, 100 * m.high, y + shift, mark[name])
        burden = usd(answer, answer.mean("burden_usd", policy).value)
        ax.text(1.01, y, burden, transform=ax.get_yaxis_transform(), va="center", ha="left")
    ax.set_xlim(0, 100)
    ax.set_xlabel("% of disputes")
    return figure


def draw_answer(answer: Answer, path: Path) -> None:
    """Write the chart to a file, in the format its name ends in.

    Raises
    ------
    InvalidInput
        For another format.
    """
    with house():
        settle(figure := answer_chart(answer))
        _write(figure, [path])


def _write(figure: Canvas, paths: Sequence[Path]) -> None:
    """Write a figure to files, each in the format its name ends in; nothing where one of them is no format."""
    forms = {path: path.suffix.lstrip(".").lower() for path in paths}
    for path in (path for path, form in forms.items() if form not in FORMATS):
        raise InvalidInput(Problem("unknown format of a figure", key=str(path), allowed=", ".join(FORMATS)))
    for path, form in forms.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, picture(figure, form))


#: States drawn where none are named; words of the axis.
_MOST, _AXIS = 7, f"Change of real income ({unit_words(column('real_income', 'states').unit)})"
#: Periods of a cost, the long run first, as marks tell them apart.
_SPANS = PERIODS[::-1]


def cost_chart(cost: Cost, source: str, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw a row a state: change of real income in the long run and in the first year, with 5-95 % of draws.

    Rows are the targets, the states that act, and the others whose change is material, `_MOST` in all.
    """
    figure = new_figure(width) if figure is None else figure
    states = _rows(cost)
    mark = marks(_SPANS)
    hardest = min(cost.targets, key=lambda s: cost.of(s, LONG_RUN).mean)
    of = {period: cost.of(hardest, period) for period in _SPANS}
    level = ", ".join(f"{period} {quantity(x.mean, 'pct_gdp', x.low, x.high)}" for period, x in of.items())
    words = Words(cost.title, f"{cost.names[hardest]}: {level}", source)
    ax = framed(figure, 0.5 + 0.34 * len(states), words, [entry(mark[p], p, line=False) for p in _SPANS]).subplots()
    roles = ["target" if s in cost.targets else "acts" if s in cost.coercers else "" for s in states]
    row_axis(ax, row_labels([cost.names[s] for s in states], width_of(figure), roles))
    for y, state in enumerate(states):
        for period, shift in zip(_SPANS, (-0.14, 0.14), strict=True):
            x = cost.of(state, period)
            draw_interval(ax, x.mean, x.low, x.high, y + shift, mark[period])
    ax.axvline(0.0, color=NEUTRAL, linewidth=0.8)
    low, high = ax.get_xlim()
    ax.set_xlim(min(low, -2.0 * MATERIAL_PCT_GDP), max(high, 2.0 * MATERIAL_PCT_GDP))  # what is nothing looks so
    ax.set_xlabel(_AXIS)
    return figure


def _rows(cost: Cost) -> list[str]:
    """States drawn: parties first, hardest hit on top."""
    by_loss = [sorted(side, key=lambda s: cost.of(s, LONG_RUN).mean) for side in (cost.targets, cost.coercers)]
    material = [s for s in cost.others if not immaterial(cost.of(s, LONG_RUN).mean)][: _MOST - 2]
    parties = list(dict.fromkeys([*by_loss[0][:3], *by_loss[1]]))[: _MOST - min(len(material), 2)]
    return [*parties, *material[: _MOST - len(parties)]]


def draw_cost(cost: Cost, source: str, paths: Sequence[Path]) -> None:
    """Write the chart to files, each in the format its name ends in (see `FORMATS`)."""
    with house():
        settle(figure := cost_chart(cost, source))
        _write(figure, paths)


def draw_what_if(answer: WhatIf, path: Path, *, states: Sequence[str] = ()) -> Path:
    """Draw bars of the long run, or lines where the answer has quarters; the ending of `path` says the format.

    Raises
    ------
    InvalidInput
        For an ending that is none of png, svg, pdf.
    """
    chosen = tuple(states) or tuple(s.state for s in answer.of_period(answer.periods[0])[:_MOST])
    income = {(s.period, s.state): s.real_income for s in answer.states}
    with house():
        figure = Figure(figsize=(FULL_WIDTH, 0.6 * FULL_WIDTH), layout="constrained")
        axes = figure.add_subplot()
        (_bars if len(answer.periods) == 1 else _lines)(axes, answer, chosen, income)
        axes.set_title("; ".join(m.name or m.kind for m in answer.measures), loc="left", wrap=True)
        _write(figure, [path])
    return path


def _bars(axes: Axes, answer: WhatIf, states: Sequence[str], income: dict[tuple[str, str], float]) -> None:
    """One bar per state in the long run, most affected on top."""
    values = [income[answer.periods[0], s] for s in states]
    axes.barh(list(states), values, color=[RECORD if v < 0 else NEUTRAL for v in values])
    axes.invert_yaxis()
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_xlabel(f"{_AXIS}, long run")


def _lines(axes: Axes, answer: WhatIf, states: Sequence[str], income: dict[tuple[str, str], float]) -> None:
    """One line per state through the quarters, its long run as a mark after the last."""
    quarters: list[Any] = list(range(1, len(answer.periods)))
    for state, mark in marks(states).items():
        path = [income[period, state] for period in answer.periods[:-1]]
        axes.plot(quarters, path, label=state, color=mark.colour, linestyle=mark.line)
        axes.plot(quarters[-1] + 1, income[LONG_RUN, state], mark.marker, color=mark.colour, markersize=4)
    axes.axhline(0.0, color="black", linewidth=0.8)
    axes.set_xlabel("Quarter since the measures began; marks at the right: long run")
    axes.set_ylabel(_AXIS)
    axes.legend(frameon=False, ncols=2)
