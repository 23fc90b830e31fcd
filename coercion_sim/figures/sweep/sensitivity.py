"""Sensitivity of an outcome to every varied parameter: indices with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from coercion_sim.analysis import AVERAGED, Analysis, IndexRow
from coercion_sim.figures.style.captions import (
    difference_label,
    key_numbers,
    parameter_label,
    policy_marks,
    sweep_caption,
)
from coercion_sim.figures.style.data import NothingToShow
from coercion_sim.figures.style.frame import (
    Words,
    entry,
    few_ticks,
    framed,
    is_wide,
    row_axis,
    row_height,
    row_labels,
    width_of,
    wrap,
)
from coercion_sim.figures.style.house import FULL_WIDTH, Canvas, Mark, new_figure
from coercion_sim.figures.style.shapes import draw_interval, zero_line
from coercion_sim.outcomes import label_of
from coercion_sim.wording import interval, policy_label, unit_words

#: Indices drawn of each method, in panels from left to right, with the words of their axes.
PANELS: dict[str, tuple[tuple[str, str], ...]] = {
    "sobol": (("ST", "Total index, interactions included"), ("S1", "First-order index, alone")),
    "morris": (("mu_star", "Mean size of the effect over the whole range"), ("sigma", "Spread of the effect")),
    "rbd_fast": (("S1", "First-order index, alone"),),
}
#: Parameters drawn, largest first.
MOST = 12


def sensitivity(
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
    rows = index_rows(analysis, outcome, differences=differences)
    if not rows:
        raise NothingToShow(f"no sensitivity index of {outcome}: the design gives none, or the outcome is constant")
    panels = PANELS[rows[0].method]
    paths = _largest(rows, panels[0][0])
    marks = {p: mark for p, mark in policy_marks(analysis).items() if any(r.policy == p for r in rows)}
    against = analysis.baseline if differences else ""
    figure = new_figure(width) if figure is None else figure
    labels = row_labels([parameter_label(path) for path in paths], width_of(figure))
    height = 0.55 + max(row_height(labels, len(marks)), 0.16 + 0.1 * len(marks)) * len(paths)
    columns = len(panels) if is_wide(figure) else 1
    down = len(panels) // columns
    words = _words(analysis, rows, paths, against)
    axes = framed(figure, height * down, words, _legend(marks, against)).subplots(
        down, columns, sharey=True, squeeze=False
    )
    for ax, (index, axis_words) in zip(axes.ravel(), panels, strict=True):
        row_axis(ax, labels)
        _draw(ax, {(r.parameter, r.policy): r for r in rows if r.index == index}, paths, marks)
        unit = f" ({unit_words(analysis.units[outcome])})" if rows[0].method == "morris" else ", share of variance"
        ax.set_xlabel(wrap(axis_words + unit, width_of(figure) * (0.36 if columns > 1 else 0.7), 7.0))
    for ax in axes[0, 1:]:
        ax.tick_params(labelleft=False)
    return figure


def _legend(marks: Mapping[str, Mark], against: str) -> list[Any]:
    """Entries of the policies; none for the levels of one."""
    if len(marks) == 1 and not against:
        return []
    return [entry(mark, difference_label(p, against), line=False) for p, mark in marks.items()]


def index_rows(analysis: Analysis, outcome: str, *, differences: bool = False) -> list[IndexRow]:
    """Indices of one outcome, of levels or differences, by the first method that gives any."""
    rows = [
        r
        for r in analysis.indices
        if r.outcome == outcome and bool(r.against) is differences and r.given in ("", AVERAGED) and r.status == "ok"
    ]
    return [r for r in rows if r.method == rows[0].method]


def _draw(ax: Axes, rows: Mapping[tuple[str, str], IndexRow], paths: Sequence[str], marks: Mapping[str, Mark]) -> None:
    """Bars of one index."""
    thick = 0.72 / len(marks)
    for i, (policy, mark) in enumerate(marks.items()):
        for y, path in enumerate(paths):
            row = rows.get((path, policy))
            if row is not None:
                at = y + (i - 0.5 * (len(marks) - 1)) * thick
                ax.barh(at, row.value, height=0.8 * thick, color=mark.colour, alpha=0.45, linewidth=0, zorder=2)
                draw_interval(ax, row.value, row.low, row.high, at, mark)
    zero_line(ax, vertical=True)
    few_ticks(ax, 5)


def _words(analysis: Analysis, rows: Sequence[IndexRow], paths: Sequence[str], against: str) -> Words:
    index, words = PANELS[rows[0].method][0]
    of = label_of(rows[0].outcome)
    of = f"the difference from {policy_label(against)}, {of}," if against else of
    numbers = {}
    for policy in dict.fromkeys(r.policy for r in rows):
        top = max((r for r in rows if r.index == index and r.policy == policy), key=lambda r: r.value)
        label = f"{policy_label(policy)}, {parameter_label(top.parameter)},"
        numbers[label] = interval(top.value, top.low, top.high)
    notes = ["Estimates and 95 % intervals over resampled rows of the design."]
    left_out = len({r.parameter for r in rows}) - len(paths)
    if left_out:
        notes.append(f"The {left_out} parameters with the smallest index are left out.")
    if rows[0].given:
        notes.append("Of the mean over the settings of the other parameters.")
    numbers_line = key_numbers(f"Largest {words.partition(',')[0].lower()} [95 % interval]", numbers)
    return Words(f"Sensitivity of {of} to each parameter", numbers_line, sweep_caption(analysis, *notes))


def _largest(rows: Sequence[IndexRow], index: str) -> list[str]:
    """Parameters by their largest index under any policy."""
    size: dict[str, float] = {}
    for row in rows:
        if row.index == index:
            size[row.parameter] = max(size.get(row.parameter, 0.0), row.value)
    return sorted(size, key=lambda path: -size[path])[:MOST]
