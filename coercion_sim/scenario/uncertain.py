"""Uncertain numbers: ``{ uniform = [1.05, 1.5], default = 1.5 }`` wherever a scenario file takes a number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from coercion_sim.errors import nearest

Distribution = Literal["uniform", "log_uniform", "choice"]
DISTRIBUTIONS: tuple[Distribution, ...] = ("uniform", "log_uniform", "choice")


@dataclass(frozen=True)
class Uncertain:
    """A number known only up to a distribution.

    Attributes
    ----------
    path
        Dotted key, e.g. ``economy.factor_mobility`` or ``measures.coal.open``.
    distribution
        ``uniform`` between two numbers, ``log_uniform`` (uniform in the logarithm), or ``choice``, each equally likely.
    values
        (low, high), or the numbers to choose from.
    default
        The value used where nothing is drawn.
    """

    path: str
    distribution: Distribution
    values: tuple[float, ...]
    default: float

    def at(self, u: float) -> float:
        """Quantile of the distribution at u in [0, 1)."""
        if not 0.0 <= u < 1.0:
            raise ValueError(f"u must lie in [0, 1), not {u}")
        if self.distribution == "choice":
            return self.values[int(u * len(self.values))]
        low, high = self.values
        if self.distribution == "log_uniform":
            return float(min(max(low * (high / low) ** u, low), high))
        return min(max(low + (high - low) * u, low), high)

    @property
    def trials(self) -> tuple[float, ...]:
        """Values a file is checked with: the default, every choice, or both ends and a crooked point between."""
        inner = self.values if self.distribution == "choice" else (*self.values, self.at(1.0 / math.e))
        return tuple(dict.fromkeys((self.default, *inner)))

    def as_table(self) -> dict[str, Any]:
        """Return the table as it stands in a file."""
        return {self.distribution: list(self.values), "default": self.default}

    def __str__(self) -> str:
        listed = ", ".join(f"{value:g}" for value in self.values)
        return f"{self.distribution.replace('_', '-')} [{listed}], default {self.default:g}"


def looks_uncertain(value: object) -> bool:
    """Whether a table is meant as an uncertain number, rightly spelt or not."""
    return isinstance(value, Mapping) and ("default" in value or any(name in value for name in DISTRIBUTIONS))


def read_uncertain(path: str, table: Mapping[str, Any]) -> Uncertain | list[tuple[str, str, str, str | None]]:
    """Read one table; else say what is wrong with it as (message, found, allowed, suggestion)."""
    form = "{ uniform = [low, high], default = x }, log_uniform likewise, or choice = [a, b, ...]"
    strange = [key for key in table if key not in (*DISTRIBUTIONS, "default")]
    if strange:
        return [("unknown key in an uncertain number", repr(key), form, nearest(key, DISTRIBUTIONS)) for key in strange]
    named = [name for name in DISTRIBUTIONS if name in table]
    if len(named) != 1:
        return [("an uncertain number takes exactly one distribution", ", ".join(named) or "none", form, None)]
    distribution, values = named[0], table[named[0]]
    if not isinstance(values, list) or not values or not all(_is_number(v) for v in values):
        return [(f"{distribution} takes a list of numbers", repr(values), form, None)]
    if distribution != "choice" and (len(values) != 2 or not values[0] < values[1]):
        return [(f"{distribution} takes two numbers, the lower first", repr(values), form, None)]
    if distribution == "log_uniform" and values[0] <= 0:
        return [("log_uniform needs a lower end above 0", repr(values), form, None)]
    default = table.get("default", _middle(distribution, values))
    if not _is_number(default):
        return [("the default must be a number", repr(default), form, None)]
    inside = default in values if distribution == "choice" else values[0] <= default <= values[1]
    if not inside:
        allowed = ", ".join(map(str, values)) if distribution == "choice" else f"{values[0]} to {values[1]}"
        return [("the default lies outside the distribution", repr(default), allowed, None)]
    return Uncertain(path, distribution, tuple(values), default)


def _middle(distribution: Distribution, values: list[float]) -> float:
    if distribution == "choice":
        return values[0]
    if distribution == "log_uniform":
        return math.sqrt(values[0] * values[1])
    return 0.5 * (values[0] + values[1])


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
