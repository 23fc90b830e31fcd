"""The sequential stopping rule: intervals that stay valid although the data are looked at again and again.

A sweep runs the replicates of a point in steps. After each step, a *look*, the mean of one outcome is known to within a
half-width under every policy (or every difference from the first policy); the point is finished when every half-width
is small enough. Stopping when a usual interval happens to be short makes it miss more often than it claims. So the
chance of error ``alpha = 1 - confidence`` is divided equally over the J looks that `at_most` allows and the Q means
watched: every interval at every look has level ``a = alpha / (J Q)``, and by the union bound all of them hold together
with at least the confidence asked for, whatever made the point stop (repeated confidence intervals: Jennison and
Turnbull 1989). Equal shares, because a point stops late: shares falling as ``6 / (pi^2 j^2)`` would leave the 12th look
less than a hundredth of the first's, for intervals a third longer there.

The intervals are Student's t, right for large n only. Hence the first look comes at `FIRST` replicates, and the
half-width is infinite while fewer than `FEWEST_UNLIKE` values differ from the commonest one, as where help is rare.
Where all values are equal, as in an outcome that the scenario fixes, `CONSTANT_FROM` replicates are enough: all that is
then known of a value not yet seen is that its chance per replicate is below ``-ln(a) / n``.

The intervals assume replicates independent of each other. Replicates are points of a scrambled Sobol' sequence together
with independent luck, which as a rule makes means better known than independent draws would (Owen 1997), so that the
intervals are too wide rather than too narrow; for a finite n no theorem guarantees it. The confidence is that of one
point; over many points some will miss.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np

from coercion_sim.arrays import Array, Ints
from coercion_sim.intervals import clustered

Of = Literal["level", "difference"]

#: Replicates at the first look. From 16 on, Student's t misses skewed means more often than it says.
FIRST: Final = 32
#: Values that must differ from the commonest one before Student's t is believed.
FEWEST_UNLIKE: Final = 10
#: Replicates after which an outcome that never varied is taken as constant.
CONSTANT_FROM: Final = 256
#: Largest share of failed runs with which a point may still stop early: runs may fail for a reason.
MOST_MISSING: Final = 0.02


@dataclass(frozen=True)
class StoppingRule:
    """Run replicates until the half-width of the mean of an outcome is small enough.

    Attributes
    ----------
    until
        An outcome: a number of the table ``outcomes``.
    half_width
        Half the length of the interval of the mean, in the outcome's unit.
    at_most
        Most replicates of a point.
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


def looks(rule: StoppingRule) -> tuple[int, ...]:
    """Replicates at each look: 32, 48, 64, 96, 128, ..., and last `at_most`.

    Powers of two, and halfway between them: each step adds a third or a half, which keeps runs in vain few, and the
    Sobol' sequence is balanced there.
    """
    counts, n = [], FIRST
    while n < rule.at_most:
        counts.append(n)
        n = n * 3 // 2 if n & (n - 1) == 0 else n * 4 // 3
    return (*counts, rule.at_most)


def watched(outcomes: Array, rule: StoppingRule) -> Array:
    """Columns whose means the rule watches, (n, Q), from an outcome by replicate and policy, (n, policies).

    The levels themselves (Q = policies), or each policy less the first in the same replicate (Q = policies - 1). A
    failed run is nan, and so is every difference from it.
    """
    return outcomes if rule.of == "level" else outcomes[:, 1:] - outcomes[:, :1]


def half_widths(outcomes: Array, rule: StoppingRule, look: int) -> Array:
    """Half-widths (Q,) of the means watched, at a look.

    Parameters
    ----------
    outcomes
        (n, policies): the outcome by replicate, in their order, and policy; nan where a run failed. n is the number of
        replicates of this look.
    rule
        The rule.
    look
        Which look, counted from 0.

    Returns
    -------
    array
        One half-width for each mean of `watched`; inf where too few values differ.

    Raises
    ------
    ValueError
        Where n is not the number of replicates of this look: looking at other times would void the confidence.
    """
    planned = looks(rule)
    if not 0 <= look < len(planned) or outcomes.shape[0] != planned[look]:
        raise ValueError(f"no look {look} with {outcomes.shape[0]} replicates; looks are at {planned}")
    values = watched(outcomes, rule)
    level = (1.0 - rule.confidence) / (len(planned) * max(values.shape[1], 1))
    columns = [column[np.isfinite(column)] for column in values.T]
    return np.array([_student(column, level) for column in columns])


def missing(outcomes: Array, rule: StoppingRule) -> Ints:
    """Number of missing values for each mean watched, (Q,): of failed runs, or of differences from one."""
    return np.asarray(np.sum(~np.isfinite(watched(outcomes, rule)), axis=0), dtype=np.int64)


def enough(outcomes: Array, rule: StoppingRule, look: int) -> bool:
    """Whether a point may stop at this look: it is the last, or every half-width is small enough.

    Where more than `MOST_MISSING` of the values of any mean are missing, the point goes on to `at_most`. Arguments as
    of `half_widths`.
    """
    if look == len(looks(rule)) - 1:
        return True
    if missing(outcomes, rule).max(initial=0) > MOST_MISSING * outcomes.shape[0]:
        return False
    return bool(np.all(half_widths(outcomes, rule, look) <= rule.half_width))


def _student(sample: Array, level: float) -> float:
    """``t_{n-1, 1 - level / 2} s / sqrt(n)``, or inf while the sample is too uniform for it."""
    n = sample.size
    if n < 2:
        return math.inf
    unlike = n - int(np.unique(sample, return_counts=True)[1].max())
    if unlike == 0:
        return 0.0 if n >= CONSTANT_FROM else math.inf
    if unlike < FEWEST_UNLIKE:
        return math.inf
    return float(clustered(sample).half_width(1.0 - level))
