"""How much of the variance of an outcome the parameters make, how much luck, and how much both together."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from coercion_sim.analysis.sensitivity.design_layout import RESAMPLES, Layout, complete, percentile_interval, resamples
from coercion_sim.arrays import Array, Ints
from coercion_sim.intervals import FEW_UNITS

PARTS = ("points", "replicates", "interaction")
FEW_REPLICATES = f"fewer than {FEW_UNITS} independent replicates: the part of luck is too poorly known for an interval"
NO_REPLICATES = "one replicate: the part of luck is unknown"


@dataclass(frozen=True)
class VarianceRow:
    """One part of the variance of an outcome over the runs of a policy, or of its difference from another.

    Attributes
    ----------
    part
        ``points`` (parameters varied), ``replicates`` (luck, and numbers drawn per replicate) or ``interaction``.
    variance
        Estimate in the unit of the outcome squared, never below 0.
    share, low, high
        Of the sum of the three, with its 95 % bootstrap interval.
    points, replicates
        Size of the layout used.
    note
        What was left out, or that an estimate below 0 was set to 0.
    """

    outcome: str
    policy: str
    against: str
    part: str
    variance: float
    share: float
    low: float
    high: float
    points: int
    replicates: int
    note: str = ""


def variance_components(values: Array) -> Array:
    """Variances (3,) of points, replicates and their interaction; unbiased, so that they may fall below 0.

    The layout is crossed: replicate k is the same luck at every point. With ``y_pr = m + a_p + b_r + e_pr``, all
    random with mean 0, and one run per cell, the two-way analysis of variance gives

        MS_P = R sum_p (y_p. - y..)^2 / (P - 1)               E = V_e + R V_a
        MS_R = P sum_r (y_.r - y..)^2 / (R - 1)               E = V_e + P V_b
        MS_E = sum (y_pr - y_p. - y_.r + y..)^2 / ((P-1)(R-1)) E = V_e

    so ``V_a = (MS_P - MS_E) / R``, ``V_b = (MS_R - MS_E) / P``, ``V_e = MS_E`` (Searle, Casella and McCulloch 1992,
    chapter 4). V_e holds what luck does at some settings and not at others.

    Parameters
    ----------
    values : (P, R)
        Without holes, P and R at least 2.
    """
    P, R = values.shape
    of_point, of_replicate = values.mean(axis=1, keepdims=True), values.mean(axis=0, keepdims=True)
    whole = values.mean()
    ms_p = R * float(((of_point - whole) ** 2).sum()) / (P - 1)
    ms_r = P * float(((of_replicate - whole) ** 2).sum()) / (R - 1)
    ms_e = float(((values - of_point - of_replicate + whole) ** 2).sum()) / ((P - 1) * (R - 1))
    return np.array([(ms_p - ms_e) / R, (ms_r - ms_e) / P, ms_e])


def shares(components: Array) -> Array:
    """Shares (3,) of the components, those below 0 set to 0; NaN where nothing varies."""
    positive = np.maximum(components, 0.0)
    total = positive.sum()
    share: Array = positive / total if total > 0.0 else np.full(3, math.nan)
    return share


def variance_rows(
    values: Array, layout: Layout, outcome: str, policy: str, against: str = "", *, seed: int,
    units: Ints | None = None, times: int = RESAMPLES, rounding: float = 0.0,
) -> tuple[VarianceRow, ...]:  # fmt: skip
    """Parts of the variance of values (P, R); none where a layout is too small (`NO_REPLICATES`) or nothing varies.

    Only points drawn independently count (`Layout.independent`); points of a grid are taken as they are, equally
    weighted, so that V_a is the variance over that grid. The bootstrap draws rows of sampled blocks and `units` (R,)
    of replicates, None for each its own; with fewer than `FEW_UNITS` of them shares have no interval.
    What moves by no more than `rounding` does not vary.
    """
    small, chosen = _independent(values, layout)
    kept = complete(small)
    cells = kept.of(small)
    if min(cells.shape) < 2 or not np.ptp(cells) > rounding:
        return ()
    components = variance_components(cells)
    share = shares(components)
    full = np.full((small.shape[0], cells.shape[1]), np.nan)
    full[kept.points] = cells
    columns_of = np.arange(values.shape[1]) if units is None else units
    mine = columns_of[kept.replicates]
    enough = np.unique(mine).size >= FEW_UNITS
    drawn = [
        shares(_unbiased(full[points][:, columns], chosen))
        for points, columns in resamples(chosen, mine, seed, f"variance {outcome}", times if enough else 0)
    ]
    finite = np.array([d for d in drawn if np.isfinite(d).all()]).reshape(-1, 3)
    low, high = percentile_interval(finite)
    rows = []
    for i, part in enumerate(PARTS):
        below = "estimate below 0, set to 0" if components[i] < 0.0 else ""
        note = "; ".join(text for text in (below, "" if enough else FEW_REPLICATES, kept.note) if text)
        size = (cells.shape[0], cells.shape[1])
        head = (outcome, policy, against, part, float(max(components[i], 0.0)))
        rows.append(VarianceRow(*head, float(share[i]), float(low[i]), float(high[i]), *size, note))
    return tuple(rows)


def _independent(values: Array, layout: Layout) -> tuple[Array, Layout]:
    """Rows of independent points, and the layout they make: units of one or two rows, all blocks still crossed."""
    rows = []
    for block in layout.blocks:
        per = {"saltelli": 2, "morris": 1}.get(block.how, 1)
        # Once the mixtures are gone, A and B rows are draws like any others.
        how = "random" if block.unit > 1 else block.how
        rows.append(replace(block, rows=block.units * per, how=how))
    return values[layout.independent()], Layout(tuple(rows))


def _unbiased(values: Array, layout: Layout) -> Array:
    """Components of a resample, without the bias that drawing the same row twice brings.

    Two rows drawn are the same one with probability 1/P, two replicates with 1/R, so that in expectation over resamples
    ``V_e* = (1 - 1/P)(1 - 1/R) V_e``, ``V_a* = (1 - 1/P)(V_a + V_e / R)`` and likewise V_b* (on this bias see
    Brennan 2001, Generalizability Theory, chapter 6). Solved for V_a, V_b, V_e; 1/P is 0 where points are not drawn.
    """
    cells = values[np.isfinite(values).all(axis=1)]
    if cells.shape[0] < 2:
        return np.full(3, math.nan)
    a, b, e = variance_components(cells)
    P, R = cells.shape
    same_p = 1.0 / P if any(block.sampled for block in layout.blocks) else 0.0
    same_r = 1.0 / R
    e_true = e / ((1.0 - same_p) * (1.0 - same_r))
    return np.array([a / (1.0 - same_p) - same_r * e_true, b / (1.0 - same_r) - same_p * e_true, e_true])
