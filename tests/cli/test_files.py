"""The command line: `list`, `check`, `copy`, exit codes, and what starting it costs."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

import coercion_sim
from coercion_sim.cli import app
from coercion_sim.cli.files import TOPICS
from coercion_sim.cli.tables import entries
from coercion_sim.errors import ConvergenceError, Problem, ResultsError, ScenarioError
from coercion_sim.scenario import dictionary

SOURCE = Path(coercion_sim.__file__).resolve().parents[1]
HEAVY = ("scipy", "mesa", "pandas", "matplotlib", "pyarrow")


def python(*arguments: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    """Run this Python on this package."""
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONIOENCODING": "utf-8", **env},
        check=False,
    )


def command(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line in this process, its output read as from a pipe."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(cwd or "."), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = app.run(list(arguments))
        except SystemExit as left:
            code = int(left.code or 0)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def modules_after(*arguments: str) -> set[str]:
    """Names of the top-level modules loaded once a command has run."""
    code = (
        "import sys; from coercion_sim.cli.app import run; code = run(sys.argv[1:]); "
        "print('\\nMODULES', code, *sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    answer = python("-c", code, *arguments)
    words = answer.stdout.rpartition("MODULES ")[2].split()
    assert words[0] == "0", answer.stderr
    return set(words[1:])


# ------------------------------------------------------------------------------------------- what starting costs


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["check", "australia-2020"], ["check", "--schema"], ["list"]]
    + [["list", topic] for topic in ("scenarios", "worlds", "policies", "measures", "outcomes", "parameters")],
    ids=" ".join,
)
def test_light_commands_load_nothing_heavy(arguments: list[str]) -> None:
    assert not modules_after(*arguments) & set(HEAVY)


def test_help_loads_neither_numpy_nor_pydantic() -> None:
    assert not modules_after("--help") & {"numpy", "pydantic", "rich"}


def quickest(*arguments: str) -> float:
    """Least processor time of five runs, seconds: what other work on the machine adds is not counted."""
    times = []
    for _ in range(5):
        before = os.times()
        assert python("-m", "coercion_sim", *arguments).returncode == 0
        after = os.times()
        times.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return min(times)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs times of child processes")
def test_help_and_check_start_quickly() -> None:
    assert quickest("--help") < 0.3
    assert quickest("check", "australia-2020") < 0.7


# ------------------------------------------------------------------------------------------- commands


def test_help_offers_exactly_the_commands_that_are_there() -> None:
    answer = command("--help")
    assert answer.returncode == 0
    listed = [line.split()[0] for line in answer.stdout.rpartition("Commands:")[2].splitlines() if line.strip()]
    assert {"list", "check", "copy"} <= set(listed) <= set(app.COMMANDS)
    for name in listed:
        assert command(name, "--help").returncode == 0


def test_commands_are_those_of_the_table_in_its_order() -> None:
    context = click.Context(app.cli)
    assert app.cli.list_commands(context) == list(app.COMMANDS)
    assert app.cli.get_command(context, "later") is None


def test_version_is_the_package_s() -> None:
    assert coercion_sim.__version__ in command("--version").stdout


def test_check_says_ok_and_what_is_in_the_file() -> None:
    answer = command("check", "australia-2020")
    assert answer.returncode == 0
    assert answer.stdout.startswith("ok: australia-2020")
    for part in ("pacific-2019", "20 quarters", "8 measures", "respond_as_allies", "7 uncertain"):
        assert part in answer.stdout


def test_check_lists_every_mistake_with_its_line_and_exits_with_3(tmp_path) -> None:
    assert command("copy", "australia-2020", "mine.toml", cwd=tmp_path).returncode == 0
    path = tmp_path / "mine.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace('sectors = ["coal"]', 'sectors = ["coall"]').replace("absorb_rate = 0.10", "absorb_rate = -2")
    path.write_text(text, encoding="utf-8")
    answer = command("check", "mine.toml", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (3, "")
    first, second = answer.stderr.splitlines()
    at = {word: text[: text.index(word)].count("\n") + 1 for word in ('"coall"', "absorb_rate = -2")}
    assert first.startswith(f"error: mine.toml:{at[chr(34) + 'coall' + chr(34)]}: measures.coal.sectors")
    assert "did you mean coal?" in first
    assert second.startswith(f"error: mine.toml:{at['absorb_rate = -2']}: policy.respond_as_allies.absorb_rate")


def test_check_takes_overrides() -> None:
    assert command("check", "australia-2020", "--set", "quarters=8").returncode == 0
    answer = command("check", "australia-2020", "--set", "economy.factor_mobilty=2")
    assert answer.returncode == 3
    assert "economy.factor_mobility" in answer.stderr


def test_schema_is_printed_as_json() -> None:
    schema = json.loads(command("check", "--schema").stdout)
    assert "economy" in schema["properties"]


@pytest.mark.parametrize("topic", ["scenarios", "worlds", "policies", "measures", "outcomes", "parameters"])
def test_list_prints_one_line_a_row_into_a_pipe_and_the_same_as_json(topic: str) -> None:
    rows = json.loads(command("list", topic, "--json").stdout)
    lines = command("list", topic).stdout.splitlines()
    assert len(lines) == len(rows) + 1
    assert lines[0].split()[0] == next(iter(rows[0])).split()[0]
    for line, row in zip(lines[1:], rows, strict=True):
        assert all(text in line for text in row.values())


def test_copy_refuses_to_overwrite_and_says_how_to(tmp_path) -> None:
    assert command("copy", "australia-2020", "a.toml", cwd=tmp_path).returncode == 0
    again = command("copy", "australia-2020", "a.toml", cwd=tmp_path)
    assert again.returncode == 3
    assert "--force" in again.stderr
    assert command("copy", "australia-2020", "a.toml", "--force", cwd=tmp_path).returncode == 0


# ------------------------------------------------------------------------------------------- exit codes


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["chek"], "check"), (["list", "world"], "worlds"), (["check"], "FILE"), (["--nonsense"], "nonsense")],
)
def test_wrong_usage_exits_with_2_and_a_hint(arguments: list[str], says: str) -> None:
    answer = command(*arguments)
    assert answer.returncode == 2
    assert says in answer.stderr


@pytest.mark.parametrize(
    ("error", "code", "lines"),
    [
        (ScenarioError([Problem("one"), Problem("two")]), 3, ["error: one", "error: two"]),
        (ResultsError("does not match"), 5, ["error: does not match"]),
        (ConvergenceError("no equilibrium"), 4, ["error: no equilibrium"]),
        (KeyboardInterrupt(), 130, ["interrupted; finished runs of run, compare and sweep, and payoff tables,"]),
        (click.Abort(), 130, ["interrupted"]),
    ],
)
def test_errors_become_exit_codes_and_lines(
    monkeypatch, capsys, error: BaseException, code: int, lines: list[str]
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(app.cli, "main", fail)
    assert app.run([]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert [line.startswith(start) for line, start in zip(printed.err.splitlines(), lines, strict=True)] == [
        True
    ] * len(lines)


@pytest.mark.parametrize("debug", ["", "1"])
def test_a_bug_exits_with_1_and_shows_its_traceback_only_when_asked(monkeypatch, capsys, debug: str) -> None:
    def fail(**_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(app.cli, "main", fail)
    monkeypatch.setenv(app.DEBUG, debug)
    assert app.run([]) == 1
    printed = capsys.readouterr().err
    assert "ZeroDivisionError: division by zero" in printed
    assert ("Traceback" in printed) == (debug == "1")


@pytest.mark.skipif(os.name != "posix", reason="needs a shell pipe")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_early_is_no_error(unbuffered: str) -> None:
    shell = f"{sys.executable} -m coercion_sim list parameters | head -n 1; echo ${{PIPESTATUS[0]}}"
    for _ in range(3):
        answer = subprocess.run(
            ["bash", "-c", shell],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONUNBUFFERED": unbuffered},
            check=False,
        )
        assert answer.stdout.splitlines()[-1] == "0"
        assert "Traceback" not in answer.stderr
        assert "BrokenPipe" not in answer.stderr


# ------------------------------------------------------------------------------------------- tables, public face


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_fits_80_columns_with_every_word_of_it(topic: str) -> None:
    rows = dictionary(topic)
    lines = entries(rows, TOPICS[topic], width=80)
    assert max(map(len, lines)) <= 80
    text = " ".join(lines).split()
    longest = max(rows, key=lambda row: sum(map(len, row.values())))
    for cell in longest.values():
        assert set(cell.split()) <= set(text)


def test_the_package_is_quick_to_import_and_finds_its_public_face_on_use() -> None:
    loaded = "[m for m in ('numpy', 'pydantic') if m in sys.modules]"
    printed = python("-c", f"import sys, coercion_sim as cs; print({loaded}, cs.list_scenarios())").stdout
    assert printed.startswith("[] ")
    assert "australia-2020" in printed
    assert {"load_scenario", "simulate", "compare", "solve_game"} <= set(dir(coercion_sim))
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = coercion_sim.nothing_like_it


def test_check_names_what_is_hard_to_replace_and_until_when(capsys: pytest.CaptureFixture[str]) -> None:
    def economy(*arguments: str) -> list[str]:
        assert app.run(["check", *arguments]) == 0
        lines = capsys.readouterr().out.splitlines()
        return [line.removeprefix("  economy: ") for line in lines if line.startswith("  economy: ")]

    assert economy("australia-2020", "--set", "economy.input_substitution=1") == []
    assert economy("energy-europe") == [
        "substitution between inputs uniform [0.2, 0.5], default 0.3",
        "substitution between final goods 0.5",
        "pipeline_gas, lng cannot expand, to 2023Q1",
        "trade elasticity of pipeline_gas from 2, lng from 2, each quarter 0.25 of the way left",
    ]
    assert economy("decoupling", "--set", "economy.stuck=electronics", "--set", "economy.stuck_states=DEU")[-2:] == [
        "electronics cannot expand in DEU, for good, the long run included",
        "trade elasticity of all from 0.76, each quarter 0.25 of the way left",
    ]
