"""Tables of points: a CSV file whose header names parameters, one row a point."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coercion_sim.errors import Problem
from coercion_sim.experiments.design.sampling import Value
from coercion_sim.experiments.plan.blocks_ import MOST_ROWS
from coercion_sim.experiments.plan.checks import thin, value_problems
from coercion_sim.experiments.plan.model import Plan, VarySpec
from coercion_sim.files import Kind

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

_LARGEST = 500_000_000


@dataclass(frozen=True)
class Points:
    """A table of points as read: columns, rows, the line of each row, the hash of the file."""

    shown: str
    paths: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    lines: tuple[int, ...]
    sha256: str


def read_points(plan: Plan, block: VarySpec, kinds: Mapping[str, Kind]) -> tuple[Points | None, list[Problem]]:
    """Read the table of a block: the points, or None with everything that is wrong.

    A cell is a number where it reads as one, true or false, else text; what the scenario takes text for stays text.
    """
    place, name = (*block.place, "file"), str(block.file)
    path = plan.source.folder / name
    try:
        if path.is_dir():
            return None, [plan.source.problem(place, "is a folder, not a table of points", name)]
        if path.stat().st_size > _LARGEST:
            return None, [plan.source.problem(place, "is larger than 500 MB", name)]
        raw = path.read_bytes()
    except FileNotFoundError:
        return None, [plan.source.problem(place, "no such file", name, "a CSV file, seen from the plan's folder")]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return None, [plan.source.problem(place, f"cannot be read ({reason})", name)]
    shown = str(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return None, [Problem(f"is not text in UTF-8 (byte {error.start})", shown, line)]
    header, rows, lines, problems = _cells(text, shown, kinds)
    if problems or not rows:
        return None, problems or [Problem("has no points", shown, 1, allowed="a header, then one row a point")]
    return Points(shown, header, tuple(rows), tuple(lines), hashlib.sha256(raw).hexdigest()), []


def _cells(
    text: str, shown: str, kinds: Mapping[str, Kind]
) -> tuple[tuple[str, ...], list[tuple[Value, ...]], list[int], list[Problem]]:
    """Header, rows, the line on which each row ends, and problems."""
    reader = csv.reader(text.splitlines(keepends=True), skipinitialspace=True)
    problems: list[Problem] = []
    rows: list[tuple[Value, ...]] = []
    lines: list[int] = []
    try:
        header = tuple(cell.strip() for cell in next(reader, []))
        if not any(header):
            return (), [], [], [Problem("is empty", shown, 1, allowed="a header of parameters, then one row a point")]
        twice = sorted({key for key in header if header.count(key) > 1})
        problems += [Problem("two columns have this name", shown, 1, key or "(empty)") for key in twice]
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                allowed = f"{len(header)} cells, as in the header"
                problems.append(
                    Problem(
                        "a row is too long or too short", shown, reader.line_num, None, f"{len(cells)} cells", allowed
                    )
                )
                continue
            if len(rows) == MOST_ROWS:
                problems.append(Problem("has too many points", shown, reader.line_num, allowed=f"at most {MOST_ROWS}"))
                break
            row = []
            for key, cell in zip(header, cells, strict=True):
                value = _cell(cell.strip(), kinds.get(key))
                if value is None:
                    what = {"switch": "true or false", "whole number": "a whole number"}.get(
                        str(kinds.get(key)), "a number"
                    )
                    problems.append(Problem(f"must be {what}", shown, reader.line_num, key, repr(cell.strip()), what))
                    value = 0.0
                row.append(value)
            rows.append(tuple(row))
            lines.append(reader.line_num)
    except csv.Error as error:
        return (), [], [], [Problem(f"is not a CSV table: {error}", shown, reader.line_num)]
    return header, rows, lines, problems


def _cell(cell: str, kind: Kind | None) -> Value | None:
    """Read one cell; None where it is not what its key takes."""
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


def point_problems(points: Points, scenario: Scenario) -> list[Problem]:
    """Rows the scenario does not take, each tried as a whole: all, or in a long table some and every extreme."""
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
        problems += value_problems(points.shown, points.lines[i], scenario, values)
    return problems
