"""What a run is made of, beside the bare cost of its equilibria.

    OMP_NUM_THREADS=1 python benchmarks/bench_runs.py [replicates]

Five tables of the flagship: scripted; strategic, payoff tables solved on the way; strategic, tables known; strategic
again on economies met before in the process; strategic in the middle of a sweep, where most economies were met before.
A line is one part: processor time a run, its share, and its multiple of the *bare cost*, which is the sweeps of all
solves times the shortest time of a sweep by itself. A part leaves out what other lines hold. The clock itself takes a
few percent.
"""

from __future__ import annotations

import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any
from unittest import mock

import numpy as np

from coercion_sim.dispute import packages
from coercion_sim.economy import adjustment, equilibrium, sector_sweep, solutions
from coercion_sim.experiments import Cell, Job, make_job, perform
from coercion_sim.model import coercion_model, diplomacy, run
from timing import best_of, print_table

#: What is timed: where, under which name, and the part it belongs to.
TIMED = (
    (sector_sweep.SectorSweep, "__call__", "sweeps"),
    (equilibrium, "iterate", "mixing"),
    (sector_sweep.SectorSweep, "__init__", "setting solves up"),
    *((room, "prepare", "setting solves up") for room in (equilibrium, adjustment)),
    *((room, "check_shock", "setting solves up") for room in (equilibrium, adjustment)),
    *((room, "compile_shock", "setting solves up") for room in (equilibrium, coercion_model, packages)),
    *((room, "read_off", "reading solutions off") for room in (equilibrium, adjustment)),
    (diplomacy.Diplomacy, "play", "disputes"),
    (diplomacy, "solve_payoffs", "payoff tables, without their solves"),
    (run, "build_model", "building the model"),
    (run, "collect", "outcomes and tables"),
)
#: One sweep in this many is kept, to be timed by itself later.
EVERY = 199
#: Worlds of a sweep run before its middle is timed.
SO_FAR = 128
#: Worlds timed there: many, as few runs meet most of the new economies.
MIDDLE = 48
REST = "policies, quarters, rows"


class Clock:
    """Processor time by part, each without what it calls of the others, and the sweeps made."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self.sweeps = self.solves = 0
        self.steps: list[Callable[[], object]] = []
        self._open: list[str] = []
        self._since = 0.0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Time everything of `TIMED`."""
        patches = [mock.patch.object(at, name, self._timed(getattr(at, name), part)) for at, name, part in TIMED]
        for patch in patches:
            patch.start()
        self._open, self._since = [REST], time.process_time()
        try:
            yield
        finally:
            self._charge()
            for patch in patches:
                patch.stop()

    def _timed(self, function: Callable[..., Any], part: str) -> Callable[..., Any]:
        """The function, its time charged to the part."""

        @wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            self._charge()
            self._open.append(part)
            self.solves += part == "mixing"
            if part == "sweeps":
                self.sweeps += 1
                if self.sweeps % EVERY == 1:
                    self.steps.append(lambda: function(*args))
            try:
                return function(*args, **kwargs)
            finally:
                self._charge()
                self._open.pop()

        return wrapper

    def _charge(self) -> None:
        """Charge the time since the last call to the part that is open."""
        now = time.process_time()
        if self._open:
            self.spent[self._open[-1]] += now - self._since
        self._since = now


def play(job: Job, replicates: Sequence[int], again: bool = False) -> int:
    """Run every policy of these replicates, on economies never met or met before; return how many runs that is."""
    for k in replicates:
        if not again:
            solutions.cache_clear()
        for done in perform(job, [Cell(0, k, job.design.policies)]).rows.runs:
            if done.status != "ok":
                raise RuntimeError(f"{done.policy}, replicate {done.replicate}: {done.status}")
    return len(replicates) * len(job.design.policies)


def show(title: str, runs: Callable[[], int]) -> float:
    """Print what runs are made of; return milliseconds a run."""
    clock = Clock()
    with clock.watching():
        number = runs()
    one_sweep = 1e3 * float(np.mean([best_of(step, repeats=40, seconds=0.1) for step in clock.steps] or [0.0]))
    bare = one_sweep * clock.sweeps / number
    parts = {part: 1e3 * seconds / number for part, seconds in clock.spent.items()}
    total = sum(parts.values())
    multiple = f", {total / bare:.2f} x the bare cost of its solves" if bare else ""
    print(f"\n{title}: {total:.0f} ms a run{multiple}")
    solves, sweeps = clock.solves / number, clock.sweeps / number
    print(f"{solves:.1f} solves and {sweeps:.0f} sweeps a run, {1e3 * one_sweep:.0f} us a sweep by itself")
    rows = [("bare cost of the solves", f"{bare:.1f}", f"{bare / total:.0%}", "1.00")]
    for part, ms in sorted(parts.items(), key=lambda item: -item[1]):
        rows.append((part, f"{ms:.1f}", f"{ms / total:.0%}", f"{ms / bare:.2f}" if bare else ""))
    print_table(("part", "ms a run", "share", "x bare cost"), rows)
    return total


def main() -> None:
    os.environ["COERCION_SIM_CACHE"] = ""  # tables in memory only: a folder would know them already
    replicates = range(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
    scripted = make_job("australia-2020", replicates=len(replicates))
    strategic = make_job("australia-2020", replicates=len(replicates), overrides=["conduct=strategic"])
    play(scripted, [0])
    print(f"flagship, replicates 0 to {replicates[-1]}, three policies each; NumPy {np.__version__}, one thread")
    plain = show("scripted", lambda: play(scripted, replicates))
    first = show("strategic, payoff tables solved on the way", lambda: play(strategic, replicates))
    known = show("strategic, payoff tables known", lambda: play(strategic, replicates))
    play(strategic, replicates, again=True)
    met = show("strategic, economies met before", lambda: play(strategic, replicates, again=True))
    middle = range(SO_FAR, SO_FAR + MIDDLE)
    play(strategic, range(SO_FAR), again=True)
    swept = show("strategic, in the middle of a sweep", lambda: play(strategic, middle, again=True))
    print("\nside by side, x of strategic with tables known")
    lines = {"scripted": plain, "strategic, solving tables": first, "strategic": known, "strategic, met before": met}
    lines["strategic, mid-sweep"] = swept
    print_table(("run", "ms", "ratio"), [(n, f"{ms:.0f}", f"{ms / known:.2f}") for n, ms in lines.items()])


if __name__ == "__main__":
    main()
