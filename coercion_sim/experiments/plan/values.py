"""What one parameter of a plan takes: a list of values, or a distribution with its quantiles."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from coercion_sim.errors import nearest
from coercion_sim.experiments.design.sampling import BELOW_ONE, Value
from coercion_sim.scenario import DISTRIBUTIONS, Distribution, Uncertain

_FORM = "{ uniform = [low, high] }, log_uniform likewise, or { choice = [a, b, ...] }"


@dataclass(frozen=True)
class Spread:
    """A distribution a parameter is drawn from: as in a scenario file, but `choice` may hold text and true or false."""

    distribution: Distribution
    values: tuple[Value, ...]

    def at(self, u: float) -> Value:
        """Quantile at u in [0, 1]; 1 is taken just below it."""
        u = min(u, BELOW_ONE)
        if self.distribution == "choice":
            return self.values[int(u * len(self.values))]
        low, high = (float(value) for value in self.values)
        return Uncertain("", self.distribution, (low, high), low).at(u)

    @property
    def trials(self) -> tuple[Value, ...]:
        """Values it is checked with: every choice, or both ends and a crooked point between."""
        return self.values if self.distribution == "choice" else (*self.values, self.at(1.0 / math.e))

    def described(self) -> dict[str, Any]:
        """Return the table as it stands in a plan."""
        return {self.distribution: list(self.values)}


#: A list of values, a distribution, or ``"uncertain"``: the one the scenario has.
Given = tuple[Value, ...] | Spread | Literal["uncertain"]
#: (message, found, allowed, suggestion)
Fault = tuple[str, object, str | None, str | None]


def looks_like_spread(value: object) -> bool:
    """Whether a table is meant as a distribution, rightly spelt or not, and not as a table of keys."""
    if not isinstance(value, Mapping):
        return False
    words = (str(key).casefold() for key, item in value.items() if not isinstance(item, Mapping))
    return not value or "default" in value or any(get_close_matches(w, DISTRIBUTIONS, 1, cutoff=0.8) for w in words)


def read_spread(table: Mapping[str, Any]) -> Spread | Fault:
    """Read one table; `default`, as scenario files write it, is allowed and does nothing."""
    strange = next((key for key in table if key not in (*DISTRIBUTIONS, "default")), None)
    if strange is not None:
        return "unknown key in a distribution", strange, _FORM, nearest(strange, DISTRIBUTIONS)
    named: list[Distribution] = [name for name in DISTRIBUTIONS if name in table]
    if len(named) != 1:
        return "takes exactly one distribution", ", ".join(named) or "none", _FORM, None
    distribution, values = named[0], table[named[0]]
    if not isinstance(values, list | tuple) or not values:
        return f"{distribution} takes a list", values, _FORM, None
    if distribution == "choice":
        fault = fault_of_list(values)
        return fault or Spread(distribution, tuple(values))
    if len(values) != 2 or not all(is_number(v) and math.isfinite(v) for v in values):
        return f"{distribution} takes two numbers, the lower first", values, _FORM, None
    low, high = values
    if low == high:
        return "both ends are equal: a value that does not vary is fixed in [set]", values, "the lower end first", None
    if low > high:
        return "the ends are reversed", values, "the lower end first", f"[{high}, {low}]"
    if distribution == "log_uniform" and low <= 0:
        return "log_uniform needs a lower end above 0", values, "uniform takes any ends", None
    return Spread(distribution, (low, high))


def fault_of_list(values: Iterable[object]) -> Fault | None:
    """Say what is wrong with a list of values to take: each is a number, text, or true or false, and stands once."""
    seen: set[object] = set()
    for value in values:
        if isinstance(value, list | tuple | Mapping) or not isinstance(value, str | int | float):
            return "takes numbers, text, true and false, not lists or tables", value, "one plan for each list", None
        if isinstance(value, float) and math.isnan(value):
            return "is not a number", value, None, None
        mark = (isinstance(value, bool), value)  # true is not 1
        if mark in seen:
            return "a value is listed twice", value, "each value once", None
        seen.add(mark)
    return None if seen else ("an empty list varies nothing", [], "one value or more", None)


def is_number(value: object) -> bool:
    """Whether this is a number, and not true or false."""
    return isinstance(value, int | float) and not isinstance(value, bool)
