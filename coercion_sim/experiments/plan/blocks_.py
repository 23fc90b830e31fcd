"""Blocks of a plan on their own: which keys each way takes, sizes, and what every parameter is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from coercion_sim.errors import Problem, nearest
from coercion_sim.experiments.plan.model import HOWS, UNCERTAIN, Axis, How, Source, VarySpec
from coercion_sim.experiments.plan.parts_ import flatten
from coercion_sim.experiments.plan.values import Given, Spread, fault_of_list, is_number, read_spread
from coercion_sim.files import KeyPath

#: Rows one block may have.
MOST_ROWS: Final = 1_000_000
_POINTS = ("how", "points", "parameters")
#: Keys of a block by its way.
_KEYS: Final[Mapping[How, tuple[str, ...]]] = {
    "grid": ("how", "parameters"),
    "random": _POINTS,
    "sobol": _POINTS,
    "latin_hypercube": _POINTS,
    "saltelli": _POINTS,
    "morris": ("how", "trajectories", "levels", "parameters"),
    "table": ("how", "file"),
}
_EVERY = tuple(dict.fromkeys(key for keys in _KEYS.values() for key in keys))


def read_blocks(given: object, source: Source) -> tuple[tuple[VarySpec, ...], list[Problem]]:
    """Read every ``[[vary]]``."""
    if not isinstance(given, list) or not all(isinstance(table, Mapping) for table in given):
        return (), [source.problem(("vary",), "must be a list of tables", given, "[[vary]]")]
    readers = [_Reader(table, i, source) for i, table in enumerate(given)]
    blocks = [reader.read() for reader in readers]
    return tuple(b for b in blocks if b is not None), [p for reader in readers for p in reader.problems]


@dataclass
class _Reader:
    """Reads one block, keeping what is wrong."""

    table: Mapping[str, Any]
    number: int
    source: Source
    problems: list[Problem] = field(default_factory=list)

    def wrong(
        self, message: str, *key: str | int, found: object = None, allowed: str | None = None, near: str | None = None
    ) -> None:
        place: KeyPath = ("vary", self.number, *key)
        self.problems.append(self.source.problem(place, message, found, allowed, near))

    def read(self) -> VarySpec | None:
        how = self.table.get("how")
        if how not in HOWS:
            message = "unknown way" if "how" in self.table else "must be given"
            self.wrong(message, "how", found=how, allowed=", ".join(HOWS), near=nearest(str(how), HOWS))
            return None
        way = cast("How", how)
        for key in self.table:
            if key not in _EVERY:
                self.wrong("unknown key", key, allowed=", ".join(_KEYS[way]), near=nearest(key, _KEYS[way]))
            elif key not in _KEYS[way]:
                self.wrong(f"does not belong to {way}", key, found=self.table[key], allowed=", ".join(_KEYS[way]))
        size = self.size(way)
        levels = self.levels() if way == "morris" else 4
        if way == "table":
            return VarySpec(self.number, way, {}, file=self.file())
        return VarySpec(self.number, way, self.parameters(way), size, levels)

    def size(self, way: How) -> int | None:
        key = "points" if "points" in _KEYS[way] else "trajectories" if way == "morris" else None
        if key is None:
            return None
        power = way in ("sobol", "saltelli")
        kind = "a power of two" if power else "a whole number"
        allowed = f"{kind}, 1 to {MOST_ROWS}"
        if key not in self.table:
            self.wrong("must be given", key, allowed=allowed)
            return None
        n = self.table[key]
        if not (is_number(n) and isinstance(n, int) and 1 <= n <= MOST_ROWS):
            self.wrong("out of range" if is_number(n) else "must be a whole number", key, found=n, allowed=allowed)
            return None
        if power and n & (n - 1):
            below = 1 << (n.bit_length() - 1)
            self.wrong("must be a power of two", key, found=n, allowed=f"the nearest are {below} and {2 * below}")
        return n

    def levels(self) -> int:
        levels = self.table.get("levels", 4)
        if is_number(levels) and isinstance(levels, int) and 2 <= levels <= 1000 and levels % 2 == 0:
            return levels
        self.wrong("must be even", "levels", found=levels, allowed="an even number, 2 to 1000; 4 if absent")
        return 4

    def file(self) -> str:
        name = self.table.get("file")
        if isinstance(name, str) and name.strip():
            return name
        message = "must be text in quotes" if "file" in self.table else "must be given"
        self.wrong(message, "file", found=name, allowed="a CSV file, its header the parameters, one row a point")
        return ""

    def parameters(self, way: How) -> dict[str, Axis] | Any:
        given = self.table.get("parameters")
        if given == UNCERTAIN and way != "grid":
            return UNCERTAIN
        if not isinstance(given, Mapping) or not given:
            message = "must be a table of parameters" if "parameters" in self.table else "must be given"
            allowed = "[vary.parameters] with lines `key = ...`"
            self.wrong(
                message, "parameters", found=given, allowed=allowed + ("" if way == "grid" else f', or "{UNCERTAIN}"')
            )
            return {}
        found: dict[str, Axis] = {}
        for key, value, place in flatten(given, ("vary", self.number, "parameters")):
            if key in found:
                self.problems.append(self.source.problem(place, "is varied twice in one block", key=key))
            axis = self.axis(way, key, value, place)
            if axis is not None:
                found[key] = Axis(axis, place)
        return found

    def axis(self, way: How, key: str, value: Any, place: KeyPath) -> Given | None:
        """Values for a grid, a distribution for every other way."""

        def wrong(message: str, found: object, allowed: str | None, near: str | None = None) -> None:
            self.problems.append(self.source.problem(place, message, found, allowed, near, key=key))

        if way == "grid":
            if isinstance(value, list):
                fault = fault_of_list(value)
                if fault is None:
                    return tuple(value)
                wrong(*fault)
            elif isinstance(value, Mapping) or value == UNCERTAIN:
                wrong("a grid takes a list of values, not a distribution", value, '[a, b, ...], or how = "sobol"')
            else:
                wrong("a grid takes a list of values", value, "[a, b, ...]; a single value is fixed in [set]")
            return None
        if value == UNCERTAIN:
            return UNCERTAIN
        if isinstance(value, Mapping):
            read = read_spread(value)
            if isinstance(read, Spread):
                return read
            wrong(*read)
            return None
        listed = isinstance(value, list) and len(value) > 0
        near = f"{{ choice = {value} }}" if listed else None
        wrong(f"{way} takes a distribution", value, f'{{ uniform = [low, high] }}, or "{UNCERTAIN}"', near)
        return None
