"""Checks of a plan against its scenario: keys, policies, values, and tables of points in CSV files."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from coercion_sim.errors import InvalidInput, Problem, nearest
from coercion_sim.experiments.design.design import policy_problems
from coercion_sim.experiments.design.sampling import Value
from coercion_sim.experiments.design.stopping import StoppingRule
from coercion_sim.experiments.plan.model import MOST_ROWS, Placed, Plan, VarySpec
from coercion_sim.experiments.plan.reading import may_vary
from coercion_sim.experiments.plan.values import UNCERTAIN, Spread
from coercion_sim.files import KeyPath, Kind, Origin
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


_LARGEST = 500_000_000
_TYPES = {"switch": "true or false", "whole number": "a whole number"}


@dataclass(frozen=True)
class Points:
    """A table of points as read: columns, rows, the line of each row, the hash of the file."""

    file: str
    paths: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    lines: tuple[int, ...]
    sha256: str

    def described(self) -> dict[str, Any]:
        """Values of every column for the manifest: all of them where they are few, else the range of its numbers."""
        columns = zip(self.paths, zip(*self.rows, strict=True), strict=True)
        return {key: _summary(list(dict.fromkeys(column))) for key, column in columns}


def _summary(values: list[Value]) -> list[Value] | dict[str, Any]:
    if len(values) <= 50 or not all(isinstance(value, int | float) for value in values):
        return values[:50]
    return {"between": [min(float(v) for v in values), max(float(v) for v in values)]}


def read_points(plan: Plan, place: KeyPath, name: str, kinds: Mapping[str, Kind]) -> Points:
    """Read the table of points that a plan names at a path.

    A cell is a number where it reads as one, true or false, else text; a key of text or a list takes text as it is.

    Raises
    ------
    InvalidInput
        With every mistake of the table.
    """
    raw = _read_bytes(plan, place, name)
    file = str(plan.document.folder / name)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InvalidInput(Problem(f"is not text in UTF-8 (byte {error.start})", file, line)) from None
    reader = _Reader(file, kinds)
    try:
        reader.read(text)
    except csv.Error as error:
        raise InvalidInput(Problem(f"is not a CSV table: {error}", file, reader.line)) from None
    if not reader.rows and not reader.problems:
        reader.problems.append(Problem("has no points", file, 1, allowed="a header, then one row a point"))
    reader.repeated()
    if reader.problems:
        raise InvalidInput(reader.problems)
    return Points(file, reader.header, tuple(reader.rows), tuple(reader.lines), hashlib.sha256(raw).hexdigest())


def _read_bytes(plan: Plan, place: KeyPath, name: str) -> bytes:
    """Read the file, or raise the problem at its line of the plan."""
    path = plan.document.folder / name
    allowed = None
    try:
        if path.is_dir():
            message = "is a folder, not a table of points"
        elif path.stat().st_size > _LARGEST:
            message = "is larger than 500 MB"
        else:
            return path.read_bytes()
    except FileNotFoundError:
        message, allowed = "no such file", "a CSV file, seen from the plan's folder"
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        message = f"cannot be read ({reason})"
    raise InvalidInput(plan.document.problem(place, message, name, allowed))


@dataclass
class _Reader:
    """Reads header and rows, with the line on which each row ends, and collects problems."""

    file: str
    kinds: Mapping[str, Kind]
    header: tuple[str, ...] = ()
    rows: list[tuple[Value, ...]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    line: int = 1

    def read(self, text: str) -> None:
        reader = csv.reader(text.splitlines(keepends=True), skipinitialspace=True)
        self.header = tuple(cell.strip() for cell in next(reader, []))
        if not any(self.header):
            self._wrong("is empty", allowed="a header of parameters, then one row a point")
            return
        for key in sorted({key for key in self.header if self.header.count(key) > 1}):
            self._wrong("two columns have this name", key or "(empty)")
        for cells in reader:
            self.line = reader.line_num
            if len(self.rows) == MOST_ROWS:
                self._wrong("has too many points", allowed=f"at most {MOST_ROWS}")
                return
            if cells:
                self._row(cells)

    def _row(self, cells: list[str]) -> None:
        if len(cells) != len(self.header):
            allowed = f"{len(self.header)} cells, as in the header"
            self._wrong("a row is too long or too short", None, f"{len(cells)} cells", allowed)
            return
        values = [_value(cell.strip(), self.kinds.get(key)) for key, cell in zip(self.header, cells, strict=True)]
        for key, cell, value in zip(self.header, cells, values, strict=True):
            if value is None:
                allowed = _TYPES.get(str(self.kinds.get(key)), "a number")
                self._wrong(f"must be {allowed}", key, repr(cell.strip()), allowed)
        row = tuple(0.0 if value is None else value for value in values)
        self.rows.append(row)
        self.lines.append(self.line)

    def repeated(self) -> None:
        """Refuse a point that stands twice: it would count twice in every mean."""
        first: dict[tuple[Value, ...], int] = {}
        for row, line in zip(self.rows, self.lines, strict=True):
            self.line = line
            before = first.setdefault(row, line)
            if before != line:
                self._wrong("this point stands twice and would count twice", value=f"the point of line {before}")

    def _wrong(
        self, message: str, key: str | None = None, value: str | None = None, allowed: str | None = None
    ) -> None:
        self.problems.append(Problem(message, self.file, self.line, key, value, allowed))


def _value(cell: str, kind: Kind | None) -> Value | None:
    """Read one cell; None where its key does not take it."""
    if kind in ("text", "list"):
        return cell
    if kind == "switch":
        return {"true": True, "false": False}.get(cell.lower())
    for read in (int, float) if len(cell) <= 18 else (float,):
        try:
            number = read(cell)
        except ValueError:
            continue
        too_large = math.isinf(number) and any(c.isdigit() for c in cell)
        return None if math.isnan(number) or too_large else number
    return None if kind in ("number", "whole number") else cell


def check_points(points: Points, scenario: Scenario) -> list[Problem]:
    """Try rows with the scenario, each as a whole: all, or of a long table some and every extreme."""
    tried = set(thin(len(points.rows)))
    for d in range(len(points.paths)):
        column = [row[d] for row in points.rows]
        if all(isinstance(value, int | float) for value in column):
            numbers = [float(value) for value in column]
            tried |= {numbers.index(min(numbers)), numbers.index(max(numbers))}
        else:
            tried |= {column.index(value) for value in dict.fromkeys(column[: 10 * len(tried)])}
    problems: list[Problem] = []
    for i in sorted(tried):
        values = dict(zip(points.paths, points.rows[i], strict=True))
        problems += check_row((points.file, points.lines[i]), scenario, values)
    return problems
