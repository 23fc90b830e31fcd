"""Options that several commands share: how they are read, and how answers become JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner

from coercion_sim.cli.app import COMMANDS, cli, run
from coercion_sim.cli.deter import pledge_arguments, pledge_options
from coercion_sim.cli.options import echo_json, is_plan, read_columns, read_pair, remark, with_options
from coercion_sim.errors import InvalidInput

PLEDGE = {
    "policy": None, "strongest": 0.3, "who": "mean", "seed": None, "overrides": (), "policy_files": (),
    "dependence": None, "pair": None, "kinds": (), "intensities": (),
}  # fmt: skip


def test_columns_are_keys_and_names_without_blanks() -> None:
    assert read_columns(" a.b = 1 ,c=x=y,d=") == {"a.b": "1", "c": "x=y", "d": ""}
    assert read_columns("") == {}


def test_every_column_without_a_key_is_named() -> None:
    with pytest.raises(InvalidInput) as error:
        read_columns("exporter,a=b, =c")
    assert [(p.key, p.found, p.allowed) for p in error.value.problems] == [
        ("--columns", "'exporter'", "KEY=NAME,..."), ("--columns", "' =c'", "KEY=NAME,..."),
    ]  # fmt: skip


def test_a_pair_is_two_states() -> None:
    assert read_pair("CHN:AUS") == ("CHN", "AUS")
    assert read_pair(None) is None
    for text in ("CHN", "CHN:", ":AUS", "CHN:AUS:USA", ""):
        with pytest.raises(InvalidInput, match="not a pair of states"):
            read_pair(text)


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ('scenario = "australia-2020"\n', True),
        ("[[vary]]\nhow = 'grid'\n", True),
        ("schema = 1\nname = 'x'\n", False),
        ("scenario = [", False),
    ],
)
def test_a_plan_is_told_from_a_scenario_by_its_keys(tmp_path: Path, text: str, plan: bool) -> None:
    path = tmp_path / "f.toml"
    path.write_text(text, encoding="utf-8")
    assert is_plan(str(path)) == plan
    assert not is_plan(str(tmp_path / "none.toml"))


def test_options_come_in_the_order_named() -> None:
    @click.command()
    @with_options(click.option("--one"), click.option("--two"), click.argument("three"))
    def command(**given: Any) -> None:
        """Nothing."""

    assert [param.name for param in command.params] == ["one", "two", "three"]


def test_pledges_leave_what_is_not_given_to_the_analysis() -> None:
    assert "kinds" not in pledge_arguments(PLEDGE)
    given = pledge_arguments(PLEDGE | {"kinds": ("support",), "intensities": (0.5,), "pair": "CHN:AUS"})
    assert given["kinds"] == ("support",)
    assert given["intensities"] == (0.5,)
    assert given["pair"] == ("CHN", "AUS")


@pytest.mark.parametrize(
    ("words", "fault"),
    [(["--kind", "threat"], "is not one of"), (["--dependence", "2"], "0<=x<=1"), (["--type", "mild"], "mild"),
     (["--intensity", "much"], "valid float")],
)  # fmt: skip
def test_options_of_pledges_refuse_what_is_out_of_range(words: list[str], fault: str) -> None:
    @click.command()
    @pledge_options
    def command(**given: Any) -> None:
        """Nothing."""

    done = CliRunner().invoke(command, words)
    assert done.exit_code == 2
    assert fault in done.output


@dataclass(frozen=True)
class Row:
    name: str
    values: tuple[float, ...]


def test_an_answer_becomes_json_with_null_for_what_is_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    echo_json({"row": Row("a", (1.0, float("nan"))), "array": np.array([[1, 2]]), "inf": float("inf"), "none": None})
    assert json.loads(capsys.readouterr().out) == {
        "row": {"name": "a", "values": [1.0, None]}, "array": [[1, 2]], "inf": None, "none": None,
    }  # fmt: skip


def test_notes_of_an_experiment_go_to_the_error_output(capsys: pytest.CaptureFixture[str]) -> None:
    remark("note", ["the folder was made by another version"])
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "note: the folder was made by another version\n")


# ------------------------------------------------------------------ the command itself


def test_help_explains_a_command_as_its_option_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["help", "world", "show"]) == 0
    by_word = capsys.readouterr().out
    assert run(["world", "show", "--help"]) == 0
    assert capsys.readouterr().out == by_word
    assert run(["help"]) == 0
    assert capsys.readouterr().out.startswith("Usage: coercion-sim")


@pytest.mark.parametrize(
    ("words", "says"),
    [(["help", "list", "more"], "has no commands of its own"), (["swep"], "Did you mean 'sweep'?"),
     (["help", "shok"], "Did you mean 'shock'?"), (["zzz"], "No such command 'zzz'")],
)  # fmt: skip
def test_a_command_misspelt_has_the_nearest(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    assert says in capsys.readouterr().err


def test_commands_are_listed_with_their_help_in_the_order_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    listed = capsys.readouterr().out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed if line.strip()] == cli.list_commands(click.Context(cli))  # type: ignore[attr-defined]
    for name, (_, _, text) in COMMANDS.items():
        assert any(line.split()[:1] == [name] and line.endswith(text) for line in listed)
