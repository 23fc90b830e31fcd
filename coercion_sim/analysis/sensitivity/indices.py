"""Sensitivity of outcomes to the parameters varied, block by block of the design."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from coercion_sim.analysis.sensitivity.cells import Kept, complete
from coercion_sim.analysis.sensitivity.design_layout import Array, Block, Ints
from coercion_sim.analysis.sensitivity.estimators import GIVEN_DATA_ROWS, METHODS, Estimate, estimate
from coercion_sim.analysis.sensitivity.outcome_frame import OutcomeFrame
from coercion_sim.rng import generator

#: Settings of the other blocks under which a block is also analysed one by one.
MOST_SETTINGS = 12
#: Units below which no index is given: an interval from fewer resampled rows means little.
LEAST_UNITS = {"sobol": 16, "morris": 4, "rbd_fast": GIVEN_DATA_ROWS}
AVERAGED = "mean over the other blocks"


@dataclass(frozen=True)
class IndexRow:
    """One sensitivity index of one parameter.

    Attributes
    ----------
    policy, against
        The outcome under a policy, or its paired difference from `against`.
    method
        ``sobol``, ``morris`` or ``rbd_fast``.
    block, given
        Number of the block; setting of the other blocks, empty with one block.
    parameter, index
        Path, and ``S1``, ``ST``, ``mu``, ``mu_star`` or ``sigma``; both empty on a row that only says `status`.
    value, low, high
        Estimate and 95 % interval (estimate -+ half-width; NaN where the method has none).
    of_one_run
        Share of the variance of a single run: S1 or ST x V_points / (V_points + V_replicates + V_interaction).
    units
        Base rows, trajectories or rows used.
    status
        ``ok``, ``constant`` (the outcome is one number) or ``refused`` (too few rows without failed runs; see `note`).
    """

    outcome: str
    policy: str
    against: str
    method: str
    block: int
    given: str
    parameter: str
    index: str
    value: float
    low: float
    high: float
    of_one_run: float
    units: int
    status: str
    note: str = ""


def index_rows(
    values: Array,
    frame: OutcomeFrame,
    outcome: str,
    policy: str,
    against: str = "",
    *,
    seed: int,
    share_of_points: float = math.nan,
    rounding: float = 0.0,
) -> tuple[IndexRow, ...]:
    """Indices for every block that allows them, of the mean over replicates.

    With several blocks, first of the mean over the settings of the others, then under each of these settings where
    they number at most `MOST_SETTINGS`.

    Parameters
    ----------
    values : (P, R)
        One outcome under one policy, or a difference; NaN where a run is missing. Units of the design with a missing
        run are left out; replicates too where that keeps more (`complete`).
    frame
        Says what was varied where.
    share_of_points
        V_points over the whole variance; where known, `of_one_run` is given. Of a single block only: the mean over the
        settings of others has another variance.
    rounding
        What the outcome may move by and still be called constant: rounding errors of the levels of a difference.
    """
    rows: list[IndexRow] = []
    first = 0
    for number, block in enumerate(frame.layout.blocks):
        columns = slice(first, first + len(block.paths))
        first += len(block.paths)
        if block.how not in METHODS or block.rows < 2:
            continue
        head = IndexRow(outcome, policy, against, METHODS[block.how], number, "", "", "", *(math.nan,) * 4, 0, "ok")
        settings = list(frame.layout.slices(number))
        if len(settings) > 1:
            cells = np.concatenate([values[points] for points in settings], axis=1)
            x = frame.parameters[settings[0], columns]
            # Settings side by side as if they were replicates: the index is that of the mean over both.
            rows += _block(replace(head, given=AVERAGED), cells, x, block, seed, math.nan, rounding)
        if len(settings) <= MOST_SETTINGS:
            for points in settings:
                share = share_of_points if len(settings) == 1 else math.nan
                here = replace(head, given=_given(frame, int(points[0]), block))
                rows += _block(here, values[points], frame.parameters[points, columns], block, seed, share, rounding)
    return tuple(rows)


def _block(
    head: IndexRow, values: Array, x: Array, block: Block, seed: int, share_of_points: float, rounding: float
) -> Sequence[IndexRow]:
    """Rows of one block from values (n, R) and its parameters (n, D)."""
    units: Ints = (np.arange(block.rows) // block.unit).astype(np.int64)
    kept = complete(values, units)
    count = block.units - kept.dropped_units
    if refused := _refusal(head.method, count, block, kept):
        return [replace(head, units=count, status="refused", note=refused)]
    y = kept.of(values).mean(axis=1)
    if not np.ptp(y) > max(rounding, 1e-12 * np.abs(y).max()):
        return [replace(head, units=count, status="constant", note=f"always {float(y[0]):.6g}")]
    luck = generator(seed, "sensitivity", head.outcome, head.policy, head.against, head.block, head.given)
    estimates = estimate(block, x[kept.points], y, int(luck.integers(1, 2**31)))
    return [_row(head, e, count, kept.note, share_of_points) for e in estimates]


def _row(head: IndexRow, e: Estimate, units: int, note: str, share_of_points: float) -> IndexRow:
    of_run = e.value * share_of_points if e.index in ("S1", "ST") else math.nan
    low, high = e.value - e.half_width, e.value + e.half_width
    return replace(
        head, parameter=e.parameter, index=e.index, value=e.value, low=low, high=high,
        of_one_run=of_run, units=units, note=note,
    )  # fmt: skip


def _refusal(method: str, count: int, block: Block, kept: Kept) -> str:
    """Why no index can be given; empty where one can."""
    least = LEAST_UNITS[method]
    what = {"sobol": "base rows", "morris": "trajectories"}.get(method, "rows")
    if 2 * count < block.units:
        return f"only {count} of {block.units} {what} have all their runs; the others may not stand for them"
    if count < least:
        more = f", {kept.dropped_units} left out for missing runs" if kept.dropped_units else ""
        return f"{count} {what}{more}; at least {least} are needed"
    return ""


def _given(frame: OutcomeFrame, point: int, block: Block) -> str:
    """Setting of the other blocks at a point, in words."""
    others = {path: value for path, value in frame.setting(point).items() if path not in block.paths}
    return ", ".join(f"{path} = {v:g}" if isinstance(v, float) else f"{path} = {v}" for path, v in others.items())
