"""How robust each policy is: how often it is the best, and how much worse than the best it is on average."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.analysis import Analysis
from coercion_sim.figures.style.data import NothingToShow
from coercion_sim.figures.style.layout import (
    entry,
    framed,
    is_wide,
    new_figure,
    row_axis,
    row_height,
    row_labels,
    width_of,
    wrap,
)
from coercion_sim.figures.style.outcome_words import outcome_label, outcome_words
from coercion_sim.figures.style.style import FULL_WIDTH, Mark
from coercion_sim.figures.style.text import capital, listing, policy_label
from coercion_sim.figures.sweep.sweep_text import policy_marks, sweep_caption

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.figures.style.layout import Canvas


def regrets(analysis: Analysis, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw a row an outcome, a mark a policy: chance of being best, and mean regret as a share of the largest.

    Raises
    ------
    NothingToShow
        Where no outcome has a direction, or there is one policy.
    """
    outcomes = [o for o in analysis.outcomes if any(r.outcome == o for r in analysis.regret)]
    if not outcomes:
        why = (
            "one policy is shown" if len(analysis.policies) < 2 else "no outcome has a direction, or no world is whole"
        )
        raise NothingToShow(f"no regret to show: {why}")
    figure = new_figure(width) if figure is None else figure
    marks = policy_marks(analysis)
    more = {r.outcome: r.maximise for r in analysis.regret}
    labels = row_labels([f"{'↑' if more[o] else '↓'} {outcome_label(o)}" for o in outcomes], width_of(figure))
    height = 0.6 + max(row_height(labels, len(marks)), 0.1 + 0.1 * len(marks)) * len(outcomes)
    wide = is_wide(figure)
    legend = [entry(mark, policy_label(p), line=False) for p, mark in marks.items()]
    note = (
        "Over worlds (point and replicate) that every policy finished; 95 % intervals by bootstrap over points drawn"
        " and replicates. Policies that tie share a world. Clearly: its interval is above the others'. ↑: more is"
        " better, ↓: less."
    )
    title, caption = _title(analysis, outcomes), sweep_caption(analysis, note)
    body = framed(figure, height if wide else 2 * height, title, caption, legend)
    left, right = body.subplots(1, 2, sharey=True) if wide else body.subplots(2, 1)
    row_axis(left, labels)
    row_axis(right, labels)
    for y, outcome in enumerate(outcomes):
        rows = [r for r in analysis.regret if r.outcome == outcome]
        largest = max((r.mean for r in rows), default=0.0) or 1.0
        for i, row in enumerate(rows):
            at = y + (0.0 if len(rows) == 1 else np.linspace(-0.3, 0.3, len(rows))[i])
            _mark(left, row.best, row.best_low, row.best_high, at, marks[row.policy])
            scaled = (row.mean / largest, row.mean_low / largest, row.mean_high / largest)
            _mark(right, *scaled, at, marks[row.policy])
    room = 0.36 * width_of(figure) if wide else 0.7 * width_of(figure)
    left.set_xlim(-0.03, 1.03)
    left.set_xlabel(wrap("Chance of being the best policy (share of worlds)", room, 7.0))
    right.set_xlim(left=-0.03)
    right.set_xlabel(wrap("Mean regret (share of the largest among policies)", room, 7.0))
    if wide:
        right.tick_params(labelleft=False)
    return figure


def _title(analysis: Analysis, outcomes: Sequence[str]) -> str:
    """Say which policy is clearly most often the best for the most outcomes, and where another is.

    Clearly: its interval lies above those of all the others (stricter than an interval of the difference would be).
    """
    best: dict[str, list[str]] = {}
    for outcome in outcomes:
        first, *others = sorted((r for r in analysis.regret if r.outcome == outcome), key=lambda r: -r.best)
        if all(first.best > r.best and not first.best_low <= r.best_high for r in others):
            best.setdefault(first.policy, []).append(outcome)
    if not best:
        return "No policy is clearly the best more often than the others for any outcome"
    order = sorted(best, key=lambda p: -len(best[p]))
    top = order[0]
    if len(order) > 1 and len(best[order[1]]) == len(best[top]):
        each = listing([f"{policy_label(p)} for {outcome_words(best[p][0])}" for p in order])
        return f"Which policy is most often the best depends on the outcome: {each}"
    many = f"{len(best[top])} of {len(outcomes)} outcomes" if len(outcomes) > 1 else outcome_words(outcomes[0])
    said = f"{capital(policy_label(top))} is clearly most often the best for {many}"
    return f"{said}, but not for {outcome_words(best[order[1]][0])}" if len(order) > 1 else said


def _mark(ax: Axes, value: float, low: float, high: float, y: float, mark: Mark) -> None:
    if high >= low:
        ax.plot([low, high], [y, y], color=mark.colour, linewidth=1.1, solid_capstyle="butt", zorder=2)
    ax.plot(
        [value], [y], marker=mark.marker, color=mark.colour, linestyle="none", markeredgecolor="white",
        markeredgewidth=0.4, zorder=3,
    )  # fmt: skip
