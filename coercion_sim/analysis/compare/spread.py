"""How one number spreads over replicates: its range over draws, and how well its mean is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coercion_sim.wording import interval

#: How the two intervals are to be called wherever they are shown.
RANGE_OVER_DRAWS = "5-95 % range over draws"
INTERVAL_OF_MEAN = "95 % interval of the mean"


@dataclass(frozen=True)
class Spread:
    """Mean, median and two intervals of one outcome over replicates.

    The replicates are draws of the uncertain parameters. So `low` to `high` (5th to 95th percentile) is a range over
    possible draws, not a margin of error of an estimate from data; `mean_low` to `mean_high` is the 95 % t interval
    of the mean over those draws, which narrows as replicates are added (a cautious one: a Sobol' sequence
    covers the space more evenly than independent draws).

    Attributes
    ----------
    n
        Replicates with a value; with none everything is NaN, with one the interval of the mean is.
    """

    n: int
    mean: float
    median: float
    low: float
    high: float
    mean_low: float
    mean_high: float

    def range_text(self) -> str:
        """Median with the 5-95 % range over draws: ``−0.15 [−0.19, −0.11]``; the median alone of one replicate."""
        return interval(self.median, self.low, self.high)

    def mean_text(self, *, sign: bool = False, star: bool = False) -> str:
        """Mean with its 95 % interval; with `star` one follows where the interval excludes 0."""
        return interval(self.mean, self.mean_low, self.mean_high, sign=sign, star=star)

    @classmethod
    def of(cls, values: npt.ArrayLike) -> Spread:
        """Summarise values (K,), one per replicate; missing ones (NaN) are left out."""
        given = np.asarray(values, dtype=np.float64).ravel()
        x = given[~np.isnan(given)]
        n = x.size
        if n == 0:
            return cls(0, *(math.nan,) * 6)
        mean = float(x.mean())
        low, median, high = (float(q) for q in np.quantile(x, [0.05, 0.5, 0.95]))
        half = t_quantile(n - 1) * float(x.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
        return cls(n, mean, median, low, high, mean - half, mean + half)


def t_quantile(degrees: int, probability: float = 0.975) -> float:
    """Quantile of Student's t distribution."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, probability))
