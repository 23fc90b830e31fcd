"""How long a command takes before it does anything: wall time of a fresh process, beside that of a bare Python.

python benchmarks/startup.py
"""

from __future__ import annotations

import subprocess
import sys

from timing import WALL, Measured, best_of, print_measured

COMMANDS = {
    "python -c pass": (["-c", "pass"], None),
    "python -c 'import numpy'": (["-c", "import numpy"], None),
    "coercion-sim --version": (["-m", "coercion_sim", "--version"], None),
    "coercion-sim --help": (["-m", "coercion_sim", "--help"], 0.3),
    "coercion-sim check australia-2020": (["-m", "coercion_sim", "check", "australia-2020"], 0.7),
    "coercion-sim list scenarios": (["-m", "coercion_sim", "list", "scenarios"], None),
    "coercion-sim list parameters": (["-m", "coercion_sim", "list", "parameters"], None),
}


def main() -> None:
    rows = []
    bare = None
    for name, (arguments, goal) in COMMANDS.items():
        command = [sys.executable, *arguments]
        seconds = best_of(
            lambda command=command: subprocess.run(command, capture_output=True, check=True), 10, 8.0, WALL
        )
        bare = bare or seconds
        rows.append(Measured(name, seconds, "s", goal, note=f"{seconds / bare:.1f} times a bare Python"))
    print_measured(rows)


if __name__ == "__main__":
    main()
