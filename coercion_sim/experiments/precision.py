"""When enough replicates have been run: intervals that stay valid although the data are looked at again and again.

A point of a sweep is run in steps. After each step, a *look*, the mean of one outcome is known to within a half width
under every policy (or every difference from the first policy); the point is finished when every half width is small
enough. Stopping when a usual interval happens to be short makes it miss more often than it says. So the chance of
error ``alpha = 1 - confidence`` is divided equally over the J looks that `at_most` allows and the Q means watched:
every interval at every look has level ``a = alpha / (J Q)``, and by the union bound all of them hold together with at
least the confidence asked for, whatever made the point stop (repeated confidence intervals: Jennison and Turnbull
1989). Equal shares, because a point stops late: shares falling as ``6 / (pi^2 j^2)`` would leave the 12th look less
than a hundredth of the first's, for intervals a third longer there.

- Outcomes that lie between 0 and 1 (`BOUNDED`): the betting interval of Waudby-Smith and Ramdas (2024), valid for any
  distribution at any n. Where all values are alike so far, it is still wide.
- All others: Student's t. It is right for large n only. Hence the first look at `FIRST` replicates, and no claim (an
  infinite half width) while fewer than `FEWEST_UNLIKE` values differ from the commonest one, as where help is rare.
  Where all are equal, as in an outcome that the scenario fixes, `CONSTANT_FROM` replicates are enough: of a value not
  seen yet nothing is then known but that its chance a replicate is below ``-ln(a) / n``.

What the intervals take for granted: replicates independent of each other. They are points of a scrambled Sobol'
sequence together with independent luck, which as a rule makes means more precise than independent draws would (Owen
1997), so that the intervals are too wide rather than too narrow; for a finite n no theorem says so. The confidence is
that of one point; over many points some will miss.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Of = Literal["level", "difference"]

#: Replicates at the first look. From 16 on, Student's t misses skewed means more often than it says.
FIRST: Final = 32
#: Values that must differ from the commonest one before Student's t is believed.
FEWEST_UNLIKE: Final = 10
#: Replicates after which an outcome that never varied is taken as constant.
CONSTANT_FROM: Final = 256
#: Largest share of failed runs with which a point may still stop early: what is missing may be missing for a reason.
MOST_MISSING: Final = 0.02
#: Outcomes that lie between 0 and 1 by their definition.
BOUNDED: Final = frozenset({
    "objective_rate", "success_rate", "beyond_trade", "burden_gini", "cohesion", "cooperation_kept",
    "belief_target", "belief_coercer",
})  # fmt: skip
#: Largest share of what it holds that one bet may risk.
_BOLDEST: Final = 0.75
#: Level the bets are sized for: about what is left of 0.05 for one end at one look. The same whatever the level asked
#: for, so that an interval at a smaller level is never the shorter one.
_SIZED_FOR: Final = 0.001


@dataclass(frozen=True)
class Precision:
    """Run replicates until the mean of an outcome is known well enough.

    Attributes
    ----------
    until
        An outcome: a number of the table ``outcomes``.
    half_width
        How well, in the outcome's unit: the interval is the mean plus and minus at most this.
    at_most
        Replicates after which a point stops in any case.
    confidence
        Chance with which all intervals of a point hold, at all its looks together.
    of
        ``level``: the mean under every policy; ``difference``: every policy less the first, replicate by replicate.
    """

    until: str
    half_width: float
    at_most: int
    confidence: float = 0.95
    of: Of = "level"

    def described(self) -> dict[str, Any]:
        """Plain data for the manifest."""
        return asdict(self)


def looks(precision: Precision) -> tuple[int, ...]:
    """Numbers of replicates after which a point is looked at: 32, 48, 64, 96, 128, ..., and last `at_most`.

    Powers of two and their halves more: each step adds a third or a half, so that little is run in vain, and the
    Sobol' sequence is balanced there.
    """
    found, n = [], FIRST
    while n < precision.at_most:
        found.append(n)
        n = n * 3 // 2 if n & (n - 1) == 0 else n * 4 // 3
    return (*found, precision.at_most)


def watched(outcomes: Array, precision: Precision) -> Array:
    """Columns whose means must become precise, (n, Q), from an outcome by replicate and policy, (n, policies).

    The levels themselves (Q = policies), or each policy less the first in the same replicate (Q = policies - 1). A
    failed run is nan, and so is every difference from it.
    """
    return outcomes if precision.of == "level" else outcomes[:, 1:] - outcomes[:, :1]


def half_widths(outcomes: Array, precision: Precision, look: int) -> Array:
    """Half widths (Q,) of the means watched, at a look.

    Parameters
    ----------
    outcomes
        (n, policies): the outcome by replicate, in their order, and policy; nan where a run failed. n is the number of
        replicates of this look.
    precision
        What is watched.
    look
        Which look, counted from 0.

    Returns
    -------
    array
        One number for each mean of `watched`, the longer arm of its interval; inf where nothing can be claimed yet, and
        where values of an outcome that should lie between 0 and 1 do not.

    Raises
    ------
    ValueError
        Where n is not the number of replicates of this look: looking at other times would void the confidence.
    """
    planned = looks(precision)
    if not 0 <= look < len(planned) or outcomes.shape[0] != planned[look]:
        raise ValueError(f"no look {look} with {outcomes.shape[0]} replicates; looks are at {planned}")
    values = watched(outcomes, precision)
    level = (1.0 - precision.confidence) / (len(planned) * max(values.shape[1], 1))
    columns = [column[np.isfinite(column)] for column in values.T]
    if precision.until in BOUNDED:
        low = -1.0 if precision.of == "difference" else 0.0
        return np.array([_betting_arm(column, low, level) for column in columns])
    return np.array([_student_arm(column, level) for column in columns])


def missing(outcomes: Array, precision: Precision) -> npt.NDArray[np.int64]:
    """Values that lack for each mean watched, (Q,): of failed runs, or of differences from one."""
    return np.asarray(np.sum(~np.isfinite(watched(outcomes, precision)), axis=0), dtype=np.int64)


def enough(outcomes: Array, precision: Precision, look: int) -> bool:
    """Whether a point may stop at this look: it is the last, or every half width is small enough.

    Where more than `MOST_MISSING` of the values of any mean lack, it goes on to `at_most`. Arguments as in
    `half_widths`.
    """
    if look == len(looks(precision)) - 1:
        return True
    if missing(outcomes, precision).max(initial=0) > MOST_MISSING * outcomes.shape[0]:
        return False
    return bool(np.all(half_widths(outcomes, precision, look) <= precision.half_width))


def _student_arm(sample: Array, level: float) -> float:
    """``t_{n-1, 1 - level / 2} s / sqrt(n)``, or inf while the sample is too uniform for it."""
    from scipy.stats import t

    n = sample.size
    if n < 2:
        return math.inf
    unlike = n - int(np.unique(sample, return_counts=True)[1].max())
    if unlike == 0:
        return 0.0 if n >= CONSTANT_FROM else math.inf
    if unlike < FEWEST_UNLIKE:
        return math.inf
    return float(t.isf(level / 2, n - 1) * sample.std(ddof=1) / math.sqrt(n))


def _betting_arm(sample: Array, low: float, level: float) -> float:
    """Longer arm of the betting interval of a mean of values in [low, 1], each end at half the level."""
    if sample.size == 0:
        return math.inf
    scale = 1.0 - low
    x = (sample - low) / scale
    if x.min() < -1e-9 or x.max() > 1.0 + 1e-9:
        return math.inf
    x = np.clip(x, 0.0, 1.0)
    mean = float(x.mean())
    lower, upper = _betting_end(x, level / 2), 1.0 - _betting_end(1.0 - x, level / 2)
    return scale * max(mean - lower, upper - mean)


def _betting_end(x: Array, level: float) -> float:
    """Lower end for the mean of x in [0, 1]: the least m at which betting on more than m has not won ``1 / level``.

    A gambler who starts with 1 stakes ``lambda_i`` on x_i being above m; his wealth ``prod_i (1 + lambda_i (x_i - m))``
    is a nonnegative martingale if the mean is m, and a supermartingale if it is less, so it reaches ``1 / level`` with
    chance at most `level` (Ville). The stake is set before x_i is seen, for a horizon of n:
    ``lambda_i = min(sqrt(2 ln(1 / a_0) / (n v_{i-1})), 3 / (4 m))`` with a_0 = 0.001 and v_{i-1} the variance so far
    (the predictable plug-in of Waudby-Smith and Ramdas 2024). Wealth falls in m, so bisection finds the end.
    """
    n, goal = x.size, math.log(1.0 / level)
    counts = np.arange(1, n + 1)
    means = (0.5 + np.cumsum(x)) / (counts + 1)
    variances = (0.25 + np.cumsum((x - means) ** 2)) / (counts + 1)
    stakes = np.sqrt(2.0 * math.log(1.0 / _SIZED_FOR) / (n * np.concatenate(([0.25], variances[:-1]))))
    low, high = 0.0, float(x.mean())
    for _ in range(50):
        m = 0.5 * (low + high)
        if m <= 0.0:
            break
        wealth = float(np.sum(np.log1p(np.minimum(stakes, _BOLDEST / m) * (x - m))))
        low, high = (m, high) if wealth >= goal else (low, m)
    return low
