"""How far an answer hangs on behaviour, read from its own draws: the order of policies, and what moves the level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.intervals import CONFIDENCE, FEW_UNITS, Estimate, clustered

#: Chances to press that are closer than this are ties.
TIE = 0.002
#: Behavioural numbers that are drawn for each dispute, whatever ``[dispute] draws`` says.
STAKES = ("stake_target", "stake_coercer")


@dataclass(frozen=True)
class PairOrder:
    """Two policies, one pressed more often than the other by more than `TIE`, on average over draws.

    Attributes
    ----------
    more, less
        The policies.
    same, tied
        Draws in which `more` is pressed more often, and in which both are pressed alike.
    """

    more: str
    less: str
    same: int
    tied: int


@dataclass(frozen=True)
class Driver:
    """Chance to press under the first policy, by thirds of one behavioural number.

    Attributes
    ----------
    number
        Its key in ``[dispute]``; a stake is that of the dispute drawn, not the median.
    lower, upper
        Means over the thirds of the draws in which it is smallest and largest. Other numbers differ between them too:
        those of a row of the posterior are drawn together.
    difference, low, high
        Upper less lower, with Welch's interval, wide enough for all numbers compared at once (Bonferroni).
    """

    number: str
    lower: float
    upper: float
    difference: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the interval excludes zero."""
        return self.low > 0.0 or self.high < 0.0


@dataclass(frozen=True)
class Robustness:
    """What the draws of an answer say of its order and its level.

    Attributes
    ----------
    draws
        Draws behind the counts.
    varied
        Behavioural numbers that differ between draws.
    same, tied
        Draws in which all `pairs` keep their order or tie, and in which no two policies differ.
    pairs
        Policies whose means differ, those that keep order in the fewest draws first.
    drivers
        One for each number varied, the largest difference first; none below `intervals.FEW_UNITS` draws.
    """

    draws: int
    varied: tuple[str, ...]
    same: int
    tied: int
    pairs: tuple[PairOrder, ...]
    drivers: tuple[Driver, ...]


def differ(chance: float, other: float) -> bool:
    """Whether two chances to press differ by more than `TIE`."""
    return abs(chance - other) > TIE


def robustness(policies: Sequence[str], pressed: Array, numbers: Mapping[str, Array]) -> Robustness:
    """Read the order of the policies and the drivers of the level from draws.

    Parameters
    ----------
    pressed : (policies, D)
        Chance to press in every draw.
    numbers
        Behavioural number -> its value in every draw, (D,).
    """
    mean, draws = pressed.mean(axis=1), pressed.shape[1]
    flat = np.ptp(pressed, axis=0) <= TIE
    swapped, pairs = np.zeros(draws, dtype=bool), []
    for i, j in combinations(np.argsort(-mean, kind="stable"), 2):
        if differ(mean[i], mean[j]):
            gap = pressed[i] - pressed[j]
            swapped |= gap < -TIE
            pairs.append(PairOrder(policies[i], policies[j], int((gap > TIE).sum()), int((np.abs(gap) <= TIE).sum())))
    varied = tuple(name for name, values in numbers.items() if np.ptp(values) > 0.0)
    drivers = [_driver(name, numbers[name], pressed[0], len(varied)) for name in varied if draws >= FEW_UNITS]
    return Robustness(
        draws, varied, int((~swapped & ~flat).sum()), int(flat.sum()),
        tuple(sorted(pairs, key=lambda pair: pair.same)),
        tuple(sorted(drivers, key=lambda driver: -abs(driver.difference))),
    )  # fmt: skip


def _driver(name: str, values: Array, pressed: Array, compared: int) -> Driver:
    """Compare the upper with the lower third of a number, one of `compared` that are looked at.

    ``V = V_u + V_l``, degrees ``V^2 / (V_u^2 / f_u + V_l^2 / f_l)`` (Welch 1947, Biometrika 34).
    """
    order, third = np.argsort(values, kind="stable"), len(values) // 3
    lower, upper = clustered(pressed[order[:third]]), clustered(pressed[order[-third:]])
    variance = lower.variance + upper.variance
    parts = lower.variance**2 / lower.degrees + upper.variance**2 / upper.degrees
    degrees = variance**2 / np.maximum(parts, 1e-300)
    gap = Estimate(upper.mean - lower.mean, variance, degrees, np.minimum(lower.units, upper.units))
    half, difference = float(gap.half_width(1.0 - (1.0 - CONFIDENCE) / compared)), float(gap.mean)
    return Driver(name, float(lower.mean), float(upper.mean), difference, difference - half, difference + half)
