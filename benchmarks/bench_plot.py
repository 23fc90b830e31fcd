"""Figures of many runs: how long `coercion-sim plot` takes for one kind, and how much memory.

    coercion-sim compare korea-2017 --set conduct=strategic --replicates 3334 --no-figures --out /somewhere
    python benchmarks/bench_plot.py /somewhere/korea-2017/KEY [kind ...]

Times are of whole commands, on the wall: start of Python and imports are in them (the first line is those alone).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from coercion_sim.experiments import open_results
from timing import Measured, print_measured

KINDS = (
    "distributions",
    "ecdf",
    "differences",
    "paths",
    "losses_by_state",
    "time_path",
    "burdens",
    "integration",
    "beliefs",
)


def measured(arguments: list[str]) -> tuple[float, float]:
    """Seconds and largest resident memory (MB) of a command."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "coercion_sim", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"{' '.join(arguments)}: exit code {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024.0


def main() -> None:
    folder, *kinds = sys.argv[1:]
    results = open_results(folder)
    runs = sum(results.manifest["counts"].values())
    print(f"{runs:,} runs, {sum(f['bytes'] for f in results.manifest['files'].values()) / 1e6:.0f} MB of tables\n")
    imports = measured(["plot", "--list"])
    rows = [Measured("imports alone (plot --list)", imports[0], "s", note=f"{imports[1]:.0f} MB")]
    with tempfile.TemporaryDirectory() as out:
        for kind in kinds or KINDS:
            seconds, memory = measured(["plot", folder, "--kind", kind, "--out", out])
            rows.append(Measured(f"plot --kind {kind}", seconds, "s", 10.0, note=f"{memory:.0f} MB"))
    print_measured(rows)


if __name__ == "__main__":
    main()
