"""What each policy changes: differences from the baseline, along a parameter of a grid where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from coercion_sim.analysis import Analysis, AxisRow, MeanRow
from coercion_sim.figures.style.data import NothingToShow
from coercion_sim.figures.style.layout import (
    axis_label,
    entry,
    few_ticks,
    framed,
    new_figure,
    row_axis,
    row_labels,
    width_of,
)
from coercion_sim.figures.style.outcome_words import difference_sentence
from coercion_sim.figures.style.style import FULL_WIDTH, NEUTRAL, Mark
from coercion_sim.figures.style.text import policy_label
from coercion_sim.figures.sweep.sweep_text import parameter_label, policy_marks, sweep_caption, unit_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.figures.style.layout import Canvas


def policy_contrasts(
    analysis: Analysis, outcome: str, figure: Canvas | None = None, *, width: float = FULL_WIDTH
) -> Canvas:
    """Draw the paired differences of one outcome from the baseline, mean and 95 % interval of the mean.

    Where the design has exactly one parameter on a grid, along it; else one mark a policy over the whole design.

    Raises
    ------
    NothingToShow
        Where there is one policy, or no difference could be taken.
    """
    overall = [r for r in analysis.overall(analysis.contrasts) if r.outcome == outcome and np.isfinite(r.mean)]
    if not overall:
        why = "one policy is shown" if len(analysis.policies) < 2 else "no world has both sides of one"
        raise NothingToShow(f"no differences of {outcome} to show: {why}")
    axis = [a for a in analysis.axes if a.row.outcome == outcome and a.row.against and np.isfinite(a.row.mean)]
    one_axis = len({a.parameter for a in axis}) == 1
    figure = new_figure(width) if figure is None else figure
    marks = policy_marks(analysis)
    policies = [r.policy for r in overall]
    title = mean_title(analysis, outcome, overall)
    caption = sweep_caption(analysis, _sample(overall))
    against = f"Difference from {policy_label(overall[0].against)}"
    words = axis_label(against, unit_label(analysis, outcome), 0.6 * width_of(figure))
    if one_axis:
        legend = [entry(marks[p], policy_label(p), line=True) for p in policies]
        ax = framed(figure, 0.42 * width_of(figure), title, caption, legend).subplots()
        _along(ax, axis, marks)
        ax.set_xlabel(parameter_label(axis[0].parameter))
        ax.set_ylabel(words)
        return figure
    labels = row_labels([policy_label(p) for p in policies], width_of(figure))
    ax = framed(figure, 0.5 + 0.26 * len(policies), title, caption).subplots()
    row_axis(ax, labels)
    for y, row in enumerate(overall):
        _mark(ax, row, y, marks[row.policy])
    ax.axvline(0.0, color=NEUTRAL, linewidth=0.7, zorder=1)
    few_ticks(ax, 7)
    ax.set_xlabel(words)
    return figure


def _along(ax: Axes, rows: Sequence[AxisRow], marks: dict[str, Mark]) -> None:
    """One line a policy over the values of a parameter; marks set apart so that intervals do not hide each other."""
    values = list(dict.fromkeys(row.value for row in rows))
    texts = any(isinstance(v, str | bool) for v in values)
    place: dict[Any, float] = {v: float(i) if texts else float(v) for i, v in enumerate(values)}
    policies = list(dict.fromkeys(row.row.policy for row in rows))
    spots = sorted(place.values())
    gap = min(np.diff(spots), default=1.0)
    for i, policy in enumerate(policies):
        mine = sorted((place[r.value], r.row) for r in rows if r.row.policy == policy)
        x = np.array([at for at, _ in mine]) + 0.03 * gap * (i - 0.5 * (len(policies) - 1))
        mark = marks[policy]
        ax.plot(x, [r.mean for _, r in mine], color=mark.colour, marker=mark.marker, linestyle=mark.line, zorder=3)
        for at, (_, row) in zip(x, mine, strict=True):
            if row.high >= row.low:
                ax.plot([at, at], [row.low, row.high], color=mark.colour, linewidth=1.1, zorder=2)
    ax.axhline(0.0, color=NEUTRAL, linewidth=0.7, zorder=1)
    if texts or len(spots) <= 8:
        ax.set_xticks(spots, [str(v) if texts else f"{v:g}" for v in sorted(place, key=lambda v: place[v])])


def _mark(ax: Axes, row: MeanRow, y: int, mark: Mark) -> None:
    if row.high >= row.low:
        ax.plot([row.low, row.high], [y, y], color=mark.colour, linewidth=1.1, solid_capstyle="butt", zorder=2)
    ax.plot([row.mean], [y], marker=mark.marker, color=mark.colour, linestyle="none", zorder=3)


def mean_title(analysis: Analysis, outcome: str, rows: Sequence[MeanRow]) -> str:
    """Say what the policy with the largest mean difference changes, with its interval."""
    return difference_sentence(outcome, analysis.units[outcome], max(rows, key=lambda r: abs(r.mean)))


def _sample(rows: Sequence[MeanRow]) -> str:
    row = rows[0]
    if not row.unit:
        return "Mean; one draw of luck, so no interval."
    return f"Mean and 95 % interval of the mean over {row.n:,} {row.unit}, runs paired by their luck."
