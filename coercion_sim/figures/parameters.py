"""Parameters of an analysis: sensitivity of an outcome to each, and settings in which a policy misses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from coercion_sim.analysis import AVERAGED, Analysis, BoxLimit, IndexRow, MissBox
from coercion_sim.figures.style import captions, frame
from coercion_sim.figures.style.data import NothingToShow
from coercion_sim.figures.style.house import FULL_WIDTH, NEUTRAL, Canvas, Mark, new_figure, points
from coercion_sim.figures.style.shapes import draw_interval, zero_line
from coercion_sim.outcomes import label_of
from coercion_sim.wording import capital, interval, percent, policy_label, unit_words

# ------------------------------------------------------------------ sensitivity


#: Indices drawn of each method, in panels from left to right, with the words of their axes.
PANELS: dict[str, tuple[tuple[str, str], ...]] = {
    "sobol": (("ST", "Total index, interactions included"), ("S1", "First-order index, alone")),
    "morris": (("mu_star", "Mean size of the effect over the whole range"), ("sigma", "Spread of the effect")),
    "rbd_fast": (("S1", "First-order index, alone"),),
}
#: Parameters drawn, largest first.
MOST = 12


def sensitivity(
    analysis: Analysis, outcome: str, figure: Canvas | None = None, *, differences: bool = False,
    width: float = FULL_WIDTH,
) -> Canvas:  # fmt: skip
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
    marks = {p: mark for p, mark in captions.policy_marks(analysis).items() if any(r.policy == p for r in rows)}
    against = analysis.baseline if differences else ""
    figure = new_figure(width) if figure is None else figure
    labels = frame.row_labels([captions.parameter_label(path) for path in paths], frame.width_of(figure))
    height = 0.55 + max(frame.row_height(labels, len(marks)), 0.16 + 0.1 * len(marks)) * len(paths)
    columns = len(panels) if frame.is_wide(figure) else 1
    down = len(panels) // columns
    words = _sensitivity_words(analysis, rows, paths, against)
    body = frame.framed(figure, height * down, words, _sensitivity_legend(marks, against))
    axes = body.subplots(down, columns, sharey=True, squeeze=False)
    for ax, (index, axis_words) in zip(axes.ravel(), panels, strict=True):
        frame.row_axis(ax, labels)
        _bars(ax, {(r.parameter, r.policy): r for r in rows if r.index == index}, paths, marks)
        unit = f" ({unit_words(analysis.units[outcome])})" if rows[0].method == "morris" else ", share of variance"
        ax.set_xlabel(frame.wrap(axis_words + unit, frame.width_of(figure) * (0.36 if columns > 1 else 0.7), 7.0))
    for ax in axes[0, 1:]:
        ax.tick_params(labelleft=False)
    return figure


def _sensitivity_legend(marks: Mapping[str, Mark], against: str) -> list[Any]:
    """Legend entries of the policies; none for the levels of one."""
    entries = [frame.entry(mark, captions.difference_label(p, against), line=False) for p, mark in marks.items()]
    return entries if len(entries) > 1 or against else []


def index_rows(analysis: Analysis, outcome: str, *, differences: bool = False) -> list[IndexRow]:
    """Indices of one outcome, of levels or differences, by the first method that gives any."""
    whole = (r for r in analysis.indices if r.given in ("", AVERAGED) and r.status == "ok")
    rows = [r for r in whole if r.outcome == outcome and bool(r.against) is differences]
    return [r for r in rows if r.method == rows[0].method]


def _bars(ax: Axes, rows: Mapping[tuple[str, str], IndexRow], paths: Sequence[str], marks: Mapping[str, Mark]) -> None:
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
    frame.few_ticks(ax, 5)


def _sensitivity_words(analysis: Analysis, rows: Sequence[IndexRow], paths: Sequence[str], against: str) -> frame.Words:
    index, words = PANELS[rows[0].method][0]
    of = label_of(rows[0].outcome)
    of = f"the difference from {policy_label(against)}, {of}," if against else of
    numbers = {}
    for policy in dict.fromkeys(r.policy for r in rows):
        top = max((r for r in rows if r.index == index and r.policy == policy), key=lambda r: r.value)
        label = f"{policy_label(policy)}, {captions.parameter_label(top.parameter)},"
        numbers[label] = interval(top.value, top.low, top.high)
    notes = ["Estimates and 95 % intervals over resampled rows of the design."]
    left_out = len({r.parameter for r in rows}) - len(paths)
    if left_out:
        notes.append(f"The {left_out} parameters with the smallest index are left out.")
    if rows[0].given:
        notes.append("Of the mean over the settings of the other parameters.")
    numbers_line = captions.key_numbers(f"Largest {words.partition(',')[0].lower()} [95 % interval]", numbers)
    return frame.Words(f"Sensitivity of {of} to each parameter", numbers_line, captions.sweep_caption(analysis, *notes))


def _largest(rows: Sequence[IndexRow], index: str) -> list[str]:
    """Parameters by their largest index under any policy."""
    size: dict[str, float] = {}
    for row in rows:
        if row.index == index:
            size[row.parameter] = max(size.get(row.parameter, 0.0), row.value)
    return sorted(size, key=lambda path: -size[path])[:MOST]


# ------------------------------------------------------------------ settings in which a policy misses


#: Inches of a row and of a panel's heading.
_ROW, _HEAD = 0.3, 0.5
_NOTE = (
    "Grey: whole range; ink: limits of the box, with their values. Density: share of the draws in the box that"
    " miss; coverage: share of all misses that are in it. Further boxes are in the tables."
)


def boxes(analysis: Analysis, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw the first box of each policy, one panel each.

    A row a parameter, its whole range in grey, the part inside the box in the policy's ink.

    Raises
    ------
    NothingToShow
        Without a condition of a miss, and where no box holds more misses than the whole.
    """
    drawn = [box for box in analysis.boxes if box.limits and box.number == 1]
    if analysis.fails is None:
        raise NothingToShow("boxes need a condition of a miss: --fails 'target_loss_pv>q90', say")
    if not drawn:
        raise NothingToShow(f"no boxes to show: {analysis.fails.text} holds nowhere more often than on the whole")
    figure = new_figure(width) if figure is None else figure
    heights = [_HEAD + _ROW * len(box.limits) for box in drawn]
    numbers = {policy_label(b.policy): f"{percent(b.density)} against {percent(b.base_rate)} overall" for b in drawn}
    title = f"Settings in which a policy misses ({analysis.fails.text})"
    words = frame.Words(
        title, captions.key_numbers("Density of misses in the box", numbers), captions.sweep_caption(analysis, _NOTE)
    )
    axes = np.atleast_1d(frame.framed(figure, sum(heights), words).subplots(len(drawn), 1, height_ratios=heights))
    for ax, box in zip(axes, drawn, strict=True):
        _panel(ax, box, captions.policy_marks(analysis)[box.policy].colour, frame.width_of(figure))
    return figure


def _panel(ax: Axes, box: MissBox, colour: str, width: float) -> None:
    frame.row_axis(ax, frame.row_labels([captions.parameter_label(limit.parameter) for limit in box.limits], width))
    for y, limit in enumerate(box.limits):
        if limit.values:
            ax.text(
                0.0, y, "only " + ", ".join(limit.values), fontsize=points(frame.ROW_SIZE), va="center", color=colour
            )
        else:
            _limits(ax, y, limit, colour)
    # Numbers at the ends: .4 inches on each side of a panel of about three quarters of the width.
    room = max(0.12, 0.4 / (0.75 * width - 0.8))
    ax.set_xlim(-room, 1.0 + room)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    words = f"{capital(policy_label(box.policy))}: density {percent(box.density)}, coverage {percent(box.coverage)}"
    ax.set_title(frame.wrap(words, 0.75 * width, 7.5, "bold", 2))


def _limits(ax: Axes, y: int, limit: BoxLimit, colour: str) -> None:
    """Whole range of a parameter, the part inside the box, and the numbers at their ends."""
    low, high = scaled(limit)
    ax.plot([0.0, 1.0], [y, y], color="#BBBBBB", linewidth=3.0, solid_capstyle="butt", zorder=1)
    ax.plot([low, high], [y, y], color=colour, linewidth=6.0, solid_capstyle="butt", zorder=2)
    _number(ax, -0.01, y, limit.at_least, "#777777", "right", "center")
    _number(ax, 1.01, y, limit.at_most, "#777777", "left", "center")
    near = high - low < 0.1  # numbers of a narrow box stand outside it
    if limit.low > limit.at_least:
        _number(ax, low, y - 0.2, limit.low, NEUTRAL, "right" if near else "center", "bottom")
    if limit.high < limit.at_most:
        _number(ax, high, y - 0.2, limit.high, NEUTRAL, "left" if near else "center", "bottom")


def _number(ax: Axes, x: float, y: float, value: float, colour: str, side: str, height: str) -> None:
    """Small number beside a bar."""
    ax.text(x, y, captions.value_text(value), fontsize=points(frame.ROW_SIZE - 0.5), ha=side, va=height, color=colour)


def scaled(limit: BoxLimit) -> tuple[float, float]:
    """Limits as shares of the whole range."""
    span = limit.at_most - limit.at_least
    return (limit.low - limit.at_least) / span, (limit.high - limit.at_least) / span
