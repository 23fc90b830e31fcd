"""What docs/findings.md says of each finding is what the model says today; those it contradicts stay in the table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from coercion_sim.analysis import Spread
from theory.experiment import HERE, findings, put, verdict

ROWS = findings()
PUBLISHED: dict[str, dict[str, Any]] = json.loads((HERE / "results.json").read_text(encoding="utf-8"))
PAGE = (HERE.parents[1] / "docs" / "findings.md").read_text(encoding="utf-8")


def test_every_finding_is_published_and_nothing_else() -> None:
    assert [row["id"] for row in ROWS] == list(dict.fromkeys(row["id"] for row in ROWS))
    assert set(PUBLISHED) == {row["id"] for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_the_page_shows_the_finding_and_its_verdict_and_explains_a_disagreement(row: dict[str, Any]) -> None:
    line = next(line for line in PAGE.splitlines() if f"(`{row['id']}`)" in line)
    assert row["claim"] in line
    assert f"**{PUBLISHED[row['id']]['verdict']}**" in line
    if PUBLISHED[row["id"]]["verdict"] != "confirmed":
        assert f"### `{row['id']}`" in PAGE, "say why the model disagrees, or cannot tell"


#: Rows run again whenever slow tests are; the others, minutes each, by ``pytest -m long``.
OFTEN = (
    "pledges_lower_attempts",
    "power_is_steep",
    "decoupling_costs_more_than_coercion",
    "contributors_bear_retaliation",
)


@pytest.mark.parametrize(
    "row", [pytest.param(r, marks=pytest.mark.slow if r["id"] in OFTEN else pytest.mark.long, id=r["id"]) for r in ROWS]
)
def test_what_is_published_is_what_comes_out(row: dict[str, Any]) -> None:
    found, said = put(row), PUBLISHED[row["id"]]
    assert found.verdict == said["verdict"]
    assert found.mean == pytest.approx(said["mean"], rel=1e-3, abs=1e-7)


@pytest.mark.parametrize(
    ("sign", "low", "high", "said"),
    [
        ("-", -2.0, -1.0, "confirmed"),
        ("-", 1.0, 2.0, "contradicted"),
        ("+", 1.0, 2.0, "confirmed"),
        ("+", -2.0, -1.0, "contradicted"),
        ("+", -1.0, 1.0, "undecided"),
        ("-", -1.0, 0.0, "undecided"),
        ("0", -1.0, 1.0, "confirmed"),
        ("0", 1.0, 2.0, "contradicted"),
    ],
)
def test_the_rule_is_that_the_interval_excludes_0(sign: str, low: float, high: float, said: str) -> None:
    assert verdict(sign, Spread(9, (low + high) / 2, 0.0, low, high, low, high)) == said
