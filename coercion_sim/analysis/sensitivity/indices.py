"""Sensitivity of outcomes to the parameters varied, block by block: Sobol', Morris and given-data indices."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np

from coercion_sim.analysis.sensitivity.design_layout import Block, Kept, complete
from coercion_sim.analysis.sensitivity.outcome_frame import OutcomeFrame
from coercion_sim.arrays import Array, Ints
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.rng import generator

#: Kind of block -> method that suits it. A grid or a table of points is drawn from no distribution and has none.
METHODS: Mapping[str, str] = {
    "saltelli": "sobol",
    "morris": "morris",
    "random": "rbd_fast",
    "sobol": "rbd_fast",
    "latin_hypercube": "rbd_fast",
}
#: Rows from which the given-data estimate is offered. On the Ishigami function with noise its bias is below .03 and its
#: standard error below .07 from 128 rows on; with 64 rows, .05 and .12.
GIVEN_DATA_ROWS = 128
#: Harmonics it sums: six follow a smooth or once-stepped curve, and more would only add variance at 128 rows.
HARMONICS = 6
RESAMPLES = 200


class MissingPackage(InvalidInput):
    """SALib, of the optional extra `analysis`, is not installed; the message names the command that installs it."""


@dataclass(frozen=True)
class Estimate:
    """One index of one parameter with the half-width of its 95 % interval (NaN if unknown)."""

    parameter: str
    index: str
    value: float
    half_width: float


def estimate(block: Block, x: Array, y: Array, seed: int) -> list[Estimate]:
    """Indices of every parameter of a block, in order.

    Parameters
    ----------
    x : (n, D), y : (n,)
        Whole units of the block, in the order of the design; `y` not constant.
    seed
        At least 1 (SALib takes 0 for no seed).
    """
    by_method: Mapping[str, Callable[[Block, Array, Array, int], list[Estimate]]] = {
        "sobol": sobol_indices,
        "morris": elementary_effects,
        "rbd_fast": first_order_given_data,
    }
    return by_method[METHODS[block.how]](block, x, y, seed)


def sobol_indices(block: Block, x: Array, y: Array, seed: int) -> list[Estimate]:
    """First-order and total indices from a Saltelli design (N base rows of A, AB_1, ..., AB_D, B).

    With f_A, f_B, f_ABi the outcomes and V the variance of those of A and B together (Saltelli et al. 2010, Computer
    Physics Communications 181, 259-270, table 2, b and f; the latter is Jansen 1999):

        S1_i = mean(f_B (f_ABi - f_A)) / V        ST_i = mean((f_A - f_ABi)^2) / (2 V)

    S1 is the share of variance that would go if i were known; ST the share that would stay if all but i were. The
    half-width is 1.96 times the standard deviation over resampled base rows, so an estimate may lie a little below 0.
    """
    estimates = _salib("sobol").analyze(_problem(block), y, calc_second_order=False, num_resamples=RESAMPLES, seed=seed)
    return _estimates(block, estimates, (("S1", "S1_conf"), ("ST", "ST_conf")))


def elementary_effects(block: Block, x: Array, y: Array, seed: int) -> list[Estimate]:
    """Mean, mean size and spread of elementary effects over r trajectories (Morris 1991; Campolongo et al. 2007).

    An effect is ``+-(y' - y) / Delta`` of one step that moves one parameter by Delta of its range, p levels apart by
    1/(p - 1) and ``Delta = p / (2 (p - 1))``: the change of the outcome per whole range of the parameter (per whole
    range of its distribution function, where that is not uniform). mu is their mean, mu_star the mean of their size,
    sigma their standard deviation, which is 0 where a parameter works linearly and alone.
    """
    estimates = _salib("morris").analyze(
        _problem(block), x, y, num_resamples=RESAMPLES, num_levels=int(block.given.get("levels", 4)), seed=seed
    )
    return _estimates(block, estimates, (("mu", ""), ("mu_star", "mu_star_conf"), ("sigma", "")))


def first_order_given_data(block: Block, x: Array, y: Array, seed: int) -> list[Estimate]:
    """First-order indices from any independent draws of the parameters: RBD-FAST.

    The rows are ordered by one parameter, up over every other row and down over the rest, and S1 is the part of the
    variance of the outcome in the first `HARMONICS` harmonics of that order, with the bias of a finite sample taken out
    (Tarantola, Gatelli and Mara 2006; Plischke 2010; Tissot and Prieur 2012). No total index comes from such a design.
    The interval, from resamples of half the rows, is about two to three times too wide.
    """
    method = _salib("rbd_fast")
    # A resample of an outcome that is nearly always the same may be constant: no interval then, and no alarm.
    with np.errstate(invalid="ignore", divide="ignore"):
        estimates = method.analyze(_problem(block), x, y, M=HARMONICS, num_resamples=RESAMPLES, seed=seed)
    return _estimates(block, estimates, (("S1", "S1_conf"),))


def _salib(analysis: str) -> Any:
    """Import one analysis of SALib."""
    try:
        return import_module(f"SALib.analyze.{analysis}")
    except ImportError as error:
        missing = f"sensitivity indices need SALib, which is not installed ({error.name or error})"
        raise MissingPackage(Problem(f"{missing}: pip install 'coercion-sim[analysis]'")) from None


def _problem(block: Block) -> dict[str, Any]:
    """The problem as SALib describes it; none of these analyses reads the bounds."""
    return {"num_vars": len(block.paths), "names": list(block.paths), "bounds": [[0.0, 1.0]] * len(block.paths)}


def _estimates(block: Block, estimates: Any, indices: tuple[tuple[str, str], ...]) -> list[Estimate]:
    """Flatten the answer of SALib; a parameter without any effect has exactly 0."""
    return [
        Estimate(path, index, float(np.asarray(estimates[index])[d]), float(estimates[half][d]) if half else math.nan)
        for d, path in enumerate(block.paths)
        for index, half in indices
    ]


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
    values: Array, frame: OutcomeFrame, outcome: str, policy: str, against: str = "", *, seed: int,
    share_of_points: float = math.nan, rounding: float = 0.0,
) -> tuple[IndexRow, ...]:  # fmt: skip
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
