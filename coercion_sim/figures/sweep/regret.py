"""Robustness of each policy: chance of being the best, and mean distance from the best."""

from __future__ import annotations

from coercion_sim.analysis import Analysis, RegretRow
from coercion_sim.figures.style.captions import key_numbers, policy_marks, sweep_caption
from coercion_sim.figures.style.data import NothingToShow
from coercion_sim.figures.style.frame import (
    Words,
    entry,
    framed,
    is_wide,
    row_axis,
    row_height,
    row_labels,
    width_of,
    wrap,
)
from coercion_sim.figures.style.house import FULL_WIDTH, Canvas, new_figure
from coercion_sim.figures.style.shapes import draw_interval, offsets
from coercion_sim.intervals import rests_on
from coercion_sim.outcomes import label_of
from coercion_sim.wording import capital, policy_label

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
    rows = _rows(analysis)
    figure = new_figure(width) if figure is None else figure
    wide, marks = is_wide(figure), policy_marks(analysis)
    arrows = {o: "↑" if of[0].maximise else "↓" for o, of in rows.items()}
    labels = row_labels([f"{arrow} {capital(label_of(o))}" for o, arrow in arrows.items()], width_of(figure))
    height = 0.6 + max(row_height(labels, len(marks)), 0.1 + 0.1 * len(marks)) * len(rows)
    legend = [entry(mark, policy_label(p), line=False) for p, mark in marks.items()]
    body = framed(figure, height if wide else 2 * height, _words(analysis, rows), legend)
    left, right = body.subplots(1, 2, sharey=True) if wide else body.subplots(2, 1)
    row_axis(left, labels)
    row_axis(right, labels)
    for y, of in enumerate(rows.values()):
        largest = max(r.mean for r in of) or 1.0
        for row, offset in zip(of, offsets(len(of), 0.3), strict=True):
            at, mark = y + float(offset), marks[row.policy]
            draw_interval(left, row.best, row.best_low, row.best_high, at, mark)
            draw_interval(right, row.mean / largest, row.mean_low / largest, row.mean_high / largest, at, mark)
    room = (0.36 if wide else 0.7) * width_of(figure)
    left.set_xlim(-0.03, 1.03)
    left.set_xlabel(wrap("Chance of being the best policy (share of draws)", room, 7.0))
    right.set_xlim(left=-0.03)
    right.set_xlabel(wrap("Mean regret (share of the largest among policies)", room, 7.0))
    if wide:
        right.tick_params(labelleft=False)
    return figure


def _rows(analysis: Analysis) -> dict[str, list[RegretRow]]:
    """Rows of every outcome with a direction."""
    rows: dict[str, list[RegretRow]] = {}
    for row in analysis.regret:
        if row.outcome in analysis.outcomes:
            rows.setdefault(row.outcome, []).append(row)
    if not rows:
        one = len(analysis.policies) < 2
        why = "one policy was compared" if one else "no outcome has a direction, or no draw is complete"
        raise NothingToShow(f"no regret to show: {why}")
    return rows


def _words(analysis: Analysis, rows: dict[str, list[RegretRow]]) -> Words:
    outcome, first = next(iter(rows.items()))
    numbers = {policy_label(r.policy): r.best_text() for r in first}
    what = f"Best in [95 % interval], {label_of(outcome)}"
    title = "Chance of being the best policy, and mean regret, by outcome"
    return Words(
        title, key_numbers(what, numbers), sweep_caption(analysis, f"{_NOTE} {capital(rests_on(first[0].units))}.")
    )
