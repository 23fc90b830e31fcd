"""Course of the dispute: real income of the target and the coercer, and the times of measures on each product."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from coercion_sim.experiments import Results
from coercion_sim.figures.style.captions import by_policy, caption, key_numbers, range_words, state_name
from coercion_sim.figures.style.data import (
    Bar,
    counted,
    measure_bars,
    one_presser,
    script_end,
    state_outcome,
    state_spreads,
)
from coercion_sim.figures.style.frame import (
    Words,
    entry,
    framed,
    panel_title,
    row_axis,
    row_labels,
    time_axis,
    time_label,
    width_of,
    wrap,
)
from coercion_sim.figures.style.house import FULL_WIDTH, Canvas, marks_of, new_figure
from coercion_sim.figures.style.shapes import draw_fans
from coercion_sim.outcomes import column
from coercion_sim.wording import policy_label, span, unit_words


def time_path(results: Results, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw real income quarter by quarter: median and 5-95 % fan by policy, with the measures in force below.

    Panels: the target's whole change of real income; where a policy changes trade for its own sake, the part due to the
    coercion; the coercer's effect of its own coercion; a bar for each product under a measure.
    """
    figure = new_figure(width) if figure is None else figure
    panels, bars = _panels(results), measure_bars(results)
    headings = [heading for *_, heading, _ in panels] + [_measures_heading(results)] * bool(bars)
    headings = [panel_title(i, heading, width_of(figure) - 1.0) for i, heading in enumerate(headings)]
    heights = [height + 0.25 for *_, height in panels] + [_bars_height(bars, width_of(figure))] * bool(bars)
    heights = [height + 0.13 * heading.count("\n") for height, heading in zip(heights, headings, strict=True)]
    legend = [entry(mark, policy_label(p), line=True) for p, mark in marks_of(results).items()]
    body = framed(figure, sum(heights) + 0.35, _words(results, bars), legend if len(legend) > 1 else ())
    axes = np.atleast_1d(body.subplots(len(heights), 1, sharex=True, height_ratios=heights))
    for ax, (outcome, state, *_) in zip(axes, panels, strict=False):
        draw_path(ax, results, outcome, state)
    if bars:
        draw_measures(axes[-1], results, bars)
    for ax, heading in zip(axes, headings, strict=True):
        ax.set_title(heading)
    axes[-1].set_xlabel(time_label(results.quarters))
    return figure


def draw_path(ax: Axes, results: Results, outcome: str = "real_income", state: str | None = None) -> Axes:
    """Draw one outcome of one state on given axes, quarter by quarter: a line (median) and a fan (5-95 %) a policy.

    Raises
    ------
    ResultsError
        For an outcome the table of states does not have.
    """
    data = state_outcome(results, outcome)
    at = data.labels.index(results.target if state is None else state)
    draw_fans(ax, {p: data.values[i, :, :, at] for i, p in enumerate(data.policies)}, marks_of(results), data.periods)
    ax.set_ylabel(wrap(unit_words(column(outcome, "states").unit), 0.75, 7.0))
    return ax


def draw_measures(ax: Axes, results: Results, bars: Sequence[Bar] | None = None) -> Axes:
    """Draw on given axes when measures were in force: a row a product, a bar from first to last quarter."""
    lines = measure_bars(results) if bars is None else bars
    row_axis(ax, row_labels([bar.label for bar in lines], width_of(ax.figure)))
    for row, bar in enumerate(lines):
        ax.broken_barh(
            [(a - 0.5, b - a + 1.0) for a, b in bar.spans], (row - 0.3, 0.6), facecolors="#8A8A8A", linewidth=0
        )
    time_axis(ax, results.quarters)
    return ax


def _panels(results: Results) -> list[tuple[str, str, str, float]]:
    """Outcome, state, heading and height in inches of each panel of incomes."""
    target, coercer = state_name(results, results.target), state_name(results, results.coercer)
    panels = [("real_income", results.target, f"{target}: whole change of real income", 1.6)]
    whole, effect = state_outcome(results, "real_income"), state_outcome(results, "coercion_effect")
    at = whole.labels.index(results.target)
    gap = np.nan_to_num(whole.values[..., at] - effect.values[..., at])
    if np.abs(gap).max(initial=0.0) > 1e-9:
        panels.append(("coercion_effect", results.target, f"{target}: effect of the coercion alone", 1.1))
    own = "its own " if one_presser(results) else "all "
    return [*panels, ("coercion_effect", results.coercer, f"{coercer}: effect of {own}coercion", 0.9)]


def _measures_heading(results: Results) -> str:
    scripted = script_end(results) is not None
    return (
        "Quarters of the script's measures, by product" if scripted else "Quarters with measures in force, by product"
    )


def _bars_height(bars: Sequence[Bar], width: float) -> float:
    row = 0.24 if any("\n" in label for label in row_labels([bar.label for bar in bars], width)) else 0.13
    return 0.3 + row * len(bars)


def _words(results: Results, bars: Sequence[Bar]) -> Words:
    target, coercer = state_name(results, results.target), state_name(results, results.coercer)
    title = f"Real income of {target} and {coercer} by quarter, {span(results.quarters)}"
    mean = state_spreads(results, "real_income", results.target, range(len(results.quarters)))
    most = max(counted(results))
    numbers = key_numbers(
        range_words(f"{target}, mean of all quarters: median", most), by_policy(mean, median=True),
        column("real_income", "states").unit,
    )  # fmt: skip
    notes = ["Rates a year."]
    if bars and script_end(results) is not None:
        notes.append("After the script's, measures are each run's own.")
    return Words(title, numbers, caption(results, counted(results), "median", *notes))
