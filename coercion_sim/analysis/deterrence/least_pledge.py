"""The least strength of a promise at which pressing stops paying, and what stands in the way where there is none."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from scipy.optimize import brentq

from coercion_sim.analysis.deterrence.pledges import PledgedGame, Who

#: Where the value of pressing is looked at first, as shares of the strongest pledge; denser near 0.
SCAN = (0.0, 0.01, 0.03, 0.06, 0.1, 0.2, 0.35, 0.6, 1.0)
#: Exactness of a root, as a share of the strongest pledge.
EXACT = 1e-7
#: What keeps a promise from deterring, in the order in which they are asked.
BINDS = {
    "no_instrument": "the members have nothing of this kind to give",
    "capability": "even kept for certain, what was promised leaves pressing worth while",
    "error": "it would deter if allies made no errors; at this rationality they do",
    "reliability": "it would deter if it were believed (R = 1)",
    "strength": "a stronger pledge than the strongest looked at would deter",
}


@dataclass(frozen=True)
class LeastPledge:
    """The answer for one game.

    Attributes
    ----------
    strength
        Least A in [0, most] at which pressing is worth nothing or less; 0 if that is so without a pledge, NaN if never.
    crossings
        Changes of sign seen on the scan; more than one says that a stronger pledge need not deter better.
    value_unpledged, value
        Worth of pressing at A = 0, and at the answer (at `most` where there is none), percent of the coercer's GDP.
    binds
        Key of `BINDS`; empty where there is an answer.
    """

    strength: float
    crossings: int
    value_unpledged: float
    value: float
    binds: str = ""

    @property
    def found(self) -> bool:
        """Whether some pledge, or none, deters."""
        return not math.isnan(self.strength)


def least_root(value: Callable[[float], float], most: float) -> tuple[float, int, dict[float, float]]:
    """Least A in [0, most] with ``value(A) <= 0``: (A or NaN, changes of sign seen, values on the scan).

    A scan for the first change of sign, then Brent's method (Brent 1973, ch. 4) inside it. Two crossings closer
    together than the scan are not seen.
    """
    at = [share * most for share in SCAN]
    seen = {a: value(a) for a in at}
    signs = [seen[a] > 0.0 for a in at]
    crossings = sum(one != other for one, other in pairwise(signs))
    if not signs[0]:
        return 0.0, crossings, seen
    for low, high in pairwise(at):
        if seen[high] <= 0.0:
            return float(brentq(value, low, high, xtol=EXACT * most)), crossings, seen
    return math.nan, crossings, seen


def least_pledge(pledged: PledgedGame, most: float, who: Who = "mean") -> LeastPledge:
    """Find the least pledge for one game; `most` is the strongest looked at, percent of a member's GDP."""
    root, crossings, seen = least_root(lambda a: pledged.value(a, who), most)
    before, last = seen[0.0], seen[most]
    if math.isnan(root):
        return LeastPledge(root, crossings, before, last, what_binds(pledged, who))
    return LeastPledge(root, crossings, before, before if root == 0.0 else pledged.value(root, who))


def what_binds(pledged: PledgedGame, who: Who) -> str:
    """Say why no pledge deters, by lifting one limit after another."""
    if len(pledged.game.options) < 2 or not pledged.game.allies:
        return "no_instrument"
    if pledged.at_limit(True, True, who) > 0.0:
        return "capability"
    if pledged.at_limit(True, False, who) > 0.0:
        return "error"
    return "reliability" if pledged.at_limit(False, False, who) > 0.0 else "strength"
