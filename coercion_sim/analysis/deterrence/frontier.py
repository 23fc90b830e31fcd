"""The deterrence frontier as data."""

from __future__ import annotations

from dataclasses import dataclass

from coercion_sim.analysis.deterrence.pledges import Kind, Who


@dataclass(frozen=True)
class AllyCost:
    """What keeping the pledge costs one ally at the answer; medians over draws.

    Attributes
    ----------
    per_dispute, per_year
        Expected cost of one dispute that arises, of a year; weighted by the chance that it comes to it. US$ million.
    per_dispute_pct
        The first, percent of own GDP.
    if_called
        The same given that a package is imposed, US$ million; NaN where none ever is.
    """

    ally: str
    per_dispute: float
    per_year: float
    per_dispute_pct: float
    if_called: float


@dataclass(frozen=True)
class FrontierPoint:
    """Least pledge for one stake, kind, intensity and set of members, over draws.

    Attributes
    ----------
    stake
        v_C before types, percent of the coercer's GDP.
    members
        Those that act, of the set `named`.
    median, low, high
        Least A over draws, 5th and 95th percentile; infinity where that many draws have no root.
    already, no_root
        Share of draws in which nothing need be pledged, and in which no pledge up to the strongest deters.
    several
        Share of draws with more than one change of sign.
    value_unpledged, value
        Worth of pressing at A = 0 and at the answer (no root: at the strongest), median, percent of the coercer's GDP.
    press_unpledged, press
        P(press), mean over draws, at the same two.
    kept
        Share of the promise delivered at the answer, given imposition, mean over members and draws.
    binds
        What binds most often where there is no root (`BINDS`); empty if there always is one.
    costs
        By ally.
    """

    stake: float
    kind: Kind
    intensity: float
    named: str
    members: tuple[str, ...]
    median: float
    low: float
    high: float
    already: float
    no_root: float
    several: float
    value_unpledged: float
    value: float
    press_unpledged: float
    press: float
    kept: float
    binds: str
    costs: tuple[AllyCost, ...]

    @property
    def cost(self) -> float:
        """Expected cost of a dispute to all members, US$ million."""
        return sum(c.per_dispute for c in self.costs)

    @property
    def cost_if_called(self) -> float:
        """Cost to all members where a package is imposed, US$ million."""
        return sum(c.if_called for c in self.costs)


@dataclass(frozen=True)
class Unaided:
    """One stake where nobody promises and nobody helps.

    Attributes
    ----------
    value, pressed
        Worth of pressing, median, percent of the coercer's GDP; P(press), mean over draws.
    deterred
        Share of draws in which pressing does not pay.
    """

    stake: float
    value: float
    pressed: float
    deterred: float


@dataclass(frozen=True)
class Frontier:
    """The deterrence frontier of one pair of states.

    Attributes
    ----------
    draws
        Draws of the uncertain numbers.
    strongest
        Strongest pledge looked at.
    who
        Whose value of pressing counts.
    cost_once
        Z, percent of the coercer's GDP: only its ratio to the stake is identified.
    unaided
        By stake: the dispute without allies.
    points
        By stake, kind, intensity and members.
    """

    scenario: str
    policy: str
    coercer: str
    target: str
    draws: int
    strongest: float
    who: Who
    cost_once: float
    unaided: tuple[Unaided, ...]
    points: tuple[FrontierPoint, ...]

    def at(self, stake: float) -> tuple[FrontierPoint, ...]:
        """Points of one stake."""
        return tuple(p for p in self.points if p.stake == stake)

    @property
    def stakes(self) -> tuple[float, ...]:
        """Stakes in the order asked."""
        return tuple(dict.fromkeys(p.stake for p in self.points))
