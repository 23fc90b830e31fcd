"""Levels and paired differences of policies, with intervals of the mean: over the design, by point, along a grid."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coercion_sim.analysis.sensitivity.design_layout import Kept, Layout, complete
from coercion_sim.analysis.sensitivity.outcome_frame import OutcomeFrame
from coercion_sim.arrays import Array, Ints
from coercion_sim.intervals import FEWEST_UNITS, Estimate, clustered, crossed, rests_on
from coercion_sim.wording import interval

#: Number of a row over all points.
ALL_POINTS = -1
#: Unit of a mean where replicates are independent of each other.
REPLICATES = "replicates"


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
        What the interval rests on, and its number: ``replicates`` (or groups of them with a draw in
        common), or ``points``, ``base rows`` or ``trajectories`` of a sampled block (`over_design`); empty for a
        single value.
    mean, low, high
        Mean and its 95 % interval over those units; NaN bounds where they are too few (`intervals.FEWEST_UNITS`).
    sd
        Standard deviation of a unit.
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

    @property
    def sample(self) -> str:
        """What the interval rests on, in words."""
        return rests_on(self.n, self.unit.partition(" ")[0].removesuffix("s"), self.unit) if self.unit else ""

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


def sample_axis(layout: Layout) -> int | None:
    """Sampled block with the fewest units, which limits what a mean over the design can say; None without any."""
    sampled = [(block.units, axis) for axis, block in enumerate(layout.blocks) if block.sampled and block.units > 1]
    return min(sampled)[1] if sampled else None


def kept_cells(values: Array, layout: Layout) -> Kept:
    """Cells (P, R) kept so that a mean over the design weighs everything alike: whole units of `sample_axis`."""
    axis = sample_axis(layout)
    return complete(values, None if axis is None else layout.unit_of(axis))


def over_design(cells: Array, kept: Kept, layout: Layout, units: Ints) -> tuple[Estimate, str]:
    """Mean over a design of cells (p, r) that were `kept`, and what was drawn independently.

    Where both replicates and the points of a sampled block are enough for an interval, both (`intervals.crossed`): it
    speaks of other points and other luck. Where one of them is too few, the other alone: the interval then is given
    those replicates, or those points. Points of a grid or table are given always.

    Parameters
    ----------
    units : (R,)
        Unit of each replicate, kept or not.
    """
    axis, columns = sample_axis(layout), units[kept.replicates]
    draws = clustered(cells.mean(axis=0), columns)
    replicates = REPLICATES if draws.units == cells.shape[1] else "groups of replicates with a draw in common"
    if axis is None:
        return draws, replicates if cells.shape[1] > 1 else ""
    rows = layout.unit_of(axis)[kept.points]
    name = {"saltelli": "base rows", "morris": "trajectories"}.get(layout.blocks[axis].how, "points")
    points = clustered(cells.mean(axis=1), rows)
    if draws.units >= FEWEST_UNITS and points.units >= FEWEST_UNITS:
        return crossed(cells, rows, columns), f"{replicates}, crossed with {int(points.units):,} {name}"
    if draws.units >= FEWEST_UNITS:
        return draws, f"{replicates}, given {int(points.units)} {name}"
    given = "" if cells.shape[1] == 1 else f", given {cells.shape[1]} replicates"
    return points, name + given


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
    a, b = kept.of(own), kept.of(other)
    estimate, unit = over_design(a - b if against else a, kept, frame.layout, frame.units)
    low, high = estimate.interval()
    axis = 0 if a.shape[1] > 1 else 1  # pairing is by luck, where luck varies
    ratio = variance_ratio(a.mean(axis=axis), b.mean(axis=axis)) if against else math.nan
    n = int(estimate.units) if unit else 0
    mean, sd = float(estimate.mean), float(estimate.deviation)
    return MeanRow(outcome, policy, against, ALL_POINTS, unit, n, mean, float(low), float(high), sd, ratio, kept.note)


def _by_point(frame: OutcomeFrame, outcome: str, policy: str, against: str) -> list[MeanRow]:
    own, other = frame.of(outcome, policy), frame.of(outcome, against or policy)
    sample = own - other if against else own
    estimate = clustered(sample, frame.units)
    low, high = estimate.interval()
    ratios = [variance_ratio(a, b) if against else math.nan for a, b in zip(own, other, strict=True)]
    numbers = np.stack([estimate.mean, low, high, estimate.deviation, np.array(ratios)], axis=1).tolist()
    return [
        MeanRow(outcome, policy, against, p, REPLICATES, int(estimate.units[p]), *five)
        for p, five in enumerate(numbers)
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
