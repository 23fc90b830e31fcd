"""Run every finding and publish what came out: ``python tests/theory/publish.py [ID ...]``.

Writes results.json beside this file, and the table of docs/findings.md between its markers.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from coercion_sim.wording import p_value
from theory.experiment import HERE, Judgement, Result, Row, findings, judge, put, unit_of

PAGE = Path(__file__).parents[2] / "docs" / "findings.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def main(wanted: list[str]) -> None:
    """Run those named, or all, judge the family, and write."""
    stored, rows = HERE / "results.json", findings()
    results = {name: Result(**r) for name, r in json.loads(stored.read_text(encoding="utf-8")).items()}
    for row in rows:
        if not wanted or row["id"] in wanted:
            results[row["id"]] = put(row)
            print(results[row["id"]], flush=True)
            stored.write_text(json.dumps({k: asdict(r) for k, r in results.items()}, indent=1) + "\n", encoding="utf-8")
    write_table(rows, results, judge(rows, results))


def write_table(rows: Sequence[Row], results: Mapping[str, Result], judged: Mapping[str, Judgement]) -> None:
    """Put the table into the page."""
    lines = [
        "| finding | outcome, a - b | expected | at least | mean [95 %] | draws with its sign | p | verdict |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        r, j = results[row["id"]], judged[row["id"]]
        twin = next((o.id for o in results.values() if o.id != r.id and abs(abs(o.mean) - abs(r.mean)) < 1e-12), "")
        said = unit_of(row).replace("real_income", "real income") + (f", the contrast of `{twin}`" if twin else "")
        span = f"{r.mean:+.4f} [{r.low:+.4f}, {r.high:+.4f}]"
        lines.append(
            f"| {row['claim']} (`{r.id}`) | {said} | {row['sign']} | {j.smallest:.2g} | {span}"
            f" | {r.agree} of {r.draws} | {p_value(j.p)} | **{j.verdict}** |"
        )
    text = PAGE.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    tail = rest.partition(END)[2]
    PAGE.write_text(f"{head}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
