"""`deter` and `coalition` on a small world: their answers hold together, and what cannot be asked is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from coercion_sim.cli.app import run as command_line
from fakes.tiny import DETERRABLE, SCENARIO, write_tiny

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("tables_in_memory")]  # many disputes are solved


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny(tmp_path, SCENARIO + DETERRABLE)


@pytest.mark.slow
def test_the_frontier_is_printed_written_and_the_same_on_any_number_of_workers(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["deter", str(tiny), "--draws", "3", "--stake", "0.05", "--stake", "0.2", "--quiet"]
    assert command_line([*asked, "--workers", "1", "--out", str(tmp_path / "out")]) == 0
    text = capsys.readouterr().out
    assert [line.split()[2] for line in text.splitlines() if line.startswith("Stake")] == ["0.05", "0.2"]
    assert command_line([*asked, "--workers", "1", "--json"]) == 0
    one = json.loads(capsys.readouterr().out)
    assert command_line([*asked, "--workers", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == one
    rows = list(csv.DictReader((tmp_path / "out" / "frontier.csv").open(encoding="utf-8")))
    costs = list(csv.DictReader((tmp_path / "out" / "frontier_costs.csv").open(encoding="utf-8")))
    assert len(rows) == len(one["points"]) == 2 * (3 + 4 + 3) * len({r["named"] for r in rows})
    assert len(costs) == sum(len(p["members"]) for p in one["points"])
    for row, point in zip(rows, one["points"], strict=True):
        wanted = np.inf if point["median"] is None else point["median"]
        assert float(row["median"]) == wanted


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--pair", "CHN"], "CHN:AUS"),
        (["--pair", "CHN:AUT"], "did you mean AUS"),
        (["--pair", "AUS:AUS"], "does not coerce itself"),
        (["--intensity", "1.5"], "--intensity: out of range"),
        (["--strongest", "0"], "--strongest: out of range"),
        (["--policy", "respond_as_alies"], "respond_as_allies"),
        (["--set", "dispute.most_allies=0"], "no ally to promise AUS anything"),
        (["--set", "dispute.no_such=1"], "no_such"),
    ],
)
@pytest.mark.parametrize("command", ["deter", "coalition"])
def test_what_makes_no_question_is_refused(
    tiny: Path, command: str, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line([command, str(tiny), "--quiet", *arguments]) == 3
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("command", ["deter", "coalition"])
def test_a_scenario_without_a_quarrel_or_without_means_says_so(
    tiny: Path, tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    head, _, rest = tiny.read_text("utf-8").partition("[[measures]]")
    quiet = head.replace('coercer = "CHN"\ntarget = "AUS"\n', "") + rest[rest.index("[dispute]") :]
    (tmp_path / "quiet.toml").write_text(quiet, "utf-8")
    here = ["--workers", "1"] if command == "deter" else []
    assert command_line([command, str(tmp_path / "quiet.toml"), "--quiet", *here]) == 3
    assert "no dispute can arise" in capsys.readouterr().err
    assert command_line([command, str(tiny), "--quiet", "--set", 'dispute.packages=["narrow"]',
                         "--set", "dispute.screen_supply_share=0", *here]) == 3  # fmt: skip
    assert "has nothing to press AUS with" in capsys.readouterr().err


def test_the_answer_names_the_policy_that_leaves_nothing_to_press_with(
    tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = ("--set", 'dispute.packages=["narrow"]', "--set", "dispute.screen_supply_share=0")
    few = ("--quiet", "--draws", "1", "--workers", "1", "--policy", "stand_alone")
    assert command_line(["answer", str(tiny), *few, *nothing]) == 3
    assert "press AUS with under stand_alone: " in capsys.readouterr().err


def test_members_and_candidates_must_be_states_beside_the_quarrel(
    tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line(["deter", str(tiny), "--quiet", "--members", "CHN,UAS"]) == 3
    said = capsys.readouterr().err
    assert "a party to the dispute" in said
    assert "did you mean USA" in said
    assert command_line(["coalition", str(tiny), "--quiet", "--candidates", "AUS"]) == 3
    assert "--candidates: a party to the dispute" in capsys.readouterr().err
    assert command_line(["coalition", str(tiny), "--quiet", "--candidates", "9"]) == 3
    assert "--candidates: too many: 2^n coalitions; found 9; allowed: 1 to 8" in capsys.readouterr().err


def test_where_nobody_is_needed_or_nobody_suffices_the_command_says_so(
    tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line(["coalition", str(tiny), "--quiet", "--stake", "0.001"]) == 0
    assert "Accounts" not in capsys.readouterr().out
    assert command_line(["coalition", str(tiny), "--quiet", "--stake", "0.2", "--strongest", "0.0001"]) == 0
    text = capsys.readouterr().out
    assert all(f"\n  {state} " in text for state in ("USA", "JPN"))
    assert command_line(["coalition", str(tiny), "--quiet", "--stake", "0.2", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["chosen"]["deters"]
    assert {a["state"] for a in data["accounts"]} == {"USA", "JPN"}
