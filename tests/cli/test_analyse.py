"""The answer to `analyse` as text and JSON: what it says, that it fits, and the tables beside it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from coercion_sim.analysis import Analysis, analyse, write_analysis
from coercion_sim.cli.analyse import analysis_data, analysis_text
from coercion_sim.cli.app import COMMANDS
from coercion_sim.cli.app import run as command
from support.sweeps import block, saltelli, sweep

LOSS, COST = "target_loss_pv", "coercer_cost_pv"
PLEDGE = "policy.respond_as_allies.pledge"
LUCK = np.random.default_rng(1).normal(0, 0.3, 4)


def _rule(gain: float):
    return lambda s, k: {LOSS: s["economy.a"] + 2 * s["economy.b"] - gain * s[PLEDGE] + LUCK[k], COST: 0.5}


@pytest.fixture(scope="module")
def answer() -> Analysis:
    blocks = [saltelli(64, ("economy.a", "economy.b")), block("grid", [[0.0], [1.0]], [PLEDGE])]
    policies = {"stand_alone": _rule(0.0), "respond_as_allies": _rule(1.0)}
    failed = [(3, 1, "stand_alone")]
    results = sweep(blocks, policies, 4, failed=failed, name="a-sweep", question="Does a pledge pay?")
    return analyse(results, [LOSS, COST], failing=f"{LOSS}>2")


def test_the_text_says_what_was_found_and_fits(answer: Analysis, monkeypatch: pytest.MonkeyPatch) -> None:
    text = analysis_text(answer)
    assert text.startswith("a-sweep: 512 points x 4 replicates x 2 policies; 1 run failed\nDoes a pledge pay?")
    for width in (80, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        assert max(map(len, analysis_text(answer).splitlines())) <= width
    row = next(line for line in text.splitlines() if line.strip().startswith("respond_as_allies"))
    assert "-0.500*" in row.split()
    assert "inf" in row
    assert "constant, always 0.5: stand_alone, respond_as_allies" in text
    assert "no regret of coercer_cost_pv" in text
    assert "economy.b" in text
    assert "Where a policy misses: target_loss_pv > 2" in text
    assert "at least" in text
    assert "nan" not in text.lower()


def test_long_names_and_several_policies_fit_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the lines above the tables: the size of the sweep, the outcome, the bound that counts as a miss."""
    policies = ["stand_alone", "uncoordinated_derisking", "respond_as_allies+integrate_economies+choose_sides"]
    rules = {name: _rule(0.1 * at) for at, name in enumerate(policies)}
    blocks = [saltelli(32, ("economy.a", "economy.b")), block("grid", [[0.0], [1.0]], [PLEDGE])]
    results = sweep(blocks, rules, 4, failed=[(3, 1, "stand_alone")], name="does-a-pledge-that-is-kept-pay")
    monkeypatch.setenv("COLUMNS", "80")
    lines = analysis_text(analyse(results, [LOSS, COST], failing=f"{LOSS}>2")).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[1].startswith("  ")  # the first line was too long, and goes on


def test_the_index_printed_is_the_one_of_the_mean_over_other_blocks(answer: Analysis) -> None:
    (b,) = [
        r
        for r in answer.indices
        if (r.outcome, r.policy, r.against, r.parameter, r.index) == (LOSS, "stand_alone", "", "economy.b", "ST")
        and r.given.startswith("mean")
    ]
    line = next(line for line in analysis_text(answer).splitlines() if line.strip().startswith("economy.b  "))
    assert f"{b.value:.2f} [{b.low:.2f}, {b.high:.2f}]" in line
    assert b.value == pytest.approx(0.8, abs=0.1)


def test_json_has_no_rows_by_point_and_no_number_json_cannot_hold(answer: Analysis) -> None:
    data = json.loads(json.dumps(analysis_data(answer), allow_nan=False))
    assert {row["point"] for row in data["levels"] + data["contrasts"]} == {-1}
    assert data["contrasts"][0]["variance_ratio"] is None  # infinite
    assert data["blocks"][1] == {"how": "grid", "rows": 2, "paths": [PLEDGE]}
    assert data["fails"]["outcome"] == LOSS


def test_tables_are_tidy_and_those_without_rows_are_removed(answer: Analysis, tmp_path: Path) -> None:
    stale = tmp_path / "analysis" / "peeling.csv"
    names = {path.stem for path in write_analysis(answer, tmp_path)}
    assert names == {
        "outcomes_by_policy", "contrasts", "along_axes", "distribution", "regret", "variance_parts", "sensitivity",
        "boxes", "peeling",
    }  # fmt: skip
    with (tmp_path / "analysis" / "contrasts.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["point"] for row in rows[:2]] == ["all", "0"]
    assert rows[0][f"param.{PLEDGE}"] == ""
    assert {row[f"param.{PLEDGE}"] for row in rows[1:513]} == {"0.0", "1.0"}
    assert rows[0]["variance_ratio"] == "inf"
    one = sweep([], {"stand_alone": lambda s, k: {LOSS: float(k)}}, 3)
    names = {path.stem for path in write_analysis(analyse(one, [LOSS]), tmp_path)}
    assert names == {"outcomes_by_policy", "distribution"}
    assert not stale.exists()
    assert "\nNotes" not in analysis_text(analyse(one, [LOSS]))


def test_policies_that_never_miss_and_always_miss() -> None:
    rule = {"stand_alone": lambda s, k: {LOSS: 1.0}, "respond_as_allies": lambda s, k: {LOSS: 0.0}}
    text = analysis_text(analyse(sweep([], rule, 12), [LOSS], failing=f"{LOSS}>0.5"))
    assert "  stand_alone: 12 of 12 runs (100 %); always" in text
    assert "  respond_as_allies: never" in text


def test_the_command_is_offered_and_says_where_there_is_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "analyse" in COMMANDS
    assert command(["analyse", str(tmp_path / "nowhere")]) == 5
    assert "no such results folder" in capsys.readouterr().err


def test_the_command_writes_tables_and_figures_and_prints_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = block("grid", [[0.0], [1.0]], [PLEDGE])
    rule = {"stand_alone": lambda s, k: {LOSS: k + s[PLEDGE]}, "respond_as_allies": lambda s, k: {LOSS: float(k)}}
    held = sweep([grid], rule, 3)
    monkeypatch.setattr("coercion_sim.experiments.open_results", lambda path: held)
    given = ["analyse", str(tmp_path), "--outcome", LOSS, "--baseline", "respond_as_allies", "-q"]
    assert command(given) == 0
    assert "less respond_as_allies [95 %]" in (text := capsys.readouterr().out)
    assert " ".join(text.split()).endswith(f"Tables and figures are in {tmp_path / 'analysis'}")
    assert {"contrasts.csv", f"contrasts-{LOSS}.png", "regret.png"} <= {
        p.name for p in (tmp_path / "analysis").iterdir()
    }
    assert command([*given, "--json", "--no-figures", "--maximise", LOSS]) == 0
    assert {row["maximise"] for row in json.loads(capsys.readouterr().out)["regret"]} == {True}
    assert command([*given, "--fails", "nothing"]) == 3
    assert "--fails: not a condition" in capsys.readouterr().err


def test_a_style_changes_the_figures_and_not_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = sweep([block("grid", [[0.0], [1.0]], [PLEDGE])], {"stand_alone": lambda s, k: {LOSS: k + s[PLEDGE]},
                 "respond_as_allies": lambda s, k: {LOSS: float(k)}}, 3)  # fmt: skip
    monkeypatch.setattr("coercion_sim.experiments.open_results", lambda path: held)
    (style := tmp_path / "journal.mplstyle").write_text("font.size: 9\n", "utf-8")
    (broken := tmp_path / "broken.mplstyle").write_text("font.size: large\n", "utf-8")
    written = {}
    for name, options in (("house", []), ("again", []), ("journal", ["--style", str(style)])):
        assert command(["analyse", str(tmp_path / name), "--outcome", LOSS, "-q", *options]) == 0
        written[name] = {p.name: p.read_bytes() for p in (tmp_path / name / "analysis").iterdir()}
    figures = {name for name in written["house"] if name.endswith(".png")}
    assert figures
    assert written["again"] == written["house"]
    assert {n for n, content in written["house"].items() if written["journal"][n] != content} == figures
    assert command(["analyse", str(tmp_path / "none"), "--style", str(broken)]) == 3
    assert not (tmp_path / "none").exists()
