"""The deterrence frontier as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coercion_sim.analysis.deterrence.pledges import Kind, Who
from coercion_sim.analysis.records import Tabular, flat


@dataclass(frozen=True)
class AllyCost:
    """Cost of keeping the pledge to one ally at the least pledge; medians over draws.

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
        Members of the set `named` that act.
    median, low, high
        Quantiles of the least A over draws (5th and 95th percentile); infinite where that many draws have no root.
    already, no_root
        Share of draws in which no pledge is needed, and in which no pledge up to the strongest deters.
    several
        Share of draws with more than one change of sign.
    value_unpledged, value
        Median value of pressing at A = 0 and at the least pledge (no root: at the strongest), percent of the coercer's
        GDP.
    press_unpledged, press
        P(press), mean over draws, at the same two.
    kept
        Share of the promise delivered at the least pledge, given imposition, mean over members and draws.
    binds
        Limit that binds most often where no pledge deters (`BINDS`); empty where one always does.
    costs
        By ally.
    idle
        Members that promise to cut off exports and have none to cut, in every draw.
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
    idle: tuple[str, ...] = ()

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
    """The dispute at one stake where nobody promises and nobody helps.

    Attributes
    ----------
    words
        Whether the joint statement of the policy is made.
    value, pressed
        Median value of pressing, percent of the coercer's GDP; P(press), mean over draws.
    deterred
        Share of draws in which pressing does not pay.
    """

    stake: float
    value: float
    pressed: float
    deterred: float
    words: bool = False


@dataclass(frozen=True, repr=False)
class Frontier(Tabular):
    """The deterrence frontier of one pair of states.

    Attributes
    ----------
    draws, unsolved
        Draws of the uncertain numbers used, and left out because no equilibrium was found with some promise.
    strongest
        Strongest pledge tried.
    who
        Coercer's type whose value of pressing counts.
    cost_once
        Z, percent of the coercer's GDP: only its ratio to the stake is identified.
    unaided
        By stake: the dispute without allies; after it, where the policy condemns jointly, the one with words alone.
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
    unsolved: int = 0

    @property
    def headline(self) -> str:
        """Pair, draws and number of points."""
        return f"{self.scenario}: {self.coercer} presses {self.target}, {self.draws} draws, {len(self.points)} points"

    def records(self) -> list[dict[str, Any]]:
        """One record for each point; infinite where no pledge deters."""
        return [
            flat(p, "costs")
            | {
                "members": " ".join(p.members),
                "idle": " ".join(p.idle),
                "cost_usd_m": p.cost,
                "cost_if_called_usd_m": p.cost_if_called,
            }
            for p in self.points
        ]

    def cost_records(self) -> list[dict[str, Any]]:
        """One record for each point and member."""
        return [
            {
                "stake": p.stake, "kind": p.kind, "intensity": p.intensity, "named": p.named, "ally": c.ally,
                "per_dispute_usd_m": c.per_dispute, "per_year_usd_m": c.per_year,
                "per_dispute_pct_gdp": c.per_dispute_pct, "if_called_usd_m": c.if_called,
            }
            for p in self.points
            for c in p.costs
        ]  # fmt: skip

    def at(self, stake: float) -> tuple[FrontierPoint, ...]:
        """Points of one stake."""
        return tuple(p for p in self.points if p.stake == stake)

    @property
    def stakes(self) -> tuple[float, ...]:
        """Stakes in the order given."""
        return tuple(dict.fromkeys(p.stake for p in self.points))
