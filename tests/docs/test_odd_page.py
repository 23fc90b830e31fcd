"""docs/odd.md has the tables that the code gives; `python docs/write_odd.py` writes them."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from coercion_sim.model import State
from coercion_sim.model.state import RULES
from coercion_sim.outcomes import OUTCOMES
from coercion_sim.scenario import dictionary

DOCS = Path(__file__).parents[2] / "docs"

pytestmark = pytest.mark.skipif(not (DOCS / "odd.md").is_file(), reason="documentation not beside the tests")


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "write_odd.py"))


def test_the_page_is_fresh(script: dict[str, Any]) -> None:
    page = (DOCS / "odd.md").read_text("utf-8")
    assert script["written"](page) == page, "python docs/write_odd.py"
    assert set(script["BLOCK"].findall(page)) == {(f"<!-- odd: {n} -->\n", n, "<!-- end -->") for n in script["BLOCKS"]}


def test_the_tables_have_every_rule_outcome_and_parameter(script: dict[str, Any]) -> None:
    page = (DOCS / "odd.md").read_text("utf-8")
    assert all(f"| `{name}` |" in page for name in (*RULES, "human"))
    assert all(f"| `{c.name}` | run |" in page for c in OUTCOMES)
    keys = [row["key"] for row in dictionary("parameters")]
    assert all(f"| `{key}` |" in page for key in keys if key.startswith(("economy.", "dispute.")))
    assert all(f"| `{key.split('.', 2)[2]}` |" in page for key in keys if key.startswith("policy."))


def test_state_variables_and_schedule_are_those_of_the_classes(script: dict[str, Any]) -> None:
    assert [name for name, _ in script["attributes"](State)] == [
        "code, index", "rule", "script", "beliefs", "memory", "attractions",
    ]  # fmt: skip
    assert all(list(script["attributes"](cls)) for _, cls in script["ENTITIES"])
    steps = [line for line in script["schedule"]().splitlines() if line.startswith("| ")]
    methods = [line.split("`")[1] for line in steps if "`" in line]
    order = [m for m in methods if m in ("Diplomacy.play", "CoercionModel._answers", "CoercionModel._clear")]
    assert order == ["Diplomacy.play", "CoercionModel._answers", "CoercionModel._clear"]
    assert methods.index("Dispute.review") < methods.index("Dispute.begin")
