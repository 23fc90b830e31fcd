"""`sweep`, `merge`, `verify`, `analyse` from a plan file to answers and exit codes, on the model itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import coercion_sim as cs
from coercion_sim.cli.app import run as command_line
from coercion_sim.experiments import open_results
from coercion_sim.files import sha256
from fakes.tiny import write_tiny
from support.children import interrupted_after, start
from support.folders import part_bytes

PLAN = """\
scenario = "tiny.toml"
name = "stiff"
question = "Does it matter how freely factors move?"
replicates = 2

[[vary]]
how = "sobol"
points = 4
[vary.parameters]
economy.factor_mobility = { uniform = [1.1, 3.0] }
economy.adjustment_rate = { log_uniform = [0.1, 0.9] }

[[vary]]
how = "grid"
parameters = { "policy.respond_as_allies.fraction" = [0.25, 1.0] }
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    write_tiny(tmp_path)
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, "utf-8")
    return path


def sweep(plan: Path, out: Path, *more: str) -> int:
    return command_line(["sweep", str(plan), "--out", str(out), "--workers", "1", *more])


def errors(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err


def test_a_plan_becomes_tables_with_parameters_by_run(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sweep(plan, tmp_path / "out") == 0
    said = capsys.readouterr()
    assert "stiff: 32 runs (8 points x 2 replicates x 2 policies), 0 failed" in said.out
    assert "stiff: 32 of 32 runs" in said.err
    results = open_results(tmp_path / "out" / "stiff")
    assert results.manifest["question"] == "Does it matter how freely factors move?"
    runs = results.frame("runs")
    assert len(runs) == 32
    assert set(runs["param.policy.respond_as_allies.fraction"]) == {0.25, 1.0}
    assert runs.groupby("point")["param.economy.factor_mobility"].nunique().max() == 1
    assert runs["param.economy.factor_mobility"].nunique() == 4
    joined = runs.merge(results.frame("outcomes"), on=["point", "policy", "replicate"])
    helped = joined[joined.policy == "respond_as_allies"]
    by_help = helped.groupby("param.policy.respond_as_allies.fraction")["target_loss_pv"].mean()
    assert by_help[1.0] < by_help[0.25]  # more help leaves less of the loss


def test_a_sweep_at_one_point_is_the_comparison(plan: Path, tmp_path: Path) -> None:
    """The same numbers, to the last bit, as `compare` with the same values set."""
    set_by_hand = cs.simulate(tmp_path / "tiny.toml", replicates=3, overrides=["economy.factor_mobility=1.3"])
    swept = cs.sweep(str(tmp_path / "tiny.toml"), {"economy.factor_mobility": [1.3]}, replicates=3)
    for name in ("outcomes", "states", "quarters"):
        assert swept.table(name).equals(set_by_hand.table(name)), name


def test_the_same_command_runs_nothing_again_and_a_longer_plan_only_what_is_new(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert sweep(plan, out, "-q") == 0
    assert capsys.readouterr().out.strip() == str(out / "stiff")
    assert sweep(plan, out) == 0
    assert "32 run now" not in capsys.readouterr().out
    plan.write_text(PLAN.replace("points = 4", "points = 8"), "utf-8")
    assert sweep(plan, out) == 0
    assert "32 run now" in capsys.readouterr().out
    assert sweep(plan, tmp_path / "anew", "-q") == 0
    assert part_bytes(out / "stiff") == part_bytes(tmp_path / "anew" / "stiff")


def test_a_changed_scenario_is_refused_with_what_changed(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sweep(plan, tmp_path / "out", "-q") == 0
    file = tmp_path / "tiny.toml"
    file.write_text(file.read_text("utf-8").replace("open = 0.05", "open = 0.1"), "utf-8")
    before = part_bytes(tmp_path / "out" / "stiff")
    assert sweep(plan, tmp_path / "out") == 5
    assert "scenario.measures.coal.open: 0.05, now 0.1" in errors(capsys)
    assert part_bytes(tmp_path / "out" / "stiff") == before
    assert sweep(plan, tmp_path / "out", "--force", "-q") == 0
    assert part_bytes(tmp_path / "out" / "stiff") != before


def test_shards_merge_to_the_same_bytes(plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for part in ("2/3", "1/3"):
        assert sweep(plan, tmp_path / "parts", "--shard", part, "-q") == 0
    assert command_line(["merge", str(tmp_path / "parts" / "stiff")]) == 5
    assert "parts are missing: 3/3" in errors(capsys)
    assert sweep(plan, tmp_path / "parts", "--shard", "3/3") == 0
    assert "When all parts are there: coercion-sim merge" in capsys.readouterr().out
    assert command_line(["merge", str(tmp_path / "parts" / "stiff")]) == 0
    assert "32 runs" in capsys.readouterr().out
    assert sweep(plan, tmp_path / "whole", "-q") == 0
    assert part_bytes(tmp_path / "parts" / "stiff") == part_bytes(tmp_path / "whole" / "stiff")


def test_verify_repeats_runs_bit_for_bit_and_finds_a_changed_file(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep(plan, tmp_path / "out", "-q")
    folder = tmp_path / "out" / "stiff"
    capsys.readouterr()
    assert command_line(["verify", str(folder), "--runs", "4", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (len(said["runs"]), said["sound"], said["same_code"]) == (4, True, True)
    part = folder / "outcomes" / "part-00000.parquet"
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(bytes(data))
    assert command_line(["verify", str(folder)]) == 5
    assert "outcomes/part-00000.parquet: is not the file" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "versions", "verdict", "codes"),
    [
        (0.0, {}, "identical", (0, 0)),
        (0.0, {"numpy": "1.26.4"}, "identical", (0, 0)),
        (1e-12, {"numpy": "1.26.4"}, "equal", (0, 5)),
        (1e-12, {}, "different", (5, 5)),
        (1e-6, {"numpy": "1.26.4"}, "different", (5, 5)),
    ],
)
def test_verify_has_three_verdicts(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], error: float, versions: dict[str, str],
    verdict: str, codes: tuple[int, int],
) -> None:  # fmt: skip
    """Results whose numbers differ by so much, made with other versions or the present ones."""
    sweep(plan, tmp_path / "out", "-q")
    folder = tmp_path / "out" / "stiff"
    part, manifest = folder / "outcomes" / "part-00000.parquet", folder / "manifest.json"
    table = pq.read_table(part)
    at = table.column_names.index("target_loss_pv")
    table = table.set_column(at, table.schema.field(at), pc.add(table.column(at), error))
    pq.write_table(table, part)
    data = json.loads(manifest.read_text())
    data["files"]["outcomes/part-00000.parquet"] |= {"sha256": sha256(part), "bytes": part.stat().st_size}
    data["environment"] |= versions
    manifest.write_text(json.dumps(data))
    capsys.readouterr()
    assert command_line(["verify", str(folder), "--json"]) == codes[0]
    told = json.loads(capsys.readouterr().out)
    assert (told["verdict"], sorted(told["environment"])) == (verdict, sorted(versions))
    assert command_line(["verify", str(folder), "--exact"]) == codes[1]
    out = capsys.readouterr().out
    assert f"Verdict: {verdict}" in out
    assert ("numpy 1.26.4, now" in out) == bool(versions)


def test_a_comparison_can_be_verified_too(plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", str(tmp_path / "tiny.toml"), "--out", str(tmp_path / "out"), "--workers", "1", "-q"]
    assert command_line(arguments) == 0
    folder = capsys.readouterr().out.strip()
    assert command_line(["verify", folder, "--runs", "3"]) == 0
    assert "3 of 3 runs came out the same" in capsys.readouterr().out


def test_analyse_answers_from_the_folder(plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweep(plan, tmp_path / "out", "-q")
    folder = tmp_path / "out" / "stiff"
    assert command_line(["analyse", str(folder), "--outcome", "target_loss_pv"]) == 0
    text = capsys.readouterr().out
    assert "Does it matter how freely factors move?" in text
    assert "less stand_alone" in text
    assert (folder / "analysis" / "contrasts.csv").is_file()
    assert open_results(folder).complete


# ------------------------------------------------------------------ precision
@pytest.mark.slow
def test_replicates_are_added_until_the_precision_is_met_and_the_rule_does_not_see_workers_or_stops(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = 'replicates = { until = "target_loss_pv", half_width = 0.05, at_most = 60 }'
    two_points = "\n".join(PLAN.split("\n")[:4]) + '\n\n[[vary]]\nhow = "grid"\n'
    text = two_points.replace("replicates = 2", "") + 'parameters = { "economy.adjustment_rate" = [0.1, 0.9] }\n'
    plan.write_text(text.replace('name = "stiff"', f'name = "stiff"\n{wanted}'), "utf-8")
    assert sweep(plan, tmp_path / "one") == 0
    assert "target_loss_pv known to within 0.05 at" in capsys.readouterr().out
    assert command_line(["sweep", str(plan), "--out", str(tmp_path / "two"), "--workers", "2", "-q"]) == 0
    assert part_bytes(tmp_path / "one" / "stiff") == part_bytes(tmp_path / "two" / "stiff")
    runs = open_results(tmp_path / "one" / "stiff").frame("runs")
    counts = runs.groupby("point")["replicate"].nunique()
    assert counts.max() <= 60
    plan.write_text(plan.read_text("utf-8").replace("half_width = 0.05", "half_width = 0.001"), "utf-8")
    assert sweep(plan, tmp_path / "one", "-q") == 0
    assert sweep(plan, tmp_path / "tight", "-q") == 0
    assert part_bytes(tmp_path / "one" / "stiff") == part_bytes(tmp_path / "tight" / "stiff")
    tighter = open_results(tmp_path / "one" / "stiff").frame("runs").groupby("point")["replicate"].nunique()
    assert (tighter >= counts).all()
    assert tighter.sum() > counts.sum()
    plan.write_text(plan.read_text("utf-8").replace("half_width = 0.001", "half_width = 0.5"), "utf-8")
    assert sweep(plan, tmp_path / "one") == 5
    assert "may only be tightened" in errors(capsys)


# ------------------------------------------------------------------ flags, dry runs, mistakes


def test_flags_make_a_small_grid(plan: Path, tmp_path: Path) -> None:
    flags = ["--set", "economy.factor_mobility=1.2,1.5", "--set", "quarters=3", "--name", "grid", "--replicates", "1"]
    assert sweep(tmp_path / "tiny.toml", tmp_path / "out", *flags, "-q") == 0
    results = open_results(tmp_path / "out" / "grid")
    assert results.points == 2
    assert results.quarters == ("2020Q3", "2020Q4", "2021Q1")


def test_a_dry_run_says_what_it_will_take_and_writes_nothing(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sweep(plan, tmp_path / "out", "--dry-run") == 0
    assert "8 points x 2 replicates x 2 policies = 32 runs" in capsys.readouterr().out
    assert sweep(plan, tmp_path / "out", "--dry-run", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["runs"] == 32
    assert said["seconds"] > 0
    assert said["megabytes"] > 0
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("economy.factor_mobility = {", "economy.factor_mobilty = {", 10, "economy.factor_mobility"),
        ("uniform = [1.1, 3.0]", "uniform = [3.0, 1.1]", 10, "lower end first"),
        ("points = 4", "points = 5", 8, "4 and 8"),
        ("replicates = 2", 'policies = ["stand_alone", "respond_as_ally"]', 4, "respond_as_allies"),
    ],
)
def test_bad_plans_say_file_line_and_remedy_and_write_nothing(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, line: int, words: str
) -> None:
    plan.write_text(PLAN.replace(old, new), "utf-8")
    assert sweep(plan, tmp_path / "out") == 3
    said = errors(capsys)
    assert command_line(["check", str(plan)]) == 3
    assert errors(capsys) == said
    assert f"plan.toml:{line}:" in said
    assert words in said
    assert not (tmp_path / "out").exists()


def test_check_takes_plans_too(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["check", str(plan)]) == 0
    assert "ok: stiff, a plan on tiny.toml" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--shard", "4/3"], "K/N"),
        (["--set", "quarters=3"], r"[set] and [[vary]] in the plan"),
        pytest.param(["--dask", "tcp://127.0.0.1:1"], "tcp://127.0.0.1:1", marks=pytest.mark.slow),
    ],
)
def test_bad_options_say_what_is_allowed(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], words: str
) -> None:
    assert sweep(plan, tmp_path / "out", *more) == 3
    assert words in errors(capsys)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_ctrl_c_keeps_what_is_finished_and_the_same_command_goes_on(plan: Path, tmp_path: Path) -> None:
    plan.write_text(PLAN.replace("replicates = 2", "replicates = 2000"), "utf-8")
    arguments = ["sweep", str(plan), "--out", str(tmp_path / "out"), "--workers", "2"]
    process = start(*arguments)
    said = interrupted_after(process, lambda: (tmp_path / "out").glob("stiff/journal.bin"))
    assert process.returncode == 130, said
    half = open_results(tmp_path / "out" / "stiff")
    assert not half.complete
    assert 0 < half.table("runs").num_rows < 32_000


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
@pytest.mark.parametrize(("workers", "group"), [("1", False), ("2", True)])
def test_sigterm_leaves_as_ctrl_c_does(plan: Path, tmp_path: Path, workers: str, group: bool) -> None:
    """A batch system sends SIGTERM, to the process or to all of a job: the tables are written, the code is 130."""
    plan.write_text(PLAN.replace("replicates = 2", "replicates = 2000"), "utf-8")
    process = start("sweep", str(plan), "--out", str(tmp_path / "out"), "--workers", workers)
    said = interrupted_after(process, lambda: (tmp_path / "out").glob("stiff/journal.bin"), signal.SIGTERM, group=group)
    assert process.returncode == 130, said
    assert "the same command goes on from there" in said
    half = open_results(tmp_path / "out" / "stiff")
    assert not half.complete
    assert 0 < half.table("runs").num_rows < 32_000


@pytest.mark.skipif(os.name != "posix", reason="as in a shell of POSIX")
def test_a_sweep_whose_reader_has_gone_runs_to_its_end(plan: Path, tmp_path: Path) -> None:
    """As `2>&1 | head` leaves it: what it says on the way cannot be written, nor can its last words."""
    read, written = os.pipe()
    os.close(read)
    arguments = ["sweep", str(plan), "--out", str(tmp_path / "out"), "--workers", "1"]
    try:
        command = [sys.executable, "-m", "coercion_sim", *arguments]
        assert subprocess.run(command, stdout=written, stderr=written, check=False).returncode == 0
    finally:
        os.close(written)
    assert open_results(tmp_path / "out" / "stiff").complete


@pytest.mark.skipif(os.name != "posix", reason="limits the size of a file as POSIX does")
def test_where_there_is_no_room_left_runs_are_kept_and_the_code_says_so(plan: Path, tmp_path: Path) -> None:
    import resource

    arguments = ["sweep", str(plan), "--out", str(tmp_path / "out"), "--workers", "1", "--quiet"]
    command = [sys.executable, "-m", "coercion_sim", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY)),
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert "journal.bin: cannot be written (File too large)" in done.stderr
    assert "make room and give the same command" in done.stderr
    assert sweep(plan, tmp_path / "out") == 0
    assert open_results(tmp_path / "out" / "stiff").complete


def test_a_point_that_stands_twice_is_refused_with_both_lines(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "points.csv").write_text("economy.factor_mobility,economy.closure\n1.2,fixed\n1.3,fixed\n1.20, fixed\n")
    plan.write_text('scenario = "tiny.toml"\n[[vary]]\nhow = "table"\nfile = "points.csv"\n')
    for command in (["check", str(plan)], ["sweep", str(plan), "--out", str(tmp_path / "out")]):
        assert command_line(command) == 3
        assert "points.csv:4: this point is listed twice and would count twice; found the point of line 2" in errors(
            capsys
        )
    assert not (tmp_path / "out").exists()


def test_a_failed_run_is_a_row_the_rest_is_kept_and_the_code_says_so(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One of two policies raises an error in every run."""
    own = tmp_path / "own.py"
    own.write_text(FAILS, "utf-8")
    more: list[Any] = ["--policy-file", str(own), "--policy", "stand_alone", "--policy", "gives_up"]
    plan.write_text(PLAN[: PLAN.index('[[vary]]\nhow = "grid"')], "utf-8")
    assert sweep(plan, tmp_path / "out", *more) == 4
    said = capsys.readouterr().out
    assert "8 failed" in said
    assert "--retry-failed" in said
    runs = open_results(tmp_path / "out" / "stiff").frame("runs")
    assert set(runs[runs.status == "failed"].policy) == {"gives_up"}
    assert runs[runs.status == "failed"].error.str.contains("no more").all()


FAILS = '''
from coercion_sim.policies import Policy


class GivesUp(Policy):
    """Gives up before it began."""

    name = "gives_up"
    words = "no words"
    summary = "raises an error"

    def respond(self, situation):
        raise RuntimeError("no more")
'''
