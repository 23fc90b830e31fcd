"""Numbers before and after a change that is meant to move none: every table of every shipped scenario, side by side.

    python benchmarks/same_numbers.py record before/                   # in the old checkout
    python benchmarks/same_numbers.py record after/ [SCENARIO ...]    # in the new one
    python benchmarks/same_numbers.py compare before/ after/ [--renamed OLD=NEW ...]

`record` runs each scenario at four replicates. `compare` matches the rows of each table in their order and prints, for
every scenario recorded after and every table, how many cells differ and by how much; it exits 1 where any does.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

SCENARIOS = (
    "australia-2020", "china-disputes", "critical-inputs", "decoupling", "dilemma-japan-korea", "energy-europe",
    "friend-shoring", "korea-2017", "many-challengers", "quad-and-nato",
)  # fmt: skip
REPLICATES = 4


def record(folder: Path, scenarios: Sequence[str] = SCENARIOS) -> None:
    """Run every scenario and leave its results under `folder`."""
    for name in scenarios:
        print(name, flush=True)
        subprocess.run(
            [sys.executable, "-m", "coercion_sim", "compare", name, "--replicates", str(REPLICATES),
             "--out", str(folder), "--no-figures", "--quiet", "--force"],
            check=True,
        )  # fmt: skip


def tables_of(folder: Path, scenario: str) -> dict[str, pd.DataFrame]:
    """Read every table of a scenario's only results folder."""
    (results,) = [path for path in (folder / scenario).iterdir() if (path / "manifest.json").exists()]
    tables = {path.name: pd.read_parquet(path) for path in sorted(results.iterdir()) if path.is_dir()}
    return {**tables, "points": pd.read_parquet(results / "points.parquet")}


def differing(old: pd.DataFrame, new: pd.DataFrame) -> tuple[int, float, str]:
    """Count the cells that differ, with the largest relative difference of numbers and a word on what differs."""
    if list(old.columns) != list(new.columns):
        gone, come = set(old.columns) - set(new.columns), set(new.columns) - set(old.columns)
        return max(old.size, new.size), float("nan"), f"columns: without {sorted(gone)}, with {sorted(come)}"
    if len(old) != len(new):
        return abs(len(old) - len(new)), float("nan"), f"rows: {len(old)} and {len(new)}"
    cells, largest, where = 0, 0.0, []
    for column in old.columns:
        a, b = old[column], new[column]
        differs = ~((a == b) | (a.isna() & b.isna())).to_numpy(dtype=bool)
        if differs.any():
            cells += int(differs.sum())
            where.append(column)
            if pd.api.types.is_numeric_dtype(a) and pd.api.types.is_numeric_dtype(b):
                gap = (a - b).abs() / a.abs().where(a != 0, 1.0)
                largest = max(largest, float(gap.max()))
    return cells, largest, ", ".join(where)


def compare(before: Path, after: Path, renamed: dict[str, str]) -> int:
    """Print the comparison of two recordings; return how many tables differ."""
    wrong = 0
    print(f"{'scenario':<22}{'table':<12}{'rows':>8}{'cells':>10}{'differ':>9}  largest relative difference")
    for name in (name for name in SCENARIOS if (after / name).is_dir()):
        old, new = tables_of(before, name), tables_of(after, name)
        for table in sorted(old.keys() | new.keys()):
            if table not in old or table not in new:
                wrong += 1
                print(f"{name:<22}{table:<12} only {'before' if table in old else 'after'}")
                continue
            was = old[table].rename(columns=renamed)
            cells, largest, where = differing(was, new[table])
            wrong += cells > 0
            note = f"{largest:.1e} in {where}" if cells else "0"
            print(f"{name:<22}{table:<12}{len(was):>8}{was.size:>10}{cells:>9}  {note}")
    print(f"{wrong} tables differ" if wrong else "every table is the same, cell by cell")
    return wrong


def main() -> int:
    """Record or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tasks = parser.add_subparsers(dest="task", required=True)
    recording = tasks.add_parser("record")
    recording.add_argument("folder", type=Path)
    recording.add_argument("scenarios", nargs="*", default=list(SCENARIOS), metavar="SCENARIO")
    comparing = tasks.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    comparing.add_argument(
        "--renamed", nargs="*", default=[], metavar="OLD=NEW", help="columns that changed their name"
    )
    given = parser.parse_args()
    if given.task == "record":
        record(given.folder, given.scenarios)
        return 0
    return 1 if compare(given.before, given.after, dict(pair.split("=") for pair in given.renamed)) else 0


if __name__ == "__main__":
    sys.exit(main())
