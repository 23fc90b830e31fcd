"""Write the committed reference of the flagship: `python tests/golden/make_flagship.py`, then read the diff.

One replicate at the default values of every uncertain number, all its policies, yearly means of every state's outcomes.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import coercion_sim as cs

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "results" / "reference" / "australia-2020.csv"
COLUMNS = ("policy", "outcome", "unit", "item", "period", "mean")


def rows() -> list[tuple[str, ...]]:
    """What the flagship gives now, solved closely; numbers to nine significant digits."""
    from golden.make import solved_closely

    with solved_closely():
        comparison = cs.compare("australia-2020", at_defaults=True)
    return [
        (row.policy, row.outcome, row.unit, row.item, row.period, f"{row.spread.mean:.9g}")
        for row in comparison.rows
        if not row.against
    ]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))
    REFERENCE.parent.mkdir(parents=True, exist_ok=True)
    with REFERENCE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows())
