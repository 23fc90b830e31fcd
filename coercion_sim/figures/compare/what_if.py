"""Answer to a what-if as a picture: states by loss, or their path through the quarters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coercion_sim.analysis import LONG_RUN, WhatIf
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.figures.style.house import FORMATS, FULL_WIDTH, NEUTRAL, RECORD, house, marks, picture
from coercion_sim.outcomes import column
from coercion_sim.wording import unit_words

#: States drawn where none are named.
_MOST = 7


def draw_what_if(answer: WhatIf, path: Path, *, states: Sequence[str] = ()) -> Path:
    """Draw bars of the long run, or lines where the answer has quarters; the ending of `path` says the format.

    Raises
    ------
    InvalidInput
        For an ending that is none of png, svg, pdf.
    """
    form = path.suffix.lstrip(".").lower()
    if form not in FORMATS:
        raise InvalidInput(Problem("unknown format of a figure", key=str(path), allowed=", ".join(FORMATS)))
    chosen = tuple(states) or tuple(s.state for s in answer.of_period(answer.periods[0])[:_MOST])
    income = {(s.period, s.state): s.real_income for s in answer.states}
    with house():
        figure = Figure(figsize=(FULL_WIDTH, 0.6 * FULL_WIDTH), layout="constrained")
        axes = figure.add_subplot()
        (_bars if len(answer.periods) == 1 else _lines)(axes, answer, chosen, income)
        axes.set_title("; ".join(m.name or m.kind for m in answer.measures), loc="left", wrap=True)
        drawn = picture(figure, form)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(drawn)
    return path


def _label() -> str:
    return f"Change of real income ({unit_words(column('real_income', 'states').unit)})"


def _bars(axes: Axes, answer: WhatIf, states: Sequence[str], income: dict[tuple[str, str], float]) -> None:
    """One bar per state in the long run, most affected on top."""
    values = [income[answer.periods[0], s] for s in states]
    axes.barh(list(states), values, color=[RECORD if v < 0 else NEUTRAL for v in values])
    axes.invert_yaxis()
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_xlabel(f"{_label()}, long run")


def _lines(axes: Axes, answer: WhatIf, states: Sequence[str], income: dict[tuple[str, str], float]) -> None:
    """One line per state through the quarters, its long run as a mark after the last."""
    quarters: list[Any] = list(range(1, len(answer.periods)))
    for state, mark in marks(states).items():
        path = [income[period, state] for period in answer.periods[:-1]]
        axes.plot(quarters, path, label=state, color=mark.colour, linestyle=mark.line)
        axes.plot(quarters[-1] + 1, income[LONG_RUN, state], mark.marker, color=mark.colour, markersize=4)
    axes.axhline(0.0, color="black", linewidth=0.8)
    axes.set_xlabel("Quarter since the measures began; marks at the right: long run")
    axes.set_ylabel(_label())
    axes.legend(frameon=False, ncols=2)
