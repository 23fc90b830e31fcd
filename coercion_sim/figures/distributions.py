"""Distribution of an outcome under each policy, or of its paired differences: clouds, or cumulative steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from coercion_sim.analysis import (
    INTERVAL_OF_MEAN,
    RANGE_OVER_DRAWS,
    MeanRow,
    OutcomeFrame,
    Spread,
    ecdf,
    mean_rows,
    outcome_frame,
)
from coercion_sim.arrays import Array
from coercion_sim.experiments import Results
from coercion_sim.figures.style import frame
from coercion_sim.figures.style.captions import by_policy, key_numbers, place, range_words, source_line
from coercion_sim.figures.style.data import NothingToShow, baseline, counted
from coercion_sim.figures.style.house import FULL_WIDTH, Canvas, Mark, marks_of, new_figure
from coercion_sim.figures.style.shapes import zero_line
from coercion_sim.outcomes import column, label_of
from coercion_sim.wording import capital, interval, policy_label

#: Points drawn of one policy: more only make a figure heavy.
MOST_POINTS = 400
#: A sample with one number in more than this share of its runs has no density.
_ONE_NUMBER = 0.2
#: So few different numbers are drawn as a bar each.
_DISTINCT = 12
#: Fewer runs than this are drawn as points alone.
_FEW = 20
#: Values behind a density: more no longer change it to the eye.
_DENSITY = 4000
Form = Literal["cloud", "steps"]


@dataclass(frozen=True, eq=False)
class Samples:
    """Values of one outcome.

    Attributes
    ----------
    values : policy -> (n,)
        One number a run (or pair of runs), in no order of meaning; NaN left out.
    against
        Policy subtracted run by run; empty for levels.
    """

    outcome: str
    values: dict[str, Array]
    against: str
    source: OutcomeFrame

    @property
    def label(self) -> str:
        """Outcome, or the difference in it, as an axis names it."""
        words = label_of(self.outcome)
        if not self.against:
            return capital(words)
        return f"Difference from {policy_label(self.against)} in the same draw: {words}"


def samples(results: Results, outcome: str, *, paired: bool = False) -> Samples:
    """Read one outcome of the table `outcomes`; with `paired`, its differences from the baseline draw by draw.

    Raises
    ------
    InvalidInput
        For a name that is no outcome; lists the outcomes.
    NothingToShow
        Without a value, and for differences of one policy.
    """
    against = baseline(results) if paired else ""
    if paired and len(results.policies) < 2:
        raise NothingToShow("no differences to show: one policy was run")
    source = results.keep(("frame", outcome), lambda: outcome_frame(results, (outcome,)))
    every = {p: source.of(outcome, p, against) for p in results.policies if p != against}
    finite = {policy: values[np.isfinite(values)] for policy, values in every.items()}
    values = {policy: kept for policy, kept in finite.items() if kept.size}
    if not values:
        raise NothingToShow(f"no finished run has a value of {outcome}")
    return Samples(outcome, values, against, source)


def thinned(values: Array, most: int = MOST_POINTS) -> Array:
    """At most so many of the values, evenly spaced in rank, so that they keep the shape."""
    ordered = np.sort(values)
    if ordered.size <= most:
        return ordered
    return np.asarray(ordered[np.round(np.linspace(0, ordered.size - 1, most)).astype(int)])


def cloud(values: Array, low: float, high: float) -> tuple[Array, Array] | None:
    """Outline (x, height) of a distribution, highest point 1; None for few values or one number.

    Where no number is repeated much: a Gaussian kernel density (bandwidth by Scott 1992, eq. 6.42) that ends at the
    smallest and largest value, so that it shows no probability beyond the runs. Else the bars of a histogram, or
    one bar for each of a few numbers.
    """
    if values.size < _FEW or np.ptp(values) <= 1e-9 * max(high - low, abs(high), 1e-300):
        return None
    numbers, counts = np.unique(values, return_counts=True)
    if numbers.size <= min(_DISTINCT, values.size // 3):
        half = min(0.3 * float(np.diff(numbers).min()), 0.015 * (high - low))
        bars = numbers[:, None] + half * np.array([-1.0, -1.0, 1.0, 1.0])
        heights = np.outer(counts / counts.max(), [0.0, 1.0, 1.0, 0.0])
        return bars.ravel(), heights.ravel()
    if counts.max() > _ONE_NUMBER * values.size:
        edges = np.histogram_bin_edges(values, bins=min(30, max(6, counts.size)))
        share, _ = np.histogram(values, edges)
        return np.repeat(edges, 2)[1:-1], np.repeat(share / share.max(), 2)
    from scipy.stats import gaussian_kde

    x = np.linspace(values.min(), values.max(), 200)
    few = values if values.size <= _DENSITY else thinned(values, _DENSITY)
    density: Any = gaussian_kde(few)(x)
    return x, density / density.max()


def jitter(n: int) -> Array:
    """Heights (n,) in [0, 1) that fill the strip evenly and are the same every time (van der Corput, base 2)."""
    k = np.arange(1, n + 1)
    heights = np.zeros(n)
    part = 0.5
    while k.any():
        heights += part * (k & 1)
        k >>= 1
        part /= 2.0
    return heights


def distributions(
    results: Results, outcome: str = "target_loss_pv", figure: Canvas | None = None, *, form: Form = "cloud",
    paired: bool = False, width: float = FULL_WIDTH,
) -> Canvas:  # fmt: skip
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
    means = mean_rows(drawn.source, outcome, drawn.against, by_point=False) if paired else ()
    intervals = {row.policy: row for row in means if row.policy in drawn.values}
    figure = new_figure(width) if figure is None else figure
    wide = frame.width_of(figure) > 5.0
    what = f"Difference from {policy_label(drawn.against)}, {label_of(outcome)}" if paired else drawn.label
    title = f"{what}: {place(results)}"
    words = frame.Words(title, _numbers(drawn, intervals), _caption(results, drawn, form, intervals))
    marks = marks_of(results, drawn.values)
    if form == "steps":
        height = (0.45 if wide else 0.62) * frame.width_of(figure)
        ax = _steps(frame.framed(figure, height, words, frame.legend_of(marks, line=True)), drawn, marks)
    else:
        height = 0.45 + (0.62 if wide else 0.52) * len(marks)
        ax = _clouds(frame.framed(figure, height, words), drawn, marks, intervals)
    frame.few_ticks(ax, 7 if wide else 5)
    ax.set_xlabel(frame.axis_label(drawn.label, column(outcome).unit, 0.62 * frame.width_of(figure)))
    return figure


def _clouds(body: SubFigure, drawn: Samples, marks: Mapping[str, Mark], means: Mapping[str, MeanRow]) -> Axes:
    """A row a policy, each with its cloud; and the bracket of the mean of a paired difference."""
    ax = body.subplots()
    frame.row_axis(ax, frame.row_labels([policy_label(p) for p in marks], frame.width_of(ax.figure)))
    everything = np.concatenate(list(drawn.values.values()))
    bounds = [end for row in means.values() for end in (row.low, row.high) if np.isfinite(end)]
    low, high = min([float(everything.min()), *bounds]), max([float(everything.max()), *bounds])
    for y, (policy, mark) in enumerate(marks.items()):
        draw_cloud(ax, drawn.values[policy], y, mark, (low, high))
        row = means.get(policy)
        if row is not None and row.high >= row.low:  # a bracket above the line of the ranges
            ax.plot([row.low, row.high], [y - 0.06] * 2, color="black", linewidth=0.8, zorder=5)
            for end in (row.low, row.high):
                ax.plot([end, end], [y - 0.09, y - 0.03], color="black", linewidth=0.8, zorder=5)
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
    ax.set_ylabel(frame.axis_label("Draws at or below", "%", 1.6))
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
    if (most := max(values.size for values in drawn.values.values())) > MOST_POINTS:
        notes.append(f"Points: {MOST_POINTS} of {most:,} runs, evenly spaced in rank.")
    same = [policy_label(p) for p, v in drawn.values.items() if v.size > 1 and not np.ptp(v)]
    if same:
        notes.append(f"The same in every draw: {', '.join(same)}.")
    return source_line(results, counted(results), *notes)
