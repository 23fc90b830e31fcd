"""Tables of points: a CSV file whose header names parameters, one row a point."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments.design.sampling import Value
from coercion_sim.experiments.plan.checks import check_row, thin
from coercion_sim.experiments.plan.model import MOST_ROWS, Plan, VarySpec
from coercion_sim.files import Kind

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

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


def read_points(plan: Plan, block: VarySpec, kinds: Mapping[str, Kind]) -> Points:
    """Read the table of a block.

    A cell is a number where it reads as one, true or false, else text; a key of text or a list takes text as it is.

    Raises
    ------
    InvalidInput
        With every mistake of the table.
    """
    raw = _read_bytes(plan, block)
    file = str(plan.document.folder / str(block.file))
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
    if reader.problems:
        raise InvalidInput(reader.problems)
    return Points(file, reader.header, tuple(reader.rows), tuple(reader.lines), hashlib.sha256(raw).hexdigest())


def _read_bytes(plan: Plan, block: VarySpec) -> bytes:
    """Read the file, or raise the problem at its line of the plan."""
    place, name = (*block.place, "file"), str(block.file)
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
        self.rows.append(tuple(0.0 if value is None else value for value in values))
        self.lines.append(self.line)

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
    for read in (int, float):
        try:
            number = read(cell)
        except ValueError:
            continue
        return None if math.isnan(number) else number
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
