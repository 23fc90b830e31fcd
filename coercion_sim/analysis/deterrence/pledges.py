"""Pledges in one dispute: who promises which help, how much and how strongly, and the least strength that deters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from coercion_sim.arrays import Array, Ints
from coercion_sim.dispute import DisputeGame, DisputeSolution, accepted, solve_disputes
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
#: Width to which an interval that holds a root is narrowed, as a share of the strongest pledge.
WIDTH = 1e-6
#: Most games solved side by side: more are no faster, and take more memory.
TOGETHER = 64
#: Limits that keep a promise from deterring, in the order in which they are lifted.
BINDS = {
    "no_instrument": "the members have nothing of this kind to give",
    "capability": "even kept for certain, the promised help leaves pressing profitable",
    "error": "it would deter if allies made no errors; at this rationality they do",
    "reliability": "it would deter if it were believed (R = 1)",
    "strength": "a stronger pledge than the strongest tried would deter",
}
#: What is assumed of a boundless promise to see whether each binds: that it is believed, and kept without error.
LIFTED = {"capability": (True, True), "error": (True, False), "reliability": (False, False)}


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

    @property
    def able(self) -> bool:
        """Whether members have anything of this kind to give; where not, strength changes nothing."""
        return len(self.game.options) > 1 and bool(self.game.allies)

    def at(self, strength: float, reliable: bool = False, certain: bool = False) -> DisputeGame:
        """The game at A_i = `strength` for every member that has something to give.

        Parameters
        ----------
        reliable
            Whether the promise is believed (R = 1).
        certain
            Whether allies keep it without error: the most the promised help can do.
        """
        n = len(self.game.allies)
        bound = self.game.shortfall_by_package.any(axis=(1, 2))
        game = replace(self.game, pledge=np.where(bound, strength, 0.0))
        if reliable:
            game = replace(game, reliability=np.ones(n))
        return replace(game, ally_rational=(True,) * n) if certain else game


def idle_members(table: PayoffTable) -> tuple[str, ...]:
    """Allies that promise to act against the coercer and cannot."""
    if not table.question.of_side("coercer"):
        return ()
    return tuple(ally for ally, able in zip(table.allies, table.can_strike, strict=True) if not able)


def side_by_side(games: Sequence[DisputeGame]) -> Iterator[tuple[int, DisputeSolution]]:
    """Solves games of one shape together, `TOGETHER` at a time, and yields each one's place and solution.

    Raises
    ------
    GameError
        No equilibrium was found.
    """
    order = sorted(range(len(games)), key=lambda i: games[i].profile_shape)
    for places in (order[i : i + TOGETHER] for i in range(0, len(order), TOGETHER)):
        for place, solution in zip(places, solve_disputes([games[i] for i in places]), strict=True):
            yield place, accepted(solution)


def press_values(games: Sequence[DisputeGame], who: Who = "mean") -> Array:
    """Value of pressing in each game, percent of the coercer's GDP."""
    values = np.empty(len(games))
    for i, solved in side_by_side(games):
        values[i] = press_value(solved, who)
    return values


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
    value_unpledged, press_unpledged
        Value of pressing at A = 0, percent of the coercer's GDP, and P(press) there.
    value
        Value of pressing at the least pledge (at `most` where none deters), percent of the coercer's GDP.
    binds
        Key of `BINDS`; empty where a pledge deters.
    """

    strength: float
    crossings: int
    value_unpledged: float
    press_unpledged: float
    value: float
    binds: str = ""

    @property
    def deters(self) -> bool:
        """Whether a pledge of some strength, 0 included, deters."""
        return not math.isnan(self.strength)


def least_pledges(pledged: Sequence[PledgedGame], most: float, who: Who = "mean") -> list[LeastPledge]:
    """Finds the least pledge of every game, all side by side; `most` is the strongest tried, percent of a member's GDP.

    Raises
    ------
    GameError
        No equilibrium was found.
    """

    def games(which: Ints, strengths: Array) -> list[DisputeGame]:
        return [pledged[i].at(a) for i, a in zip(which.tolist(), strengths.tolist(), strict=True)]

    able = np.array([p.able for p in pledged], dtype=bool)
    scan = most * np.array(SCAN)
    which, step = np.nonzero(able[:, None] | (scan == 0.0))
    seen, press = np.empty((2, len(pledged), len(scan)))
    for i, solved in side_by_side(games(which, scan[step])):
        at = which[i], step[i]
        seen[at], press[at] = press_value(solved, who), pressed(solved)
    seen[~able] = seen[~able, :1]
    roots, at_roots, crossings = least_roots(lambda at, a: press_values(games(at, a), who), scan, seen)
    never = np.flatnonzero(np.isnan(roots)).tolist()
    binds = dict(zip(never, what_binds([pledged[i] for i in never], who), strict=True))
    return [
        LeastPledge(
            float(roots[i]), int(crossings[i]), float(seen[i, 0]), float(press[i, 0]), float(at_roots[i]),
            binds.get(i, ""),
        )
        for i in range(len(pledged))
    ]  # fmt: skip


def least_roots(values: Callable[[Ints, Array], Array], scan: Array, seen: Array) -> tuple[Array, Array, Ints]:
    """Least A with ``value(A) <= 0`` of N functions together: (A or NaN, value there or at the last, changes of sign).

    The first change of sign on the scan is narrowed to `WIDTH`; two closer together than the scan are not seen.

    Parameters
    ----------
    values
        Values of the functions at these places at these A, one for each.
    scan, seen : (S,), (N, S)
        A in ascending order, and the values at them.
    """
    positive = seen > 0.0
    crossings = (positive[:, 1:] != positive[:, :-1]).sum(axis=1)
    first = (~positive).argmax(axis=1)
    each, never = np.arange(len(seen)), positive.all(axis=1)
    roots, at_roots = np.where(never, np.nan, scan[first]), np.where(never, seen[:, -1], seen[each, first])
    inside = np.flatnonzero(first > 0)
    upper = first[inside]
    ends, at_ends = scan[[upper - 1, upper]], seen[inside, [upper - 1, upper]]
    roots[inside], at_roots[inside] = _narrowed(lambda at, a: values(inside[at], a), ends, at_ends, WIDTH * scan[-1])
    return roots, at_roots, crossings


def _narrowed(values: Callable[[Ints, Array], Array], ends: Array, at_ends: Array, width: float) -> tuple[Array, Array]:
    """Narrow N intervals together, ends (2, N) and values there, positive at the first; return the upper ends, values.

    Chandrupatla (1997): inverse quadratic interpolation where the last three points allow it, else bisection.
    """
    x, f = ends[[0, 1, 0]], at_ends[[0, 1, 0]]
    part = np.full(x.shape[1], 0.5)
    while (left := np.flatnonzero(np.abs(x[0] - x[1]) > width)).size:
        (a, b, _), (f_a, f_b, _) = x[:, left], f[:, left]
        new = a + part[left] * (b - a)
        at_new = values(left, new)
        same = (at_new > 0.0) == (f_a > 0.0)
        x[:, left] = new, np.where(same, b, a), np.where(same, a, b)
        f[:, left] = at_new, np.where(same, f_b, f_a), np.where(same, f_a, f_b)
        part[left] = _next_part(x[:, left], f[:, left], width)
    upper = (f[:2] > 0.0).argmin(axis=0)[None]
    return np.take_along_axis(x, upper, axis=0)[0], np.take_along_axis(f, upper, axis=0)[0]


def _next_part(x: Array, f: Array, width: float) -> Array:
    """Part of the way from the newest point a to the other end b at which to look next; c is the point given up."""
    (a, b, c), (f_a, f_b, f_c) = x, f
    with np.errstate(divide="ignore", invalid="ignore"):
        xi, phi = (a - b) / (c - b), (f_a - f_b) / (f_c - f_b)
        smooth = (phi**2 < xi) & ((1.0 - phi) ** 2 < 1.0 - xi)
        inverse = f_a / (f_b - f_a) * f_c / (f_b - f_c) + (c - a) / (b - a) * f_a / (f_c - f_a) * f_b / (f_c - f_b)
        least = np.minimum(0.5, 0.5 * width / np.abs(b - a))
    part: Array = np.where(smooth, np.clip(inverse, least, 1.0 - least), 0.5)
    return part


def what_binds(pledged: Sequence[PledgedGame], who: Who = "mean") -> list[str]:
    """Name the limit that keeps every pledge of each game from deterring, by lifting one after another."""
    binds = ["strength" if p.able else "no_instrument" for p in pledged]
    for limit, (reliable, certain) in LIFTED.items():
        left = [i for i, bound in enumerate(binds) if bound == "strength"]
        values = press_values([pledged[i].at(BOUNDLESS, reliable, certain) for i in left], who)
        for i in np.array(left, dtype=np.int64)[values > 0.0]:
            binds[i] = limit
    return binds
