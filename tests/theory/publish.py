"""Run every finding and publish what came out: ``python tests/theory/publish.py [ID ...]``.

Writes results.json beside this file, and the table of docs/findings.md between its markers.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from theory.experiment import HERE, findings, put

PAGE = Path(__file__).parents[2] / "docs" / "findings.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def main(wanted: list[str]) -> None:
    """Run those named, or all, and write."""
    stored = HERE / "results.json"
    results = json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else {}
    rows = findings()
    for row in rows:
        if not wanted or row["id"] in wanted:
            results[row["id"]] = asdict(put(row))
            print(results[row["id"]], flush=True)
            stored.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    write_table({row["id"]: row for row in rows}, results)


def write_table(rows: dict[str, dict[str, object]], results: dict[str, dict[str, object]]) -> None:
    """Put the table into the page."""
    lines = [
        "| finding | outcome, a - b | expected | came out, mean [95 %] | verdict |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, row in rows.items():
        if name in results:
            r = results[name]
            said = row.get("outcome") or (
                f"{row['a'].get('outcome')} - {row['b'].get('outcome')}" if row["kind"] == "disputes" else "real income"
            )  # type: ignore[attr-defined]
            span = f"{r['mean']:+.4f} [{r['low']:+.4f}, {r['high']:+.4f}]"
            lines.append(f"| {row['claim']} (`{name}`) | {said} | {row['sign']} | {span} | **{r['verdict']}** |")
    text = PAGE.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    tail = rest.partition(END)[2]
    PAGE.write_text(f"{head}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
