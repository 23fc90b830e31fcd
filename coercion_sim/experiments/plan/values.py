"""Value of one parameter of a block: a list of values, or a distribution with its quantiles."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, Literal

from coercion_sim.errors import nearest
from coercion_sim.experiments.design.sampling import BELOW_ONE, Value
from coercion_sim.scenario import DISTRIBUTIONS, Distribution, Uncertain

How = Literal["grid", "random", "sobol", "latin_hypercube", "morris", "saltelli", "table"]
#: Value of a block's parameter that keeps the scenario's distribution; as `parameters`, of all uncertain numbers.
UNCERTAIN: Final = "uncertain"

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
        For a table that is no distribution.
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
