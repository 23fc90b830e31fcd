"""`--policy-file` on every command that takes policies, and from Python: results, key, manifest, worker processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import coercion_sim as cs
from coercion_sim.cli.app import run as command_line
from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import content_key, make_job, open_results
from coercion_sim.policies import load_policies
from coercion_sim.policies.user_policies import text_hash
from fakes.tiny import SCENARIO, write_tiny
from support.own_policies import BARE, PAYS


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(PAYS, encoding="utf-8")
    return path


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_tiny(tmp_path)


NAMED = (
    SCENARIO.replace('"respond_as_allies"]', '"pays", "pays+respond_as_allies"]') + "\n[policy.pays]\nfraction = 0.8\n"
)


def said(capsys: pytest.CaptureFixture[str], code: int, *arguments: Any) -> str:
    assert command_line([str(a) for a in arguments]) == code
    printed = capsys.readouterr()
    return printed.out if code == 0 else printed.err


@pytest.mark.slow
def test_workers_run_a_policy_of_a_file_to_the_same_results(
    scenario: Path, mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [
        said(capsys, 0, "run", scenario, "--policy", "pays", "--policy-file", mine, "--workers", w, "--quiet",
             "--set", "policy.pays.fraction=0.6", "--out", tmp_path / str(w)).strip()
        for w in (1, 2)
    ]  # fmt: skip
    one, two = (open_results(folder) for folder in folders)
    assert one.manifest["key"] == two.manifest["key"]
    assert one.table("states").equals(two.table("states"))
    paid = one.table("states").to_pylist()
    helped = [row["help_received"] for row in paid if row["state"] == "AUS" and row["step"] == 2]
    assert len(helped) == 3
    assert min(helped) > 0
    assert len(set(helped)) == 3  # luck by replicate


def test_a_scenario_file_may_name_and_set_them(tmp_path: Path, mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = write_tiny(tmp_path, NAMED)
    assert "unknown policy; found pays" in said(capsys, 3, "check", scenario)
    assert "policies stand_alone, pays, pays+respond_as_allies" in said(
        capsys, 0, "check", scenario, "--policy-file", mine
    )
    out = said(capsys, 0, "compare", scenario, "--policy-file", mine, "--no-figures", "--workers", 1, "--json",
               "--out", tmp_path / "out")  # fmt: skip
    assert {row["policy"] for row in json.loads(out)["rows"]} == {"stand_alone", "pays", "pays+respond_as_allies"}
    manifest = open_results(json.loads(out)["folder"]).manifest
    assert manifest["parameters"]["pays"] == {"fraction": 0.8, "share": "all"}
    assert manifest["outside_policies"] == {
        "pays": {"file": "mine.py", "sha256": text_hash(PAYS.encode()), "distribution": "", "version": ""}
    }


def test_a_changed_file_gives_another_key_and_one_that_is_not_used_does_not(scenario: Path, mine: Path) -> None:
    def key(policy: str = "pays", **more: Any) -> str:
        return content_key(make_job(scenario, policy, policy_files=mine, **more))

    first = key()
    alone = content_key(make_job(scenario, "stand_alone"))
    assert key("stand_alone") == alone
    mine.write_text(PAYS.replace("0.5 + 0.5 *", "0.4 + 0.5 *"), encoding="utf-8")
    assert key() != first
    mine.write_text(PAYS, encoding="utf-8")
    assert key() == first


def test_lists_and_schema_have_them(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(said(capsys, 0, "list", "policies", "--json", "--policy-file", mine))
    assert rows[-1]["name"] == "pays"
    keys = {r["key"]: r for r in json.loads(said(capsys, 0, "list", "parameters", "--json", "--policy-file", mine))}
    assert keys["policy.pays.fraction"]["unit"] == "share"
    schema = json.loads(said(capsys, 0, "check", "--schema", "--policy-file", mine))
    assert set(schema["properties"]["policy"]["properties"]["pays"]["properties"]) == {"fraction", "share"}
    assert "pays" not in said(capsys, 0, "list", "policies")


def test_explain_plays_the_run_with_it(scenario: Path, mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, 0, "explain", scenario, "--policy", "pays", "--policy-file", mine)
    assert "pay AUS" in told


def test_a_game_is_shown_with_its_promises(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = write_tiny(tmp_path)
    path = tmp_path / "word.py"
    text = BARE.replace("import Policy,", "import Pledge, Policy,") + (
        "\n    def pledge(self, outlook, coercer, target):\n        return Pledge(('USA',), 0.3, ('absorb',))\n"
    )
    path.write_text(text, encoding="utf-8")
    words = ("--set", "dispute.screen=off", "--set", "dispute.packages=['barriers']")
    shown = said(capsys, 0, "game", "show", scenario, "--policy", "bare", "--policy-file", path, *words)
    assert "USA" in shown
    assert "bare" in shown


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_a_policy_prints_stays_out_of_the_answer(scenario: Path, tmp_path: Path, workers: str) -> None:
    loud = "print('as it is read')\n" + BARE.replace("return", "print('as it plays')\n        return")
    told = [
        subprocess.run(
            [sys.executable, "-m", "coercion_sim", *command, str(scenario), "--policy", "bare",
             "--policy-file", str(write(tmp_path, loud)), "--json"],
            capture_output=True, text=True, check=True,
        )
        for command in (["run", "--workers", workers, "--out", str(tmp_path / "out")], ["explain"])
    ]  # fmt: skip
    assert json.loads(told[0].stdout)["counts"] == {"ok": 3, "failed": 0}
    assert json.loads(told[1].stdout)
    for done in told:
        assert "as it is read" in done.stderr
        assert "as it plays" in done.stderr


def test_a_mistake_in_the_file_ends_with_code_3_and_writes_nothing(
    scenario: Path, mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine.write_text("class Mine(:\n", encoding="utf-8")
    for command in ("run", "compare", "check", "explain"):
        out = ("--out", tmp_path / "out") if command in ("run", "compare") else ()
        assert f"error: {mine}:1: is not valid Python" in said(
            capsys, 3, command, scenario, "--policy-file", mine, *out
        )
    assert not (tmp_path / "out").exists()
    near = said(capsys, 3, "run", scenario, "--policy", "payz", "--policy-file", write(tmp_path, PAYS))
    assert "did you mean pays?" in near


def test_what_cannot_be_sent_to_workers_is_said_and_runs_in_one_process(
    scenario: Path, mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    locked = BARE.replace("class Bare", "import threading\n\nLOCK = threading.Lock()\n\n\nclass Bare")
    mine.write_text(locked.replace("return Response()", "LOCK.locked()\n        return Response()"), encoding="utf-8")
    words = ("run", scenario, "--policy", "bare", "--policy-file", mine, "--quiet", "--out", tmp_path / "out")
    assert "cannot be sent to worker processes" in said(capsys, 3, *words, "--workers", 2)
    assert said(capsys, 0, *words, "--workers", 1)


def write(folder: Path, text: str) -> Path:
    path = folder / "right.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_from_python_by_file_or_by_class(scenario: Path, mine: Path) -> None:
    by_file = cs.simulate(scenario, "pays", policy_files=mine, replicates=1)
    classes = load_policies(mine)
    by_class = cs.simulate(cs.load_scenario(scenario, policies=classes), "pays", replicates=1)
    late = cs.simulate(cs.load_scenario(scenario), "pays", policy_files=[mine], replicates=1)
    for other in (by_class, late):
        assert other.manifest["key"] == by_file.manifest["key"]
        assert other.table("states").equals(by_file.table("states"))
    with pytest.raises(InvalidInput, match="unknown policy"):
        cs.simulate(scenario, "pays", replicates=1)


def test_a_scenario_keeps_the_classes_when_values_change(tmp_path: Path, mine: Path) -> None:
    scenario = cs.load_scenario(write_tiny(tmp_path, NAMED), policies=load_policies(mine))
    assert scenario.with_values({"policy.pays.fraction": 0.1}).build_policy("pays").parameters.fraction == 0.1


def test_plot_draws_what_needs_no_replay_without_the_file_and_the_rest_with_it(
    scenario: Path, mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario.write_text(scenario.read_text("utf-8").replace('"respond_as_allies"]', '"pays"]'), "utf-8")
    asked = ["--policy-file", mine, "--workers", 1, "--quiet", "--no-figures", "--out", tmp_path / "r"]
    folder = said(capsys, 0, "compare", scenario, *asked).strip()
    kinds = ["plot", folder, "--width", "column", "--kind", "network", "--kind", "losses_by_state"]
    assert command_line([str(a) for a in kinds]) == 3
    printed = capsys.readouterr()
    assert [Path(line).stem for line in printed.out.splitlines()] == ["losses_by_state"]
    assert "not drawn: network" in printed.err
    assert "(its policies came from mine.py: name them with --policy-file)" in printed.err
    drawn = said(capsys, 0, *kinds, "--policy-file", mine).split()
    assert sorted(Path(line).stem for line in drawn) == ["losses_by_state", "network"]
