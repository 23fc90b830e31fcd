"""Answers as tidy rows: one outcome of one policy for one state or product in one period, with its spread."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from coercion_sim.analysis.compare.cube import Cube
from coercion_sim.analysis.records import flat
from coercion_sim.wording import interval

#: Names of the two intervals wherever they are shown.
RANGE_OVER_DRAWS = "5-95 % range over draws"
INTERVAL_OF_MEAN = "95 % interval of the mean"


@dataclass(frozen=True)
class Spread:
    """Mean, median and two intervals of one outcome over replicates.

    Replicates are draws of the uncertain numbers. So `low` to `high` (5th to 95th percentile) is a range over draws,
    not a margin of error of an estimate from data; `mean_low` to `mean_high` is the 95 % t interval of the mean over
    those draws, which narrows as replicates are added (a cautious one: a Sobol' sequence covers the space more evenly
    than independent draws).

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


@dataclass(frozen=True)
class Row:
    """One line of a summary.

    Attributes
    ----------
    outcome, unit
        Name and unit of the quantity, as in the data dictionary.
    policy, against
        The policy, and the one it is compared with (empty: the level itself).
    item
        State or sector; empty where the outcome has none.
    period
        Year, span of years, or window of quarters.
    spread
        Over replicates; for a comparison, of the paired differences.
    """

    outcome: str
    unit: str
    policy: str
    against: str
    item: str
    period: str
    spread: Spread

    def as_dict(self) -> dict[str, Any]:
        """Return the row flat, for JSON, CSV and pandas."""
        return flat(self, "spread") | flat(self.spread)


def rows_of(
    cube: Cube, outcome: str, unit: str, *, items: Iterable[str] | None = None, against: str = ""
) -> tuple[Row, ...]:
    """One row per policy, label and period. With `against`, of the differences to that policy in the same replicate."""
    labels = cube.labels if items is None else tuple(items)
    values = cube.values
    policies = list(enumerate(cube.policies))
    if against:
        base = cube.policies.index(against)
        values = values - values[base : base + 1]
        policies = [(p, name) for p, name in policies if p != base]
    return tuple(
        Row(outcome, unit, name, against, item, period, Spread.of(values[p, :, t, cube.labels.index(item)]))
        for p, name in policies
        for item in labels
        for t, period in enumerate(cube.periods)
    )


def single(
    values: Mapping[str, Any], outcome: str, unit: str, period: str, *, item: str = "", against: str = ""
) -> tuple[Row, ...]:
    """One row per policy from arrays (K,) by policy; with `against`, of the paired differences."""
    if against:
        base = np.asarray(values[against], dtype=np.float64)
        values = {policy: np.asarray(x) - base for policy, x in values.items() if policy != against}
    return tuple(Row(outcome, unit, policy, against, item, period, Spread.of(x)) for policy, x in values.items())
