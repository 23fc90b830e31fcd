"""What docs/findings.md says of each finding is what the model says today; those it contradicts stay in the table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from theory.experiment import HERE, Result, findings, holm, judge, put

ROWS = findings()
PUBLISHED = {k: Result(**r) for k, r in json.loads((HERE / "results.json").read_text(encoding="utf-8")).items()}
JUDGED = judge(ROWS, PUBLISHED)
PAGE = (HERE.parents[1] / "docs" / "findings.md").read_text(encoding="utf-8")


def test_every_finding_is_published_and_nothing_else() -> None:
    assert [row["id"] for row in ROWS] == list(dict.fromkeys(row["id"] for row in ROWS))
    assert set(PUBLISHED) == {row["id"] for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_the_page_shows_the_finding_and_its_verdict_and_explains_a_disagreement(row: dict[str, Any]) -> None:
    line = next(line for line in PAGE.splitlines() if f"(`{row['id']}`)" in line)
    assert row["claim"] in line
    found = PUBLISHED[row["id"]]
    assert f"{found.mean:+.4f}" in line
    assert f"| {found.agree} of {found.draws} |" in line
    assert f"**{JUDGED[row['id']].verdict}**" in line
    if JUDGED[row["id"]].verdict != "confirmed":
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
    assert judge(ROWS, PUBLISHED | {row["id"]: found})[row["id"]].verdict == JUDGED[row["id"]].verdict
    assert found.mean == pytest.approx(said.mean, rel=1e-3, abs=1e-7)


def alone(sign: str, mean: float, half: float, smallest: Any = 1.0, of_b: float = 0.0) -> str:
    """Verdict on a family of one, of twelve draws, with this mean and half-width."""
    row = {"id": "x", "sign": sign, "smallest": smallest}
    return judge([row], {"x": Result("x", mean, mean - half, mean + half, 12, 12, of_b)})["x"].verdict


@pytest.mark.parametrize(
    ("sign", "mean", "half", "said"),
    [
        ("+", 3.0, 1.9, "confirmed"),  # the interval excludes the smallest effect, 1
        ("+", 3.0, 2.1, "undecided"),  # it excludes 0, and not 1
        ("-", -3.0, 1.9, "confirmed"),
        ("-", 3.0, 1.9, "contradicted"),
        ("+", -3.0, 1.9, "contradicted"),
        ("+", 0.5, 0.4, "negligible"),  # it excludes 0, and is too small to matter
        ("+", 0.5, 0.6, "undecided"),
        ("0", 0.5, 0.4, "confirmed"),
        ("0", 0.5, 2.0, "undecided"),  # not told apart is no proof of no difference
        ("0", 3.0, 1.9, "contradicted"),
    ],
)
def test_a_verdict_asks_for_an_effect_that_matters(sign: str, mean: float, half: float, said: str) -> None:
    assert alone(sign, mean, half) == said


def test_a_multiple_is_of_what_the_other_side_has() -> None:
    """The last tenth twice the first: .21 more of 1 is steeper than even, and not twice."""
    assert alone("-", -0.21, 0.02, {"times": 2.0}, -1.0) == "negligible"
    assert alone("-", -1.30, 0.02, {"times": 2.0}, -1.0) == "confirmed"


def test_a_family_needs_more_than_one_row_does() -> None:
    """Twenty rows at p = .04 each: confirmed alone, and none of them together."""
    rows = [{"id": str(i), "sign": "+", "smallest": 1.0} for i in range(20)]
    found = {row["id"]: Result(row["id"], 3.0, 1.05, 4.95, 12, 12, 0.0) for row in rows}
    assert alone("+", 3.0, 1.95) == "confirmed"
    assert {j.verdict for j in judge(rows, found).values()} == {"undecided"}


def test_holm_s_correction_by_hand() -> None:
    adjusted = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert adjusted == pytest.approx({"d": 0.02, "a": 0.03, "c": 0.06, "b": 0.06})
    assert holm({"a": 0.9, "b": 0.8})["b"] == 1.0
