"""Pledges in one dispute: who promises which help, how much and how strongly, and the least strength that deters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from coercion_sim.dispute import DisputeGame, DisputeSolution, accepted, solve_dispute, solve_disputes
from coercion_sim.policies import Outlook, Pledge, Policy, Response, Situation

if TYPE_CHECKING:
    from coercion_sim.dispute import PayoffTable

Kind = Literal["support", "retaliation", "both"]
#: What can be promised.
KINDS: tuple[Kind, ...] = ("support", "retaliation", "both")
#: Coercer's type whose value of pressing counts: the mean over the coercer's types at belief, or one type's.
Who = Literal["mean", "soft", "firm"]
WHO: tuple[Who, ...] = ("mean", "soft", "firm")
#: A pledge that outweighs everything else, percent of GDP.
BOUNDLESS = 1e6
#: Shares of the strongest pledge at which the value of pressing is scanned; denser near 0.
SCAN = (0.0, 0.01, 0.03, 0.06, 0.1, 0.2, 0.35, 0.6, 1.0)
#: Sections of an interval of the scan in each of three rounds.
SECTIONS = 8
#: Limits that keep a promise from deterring, in the order in which they are lifted.
BINDS = {
    "no_instrument": "the members have nothing of this kind to give",
    "capability": "even kept for certain, the promised help leaves pressing profitable",
    "error": "it would deter if allies made no errors; at this rationality they do",
    "reliability": "it would deter if it were believed (R = 1)",
    "strength": "a stronger pledge than the strongest tried would deter",
}


@dataclass(frozen=True)
class Terms:
    """Content of a promise, strength apart.

    Attributes
    ----------
    kind
        Instruments promised; the others are not on the menu.
    intensity
        Share of the target's loss that all promise to make good together, and share of critical exports each cuts off.
    members
        States that promise.
    """

    kind: Kind
    intensity: float
    members: tuple[str, ...]


class Promised(Policy):
    """A policy that makes one given promise and does nothing else."""

    name = "promised"
    words = ""
    summary = "Exactly the promise given."

    def __init__(self, promise: Pledge | None) -> None:
        super().__init__()
        self.promise = promise

    def respond(self, situation: Situation) -> Response:
        """Do nothing."""
        return Response()

    def pledge(self, outlook: Outlook, coercer: str, target: str) -> Pledge | None:
        """The promise given."""
        return self.promise


@dataclass(frozen=True, eq=False)
class PledgedGame:
    """The game under some terms and stakes, with the strength of the promise open.

    Attributes
    ----------
    game
        The dispute; its pledges are replaced.
    table
        Effects behind it.
    """

    game: DisputeGame
    table: PayoffTable
    known: dict[float, DisputeSolution] = field(default_factory=dict)

    def solved(self, strength: float) -> DisputeSolution:
        """Solve at A_i = `strength` for every member.

        Raises
        ------
        GameError
            No equilibrium was found.
        """
        self.solve_at((strength,))
        return accepted(self.known[strength])

    def solve_at(self, strengths: Sequence[float]) -> None:
        """Solve at several strengths side by side, which takes little longer than one."""
        new = [a for a in dict.fromkeys(strengths) if a not in self.known]
        games = [replace(self.game, pledge=np.full(len(self.game.allies), a)) for a in new]
        self.known.update(zip(new, solve_disputes(games), strict=True))

    def values(self, strengths: Sequence[float], who: Who = "mean") -> list[float]:
        """Value of pressing to the coercer at each strength, percent of its GDP."""
        self.solve_at(strengths)
        return [press_value(accepted(self.known[a]), who) for a in strengths]

    def value(self, strength: float, who: Who = "mean") -> float:
        """Value of pressing to the coercer, percent of its GDP."""
        return self.values((strength,), who)[0]

    def at_limit(self, reliable: bool, certain: bool, who: Who = "mean") -> float:
        """Value of pressing against a promise of boundless strength.

        Parameters
        ----------
        reliable
            Whether the promise is believed (R = 1).
        certain
            Whether allies keep it without error: the most the promised help can do.
        who
            Coercer's type whose value counts.
        """
        n = len(self.game.allies)
        game = replace(self.game, pledge=np.full(n, BOUNDLESS))
        if reliable:
            game = replace(game, reliability=np.ones(n))
        if certain:
            game = replace(game, ally_rational=(True,) * n)
        return press_value(solve_dispute(game), who)


def press_value(solved: DisputeSolution, who: Who = "mean") -> float:
    """Worth of pressing (`DisputeSolution.press_value`) to a type, or its mean at the belief about types."""
    if who == "mean":
        nu = solved.game.belief_coercer
        return float((1.0 - nu) * solved.press_value[0] + nu * solved.press_value[1])
    return float(solved.press_value[int(who == "firm")])


def pressed(solved: DisputeSolution) -> float:
    """P(press) at the belief about the coercer's type."""
    nu = solved.game.belief_coercer
    return float((1.0 - nu) * solved.press[0] + nu * solved.press[1])


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
        Value of pressing at A = 0, and at the least pledge (at `most` where none deters), percent of the coercer's GDP.
    binds
        Key of `BINDS`; empty where a pledge deters.
    """

    strength: float
    crossings: int
    value_unpledged: float
    value: float
    binds: str = ""

    @property
    def deters(self) -> bool:
        """Whether a pledge of some strength, 0 included, deters."""
        return not math.isnan(self.strength)


def least_root(values: Callable[[Sequence[float]], list[float]], most: float) -> tuple[float, int, dict[float, float]]:
    """Least A in [0, most] with ``value(A) <= 0``: (A or NaN, changes of sign seen, values on the scan).

    A scan for the first change of sign, then three times the section of an interval in which the sign changes, among
    `SECTIONS` evaluated side by side, and at last the chord. Two crossings closer together than the scan are not seen.
    """
    at = [share * most for share in SCAN]
    seen = dict(zip(at, values(at), strict=True))
    signs = [seen[a] > 0.0 for a in at]
    crossings = sum(one != other for one, other in pairwise(signs))
    if not signs[0]:
        return 0.0, crossings, seen
    first = next((pair for pair in pairwise(at) if seen[pair[1]] <= 0.0), None)
    if first is None:
        return math.nan, crossings, seen
    return _root_between(values, {a: seen[a] for a in first}), crossings, seen


def _root_between(values: Callable[[Sequence[float]], list[float]], ends: dict[float, float]) -> float:
    """Narrow an interval, given as its ends and their values, three times to the first section that holds a root."""
    low, high = sorted(ends)
    for _ in range(3):
        inner = [float(a) for a in np.linspace(low, high, SECTIONS + 1)[1:-1]]
        ends |= dict(zip(inner, values(inner), strict=True))
        points = sorted(a for a in ends if low <= a <= high)
        low, high = next(pair for pair in pairwise(points) if ends[pair[1]] <= 0.0)
    drop = ends[low] - ends[high]
    return low + (high - low) * (ends[low] / drop if drop > 0.0 else 1.0)


def least_pledge(pledged: PledgedGame, most: float, who: Who = "mean") -> LeastPledge:
    """Find the least pledge for one game; `most` is the strongest tried, percent of a member's GDP."""
    root, crossings, seen = least_root(lambda many: pledged.values(many, who), most)
    before, last = seen[0.0], seen[most]
    if math.isnan(root):
        return LeastPledge(root, crossings, before, last, what_binds(pledged, who))
    return LeastPledge(root, crossings, before, before if root == 0.0 else pledged.value(root, who))


def what_binds(pledged: PledgedGame, who: Who) -> str:
    """Name the limit that keeps every pledge from deterring, by lifting one after another."""
    if len(pledged.game.options) < 2 or not pledged.game.allies:
        return "no_instrument"
    if pledged.at_limit(True, True, who) > 0.0:
        return "capability"
    if pledged.at_limit(True, False, who) > 0.0:
        return "error"
    return "reliability" if pledged.at_limit(False, False, who) > 0.0 else "strength"
