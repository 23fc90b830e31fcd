"""Runs the commands whose output stands in the pages and writes it there anew.

    python docs/outputs.py [--workers N] [PAGE ...]

A block of a page begins with a line such as ``<!-- output: answer korea-2017 --draws 8 -->`` and ends with
``<!-- end -->``. After `compare` and a bar stand the rows of a table, ``| real_income_pv:KOR burden_total``; other
commands are quoted as printed. A script of benchmarks/ prints tables in Markdown,
``python benchmarks/dispute_packages.py``; after a bar stands the number of the one wanted, ``| 2``.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from coercion_sim.analysis import Comparison, compare
from coercion_sim.analysis.compare.cube import Row
from coercion_sim.analysis.compare.policy_effects import PCT_GDP
from coercion_sim.outcomes import label_of
from coercion_sim.wording import capital, immaterial, number, state_name, the, unit_words

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"(?P<head><!-- output: (?P<command>[^\n]+?) -->\n).*?(?P<end><!-- end -->)", re.S)
#: How a table of `compare` is to be read.
CAPTION = (
    "Mean over {} draws at the shipped seed; in brackets the difference from `{}`, draw by draw, and its 95 % interval."
)


def main() -> None:
    """Rewrites the blocks of the pages named, or of all pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument(
        "pages", nargs="*", type=Path, default=sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    )
    options = parser.parse_args()
    for page in options.pages:
        text = page.read_text(encoding="utf-8")
        fresh = BLOCK.sub(lambda m: f"{m['head']}{output(m['command'], options.workers)}{m['end']}", text)
        if fresh != text:
            page.write_text(fresh, encoding="utf-8")
            print(f"rewrote {page}", flush=True)


def output(line: str, workers: int) -> str:
    """Return the Markdown of one command's output."""
    written, _, rows = line.partition("|")
    words = shlex.split(written)
    if words[0] == "python":
        tables = re.split(r"\n\s*\n", printed(*words[1:]).strip())
        return "\n\n".join(tables[int(n) - 1] for n in rows.split() or range(1, len(tables) + 1)) + "\n"
    if rows:
        replicates = int(words[words.index("--replicates") + 1]) if "--replicates" in words else None
        with tempfile.TemporaryDirectory() as folder:
            return comparison_table(compare(words[1], replicates=replicates, workers=workers, out=folder), rows.split())
    words += ["--workers", str(workers)] if words[0] == "answer" else []
    return f"```text\n{printed('-m', 'coercion_sim', *words).rstrip()}\n```\n"


@cache
def printed(*words: str) -> str:
    """Return what Python prints when it is given these words, run once."""
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"{shlex.join(words)}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def comparison_table(comparison: Comparison, rows: Sequence[str]) -> str:
    """Lay out outcomes of the whole run, each `outcome` or `outcome:item`, with their differences from the baseline."""
    base, policies = comparison.baseline, comparison.results.policies
    lines = [["outcome", *(f"`{policy}`" for policy in policies)], ["---"] * (len(policies) + 1)]
    for name, _, item in (row.partition(":") for row in rows):
        levels = {row.policy: row for row in comparison.select(name, item=item) if not _of_one_year(row)}
        apart = {r.policy: r for r in comparison.select(name, item=item, against=base) if not _of_one_year(r)}
        unit = unit_words(next(iter(levels.values())).unit)
        state = f" of {the(state_name(comparison.results.manifest['world']['state_names'], item))}" if item else ""
        cells = [f"{capital(label_of(name))}{state}, {unit}"]
        for policy in policies:
            cells.append(_mean(levels[policy], sign=False))
            if policy in apart and apart[policy].spread.mean:
                cells[-1] += f" ({_mean(apart[policy], sign=True)})"
        lines.append(cells)
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"{CAPTION.format(comparison.units, base)}\n\n{table}\n"


def _mean(row: Row, *, sign: bool) -> str:
    """Mean of a level, or with its interval that of a difference; ``~0`` for about nothing."""
    x = row.spread
    if row.unit == PCT_GDP and x.mean and immaterial(x.mean, x.mean_low, x.mean_high):
        return "~0"
    return x.mean_text(sign=True) if sign else number(x.mean, x.mean_low, x.mean_high)


def _of_one_year(row: Row) -> bool:
    """Whether a row is of one year of a longer run."""
    return "-" not in row.period


if __name__ == "__main__":
    main()
