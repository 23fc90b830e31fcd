"""Timing and printing shared by the benchmarks: best of several, goal beside measurement."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: Time the processor spent on this process, all threads together: what an idle core would take, also where other work
#: is going on. Where its clock is coarse (Windows), time on the wall.
CPU = time.process_time if time.get_clock_info("process_time").resolution < 1e-5 else time.perf_counter
WALL = time.perf_counter


def best_of(
    call: Callable[[], object], repeats: int = 25, seconds: float = 2.0, clock: Callable[[], float] = CPU
) -> float:
    """Return the shortest time of one call in seconds, after one call to warm up.

    The shortest is the one other work on the machine disturbed least. Stops early once `seconds` are spent.
    """
    call()
    times = []
    end = WALL() + seconds
    while len(times) < repeats and (len(times) < 3 or WALL() < end):
        began = clock()
        call()
        times.append(clock() - began)
    return min(times)


@dataclass(frozen=True)
class Measured:
    """One line of a table: what was measured, and the goal set for it."""

    case: str
    value: float
    unit: str
    goal: float | None = None
    at_least: bool = False
    sweeps: int | None = None
    sweep_ms: float | None = None
    note: str = ""

    @property
    def met(self) -> str:
        """``yes``, or by how much the goal is missed; empty without a goal."""
        if self.goal is None:
            return ""
        ratio = self.goal / self.value if self.at_least else self.value / self.goal
        return "yes" if ratio <= 1.0 else f"no, x {ratio:.2f}"

    def cells(self) -> tuple[str, ...]:
        """Return the line as text, one cell a column of `HEADINGS`."""
        goal = "" if self.goal is None else f"{'>=' if self.at_least else '<='} {self.goal:g}"
        sweep = "" if self.sweep_ms is None else f"{self.sweep_ms:.3f}"
        multiple = "" if self.sweep_ms is None else f"{self.value / self.sweep_ms:.0f}"
        sweeps = "" if self.sweeps is None else str(self.sweeps)
        return (self.case, f"{self.value:.3g}", self.unit, goal, self.met, sweeps, sweep, multiple, self.note)


HEADINGS = ("case", "measured", "unit", "goal", "met", "sweeps", "one sweep, ms", "in sweeps", "note")


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in aligned columns, leaving out columns that are empty throughout."""
    kept = [i for i in range(len(headings)) if any(row[i] for row in rows)]
    widths = {i: max(len(headings[i]), *(len(row[i]) for row in rows)) for i in kept}
    for line in (headings, ["-" * widths.get(i, 0) for i in range(len(headings))], *rows):
        print("  ".join(line[i].ljust(widths[i]) for i in kept).rstrip())


def print_measured(rows: Sequence[Measured]) -> None:
    """Print measurements as one table."""
    print_table(HEADINGS, [row.cells() for row in rows])
