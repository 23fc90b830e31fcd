"""What an outcome depends on: sensitivity indices of every parameter with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.analysis import AVERAGED, Analysis, IndexRow
from coercion_sim.figures.style.data import NothingToShow
from coercion_sim.figures.style.layout import (
    entry,
    few_ticks,
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
from coercion_sim.figures.style.style import FULL_WIDTH, NEUTRAL, Mark
from coercion_sim.figures.style.text import number, when
from coercion_sim.figures.sweep.sweep_text import (
    difference_label,
    parameter_label,
    policy_marks,
    sweep_caption,
    unit_label,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.figures.style.layout import Canvas

#: Indices drawn of each method, in panels from left to right, with the words of their axes.
_PANELS: dict[str, tuple[tuple[str, str], ...]] = {
    "sobol": (("ST", "Total index, interactions included"), ("S1", "First-order index, alone")),
    "morris": (("mu_star", "Mean size of the effect over the whole range"), ("sigma", "Spread of the effect")),
    "rbd_fast": (("S1", "First-order index, alone"),),
}
#: Parameters shown, largest first.
MOST = 12


def sensitivity_bars(
    analysis: Analysis,
    outcome: str,
    figure: Canvas | None = None,
    *,
    differences: bool = False,
    width: float = FULL_WIDTH,
) -> Canvas:
    """Draw the indices of one outcome: a row a parameter, a bar a policy, 95 % intervals as lines.

    Parameters
    ----------
    differences
        Of the differences from the baseline instead of the levels.

    Raises
    ------
    NothingToShow
        Where the design gives no index, or the outcome is constant under every policy.
    """
    rows = [
        r
        for r in analysis.indices
        if r.outcome == outcome and bool(r.against) is differences and r.given in ("", AVERAGED) and r.status == "ok"
    ]
    if not rows:
        raise NothingToShow(f"no sensitivity index of {outcome}")
    method = rows[0].method
    rows = [r for r in rows if r.method == method]
    panels = _PANELS[method]
    paths = _largest(rows, panels[0][0])
    policies = [p for p in analysis.policies if any(r.policy == p for r in rows)]
    marks = policy_marks(analysis)
    against = analysis.baseline if differences else ""
    figure = new_figure(width) if figure is None else figure
    labels = row_labels([parameter_label(path) for path in paths], width_of(figure))
    wide = is_wide(figure)
    height = 0.55 + max(row_height(labels, len(policies)), 0.16 + 0.1 * len(policies)) * len(paths)
    left_out = len({r.parameter for r in rows}) - len(paths)
    notes = ["Estimates and 95 % intervals over resampled rows of the design."]
    if left_out:
        notes.append(f"The {left_out} parameters with the smallest index are left out.")
    if rows[0].given:
        notes.append("Of the mean over the settings of the other parameters.")
    title = _title(rows, panels[0][0], outcome, against)
    legend = [entry(marks[p], difference_label(p, against), line=False) for p in policies]
    body = framed(
        figure, height * (1 if wide else len(panels)), title, sweep_caption(analysis, *notes),
        legend if len(legend) > 1 or differences else (),
    )  # fmt: skip
    axes = body.subplots(1, len(panels), sharey=True) if wide else body.subplots(len(panels), 1)
    for ax, (index, words) in zip(np.atleast_1d(axes), panels, strict=True):
        _draw(ax, rows, index, paths, labels, policies, marks)
        unit = f" ({unit_label(analysis, outcome)})" if method == "morris" else ", share of variance"
        ax.set_xlabel(wrap(words + unit, width_of(figure) * (0.36 if wide else 0.7), 7.0))
        if wide and ax is not np.atleast_1d(axes)[0]:
            ax.tick_params(labelleft=False)
    return figure


def _draw(
    ax: Axes,
    rows: Sequence[IndexRow],
    index: str,
    paths: Sequence[str],
    labels: Sequence[str],
    policies: Sequence[str],
    marks: dict[str, Mark],
) -> None:
    row_axis(ax, labels)
    at = {(r.parameter, r.policy): r for r in rows if r.index == index}
    thick = 0.72 / len(policies)
    for i, policy in enumerate(policies):
        offset = (i - 0.5 * (len(policies) - 1)) * thick
        for y, path in enumerate(paths):
            row = at.get((path, policy))
            if row is None:
                continue
            colour = marks[policy].colour
            ax.barh(y + offset, row.value, height=0.8 * thick, color=colour, alpha=0.45, linewidth=0, zorder=2)
            if row.high >= row.low:
                ax.plot([row.low, row.high], [y + offset] * 2, color=colour, linewidth=1.1, zorder=3)
            ax.plot(
                [row.value], [y + offset], marker=marks[policy].marker, color=colour, linestyle="none",
                markersize=3.5, markeredgecolor="white", markeredgewidth=0.4, zorder=4,
            )  # fmt: skip
    ax.axvline(0.0, color=NEUTRAL, linewidth=0.7, zorder=1)
    few_ticks(ax, 5)


def _title(rows: Sequence[IndexRow], index: str, outcome: str, against: str) -> str:
    """Say which parameter matters most, under which policy, and how surely."""
    top = max((r for r in rows if r.index == index), key=lambda r: r.value)
    words = outcome_label(outcome) if not against else f"What policies change in the {outcome_words(outcome)}"
    share = {"ST": "total index", "S1": "first-order index", "mu_star": "mean effect"}[index]
    sure = f" [{number(top.low)}, {number(top.high)}]" if top.high >= top.low else ""
    said = f"{words} depends most on {parameter_label(top.parameter)}"
    return f"{said}: {share} {number(top.value)}{sure} {when(top.policy)}"


def _largest(rows: Sequence[IndexRow], index: str) -> list[str]:
    """Parameters by their largest index under any policy."""
    size: dict[str, float] = {}
    for row in rows:
        if row.index == index:
            size[row.parameter] = max(size.get(row.parameter, 0.0), row.value)
    return sorted(size, key=lambda path: -size[path])[:MOST]
