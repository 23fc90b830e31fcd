"""`explain` and `game show SCENARIO`: the narrative of a run is that run, complete, and fits the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from coercion_sim.analysis import base_rates, first_dispute, reduced, run_narrative
from coercion_sim.analysis.answer.base_rates import RECORD
from coercion_sim.cli.app import run as command_line
from coercion_sim.cli.explain import MOVES
from coercion_sim.dispute import dispute_tree, solve_dispute
from coercion_sim.experiments import simulate
from coercion_sim.games import solve_game
from coercion_sim.wording import percent
from fakes.tiny import SCENARIO, write_tiny
from support.figure_runs import GAME

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("tables_in_memory")]  # many disputes are solved


@pytest.fixture
def scripted(tmp_path: Path) -> Path:
    return write_tiny(tmp_path)


@pytest.fixture
def strategic(tmp_path: Path) -> Path:
    text = SCENARIO.replace("quarters = 4", 'quarters = 8\nconduct = "strategic"') + GAME + 'draws = "fixed"\n'
    return write_tiny(tmp_path, text)


def explained(capsys: pytest.CaptureFixture[str], *arguments: Any) -> str:
    assert command_line(["explain", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_every_decision_adds_up_and_the_draw_falls_on_what_was_chosen(
    strategic: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moves = set()
    for seed, settle in ((1, 0), (2, 0.5)):
        words = ("--seed", seed, "--policy", "respond_as_allies", "--set", f"dispute.settle={settle}")
        data = json.loads(explained(capsys, strategic, *words, "--json"))
        for dispute in data["disputes"]:
            for choice in dispute["decisions"]:
                moves.add(choice["move"])
                low = 0.0
                for option in choice["options"]:
                    assert sum(option["terms"].values()) == pytest.approx(option["value"], abs=1e-12)
                    if option["label"] == choice["chosen"]:
                        assert low - 1e-9 <= choice["draw"] <= low + option["probability"] + 1e-9
                    low += option["probability"]
                assert low == pytest.approx(1.0)
    assert moves == {"press", "package", "answer", "impose", "help", "review", "lift", "accept"}


def test_no_term_has_the_wrong_sign(strategic: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Costs and losses are never gains, and a target that yields is never worse for the coercer."""
    never_above = {
        "audience cost", "stake given up", "price of imposing", "cost of measures", "yielding later", "pledge broken",
        "cost of measures from here", "lifting or lapse later", "lifting unrewarded", "target yields",
        "own cost and being next",
    }  # fmt: skip
    never_below = {"target yields later", "share of the stake", "target yields to the demand"}
    seen = set()
    for policy, seed in (("stand_alone", 1), ("respond_as_allies", 2)):
        for dispute in json.loads(explained(capsys, strategic, "--seed", seed, "--policy", policy, "--json"))[
            "disputes"
        ]:
            for choice in dispute["decisions"]:
                for option in choice["options"]:
                    for name, value in option["terms"].items():
                        seen.add(name)
                        assert not (name in never_above and value > 1e-9), (choice["move"], name, value)
                        assert not (name in never_below and value < -1e-9), (choice["move"], name, value)
    assert {"yielding later", "lifting or lapse later", "target yields later", "own cost and being next"} <= seen


def test_it_is_the_very_run_of_simulate(strategic: Path) -> None:
    """Same world, same luck: the third replicate's disputes are those of its rows."""
    results = simulate(strategic, "respond_as_allies", replicates=3, seed=4)
    rows = [r for r in results.table("disputes").to_pylist() if r["replicate"] == 2]
    one = run_narrative(strategic, "respond_as_allies", 4, 2)
    assert [(d.quarter, d.target, d.ending, d.package, d.ended) for d in one.disputes] == [
        (r["quarter"], r["target"], r["ending"], r["package"], r["ended"]) for r in rows
    ]
    imposed = [(d, r) for d, r in zip(one.disputes, rows, strict=True) if d.imposed]
    assert imposed
    for dispute, row in imposed:
        assert dispute.table_effect == pytest.approx(row["table_effect"], abs=1e-12)
        assert dispute.realised_effect == pytest.approx(row["realised_effect"], abs=1e-12)
    paid = {p.state: p.paid for p in one.payments}
    states = [r for r in results.table("states").to_pylist() if r["replicate"] == 2]
    for state in ("USA", "JPN"):
        total = sum(r["help_paid"] for r in states if r["state"] == state) / 4
        assert paid.get(state, 0.0) == pytest.approx(total)


def test_text_fits_a_hundred_columns_and_names_draws_goods_and_rules(
    strategic: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = explained(capsys, strategic, "--seed", 1, "--set", "dispute.screen_supply_share=0.2")
    assert max(map(len, text.splitlines())) <= 100
    one = run_narrative(strategic, None, 1, overrides=["dispute.screen_supply_share=0.2"])
    for dispute in one.disputes:
        assert all(good.good in text for good in dispute.goods)
        assert all(f"{choice.draw:.4f}" in text for choice in dispute.decisions)
        assert all(MOVES[choice.move] in text for choice in dispute.decisions)
    assert text.count("\n  > ") + text.count("\n    > ") >= 3


def test_struck_goods_are_those_above_the_limit_and_no_package_bans_them(strategic: Path) -> None:
    one = run_narrative(strategic, "stand_alone", 1, overrides=["dispute.screen_supply_share=0.2"])
    assert any(g.struck_by for d in one.disputes for g in d.goods)
    for dispute in one.disputes:
        struck = {g.good for g in dispute.goods if g.supply_share > 0.2}
        assert {g.good for g in dispute.goods if g.struck_by} == struck
        bans = " ".join(m for p in dispute.packages if p.name == "screened" for m in p.measures)
        assert not any(good in bans for good in struck)


def test_a_script_is_explained_as_a_script(scripted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = explained(capsys, scripted, "--policy", "respond_as_allies")
    assert "conduct = scripted" in text
    assert "Dispute 1" not in text
    data = json.loads(explained(capsys, scripted, "--policy", "respond_as_allies", "--json"))
    (coal,) = (m for m in data["measures"] if m["purpose"] == "coercion")
    assert (coal["name"], coal["first"], coal["last"]) == ("coal", "2020Q4", "2021Q2")
    assert {m["purpose"] for m in data["measures"]} >= {"statement", "compensate", "absorb"}
    assert data["disputes"] == []


def test_a_dispute_that_is_not_there_is_refused(
    scripted: Path, strategic: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line(["explain", str(strategic), "--dispute", "999"]) == 3
    assert "no such dispute" in capsys.readouterr().err


def test_one_dispute_alone(strategic: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = explained(capsys, strategic, "--seed", 1)
    text = explained(capsys, strategic, "--seed", 1, "--dispute", 2)
    assert "Dispute 2:" in text
    assert "Dispute 1:" in whole
    assert "Dispute 1:" not in text


def test_run_prints_rates_beside_the_record(
    strategic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", str(strategic), "--policy", "stand_alone", "--workers", "1", "--out", str(tmp_path / "out")]
    assert command_line(words) == 0
    text = capsys.readouterr().out
    assert RECORD["carried_out"] in text
    assert command_line([*words, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    (rates,) = data["disputes"]
    (wanted,) = base_rates(simulate(strategic, "stand_alone"))
    found = {r["name"]: r["value"] for r in rates["rates"]}
    assert found["attempts"] == wanted["attempts"].value
    carried_out = next(line for line in text.splitlines() if wanted["carried_out"].words in line)
    rate = wanted["carried_out"]
    assert carried_out.endswith(percent(rate.value, rate.low, rate.high))


# ------------------------------------------------------------------ game show SCENARIO


def test_game_show_prints_a_scenario_s_game_and_writes_its_tree(
    strategic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    efg = tmp_path / "game.efg"
    assert command_line(["game", "show", str(strategic), "--seed", "1", "--efg", str(efg)]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 100
    dispute = first_dispute(strategic, seed=1)
    press = solve_dispute(dispute.game).press
    assert f"soft {press[0]:.3f}, firm {press[1]:.3f}" in text
    assert efg.read_text().startswith("EFG 2 R")


def test_the_reduced_tree_is_the_game_it_says(strategic: Path) -> None:
    """Its solution is that of the arrays of the reduced game; it keeps what hurts most and who has most at stake."""
    three = ['dispute.packages=["narrow","barriers","screened"]']
    dispute = first_dispute(strategic, "respond_as_allies", 1, overrides=three)
    small = reduced(dispute)
    built = dispute_tree(small)
    found = solve_game(built.game, dict(built.rationality), "logit").strategies["press"]["press"]
    # The solver's residual is below 1e-6 of a chance.
    assert found == pytest.approx(float(solve_dispute(small).press[int(dispute.firm)]), abs=1e-6)
    alone = dispute.game.target_effect[0].reshape(len(dispute.game.packages), -1)[:, 0]
    kept = [dispute.game.packages.index(name) for name in small.packages]
    assert max(alone[kept]) <= min(x for k, x in enumerate(alone) if k not in kept)
    assert len(small.allies) == 1
    at = dispute.game.allies.index(small.allies[0])
    ours = small.ally_cost[0, 0, 0]
    theirs = dispute.game.ally_cost[at, 0, kept[0]]
    assert ours == pytest.approx(theirs[tuple(slice(None) if i == at else 0 for i in range(theirs.ndim))])


def test_a_scripted_scenario_s_game_says_so(scripted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["game", "show", str(scripted), "--set", "dispute.screen=off"]) == 0
    assert "scripted" in capsys.readouterr().out
