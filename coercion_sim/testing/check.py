"""Play a policy and see whether it keeps to the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from coercion_sim.errors import InvalidInput
from coercion_sim.policies import Combined, Policy, RespondAsAllies, StandAlone, class_problems
from coercion_sim.scenario import Scenario
from coercion_sim.testing.case import Case, Given, make_case
from coercion_sim.testing.elsewhere import answers_elsewhere, ask_everything
from coercion_sim.testing.guard import generators_kept
from coercion_sim.testing.report import PolicyFault, PolicyReport, Violation
from coercion_sim.testing.watching import WatchedPolicy
from coercion_sim.world import World

Found = dict[Violation, None]

#: Faults after which a run may well fail or differ: no news about how the policy composes.
_EXCUSES = {"runs", "valid_answer", "purposes", "dates", "hands_off"}
_CHANGEABLE = {"deterministic", "stateless", "luck_by_event"}


def check_policy(
    policy: type[Policy],
    parameters: Given = None,
    world: World | None = None,
    scenario: str | Path | Scenario | None = None,
    *,
    another_process: bool = False,
) -> PolicyReport:
    """Play a policy, look at every answer it gives, and report every rule it breaks.

    Parameters
    ----------
    policy
        The class.
    parameters
        An instance of its parameter model, or values by name; None: as the scenario says, else the defaults.
    world
        Where to play it; None: the small world of this kit, or the scenario's.
    scenario
        Whose pressure to answer; None: bans, tariffs, licences and grey-zone pressure over eight quarters.
    another_process
        Ask everything in a new process too (two seconds): there sets of names come in another order.

    Returns
    -------
    PolicyReport
        `ok`, `violations` by rule of `RULES`, and a text that says where each arose.

    Notes
    -----
    Every question is asked three times, twice of one instance and once of a new one. The run is played twice with
    another in between, then joined to `stand_alone` and to `respond_as_allies`, in both orders. What the
    situations played do not lead to is not seen: play a scenario of your own as well.
    """
    found: Found = {}
    for violation in _described(policy):
        found[violation] = None
    if any(v.rule == "runs" for v in found):
        return PolicyReport(getattr(policy, "name", policy.__name__), "", 0, tuple(found))
    case = make_case(policy, parameters, world, scenario)
    with generators_kept():
        questions = _play_all(policy, case, found, another_process)
    values = ", ".join(f"{key}={value!r}" for key, value in case.parameters.model_dump().items())
    return PolicyReport(policy.name, values, questions, tuple(found))


def _play_all(policy: type[Policy], case: Case, found: Found, another_process: bool) -> int:
    """Play everything; return how many answers were looked at."""

    def fresh() -> Policy:
        return policy(case.parameters)

    first = WatchedPolicy(fresh, found)
    once = _play(case, first, found, "run")
    ask_everything(case, first)
    _ = first.shield
    if another_process:
        _elsewhere(policy, case, first, found)
    between = WatchedPolicy(fresh, found)
    _play(case.turned(), between, found, "run with another target")
    second = WatchedPolicy(fresh, found)
    twice = _play(case, second, found, "run again")
    if once != twice and not any(v.rule in ("deterministic", "stateless") for v in found):
        where = next((a[0] for a, b in zip(first.answers, second.answers, strict=False) if a != b), "run")
        found[Violation("deterministic", where, "the same run played again, after another, is not the same")] = None
    if once is not None:
        _joined(case, fresh, once, found)
    return sum(len(w.answers) for w in (first, between, second))


def assert_policy(
    policy: type[Policy],
    parameters: Given = None,
    world: World | None = None,
    scenario: str | Path | Scenario | None = None,
    *,
    another_process: bool = False,
) -> None:
    """As `check_policy`, for tests: raise the report where a rule is broken.

    Raises
    ------
    PolicyFault
        An AssertionError whose text lists every rule broken.
    """
    report = check_policy(policy, parameters, world, scenario, another_process=another_process)
    if not report.ok:
        raise PolicyFault(report)


def _described(policy: type[Policy]) -> Iterator[Violation]:
    """Words for lists and scenario files; and whether it can be made at all."""
    for problem in class_problems(policy, (), lambda kind, attribute: (None, None)):
        rule = "runs" if "cannot be made" in problem.message or "parameter model" in problem.message else "described"
        yield Violation(rule, policy.__qualname__, str(problem))
    fields = getattr(policy.Parameters, "model_fields", {})
    for name, field in fields.items():
        if not field.description:
            yield Violation("described", name, "a parameter without description; Field(..., description=...)")


def _play(case: Case, policy: Policy, found: Found, where: str) -> list[bytes] | None:
    """Play a case; where that fails and nothing found so far says why, the failure is a violation itself."""
    try:
        return case.play(policy)
    except Exception as error:
        if not _rules(found) & _EXCUSES:
            rule = "valid_answer" if isinstance(error, InvalidInput) else "runs"
            found[Violation(rule, where, f"{type(error).__name__}: {error}")] = None
        return None


def _rules(found: Found) -> set[str]:
    return {v.rule for v in found}


def _elsewhere(policy: type[Policy], case: Case, here: WatchedPolicy, found: Found) -> None:
    """Another process must give the same answers."""
    try:
        there = answers_elsewhere(policy, case)
    except Exception as error:
        if not _rules(found) & _EXCUSES:
            found[Violation("runs", "another process", f"{type(error).__name__}: {error}")] = None
        return
    if _rules(found) & (_EXCUSES | _CHANGEABLE):
        return
    differing = [where for (where, one), (_, other) in zip(here.answers, there, strict=False) if one != other]
    if differing or len(here.answers) != len(there):
        text = "another process answers otherwise; sets have no order: sort what you take from them"
        found[Violation("deterministic", differing[0] if differing else "run", text)] = None


def _joined(case: Case, fresh: Callable[[], Policy], alone: list[bytes], found: Found) -> None:
    """Joined to a rule that does nothing, nothing changes; joined to one that acts, both still work."""
    mine = fresh().name
    idle: list[tuple[str, tuple[Policy, Policy]]] = [
        (f"stand_alone+{mine}", (StandAlone(), fresh())),
        (f"{mine}+stand_alone", (fresh(), StandAlone())),
    ]
    for name, parts in idle:
        try:
            same = case.play(Combined(parts)) == alone
        except Exception as error:
            if not _rules(found) & _EXCUSES:
                found[Violation("composes", name, f"{type(error).__name__}: {error}")] = None
            continue
        if not same and not _rules(found) & (_EXCUSES | _CHANGEABLE):
            found[Violation("composes", name, "is not the run of the policy alone")] = None
    for first in (True, False):
        anew: Found = {}
        watched = WatchedPolicy(fresh, anew)
        parts = (watched, RespondAsAllies()) if first else (RespondAsAllies(), watched)
        name = f"{mine}+respond_as_allies" if first else f"respond_as_allies+{mine}"
        _play(case, Combined(parts), anew, name)
        rules = _rules(found)
        for violation in anew:
            if violation.rule not in rules:
                found[Violation("composes", f"{name}, {violation.where}", f"{violation.rule}: {violation.found}")] = (
                    None
                )
