"""Plays a policy and judges each of its answers, asked twice and of a new instance once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from coercion_sim.dispute import WorldOutlook
from coercion_sim.economy import EconomyParameters, Measure
from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import world_hash
from coercion_sim.model import CoercionModel, release
from coercion_sim.policies import Outlook, Pledge, Policy, PolicyParameters, Response, Situation
from coercion_sim.testing.rules import Broken, amend_problems, help_problems, pledge_problems, response_problems
from coercion_sim.testing.situation import pressure_on
from coercion_sim.world import World


@dataclass(frozen=True)
class Violation:
    """One rule broken: which, in which answer, and how."""

    rule: str
    where: str
    problem: str


@dataclass(frozen=True, eq=False)
class Case:
    """What a policy is played on."""

    world: World
    economy: EconomyParameters
    script: tuple[Measure, ...]
    quarters: int
    coercer: str
    target: str
    parameters: PolicyParameters

    def play(self, policy: Policy) -> list[bytes]:
        """Play a run and return real income and flows by quarter, to the last bit."""
        model = CoercionModel(self.world, self.economy, self.script, policy, self.quarters, seed=1, burdens=False)
        try:
            while model.quarter < model.quarters:
                model.step()
                if not np.isfinite(model.history[-1].actual.welfare_pct_gdp).all():
                    raise FloatingPointError(f"real income is not finite in quarter {model.quarter - 1}")
            return [r.actual.welfare_pct_gdp.tobytes() + r.actual.flows.tobytes() for r in model.history]
        finally:
            release(model)

    def question(self, policy: Policy) -> None:
        """Ask for promises on three pairs, and for changes to others' promises and measures."""
        outlook = WorldOutlook(self.world, self.economy)
        others = [s for s in self.world.states if s not in (self.coercer, self.target)]
        ally = max(others, key=lambda s: self.world.alliance_strength(s, self.target))
        for coercer, target in ((self.coercer, self.target), (self.coercer, ally), (ally, self.target)):
            policy.pledge(outlook, coercer, target)
        policy.amend_pledge(Pledge(tuple(others[:2]), 0.2), outlook, self.coercer, self.target)
        hurting = [m for m in pressure_on(self.target, self.coercer, self.world) if m.sectors]
        goods = hurting[0].sectors
        measures = (
            *(replace(m, by=ally, on=self.coercer, purpose="retaliate") for m in hurting),
            Measure("import_subsidy", ally, self.target, goods, 0.1, 3, 3, purpose="absorb", name="buy"),
            Measure("transfer", ally, self.target, (), 50.0, 3, 3, purpose="compensate", name="pay"),
            Measure("facilitation", ally, self.target, goods, 0.95, 3, purpose="integrate", name="ease"),
        )
        policy.amend(outlook, measures)


class Watched(Policy):
    """Stands between the model and a policy: asks twice, and a new instance once, and judges the answers."""

    name, words, summary = "watched", "(for tests)", "Answers as the policy it watches."

    def __init__(self, make: Callable[[], Policy]) -> None:
        self.make, self.inner = make, make()
        super().__init__(self.inner.parameters)
        self.violations: dict[Violation, None] = {}
        self.answers: list[tuple[str, str]] = []

    @property
    def broken(self) -> set[str]:
        """Rules broken so far."""
        return {v.rule for v in self.violations}

    def respond(self, situation: Situation) -> Response:
        """Asks for an answer to this quarter's pressure."""
        where = f"respond, quarter {situation.quarter}"
        return self._response(where, "respond", situation)

    def prepare(self, situation: Situation) -> Response:
        """Asks what is done before pressure begins."""
        return self._response("prepare", "prepare", situation)

    def pledge(self, outlook: Outlook, coercer: str, target: str) -> Pledge | None:
        """Asks for a promise; one that breaks a rule counts as none."""
        where = f"pledge, {coercer} on {target}"
        answer = self._ask(where, "pledge", None, outlook, coercer, target)
        ok = answer is None or self.judge(where, pledge_problems(answer, outlook.world, coercer, target))
        return answer if ok else None

    def amend_pledge(self, pledge: Pledge, outlook: Outlook, coercer: str, target: str) -> Pledge:
        """Asks for a change to another policy's promise."""
        where = f"amend_pledge, {coercer} on {target}"
        answer: Pledge = self._ask(where, "amend_pledge", pledge, pledge, outlook, coercer, target)
        return answer if self.judge(where, pledge_problems(answer, outlook.world, coercer, target)) else pledge

    def amend(self, outlook: Outlook, measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
        """Asks for a change to other policies' measures."""
        answer: tuple[Measure, ...] = self._ask("amend", "amend", measures, outlook, measures)
        return answer if self.judge("amend", amend_problems(measures, answer, outlook.world)) else measures

    @property
    def shield(self) -> float:
        """Share of pressure kept off; 0 where it is out of range."""
        ok = self.judge("shield", [] if 0.0 <= self.inner.shield <= 1.0 else [("valid_answer", "not from 0 to 1")])
        return self.inner.shield if ok else 0.0

    def _response(self, where: str, hook: str, situation: Situation) -> Response:
        world = situation.world
        answer: Response = self._ask(where, hook, Response(), situation)
        ok = self.judge(where, response_problems(answer, world, hook, situation.quarter, situation.last_quarter))
        if ok and hook == "respond":
            targets = {m.on for m in situation.pressure()} & set(world.states)
            losses = {state: situation.income_loss(state) for state in targets}
            self.judge(where, help_problems(answer.measures, losses, situation.sales))
        return answer if ok else Response()

    def _ask(self, where: str, hook: str, without: Any, *arguments: Any) -> Any:
        """Put one question three times; where an answer is an error, return `without` instead."""
        seen = next(a for a in arguments if hasattr(a, "world"))

        def state_of_things() -> list[str]:
            pressure = seen.pressure() if hasattr(seen, "pressure") else ()
            others = [a for a in arguments if a is not seen]
            return [repr(_kept(self.inner)), world_hash(seen.world), repr((pressure, others))]

        before, answers = state_of_things(), []
        for policy in (self.inner, self.inner, self.make()):
            try:
                answers.append(getattr(policy, hook)(*arguments))
            except Exception as error:
                self.judge(where, [(rule_of(error), f"raises {type(error).__name__}: {error}")])
                return without
        one, two, new = map(repr, answers)
        self.answers.append((where, one))
        if one != two:
            self.judge(where, [("deterministic", f"the same question twice: {difference(one, two)}")])
        elif one != new:
            self.judge(where, [("stateless", f"a new instance answers differently: {difference(one, new)}")])
        rules = ("stateless", "hands_off", "hands_off")
        after = state_of_things()
        self.judge(where, [(r, difference(b, a)) for r, b, a in zip(rules, before, after, strict=True) if a != b])
        return answers[0]

    def judge(self, where: str, problems: Iterable[Broken]) -> bool:
        """Keep violations; return whether the answer passed."""
        broken = [Violation(rule, where, problem) for rule, problem in problems]
        self.violations.update(dict.fromkeys(broken))
        return not broken


def _kept(policy: Policy) -> dict[str, Any]:
    """What an instance holds, values computed once apart."""
    return {k: v for k, v in vars(policy).items() if not isinstance(getattr(type(policy), k, None), cached_property)}


def rule_of(error: Exception) -> str:
    """Rule that an error breaks: arrays and frozen objects refuse to be changed."""
    if "read-only" in str(error) or "frozen" in str(error) or "cannot assign" in str(error):
        return "hands_off"
    return "valid_answer" if isinstance(error, InvalidInput) else "runs"


def difference(one: str, other: str) -> str:
    """The first place where two texts differ, and the same place of the other."""
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(0, at - 30)
    return f"...{one[start : at + 30]}... and ...{other[start : at + 30]}..."
