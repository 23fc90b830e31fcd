"""The least-cost coalition as data: its promise, its cost to each state, its stability as a cooperative game."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from coercion_sim.analysis.deterrence.pledges import LeastPledge, Terms, Who
from coercion_sim.analysis.records import Tabular
from coercion_sim.arrays import Array

#: Excess below which a coalition is content, as a share of the largest worth.
TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class CharacteristicFunction:
    """v(S) for every set of players; ``worth[0]`` = 0 is the empty set, player i is bit i of a set's number."""

    players: tuple[str, ...]
    worth: Array

    def number(self, members: Sequence[str]) -> int:
        """Place of a set in `worth`."""
        return sum(1 << self.players.index(m) for m in members)

    @property
    def incidence(self) -> Array:
        """Membership of each player in each set, (2^n, n)."""
        sets = np.arange(len(self.worth))
        members: Array = ((sets[:, None] >> np.arange(len(self.players))) & 1).astype(np.float64)
        return members

    @property
    def slack(self) -> float:
        """``v(N)`` less the least total that contents every smaller coalition: the core is empty where this is below 0.

        Shapley (1967): ``min sum_i x_i`` subject to ``x(S) >= v(S)``; the core is the set of divisions of v(N) that do.
        """
        from scipy.optimize import linprog

        n = len(self.players)
        inside = self.incidence[1:-1]
        if n == 1:
            return 0.0
        solved = linprog(np.ones(n), A_ub=-inside, b_ub=-self.worth[1:-1], bounds=[(None, None)] * n, method="highs")
        return float(self.worth[-1] - solved.fun)

    @property
    def core_exists(self) -> bool:
        """Whether some division of v(N) contents every coalition."""
        return self.slack >= -self._rounding

    def objection(self, division: Mapping[str, float]) -> tuple[str, ...]:
        """The coalition with most to gain from leaving this division; empty where the division is in the core."""
        given = np.array([division[p] for p in self.players])
        excess = self.worth - self.incidence @ given
        excess[0] = 0.0
        worst = int(np.argmax(excess))
        if excess[worst] <= self._rounding:
            return ()
        return tuple(p for i, p in enumerate(self.players) if worst >> i & 1)

    def divide(self, weights: Mapping[str, float]) -> dict[str, float]:
        """Give each player its worth alone, and a share by weight of the surplus of N over the sum of these."""
        alone = {p: float(self.worth[1 << i]) for i, p in enumerate(self.players)}
        surplus = float(self.worth[-1]) - sum(alone.values())
        total = sum(weights[p] for p in self.players)
        return {p: alone[p] + surplus * weights[p] / total for p in self.players}

    @property
    def _rounding(self) -> float:
        return TOLERANCE * (1.0 + float(np.abs(self.worth).max()))


def subsets(players: Sequence[str], most: int) -> list[tuple[str, ...]]:
    """Every set of one to `most` players, the smaller first."""
    return [c for size in range(1, min(most, len(players)) + 1) for c in combinations(players, size)]


@dataclass(frozen=True, eq=False)
class Coalition:
    """One set of members with one promise.

    Attributes
    ----------
    least
        Least pledge that deters; where none does, the other numbers are those of the strongest.
    pressed, imposed
        P(the coercer presses), P(a package is imposed) in a dispute that arises.
    cost, if_called
        Expected cost to all members of a dispute; the same given that a package is imposed. US$ million.
    payoffs : (candidates,)
        U_i of every candidate, member or not, US$ million a dispute: interest lost and own cost, <= 0.
    costs, interest, exposure, breach : (candidates,)
        Its parts, US$ million, >= 0: own answer (exposure included), interest lost, the part of costs that is exposure;
        and, not in U_i, the expected price of falling short of the promise.
    target
        U_T, US$ million a dispute.
    idle
        Members that promise to cut off exports and have none to cut.
    """

    terms: Terms
    least: LeastPledge
    strength: float
    pressed: float
    imposed: float
    payoffs: Array
    costs: Array
    interest: Array
    exposure: Array
    breach: Array
    target: float
    idle: tuple[str, ...] = ()

    @property
    def cost(self) -> float:
        """Expected cost to all members, US$ million a dispute."""
        return float(self.costs.sum())

    @property
    def if_called(self) -> float:
        """Cost to all members where a package is imposed, US$ million."""
        return self.cost / self.imposed if self.imposed > 0.0 else math.nan


@dataclass(frozen=True)
class MemberAccount:
    """One candidate's account at the chosen coalition, US$ million a dispute.

    Attributes
    ----------
    member
        Whether it belongs to the coalition.
    pays, exposure, interest, breach, if_called
        Expected cost of its answer, the part of it that is exposure, interest lost, the price of falling short (not
        counted in payoffs), and its cost given that a package is imposed.
    payoff, without
        U_i with the coalition, and where nobody promises anything.
    other
        U_i if it alone changed sides: a member left, the rest staying at the same pledge; an outsider joined (NaN where
        no more may act).
    pivotal
        A member without which the rest do not deter at the same pledge.
    """

    state: str
    member: bool
    pays: float
    exposure: float
    interest: float
    breach: float
    if_called: float
    payoff: float
    without: float
    other: float
    pivotal: bool

    @property
    def gains(self) -> float:
        """Gain from the coalition, against no promises at all."""
        return self.payoff - self.without

    @property
    def would_change(self) -> bool:
        """Whether the other side pays more: a member would free-ride, an outsider would join."""
        return self.other > self.payoff + 1e-9 * (1.0 + abs(self.payoff))


@dataclass(frozen=True, eq=False, repr=False)
class CoalitionAnswer(Tabular):
    """The least-cost coalition of one dyad.

    Attributes
    ----------
    stake
        v_C before types, percent of the coercer's GDP.
    candidates
        In the order of payoff arrays.
    value_alone, pressed_alone
        Value of pressing, and P(press), where nobody promises and nobody helps, but condemns where the policy does.
    value_silent
        Value of pressing where nobody condemns either.
    chosen
        The least-cost coalition that deters; where none does, the one that lowers the value of pressing most for its
        cost; None where no coalition is needed.
    deters
        Whether `chosen` deters (True where no coalition is needed).
    ranked
        The coalitions that deter, cheapest first; where none does, best value for cost first.
    accounts
        Of every candidate.
    internally_stable, externally_stable
        No member gains by leaving; no outsider gains by joining (d'Aspremont et al. 1983; Barrett 1994).
    potentially_stable
        Members together have at least the sum of what each would have as a free rider: side payments can hold them
        (Carraro, Eyckmans and Finus 2006).
    worth
        v(S), outsiders standing aside.
    tried
        Number of coalitions tried.
    target_alone
        U_T where nobody promises and nobody helps, words apart, US$ million a dispute.
    unsolved
        Coalitions and promises left out because some dispute on the way to their least pledge has no equilibrium found.
    """

    scenario: str
    policy: str
    coercer: str
    target: str
    stake: float
    who: Who
    strongest: float
    candidates: tuple[str, ...]
    value_alone: float
    pressed_alone: float
    value_silent: float
    chosen: Coalition | None
    deters: bool
    ranked: tuple[Coalition, ...]
    accounts: tuple[MemberAccount, ...]
    worth: CharacteristicFunction
    tried: int
    target_alone: float
    gdp: dict[str, float] = field(default_factory=dict)
    unsolved: int = 0

    @property
    def headline(self) -> str:
        """Pair and chosen coalition."""
        pair = f"{self.scenario}: {self.coercer} presses {self.target}"
        if self.chosen is None:
            return f"{pair}, no coalition needed or able"
        terms = self.chosen.terms
        return f"{pair}, {' '.join(terms.members)} promise {terms.kind} {terms.intensity:g}"

    def records(self) -> list[dict[str, Any]]:
        """One record for each coalition of `ranked`."""
        return [
            {"members": " ".join(c.terms.members), "kind": c.terms.kind, "intensity": c.terms.intensity}
            | {"strength": c.strength, "deters": c.least.deters, "binds": c.least.binds, "value": c.least.value}
            | {"pressed": c.pressed, "imposed": c.imposed, "cost_usd_m": c.cost, "cost_if_called_usd_m": c.if_called}
            for c in self.ranked
        ]

    @property
    def internally_stable(self) -> bool:
        """No member would rather leave."""
        return not self.free_riders

    @property
    def externally_stable(self) -> bool:
        """No outsider would rather join."""
        return not any(a.would_change for a in self.accounts if not a.member)

    @property
    def free_riders(self) -> tuple[str, ...]:
        """Members that would rather leave."""
        return tuple(a.state for a in self.accounts if a.member and a.would_change)

    @property
    def surplus(self) -> float:
        """Members' joint payoff less their sum as free riders, US$ million; below 0 no side payment holds them."""
        return sum(a.payoff - a.other for a in self.accounts if a.member)

    @property
    def potentially_stable(self) -> bool:
        """Whether side payments among members could hold all of them."""
        return self.surplus >= -1e-9 * (1.0 + sum(abs(a.payoff) for a in self.accounts))

    @property
    def target_gain(self) -> float:
        """Gain of the target from the coalition, US$ million a dispute; it could pay the members from this."""
        return self.chosen.target - self.target_alone if self.chosen is not None else 0.0

    def objection(self, sharing: str) -> tuple[str, ...]:
        """The coalition that objects to dividing the surplus of all ``equal`` or by ``gdp``; empty if in the core."""
        weights = self.gdp if sharing == "gdp" else dict.fromkeys(self.candidates, 1.0)
        return self.worth.objection(self.worth.divide(weights))
