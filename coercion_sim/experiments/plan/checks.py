"""What of a plan does not fit its scenario: keys, policies, values, totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from coercion_sim.errors import InvalidInput, Problem, nearest
from coercion_sim.experiments.design.sampling import Value
from coercion_sim.experiments.design.stopping import StoppingRule
from coercion_sim.experiments.plan.model import UNCERTAIN, Axis, Plan, VarySpec
from coercion_sim.experiments.plan.values import Spread
from coercion_sim.files import KeyPath
from coercion_sim.scenario import check_values

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

#: Keys that change the shape or the identity of results, and so are one for a whole sweep.
FIXED: Final = (
    "name", "title", "question", "description", "world", "start", "quarters", "replicates", "seed", "policies",
)  # fmt: skip
#: Runs one sweep may have.
MOST_RUNS: Final = 100_000_000
#: Values of one list, and rows of one table, that are tried; of longer ones as many, evenly spaced, with both ends.
_MOST_TRIALS = 500


def may_vary(key: str) -> bool:
    """Whether a sweep may vary this key."""
    return key not in FIXED and not key.startswith("report.")


def policy_problems(plan: Plan, policies: Sequence[str], scenario: Scenario) -> list[Problem]:
    """Unknown policies, a policy named twice or joined to itself; a difference where there is nothing to subtract."""
    problems: list[Problem] = []

    def wrong(i: int, message: str, found: str, allowed: str | None = None, near: str | None = None) -> None:
        problems.append(plan.source.problem(("policies", i), message, found, allowed, near, key="policies"))

    for i, policy in enumerate(policies):
        parts = policy.split("+")
        if policy in policies[:i]:
            wrong(i, "a policy is named twice", policy)
        if len(set(parts)) < len(parts):
            wrong(i, "joins a policy to itself", policy)
        for part in parts:
            try:
                scenario.build_policy(part)
            except InvalidInput as error:
                for p in error.problems:
                    wrong(i, p.message, p.found or part, p.allowed, p.suggestion)
    if isinstance(plan.replicates, StoppingRule) and plan.replicates.of == "difference" and len(policies) < 2:
        only = f"the sweep has one policy, {policies[0]}" if policies else "the sweep has no policy"
        message = f"a difference needs two policies or more: {only}"
        problems.append(plan.source.problem(("replicates", "of"), message, "difference", "level, or more policies"))
    return problems


def key_problems(
    plan: Plan, columns: Iterable[tuple[VarySpec, str, KeyPath]], policies: Sequence[str], scenario: Scenario
) -> list[Problem]:
    """Keys that do not exist, may not vary, would change nothing, or are given twice."""
    problems: list[Problem] = []
    parts = {part for policy in policies for part in policy.split("+")}
    first: dict[str, int] = {}
    for block, key, place in columns:
        faults = [_fault_of_key(key, parts, scenario)]
        if key in plan.settings:
            faults.append(("is both set and varied", "leave it out of [set] or of [[vary]]", None))
        if first.setdefault(key, block.number) != block.number:
            both = f"is varied in blocks {first[key] + 1} and {block.number + 1}"
            faults.append((both, "each parameter in one block", None))
        problems += [plan.source.problem(place, fault[0], None, fault[1], fault[2], key) for fault in faults if fault]
    return problems


def _fault_of_key(key: str, parts: set[str], scenario: Scenario) -> tuple[str, str, str | None] | None:
    """Why a key cannot be varied while these policies run, what could be, and what may have been meant."""
    kinds = scenario.settable_keys()
    if key not in kinds and key not in {u.path for u in scenario.uncertain}:
        return "unknown parameter", "keys of the scenario file, e.g. economy.factor_mobility", scenario.nearest_key(key)
    if not may_vary(key):
        return (
            "may not vary within a sweep, or results would not fit together",
            "fix it in [set], or write a plan each",
            None,
        )
    if kinds.get(key) == "table":
        return "is a table, which no sweep varies", "its keys, or [set]", None
    owner = key.split(".")[1] if key.startswith("policy.") else ""
    if owner and owner not in parts:
        run = f"parameters of {', '.join(sorted(parts))}"
        return f"would change nothing: no policy of this plan is {owner}", run, nearest(owner, parts)
    return None


def axis_problems(plan: Plan, axes: Mapping[str, Axis], scenario: Scenario) -> list[Problem]:
    """Values out of their range, tried one parameter at a time, all else as in the scenario."""
    problems: list[Problem] = []
    uncertain = {u.path for u in scenario.uncertain}
    for key, axis in axes.items():
        if axis.given == UNCERTAIN:
            if key not in uncertain:
                listed = ", ".join(sorted(uncertain)) or "none in this scenario"
                near = nearest(key, uncertain)
                message = "is not uncertain in the scenario, so it has no distribution to keep"
                problems.append(plan.source.problem(axis.place, message, None, listed, near, key=key))
            continue
        one_by_one = not isinstance(axis.given, Spread)
        values = axis.given.trials if isinstance(axis.given, Spread) else tuple(axis.given)
        found: list[Problem] = []
        for i in thin(len(values)):
            place = (*axis.place, i) if one_by_one else axis.place
            found += value_problems(plan.source.file, plan.source.line(place), scenario, {key: values[i]})
        problems += found if one_by_one else _once(found)
    return problems


def value_problems(
    file: str | None, line: int | None, scenario: Scenario, values: Mapping[str, Value]
) -> list[Problem]:
    """What the scenario says against these values, at a place of the plan."""
    problems = []
    for p in check_values(scenario, values):
        only = next(iter(values)) if len(values) == 1 else None
        key = p.key if p.key in values else only or p.key
        message = p.message if p.key == key else f"{p.key}: {p.message}"
        if p.message == "must be a whole number":
            message = f"{message}: a distribution of whole numbers is {{ choice = [...] }}"
        found = p.found if p.found is not None else repr(values[key]) if key and key in values else None
        problems.append(Problem(message, file, line, key, found, p.allowed, p.suggestion))
    return problems


def thin(n: int) -> list[int]:
    """Positions to try out of n: all, or some of them evenly spaced, both ends among them."""
    if n <= _MOST_TRIALS:
        return list(range(n))
    return sorted({round(i * (n - 1) / (_MOST_TRIALS - 1)) for i in range(_MOST_TRIALS)})


def _once(problems: list[Problem]) -> list[Problem]:
    """One problem for each message and key: both ends of a distribution often fail alike."""
    return list({(p.key, p.message, p.found if p.suggestion else None): p for p in reversed(problems)}.values())[::-1]
