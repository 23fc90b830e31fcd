"""Levels and paired differences of policies, with intervals of the mean: over the design, by point, along a grid."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coercion_sim.analysis.compare.cube import t_quantile
from coercion_sim.analysis.sensitivity.design_layout import Array, Kept, Layout, complete
from coercion_sim.analysis.sensitivity.outcome_frame import OutcomeFrame
from coercion_sim.wording import interval

#: Number of a row over all points.
ALL_POINTS = -1


@dataclass(frozen=True)
class MeanRow:
    """Mean of one outcome under one policy.

    Attributes
    ----------
    policy, against
        `against` names the policy subtracted, run by run; empty for a level.
    point
        Number of the point; `ALL_POINTS` for the mean over the design.
    unit, n
        The independent sample and its size: ``replicates``, or with one replicate ``points``,
        ``base rows`` or ``trajectories`` of a sampled block; empty where nothing was.
    mean, low, high
        Mean and its 95 % Student t interval over those units; NaN bounds with fewer than two.
    sd
        Standard deviation (n - 1) over units.
    variance_ratio
        Of a difference: (s_a^2 + s_b^2) / s_d^2, the variance of the mean difference between two policies run on luck
        of their own over that of the paired one (common random numbers; Law 2015, section 11.2). Above 1 pairing
        helped; infinite where the difference is the same in every unit. NaN for a level.
    note
        What was left out.
    """

    outcome: str
    policy: str
    against: str
    point: int
    unit: str
    n: int
    mean: float
    low: float
    high: float
    sd: float
    variance_ratio: float
    note: str = ""

    def text(self, *, sign: bool = False, star: bool = False) -> str:
        """Mean with its 95 % interval: ``−0.15 [−0.19, −0.11]``; the mean alone without one."""
        return interval(self.mean, self.low, self.high, sign=sign, star=star)


def mean_rows(frame: OutcomeFrame, outcome: str, baseline: str = "", *, by_point: bool = True) -> tuple[MeanRow, ...]:
    """Levels of every policy, or with `baseline` the paired differences of the others from it.

    First the rows over the whole design, then those by point (left out for a design of one point).
    """
    rows: list[MeanRow] = []
    for policy in frame.policies:
        if policy == baseline:
            continue
        rows.append(_over_design(frame, outcome, policy, baseline))
        if by_point and frame.layout.points > 1:
            rows += _by_point(frame, outcome, policy, baseline)
    return tuple(rows)


def t_interval(values: Array) -> tuple[Array, Array, Array]:
    """Mean, half-width and standard deviation along the last axis, NaN left out.

    Half-width ``t(n - 1, .975) s / sqrt(n)``; NaN with fewer than two values.
    """
    there = np.isfinite(values)
    n = there.sum(axis=-1)
    mean = np.where(there, values, 0.0).sum(axis=-1) / np.where(n > 0, n, 1)
    mean = np.where(n > 0, mean, np.nan)
    square = np.where(there, values - mean[..., None], 0.0) ** 2
    variance = np.where(n > 1, square.sum(axis=-1) / np.maximum(n - 1, 1), np.nan)
    t = np.array([t_quantile(int(k) - 1) if k > 1 else math.nan for k in np.unique(n)])
    half = t[np.searchsorted(np.unique(n), n)] * np.sqrt(variance / np.maximum(n, 1))
    return mean, half, np.sqrt(variance)


def sample_axis(layout: Layout) -> int | None:
    """Sampled block with the fewest units, which limits what a mean over the design can say; None without any."""
    sampled = [(block.units, axis) for axis, block in enumerate(layout.blocks) if block.sampled and block.units > 1]
    return min(sampled)[1] if sampled else None


def kept_cells(values: Array, layout: Layout) -> Kept:
    """Cells (P, R) kept so that a mean over the design weighs everything alike: whole units of `sample_axis`."""
    axis = sample_axis(layout)
    return complete(values, None if axis is None else layout.unit_of(axis))


def unit_values(values: Array, kept: Kept, layout: Layout) -> tuple[Array, str]:
    """Values (n, ...) of the independent units behind a mean over the design, and what the units are.

    Replicates are the sample from two on: each is the mean over the points, and the interval speaks of
    these points under other luck. With one replicate it is the units of `sample_axis`, each the mean over everything
    else. With neither, the one value is the mean, and the name is empty.

    Parameters
    ----------
    values : (P, R, ...)
    """
    cells = kept.of(values)
    axis = sample_axis(layout)
    if cells.shape[1] > 1 or axis is None:
        return cells.mean(axis=0), "replicates" if cells.shape[1] > 1 else ""
    unit = layout.unit_of(axis)[kept.points]
    means = np.stack([cells[unit == u, 0].mean(axis=0) for u in np.unique(unit)])
    return means, {"saltelli": "base rows", "morris": "trajectories"}.get(layout.blocks[axis].how, "points")


def quantile_rows(frame: OutcomeFrame, outcome: str, probabilities: Array) -> dict[str, Array]:
    """Quantiles of an outcome over all runs (points x replicates), by policy: the ECDF read sideways.

    The quantile at F is the least value that at least the share F of the runs do not exceed (inverse of the empirical
    distribution function). All NaN for a policy without runs.
    """
    quantiles = {}
    for policy in frame.policies:
        x, _ = ecdf(frame.of(outcome, policy))
        at = np.clip(np.ceil(probabilities * x.size - 1e-9).astype(int) - 1, 0, max(x.size - 1, 0))
        quantiles[policy] = x[at] if x.size else np.full(probabilities.shape, np.nan)
    return quantiles


def ecdf(values: Array) -> tuple[Array, Array]:
    """Sorted values (n,) and the share (n,) of all that does not exceed each; NaN left out."""
    x = np.sort(values[np.isfinite(values)], axis=None)
    share = np.searchsorted(x, x, side="right") / max(x.size, 1)
    return x, share


def _over_design(frame: OutcomeFrame, outcome: str, policy: str, against: str) -> MeanRow:
    own, other = frame.of(outcome, policy), frame.of(outcome, against or policy)
    kept = kept_cells(own + other, frame.layout)
    if not kept.points.any():
        return MeanRow(outcome, policy, against, ALL_POINTS, "", 0, *(math.nan,) * 5, note="no runs")
    levels, unit = unit_values(np.stack([own, other], axis=2), kept, frame.layout)
    a, b = levels[:, 0], levels[:, 1]
    sample = a - b if against else a
    mean, half, sd = (float(x) for x in t_interval(sample))
    ratio = variance_ratio(a, b) if against else math.nan
    n = sample.size if unit else 0
    return MeanRow(outcome, policy, against, ALL_POINTS, unit, n, mean, mean - half, mean + half, sd, ratio, kept.note)


def _by_point(frame: OutcomeFrame, outcome: str, policy: str, against: str) -> list[MeanRow]:
    own, other = frame.of(outcome, policy), frame.of(outcome, against or policy)
    sample = own - other if against else own
    mean, half, sd = t_interval(sample)
    n = np.isfinite(sample).sum(axis=1)
    ratios = [variance_ratio(a, b) if against else math.nan for a, b in zip(own, other, strict=True)]
    return [
        MeanRow(outcome, policy, against, p, "replicates", int(n[p]), m, m - h, m + h, s, ratios[p])
        for p, (m, h, s) in enumerate(zip(mean.tolist(), half.tolist(), sd.tolist(), strict=True))
    ]


def variance_ratio(own: Array, other: Array) -> float:
    """(s_a^2 + s_b^2) / s_(a-b)^2 over units (n,) that have both; NaN with fewer than two or nothing that varies."""
    both = np.isfinite(own) & np.isfinite(other)
    if both.sum() < 2:
        return math.nan
    a, b = own[both], other[both]
    apart = float(np.var(a, ddof=1) + np.var(b, ddof=1))
    paired = float(np.var(a - b, ddof=1))
    # What the subtraction leaves of rounding is no variance.
    if paired <= (1e-12 * max(float(np.abs(a).max()), float(np.abs(b).max()))) ** 2:
        return math.inf if apart > 0.0 and paired < apart else math.nan
    return apart / paired


@dataclass(frozen=True)
class AxisRow:
    """Mean of one outcome, or of a difference, at one value of a parameter of a grid.

    Attributes
    ----------
    parameter, value
        Path and value; the mean is over all points that have it.
    row
        The mean with its interval, `MeanRow` of those points.
    """

    parameter: str
    value: Any
    row: MeanRow


def axis_rows(frame: OutcomeFrame, outcome: str, baseline: str = "") -> tuple[AxisRow, ...]:
    """Rows along every parameter of every grid, value by value in the order of the design."""
    rows_along: list[AxisRow] = []
    for axis, block in enumerate(frame.layout.blocks):
        if block.how != "grid":
            continue
        for path in block.paths:
            for value, part in slices(frame, axis, path):
                rows = mean_rows(part, outcome, baseline, by_point=False)
                rows_along += [AxisRow(path, value, row) for row in rows]
    return tuple(rows_along)


def slices(frame: OutcomeFrame, axis: int, path: str) -> Iterator[tuple[Any, OutcomeFrame]]:
    """Every value of a parameter of the grid `axis`, with the part of the sweep that has it.

    A grid crosses its parameters, so that every value has the same number of its rows.
    """
    layout = frame.layout
    column = frame.parameters[:, layout.paths.index(path)]
    rows_of_point = np.arange(layout.points).reshape(layout.shape)
    block = layout.blocks[axis]
    # Value of each row of the block, from any point of that row that was run.
    by_row = np.moveaxis(column[rows_of_point], axis, 0).reshape(block.rows, -1)
    known = np.isfinite(by_row)
    values = np.where(known.any(axis=1), by_row[np.arange(block.rows), known.argmax(axis=1)], np.nan)
    for value in dict.fromkeys(values[np.isfinite(values)].tolist()):
        rows = np.flatnonzero(values == value)
        points = np.take(rows_of_point, rows, axis=axis).reshape(-1)
        blocks = tuple(replace(b, rows=rows.size) if a == axis else b for a, b in enumerate(layout.blocks))
        part = replace(
            frame,
            values={name: cells[points] for name, cells in frame.values.items()},
            layout=Layout(blocks),
            parameters=frame.parameters[points],
        )
        yield frame.choices[path][int(value)] if path in frame.choices else value, part
