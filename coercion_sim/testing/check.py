"""Checks a policy against every rule, in this process and in another, and reports what it breaks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from coercion_sim.economy import EconomyParameters
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.policies import (
    Combined,
    Policy,
    PolicyParameters,
    RespondAsAllies,
    StandAlone,
    available_policies,
    class_problems,
)
from coercion_sim.scenario import Scenario, load_scenario
from coercion_sim.testing.rules import RULES
from coercion_sim.testing.situation import pressure_on, small_world
from coercion_sim.testing.watching import Case, Violation, Watched, difference, rule_of
from coercion_sim.world import load_world

#: Length of a run on the small world: pressure begins, grows, pauses and ends within it.
QUARTERS = 8

#: Parameters of a policy: by name and value, or their model.
Given = PolicyParameters | dict[str, Any] | None


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


def check_policy(
    policy: type[Policy], parameters: Given = None, scenario: str | Path | Scenario | None = None, *,
    another_process: bool = True,
) -> PolicyReport:  # fmt: skip
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
    watched = Watched(lambda: policy(case.parameters))
    watched.violations.update(dict.fromkeys(broken))
    alone = _play(case, watched, watched, "run")
    case.question(watched)
    _ = watched.shield
    if not watched.broken - {"described"}:  # else answers were replaced, and another run need not be the same
        if alone != _play(case, policy(case.parameters), watched, "run again"):
            watched.judge("run again", [("deterministic", "the same run gives other numbers")])
        elif another_process:
            _compare_with_another_process(policy, case, watched)
    if alone is not None:
        _joined(case, policy, watched, alone)
    return PolicyReport(policy.name, len(watched.answers), tuple(watched.violations))


def assert_policy(
    policy: type[Policy], parameters: Given = None, scenario: str | Path | Scenario | None = None, *,
    another_process: bool = True,
) -> None:  # fmt: skip
    """Raise `PolicyFault` with the report of `check_policy` where a rule is broken."""
    report = check_policy(policy, parameters, scenario, another_process=another_process)
    if not report.ok:
        raise PolicyFault(report)


def _case(policy: type[Policy], parameters: Given, scenario: str | Path | Scenario | None) -> Case:
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
    return Case(world, economy, script, quarters, coercer, target, parameters)


def _play(case: Case, policy: Policy, watched: Watched, where: str) -> list[bytes] | None:
    """Play a run; an error that no violation explains is a violation."""
    try:
        return case.play(policy)
    except Exception as error:
        if not watched.broken:
            watched.judge(where, [(rule_of(error), f"{type(error).__name__}: {error}")])
        return None


def _joined(case: Case, policy: type[Policy], watched: Watched, alone: list[bytes]) -> None:
    """Join a policy to one that does nothing and to one that acts, in both orders."""
    known = watched.broken
    for other in (StandAlone, RespondAsAllies):
        for first in (True, False):
            joined = Watched(watched.make)
            parts = (joined, other()) if first else (other(), joined)
            name = "+".join(policy.name if part is joined else part.name for part in parts)
            run = _play(case, Combined(parts), joined, "run")
            new = [v for v in joined.violations if v.rule not in known]
            watched.judge(name, [("composes", f"{v.where}: {v.rule}: {v.problem}") for v in new])
            if other is StandAlone and run != alone and not known & {"deterministic", "stateless"}:
                watched.judge(name, [("composes", "is not the run of the policy alone")])


def _compare_with_another_process(policy: type[Policy], case: Case, watched: Watched) -> None:
    """Report the first answer that differs in a new process, or why the policy cannot be sent there."""
    try:
        there = _answers_in_another_process(policy, case)
    except Exception as error:
        watched.judge("another process", [("runs", f"{type(error).__name__}: {error}")])
        return
    for (where, one), other in zip(watched.answers, there, strict=False):
        if one != other:
            text = f"another process: {difference(one, other)}; sort what you take from sets"
            watched.judge(where, [("deterministic", text)])
            return


def _answers_in_another_process(policy: type[Policy], case: Case) -> list[str]:
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
    watched = Watched(lambda: policy(case.parameters))
    _play(case, watched, watched, "run")
    case.question(watched)
    print("\n" + json.dumps([answer for _, answer in watched.answers]))
