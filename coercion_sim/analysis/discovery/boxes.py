"""Scenario discovery: in which worlds does a policy miss what is wanted? Boxes of parameters found by PRIM."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from coercion_sim.analysis.sensitivity.design_layout import Array
from coercion_sim.analysis.sensitivity.outcome_frame import OutcomeFrame, check_outcomes
from coercion_sim.errors import InvalidInput, Problem

_SIGNS: Mapping[str, Callable[[Array, float], Any]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_ALLOWED = "target_loss_pv>0.5, or success_rate>q90 for a percentile over all runs of all policies"


@dataclass(frozen=True)
class Fails:
    """When a policy misses: an outcome beyond a limit.

    Attributes
    ----------
    outcome, sign, limit
        ``outcome sign limit`` is a miss.
    percentile
        Of all runs of all policies, of which `limit` is the value; None where the limit was given as it is.
    """

    outcome: str
    sign: str
    limit: float
    percentile: float | None = None

    @property
    def text(self) -> str:
        """The condition in words: ``success_rate > 0.8 (90th percentile)``."""
        of = "" if self.percentile is None else f" (percentile {self.percentile:g} of all runs)"
        return f"{self.outcome} {self.sign} {self.limit:.4g}{of}"

    def missed(self, values: Array) -> npt.NDArray[np.bool_]:
        """Whether each value is a miss; NaN is none."""
        with np.errstate(invalid="ignore"):
            return np.asarray(_SIGNS[self.sign](values, self.limit), dtype=bool)


def read_fails(text: str) -> tuple[str, str, str]:
    """Outcome, sign and limit of a condition such as ``target_loss_pv>0.5``.

    Raises
    ------
    InvalidInput
        For anything else, or an outcome there is not.
    """
    match = re.fullmatch(r"\s*(\w+)\s*(>=|<=|>|<)\s*(\S+)\s*", text)
    if match is None or not _is_limit(match[3]):
        raise InvalidInput(Problem("not a condition", key="--fails", found=repr(text), allowed=_ALLOWED))
    check_outcomes([match[1]], "--fails")
    return match[1], match[2], match[3]


def fails(text: str, frame: OutcomeFrame) -> Fails:
    """Condition of a text, a percentile such as ``q90`` turned into its value over all runs of all policies."""
    outcome, sign, limit = read_fails(text)
    if not limit.startswith("q"):
        return Fails(outcome, sign, float(limit))
    percentile = float(limit[1:])
    values = frame.values[outcome]
    there = values[np.isfinite(values)]
    value = float(np.quantile(there, percentile / 100.0)) if there.size else math.nan
    return Fails(outcome, sign, value, percentile)


def _is_limit(text: str) -> bool:
    number = text[1:] if text.startswith("q") else text
    try:
        value = float(number)
    except ValueError:
        return False
    return math.isfinite(value) and (number is text or 0.0 < value < 100.0)


@dataclass(frozen=True)
class BoxLimit:
    """One side of a box: a parameter it restricts.

    Attributes
    ----------
    low, high
        Limits of a number; `at_least` and `at_most` are those of all worlds.
    values
        What a parameter of texts may be; empty for numbers.
    quasi_p
        Chance of at least as many misses among as many worlds, were they as frequent as in the box without this limit
        (one-sided binomial; lower limit, upper limit or choice, whichever binds; the larger where both do). Worlds
        that share a replicate or a point are not independent, so it is optimistic (Bryant and Lempert 2010).
    """

    parameter: str
    low: float
    high: float
    at_least: float
    at_most: float
    values: tuple[str, ...]
    quasi_p: float

    @property
    def words(self) -> str:
        """What binds: ``at least 0.3``, ``0.1 to 0.3``, or the values allowed."""
        if self.values:
            return "in " + ", ".join(self.values)
        below, above = self.low > self.at_least, self.high < self.at_most
        if below and above:
            return f"{self.low:.3g} to {self.high:.3g}"
        return f"at least {self.low:.3g}" if below else f"at most {self.high:.3g}"


@dataclass(frozen=True)
class Step:
    """One box of the peeling trajectory: coverage, density, mass, parameters restricted, worlds and misses in it."""

    coverage: float
    density: float
    mass: float
    restricted: int
    worlds: int
    misses: int


@dataclass(frozen=True)
class MissBox:
    """Worlds in which a policy misses, as limits on parameters.

    Attributes
    ----------
    density, coverage, mass
        Share of the worlds in the box that are misses; share of all misses that are in the box; share of all worlds.
    base_rate
        Misses of all worlds: the density without any limits.
    worlds, misses
        Of all, counted.
    limits
        Parameters restricted, strongest (least quasi-p) first.
    trajectory, chosen
        All boxes on the way, from all worlds to the smallest, and the one shown.
    note
        Why there is no box, where there is none.
    """

    policy: str
    number: int
    density: float
    coverage: float
    mass: float
    base_rate: float
    worlds: int
    misses: int
    limits: tuple[BoxLimit, ...] = ()
    trajectory: tuple[Step, ...] = ()
    chosen: int = -1
    note: str = ""


def no_box(policy: str, missed: Sequence[bool] | npt.NDArray[np.bool_], why: str) -> MissBox:
    """Say that there is no box, and why."""
    count, misses = len(missed), int(np.sum(missed))
    rate = misses / count if count else math.nan
    return MissBox(policy, 1, rate, 1.0 if misses else math.nan, 1.0, rate, count, misses, note=why)
