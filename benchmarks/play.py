"""How long a seat takes to open and a move to answer, payoffs known: wall and processor seconds, beside the goals.

    python benchmarks/play.py [--games 6]

Every game is played once to have its payoffs stored; then a seat is opened in a new process (imports included), and
games are played again in this one, by the most likely choices of the equilibrium.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

import numpy as np

from coercion_sim.analysis import play

SEATS = (("australia-2020", "AUS"), ("australia-2020", "CHN"), ("korea-2017", "KOR"), ("china-disputes", "JPN"))
OPENING, MOVE = 3.0, 0.3
_FRESH = """
import time
wall, cpu = time.perf_counter(), time.process_time()
from coercion_sim.analysis import play
loaded = time.process_time() - cpu
play({scenario!r}, {seat!r})
print(time.perf_counter() - wall, time.process_time() - cpu, loaded)
"""


def opened(scenario: str, seat: str) -> tuple[float, float, float]:
    """Wall and processor seconds of opening in a new process, and those of the import alone."""
    code = _FRESH.format(scenario=scenario, seat=seat)
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    wall, cpu, loaded = map(float, out.split())
    return wall, cpu, loaded


def moves(scenario: str, seat: str, games: int) -> list[tuple[float, float]]:
    """Wall and processor seconds of each move of some games, one draw after another."""
    times: list[tuple[float, float]] = []
    session = play(scenario, seat)
    for _ in range(games):
        while session.turn is not None and len(session.game.moves) < 30:
            best = max(session.turn.options, key=lambda o: o.probability).label
            wall, cpu = time.perf_counter(), time.process_time()
            session.step(best)
            times.append((time.perf_counter() - wall, time.process_time() - cpu))
        session = session.deal()
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--games", type=int, default=6)
    given = parser.parse_args()
    everything: list[tuple[float, float]] = []
    print(f"opening (goal {OPENING:g} s)          wall   cpu  of it imports")
    for scenario, seat in SEATS:
        moves(scenario, seat, given.games)
        wall, cpu, loaded = opened(scenario, seat)
        print(f"  {scenario + ' ' + seat:24s} {wall:6.2f} {cpu:6.2f} {loaded:6.2f}")
        everything += moves(scenario, seat, given.games)
    times = np.array(everything)
    wall, cpu = np.quantile(times, 0.95, axis=0)
    print(f"a move, 95th percentile of {len(times)} (goal {MOVE:g} s): wall {wall:.3f}, cpu {cpu:.3f}; median cpu "
          f"{np.median(times[:, 1]):.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
