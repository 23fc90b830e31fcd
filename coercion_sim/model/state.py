"""A state: an agent that owns the beliefs, memory and decision rule of a government, and takes all its decisions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from coercion_sim.dispute import (
    Beliefs,
    Choice,
    Decision,
    Dispute,
    DisputeSettings,
    Option,
    Reliability,
    RuleName,
    softmax,
)
from coercion_sim.economy import Measure
from coercion_sim.model.mesa_shims import Agent, Model

#: Experience-weighted attraction (Camerer and Ho 1999, eqs 1-3): decay of attractions phi, of experience rho, weight of
#: forgone payoffs delta. Their median estimates over games are near these.
DECAY, EXPERIENCE_DECAY, FORGONE = 0.9, 0.9, 0.5
#: Decisions in which a state learns, and the options of acting and not acting.
LEARNED: dict[str, tuple[str, str]] = {"press": ("press", "do not press"), "answer": ("concede", "resist")}
#: Choices of a state that follows a script, by move.
SCRIPTED = {"press": "do not press", "answer": "resist", "impose": "impose", "review": "resist", "accept": "refuse"}
LearningRole = Literal["coercer", "target"]


@dataclass
class Attractions:
    """Attractions of acting and of not acting that a state learned in one role, in units of its stake."""

    act: float
    refrain: float
    experience: float = 1.0

    def learn(self, acted: bool, earned: float, other: float) -> None:
        """``A = (phi N A + w pi) / N'``, w = 1 for what was done and delta for what was not; ``N' = rho N + 1``."""
        new = EXPERIENCE_DECAY * self.experience + 1.0
        done, undone = earned, FORGONE * other
        a, r = (done, undone) if acted else (undone, done)
        self.act = (DECAY * self.experience * self.act + a) / new
        self.refrain = (DECAY * self.experience * self.refrain + r) / new
        self.experience = new


@dataclass
class DecisionRule:
    """A way to decide. Other states expect everybody to choose by logit.

    Attributes
    ----------
    settings
        ``[dispute]`` of the scenario.
    script
        Measures the scenario writes down for the state.
    attractions
        Role -> attractions the state has learned.
    """

    settings: DisputeSettings = field(default_factory=DisputeSettings)
    script: tuple[Measure, ...] = ()
    attractions: dict[str, Attractions] = field(default_factory=dict)
    name: ClassVar[RuleName | Literal["human"]]

    def odds(self, decision: Decision) -> tuple[float, ...]:
        """Probabilities of the options; changes nothing."""
        return decision.odds

    def chosen(self, choice: Choice) -> None:
        """Take note of a choice by this rule."""


class Logit(DecisionRule):
    """Logit with rationality Lambda over the mover's own stake: the game's equilibrium."""

    name = "logit"


class Rational(DecisionRule):
    """Best replies to the equilibrium, ties split evenly; the others take the state for one that chooses by logit."""

    name = "rational"

    def odds(self, decision: Decision) -> tuple[float, ...]:
        """Probabilities of the options; changes nothing."""
        values = [option.value for option in decision.options]
        if any(math.isnan(value) for value in values):
            return decision.odds
        best = [value == max(values) for value in values]
        return tuple(share / sum(best) for share in best)


class RuleOfThumb(DecisionRule):
    """A doctrine.

    A target yields where its loss over two years exceeds `yields_above` times its stake. A coercer presses
    where its stake exceeds `presses_above` times the price of pressing. An ally does the first thing that keeps its
    promise whole; without a promise it stands aside. Other moves are logit.
    """

    name = "rule"

    def odds(self, decision: Decision) -> tuple[float, ...]:
        """Probabilities of the options; changes nothing."""
        if decision.game is None:
            return decision.odds
        if decision.move == "press":
            price = decision.game.price_of_pressing()
            presses = decision.stake > self.settings.presses_above * price
            return decision.certain("press" if presses else "do not press")
        if decision.move in ("answer", "review"):
            loss = decision.game.loss_in_two_years(decision.package, decision.profile)
            return decision.certain("concede" if loss > self.settings.yields_above * decision.stake else "resist")
        return _promise_kept(decision) if decision.move == "help" else decision.odds


class Learning(DecisionRule):
    """Logit over attractions learned in the state's own disputes; the first ones are the values of the game."""

    name = "learning"

    def odds(self, decision: Decision) -> tuple[float, ...]:
        """Probabilities of the options; changes nothing."""
        if decision.move not in LEARNED:
            return decision.odds
        learned = self.attractions.get(_role(decision)) or _theory(decision)
        act = float(softmax(np.array([learned.act, learned.refrain]), self.settings.rationality, axis=0)[0])
        return act, 1.0 - act

    def chosen(self, choice: Choice) -> None:
        """Start from the values of the game at the first decision in a role."""
        if choice.move in LEARNED:
            self.attractions.setdefault(_role(choice), _theory(choice))


class Script(DecisionRule):
    """Follows the scenario's script and the agreed policy.

    Measures begin and end as written. A scripted target resists, a scripted coercer lifts in the quarter in which its
    script has no more measures on the target and takes no settlement, a scripted ally keeps the agreed promise.
    """

    name = "script"

    def odds(self, decision: Decision) -> tuple[float, ...]:
        """Probabilities of the options; changes nothing."""
        if decision.move in SCRIPTED:
            return decision.certain(SCRIPTED[decision.move])
        if decision.move == "lift":
            left = pressure_on(self.script, decision.target, decision.quarter)
            return decision.certain("sustain" if left else "lift")
        return _promise_kept(decision) if decision.move == "help" else decision.odds


@dataclass
class Human(DecisionRule):
    """A person decides in disputes; measures of a script or of an agreed policy are taken as written.

    Attributes
    ----------
    ask
        Returns the label of the option chosen; may raise to stop the run until somebody decides.
    """

    ask: Callable[[Decision], str] = field(kw_only=True)
    name = "human"

    def odds(self, decision: Decision) -> tuple[float, ...]:
        """Probabilities of the options; changes nothing."""
        return decision.certain(self.ask(decision)) if decision.coercer else decision.odds


RULES: dict[str, type[DecisionRule]] = {rule.name: rule for rule in (Logit, Rational, RuleOfThumb, Learning, Script)}


def pressure_on(script: Sequence[Measure], target: str, quarter: int) -> tuple[Measure, ...]:
    """Coercive measures on a target that a script has in force in a quarter or later."""
    return tuple(
        m for m in script if m.purpose == "coercion" and m.on == target and (m.until is None or m.until >= quarter)
    )


def learn(attractions: dict[str, Attractions], role: LearningRole, dispute: Dispute) -> None:
    """Take the lesson of a dispute that is over: earned payoffs, and the value then of the option not taken."""
    move = "press" if role == "coercer" else "answer"
    choice = next((c for c in dispute.decisions if c.move == move), None)
    if role not in attractions or choice is None:
        return
    stake = choice.stake
    earned = dispute.realised()[0 if role == "coercer" else 1]
    acted = choice.chosen == LEARNED[move][0]
    other = next(o.value for o in choice.options if o.label != choice.chosen)
    attractions[role].learn(acted, earned / stake, other / stake)


def _role(decision: Decision) -> LearningRole:
    return "coercer" if decision.move == "press" else "target"


def _theory(decision: Decision) -> Attractions:
    """Attractions by the values of the game."""
    act, refrain = (option.value / decision.stake for option in decision.options)
    return Attractions(act, refrain)


def _promise_kept(decision: Decision) -> tuple[float, ...]:
    """Make certain the first option that leaves least of the promise undone, standing aside where none was made."""
    assert decision.game is not None
    i = decision.game.allies.index(decision.mover)
    shortfall = decision.game.shortfall_by_package[i, decision.package]
    return decision.certain(decision.game.options[int(np.argmin(shortfall))])


class State(Agent):  # type: ignore[misc]  # Mesa is untyped
    """One state of the world, or an actor outside it.

    Attributes
    ----------
    code, index
        Its label, and its position on the exporter and importer axes; -1 for an actor outside the world.
    rule
        Its decision rule.
    script
        Measures the scenario writes down for it.
    beliefs
        Its beliefs about others: resolve, firmness, reliability.
    memory
        Disputes it was a side of, in the order in which they ended.
    attractions
        Role -> attractions it has learned from them.
    """

    def __init__(
        self,
        model: Model,
        code: str,
        index: int = -1,
        script: Sequence[Measure] = (),
        settings: DisputeSettings | None = None,
        rule: str = "script",
    ) -> None:
        super().__init__(model)
        s = settings or DisputeSettings()
        self.code = code
        self.index = index
        self.script = tuple(script)
        self.beliefs = Beliefs(
            s.belief_target, s.belief_coercer, Reliability.prior(s.reliability, s.reliability_weight)
        )
        self.memory: list[Dispute] = []
        self.attractions: dict[str, Attractions] = {
            past.role: Attractions(past.act, past.refrain, past.experience)
            for past in s.experience
            if past.state == code
        }
        self.rule = RULES[rule](s, self.script, self.attractions)

    def seat(self, ask: Callable[[Decision], str]) -> None:
        """Lets a person decide from here on."""
        self.rule = Human(self.rule.settings, self.rule.script, self.rule.attractions, ask=ask)

    @property
    def scripted(self) -> bool:
        """Whether it follows a script."""
        return self.rule.name == "script"

    def odds(self, decision: Decision) -> tuple[float, ...]:
        """Probabilities with which it would choose; changes nothing."""
        return self.rule.odds(decision)

    def decide(self, decision: Decision) -> Choice:
        """Chooses by its decision rule, and enters the choice in the run's table of decisions."""
        choice = decision.choose(self.rule.name, self.rule.odds(decision))
        self.rule.chosen(choice)
        self.model.decisions.append(choice)
        return choice

    def take(self, quarter: int, move: str, measures: Sequence[Measure]) -> tuple[Measure, ...]:
        """Decides on measures the script (``measures``) or the agreed policy (``respond``) asks of it this quarter."""
        if not measures:
            return ()
        options = (Option("take", float("nan"), 1.0, {}, tuple(measures)), Option("leave", float("nan"), 0.0, {}))
        return self.decide(Decision(quarter, "", "", move, self.code, options)).option.measures

    def remember(self, dispute: Dispute) -> None:
        """Carries the beliefs of a dispute that is over to the next one, and learns from it as one of its sides."""
        self.beliefs.conclude(dispute.key, dispute.opening_beliefs)
        if self.code == dispute.coercer:
            learn(self.attractions, "coercer", dispute)
        if self.code == dispute.target:
            learn(self.attractions, "target", dispute)
        if self.code in (dispute.coercer, dispute.target):
            self.memory.append(dispute)

    def see_word(self, kept: Mapping[str, float], phi: float) -> None:
        """Revises its beliefs about the word of other states: share of each promise that was kept."""
        for ally, share in kept.items():
            if ally != self.code:
                self.beliefs.reliabilities[ally] = self.beliefs.reliability(ally).update(share, 1.0 - share, phi)
