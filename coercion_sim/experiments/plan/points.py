"""Tables of points in CSV files: read, described for the manifest, and tried with the scenario."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments.design.sampling import Value
from coercion_sim.experiments.plan.model import MOST_ROWS, Plan
from coercion_sim.experiments.plan.values import check_row, thin
from coercion_sim.files import KeyPath, read_table, sha256, with_points

if TYPE_CHECKING:
    from coercion_sim.scenario import Kind, Scenario

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

    A cell is a number where it reads as one, true or false, else text; a key of text or a list takes text as it is. A
    point listed twice is refused: it would count twice in every mean.

    Raises
    ------
    InvalidInput
        With every mistake of the table.
    """
    path = plan.document.folder / name
    if not path.is_file():
        message = "is a folder, not a table of points" if path.is_dir() else "no such file"
        raise InvalidInput(plan.document.problem(place, message, name, "a CSV file, relative to the plan's folder"))
    table, file, problems = read_table(path, name=str(path)), str(path), []
    rows: list[tuple[Value, ...]] = []
    first: dict[tuple[Value, ...], int] = {}
    for line, cells in zip(table.lines, table.rows, strict=True):
        row: list[Value] = []
        for key, cell in zip(table.header, cells, strict=True):
            value = _value(with_points(cell) if table.decimal == "," else cell, kinds.get(key))
            if value is None:
                allowed = _TYPES.get(str(kinds.get(key)), "a number")
                problems.append(Problem(f"must be {allowed}", file, line, key, repr(cell), allowed))
            row.append(0.0 if value is None else value)
        rows.append(tuple(row))
        if (before := first.setdefault(rows[-1], line)) != line:
            message = "this point is listed twice and would count twice"
            problems.append(Problem(message, file, line, None, f"the point of line {before}"))
    if len(rows) > MOST_ROWS:
        problems.append(Problem("has too many points", file, 1, None, str(len(rows)), f"at most {MOST_ROWS}"))
    InvalidInput.refuse(problems)
    return Points(file, table.header, tuple(rows), table.lines, sha256(path))


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
