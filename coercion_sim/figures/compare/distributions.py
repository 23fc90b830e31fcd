"""How an outcome is distributed under each policy: rainclouds, of levels or of paired differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.analysis import INTERVAL_OF_MEAN, RANGE_OVER_DRAWS, MeanRow, mean_rows
from coercion_sim.experiments import Results
from coercion_sim.figures.compare.samples import MOST_POINTS, Samples, cloud, jitter, samples, thinned
from coercion_sim.figures.style.data import Array, baseline, counted
from coercion_sim.figures.style.layout import axis_label, few_ticks, framed, new_figure, row_axis, row_labels, width_of
from coercion_sim.figures.style.outcome_words import ROUNDING, difference_sentence, outcome_label, quantity, unit_label
from coercion_sim.figures.style.style import FULL_WIDTH, NEUTRAL, Mark, marks_of
from coercion_sim.figures.style.text import listing, number, percent, policy_label, source_line, when

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.figures.style.layout import Canvas


def distributions(
    results: Results, outcome: str = "target_loss_pv", figure: Canvas | None = None, *, width: float = FULL_WIDTH
) -> Canvas:
    """Draw one outcome under every policy: density above, median and ranges on the line, runs as points below.

    Raises
    ------
    InvalidInput
        For a name that is no outcome.
    """
    drawn = samples(results, outcome)
    return _figure(results, drawn, title(drawn, baseline(results)), figure, width)


def differences(
    results: Results, outcome: str = "target_loss_pv", figure: Canvas | None = None, *, width: float = FULL_WIDTH
) -> Canvas:
    """Draw the paired differences of one outcome from the baseline: what each policy changes, world by world.

    The black bracket is the 95 % interval of the mean, over what was sampled independently (`analysis.mean_rows`).

    Raises
    ------
    NothingToShow
        Where one policy was run.
    """
    drawn = samples(results, outcome, paired=True)
    means = {row.policy: row for row in mean_rows(drawn.frame, outcome, drawn.against, by_point=False)}
    return _figure(results, drawn, difference_title(drawn, means), figure, width, means)


def _figure(
    results: Results,
    drawn: Samples,
    title: str,
    figure: Canvas | None,
    width: float,
    means: dict[str, MeanRow] | None = None,
) -> Canvas:
    figure = new_figure(width) if figure is None else figure
    policies = list(drawn.values)
    labels = row_labels([policy_label(p) for p in policies], width_of(figure))
    row = 0.62 if width_of(figure) > 5.0 else 0.52
    body = framed(figure, 0.45 + row * len(policies), title, _caption(results, drawn, means))
    ax = body.subplots()
    row_axis(ax, labels)
    marks = marks_of(results)
    everything = np.concatenate(list(drawn.values.values()))
    bounds = [end for row in (means or {}).values() for end in (row.low, row.high) if np.isfinite(end)]
    low, high = min([float(everything.min()), *bounds]), max([float(everything.max()), *bounds])
    for y, policy in enumerate(policies):
        draw_raincloud(ax, drawn.values[policy], y, marks[policy], (low, high))
        if means is not None:
            _draw_mean(ax, means[policy], y)
    room = 0.04 * (high - low) or 0.05 * abs(high) or 1.0
    if means is not None or low * high <= 0.0:
        ax.axvline(0.0, color=NEUTRAL, linewidth=0.7, zorder=1)
        low, high = min(low, 0.0), max(high, 0.0)
    ax.set_xlim(low - room, high + room)
    few_ticks(ax, 7 if width_of(figure) > 5.0 else 5)
    ax.set_xlabel(axis_label(drawn.label, unit_label(drawn.unit), 0.62 * width_of(figure)))
    return figure


def draw_raincloud(ax: Axes, values: Array, y: float, mark: Mark, span: tuple[float, float] | None = None) -> Axes:
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


def _draw_mean(ax: Axes, row: MeanRow, y: float) -> None:
    """Mean and its interval as brackets above the line of the ranges."""
    if row.high >= row.low:
        ax.plot([row.low, row.high], [y - 0.06] * 2, color="black", linewidth=0.8, zorder=5)
        for end in (row.low, row.high):
            ax.plot([end, end], [y - 0.09, y - 0.03], color="black", linewidth=0.8, zorder=5)


def title(drawn: Samples, base: str) -> str:
    """Say the median of each policy (the mean where medians are alike), the baseline's first."""
    measure, middle = _typical(drawn)
    if base not in middle:
        base = next(iter(middle))
    said = f"{outcome_label(drawn.outcome)}: {measure} {quantity(middle[base], drawn.unit)} {when(base)}"
    others = {p: m for p, m in middle.items() if p != base}
    if not others:
        low, high = np.quantile(drawn.values[base], [0.05, 0.95])
        return f"{said}, and from {number(low)} to {number(high)} in nine worlds of ten"
    if len(others) <= 2:
        return f"{said}, {listing([f'{quantity(m, drawn.unit)} {when(p)}' for p, m in others.items()])}"
    least, most = min(others, key=lambda p: others[p]), max(others, key=lambda p: others[p])
    sizes = [quantity(others[p], drawn.unit) for p in (least, most)]
    if sizes[0] == sizes[1]:
        return f"{said}, {sizes[0]} under each other policy"
    ends = [f"{size} {when(p)}" for size, p in zip(sizes, (least, most), strict=True)]
    return f"{said}; from {ends[0]} to {ends[1]}"


def _typical(drawn: Samples) -> tuple[str, dict[str, float]]:
    """Medians by policy; means where every median is the same, as where most worlds see no pressure."""
    middle = {p: float(np.median(v)) for p, v in drawn.values.items()}
    if len(middle) > 1 and np.ptp(list(middle.values())) == 0.0:
        return "mean", {p: float(v.mean()) for p, v in drawn.values.items()}
    return "median", middle


def difference_title(drawn: Samples, means: dict[str, MeanRow]) -> str:
    """Say what the policy with the largest mean difference changes, and in how many worlds it goes that way."""
    row = max((means[p] for p in drawn.values), key=lambda r: abs(np.nan_to_num(r.mean)))
    values = drawn.values[row.policy]
    same_way = float(((values > 0.0) if row.mean > 0 else (values < 0.0)).mean())
    said = difference_sentence(drawn.outcome, drawn.unit, row)
    if not abs(row.mean) > ROUNDING:
        return said
    way = "higher" if row.mean > 0.0 else "lower"
    return f"{said}; {way} in {percent(same_way)} of worlds"


def _caption(results: Results, drawn: Samples, means: dict[str, MeanRow] | None) -> str:
    lines = f"Mark: median; thick and thin line: 25-75 % and {RANGE_OVER_DRAWS}."
    notes = [lines]
    if means is not None:
        notes.append(f"Black bracket: {INTERVAL_OF_MEAN}.")
    most = max(values.size for values in drawn.values.values())
    if most > MOST_POINTS:
        notes.append(f"Points: {MOST_POINTS} of {most:,} runs, evenly spaced in rank.")
    same = [policy_label(p) for p, v in drawn.values.items() if v.size > 1 and not np.ptp(v)]
    if same:
        notes.append(f"The same in every world: {', '.join(same)}.")
    return source_line(results, counted(results), *notes)
