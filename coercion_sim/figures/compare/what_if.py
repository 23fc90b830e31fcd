"""The answer to a what-if as a picture: states by loss, or their path through the quarters."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercion_sim.analysis import LONG_RUN, WhatIf
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.figures.style.style import FULL_WIDTH, NEUTRAL, RECORD, house, marks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: States drawn where none are asked for.
_MOST = 7
#: Formats, and what keeps the time of day out of the file.
_FORMATS: dict[str, dict[str, Any]] = {"png": {}, "pdf": {"CreationDate": None, "ModDate": None}, "svg": {"Date": None}}
_UNIT = "real income, change in % of own GDP"


def draw_what_if(answer: WhatIf, path: Path, *, states: Sequence[str] = ()) -> Path:
    """Draw bars of the long run, or lines where the answer has quarters; the ending of `path` says the format.

    Raises
    ------
    InvalidInput
        For an ending that is none of png, pdf, svg.
    """
    form = path.suffix.lstrip(".").lower()
    if form not in _FORMATS:
        raise InvalidInput(Problem("unknown format of a figure", key=str(path), allowed=", ".join(_FORMATS)))
    chosen = tuple(states) or tuple(s.state for s in answer.of_period(answer.periods[0])[:_MOST])
    income = {(s.period, s.state): s.real_income for s in answer.states}
    picture = BytesIO()
    with house():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(FULL_WIDTH, 0.6 * FULL_WIDTH), layout="constrained")
        axes = figure.add_subplot()
        (_bars if len(answer.periods) == 1 else _lines)(axes, answer, chosen, income)
        axes.set_title("; ".join(m.name or m.kind for m in answer.measures), loc="left", wrap=True)
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(picture, format=form, metadata=_FORMATS[form])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture.getvalue())
    return path


def _bars(axes: Axes, answer: WhatIf, states: Sequence[str], income: dict[tuple[str, str], float]) -> None:
    """One bar per state in the long run, most affected on top."""
    values = [income[answer.periods[0], s] for s in states]
    axes.barh(list(states), values, color=[RECORD if v < 0 else NEUTRAL for v in values])
    axes.invert_yaxis()
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_xlabel(f"{_UNIT}, long run")


def _lines(axes: Axes, answer: WhatIf, states: Sequence[str], income: dict[tuple[str, str], float]) -> None:
    """One line per state through the quarters, its long run as a mark after the last."""
    quarters: list[Any] = list(range(1, len(answer.periods)))
    for state, mark in marks(states).items():
        path = [income[period, state] for period in answer.periods[:-1]]
        axes.plot(quarters, path, label=state, color=mark.colour, linestyle=mark.line)
        axes.plot(quarters[-1] + 1, income[LONG_RUN, state], mark.marker, color=mark.colour, markersize=4)
    axes.axhline(0.0, color="black", linewidth=0.8)
    axes.set_xlabel("quarter since the measures began; marks at the right: long run")
    axes.set_ylabel(_UNIT)
    axes.legend(frameon=False, ncols=2)
