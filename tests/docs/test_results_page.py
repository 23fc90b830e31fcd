"""docs/results.md has the tables of the catalogue, every entry and none besides.

``UPDATE_RESULTS_PAGE=1 pytest tests/docs/test_results_page.py`` writes them into the page.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from coercion_sim.outcomes import DERIVED, KEYS, TABLES, Column
from coercion_sim.wording import unit_words

PAGE = Path(__file__).parents[2] / "docs" / "results.md"
#: Columns described once for all tables.
_EVERYWHERE = {*(key.name for key in KEYS), "quarter", "step"}
_BETTER = {"more": "more", "less": "less", "": "-"}


def rows_of(name: str, columns: Sequence[Column]) -> list[str]:
    """Markdown table of one results table."""
    listed = [c for c in columns if c.name not in _EVERYWHERE or (name == "disputes" and c.name in ("quarter", "step"))]
    directed = name in ("outcomes", "derived")
    lines = ["| column | unit | meaning |" + (" better |" if directed else "")]
    lines.append("| --- | --- | --- |" + (" --- |" if directed else ""))
    for c in listed:
        meaning = f"{c.words}: {c.definition}" if directed and c.words != c.definition else c.definition
        end = f" {_BETTER[c.better]} |" if directed else ""
        lines.append(f"| `{c.name}` | {unit_words(c.unit)} | {meaning} |{end}")
    return lines


@pytest.mark.parametrize("name", [*TABLES, "derived"])
def test_the_page_has_every_entry_of_the_catalogue_and_none_besides(name: str) -> None:
    text = PAGE.read_text("utf-8")
    wanted = "\n".join(rows_of(name, TABLES.get(name, DERIVED)))
    before, mark, rest = text.partition(f"<!-- {name} -->\n")
    table, end, after = rest.partition("\n<!-- end -->")
    assert mark
    assert end
    if os.environ.get("UPDATE_RESULTS_PAGE"):
        PAGE.write_text(before + mark + wanted + end + after, "utf-8")
    else:
        assert table == wanted
