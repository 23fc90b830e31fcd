"""Uncertain numbers: ``{ uniform = [1.05, 1.5], default = 1.5 }`` wherever a scenario file takes a number."""

from __future__ import annotations

import copy
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from coercion_sim.dispute import BEHAVIOUR_RANGES, POSTERIOR_ROWS, Conduct, DisputeSettings
from coercion_sim.errors import Problem, nearest
from coercion_sim.files import Document, KeyPath

Distribution = Literal["uniform", "log_uniform", "choice"]
DISTRIBUTIONS: Final[tuple[Distribution, ...]] = ("uniform", "log_uniform", "choice")
#: Tables whose numbers may be uncertain.
UNCERTAIN_SECTIONS: Final = ("economy", "measures", "dispute", "pressure", "cooperation", "policy")
#: Message, value found, values allowed, nearest spelling.
Fault = tuple[str, str, str, str | None]
_FORM: Final = "{ uniform = [low, high], default = x }, log_uniform likewise, or choice = [a, b, ...]"


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


@dataclass(frozen=True)
class Trial:
    """A table with one of its uncertain numbers at a value the file is checked with."""

    uncertain: Uncertain
    path: KeyPath
    table: dict[str, Any]


@dataclass(frozen=True)
class Lifted:
    """Data with every uncertain number at its default; these, their paths, values to check, those fixed since."""

    data: dict[str, Any]
    uncertain: tuple[Uncertain, ...] = ()
    paths: Mapping[str, KeyPath] = field(default_factory=dict)
    trials: tuple[Trial, ...] = ()
    drawn: tuple[Uncertain, ...] = ()


def lift(document: Document) -> tuple[Lifted, list[Problem]]:
    """Take the uncertain numbers out of a document; a malformed one is replaced by some number and reported."""
    data = copy.deepcopy(document.data)
    problems: list[Problem] = []
    lifted: list[tuple[Uncertain, KeyPath]] = []

    def walk(place: Any, path: KeyPath, dotted: str) -> None:
        for key, item in place.items() if isinstance(place, dict) else enumerate(place):
            here, name = (*path, key), _dotted(dotted, key, item)
            if not looks_uncertain(item) or (len(here) == 2 and here[0] in ("policy", "measures")):
                if isinstance(item, (dict, list)):
                    walk(item, here, name)
                continue
            uncertain = read_uncertain(name, item)
            if isinstance(uncertain, Uncertain):
                place[key] = uncertain.default
                lifted.append((uncertain, here))
                if len(here) < 2 or here[0] not in UNCERTAIN_SECTIONS:
                    allowed = f"numbers of {', '.join(UNCERTAIN_SECTIONS)}"
                    problems.append(document.problem(here, "may not be uncertain", item, allowed))
            else:
                place[key] = next((v for v in (item.get("default"), 0.0) if isinstance(v, (int, float))), 0.0)
                problems.append(document.problem(here, *uncertain))

    walk(data, (), "")
    trials = tuple(trial for uncertain, path in lifted for trial in _trials(data, uncertain, path))
    return Lifted(data, tuple(u for u, _ in lifted), {u.path: path for u, path in lifted}, trials), problems


def lay_back(data: dict[str, Any], uncertain: Iterable[Uncertain]) -> None:
    """Put uncertain numbers back into data as tables, where their keys are there."""
    for u in uncertain:
        place = data
        *way, last = u.path.split(".")
        for part in way:
            place = place.get(part, {})
        if last in place:
            place[last] = u.as_table()


def _dotted(above: str, key: str | int, item: object) -> str:
    """Spell a key below another; entries of lists by their name."""
    if isinstance(key, str):
        return f"{above}.{key}" if above else key
    name = item.get("name") if isinstance(item, dict) else None
    return f"{above}.{name}" if isinstance(name, str) and name else f"{above}[{key + 1}]"


def _trials(data: dict[str, Any], uncertain: Uncertain, path: KeyPath) -> Iterator[Trial]:
    """The table of an uncertain number with each value to try."""
    depth = 2 if path[0] in ("measures", "policy") else 1
    if len(path) <= depth:
        return
    table: Any = data
    for part in path[:depth]:
        table = table[part]
    for value in uncertain.trials[1:]:
        changed = place = copy.deepcopy(table)
        for part in path[depth:-1]:
            place = place[part]
        place[path[-1]] = value
        yield Trial(uncertain, path[:depth], changed)


def looks_uncertain(value: object) -> bool:
    """Whether a table is meant as an uncertain number, rightly spelt or not."""
    return isinstance(value, Mapping) and ("default" in value or any(name in value for name in DISTRIBUTIONS))


def read_uncertain(path: str, table: Mapping[str, Any]) -> Uncertain | Fault:
    """Read one table; return the fault of a malformed one."""
    unknown = [key for key in table if key not in (*DISTRIBUTIONS, "default")]
    if unknown:
        near = nearest(unknown[0], DISTRIBUTIONS)
        return ("unknown key in an uncertain number", repr(unknown[0]), _FORM, near)
    named = [name for name in DISTRIBUTIONS if name in table]
    if len(named) != 1:
        return ("an uncertain number takes exactly one distribution", ", ".join(named) or "none", _FORM, None)
    distribution, values = named[0], table[named[0]]
    fault = _fault_of_values(distribution, values)
    if fault is not None:
        return fault
    default = table.get("default", _middle(distribution, values))
    return _fault_of_default(distribution, values, default) or Uncertain(path, distribution, tuple(values), default)


def _fault_of_values(distribution: Distribution, values: object) -> Fault | None:
    if not isinstance(values, list) or not values or not all(_is_number(v) for v in values):
        return (f"{distribution} takes a list of numbers", repr(values), _FORM, None)
    if distribution != "choice" and (len(values) != 2 or not values[0] < values[1]):
        return (f"{distribution} takes two numbers, the lower first", repr(values), _FORM, None)
    if distribution == "log_uniform" and values[0] <= 0:
        return ("log_uniform needs a lower end above 0", repr(values), _FORM, None)
    return None


def _fault_of_default(distribution: Distribution, values: list[float], default: object) -> Fault | None:
    if not isinstance(default, int | float) or not _is_number(default):
        return ("the default must be a number", repr(default), _FORM, None)
    choice = distribution == "choice"
    if default in values if choice else values[0] <= default <= values[1]:
        return None
    allowed = ", ".join(map(str, values)) if choice else f"{values[0]} to {values[1]}"
    return ("the default lies outside the distribution", repr(default), allowed, None)


def _middle(distribution: Distribution, values: list[float]) -> float:
    if distribution == "choice":
        return values[0]
    if distribution == "log_uniform":
        return math.sqrt(values[0] * values[1])
    return 0.5 * (values[0] + values[1])


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def drawn_behaviour(settings: DisputeSettings, conduct: Conduct, written: Collection[str]) -> tuple[Uncertain, ...]:
    """Numbers that ``[dispute] draws`` makes uncertain where states choose: all but those the file names.

    ``prior``: each behavioural number over its range, on its own. ``posterior``: the row of the table of draws, one
    number, so that the numbers of a row stay together.
    """
    if settings.draws == "fixed" or not settings.anybody_chooses(conduct):
        return ()
    if settings.draws == "posterior":
        rows = tuple(range(POSTERIOR_ROWS))
        return () if "row" in written else (Uncertain("dispute.row", "choice", rows, 0),)
    return tuple(
        Uncertain(f"dispute.{name}", form, (low, high), min(max(getattr(settings, name), low), high))
        for name, (form, low, high) in BEHAVIOUR_RANGES.items()
        if name not in written
    )


def behaviour_in_words(draws: str, document: Document, written: Mapping[str, Any]) -> str:
    """Where behavioural numbers come from: ``[dispute] draws``, and which the file or the command line fixes."""
    fixed: dict[str, list[str]] = {}
    for name in (name for name in BEHAVIOUR_RANGES if name in written):
        by_flag = document.origin(("dispute", name))[0] == "--set"
        fixed.setdefault("the command line" if by_flag else "the file", []).append(name)
    words = {
        "fixed": "behaviour at its defaults",
        "prior": "behaviour drawn over its ranges (prior)",
        "posterior": "behaviour drawn from the posterior",
    }
    return "; ".join([words[draws], *(f"{who} sets {', '.join(names)}" for who, names in fixed.items())])
