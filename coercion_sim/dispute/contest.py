"""Logit choice and belief after imposition: the contests to be solved, their habits, Bayes' rule.

All arrays hold B contests on their last axis; ``[c, s]`` are the coercer's type (soft, firm) and the target's
(irresolute, resolved).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array
from coercion_sim.dispute.game import DisputeParameters

#: Quarters of measures that count as the first year.
FIRST_YEAR = 4
#: Quarters after which beliefs and choices no longer change (Q).
QUARTERS = 32
#: Probabilities in Bayes' rule are at least this (0/0 otherwise).
PROBABILITY_FLOOR = 1e-12
#: Log-likelihood ratios beyond this are certainty in double precision.
_CERTAIN = 600.0


def choice(gap: Array, rationality: Array, idle: Array | bool = False) -> Array:
    """P(first of two) when it is worth `gap` more: logit.

    Where `idle`, the mover has no stake and does not act in an exact tie: the limit of a vanishing stake.
    """
    p: Array = (0.5 * rationality) * gap
    np.tanh(p, out=p)
    p += 1.0
    p *= 0.5
    return p if idle is False else np.where(idle & (gap == 0.0), 0.0, p)


def softmax(values: Array, rationality: Array | float, axis: int) -> Array:
    """Logit over one axis."""
    scaled = rationality * values
    weight = np.exp(scaled - scaled.max(axis=axis, keepdims=True))
    share: Array = weight / weight.sum(axis=axis, keepdims=True)
    return share


def revised(belief: Array, log_ratio: Array) -> Array:
    """Belief after evidence with this log-likelihood ratio of the high to the low type (Bayes)."""
    odds = np.exp(-np.clip(log_ratio, -_CERTAIN, _CERTAIN))
    after: Array = belief / (belief + (1.0 - belief) * odds)
    return after


def log_ratio(of_type: Array, axis: int = 0) -> Array:
    """``ln P(act | high) - ln P(act | low)``, types on `axis`, probabilities floored at 1e-12."""
    logs = np.log(np.maximum(of_type, PROBABILITY_FLOOR))
    low, high = (logs[0], logs[1]) if axis == 0 else (logs.take(0, axis), logs.take(1, axis))
    ratio: Array = high - low
    return ratio


@dataclass(frozen=True, eq=False)
class Habits:
    """`DisputeParameters` of B contests, (B,) each; `discount` is a quarter's."""

    rationality: Array
    cost_year: Array
    audience_lift: Array
    audience_concede: Array
    review: Array
    lapse: Array
    lapse_cost: Array
    discount: Array
    bite: Array
    settle: Array

    @classmethod
    def of(cls, parameters: list[DisputeParameters], repeats: list[int]) -> Habits:
        """Stack the parameters of several games, each for so many contests."""
        rows = [
            (p.rationality, p.cost_year, p.audience_lift, p.audience_concede, p.review, p.lapse, p.lapse_cost,
             p.quarterly_discount, p.last_quarter_bite, p.settle)
            for p in parameters
        ]  # fmt: skip
        return cls(*np.repeat(np.array(rows).T, repeats, axis=1))


@dataclass(frozen=True, eq=False)
class Contests:
    """B contests to be solved.

    Attributes
    ----------
    cost, effect : (2, B)
        Coercer's cost and effect on the target a year: first year, long run.
    stake_coercer, stake_target : (2, B)
        v_C and v_T by type.
    erosion : (B,)
        Share of the target's stake that the package erodes.
    mu, nu : (B,)
        Beliefs once the package is imposed: P(resolved), P(firm).
    elapsed
        Quarters in which the measures were in force already.
    """

    cost: Array
    effect: Array
    stake_coercer: Array
    stake_target: Array
    erosion: Array
    mu: Array
    nu: Array
    habits: Habits
    elapsed: int = 0

    def take(self, at: npt.NDArray[np.int64]) -> Contests:
        """Return some of them."""
        habits = Habits(*(getattr(self.habits, f.name)[at] for f in fields(Habits)))
        arrays = {f.name: getattr(self, f.name)[..., at] for f in fields(self) if f.name not in ("habits", "elapsed")}
        return Contests(**arrays, habits=habits, elapsed=self.elapsed)

    def less_rational(self, share: Array) -> Contests:
        """Return them at a share (B,) of their rationality."""
        return replace(self, habits=replace(self.habits, rationality=self.habits.rationality * share))
