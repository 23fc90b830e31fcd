"""The goals of cheap answers in one table: `answer`, `compare`, strategic runs, one dyad, one sector, Caliendo-Parro.

    OMP_NUM_THREADS=1 python benchmarks/bench_answer.py [--than CHECKOUT] [--draws N] [--runs N] [LINE ...]

Times are of the processor, all processes of a command together; goals for two idle cores are therefore doubled. Other
work on the machine lengthens them still (its load is printed), so only their ratios to another checkout, measured in
turns, are sure. Cold: no payoffs are known; warm: those of the cold run are. Strategic runs are a sample extrapolated.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from timing import WALL, Measured, print_measured

HERE = Path(__file__).resolve().parents[1]
SCENARIO = "australia-2020"
WORKERS = 2
COMMAND = ("-m", "coercion_sim")
#: Prints the processor seconds of one policy of five allies, every table known.
DYAD = """
import sys, time
import coercion_sim as cs
began = time.process_time()
cs.answer("{scenario}", ["respond_as_allies"], draws={draws}, workers=1)
print(time.process_time() - began)
"""
#: Prints the processor seconds of a strategic run: all are played once, then again with every economy solved anew.
RUNS = """
import time
from coercion_sim.economy import solutions
from coercion_sim.experiments import Cell, make_job, perform
from coercion_sim.model import SOLVED_DRAWS as first  # payoffs of later draws are interpolated
draws = {draws}
job = make_job("{scenario}", replicates=first + draws, overrides=["conduct=strategic"])
def play():
    for k in range(first, first + draws):
        perform(job, [Cell(0, k, job.design.policies)])
play()
solutions.cache_clear()
began = time.process_time()
play()
print((time.process_time() - began) / draws / len(job.design.policies))
"""


@dataclass(frozen=True)
class Bench:
    """What is measured, where: checkouts, the first the one the others are compared with; a cache for each."""

    checkouts: tuple[Path, ...]
    folder: Path
    draws: int
    runs: int

    def each(self, case: str, goal: float, unit: str, arguments: Sequence[str], factor: float = 0.0) -> Measured:
        """Run one process in each checkout in turn; `factor` multiplies the seconds it prints, 0 takes its own."""
        spent: list[float] = []
        began = WALL()
        for at in self.checkouts:
            before = os.times()
            done = run(at, arguments, self.folder / f"cache {self.checkouts.index(at)}")
            after = os.times()
            whole = after.children_user + after.children_system - before.children_user - before.children_system
            spent.append(factor * float(done) if factor else whole)
        wall = (WALL() - began) / len(self.checkouts)
        note = f"{wall:.0f} s on the wall"
        if len(spent) > 1:
            note += f"; {spent[1]:.3g} in {self.checkouts[1].name}: {spent[1] / spent[0]:.2f} times faster"
        return Measured(case, spent[0], unit, goal, note=note)

    def cold(self) -> Measured:
        """Five policies, no payoffs known."""
        words = (*COMMAND, "answer", SCENARIO, "--draws", str(self.draws), "--workers", str(WORKERS), "--json")
        return self.each(f"answer, {self.draws} draws, cold", 120.0, "s", words)

    def warm(self) -> Measured:
        """The same again."""
        return replace(self.cold(), case=f"answer, {self.draws} draws, warm", goal=30.0)

    def compare(self) -> Measured:
        """The first command of README."""
        out = str(self.folder / "results")
        words = (*COMMAND, "compare", SCENARIO, "--out", out, "--force", "--quiet", "--workers", str(WORKERS))
        return self.each("compare", 50.0, "s", words)

    def dyad(self) -> Measured:
        """One policy with five allies, tables known, one core."""
        program = DYAD.format(scenario=SCENARIO, draws=self.draws)
        return self.each(f"one dyad, 5 allies, {self.draws} draws, tables known", 5.0, "s", ("-c", program), 1.0)

    def strategic(self) -> Measured:
        """Strategic runs, tables known, every economy its own."""
        program = RUNS.format(scenario=SCENARIO, draws=self.runs)
        case = f"10,000 strategic runs, from {3 * self.runs}"
        return self.each(case, 5.0, "min", ("-c", program), 1e4 / 60.0)

    def one_sector(self) -> Measured:
        """One sector, 30 states, beside gegravity."""
        import economy

        return economy.gegravity()[1]

    def coercion(self) -> Measured:
        """China's tariffs on Australia in Caliendo and Parro's world."""
        import cases
        import economy

        try:
            world = cases.caliendo_parro()
        except cases.Absent as error:
            return economy.skipped("Caliendo-Parro, coercion", str(error))
        return economy.solve("Caliendo-Parro, coercion", world, cases.coercion(world), cases.ONE_FACTOR, 6.0)


#: In the order in which they run: a cold answer leaves the tables the lines after it know.
LINES: dict[str, Callable[[Bench], Measured]] = {
    "cold": Bench.cold, "warm": Bench.warm, "dyad": Bench.dyad, "strategic": Bench.strategic, "compare": Bench.compare,
    "one_sector": Bench.one_sector, "coercion": Bench.coercion,
}  # fmt: skip


def run(checkout: Path, arguments: Sequence[str], cache: Path) -> str:
    """Run Python in a checkout with its own payoff cache; return what it prints."""
    env = {**os.environ, "PYTHONPATH": str(checkout), "COERCION_SIM_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "ignore", *arguments]
    return subprocess.run(command, env=env, cwd=checkout, capture_output=True, text=True, check=True).stdout


def load() -> str:
    """The machine, and how busy it is with everything on it."""
    busy = " ".join(f"{x:.1f}" for x in os.getloadavg()) if hasattr(os, "getloadavg") else "not known"
    return f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, load {busy}"


def main() -> None:
    """Print each line as it is measured, then all of them as one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", nargs="*", choices=tuple(LINES), metavar="LINE", help=", ".join(LINES))
    parser.add_argument("--than", type=Path, help="another checkout, measured in turns")
    parser.add_argument("--draws", type=int, default=64)
    parser.add_argument("--runs", type=int, default=32, help="draws of the sample of strategic runs")
    given = parser.parse_args()
    checkouts = tuple(path.resolve() for path in (HERE, given.than) if path is not None)
    before, rows = load(), []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(checkouts, Path(folder), given.draws, given.runs)
        for name in given.lines or LINES:
            rows.append(LINES[name](bench))
            print(json.dumps(rows[-1].cells()), file=sys.stderr, flush=True)
    print(f"before: {before}\nafter: {load()}\n")
    print_measured(rows)


if __name__ == "__main__":
    main()
