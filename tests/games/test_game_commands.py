"""`game show` and `game solve`: what they print, write and refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from coercion_sim.cli.app import run as command
from coercion_sim.cli.game import game as group
from coercion_sim.errors import CoercionSimError, ConvergenceError, InvalidInput


def run(*words: object) -> Result:
    return CliRunner().invoke(group, [str(word) for word in words])


def check(result: Result) -> str:
    assert result.exception is None, result.exception
    return result.output


@pytest.fixture
def threat(tmp_path: Path) -> Path:
    def end(label: str, c: float, t: float) -> dict[str, Any]:
        return {"type": "terminal", "label": label, "payoffs": {"Coercer": c, "Target": t}}

    def node(player: str, infoset: str, **children: Any) -> dict[str, Any]:
        actions = [{"label": label, "child": child} for label, child in children.items()]
        return {"type": "decision", "player": player, "infoset": infoset, "actions": actions}

    last = node("Coercer", "C2", impose=end("impose", -0.1, -0.9), back_down=end("back_down", -0.3, 0.05))
    answer = node("Target", "T1", concede=end("concede", 1.0, -0.6), resist=last)
    tree = node("Coercer", "C1", status_quo=end("status_quo", 0, 0), threaten=answer)
    path = tmp_path / "threat.json"
    path.write_text(
        json.dumps({"kind": "extensive", "title": "A [threat]", "players": ["Coercer", "Target"], "tree": tree})
    )
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.json"
    pay = {"A": [[0.75, 0.75], [1.0, 0.0]], "B": [[0.75, 1.0], [0.75, 0.0]]}
    data = {
        "kind": "normal",
        "players": ["A", "B"],
        "strategies": {"A": ["give", "ride"], "B": ["give", "ride"]},
        "payoffs": pay,
    }
    path.write_text(json.dumps(data))
    return path


def test_solve_prints_json_in_the_shape_of_the_vectors(threat: Path) -> None:
    out = json.loads(check(run("solve", threat, "--rationality", "5", "--json")))
    assert {"method", "lambda", "behavior", "payoffs", "outcome_probs", "residual", "status"} <= set(out)
    assert out["method"] == "logit"
    assert out["lambda"] == 5.0
    assert out["behavior"]["T1"]["concede"] == pytest.approx(0.5554036237441508, abs=1e-12)
    assert out["status"] == "converged"


def test_solve_agrees_with_every_vector_entry(vector_folder: Path) -> None:
    vector = vector_folder / "d07_tsebelis_2x2.json"
    expected = json.loads(vector.read_text())["expected"]
    out = json.loads(check(run("solve", vector, "--method", "nash", "--json")))
    assert out["nash"][0]["profile"] == expected["nash"][0]["profile"]
    case = expected["logit_qre_principal_branch"][2]
    out = json.loads(check(run("solve", vector, "--rationality", case["lambda"], "--json")))
    for name, choice in case["profile"].items():
        assert out["profile"][name] == pytest.approx(choice, abs=1e-6)


def test_rationality_by_player_with_a_plain_number_for_the_rest(threat: Path) -> None:
    out = json.loads(check(run("solve", threat, "--rationality", "5", "--rationality", "Target=0", "--json")))
    assert out["lambda"] == {"Coercer": 5.0, "Target": 0.0}
    assert out["behavior"]["T1"]["concede"] == 0.5
    out = json.loads(check(run("solve", threat, "--rationality", "inf", "--json")))
    assert out["lambda"] == "infinity"
    assert out["behavior"]["T1"]["concede"] == 1.0


def test_spe_and_tables_for_people(threat: Path, table: Path) -> None:
    out = json.loads(check(run("solve", threat, "--method", "spe", "--json")))
    assert out["path"] == ["concede"]
    text = check(run("solve", threat, "--rationality", "5"))
    for word in ("C1", "threaten", "0.919469", "residual", "converged", "concede"):
        assert word in text
    text = check(run("solve", table, "--method", "nash"))
    assert "3 equilibria; complete" in text


def test_show_prints_the_whole_tree_with_its_solution(threat: Path, table: Path) -> None:
    text = check(run("show", threat))
    assert "A [threat]" in text
    assert "threaten 1.0000" in text
    assert "back_down  Coercer -0.3, Target 0.05  p = 0.0000" in text
    assert "threaten 0.9195" in check(run("show", threat, "--rationality", "5"))
    assert "3 equilibria" in check(run("show", table))


def test_show_draws_and_solve_exports(threat: Path, tmp_path: Path) -> None:
    check(run("show", threat, "--plot", tmp_path / "tree.png"))
    assert (tmp_path / "tree.png").read_bytes().startswith(b"\x89PNG")
    check(run("solve", threat, "--rationality", "5", "--efg", tmp_path / "g.efg"))
    assert (tmp_path / "g.efg").read_text().startswith("EFG 2 R")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["solve"], "needs a rationality"),
        (["solve", "--rationality", "five"], "not a number; found 'five'"),
        (["solve", "--rationality", "Cercer=5"], "did you mean Coercer?"),
        (["solve", "--rationality", "-1"], "not a rationality"),
        (["show", "--plot", "tree.xyz"], "cannot draw in this format"),
    ],
)
def test_wrong_requests_are_input_errors(threat: Path, words: list[str], reason: str) -> None:
    result = run(words[0], threat, *words[1:])
    assert isinstance(result.exception, InvalidInput)
    assert result.exception.exit_code == 3
    assert reason in str(result.exception)


@pytest.mark.parametrize("words", [["solve", "--rationality", "5", "--efg"], ["show", "--plot"]])
def test_a_place_that_cannot_be_written_is_named(
    threat: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["game", words[0], str(threat), *words[1:], "/no/such/folder/g.png"]) == 3
    assert "/no/such/folder/g.png: cannot be read or written" in capsys.readouterr().err


def test_a_wrong_file_is_refused_with_path_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(
        '{"kind": "extensive", "players": ["A"], "tree": {"type": "decision", "player": "B", "infoset": "h", '
        '"actions": [{"label": "x", "child": {"type": "terminal", "label": "t", "payoffs": {"A": 0}}}]}}'
    )
    result = run("solve", path, "--rationality", "1")
    assert isinstance(result.exception, InvalidInput)
    assert str(result.exception) == f"{path}: tree: unknown player; found 'B'; allowed: A"


def test_a_branch_that_cannot_be_followed_is_printed_and_fails(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from coercion_sim.games import BranchSettings, principal_branch

    monkeypatch.setattr(principal_branch, "BranchSettings", lambda: BranchSettings(most_steps=2))
    result = run("solve", table, "--rationality", "5", "--json")
    assert isinstance(result.exception, ConvergenceError)
    assert isinstance(result.exception, CoercionSimError)
    assert json.loads(result.output)["status"] == "failed: too many steps"
