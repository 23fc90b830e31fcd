"""A state: an agent that owns the beliefs, memory and decision rule of a government, and takes all its decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from coercion_sim.dispute import Beliefs, Choice, Decision, Dispute, DisputeSettings, Option, Reliability
from coercion_sim.economy import Measure
from coercion_sim.model.decision_rules import RULES, Attractions, learn
from coercion_sim.model.mesa_shims import Agent

if TYPE_CHECKING:
    from coercion_sim.model.coercion_model import CoercionModel


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
        model: CoercionModel,
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
        self.beliefs = Beliefs(s.belief_target, s.belief_coercer, Reliability(*s.reliability))
        self.memory: list[Dispute] = []
        self.attractions: dict[str, Attractions] = {
            past.role: Attractions(past.act, past.refrain, past.experience)
            for past in s.experience
            if past.state == code
        }
        self.rule = RULES[rule](s, self.script, self.attractions)

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
