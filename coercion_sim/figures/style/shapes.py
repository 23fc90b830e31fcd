"""Shapes that several figures share: a mark with its interval, fans and bands over time, the zero line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from coercion_sim.analysis import Spread
from coercion_sim.arrays import Array
from coercion_sim.figures.style.frame import time_axis
from coercion_sim.figures.style.house import NEUTRAL, Mark, points

#: Shade of a quarter with measures in force in every run; fainter in fewer.
_SHADE = "#9A9A9A"


def draw_interval(ax: Axes, value: float, low: float, high: float, y: float, mark: Mark) -> None:
    """Mark a value at height `y` of a row axis, and its interval as a line where it has one."""
    if high >= low:
        ax.plot([low, high], [y, y], color=mark.colour, linewidth=1.1, solid_capstyle="butt", zorder=2)
    ax.plot(
        [value], [y], marker=mark.marker, color=mark.colour, linestyle="none", markeredgecolor="white",
        markeredgewidth=0.4, zorder=3,
    )  # fmt: skip


def draw_spreads(ax: Axes, spreads: Sequence[Spread], rows: Sequence[float] | Array, mark: Mark) -> None:
    """Mark means on their rows, each with its 5-95 % range where it has more than one replicate."""
    for spread, row in zip(spreads, rows, strict=True):
        if spread.n > 1:
            ends = [spread.low, spread.high]
            ax.plot(ends, [row, row], color=mark.colour, linewidth=1.1, solid_capstyle="butt", zorder=2)
    ax.plot(
        [spread.mean for spread in spreads], rows, linestyle="none", marker=mark.marker, color=mark.colour,
        markeredgecolor="white", markeredgewidth=0.4, zorder=3,
    )  # fmt: skip


def offsets(count: int, reach: float) -> Array:
    """Heights (count,) that set the marks of several policies apart within a row, from -reach to reach."""
    return np.linspace(-reach, reach, count) if count > 1 else np.zeros(1)


def zero_line(ax: Axes, *, vertical: bool = False) -> None:
    """Thin line at 0."""
    (ax.axvline if vertical else ax.axhline)(0.0, color=NEUTRAL, linewidth=0.7, zorder=1)


def finished(values: Array) -> Array:
    """Rows of values (K, T) of the runs that finished."""
    done: Array = values[np.isfinite(values).any(axis=1)]
    return done


def median(values: Array) -> Array:
    """Median over finished runs of values (K, T), (T,); NaN without any."""
    done = finished(values)
    return np.median(done, axis=0) if len(done) else np.full(values.shape[1], np.nan)


def draw_fans(
    ax: Axes, paths: Mapping[str, Array], marks: Mapping[str, Mark], quarters: Sequence[str], most: int = 10
) -> Axes:
    """Draw values (K draws, T quarters) of each policy on given axes: the median, a 5-95 % fan, and the line at 0."""
    x = np.arange(len(quarters))
    for number, (policy, values) in enumerate(paths.items()):
        done, mark = finished(values), marks[policy]
        if not len(done):
            continue
        low, middle, high = np.nanquantile(done, [0.05, 0.5, 0.95], axis=0)
        if len(done) > 1:
            ax.fill_between(x, low, high, color=mark.colour, alpha=0.16, linewidth=0, zorder=2)
        every = (number, max(2, len(x) // (7 if most > 5 else 4)))
        ax.plot(
            x, middle, color=mark.colour, linestyle=mark.line, marker=mark.marker, markevery=every, markersize=3.2,
            zorder=3,
        )  # fmt: skip
    zero_line(ax)
    time_axis(ax, quarters, most)
    return ax


def draw_bands(ax: Axes, values: Array, mark: Mark, acting: Array | None = None) -> Axes:
    """Draw median and 25-75 % and 5-95 % bands of values (K, T); shade quarters by `acting` (T,), shares of runs."""
    done, steps = finished(values), np.arange(values.shape[1])
    for step, share in enumerate(() if acting is None else acting):
        if share > 0.0:
            alpha = 0.08 + 0.30 * float(share)
            ax.axvspan(step - 0.5, step + 0.5, color=_SHADE, alpha=alpha, linewidth=0, zorder=0)
    zero_line(ax)
    if not len(done):
        ax.text(0.5, 0.5, "no run finished", transform=ax.transAxes, ha="center", fontsize=points(7.0), color=NEUTRAL)
        return ax
    p5, p25, middle, p75, p95 = np.nanquantile(done, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
    if len(done) > 1:
        ax.fill_between(steps, p5, p95, color=mark.colour, alpha=0.20, linewidth=0, zorder=2)
        ax.fill_between(steps, p25, p75, color=mark.colour, alpha=0.35, linewidth=0, zorder=2)
    ax.plot(
        steps, middle, color=mark.colour, linestyle=mark.line, marker=mark.marker, markersize=3.0,
        markevery=max(1, len(steps) // 6), zorder=3,
    )  # fmt: skip
    return ax
