"""Values of a plan's parameters: lists and distributions, read from the file and checked against its scenario."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, Literal

from coercion_sim.errors import Problem, nearest
from coercion_sim.experiments.design.design import policy_problems
from coercion_sim.experiments.design.sampling import BELOW_ONE, Value
from coercion_sim.experiments.design.stopping import StoppingRule
from coercion_sim.experiments.plan.model import UNCERTAIN, How, Placed, Plan, VarySpec, may_vary
from coercion_sim.files import KeyPath, Origin
from coercion_sim.scenario import DISTRIBUTIONS, Distribution, Uncertain, check_values

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

_SPREAD = "{ uniform = [low, high] }, log_uniform likewise, or { choice = [a, b, ...] }"


@dataclass(frozen=True)
class Spread:
    """Distribution of a parameter: as in a scenario file, but `choice` may hold text and true or false."""

    distribution: Distribution
    values: tuple[Value, ...]

    def at(self, u: float) -> Value:
        """Quantile at u in [0, 1]; at 1, that of the largest number below."""
        u = min(u, BELOW_ONE)
        if self.distribution == "choice":
            return self.values[int(u * len(self.values))]
        low, high = (float(value) for value in self.values)
        return Uncertain("", self.distribution, (low, high), low).at(u)

    @property
    def trials(self) -> tuple[Value, ...]:
        """Values to check: every choice, or both ends and an odd point between."""
        return self.values if self.distribution == "choice" else (*self.values, self.at(1.0 / math.e))

    def described(self) -> dict[str, Any]:
        """Return the table as it stands in a plan."""
        return {self.distribution: list(self.values)}


class WrongValue(Exception):
    """A parameter's value that no block takes; fields as of `errors.Problem`."""

    def __init__(
        self, message: str, value: object = None, allowed: str | None = None, suggestion: str | None = None
    ) -> None:
        super().__init__(message)
        self.message, self.value, self.allowed, self.suggestion = message, value, allowed, suggestion


#: A list of values, a distribution, or ``"uncertain"``: the scenario's distribution.
Given = tuple[Value, ...] | Spread | Literal["uncertain"]


def looks_like_spread(value: object) -> bool:
    """Whether a table is meant as a distribution, even misspelt, and not as a table of keys."""
    if not isinstance(value, Mapping):
        return False
    words = (str(key).casefold() for key, item in value.items() if not isinstance(item, Mapping))
    return not value or "default" in value or any(get_close_matches(w, DISTRIBUTIONS, 1, cutoff=0.8) for w in words)


def given_in_block(how: How, value: Any) -> Given:
    """Read a parameter of a block: a list of values in a grid, a distribution in every other way.

    Raises
    ------
    WrongValue
        For anything else.
    """
    if how == "grid":
        if isinstance(value, list):
            return checked_values(value)
        if isinstance(value, Mapping) or value == UNCERTAIN:
            allowed = '[a, b, ...], or how = "sobol"'
            raise WrongValue("a grid takes a list of values, not a distribution", value, allowed)
        raise WrongValue("a grid takes a list of values", value, "[a, b, ...]; a single value is fixed in [set]")
    if value == UNCERTAIN:
        return UNCERTAIN
    if isinstance(value, Mapping):
        return read_spread(value)
    near = f"{{ choice = {value} }}" if isinstance(value, list) and value else None
    raise WrongValue(f"{how} takes a distribution", value, f'{{ uniform = [low, high] }}, or "{UNCERTAIN}"', near)


def read_spread(table: Mapping[str, Any]) -> Spread:
    """Read a distribution; `default`, as scenario files write it, is allowed and has no effect.

    Raises
    ------
    WrongValue
        For a table that is not a distribution.
    """
    unknown = next((key for key in table if key not in (*DISTRIBUTIONS, "default")), None)
    if unknown is not None:
        raise WrongValue("unknown key in a distribution", unknown, _SPREAD, nearest(unknown, DISTRIBUTIONS))
    named: list[Distribution] = [name for name in DISTRIBUTIONS if name in table]
    if len(named) != 1:
        raise WrongValue("takes exactly one distribution", ", ".join(named) or "none", _SPREAD)
    distribution, values = named[0], table[named[0]]
    if not isinstance(values, list) or not values:
        raise WrongValue(f"{distribution} takes a list", values, _SPREAD)
    return Spread(distribution, checked_values(values) if distribution == "choice" else _ends(distribution, values))


def _ends(distribution: Distribution, values: list[Any]) -> tuple[float, float]:
    """Check both ends of a range."""
    if len(values) != 2 or not all(_is_number(v) and math.isfinite(v) for v in values):
        raise WrongValue(f"{distribution} takes two numbers, the lower first", values, _SPREAD)
    low, high = values
    if low == high:
        message = "both ends are equal: a value that does not vary is fixed in [set]"
        raise WrongValue(message, values, "the lower end first")
    if low > high:
        raise WrongValue("the ends are reversed", values, "the lower end first", f"[{high}, {low}]")
    if distribution == "log_uniform" and low <= 0:
        raise WrongValue("log_uniform needs a lower end above 0", values, "uniform takes any ends")
    return low, high


def checked_values(values: list[Any]) -> tuple[Value, ...]:
    """Check a list of values: numbers, text, true and false, each once.

    Raises
    ------
    WrongValue
        Naming the first value that is wrong.
    """
    seen: set[object] = set()
    for value in values:
        if not isinstance(value, str | int | float):
            raise WrongValue(
                "takes numbers, text, true and false, not lists or tables", value, "one plan for each list"
            )
        if isinstance(value, float) and math.isnan(value):
            raise WrongValue("is not a number", value)
        mark = (isinstance(value, bool), value)  # true is not 1
        if mark in seen:
            raise WrongValue("a value is listed twice", value, "each value once")
        seen.add(mark)
    if not seen:
        raise WrongValue("an empty list varies nothing", [], "one value or more")
    return tuple(values)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# ------------------------------------------------------------------ against the scenario

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
    problems = check_row((None, None), scenario, {key: value})
    file, line = plan.document.origin(place) if problems else (None, None)
    return [replace(problem, file=file, line=line) for problem in problems]


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
