"""Checks of a plan against its scenario: keys, policies and values that do not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from coercion_sim.errors import Problem, nearest
from coercion_sim.experiments.design.design import policy_problems
from coercion_sim.experiments.design.sampling import Value
from coercion_sim.experiments.design.stopping import StoppingRule
from coercion_sim.experiments.plan.model import Placed, Plan, VarySpec
from coercion_sim.experiments.plan.reading import may_vary
from coercion_sim.experiments.plan.values import UNCERTAIN, Spread
from coercion_sim.files import KeyPath, Origin
from coercion_sim.scenario import check_values

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

#: Values tried of one list, and rows of one table; of longer ones as many, evenly spaced, with both ends.
_MOST_TRIALS: Final = 500


def check_policies(plan: Plan, policies: Sequence[str], scenario: Scenario) -> list[Problem]:
    """List unknown policies, policies named twice or joined to themselves, and a difference without two policies."""
    problems = [
        plan.document.problem(("policies", i), p.message, p.found, p.allowed, p.suggestion, key="policies")
        for i, p in policy_problems(policies, scenario)
    ]
    if isinstance(plan.replicates, StoppingRule) and plan.replicates.of == "difference" and len(policies) < 2:
        only = f"the sweep has one policy, {policies[0]}" if policies else "the sweep has no policy"
        message = f"a difference needs two policies or more: {only}"
        problems.append(plan.document.problem(("replicates", "of"), message, "difference", "level, or more policies"))
    return problems


def check_keys(
    plan: Plan, columns: Iterable[tuple[VarySpec, str, KeyPath]], policies: Sequence[str], scenario: Scenario
) -> list[Problem]:
    """List keys that do not exist, may not vary, would change nothing, or are given twice."""
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
        problems += [plan.document.problem(place, f[0], None, f[1], f[2], key=key) for f in faults if f]
    return problems


def _fault_of_key(key: str, parts: set[str], scenario: Scenario) -> tuple[str, str, str | None] | None:
    """Return why a key cannot vary while these policies run, what can, and the nearest spelling."""
    kinds = scenario.settable_keys()
    if key not in kinds and key not in {u.path for u in scenario.uncertain}:
        return "unknown parameter", "keys of the scenario file, e.g. economy.factor_mobility", scenario.nearest_key(key)
    if not may_vary(key):
        message = "may not vary within a sweep, or results would not fit together"
        return message, "fix it in [set], or write a plan each", None
    if kinds.get(key) == "table":
        return "is a table, which no sweep varies", "its keys, or [set]", None
    owner = key.split(".")[1] if key.startswith("policy.") else ""
    if owner and owner not in parts:
        allowed = f"parameters of {', '.join(sorted(parts))}"
        return f"would change nothing: no policy of this plan is {owner}", allowed, nearest(owner, parts)
    return None


def check_axes(plan: Plan, axes: Mapping[str, Placed], scenario: Scenario) -> list[Problem]:
    """List values out of range, tried one parameter at a time with the rest of the scenario unchanged."""
    problems: list[Problem] = []
    for key, (given, place) in axes.items():
        if given == UNCERTAIN:
            problems += _check_uncertain(plan, key, place, scenario)
        elif isinstance(given, Spread):
            tried = [problem for value in given.trials for problem in _check_at(plan, place, scenario, key, value)]
            # Both ends often fail alike: one problem for each message and key.
            once = {(p.key, p.message, p.found if p.suggestion else None): p for p in reversed(tried)}
            problems += [*once.values()][::-1]
        else:
            for i in thin(len(given)):
                problems += _check_at(plan, (*place, i), scenario, key, given[i])
    return problems


def _check_uncertain(plan: Plan, key: str, place: KeyPath, scenario: Scenario) -> list[Problem]:
    """Check that the scenario has a distribution for a key."""
    uncertain = sorted(u.path for u in scenario.uncertain)
    if key in uncertain:
        return []
    message = "is not uncertain in the scenario, so it has no distribution to keep"
    allowed = ", ".join(uncertain) or "none in this scenario"
    return [plan.document.problem(place, message, None, allowed, nearest(key, uncertain), key=key)]


def _check_at(plan: Plan, place: KeyPath, scenario: Scenario, key: str, value: Value) -> list[Problem]:
    return check_row(plan.document.origin(place), scenario, {key: value})


def check_row(origin: Origin, scenario: Scenario, values: Mapping[str, Value]) -> list[Problem]:
    """List the scenario's problems with these values, placed at a line of the plan or of a table of points."""
    problems = []
    for p in check_values(scenario, values):
        only = next(iter(values)) if len(values) == 1 else None
        key = p.key if p.key in values else only or p.key
        message = p.message if p.key == key else f"{p.key}: {p.message}"
        if p.message == "must be a whole number":
            message = f"{message}: a distribution of whole numbers is {{ choice = [...] }}"
        value = p.found if p.found is not None else repr(values[key]) if key and key in values else None
        problems.append(Problem(message, *origin, key, value, p.allowed, p.suggestion))
    return problems


def thin(n: int) -> list[int]:
    """Positions to try out of n: all, or some of them evenly spaced, both ends among them."""
    if n <= _MOST_TRIALS:
        return list(range(n))
    return sorted({round(i * (n - 1) / (_MOST_TRIALS - 1)) for i in range(_MOST_TRIALS)})
