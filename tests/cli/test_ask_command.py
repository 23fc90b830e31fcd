"""`ask` and `new`: from words to a folder or file that passes `check`, and every fault named without a trace left."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from coercion_sim import load_scenario
from coercion_sim.cli import new
from coercion_sim.cli.app import run as command_line
from fakes.tiny import write_tiny


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tiny(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


def test_a_question_becomes_a_folder_with_a_scenario_that_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["ask", "China bans AUS coal", "--world", "./tiny_world", "--draws", "3", "-q"]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    folder = Path("china-bans-aus-coal")
    assert {p.name for p in folder.iterdir()} == {"scenario.toml", "memo.md", "effects.csv", "chart.png", "chart.svg"}
    assert command_line(["check", str(folder / "scenario.toml")]) == 0
    scenario = load_scenario(folder / "scenario.toml")
    assert (scenario.coercer, scenario.target, scenario.replicates) == ("CHN", "AUS", 3)
    assert "Source: coercion_sim" in (folder / "memo.md").read_text("utf-8")
    assert "Source:" in (folder / "chart.svg").read_text("utf-8")


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert command_line(["ask", *words, "--world", "./tiny_world", "--draws", "2", "--json", "--force"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert isinstance(data, dict)
    return data


def test_option_and_sentence_give_the_same_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    by_option = asked(capsys, "--ban", "CHN,USA:AUS:coal", "--out", "a")
    by_words = asked(capsys, "CHN and USA ban AUS coal", "--out", "b")
    assert by_option["states"] == by_words["states"]
    assert by_option["coercers"] == ["CHN", "USA"]


def test_a_scenario_that_was_changed_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["ask", "CHN bans AUS coal", "--world", "./tiny_world", "--draws", "2", "-q", "--out", "x"]
    assert command_line(words) == 0
    assert command_line(words) == 0  # the same question writes the same files
    file = Path("x/scenario.toml")
    file.write_text("# mine\n" + file.read_text("utf-8"), "utf-8")
    assert command_line(words) == 3
    assert file.read_text("utf-8").startswith("# mine")
    assert "--force" in capsys.readouterr().err
    assert command_line([*words, "--force"]) == 0


@pytest.mark.parametrize(
    "words",
    [
        ["China bans Austria coal"],
        [],
        ["--ban", "CHN:AUS:stones"],
        ["CHN bans AUS coal", "--export-ban", "CHN:XXX:coal"],
        ["CHN,USA,JPN ban AUS all goods and services; AUS bans CHN, USA, JPN goods, services", "--seed", "-1"],
    ],
)
def test_a_question_that_fails_leaves_nothing(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(Path().rglob("*"))
    assert command_line(["ask", *words, "--world", "./tiny_world", "-q"]) == 3
    assert sorted(Path().rglob("*")) == before
    assert "error:" in capsys.readouterr().err


def test_the_shipped_world_that_fits_the_goods_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["ask", "CHN export ban JPN rare earths", "--draws", "1", "-q", "--out", "r"]) == 0
    assert tomllib.loads(Path("r/scenario.toml").read_text("utf-8"))["world"] == "world-40"
    assert "hit as a whole" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("question", "world"),
    [
        ("USA tariff 60 % CHN goods", "pacific-2019"),
        ("China bans Lithuanian goods", "europe-2019"),
        ("DEU, FRA sanction RUS", "europe-2019"),
    ],
)
def test_of_worlds_that_fit_alike_no_base_year_before_an_episode_is_taken(question: str, world: str) -> None:
    assert command_line(["ask", question, "--draws", "1", "-q", "--out", "y"]) == 0
    assert tomllib.loads(Path("y/scenario.toml").read_text("utf-8"))["world"] == world


# ------------------------------------------------------------------ new

GIVEN = ["--world", "./tiny_world", "--coercer", "China", "--target", "AUS"]


def test_new_names_the_options_it_lacks_where_nobody_can_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["new"]) == 3
    text = capsys.readouterr().err
    assert all(f"--{item.option}" in text for item in new.ITEMS)
    assert command_line(["new", "--yes"]) == 3
    text = capsys.readouterr().err
    assert "--coercer" in text
    assert "--world" not in text


@pytest.mark.parametrize("decides", ["script", "choose"])
def test_new_writes_a_file_that_passes_check_and_compare(decides: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--goods", "coal, wine", "--allies", "USA,JPN", "--decides", decides, "--out", "mine.toml", "--yes"]
    assert command_line(["new", *GIVEN, *words]) == 0
    scenario = load_scenario("mine.toml")
    assert scenario.measures[0].sectors == ("coal", "wine")
    assert scenario.conduct == {"script": "scripted", "choose": "strategic"}[decides]
    assert command_line(["check", "mine.toml"]) == 0
    assert command_line(["compare", "mine.toml", "--replicates", "2", "--no-figures", "-q", "--workers", "1"]) == 0
    assert command_line(["new", *GIVEN, *words]) == 3  # it exists
    assert "exists" in capsys.readouterr().err


def test_new_names_every_answer_that_does_not_fit(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = ["--goods", "stones", "--policies", "stand_alon", "--decides", "maybe", "--out", "mine.json", "--yes"]
    assert command_line(["new", *GIVEN, *wrong]) == 3
    text = capsys.readouterr().err
    assert all(f"--{option}:" in text for option in ("goods", "policies", "decides", "out"))
    assert not Path("mine.json").exists()


def test_the_dialogue_asks_again_until_an_answer_fits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(
        ["./tiny_world", "Chna", "CHN", "CHN", "AUS", "tariff 25 %", "wine", "", "script", "stand_alone", "t.toml"]
    )
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(new.click, "prompt", lambda *_, **__: next(answers))
    assert command_line(["new"]) == 0
    scenario = load_scenario("t.toml")
    assert (scenario.measures[0].kind, scenario.measures[0].rate) == ("import_tariff", 0.25)
    assert scenario.policies == ("stand_alone",)
    text = capsys.readouterr().err
    assert "Chna" in text
    assert "cannot act on itself" in text
