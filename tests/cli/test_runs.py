"""`run` and `compare` from a scenario file to tables, text, figures and exit codes."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from coercion_sim.cli import comparison, tables
from coercion_sim.cli.app import run as command_line
from coercion_sim.cli.tables import plain
from coercion_sim.experiments import open_results
from coercion_sim.wording import interval, number
from coercion_sim.world import World, save_world
from fakes.tiny import SCENARIO, tiny_world, write_tiny
from support.children import interrupted_after, start


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_tiny(tmp_path)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def summary(capsys: pytest.CaptureFixture[str], *arguments: Any) -> dict[str, Any]:
    """Run with --json and read what it printed."""
    assert command_line([*map(str, arguments), "--json", "--workers", "1"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert isinstance(data, dict)
    return data


def test_run_writes_results_that_open(scenario: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = summary(capsys, "run", scenario, "--policy", "stand_alone", "--replicates", 2, "--seed", 5, "--out", out)
    results = open_results(said["folder"])
    assert results.policies == ("stand_alone",)
    assert results.table("runs").column("seed").to_pylist() == [5, 5]
    assert Path(said["folder"]).parent == out / "tiny"
    states = results.table("states").to_pylist()
    assert next(r["real_income"] for r in states if r["state"] == "AUS" and r["step"] == 0) == pytest.approx(
        0, abs=1e-9
    )
    assert next(r["real_income"] for r in states if r["state"] == "AUS" and r["step"] == 1) < -0.1


@pytest.mark.parametrize("width", [80, 10_000])
def test_the_text_has_the_numbers_of_the_comparison_and_fits(
    scenario: Path, out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr(tables, "screen_width", lambda: width)
    monkeypatch.setattr(comparison, "screen_width", lambda: width)
    assert (
        command_line(
            ["compare", str(scenario), "--replicates", "5", "--out", str(out), "--no-figures", "--workers", "1"]
        )
        == 0
    )
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines[:-1] if str(scenario) not in line) <= width  # a path cannot be broken
    folder = Path(lines[-1].split(" are in ")[1])
    with (folder / "comparison.csv").open() as file:
        rows = list(csv.DictReader(file))
    whole = rows[[row["outcome"] for row in rows].index("coercer_cost") - 1]["period"]
    shown = {
        ("real_income", "AUS", "stand_alone", "", "2020"),
        ("real_income", "AUS", "respond_as_allies", "", "2021"),
        ("real_income", "USA", "respond_as_allies", "", whole),
        ("real_income", "AUS", "respond_as_allies", "stand_alone", whole),
        ("target_loss_pv", "", "respond_as_allies", "stand_alone", whole),
    }
    for row in rows:
        key = tuple(row[name] for name in ("outcome", "item", "policy", "against", "period"))
        if key in shown:
            shown.remove(key)
            wanted = number(*(float(row[name]) for name in ("mean", "low", "high")))
            if row["against"]:
                ends = (float(row[name]) for name in ("mean", "mean_low", "mean_high"))
                wanted = interval(*ends, sign=True, star=True)
            assert any(plain(wanted) in line for line in lines), (key, wanted)
    assert not shown


def test_compare_pairs_the_worlds_and_writes_tidy_rows(
    scenario: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = summary(capsys, "compare", scenario, "--replicates", 5, "--out", out, "--no-figures")
    assert (said["units"], said["idle"]) == (5, {})
    assert said["baseline"] == "stand_alone"
    gain = next(
        r
        for r in said["rows"]
        if (r["outcome"], r["item"], r["period"], r["against"]) == ("real_income", "AUS", "2021", "stand_alone")
    )
    assert gain["n"] == gain["units"] == 5
    assert gain["mean"] > 0
    assert gain["mean_low"] <= gain["mean"] <= gain["mean_high"]
    with (Path(said["folder"]) / "comparison.csv").open() as file:
        assert len(list(csv.DictReader(file))) == len(said["rows"])


def test_figures_are_drawn_into_the_folder(scenario: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = summary(capsys, "compare", scenario, "--out", out)
    drawn = {Path(file).name for file in said["files"] if file.endswith(".png")}
    assert {"losses_by_state.png", "time_path.png"} <= drawn
    assert all((Path(said["folder"]) / name).stat().st_size > 5000 for name in drawn)


def test_the_same_command_finds_the_same_folder(scenario: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", str(scenario), "--out", str(out), "--workers", "1"]
    assert command_line(arguments) == 0
    first = capsys.readouterr().out
    assert "not run again" not in first
    assert command_line(arguments) == 0
    again = capsys.readouterr().out
    assert "not run again" in again
    assert first.splitlines()[-1] == again.splitlines()[-1]
    assert command_line([*arguments, "--set", "measures.coal.open=0.1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] != first.splitlines()[-1]


def test_set_changes_the_run(scenario: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shut = summary(capsys, "run", scenario, "--defaults", "--policy", "stand_alone", "--out", out)
    ajar = summary(
        capsys,
        "run",
        scenario,
        "--defaults",
        "--policy",
        "stand_alone",
        "--out",
        out,
        "--set",
        "measures.coal.open=0.9",
    )
    loss = [
        next(
            r["mean"] for r in said["rows"] if (r["outcome"], r["item"], r["period"]) == ("real_income", "AUS", "2021")
        )
        for said in (shut, ajar)
    ]
    assert loss[0] < loss[1] < 0
    assert shut["design"]["drawn"] == "defaults"


def test_csv_is_written_beside_parquet(scenario: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = summary(capsys, "run", scenario, "--defaults", "--format", "csv", "--out", out)
    with (Path(said["folder"]) / "runs.csv").open() as file:
        assert [row["policy"] for row in csv.DictReader(file)] == ["stand_alone", "respond_as_allies"]


def test_quiet_prints_the_folder_alone(scenario: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["run", str(scenario), "--defaults", "--quiet", "--out", str(out), "--workers", "1"]) == 0
    captured = capsys.readouterr()
    assert open_results(captured.out.strip()).complete
    assert captured.err == ""


# ------------------------------------------------------------------ going wrong


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--policy", "stand_aloen"], "did you mean stand_alone"),
        (["--replicates", "0"], "replicates"),
        (["--seed", "-1"], "seed"),
        (["--set", "economy.factor_mobilty=2"], "factor_mobility"),
        (["--set", "measures.coal.open=-2"], "open"),
        (["--set", "actors.target=AUZ"], "AUS"),
        (["--set", "nonsense"], "nonsense"),
    ],
)
def test_bad_input_is_named_and_leaves_nothing(
    scenario: Path, out: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], word: str
) -> None:
    for command in ("run", "compare"):
        assert command_line([command, str(scenario), "--out", str(out), *arguments]) == 3
        assert word in capsys.readouterr().err
        assert not out.exists()


@pytest.mark.parametrize("content", [None, b"", b"\x00\xff\xfe", b"name = ["])
def test_a_scenario_that_is_none_leaves_nothing(tmp_path: Path, out: Path, content: bytes | None) -> None:
    path = tmp_path / "bad.toml"
    if content is not None:
        path.write_bytes(content)
    assert command_line(["run", str(path), "--out", str(out)]) == 3
    assert not out.exists()


def test_a_damaged_world_leaves_nothing(scenario: Path, out: Path) -> None:
    arrays = next((scenario.parent / "tiny_world").glob("*.npz"))
    arrays.write_bytes(b"")
    assert command_line(["run", str(scenario), "--out", str(out)]) == 3
    assert not out.exists()


def test_runs_that_fail_are_kept_as_rows_and_end_with_4(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Australia makes no wine and shuts everybody else's out: its buyers are left without a supplier
    ban = """
[[measures]]
name = "no_wine_from_{on}"
kind = "import_ban"
by = "AUS"
on = "{on}"
sectors = ["wine"]
open = 0.0
purpose = "derisk"
"""
    scenario = write_tiny(tmp_path, SCENARIO + "".join(ban.format(on=s) for s in ("CHN", "USA", "JPN")))
    whole = tiny_world()
    flows = whole.flows.copy()
    flows[1, 0, 0] = 0.0
    bare = World.from_flows("tiny_world", whole.states, whole.sectors, flows, whole.trade_elasticity, tags=whole.tags)
    save_world(bare, tmp_path / "tiny_world")
    arguments = ["--policy", "stand_alone", "--defaults", "--out", str(out), "--workers", "1"]
    assert command_line(["run", str(scenario), *arguments]) == 4
    said = capsys.readouterr().err
    assert "every run failed" in said
    assert "wine" in said
    (row,) = open_results(said.strip().splitlines()[-1]).table("runs").to_pylist()
    assert (row["status"], row["policy"]) == ("failed", "stand_alone")


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_leaves_finished_runs_and_the_same_command_goes_on(scenario: Path, out: Path, workers: int) -> None:
    arguments = ["run", str(scenario), "--replicates", "4000", "--out", str(out), "--workers", str(workers)]
    process = start(*arguments)
    said = interrupted_after(process, lambda: out.glob("tiny/*/journal.bin"))
    assert process.returncode == 130, said
    assert "Traceback" not in said
    (folder,) = out.glob("tiny/*")
    half = open_results(folder)
    assert not half.complete
    assert 1 <= half.table("runs").num_rows / 2 < 4000


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from coercion_sim.cli.app import run\n"
        "for command in ('run', 'compare', 'shock', 'world'): run([command, '--help'])\n"
        "heavy = {'numpy', 'scipy', 'mesa', 'pandas', 'matplotlib', 'pyarrow', 'loky', 'rich'}\n"
        "print('loaded:', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded: []"
