"""Help, completion, encodings, and lists of errors that end."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from coercion_sim.cli.app import COMMANDS, cli
from coercion_sim.cli.app import run as command_line
from coercion_sim.errors import MOST_LISTED, InvalidInput, Problem
from fakes.tiny import SCENARIO, write_tiny


def completions(*words: str) -> list[str]:
    *before, last = words
    return [item.value for item in ShellComplete(cli, {}, "coercion-sim", "_X").get_completions(list(before), last)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("compare", "austr"), "australia-2020"),
        (("world", "show", "eur"), "europe-2019"),
        (("compare", "australia-2020", "--policy", "respond"), "respond_as_allies"),
        (("answer", "australia-2020", "--policy", "stand_alone+choo"), "stand_alone+choose_sides"),
        (("shock", "europe-2019", "--ban", "CHN:LT"), "CHN:LTU"),
        (("shock", "europe-2019", "--ban", "CHN:LTU:electr"), "CHN:LTU:electronics"),
        (("deter", "energy-europe", "--members", "POL,LT"), "POL,LTU"),
        (("new", "--goods", "electr"), "electronics"),
    ],
)
def test_names_are_completed(words: tuple[str, ...], expected: str) -> None:
    assert expected in completions(*words)


def test_an_unreadable_world_completes_nothing() -> None:
    assert completions("shock", "./nowhere", "--ban", "C") == []


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "help"])
def test_help_prints_what_the_option_prints(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line([command, "--help"]) == 0
    by_option = capsys.readouterr().out
    assert command_line(["help", command]) == 0
    assert capsys.readouterr().out == by_option
    assert "\\b" not in by_option  # click's mark of lines to keep, written where click does not see it


def test_help_of_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["help"]) == 0
    assert "compare" in capsys.readouterr().out
    assert command_line(["help", "compar"]) == 2
    assert command_line(["help", "shock", "show"]) == 2
    assert "compare" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_text_is_written_in_any_encoding(encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = SCENARIO.replace("A small quarrel", "Ein Streit – 貿易 ∞ −1")
    path = write_tiny(tmp_path, text)
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    out = str(tmp_path / "r")
    assert command_line(["compare", str(path), "--no-figures", "--workers", "1", "--out", out]) == 0
    sys.stdout.flush()
    assert "Ein Streit" in raw.getvalue().decode(encoding)


@pytest.mark.slow
def test_a_process_with_ascii_output_leaves_with_0(tmp_path: Path) -> None:
    path = write_tiny(tmp_path, SCENARIO.replace("A small quarrel", "貿易"))
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    words = [sys.executable, "-m", "coercion_sim", "answer", str(path), "--draws", "2"]
    done = subprocess.run(words, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(os.name != "posix", reason="closes an output by the shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_a_process_whose_output_is_closed_leaves_with_0(closed: str) -> None:
    line = f'"{sys.executable}" -m coercion_sim list scenarios {closed}'
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_long_list_of_problems_is_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    allies = ", ".join(["1"] * 2000)
    path = write_tiny(tmp_path, f"{SCENARIO}\n[policy.respond_as_allies]\nallies = [{allies}]\n")
    assert command_line(["check", str(path)]) == 3
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == MOST_LISTED + 1
    assert "1980" in lines[-1]
    whole = InvalidInput(Problem(str(i)) for i in range(30))
    assert len(whole.problems) == 30  # all are kept, for a program to read


@pytest.mark.parametrize("topic", ["scenarios", "worlds", "policies", "measures", "outcomes", "parameters"])
def test_lists_fit_80_columns(topic: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert command_line(["list", topic]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80
    assert command_line(["list", topic, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)
