"""Processor time of `answer`, cold and warm, in this checkout and another, and how far their numbers differ.

    python benchmarks/bench_answer.py [--than CHECKOUT] [SCENARIO] [--draws N] [--policy NAME ...]

Times on a machine shared with others are no more than their ratios, so both checkouts take turns. Cold: no payoffs
are known; warm: those of the cold run are.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
#: Columns whose means are compared; a loss discounted in one checkout and not in the other differs.
COMPARED = ("pressed", "conceded", "imposed", "gets_its_way", "first_year_alone", "first_year", "kept")
ONE = """
import json, sys, time
import coercion_sim as cs
scenario, draws, policies = json.loads(sys.argv[1])
began = time.process_time()
found = cs.answer(scenario, policies or None, draws=draws, workers=1)
spent = time.process_time() - began
means = {f"{row['policy']} {row['outcome']}": row["value"] for row in found.records()}
print(json.dumps([spent, means]))
"""


def timed(checkout: Path, cache: str, asked: list[object]) -> tuple[float, dict[str, float]]:
    """Seconds of the processor that one answer takes in a checkout, and its means."""
    env = {**os.environ, "PYTHONPATH": str(checkout), "COERCION_SIM_CACHE": cache, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "ignore", "-c", ONE, json.dumps(asked)]
    done = subprocess.run(command, env=env, cwd=checkout, capture_output=True, text=True, check=True)
    spent, means = json.loads(done.stdout)
    return spent, means


def main() -> None:
    """Print seconds, ratios and the largest difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="?", default="australia-2020")
    parser.add_argument("--than", type=Path)
    parser.add_argument("--draws", type=int, default=64)
    parser.add_argument("--policy", action="append", default=[])
    given = parser.parse_args()
    asked = [given.scenario, given.draws, given.policy]
    checkouts = [path.resolve() for path in (given.than, HERE) if path is not None]
    seconds: dict[str, list[float]] = {}
    means: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for state in ("cold", "warm"):
            for i, checkout in enumerate(checkouts):
                spent, found = timed(checkout, f"{folder}/{i}", asked)
                seconds.setdefault(state, []).append(spent)
                means.append(found)
    for state, spent in seconds.items():
        ratio = f"  {spent[0] / spent[1]:.2f} times faster" if len(spent) > 1 else ""
        print(f"{state}: {' '.join(f'{s:.1f} s' for s in spent)}{ratio}")
    if len(checkouts) > 1:
        gaps = {k: abs(means[0][k] - means[1][k]) for k in means[1] if k.rpartition(" ")[2] in COMPARED}
        worst = max(gaps, key=lambda k: gaps[k] if gaps[k] == gaps[k] else -1.0)
        print(f"largest difference: {worst} {gaps[worst]:.1e}")


if __name__ == "__main__":
    main()
