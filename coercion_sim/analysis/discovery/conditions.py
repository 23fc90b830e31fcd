"""The condition under which a policy misses its aim: an outcome beyond a limit."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from coercion_sim.analysis.sensitivity.outcome_frame import OutcomeFrame, check_outcomes
from coercion_sim.arrays import Array, Bools
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
        Of all runs of all policies, whose value `limit` is; None for a limit given as a number.
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

    def missed(self, values: Array) -> Bools:
        """Whether each value is a miss; NaN is none."""
        with np.errstate(invalid="ignore"):
            return np.asarray(_SIGNS[self.sign](values, self.limit), dtype=bool)


def read_fails(text: str) -> tuple[str, str, str]:
    """Outcome, sign and limit of a condition such as ``target_loss_pv>0.5``.

    Raises
    ------
    InvalidInput
        For any other text, or an unknown outcome.
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
