"""The least-cost coalition that deters: its members and their promise, what each pays and gains, its stability."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.analysis.deterrence.coalition_answer import (
    CharacteristicFunction,
    Coalition,
    CoalitionAnswer,
    MemberAccount,
    subsets,
)
from coercion_sim.analysis.deterrence.dyad import Dyad, ask, named_members
from coercion_sim.analysis.deterrence.frontier import STRONGEST, check_question, promises
from coercion_sim.analysis.deterrence.pledges import (
    KINDS,
    Kind,
    LeastPledge,
    Terms,
    Who,
    idle_members,
    least_pledges,
    press_value,
    pressed,
    side_by_side,
)
from coercion_sim.arrays import Array
from coercion_sim.dispute import DisputeSolution, ally_payoffs, expected_flow, exposure, on_ally_axis
from coercion_sim.errors import GameError, InvalidInput, Problem
from coercion_sim.experiments import Progress
from coercion_sim.policies import PolicyFiles

if TYPE_CHECKING:
    from coercion_sim.dispute import PayoffTable
    from coercion_sim.scenario import Scenario

#: Default and largest number of candidates: 2^n coalitions.
CANDIDATES, MOST_CANDIDATES = 6, 8
#: Sets of members tried side by side, with all their promises.
TOGETHER = 8


def least_cost_coalition(
    scenario: str | Path | Scenario, policy: str | None = None, *, stake: float | None = None,
    candidates: int | Sequence[str] = CANDIDATES, kinds: Sequence[Kind] = KINDS,
    intensities: Sequence[float] | None = None, strongest: float = STRONGEST, who: Who = "mean",
    seed: int | None = None, overrides: Iterable[str] = (), policy_files: PolicyFiles = (),
    pair: tuple[str, str] | None = None, dependence: float | None = None, progress: Progress | None = None,
) -> CoalitionAnswer:  # fmt: skip
    """Try every coalition of the candidates with every promise, each at its least pledge, and choose the cheapest.

    Parameters
    ----------
    scenario, policy, seed, overrides, policy_files, pair, dependence
        As in `ask`; uncertain numbers are at their defaults.
    stake
        v_C before types, percent of the coercer's GDP; None: the scenario's median. The target's is at its median.
    candidates
        States that may join, or how many of those bound to the target (strongest tie first, then largest), at most 8.
    kinds, intensities, strongest, who, progress
        As in `deterrence_frontier`; progress counts sets of members.

    Raises
    ------
    InvalidInput, CoercionSimError
        For arguments out of range; where no state can join, or the coercer has nothing to press with.
    """
    check_question([] if stake is None else [stake], kinds, intensities, strongest, who, 1)
    question = ask(scenario, policy, seed=seed, overrides=overrides, policy_files=policy_files, pair=pair,
                   dependence=dependence, at_defaults=True)  # fmt: skip
    dyad = question.dyad(0)
    stake = dyad.stake_coercer if stake is None else stake
    search = _Search(dyad, candidates_of(dyad, candidates), stake, strongest, who)
    solved = dict(side_by_side([game.at(0.0) for game in (dyad.spoken(stake), dyad.pledged(None, stake))]))
    alone, silent = solved[0], solved[1]
    value, without = press_value(alone, who), search.outside(alone)
    tried: list[Coalition] = []
    sets = subsets(search.candidates, dyad.diplomacy.settings.most_allies) if value > 0.0 else []
    for done in range(0, len(sets), TOGETHER):
        some = {" ".join(members): members for members in sets[done : done + TOGETHER]}
        tried += search.tried([terms for _, terms in promises(kinds, intensities, some)])
        if progress is not None:
            progress(done + len(some), len(sets), 0)
    ranked = rank(tried, value)
    chosen = ranked[0] if ranked else None
    return CoalitionAnswer(
        question.scenario.name, question.policy, dyad.coercer, dyad.target, stake, who, strongest,
        search.candidates, value, pressed(alone), press_value(silent, who), chosen,
        value <= 0.0 or any(c.least.deters for c in tried), ranked,
        search.accounts(chosen, without) if chosen is not None else (),
        characteristic_function(search.candidates, tried, without), len(tried),
        ally_payoffs(alone).target * dyad.gdp(dyad.target) / 100.0,
        {s: dyad.gdp(s) for s in search.candidates}, search.unsolved,
    )  # fmt: skip


def rank(tried: Sequence[Coalition], value: float) -> tuple[Coalition, ...]:
    """Coalitions that deter, cheapest first; where none does, those that lower the value of pressing most for the cost.

    Parameters
    ----------
    value
        Value of pressing where nobody helps.
    """
    deterring = [c for c in tried if c.least.deters]
    if deterring:
        return tuple(sorted(deterring, key=lambda c: (c.cost, len(c.terms.members), c.strength)))
    return tuple(sorted((c for c in tried if c.cost > 0.0), key=lambda c: -(value - c.least.value) / c.cost))


def candidates_of(dyad: Dyad, named: int | Sequence[str]) -> tuple[str, ...]:
    """Candidates: the states named, or that many of those bound to the target, the strongest tie first."""
    count = named if isinstance(named, int) else len(set(named))
    if count > MOST_CANDIDATES:
        most = f"1 to {MOST_CANDIDATES}"
        raise InvalidInput(Problem("too many: 2^n coalitions", key="--candidates", found=str(count), allowed=most))
    if not isinstance(named, int):
        chosen = named_members(dyad, named, "--candidates")
    else:
        bound = dyad.bound()
        chosen = tuple(sorted(bound, key=lambda s: (-bound[s], -dyad.gdp(s)))[: max(named, 0)])
    if not chosen or dyad.diplomacy.settings.most_allies < 1:
        tied = ", ".join(dyad.bound()) or "nobody"
        allies = f"bound to it: {tied}; acting at most: {dyad.diplomacy.settings.most_allies}"
        raise InvalidInput(Problem(f"no ally to promise {dyad.target} anything", key="--candidates", found=allies))
    return chosen


def characteristic_function(
    players: tuple[str, ...], tried: Sequence[Coalition], without: Array
) -> CharacteristicFunction:
    """v(S): the largest joint payoff of S from a promise of some of its members, or of none, outsiders standing aside.

    Outsiders promise nothing and help nobody, so the alpha, beta and gamma conventions give the same number (Chander
    and Tulkens 1997). Promises are those tried, each at its least pledge, or at the strongest where it does not deter.
    """
    n = len(players)
    worth = np.zeros(2**n)
    masks = np.array([sum(1 << players.index(m) for m in c.terms.members) for c in tried], dtype=np.int64)
    payoffs = np.array([c.payoffs for c in tried]).reshape(len(tried), n)
    for s in range(1, 2**n):
        inside = [i for i in range(n) if s >> i & 1]
        best = float(without[inside].sum())
        able = (masks & ~s) == 0
        if able.any():
            best = max(best, float(payoffs[able][:, inside].sum(axis=1).max()))
        worth[s] = best
    return CharacteristicFunction(players, worth)


@dataclass(eq=False)
class _Search:
    """Coalitions of one dyad at one stake."""

    dyad: Dyad
    candidates: tuple[str, ...]
    stake: float
    strongest: float
    who: Who
    unsolved: int = 0

    def tried(self, terms: Sequence[Terms]) -> list[Coalition]:
        """Coalitions with something to give, at their least pledge or the strongest; unsolved ones are counted."""
        able = [t for t in terms if self.dyad.pledged(t, self.stake).able]  # a promise of nothing is none
        return self._solvable(able)

    def _solvable(self, terms: Sequence[Terms]) -> list[Coalition]:
        """Coalitions whose disputes all have an equilibrium: halves are tried apart where one has none."""
        try:
            return self.at_least(terms)
        except GameError:
            half = len(terms) // 2
            if half:
                return self._solvable(terms[:half]) + self._solvable(terms[half:])
            self.unsolved += 1
            return []

    def at_least(self, able: Sequence[Terms]) -> list[Coalition]:
        """Coalitions at their least pledge, or at the strongest.

        Raises
        ------
        GameError
            No equilibrium was found.
        """
        least = least_pledges([self.dyad.pledged(t, self.stake) for t in able], self.strongest, self.who)
        strengths = [x.strength if x.deters else self.strongest for x in least]
        return [one for one, _ in self.at(list(zip(able, strengths, least, strict=True)))]

    def at(self, pledges: Sequence[tuple[Terms, float, LeastPledge]]) -> list[tuple[Coalition, float]]:
        """Coalitions at given pledges, each with the value of pressing."""
        pledged = [self.dyad.pledged(terms, self.stake) for terms, _, _ in pledges]
        games = [p.at(strength) for p, (_, strength, _) in zip(pledged, pledges, strict=True)]
        solutions = {
            i: (self.coalition(*pledges[i], pledged[i].table, solved), press_value(solved, self.who))
            for i, solved in side_by_side(games)
        }
        return [solutions[i] for i in range(len(games))]

    def coalition(
        self, terms: Terms, strength: float, least: LeastPledge, table: PayoffTable, solved: DisputeSolution
    ) -> Coalition:
        """Costs and payoffs of a coalition in a dispute as solved."""
        worth = ally_payoffs(solved)
        risk = exposure(table, self.dyad.diplomacy.settings)
        costs, interest, exposed, breach = (np.zeros(len(self.candidates)) for _ in range(4))
        interest += self.lost(worth.yielded)
        n = len(solved.game.allies)
        for i, ally in enumerate(solved.game.allies):
            at, dollars = self.candidates.index(ally), self.dyad.gdp(ally) / 100.0
            costs[at] = worth.cost[i] * dollars
            breach[at] = worth.breach[i] * dollars
            exposed[at] = expected_flow(solved, on_ally_axis(risk[i], i, n)) * dollars
        return Coalition(
            terms, least, strength, worth.pressed, worth.imposed, -interest - costs, costs, interest, exposed, breach,
            worth.target * self.dyad.gdp(self.dyad.target) / 100.0, idle_members(table),
        )  # fmt: skip

    def lost(self, yielded: float) -> Array:
        """Interest lost by every candidate, US$ million."""
        g = self.dyad.diplomacy.settings.interest
        tie = [self.dyad.world.alliance_strength(s, self.dyad.target) for s in self.candidates]
        gdp = [self.dyad.gdp(s) for s in self.candidates]
        lost: Array = g * np.array(tie) * np.array(gdp) / 100.0 * yielded
        return lost

    def outside(self, solved: DisputeSolution) -> Array:
        """Payoffs of candidates that all stand aside, US$ million."""
        return -self.lost(ally_payoffs(solved).yielded)

    def accounts(self, chosen: Coalition, without: Array) -> tuple[MemberAccount, ...]:
        """Account of every candidate, with its payoff on the other side."""
        terms, strength, least = chosen.terms, chosen.strength, chosen.least
        swapped = [
            tuple(s for s in self.candidates if (s in terms.members) != (s == state)) for state in self.candidates
        ]
        able = [i for i, sides in enumerate(swapped) if 0 < len(sides) <= self.dyad.diplomacy.settings.most_allies]
        moved = self.at([(Terms(terms.kind, terms.intensity, swapped[i]), strength, least) for i in able])
        at_other = dict(zip(able, moved, strict=True))
        accounts = []
        for i, state in enumerate(self.candidates):
            member = state in terms.members
            pivotal, other = not swapped[i], math.nan if swapped[i] else float(without[i])
            if i in at_other:
                coalition, value = at_other[i]
                pivotal, other = member and least.deters and value > 1e-9, float(coalition.payoffs[i])
            accounts.append(MemberAccount(
                state, member, float(chosen.costs[i]), float(chosen.exposure[i]), float(chosen.interest[i]),
                float(chosen.breach[i]), float(chosen.costs[i]) / chosen.imposed if chosen.imposed > 0 else math.nan,
                float(chosen.payoffs[i]), float(without[i]), other, pivotal,
            ))  # fmt: skip
        return tuple(accounts)
