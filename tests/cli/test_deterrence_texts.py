"""`deter` and `coalition` print answers written by hand: every number on the screen is one of the answer's."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coercion_sim.analysis import Coalition, CoalitionAnswer, Frontier, FrontierPoint
from coercion_sim.analysis.deterrence.coalition_answer import CharacteristicFunction, MemberAccount
from coercion_sim.analysis.deterrence.frontier_answer import AllyCost, Unaided
from coercion_sim.analysis.deterrence.pledges import BINDS, LeastPledge, Terms
from coercion_sim.cli.app import run
from coercion_sim.cli.coalition import coalition_data, coalition_text
from coercion_sim.cli.deter import frontier_text


def point(stake: float, kind: Any, intensity: float, named: str, **changes: Any) -> FrontierPoint:
    members = ("USA", "JPN") if named == "gdp" else ("JPN",)
    costs = tuple(AllyCost(m, 40.0 + i, 80.0 + i, 0.02, 120.0 + i) for i, m in enumerate(members))
    made = FrontierPoint(
        stake, kind, intensity, named, members, 0.05, 0.01, 0.12, 0.0, 0.05, 0.0, 0.1, -0.01, 0.75, 0.25, 0.9, "", costs
    )
    return replace(made, **changes)


def frontier(*points: FrontierPoint) -> Frontier:
    stakes = dict.fromkeys(p.stake for p in points)
    unaided = tuple(Unaided(s, 10.0 * s, 0.75, 0.125) for s in stakes)
    return Frontier("dispute", "respond_as_allies", "CHN", "AUS", 40, 0.3, "mean", 0.02, unaided, points)


NEVER = {"median": inf, "low": inf, "high": inf, "no_root": 1.0, "binds": "capability"}


def squeezed(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_cells_are_median_pledges_with_the_share_of_draws_that_are_deterred() -> None:
    text = frontier_text(frontier(point(0.1, "support", 0.25, "gdp"), point(0.1, "support", 0.25, "bloc", **NEVER)))
    lines = squeezed(text)
    assert "promise gdp bloc" in lines
    assert "support 0.25 0.0500 95 % - 0 %" in lines
    assert f"{BINDS['capability']}: support 0.25" in lines
    assert "gdp: USA JPN" in lines
    assert "bloc: JPN" in lines


def test_each_stake_has_its_own_part_with_its_dispute_without_help() -> None:
    text = frontier_text(frontier(point(0.05, "support", 0.5, "gdp"), point(0.2, "both", 0.9, "gdp")))
    heads = [line for line in squeezed(text) if line.startswith("Stake")]
    assert [line.split()[2] for line in heads] == ["0.05", "0.2"]
    assert "(Z / v_C 0.400)" in heads[0]
    assert "(Z / v_C 0.100)" in heads[1]
    assert text.count("draws deterred: 12 %") == 2


def test_few_draws_are_counted_instead_of_shares() -> None:
    few = replace(frontier(point(0.1, "support", 0.25, "gdp", no_root=0.25)), draws=8)
    lines = squeezed(frontier_text(few))
    assert "support 0.25 0.0500 6/8" in lines
    assert any(line.endswith("draws deterred: 1 of 8") for line in lines)


def test_the_cheapest_pledge_that_deters_in_most_draws_is_named_with_its_costs() -> None:
    dear = point(0.1, "both", 0.5, "bloc", costs=(AllyCost("JPN", 90.0, 180.0, 0.04, 240.0),))
    cheap = point(0.1, "support", 0.25, "bloc", median=0.07)
    rare = point(0.1, "retaliation", 0.25, "bloc", no_root=0.5, costs=())
    text = " ".join(squeezed(frontier_text(frontier(dear, cheap, rare))))
    assert "support 0.25 by bloc, A 0.0700 [0.0100, 0.120]" in text
    assert "pressed 25 % instead of 75 %; 90 % of the promise kept" in text
    assert "JPN 40.0 80.0 120 0.0200" in text
    nothing = frontier_text(frontier(point(0.1, "support", 0.25, "gdp", **NEVER)))
    assert "cheapest" not in nothing


def test_a_promise_to_cut_exports_names_members_that_have_none() -> None:
    some = point(0.1, "both", 0.9, "gdp", idle=("JPN",))
    assert "cut off 90 % of critical exports (JPN has no critical exports to cut off)" in " ".join(
        squeezed(frontier_text(frontier(some)))
    )
    text = " ".join(squeezed(frontier_text(frontier(replace(some, idle=("USA", "JPN"))))))
    assert "make good 90 % of the loss together (USA and JPN have no critical exports to cut off), with" in text
    assert "cut off 90 %" not in text


def coalition(members: tuple[str, ...], cost: float, **changes: Any) -> Coalition:
    costs = np.array([cost / len(members) if s in members else 0.0 for s in ("USA", "JPN", "KOR")])
    made = Coalition(
        Terms("support", 0.5, members), LeastPledge(0.1, 1, 0.2, 0.4, -0.01), 0.1, 0.3, 0.25, -costs - 1.0, costs,
        np.ones(3), 0.1 * costs, np.zeros(3), 500.0,
    )  # fmt: skip
    return replace(made, **changes)


def answer(**changes: Any) -> CoalitionAnswer:
    """Two members of whom Japan would rather leave; Korea stays outside; worth adds up, so the core is not empty."""
    chosen, other = coalition(("USA", "JPN"), 100.0), coalition(("USA", "JPN", "KOR"), 160.0)
    accounts = (
        MemberAccount("USA", True, 50.0, 5.0, 1.0, 0.0, 200.0, -51.0, -90.0, -80.0, True),
        MemberAccount("JPN", True, 50.0, 5.0, 1.0, 0.0, 200.0, -51.0, -60.0, -10.0, False),
        MemberAccount("KOR", False, 0.0, 0.0, 1.0, 0.0, nan, -1.0, -30.0, nan, False),
    )
    worth = CharacteristicFunction(("USA", "JPN", "KOR"), np.array([0, 10, 10, 30, 10, 30, 30, 60], float))
    made = CoalitionAnswer(
        "dispute", "respond_as_allies", "CHN", "AUS", 0.1, "mean", 0.3, ("USA", "JPN", "KOR"), 0.2, 0.8, 0.2, chosen,
        True, (chosen, other), accounts, worth, 21, 350.0, {"USA": 3.0, "JPN": 2.0, "KOR": 1.0},
    )  # fmt: skip
    return replace(made, **changes)


def test_the_coalition_is_printed_with_its_promise_costs_and_ranking() -> None:
    lines = squeezed(coalition_text(answer(), top=1))
    text = " ".join(lines)
    assert "USA and JPN: promise to make good 50 % of the loss together, pledge A 0.100 % of GDP each" in text
    assert "expected cost US$ 100 million a dispute, US$ 400 million where a package is imposed" in text
    assert "AUS gains US$ 150 million a dispute" in text
    assert "Cheapest that deter (2 in all" in text
    assert [line for line in lines if line.startswith("USA JPN")] == ["USA JPN support 0.5 0.100 30 % 100 400 -0.0100"]
    assert len([line for line in squeezed(coalition_text(answer(), 5)) if line.startswith("USA JPN")]) == 2


def test_accounts_name_who_would_change_sides_and_what_holds_the_coalition() -> None:
    text = " ".join(squeezed(coalition_text(answer(), top=5)))
    assert "USA member*" in text
    assert "internally stable: no: JPN would rather leave" in text
    assert "externally stable: yes" in text
    assert "US$ 12.0 million a dispute are missing" in text  # 51 + 51 against 80 + 10
    assert "AUS could pay that from its gain of US$ 150 million" in text
    assert "core: not empty" in text
    assert "surplus divided equally: in the core" in text


def test_where_nobody_suffices_or_nobody_is_needed_the_text_says_so() -> None:
    weak = coalition(("USA",), 10.0, least=LeastPledge(nan, 0, 0.2, 0.4, 0.05, "reliability"))
    text = " ".join(squeezed(coalition_text(answer(chosen=weak, deters=False, ranked=(weak,)), 5)))
    assert "No coalition of these candidates deters." in text
    assert f"pressing is still worth 0.0500 ({BINDS['reliability']})" in text
    assert "Best for their cost" in text
    calm = answer(chosen=None, ranked=(), accounts=(), deters=True)
    assert coalition_text(calm, 5).endswith("No coalition is needed: pressing does not pay.")
    told = coalition_text(replace(calm, value_alone=-0.01, value_silent=0.02), 5)
    assert told.startswith("A joint statement is enough")
    assert "without the joint statement, 0.0200" in " ".join(told.split())
    assert told.endswith("No coalition is needed: the joint statement is enough.")
    assert coalition_text(replace(calm, deters=False), 5).endswith("No candidate has anything to give.")


def test_data_of_a_coalition_are_plain_and_complete() -> None:
    data = coalition_data(answer())
    assert data["chosen"]["payoffs"] == {"USA": -51.0, "JPN": -51.0, "KOR": -1.0}
    assert (data["chosen"]["cost"], data["chosen"]["cost_if_called"]) == (100.0, 400.0)
    assert data["stability"]["free_riders"] == ("JPN",)
    assert data["core"]["slack"] == pytest.approx(60.0 - 45.0)
    assert [a["gains"] for a in data["accounts"]] == [39.0, 9.0, 29.0]
    assert "stability" not in coalition_data(answer(chosen=None, ranked=()))


def test_the_commands_pass_their_options_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: dict[str, dict[str, Any]] = {}
    made = frontier(point(0.1, "support", 0.25, "gdp"), point(0.1, "both", 0.5, "gdp", **NEVER))
    monkeypatch.setattr("coercion_sim.analysis.deterrence_frontier", lambda _, **k: calls.update(f=k) or made)
    monkeypatch.setattr("coercion_sim.analysis.least_cost_coalition", lambda _, **k: calls.update(c=k) or answer())
    asked = ["deter", "x", "--stake", "0.1", "--draws", "3", "--workers", "1", "--out", str(tmp_path), "--quiet"]
    assert run(asked) == 0
    assert f"Tables are in {tmp_path}" in capsys.readouterr().out
    assert (calls["f"]["draws"], calls["f"]["stakes"], calls["f"]["workers"]) == (3, (0.1,), 1)
    rows = list(csv.DictReader((tmp_path / "frontier.csv").open(encoding="utf-8")))
    assert [row["median"] for row in rows] == ["0.05", "inf"]
    costs = list(csv.DictReader((tmp_path / "frontier_costs.csv").open(encoding="utf-8")))
    assert [row["ally"] for row in costs] == ["USA", "JPN"] * 2
    assert run(["coalition", "x", "--candidates", "USA, JPN", "--quiet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tried"] == 21
    assert calls["c"]["candidates"] == ("USA", "JPN")
    assert run(["coalition", "x", "--candidates", "4", "--quiet"]) == 0
    assert calls["c"]["candidates"] == 4


def test_the_first_sentence_names_the_cheapest_pledge_at_each_stake() -> None:
    never = point(0.3, "support", 0.5, "bloc", **NEVER)
    points = [point(0.1, "both", 0.5, "bloc", costs=()), point(0.1, "retaliation", 0.25, "bloc"), never]
    points[0] = replace(points[0], costs=tuple(replace(c, per_dispute=900.0) for c in points[1].costs))
    first = frontier_text(frontier(*points)).partition("\n\n")[0].replace("\n", " ")
    at_tenth, at_three = first.split("; ")
    assert "JPN deters CHN from pressing AUS" in at_tenth
    assert "cut off 25 %" in at_tenth
    assert "0.3" in at_three
    assert "no pledge" in at_three


def test_help_that_deters_without_a_pledge_in_the_median_draw_is_no_failure_to_deter() -> None:
    half = replace(frontier(point(0.1, "support", 1.0, "bloc", median=0.0, low=0.0, already=0.5, no_root=0.0)), draws=8)
    first, rest = (" ".join(squeezed(x)) for x in frontier_text(half).split("\n\n", 1))
    assert "JPN deters CHN from pressing AUS" in first
    assert "no pledge needed in 4 of 8 draws" in first
    assert "40.0" in first
    assert "A 0 [0, 0.120]" in rest
    assert "no pledge needed in 50 % of draws" in " ".join(squeezed(frontier_text(replace(half, draws=40))))


def test_a_coercer_with_no_reason_to_press_needs_no_pledge() -> None:
    calm = replace(frontier(point(0.1, "both", 0.5, "gdp")), unaided=(Unaided(0.1, -1.0, 0.1, 1.0),))
    assert "no reason to press" in frontier_text(calm).splitlines()[0]
