"""Intervals of means, ratios and shares, from what was drawn independently: the one place that makes them.

Values that share a draw (the runs of one economy, the disputes of one run, the points under one replicate) are one
*unit*. The variance of a mean is that of the sums of its units about the mean, and the quantile is Student's:

    mean     m = sum_g y_g / sum_g x_g,   e_g = y_g - m x_g,   h_g = x_g / sum x
    variance V = sum_g e_g^2 / (1 - h_g) / (sum x)^2
    degrees  (sum x)^2 / sum x^2 - 1

with y_g the sum and x_g the number (or the denominator) of unit g of G. V is the CR2 estimate of Bell and McCaffrey
(2002, Survey Methodology 28), unbiased where units are alike; the degrees are G - 1 for units of one size, fewer for
unequal ones (Carter, Schnepel and Steigerwald 2017, Review of Economics and Statistics 99). With one value a unit this
is the usual Student interval. Cameron, Gelbach and Miller (2008, Review of Economics and Statistics 90, 414-427) find
that with few clusters a normal quantile rejects far too often, and that the correction above with T(G - 1) removes most
of it; their wild bootstrap is for regressors, and for a mean of units of one size Student's quantile is exact under
normality. They simulate 5 to 30 clusters: with fewer than `FEWEST_UNITS` no interval is given.

Where rows and columns are both drawn and crossed, the variances add up less that of the cells (Cameron, Gelbach and
Miller 2011, Journal of Business and Economic Statistics 29, eq. 2.11), and the degrees are those of the fewer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array, Ints
from coercion_sim.wording import count, percent

CONFIDENCE: Final = 0.95
#: With fewer units no interval is given.
FEWEST_UNITS: Final = 5
#: With fewer units an interval comes with a warning, and no share of draws is given.
FEW_UNITS: Final = 20


@dataclass(frozen=True, eq=False)
class Estimate:
    """Means and what is known of them; every field has one shape.

    Attributes
    ----------
    mean, variance
        Estimates and the variance of each; NaN without a value, the variance also with a single unit.
    degrees
        Degrees of freedom of Student's quantile.
    units
        Number of independent units with a value.
    """

    mean: Array
    variance: Array
    degrees: Array
    units: Array

    @property
    def deviation(self) -> Array:
        """Standard deviation of one unit, where units have one size."""
        deviation: Array = np.sqrt(self.variance * self.units)
        return deviation

    def half_width(self, confidence: float = CONFIDENCE) -> Array:
        """Half of Student's interval; NaN with fewer than `FEWEST_UNITS` units."""
        half: Array = self._quantile(confidence) * np.sqrt(self.variance)
        return half

    def interval(self) -> tuple[Array, Array]:
        """Student's 95 % interval, ``mean -+ t sqrt(V)``."""
        half = self.half_width()
        return self.mean - half, self.mean + half

    def share(self) -> tuple[Array, Array]:
        """Wilson's 95 % interval of means between 0 and 1, which holds near both ends.

        With the effective number of values ``n = p (1 - p) / V`` and Student's quantile for the normal one (Korn and
        Graubard 1998, Survey Methodology 24; Dean and Pagano 2015, Journal of Survey Statistics and Methodology 3). At
        0 and at 1 n is the number of units, ``degrees + 1``: how alike the values of a unit are is not known there.
        """
        p, t2 = np.clip(self.mean, 0.0, 1.0), self._quantile(CONFIDENCE) ** 2
        at_end = (p <= 0.0) | (p >= 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            n = np.where(at_end, self.degrees + 1.0, p * (1.0 - p) / self.variance)
            middle = (p + t2 / (2.0 * n)) / (1.0 + t2 / n)
            half = np.sqrt(t2) / (1.0 + t2 / n) * np.sqrt(p * (1.0 - p) / n + t2 / (4.0 * n**2))
        return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)

    def _quantile(self, confidence: float) -> Array:
        """Quantile of Student's t; NaN where units are too few."""
        from scipy.special import stdtrit

        enough = self.units >= FEWEST_UNITS
        quantile: Array = stdtrit(np.where(enough, self.degrees, 1.0), 0.5 + 0.5 * confidence)
        return np.where(enough, quantile, np.nan)


def clustered(values: npt.ArrayLike, units: Ints | None = None) -> Estimate:
    """Means along the last axis, NaN left out.

    Parameters
    ----------
    values : (..., n)
    units : (n,)
        Number of the unit of each value; None for each its own.
    """
    x = np.asarray(values, dtype=np.float64)
    there = np.isfinite(x)
    filled, number = np.where(there, x, 0.0), there.astype(np.float64)
    if units is not None and x.shape[-1]:
        order = np.argsort(units, kind="stable")
        starts = np.flatnonzero(np.diff(units[order], prepend=units[order][0] - 1))
        filled, number = (np.add.reduceat(part[..., order], starts, axis=-1) for part in (filled, number))
    return ratio(filled, number)


def ratio(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> Estimate:
    """Ratios of sums over units, ``sum_g y_g / sum_g x_g``.

    Parameters
    ----------
    numerator, denominator : (..., G)
        Sums of each unit; a unit with denominator 0 is left out.
    """
    x = np.asarray(denominator, dtype=np.float64)
    y = np.where(x > 0.0, np.asarray(numerator, dtype=np.float64), 0.0)
    units = (x > 0.0).sum(axis=-1).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = x.sum(axis=-1)
        mean = y.sum(axis=-1) / total
        left = y - mean[..., None] * x
        weight = 1.0 - x / total[..., None]
        variance = np.where(x > 0.0, left**2 / weight, 0.0).sum(axis=-1) / total**2
        degrees = total**2 / (x**2).sum(axis=-1) - 1.0
    single = units < 2
    return Estimate(mean, np.where(single, np.nan, variance), np.where(single, np.nan, degrees), units)


def crossed(cells: Array, rows: Ints | None = None, columns: Ints | None = None) -> Estimate:
    """Mean of cells (P, R) whose rows and columns were both drawn, and crossed.

    The variance is that of row units plus that of column units less that of cells, and no less than either alone.

    Parameters
    ----------
    rows, columns : (P,), (R,)
        Unit of each row and column; None for each its own.
    """
    own, other = clustered(cells.mean(axis=1), rows), clustered(cells.mean(axis=0), columns)
    each = clustered(cells.reshape(-1)).variance
    variance = np.maximum(own.variance + other.variance - each, np.maximum(own.variance, other.variance))
    return Estimate(own.mean, variance, np.minimum(own.degrees, other.degrees), np.minimum(own.units, other.units))


def share_of_draws(
    share: float, draws: int, low: float = math.nan, high: float = math.nan, units: int | None = None
) -> str:
    """Write a share of draws in percent; of fewer than `FEW_UNITS` independent ones their number, ``14 of 16``."""
    if (draws if units is None else units) < FEW_UNITS:
        return f"{round(share * draws, 1):g} of {draws:,}"
    return percent(share, low, high)


def rests_on(n: int, unit: str = "draw", units: str = "") -> str:
    """Say what intervals rest on: ``95 % intervals over 64 draws``, with a warning where they are few."""
    number = count(n, unit, units)
    if n < FEWEST_UNITS:
        return f"no intervals: {number}, and it takes {FEWEST_UNITS}"
    few = f", few: below {FEW_UNITS} an interval of a skewed mean or a rare share may miss more often than 5 %"
    return f"95 % intervals over {number}{few if n < FEW_UNITS else ''}"
