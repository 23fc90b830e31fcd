"""Distribution of an outcome under each policy, or of its paired differences: clouds, or cumulative steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from coercion_sim.analysis import INTERVAL_OF_MEAN, RANGE_OVER_DRAWS, MeanRow, Spread, ecdf, mean_rows
from coercion_sim.experiments import Results
from coercion_sim.figures.compare.samples import MOST_POINTS, Samples, cloud, jitter, samples, thinned
from coercion_sim.figures.style.captions import by_policy, key_numbers, place, range_words, source_line
from coercion_sim.figures.style.data import Array, counted
from coercion_sim.figures.style.frame import Words, axis_label, entry, few_ticks, framed, row_axis, row_labels, width_of
from coercion_sim.figures.style.house import FULL_WIDTH, Canvas, Mark, marks_of, new_figure
from coercion_sim.figures.style.shapes import zero_line
from coercion_sim.outcomes import column, label_of
from coercion_sim.wording import capital, interval, policy_label

Form = Literal["cloud", "steps"]


def distributions(
    results: Results,
    outcome: str = "target_loss_pv",
    figure: Canvas | None = None,
    *,
    form: Form = "cloud",
    paired: bool = False,
    width: float = FULL_WIDTH,
) -> Canvas:
    """Draw the distribution of one outcome under every policy.

    Parameters
    ----------
    form
        ``cloud``: density above, median and ranges on the line, runs as points below. ``steps``: the empirical
        distribution function, the share of draws at or below each value.
    paired
        Draw the differences from the baseline in the same draw, with the 95 % interval of their mean as a bracket
        (`analysis.mean_rows`).

    Raises
    ------
    InvalidInput
        For a name that is no outcome.
    NothingToShow
        For differences of one policy.
    """
    drawn = samples(results, outcome, paired=paired)
    means = mean_rows(drawn.frame, outcome, drawn.against, by_point=False) if paired else ()
    intervals = {row.policy: row for row in means if row.policy in drawn.values}
    figure = new_figure(width) if figure is None else figure
    wide = width_of(figure) > 5.0
    words = Words(_title(results, drawn), _numbers(drawn, intervals), _caption(results, drawn, form, intervals))
    marks = {policy: marks_of(results)[policy] for policy in drawn.values}
    if form == "steps":
        legend = [entry(mark, policy_label(p), line=True) for p, mark in marks.items()]
        height = (0.45 if wide else 0.62) * width_of(figure)
        ax = _steps(framed(figure, height, words, legend if len(legend) > 1 else ()), drawn, marks)
    else:
        height = 0.45 + (0.62 if wide else 0.52) * len(marks)
        ax = _clouds(framed(figure, height, words), drawn, marks, intervals)
    few_ticks(ax, 7 if wide else 5)
    ax.set_xlabel(axis_label(drawn.label, column(outcome).unit, 0.62 * width_of(figure)))
    return figure


def _clouds(body: SubFigure, drawn: Samples, marks: Mapping[str, Mark], means: Mapping[str, MeanRow]) -> Axes:
    """A row a policy, each with its cloud; and the bracket of the mean of a paired difference."""
    ax = body.subplots()
    row_axis(ax, row_labels([policy_label(p) for p in marks], width_of(ax.figure)))
    everything = np.concatenate(list(drawn.values.values()))
    bounds = [end for row in means.values() for end in (row.low, row.high) if np.isfinite(end)]
    low, high = min([float(everything.min()), *bounds]), max([float(everything.max()), *bounds])
    for y, (policy, mark) in enumerate(marks.items()):
        draw_cloud(ax, drawn.values[policy], y, mark, (low, high))
        if policy in means:
            _draw_mean(ax, means[policy], y)
    room = 0.04 * (high - low) or 0.05 * abs(high) or 1.0
    if means or low * high <= 0.0:
        zero_line(ax, vertical=True)
        low, high = min(low, 0.0), max(high, 0.0)
    ax.set_xlim(low - room, high + room)
    return ax


def _steps(body: SubFigure, drawn: Samples, marks: Mapping[str, Mark]) -> Axes:
    """A step line a policy."""
    ax = body.subplots()
    for policy, mark in marks.items():
        draw_steps(ax, drawn.values[policy], mark)
    low, high = ax.get_xlim()
    if low * high < 0.0:
        zero_line(ax, vertical=True)
    ax.set_ylim(-0.02, 1.02)
    ax.set_yticks([0.0, 0.25, 0.5, 0.75, 1.0], ["0", "25", "50", "75", "100"])
    ax.set_ylabel(axis_label("Draws at or below", "%", 1.6))
    return ax


def draw_cloud(ax: Axes, values: Array, y: float, mark: Mark, span: tuple[float, float] | None = None) -> Axes:
    """Draw one sample at height `y` of a row axis (which points down), half a row to each side."""
    low, high = span or (float(values.min()), float(values.max()))
    outline = cloud(values, low, high)
    if outline is not None:
        x, height = outline
        top = y - 0.1 - 0.34 * height
        ax.fill_between(x, y - 0.1, top, color=mark.colour, alpha=0.35, linewidth=0, zorder=2)
        ax.plot(x, top, color=mark.colour, linewidth=0.8, zorder=2)
    points = thinned(values)
    ax.plot(
        points, y + 0.14 + 0.26 * jitter(points.size), linestyle="none", marker="o", markersize=1.6,
        markeredgewidth=0, color=mark.colour, alpha=0.8 if points.size < 60 else 0.45, zorder=3,
    )  # fmt: skip
    p5, p25, middle, p75, p95 = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])
    ax.plot([p5, p95], [y, y], color=mark.colour, linewidth=0.9, solid_capstyle="butt", zorder=4)
    ax.plot([p25, p75], [y, y], color=mark.colour, linewidth=2.8, solid_capstyle="butt", zorder=4)
    ax.plot(
        [middle], [y], marker=mark.marker, color=mark.colour, markersize=5.5, markeredgecolor="white",
        markeredgewidth=0.8, linestyle="none", zorder=6,
    )  # fmt: skip
    return ax


def draw_steps(ax: Axes, values: Array, mark: Mark) -> Axes:
    """Draw the empirical distribution function of one sample as a step line, its mark at every second decile.

    Steps are at distinct values, at most one in a thousand of the runs, so that a line of 10,000 steps stays light.
    """
    x, share = ecdf(values)
    at = np.unique(np.searchsorted(share, np.linspace(0.0, 1.0, 1001)).clip(max=x.size - 1))
    x, share = x[at], share[at]
    line = np.concatenate([[x[0]], x]), np.concatenate([[0.0], share])
    ax.plot(*line, drawstyle="steps-post", color=mark.colour, linestyle=mark.line, zorder=3)
    marked = np.searchsorted(share, np.linspace(0.1, 0.9, 5) - 1e-12).clip(max=x.size - 1)
    ax.plot(
        x[marked], share[marked], marker=mark.marker, markersize=3.4, linestyle="none", color=mark.colour,
        markeredgecolor="white", markeredgewidth=0.4, zorder=4,
    )  # fmt: skip
    return ax


def _draw_mean(ax: Axes, row: MeanRow, y: float) -> None:
    """Interval of the mean as a bracket above the line of the ranges."""
    if row.high >= row.low:
        ax.plot([row.low, row.high], [y - 0.06] * 2, color="black", linewidth=0.8, zorder=5)
        for end in (row.low, row.high):
            ax.plot([end, end], [y - 0.09, y - 0.03], color="black", linewidth=0.8, zorder=5)


def _title(results: Results, drawn: Samples) -> str:
    words = label_of(drawn.outcome)
    what = f"Difference from {policy_label(drawn.against)}, {words}" if drawn.against else capital(words)
    return f"{what}: {place(results)}"


def _numbers(drawn: Samples, means: Mapping[str, MeanRow]) -> str:
    unit = column(drawn.outcome).unit
    if means:
        texts = {policy_label(p): interval(row.mean, row.low, row.high, sign=True) for p, row in means.items()}
        return key_numbers(f"Mean [{INTERVAL_OF_MEAN}]", texts, unit)
    levels = {policy: Spread.of(values) for policy, values in drawn.values.items()}
    most = max(spread.n for spread in levels.values())
    return key_numbers(range_words("Median", most), by_policy(levels, median=True), unit)


def _caption(results: Results, drawn: Samples, form: Form, means: Mapping[str, MeanRow]) -> str:
    if form == "steps":
        return source_line(results, counted(results), "Each line rises by 1/n at the value of each run.")
    notes = [f"Mark: median; thick and thin line: 25-75 % and {RANGE_OVER_DRAWS}."]
    if means:
        row = next(iter(means.values()))
        known = f"Black bracket: {INTERVAL_OF_MEAN}; " if np.isfinite(row.low) else ""
        notes.append(f"{known}{row.sample}." if row.sample else "One draw, so no interval.")
    most = max(values.size for values in drawn.values.values())
    if most > MOST_POINTS:
        notes.append(f"Points: {MOST_POINTS} of {most:,} runs, evenly spaced in rank.")
    same = [policy_label(p) for p, v in drawn.values.items() if v.size > 1 and not np.ptp(v)]
    if same:
        notes.append(f"The same in every draw: {', '.join(same)}.")
    return source_line(results, counted(results), *notes)
