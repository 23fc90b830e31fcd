"""Courses a dispute may take, as a tree: moves with their odds and worth at the beliefs of the moment, and endings.

Plays the moves of `Dispute.begin` once for every course, with choices given instead of drawn. The war of attrition is
one step: as long as it lasts beliefs follow one path, so its ending is a sum over quarters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Protocol

from coercion_sim.dispute.beliefs import Beliefs
from coercion_sim.dispute.decisions import Choice, Decision
from coercion_sim.dispute.game import IMPOSED_ENDINGS
from coercion_sim.dispute.options import accept_options, lift_options, review_options
from coercion_sim.dispute.play import Dispute

#: Choices that end a dispute before anything is imposed.
_FINAL = (("press", "do not press"), ("answer", "concede"), ("impose", "back down"))


class Odds(Protocol):
    """Anything that gives the options of a decision probabilities: a government, or its decision rule."""

    def odds(self, decision: Decision) -> tuple[float, ...]:
        """Probabilities of the options."""
        ...


@dataclass(frozen=True)
class Branch:
    """One event that may come next.

    Attributes
    ----------
    move, mover, label
        As in a `Decision`; ``end`` and empty for the ending of an imposed package.
    probability
        Probability given everything before it.
    worth
        Worth to the mover, percent of its GDP; NaN for an ending.
    then
        Branches after it. Empty where the dispute ends, and where the branch is too unlikely to be followed.
    over
        Whether the dispute ends with it.
    """

    move: str
    mover: str
    label: str
    probability: float
    worth: float
    then: tuple[Branch, ...] = ()
    over: bool = False


def dispute_course(
    dispute: Dispute, quarters: int, rules: Mapping[str, Odds] | None = None, floor: float = 0.0
) -> Branch:
    """Return the tree of a dispute that began with a demand, played or not; its root is the dispute itself.

    Parameters
    ----------
    dispute
        Its true types decide; beliefs are those before its first move. It is not changed.
    quarters
        Quarters left after the one in which it arose: so many reviews there may be.
    rules
        State -> odds of its choices; those of the dispute's deciders where None.
    floor
        Branches reached with a probability below this, given that the coercer presses, are not followed.
    """
    odds: Mapping[str, Odds] = dispute.deciders if rules is None else rules

    def grow(choices: tuple[int, ...], reach: float) -> tuple[Branch, ...]:
        """Branches after these choices."""
        given = list(choices)
        names = (dispute.coercer, dispute.target, *dispute.game.allies)
        trial = Dispute(
            dispute.coercer, dispute.target, dispute.opened, dispute.game, dispute.firm, dispute.resolved,
            {name: _Given(odds[name], given, dispute.deciders[name].scripted) for name in names},
        )  # fmt: skip
        try:
            trial.begin(lambda *_: nan, dispute.opened)
        except _Undecided as missing:
            return tuple(follow(missing.decision, choices, i, reach) for i in range(len(missing.decision.options)))
        ends = zip(IMPOSED_ENDINGS, attrition(trial, quarters), strict=True)
        return tuple(Branch("end", "", name, p, nan, over=True) for name, p in ends if p > 0.0)

    def follow(decision: Decision, choices: tuple[int, ...], i: int, reach: float) -> Branch:
        option, chance = decision.options[i], odds[decision.mover].odds(decision)[i]
        # Given that the coercer presses, so that a rare demand is followed in full.
        here = float(chance > 0.0) if decision.move == "press" else reach * chance
        done = (decision.move, option.label) in _FINAL
        then = grow((*choices, i), here) if not done and here > 0.0 and here >= floor else ()
        return Branch(decision.move, decision.mover, option.label, chance, option.value, then, done)

    return Branch("dispute", "", f"{dispute.coercer}-{dispute.target}", 1.0, nan, grow((), 1.0))


def attrition(dispute: Dispute, quarters: int) -> tuple[float, float, float, float, float]:
    """Probabilities of `IMPOSED_ENDINGS` over so many reviews, from the quarter after imposition on.

    Weighs the acts of `Dispute.review` instead of drawing them.
    """
    p, s, c, contest = dispute.game.parameters, int(dispute.resolved), int(dispute.firm), dispute.contest
    rho, scripted = p.review, dispute.deciders[dispute.coercer].scripted
    left, ended = 1.0, [0.0] * 4
    for q in range(1, quarters + 1):
        quarter, now = dispute.answered_at + q, contest.quarter(q)
        lapses = 0.0 if scripted else p.lapse
        review = dispute.decision(quarter, "review", dispute.target, review_options(contest, q, s), nan)
        chance = dict(zip((o.label for o in review.options), _odds(dispute, review), strict=True))
        gives, offers = rho * chance["concede"], rho * chance.get("settle", 0.0)
        accepts = 0.0
        if offers > 0.0:
            options = accept_options(contest, q, c)
            accepts = _odds(dispute, dispute.decision(quarter, "accept", dispute.coercer, options, nan))[0]
        dispute.observe("target", 1.0 - rho * now.concede[:, 0])
        lift = dispute.decision(quarter, "lift", dispute.coercer, lift_options(contest, q, c), nan)
        lifts = (1.0 - gives - offers) * (1.0 if scripted else rho) * _odds(dispute, lift)[0]
        dispute.observe("coercer", 1.0 - rho * now.lift[:, 0])
        acts = [(1.0 - lapses) * x for x in (gives, offers * accepts, lifts)]
        ended = [e + left * x for e, x in zip(ended, (*acts, lapses), strict=True)]
        left *= 1.0 - sum(acts) - lapses
    conceded, settled, lifted, lapsed = ended
    return conceded, settled, lifted, lapsed, left


def _odds(dispute: Dispute, decision: Decision) -> tuple[float, ...]:
    """Odds of the mover of a decision."""
    return dispute.deciders[decision.mover].odds(decision)


class _Undecided(Exception):
    """A decision for which no choice is given."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.move)
        self.decision = decision


@dataclass
class _Given:
    """A decider whose choices are given, by their position among the options; `rule` gives the odds."""

    rule: Odds
    given: list[int]
    scripted: bool = False
    beliefs: Beliefs = field(default_factory=Beliefs)

    def odds(self, decision: Decision) -> tuple[float, ...]:
        """Odds of the rule."""
        return self.rule.odds(decision)

    def decide(self, decision: Decision) -> Choice:
        """Take the next of the choices given."""
        if not self.given:
            raise _Undecided(decision)
        return decision.choose("given", decision.certain(decision.options[self.given.pop(0)].label))
