"""docs/outputs.py: tables hold the means of runs, commands are quoted, every block of a page can be made."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from coercion_sim.analysis import compare
from coercion_sim.outcomes import label_of
from coercion_sim.scenario import list_scenarios, load_scenario
from coercion_sim.world import load_world
from fakes.tiny import write_tiny

DOCS = Path(__file__).parents[2] / "docs"

pytestmark = pytest.mark.skipif(not (DOCS / "outputs.py").is_file(), reason="documentation not beside the tests")


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "outputs.py"))


def test_a_table_has_the_mean_of_every_policy_and_its_difference(script: dict[str, Any], tmp_path: Path) -> None:
    comparison = compare(write_tiny(tmp_path), replicates=3, out=tmp_path / "results")
    table = script["comparison_table"](comparison, ["real_income_pv:AUS", "target_loss_pv"])
    head, rule, income, loss = table.splitlines()[2:]
    assert head == "| outcome | `stand_alone` | `respond_as_allies` |"
    assert rule.count("---") == 3
    outcomes = comparison.results.frame("outcomes").groupby("policy")["target_loss_pv"].mean()
    alone, answered = loss.strip("| ").split(" | ")[1:]
    assert float(alone) == pytest.approx(outcomes["stand_alone"], rel=0.01)
    assert float(answered.split()[0]) == pytest.approx(outcomes["respond_as_allies"], rel=0.01)
    assert income.split(" | ")[0].endswith("of Australia, % of GDP")


def test_a_command_is_quoted_as_printed(script: dict[str, Any]) -> None:
    text = script["output"]("list policies", 1)
    assert text.startswith("```text\n")
    assert text.endswith("\n```\n")
    assert "respond_as_allies" in text


def test_tables_of_a_script_stand_as_it_prints_them_all_or_one(script: dict[str, Any], tmp_path: Path) -> None:
    first, second = "| a |\n| --- |\n| 1 |", "| b |\n| --- |\n| 2 |"
    (tmp_path / "tables.py").write_text(f"print({first!r}, {second!r}, sep='\\n\\n')", "utf-8")
    line = f"python {tmp_path / 'tables.py'}"
    assert script["output"](line, 1) == f"{first}\n\n{second}\n"
    assert script["output"](f"{line} | 2", 1) == f"{second}\n"
    with pytest.raises(SystemExit, match="exit 1"):
        script["output"]("python -c 'raise SystemExit(1)'", 1)


def test_a_command_that_fails_stops_the_script(script: dict[str, Any]) -> None:
    with pytest.raises(SystemExit, match="exit 3"):
        script["output"]("check nowhere-1999", 1)


@pytest.mark.parametrize("page", sorted((DOCS / "scenarios").glob("*-*.md")), ids=lambda page: page.stem)
def test_every_block_of_a_scenario_page_can_be_made(script: dict[str, Any], page: Path) -> None:
    commands = [match["command"] for match in script["BLOCK"].finditer(page.read_text("utf-8"))]
    assert {line.split()[0] for line in commands} >= {"compare", "answer"}
    assert {line.split()[1] for line in commands} == {page.stem}
    assert page.stem in list_scenarios()
    states = load_world(load_scenario(page.stem).world).states
    for row in (row for line in commands for row in line.partition("|")[2].split()):
        name, _, item = row.partition(":")
        assert label_of(name)
        assert item in ("", *states)
