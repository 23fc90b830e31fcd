"""The answer to a what-if as a picture: states by loss, or their path through the quarters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercion_sim.analysis import LONG_RUN, WhatIf

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: States drawn where none are asked for.
_MOST = 8
_UNIT = "real income, change in % of own GDP"


def draw_what_if(answer: WhatIf, path: Path, *, states: Sequence[str] = ()) -> Path:
    """Draw bars of the long run, or lines where the answer has quarters; the ending of `path` says the format.

    Raises
    ------
    InvalidInput
        For an ending Matplotlib does not know.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from coercion_sim.errors import InvalidInput, Problem

    figure = Figure(figsize=(7.5, 4.5), layout="constrained")
    known = FigureCanvasAgg(figure).get_supported_filetypes()
    if path.suffix.lstrip(".").lower() not in known:
        raise InvalidInput(Problem("unknown format of a figure", key=str(path), allowed=", ".join(sorted(known))))
    axes = figure.add_subplot()
    chosen = tuple(states) or tuple(s.state for s in answer.of_period(answer.periods[0])[:_MOST])
    income = {(s.period, s.state): s.real_income for s in answer.states}
    (_bars if len(answer.periods) == 1 else _lines)(axes, answer, chosen, income)
    axes.set_title("; ".join(m.name for m in answer.measures), fontsize="medium", loc="left", wrap=True)
    axes.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    return path


def _bars(axes: Axes, answer: WhatIf, states: Sequence[str], income: dict[tuple[str, str], float]) -> None:
    """One bar per state in the long run, most affected on top."""
    values = [income[answer.periods[0], s] for s in states]
    axes.barh(list(states), values, color=["#b2182b" if v < 0 else "#2166ac" for v in values])
    axes.invert_yaxis()
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_xlabel(f"{_UNIT}, long run")


def _lines(axes: Axes, answer: WhatIf, states: Sequence[str], income: dict[tuple[str, str], float]) -> None:
    """One line per state through the quarters, its long run as a dashed continuation."""
    quarters: list[Any] = list(range(1, len(answer.periods)))
    for state in states:
        path = [income[period, state] for period in answer.periods[:-1]]
        (line,) = axes.plot(quarters, path, label=state, marker="." if len(quarters) < 30 else None)
        axes.plot([quarters[-1], quarters[-1] + 1], [path[-1], income[LONG_RUN, state]], "--", color=line.get_color())
        axes.plot(quarters[-1] + 1, income[LONG_RUN, state], "o", color=line.get_color(), markersize=4)
    axes.axhline(0.0, color="black", linewidth=0.8)
    axes.set_xlabel("quarter since the measures began; dots at the right: long run")
    axes.set_ylabel(_UNIT)
    axes.legend(frameon=False, fontsize="small", ncols=2)
