"""A kit for authors of policies: plays a policy on a small world and checks what the simulator relies on.

`check_policy` returns a report, `assert_policy` raises it; `RULES` lists what is checked. `WrittenSituation` is a
situation written by hand, for tests of single answers.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from coercion_sim.dispute import WorldOutlook
from coercion_sim.economy import KINDS, NON_ECONOMIC, EconomyParameters, Measure
from coercion_sim.errors import InvalidInput, Problem, WorldError
from coercion_sim.experiments import world_hash
from coercion_sim.model import CoercionModel, release
from coercion_sim.policies import (
    Combined,
    Outlook,
    Pledge,
    Policy,
    PolicyParameters,
    RespondAsAllies,
    Response,
    Situation,
    StandAlone,
    available_policies,
    class_problems,
)
from coercion_sim.rng import Streams
from coercion_sim.scenario import Scenario, load_scenario
from coercion_sim.world import Alliance, World, load_world

#: Every rule that is checked, as the end of the sentence "a policy ...".
RULES: dict[str, str] = {
    "described": "explains itself and each of its parameters in words: lists and scenario files print them",
    "runs": "answers every situation without an error, and markets clear under its answers",
    "deterministic": "gives the same answer to the same question, in another process too",
    "stateless": "keeps nothing between quarters: a new instance answers as the old one does",
    "hands_off": "changes neither the world, nor the situation, nor the measures it receives",
    "valid_answer": "names states, sectors and kinds that exist, with finite numbers",
    "dates": "acts in this quarter alone (`respond`), or within the run (`prepare`)",
    "purposes": "absorbs, compensates, retaliates, derisks or speaks (`respond`); integrates or derisks (`prepare`)",
    "valid_pledge": "promises in range, by states of the world that are neither coercer nor target",
    "only_weakens": "weakens or drops measures in `amend`; adds none and aims none at another state",
    "composes": "joined to `stand_alone` changes nothing, joined to `respond_as_allies` still works",
    "help_within_ceiling": "helps only states under pressure, by no more than their loss",
}
PURPOSES = {"respond": ("absorb", "compensate", "retaliate", "derisk", "statement"), "prepare": ("integrate", "derisk")}
#: Length of a run on the small world: pressure begins, grows, pauses and ends within it.
QUARTERS = 8
STATES = ("AUS", "CHN", "USA", "JPN", "KOR", "ROW")
SECTORS = ("coal", "wine", "chips", "services")

#: Parameters of a policy: by name and value, or their model.
Given = PolicyParameters | dict[str, Any] | None
#: (rule, problem).
Broken = tuple[str, str]


@dataclass(frozen=True)
class Violation:
    """One rule broken: which, in which answer, and how."""

    rule: str
    where: str
    problem: str


@dataclass(frozen=True)
class PolicyReport:
    """Rules that a policy breaks, each once per place; `answers` is the number of answers compared."""

    policy: str
    answers: int
    violations: tuple[Violation, ...]

    @property
    def ok(self) -> bool:
        """Whether no rule is broken."""
        return not self.violations

    @property
    def broken(self) -> tuple[str, ...]:
        """Names of the rules broken, in the order of `RULES`."""
        return tuple(rule for rule in RULES if any(v.rule == rule for v in self.violations))

    def __str__(self) -> str:
        lines = [f"policy {self.policy}: {self.answers} answers, {len(self.broken)} of {len(RULES)} rules broken"]
        for rule in self.broken:
            lines.append(f"- {rule}: a policy {RULES[rule]}")
            lines += [f"    {v.where}: {v.problem}" for v in self.violations if v.rule == rule]
        return "\n".join(lines)


class PolicyFault(AssertionError):
    """Raised by `assert_policy`; carries the report."""

    def __init__(self, report: PolicyReport) -> None:
        super().__init__(str(report))
        self.report = report


# --------------------------------------------------------------------------- the world a policy is played on


def small_world() -> World:
    """Six states and four sectors; sizes roughly those of 2019, trade by gravity, treaties, groups and votes."""
    size = np.array([4.0, 60.0, 90.0, 20.0, 7.0, 120.0]) * 1000.0
    spending = {"coal": 1.0, "wine": 0.5, "chips": 2.0, "services": 10.0}
    skill = {"coal": {"AUS": 6.0}, "wine": {"AUS": 4.0}, "chips": {"JPN": 3.0, "KOR": 5.0, "USA": 2.0}}
    flows = np.empty((len(SECTORS), len(STATES), len(STATES)))
    for j, sector in enumerate(SECTORS):
        supply = size * [skill.get(sector, {}).get(state, 1.0) for state in STATES]
        openness = 0.01 if sector == "services" else 0.1
        flows[j] = spending[sector] * openness * np.outer(supply, size) / size.sum()
        flows[j][np.diag_indices(len(STATES))] = spending[sector] * np.sqrt(supply * size) * 0.2
    inputs = np.empty((len(SECTORS), len(SECTORS), len(STATES)))
    inputs[:] = np.array((0.01, 0.0, 0.05, 0.2))[:, None, None]
    alliances = (
        Alliance("AUS", "USA", "treaty", "defence", 0.9),
        Alliance("JPN", "USA", "treaty", "defence", 1.0),
        Alliance("KOR", "USA", "treaty", "defence", 1.0),
        Alliance("AUS", "JPN", "partnership", "alignment", 0.5),
        Alliance("AUS", "KOR", "talks", "consultation", 0.3),
    )
    return World.from_flows(
        "small",
        STATES,
        SECTORS,
        flows,
        [8.0, 3.0, 4.0, 3.0],
        input_share=inputs,
        alliances=alliances,
        groups={"ANZUS": ("AUS", "USA"), "QUAD": ("AUS", "JPN", "USA"), "NATO": ("USA",)},
        ideal_point=np.array([1.4, -0.4, 2.6, 0.7, 0.6, np.nan]),
        tags={s: ("services",) if s == "services" else ("goods",) for s in SECTORS},
    )


def pressure_on(target: str = "AUS", coercer: str = "CHN", world: World | None = None) -> tuple[Measure, ...]:
    """A ban and a tariff with a pause on a target, licences, grey-zone pressure and rumours on another state.

    Coercion as scenario files write it, in quarters 1 to 7. The rumours come from PRK, which is outside the world.
    """
    world = small_world() if world is None else world
    other = next(s for s in ("JPN", "KOR", *world.states) if s in world.states and s not in (target, coercer))
    goods = [s for s in world.sectors if "services" not in world.tags.get(s, ())] or list(world.sectors)
    one, two, three = (goods[min(j, len(goods) - 1)] for j in range(3))
    return (
        Measure("import_ban", coercer, target, (one,), 0.05, 1, 5, name=one),
        Measure("import_tariff", coercer, target, (two,), 2.0, 2, 3, name=f"{two} first"),
        Measure("import_tariff", coercer, target, (two,), 2.0, 5, 6, name=f"{two} again"),
        Measure("export_control", coercer, other, (three,), 1.4, 3, None, phase_in=2, name="licences"),
        Measure("military", coercer, other, (), 0.1, 4, 6, name="grey zone"),
        Measure("disinformation", "PRK", other, (), 0.05, 2, 6, name="rumours"),
    )


@dataclass(frozen=True)
class WrittenSituation:
    """A `coercion_sim.policies.Situation` written by hand; no economy is solved.

    Attributes
    ----------
    given
        Coercive measures that can be answered.
    losses
        State -> loss of income, US$ million a year; any other state is a KeyError.
    sold
        (exporter, importer) -> sales per sector named, US$ million a year; 0 where not written.
    index
        Cut -> integration index of each member.
    effects
        Measures -> long-run effect by state, (N,), percent of own GDP; None: no measure changes anything.
    turned
        (coercer, state) -> loss if the coercer turned on it, percent of own GDP; 0 where not written.
    traded
        (measures, a, b, sectors) -> share of the trade of a and b left; None: no measure changes any.
    drawn
        (purpose, who) -> number drawn; where not written, the luck of replicate 0 under seed 0.
    """

    given: Sequence[Measure] = ()
    losses: Mapping[str, float] = field(default_factory=lambda: {"AUS": 100.0})
    sold: Mapping[tuple[str, str], float] = field(default_factory=dict)
    index: Callable[[float], Mapping[str, float]] = lambda cut: {}
    effects: Callable[[Sequence[Measure]], npt.NDArray[np.float64]] | None = None
    turned: Mapping[tuple[str, str], float] = field(default_factory=dict)
    traded: Callable[[Sequence[Measure], str, str, Sequence[str]], float] | None = None
    drawn: Mapping[tuple[str, str], float] = field(default_factory=dict)
    quarter: int = 5
    last_quarter: int = 19
    world: World = field(default_factory=small_world)

    def pressure(self) -> Sequence[Measure]:
        """Return `given`."""
        return tuple(self.given)

    def income_loss(self, state: str) -> float:
        """Look a state up in `losses`."""
        return self.losses[state]

    def sales(self, exporter: str, importer: str, sectors: Sequence[str]) -> float:
        """Return `sold` times the number of sectors."""
        return self.sold.get((exporter, importer), 0.0) * len(sectors)

    def effect(self, measures: Sequence[Measure]) -> npt.NDArray[np.float64]:
        """Call `effects`."""
        return np.zeros(len(self.world.states)) if self.effects is None else self.effects(measures)

    @property
    def at_start(self) -> WrittenSituation:
        """The situation itself: it has no standing measures."""
        return self

    def trade_after(self, measures: Sequence[Measure], a: str, b: str, sectors: Sequence[str]) -> float:
        """Call `traded`."""
        return 1.0 if self.traded is None else self.traded(measures, a, b, sectors)

    def loss_if_turned(self, coercer: str, state: str) -> float:
        """Look a pair up in `turned`."""
        return self.turned.get((coercer, state), 0.0)

    def long_run_integration(
        self, members: Sequence[str], competitor: str, cut: float, sectors: Sequence[str]
    ) -> dict[str, float]:
        """Return `index` of the members."""
        return {s: value for s, value in self.index(cut).items() if s in members}

    def draw(self, purpose: str, who: str = "") -> float:
        """Look an event up in `drawn`, else draw a number that depends on the event alone."""
        if (purpose, who) in self.drawn:
            return self.drawn[purpose, who]
        return Streams(0, 0).uniform(f"policy {purpose}", who, self.quarter)


# --------------------------------------------------------------------------- whether an answer can be carried out


def response_problems(response: Any, world: World, hook: str, quarter: int, last: int) -> Iterator[Broken]:
    """Yield what is wrong with an answer to `respond` in a quarter, or to `prepare`."""
    if not isinstance(response, Response):
        yield "valid_answer", f"returns {type(response).__name__}, not a Response"
        return
    for measure in response.measures:
        yield from _measure_problems(measure, world, hook, quarter, last)
    banned = {(m.by, m.on, j) for m in response.measures if m.kind == "import_ban" for j in _sectors(m, world)}
    eased = [m for m in response.measures if m.kind in ("import_subsidy", "facilitation")]
    for by, on, j in sorted(banned & {(m.by, m.on, j) for m in eased for j in _sectors(m, world)}):
        yield "valid_answer", f"{by} bans and promotes {world.sectors[j]} from {on} at once"
    for state, value in [*response.adjustment_cost, *(fact[1:] for fact in response.facts)]:
        if state not in ("", *world.states) or not math.isfinite(value):
            yield "valid_answer", f"a number {value!r} of {state!r}; allowed: finite, of a state of the world"


def _measure_problems(m: Measure, world: World, hook: str, quarter: int, last: int) -> Iterator[Broken]:
    """Yield what keeps one measure of an answer from being carried out as intended."""
    label = f"{m.name or m.kind} by {m.by} on {m.on}"
    missing = [s for s in (m.by, m.on) if s not in world.states]
    if missing or (m.kind not in ("transfer", "statement") and not _sectors(m, world)):
        yield "valid_answer", f"{label}: no state or sector of the world ({', '.join(missing or m.sectors)})"
    if m.purpose not in PURPOSES[hook] or m.kind in NON_ECONOMIC:
        yield "purposes", f"{label}: {m.kind} with purpose {m.purpose!r}; allowed: {', '.join(PURPOSES[hook])}"
    if hook == "respond" and (m.start, m.until) != (quarter, quarter):
        yield "dates", f"{label}: from {m.start} until {m.until}; give it start = until = situation.quarter"
    if hook == "prepare" and m.start > last:
        yield "dates", f"{label}: starts in quarter {m.start}, after the last, {last}"


def help_problems(
    measures: Iterable[Measure], losses: Mapping[str, float], sales: Callable[[str, str, Sequence[str]], float]
) -> Iterator[Broken]:
    """Yield help to states without pressure, or above a target's loss.

    Parameters
    ----------
    losses
        Target -> loss of income, US$ million a year.
    sales
        (exporter, importer, sectors) -> sales in the quarter before, on which subsidies are planned.
    """
    planned: dict[str, float] = {}
    for m in measures:
        if m.kind in ("transfer", "import_subsidy"):
            size = m.size if m.kind == "transfer" else m.size * sales(m.on, m.by, m.sectors)
            planned[m.on] = planned.get(m.on, 0.0) + size
    for state, amount in planned.items():
        if state not in losses:
            yield "help_within_ceiling", f"helps {state}, which is not under pressure, by {amount:.6g}"
        elif amount > losses[state] * (1.0 + 1e-6) + 1e-9:
            yield "help_within_ceiling", f"helps {state} by {amount:.6g} of a loss of {losses[state]:.6g}"


def pledge_problems(pledge: Any, world: World, coercer: str, target: str) -> Iterator[Broken]:
    """Yield what is wrong with a promise; shares are between 0 and 1, `strength` and `cap` between 0 and 100."""
    if not isinstance(pledge, Pledge):
        yield "valid_pledge", f"is a {type(pledge).__name__}, not a Pledge"
        return
    if len(set(pledge.allies)) < len(pledge.allies):
        yield "valid_pledge", f"names an ally twice: {', '.join(pledge.allies)}"
    for ally in set(pledge.allies) - (set(world.states) - {coercer, target}):
        yield "valid_pledge", f"ally {ally!r} is no third state of the world"
    for name in (f.name for f in fields(pledge)):
        value, most = getattr(pledge, name), 100.0 if name in ("strength", "cap") else 1.0
        if isinstance(value, float) and not 0.0 <= value <= most:
            yield "valid_pledge", f"{name} {value!r}; allowed: 0 to {most:g}"


def amend_problems(given: Sequence[Measure], kept: Any, world: World) -> Iterator[Broken]:
    """Yield measures of an amended list that are no weaker form of one given, flow by flow, each used once."""
    if not isinstance(kept, tuple):
        yield "only_weakens", f"returns a {type(kept).__name__}, not a tuple"
        return
    free = {(n, j) for n, m in enumerate(given) for j in _sectors(m, world) or {-1}}
    for m in kept:
        for j in sorted(_sectors(m, world)) or [-1]:
            used = next(((n, k) for n, k in sorted(free) if k == j and _weaker(m, given[n])), None)
            if used is None:
                yield "only_weakens", f"{m.name or m.kind} by {m.by} on {m.on}: added, moved, longer or stronger"
                break
            free.remove(used)


def _weaker(kept: Measure, given: Measure) -> bool:
    """Whether one measure is another with less force, inside its dates, phased in no faster."""
    same = all(getattr(given, name) == getattr(kept, name) for name in ("kind", "by", "on", "purpose"))
    inside = kept.start >= given.start and kept.phase_in >= given.phase_in
    ends = given.until is None or (kept.until is not None and kept.until <= given.until)
    idle = {"open": 1.0, "factor": 1.0}.get(KINDS[given.kind].size, 0.0)  # the size that does nothing
    return same and inside and ends and abs(kept.size - idle) <= abs(given.size - idle)


def _sectors(measure: Measure, world: World) -> set[int]:
    """Positions of a measure's sectors; empty where it names one that the world lacks."""
    try:
        return {int(j) for j in world.sector_indices(measure.sectors)} if measure.sectors else set()
    except WorldError:
        return set()


# --------------------------------------------------------------------------- playing


@dataclass(frozen=True, eq=False)
class _Case:
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


class _Watched(Policy):
    """Stands between the model and a policy: asks twice, and a new instance once, and judges the answers."""

    name, words, summary = "watched", "(for tests)", "Answers as the policy it watches."

    def __init__(self, make: Callable[[], Policy]) -> None:
        self.make, self.inner = make, make()
        super().__init__(self.inner.parameters)
        self.violations: dict[Violation, None] = {}
        self.answers: list[tuple[str, str]] = []

    def respond(self, situation: Situation) -> Response:
        where = f"respond, quarter {situation.quarter}"
        return self._response(where, "respond", situation)

    def prepare(self, situation: Situation) -> Response:
        return self._response("prepare", "prepare", situation)

    def pledge(self, outlook: Outlook, coercer: str, target: str) -> Pledge | None:
        where = f"pledge, {coercer} on {target}"
        answer = self._ask(where, "pledge", None, outlook, coercer, target)
        ok = answer is None or self._judge(where, pledge_problems(answer, outlook.world, coercer, target))
        return answer if ok else None

    def amend_pledge(self, pledge: Pledge, outlook: Outlook, coercer: str, target: str) -> Pledge:
        where = f"amend_pledge, {coercer} on {target}"
        answer: Pledge = self._ask(where, "amend_pledge", pledge, pledge, outlook, coercer, target)
        return answer if self._judge(where, pledge_problems(answer, outlook.world, coercer, target)) else pledge

    def amend(self, outlook: Outlook, measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
        answer: tuple[Measure, ...] = self._ask("amend", "amend", measures, outlook, measures)
        return answer if self._judge("amend", amend_problems(measures, answer, outlook.world)) else measures

    @property
    def shield(self) -> float:
        ok = self._judge("shield", [] if 0.0 <= self.inner.shield <= 1.0 else [("valid_answer", "not from 0 to 1")])
        return self.inner.shield if ok else 0.0

    def _response(self, where: str, hook: str, situation: Situation) -> Response:
        world = situation.world
        answer: Response = self._ask(where, hook, Response(), situation)
        ok = self._judge(where, response_problems(answer, world, hook, situation.quarter, situation.last_quarter))
        if ok and hook == "respond":
            targets = {m.on for m in situation.pressure()} & set(world.states)
            losses = {state: situation.income_loss(state) for state in targets}
            self._judge(where, help_problems(answer.measures, losses, situation.sales))
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
                self._judge(where, [(_rule_of(error), f"raises {type(error).__name__}: {error}")])
                return without
        one, two, new = map(repr, answers)
        self.answers.append((where, one))
        if one != two:
            self._judge(where, [("deterministic", f"the same question twice: {_difference(one, two)}")])
        elif one != new:
            self._judge(where, [("stateless", f"a new instance answers differently: {_difference(one, new)}")])
        rules = ("stateless", "hands_off", "hands_off")
        after = state_of_things()
        self._judge(where, [(r, _difference(b, a)) for r, b, a in zip(rules, before, after, strict=True) if a != b])
        return answers[0]

    def _judge(self, where: str, problems: Iterable[Broken]) -> bool:
        """Keep violations; return whether the answer passed."""
        broken = [Violation(rule, where, problem) for rule, problem in problems]
        self.violations.update(dict.fromkeys(broken))
        return not broken


def check_policy(
    policy: type[Policy],
    parameters: Given = None,
    scenario: str | Path | Scenario | None = None,
    *,
    another_process: bool = True,
) -> PolicyReport:
    """Play a policy and report every rule of `RULES` that it breaks.

    Each question is put twice to one instance, once to a new one, and once in a new process in which sets have another
    order. The run is played again, and joined to `stand_alone` and `respond_as_allies` in both orders. Situations that
    the runs do not lead to stay unseen: play a scenario of your own as well.

    Parameters
    ----------
    policy
        The class.
    parameters
        An instance of its parameter model, or values by name; None: as the scenario says, else the defaults.
    scenario
        Where to play it; None: the small world under the pressure of `pressure_on`.
    another_process
        Whether to start the new process (two seconds).
    """
    problems = [str(p) for p in class_problems(policy, (), lambda kind, attribute: (None, None))]
    models = getattr(policy.Parameters, "model_fields", {})
    described = [*problems, *(f"no description of {name}" for name, model in models.items() if not model.description)]
    cannot = any("cannot be made" in p or "parameter model" in p for p in problems)
    broken = [Violation("runs" if cannot else "described", policy.__qualname__, text) for text in described]
    if cannot:
        return PolicyReport(getattr(policy, "name", policy.__name__), 0, tuple(broken))
    case = _case(policy, parameters, scenario)
    watched = _Watched(lambda: policy(case.parameters))
    watched.violations.update(dict.fromkeys(broken))
    alone = _play(case, watched, watched, "run")
    case.question(watched)
    _ = watched.shield
    if not _rules(watched) - {"described"}:  # else answers were replaced, and another run need not be the same
        if alone != _play(case, policy(case.parameters), watched, "run again"):
            watched._judge("run again", [("deterministic", "the same run gives other numbers")])
        elif another_process:
            _compare_with_another_process(policy, case, watched)
    if alone is not None:
        _joined(case, policy, watched, alone)
    return PolicyReport(policy.name, len(watched.answers), tuple(watched.violations))


def assert_policy(
    policy: type[Policy],
    parameters: Given = None,
    scenario: str | Path | Scenario | None = None,
    *,
    another_process: bool = True,
) -> None:
    """Raise `PolicyFault` with the report of `check_policy` where a rule is broken."""
    report = check_policy(policy, parameters, scenario, another_process=another_process)
    if not report.ok:
        raise PolicyFault(report)


def _case(policy: type[Policy], parameters: Given, scenario: str | Path | Scenario | None) -> _Case:
    """Put together the world, the pressure and the parameters of a policy's run."""
    usual: dict[str, Any] = {}
    if scenario is None:
        usual = {"members": ("AUS", "USA", "JPN"), "competitor": "CHN"}
        world, coercer, target, script, quarters = small_world(), "CHN", "AUS", pressure_on(), QUARTERS
        economy = EconomyParameters()
    else:
        own = () if available_policies().get(policy.name) is policy else (policy,)
        loaded = scenario.knowing(own) if isinstance(scenario, Scenario) else load_scenario(scenario, policies=own)
        world, script = loaded.apply_to(load_world(loaded.world_source)), loaded.measures_as_data()
        coercer, target, quarters, economy = loaded.coercer, loaded.target, loaded.quarters, loaded.economy_parameters()
        parameters = loaded.build_policy(policy.name).parameters if parameters is None else parameters
    if not isinstance(parameters, PolicyParameters):
        usual = {key: value for key, value in usual.items() if key in policy.Parameters.model_fields}
        try:
            parameters = policy.Parameters(**{**usual, **(parameters or {})})
        except ValidationError as error:
            details = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise InvalidInput([Problem(d, key=f"parameters of {policy.name}") for d in details]) from None
    return _Case(world, economy, script, quarters, coercer, target, parameters)


def _play(case: _Case, policy: Policy, watched: _Watched, where: str) -> list[bytes] | None:
    """Play a run; an error that no violation explains is a violation."""
    try:
        return case.play(policy)
    except Exception as error:
        if not _rules(watched):
            watched._judge(where, [(_rule_of(error), f"{type(error).__name__}: {error}")])
        return None


def _joined(case: _Case, policy: type[Policy], watched: _Watched, alone: list[bytes]) -> None:
    """Join a policy to one that does nothing and to one that acts, in both orders."""
    known = _rules(watched)
    for other in (StandAlone, RespondAsAllies):
        for first in (True, False):
            joined = _Watched(watched.make)
            parts = (joined, other()) if first else (other(), joined)
            name = "+".join(policy.name if part is joined else part.name for part in parts)
            run = _play(case, Combined(parts), joined, "run")
            new = [v for v in joined.violations if v.rule not in known]
            watched._judge(name, [("composes", f"{v.where}: {v.rule}: {v.problem}") for v in new])
            if other is StandAlone and run != alone and not known & {"deterministic", "stateless"}:
                watched._judge(name, [("composes", "is not the run of the policy alone")])


def _compare_with_another_process(policy: type[Policy], case: _Case, watched: _Watched) -> None:
    """Report the first answer that differs in a new process, or why the policy cannot be sent there."""
    try:
        there = _answers_in_another_process(policy, case)
    except Exception as error:
        watched._judge("another process", [("runs", f"{type(error).__name__}: {error}")])
        return
    for (where, one), other in zip(watched.answers, there, strict=False):
        if one != other:
            text = f"another process: {_difference(one, other)}; sort what you take from sets"
            watched._judge(where, [("deterministic", text)])
            return


def _answers_in_another_process(policy: type[Policy], case: _Case) -> list[str]:
    """Put the same questions in a new process with another hash seed; the author's classes are sent by value."""
    import cloudpickle  # type: ignore[import-untyped]

    names = {kind.__module__ for kind in (*policy.__mro__, *type(case.parameters).__mro__)}
    ours = ("coercion_sim", "__main__", "abc", "builtins", "pydantic", "typing")
    modules = [sys.modules[n] for n in names if n in sys.modules and n.partition(".")[0] not in ours]
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        question = cloudpickle.dumps((policy, case))
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)
    done = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import _answer; _answer()"],
        env={
            **os.environ,
            "PYTHONHASHSEED": "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1",
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        },
        input=question,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace").strip())
    return list(json.loads(done.stdout.splitlines()[-1]))


def _answer() -> None:
    """Answer the questions that stand on standard input, in the other process."""
    import cloudpickle

    policy, case = cloudpickle.loads(sys.stdin.buffer.read())
    watched = _Watched(lambda: policy(case.parameters))
    _play(case, watched, watched, "run")
    case.question(watched)
    print("\n" + json.dumps([answer for _, answer in watched.answers]))


def _kept(policy: Policy) -> dict[str, Any]:
    """What an instance holds, values computed once apart."""
    return {k: v for k, v in vars(policy).items() if not isinstance(getattr(type(policy), k, None), cached_property)}


def _rules(watched: _Watched) -> set[str]:
    return {v.rule for v in watched.violations}


def _rule_of(error: Exception) -> str:
    """Rule that an error breaks: arrays and frozen objects refuse to be changed."""
    if "read-only" in str(error) or "frozen" in str(error) or "cannot assign" in str(error):
        return "hands_off"
    return "valid_answer" if isinstance(error, InvalidInput) else "runs"


def _difference(one: str, other: str) -> str:
    """The first place where two texts differ, and the same place of the other."""
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(0, at - 30)
    return f"...{one[start : at + 30]}... and ...{other[start : at + 30]}..."
