"""Policies of an analysis compared: differences from the baseline, chance of being the best, regret."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from coercion_sim.analysis import INTERVAL_OF_MEAN, Analysis, AxisRow, MeanRow, RegretRow
from coercion_sim.figures.style import frame
from coercion_sim.figures.style.captions import key_numbers, parameter_label, policy_marks, sweep_caption
from coercion_sim.figures.style.data import NothingToShow
from coercion_sim.figures.style.house import FULL_WIDTH, Canvas, Mark, new_figure
from coercion_sim.figures.style.shapes import draw_interval, offsets, zero_line
from coercion_sim.intervals import rests_on
from coercion_sim.outcomes import label_of
from coercion_sim.wording import capital, interval, policy_label

# ------------------------------------------------------------------ differences


def contrasts(analysis: Analysis, outcome: str, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw the paired differences of one outcome from the baseline, mean and 95 % interval of the mean.

    Where the design has exactly one parameter on a grid, along it; else one mark a policy over the whole design.

    Raises
    ------
    NothingToShow
        For one policy, and where no difference could be taken.
    """
    overall, axis = _differences(analysis, outcome)
    figure = new_figure(width) if figure is None else figure
    marks = {row.policy: policy_marks(analysis)[row.policy] for row in overall}
    label = f"Difference from {policy_label(overall[0].against)}"
    unit = analysis.units[outcome]
    if axis:
        legend = [frame.entry(mark, policy_label(p), line=True) for p, mark in marks.items()]
        words = _contrast_words(analysis, outcome, overall, axis[0].parameter)
        ax = frame.framed(figure, 0.42 * frame.width_of(figure), words, legend).subplots()
        _along(ax, axis, marks)
        ax.set_xlabel(parameter_label(axis[0].parameter))
        ax.set_ylabel(frame.axis_label(label, unit, 0.36 * frame.width_of(figure)))
        return figure
    ax = frame.framed(figure, 0.5 + 0.26 * len(marks), _contrast_words(analysis, outcome, overall)).subplots()
    frame.row_axis(ax, frame.row_labels([policy_label(row.policy) for row in overall], frame.width_of(figure)))
    for y, row in enumerate(overall):
        draw_interval(ax, row.mean, row.low, row.high, y, marks[row.policy])
    zero_line(ax, vertical=True)
    frame.few_ticks(ax, 7)
    ax.set_xlabel(frame.axis_label(label, unit, 0.6 * frame.width_of(figure)))
    return figure


def _differences(analysis: Analysis, outcome: str) -> tuple[list[MeanRow], list[AxisRow]]:
    """Differences over the design, and along its only grid parameter; no rows of the latter for several."""
    overall = [r for r in analysis.overall(analysis.contrasts) if r.outcome == outcome and np.isfinite(r.mean)]
    if not overall:
        why = "one policy was compared" if len(analysis.policies) < 2 else "no draw has both sides of one"
        raise NothingToShow(f"no differences of {outcome} to show: {why}")
    axis = [a for a in analysis.axes if a.row.outcome == outcome and a.row.against and np.isfinite(a.row.mean)]
    return overall, axis if len({a.parameter for a in axis}) == 1 else []


def _along(ax: Axes, rows: Sequence[AxisRow], marks: dict[str, Mark]) -> None:
    """One line a policy over the values of a parameter; marks set apart so that intervals do not hide each other."""
    position, labels = _positions(rows)
    spots = sorted(position.values())
    gap = min(np.diff(spots), default=1.0)
    for i, (policy, mark) in enumerate(marks.items()):
        mine = [(position[r.value], r.row) for r in rows if r.row.policy == policy]
        mine.sort(key=lambda pair: pair[0])
        x = np.array([at for at, _ in mine]) + 0.03 * gap * (i - 0.5 * (len(marks) - 1))
        ax.plot(x, [r.mean for _, r in mine], color=mark.colour, marker=mark.marker, linestyle=mark.line, zorder=3)
        for at, (_, row) in zip(x, mine, strict=True):
            if row.high >= row.low:
                ax.plot([at, at], [row.low, row.high], color=mark.colour, linewidth=1.1, zorder=2)
    zero_line(ax)
    if labels:
        ax.set_xticks(spots, labels)


def _positions(rows: Sequence[AxisRow]) -> tuple[dict[Any, float], list[str]]:
    """Place of each value on the axis: words at even distances; and their labels, none for many numbers."""
    values = list(dict.fromkeys(row.value for row in rows))
    if any(isinstance(v, str | bool) for v in values):
        return {v: float(i) for i, v in enumerate(values)}, [str(v) for v in values]
    return {v: float(v) for v in values}, [f"{v:g}" for v in sorted(values)] if len(values) <= 8 else []


def _contrast_words(analysis: Analysis, outcome: str, rows: Sequence[MeanRow], parameter: str = "") -> frame.Words:
    along = f", along {parameter_label(parameter)}" if parameter else ""
    title = f"Difference from {policy_label(rows[0].against)}, {label_of(outcome)}{along}"
    numbers = {policy_label(row.policy): interval(row.mean, row.low, row.high, sign=True) for row in rows}
    known = not np.isnan(rows[0].low)
    what = f"Mean over the design [{INTERVAL_OF_MEAN}]" if known else "Mean over the design"
    note = f"Mean; {rows[0].sample}, runs paired by their luck." if rows[0].unit else "Mean; one draw of luck."
    return frame.Words(title, key_numbers(what, numbers, analysis.units[outcome]), sweep_caption(analysis, note))


# ------------------------------------------------------------------ regret


_NOTE = (
    "Over draws (point and replicate) that every policy finished. Policies that tie share a draw. ↑: more is better,"
    " ↓: less."
)


def regret(analysis: Analysis, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw a row an outcome, a mark a policy: chance of being best, and mean regret as a share of the largest.

    Raises
    ------
    NothingToShow
        Where no outcome has a direction, and for one policy.
    """
    rows = _regret_rows(analysis)
    figure = new_figure(width) if figure is None else figure
    wide, marks = frame.is_wide(figure), policy_marks(analysis)
    arrows = {o: "↑" if of[0].maximise else "↓" for o, of in rows.items()}
    labels = frame.row_labels(
        [f"{arrow} {capital(label_of(o))}" for o, arrow in arrows.items()], frame.width_of(figure)
    )
    height = 0.6 + max(frame.row_height(labels, len(marks)), 0.1 + 0.1 * len(marks)) * len(rows)
    legend = [frame.entry(mark, policy_label(p), line=False) for p, mark in marks.items()]
    body = frame.framed(figure, height if wide else 2 * height, _regret_words(analysis, rows), legend)
    left, right = body.subplots(1, 2, sharey=True) if wide else body.subplots(2, 1)
    frame.row_axis(left, labels)
    frame.row_axis(right, labels)
    for y, of in enumerate(rows.values()):
        largest = max(r.mean for r in of) or 1.0
        for row, offset in zip(of, offsets(len(of), 0.3), strict=True):
            at, mark = y + float(offset), marks[row.policy]
            draw_interval(left, row.best, row.best_low, row.best_high, at, mark)
            draw_interval(right, row.mean / largest, row.mean_low / largest, row.mean_high / largest, at, mark)
    room = (0.36 if wide else 0.7) * frame.width_of(figure)
    left.set_xlim(-0.03, 1.03)
    left.set_xlabel(frame.wrap("Chance of being the best policy (share of draws)", room, 7.0))
    right.set_xlim(left=-0.03)
    right.set_xlabel(frame.wrap("Mean regret (share of the largest among policies)", room, 7.0))
    if wide:
        right.tick_params(labelleft=False)
    return figure


def _regret_rows(analysis: Analysis) -> dict[str, list[RegretRow]]:
    """Rows of every outcome with a direction."""
    rows: dict[str, list[RegretRow]] = {}
    for row in analysis.regret:
        if row.outcome in analysis.outcomes:
            rows.setdefault(row.outcome, []).append(row)
    if not rows:
        why = "no outcome has a direction, or no draw is complete"
        raise NothingToShow(f"no regret to show: {'one policy was compared' if len(analysis.policies) < 2 else why}")
    return rows


def _regret_words(analysis: Analysis, rows: dict[str, list[RegretRow]]) -> frame.Words:
    outcome, first = next(iter(rows.items()))
    numbers = {policy_label(r.policy): r.best_text() for r in first}
    return frame.Words(
        "Chance of being the best policy, and mean regret, by outcome",
        key_numbers(f"Best in [95 % interval], {label_of(outcome)}", numbers),
        sweep_caption(analysis, f"{_NOTE} {capital(rests_on(first[0].units))}."),
    )
