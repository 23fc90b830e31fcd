"""A state: an agent that owns the beliefs, memory and decision rule of a government, and takes all its decisions."""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass
from typing import Literal

import numpy as np

from coercion_sim.dispute import Beliefs, Choice, Decision, Dispute, DisputeSettings, Option, Reliability, softmax
from coercion_sim.economy import Measure

# Importing Mesa 3.3.1 forces the start method `spawn` of multiprocessing on whoever uses it. This undoes it, so
# the rest of the room takes Mesa's model from here.
_before = multiprocessing.get_start_method(allow_none=True)
import mesa  # noqa: E402

multiprocessing.set_start_method(_before, force=True)  # None restores "not chosen yet"
Model = mesa.Model

#: Experience-weighted attraction (Camerer and Ho 1999, eqs 1-3): decay of attractions phi, of experience rho, weight of
#: forgone payoffs delta. Their median estimates over games are near these.
DECAY, EXPERIENCE_DECAY, FORGONE = 0.9, 0.9, 0.5
#: Choices of a state that follows a script, by move.
SCRIPTED = {"press": "do not press", "answer": "resist", "impose": "impose", "review": "resist", "accept": "refuse"}
LearningRole = Literal["coercer", "target"]
#: Decisions in which a state learns: its role, and the option of acting; the other is not to act.
LEARNED: dict[str, tuple[LearningRole, str]] = {"press": ("coercer", "press"), "answer": ("target", "concede")}


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


# ------------------------------------------------------------------ decision rules

#: Probabilities of the options of a decision by a state; other states expect everybody to choose by logit.
Rule = Callable[["State", Decision], tuple[float, ...]]


def logit(state: State, decision: Decision) -> tuple[float, ...]:
    """Logit with rationality Lambda over the mover's own stake: the game's equilibrium."""
    return decision.odds


def rational(state: State, decision: Decision) -> tuple[float, ...]:
    """Best replies to the equilibrium, ties split evenly; the others take the state for one that chooses by logit."""
    values = [option.value for option in decision.options]
    if any(math.isnan(value) for value in values):
        return decision.odds
    best = [value == max(values) for value in values]
    return tuple(share / sum(best) for share in best)


def rule_of_thumb(state: State, decision: Decision) -> tuple[float, ...]:
    """A doctrine.

    A target yields where its loss over two years exceeds `yields_above` times its stake. A coercer presses
    where its stake exceeds `presses_above` times the price of pressing. An ally does the first thing that keeps its
    promise whole; without a promise it stands aside. Other moves are logit.
    """
    if decision.game is None:
        return decision.odds
    if decision.move == "press":
        presses = decision.stake > state.settings.presses_above * decision.game.price_of_pressing()
        return decision.certain("press" if presses else "do not press")
    if decision.move in ("answer", "review"):
        loss = decision.game.loss_in_two_years(decision.package, decision.profile)
        return decision.certain("concede" if loss > state.settings.yields_above * decision.stake else "resist")
    return _promise_kept(decision) if decision.move == "help" else decision.odds


def learning(state: State, decision: Decision) -> tuple[float, ...]:
    """Logit over attractions learned in the state's own disputes; the first ones are the values of the game."""
    if decision.move not in LEARNED:
        return decision.odds
    learned = state.attractions.get(LEARNED[decision.move][0]) or _theory(decision)
    act = float(softmax(np.array([learned.act, learned.refrain]), state.settings.rationality, axis=0)[0])
    return act, 1.0 - act


def script(state: State, decision: Decision) -> tuple[float, ...]:
    """Follows the scenario's script and the agreed policy.

    Measures begin and end as written. A scripted target resists, a scripted coercer lifts in the quarter in which its
    script has no more measures on the target and takes no settlement, a scripted ally keeps the agreed promise.
    """
    if decision.move in SCRIPTED:
        return decision.certain(SCRIPTED[decision.move])
    if decision.move == "lift":
        left = [m for m in state.script if m.purpose == "coercion" and m.on == decision.target]
        lasts = any(m.until is None or m.until >= decision.quarter for m in left)
        return decision.certain("sustain" if lasts else "lift")
    return _promise_kept(decision) if decision.move == "help" else decision.odds


def human(state: State, decision: Decision) -> tuple[float, ...]:
    """A person decides in disputes; measures of a script or of an agreed policy are taken as written."""
    assert state.ask is not None
    return decision.certain(state.ask(decision)) if decision.coercer else decision.odds


RULES: dict[str, Rule] = {
    "logit": logit, "rational": rational, "rule": rule_of_thumb, "learning": learning, "script": script, "human": human,
}  # fmt: skip


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


# ------------------------------------------------------------------ states


class State(mesa.Agent):  # type: ignore[misc]  # Mesa is untyped
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
        model: mesa.Model,
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
        self.settings = s
        self.rule = rule
        self.ask: Callable[[Decision], str] | None = None

    def seat(self, ask: Callable[[Decision], str]) -> None:
        """Lets a person decide from here on: `ask` returns the label chosen, or raises to stop the run until then."""
        self.rule, self.ask = "human", ask

    @property
    def scripted(self) -> bool:
        """Whether it follows a script."""
        return self.rule == "script"

    def odds(self, decision: Decision) -> tuple[float, ...]:
        """Probabilities with which it would choose; changes nothing."""
        return RULES[self.rule](self, decision)

    def as_of_now(self) -> State:
        """Returns a copy that gives the odds of this moment, whatever the state learns later."""
        twin = copy(self)
        twin.attractions = deepcopy(self.attractions)
        return twin

    def decide(self, decision: Decision) -> Choice:
        """Chooses by its decision rule, and enters the choice in the run's table of decisions."""
        choice = decision.choose(self.rule, self.odds(decision))
        if self.rule == "learning" and choice.move in LEARNED:
            self.attractions.setdefault(LEARNED[choice.move][0], _theory(choice))
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
        for move, (role, acts) in LEARNED.items():
            if self.code == (dispute.coercer if role == "coercer" else dispute.target):
                self._learn(dispute, move, role, acts)
        if self.code in (dispute.coercer, dispute.target):
            self.memory.append(dispute)

    def _learn(self, dispute: Dispute, move: str, role: LearningRole, acts: str) -> None:
        """Takes the lesson of a dispute: earned payoffs, and the value then of the option not taken."""
        choice = next((c for c in dispute.decisions if c.move == move), None)
        if role in self.attractions and choice is not None:
            earned = dispute.realised()[0 if role == "coercer" else 1]
            other = next(o.value for o in choice.options if o.label != choice.chosen)
            self.attractions[role].learn(choice.chosen == acts, earned / choice.stake, other / choice.stake)

    def see_word(self, kept: Mapping[str, float], phi: float) -> None:
        """Revises its beliefs about the word of other states: share of each promise that was kept."""
        for ally, share in kept.items():
            if ally != self.code:
                self.beliefs.reliabilities[ally] = self.beliefs.reliability(ally).update(share, 1.0 - share, phi)


def release(model: mesa.Model) -> None:
    """Frees a finished model at once: its attributes, its agents, and Mesa's own record of it.

    A model and its agents refer to each other, so its arrays would wait for the garbage collector otherwise; and Mesa
    3.3.1 keeps every model alive through the class attribute ``Agent._ids``.
    """
    model.remove_all_agents()
    ids = getattr(mesa.Agent, "_ids", None)
    if ids is not None:
        ids.pop(model, None)
    vars(model).clear()
