"""`new` writes a scenario from answers: as options, asked one by one, or refused with every option that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from coercion_sim.cli import new
from coercion_sim.cli.app import run
from coercion_sim.errors import InvalidInput
from coercion_sim.scenario import load_scenario
from fakes.tiny import write_tiny


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    write_tiny(tmp_path)
    monkeypatch.chdir(tmp_path)
    return "./tiny_world"


def words(world: str, **changes: str) -> list[str]:
    given = {"world": world, "coercer": "China", "target": "AUS", "goods": "coal", "out": "mine.toml"} | changes
    return ["new", *(f"--{key}={value}" for key, value in given.items())]


def test_answers_become_a_scenario_that_loads(world: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*words(world, action="tariff 20 %", allies="USA, Japan"), "--yes"]) == 0
    made = load_scenario("mine.toml")
    assert (made.coercer, made.target, made.policies) == ("CHN", "AUS", ("stand_alone", "respond_as_allies"))
    (measure,) = made.measures_as_data()
    assert (measure.kind, measure.by, measure.on) == ("import_tariff", "CHN", "AUS")
    assert (measure.sectors, measure.size) == (("coal",), 0.2)
    assert '"USA", "JPN"' in Path("mine.toml").read_text("utf-8")
    assert made.conduct == "scripted"
    printed = capsys.readouterr().out
    assert printed.startswith("wrote mine.toml: ")
    for command in ("check", "compare", "answer"):
        assert f"coercion-sim {command} mine.toml" in printed


def test_the_same_answers_write_the_same_file_and_none_is_written_over(
    world: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words(world), "--yes"]) == 0
    first = Path("mine.toml").read_bytes()
    assert run([*words(world), "--yes"]) == 3
    assert "exists; allowed: another name with --out, or --force" in capsys.readouterr().err
    assert run([*words(world), "--yes", "--force"]) == 0
    assert Path("mine.toml").read_bytes() == first


def test_states_choose_where_they_are_to(world: str) -> None:
    assert run([*words(world, decides="choose"), "--yes"]) == 0
    assert load_scenario("mine.toml").conduct == "strategic"


@pytest.mark.parametrize(
    ("changes", "option", "says"),
    [
        ({"coercer": "Narnia"}, "--coercer", "a word is not understood"),
        ({"coercer": "CHN, USA"}, "--coercer", "name one state"),
        ({"target": "CHN"}, "--target", "a state cannot act on itself"),
        ({"goods": "cole"}, "--goods", "did you mean coal?"),
        ({"action": "hug"}, "--action", "a word is not understood"),
        ({"policies": "stand_alne"}, "--policies", "did you mean stand_alone?"),
        ({"policies": "stand_alone+x"}, "--policies", "unknown policy; found 'x'"),
        ({"decides": "maybe"}, "--decides", "allowed: script, choose"),
        ({"out": "mine.txt"}, "--out", "did you mean mine.txt.toml?"),
        ({"out": "no/such/mine.toml"}, "--out", "no such folder"),
    ],
)
def test_an_answer_that_does_not_fit_names_its_option(
    world: str, changes: dict[str, str], option: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words(world, **changes), "--yes"]) == 3
    lines = capsys.readouterr().err.splitlines()
    assert any(line.startswith(f"error: {option}: ") and says in line for line in lines), lines
    assert not Path("mine.toml").exists()


def test_all_wrong_answers_come_at_once_but_none_that_rest_on_a_wrong_world(
    world: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words(world, goods="cole", policies="x", decides="y"), "--yes"]) == 3
    assert [line.split(": ")[1] for line in capsys.readouterr().err.splitlines()] == [
        "--goods", "--decides", "--policies",
    ]  # fmt: skip
    assert run([*words("./none", goods="cole"), "--yes"]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "--world: no such folder of a world" in line


def test_without_a_terminal_every_missing_option_is_named(world: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", "--world", world, "--yes"]) == 3
    assert "no terminal to ask on: give --coercer and --target" in capsys.readouterr().err
    assert run(["new", "--world", world, "--coercer", "CHN"]) == 3
    assert "--yes takes the defaults of all but --coercer and --target" in capsys.readouterr().err


def test_on_a_terminal_a_question_is_put_again_until_the_answer_fits(
    world: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter([world, "Narnia", "China", "Australia", "ban", "coal", "", "script", "stand_alone", "mine.toml"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(new.click, "prompt", lambda *_, **__: next(answers))
    assert run(["new"]) == 0
    assert next(answers, None) is None
    assert "Narnia" in capsys.readouterr().err
    assert load_scenario("mine.toml").target == "AUS"


def test_a_file_that_would_not_load_leaves_what_was_there(world: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mine.toml").write_text("before", encoding="utf-8")
    monkeypatch.setattr("coercion_sim.scenario.scenario_text", lambda draft, file: "no scenario")
    assert run([*words(world), "--yes", "--force"]) == 3
    assert Path("mine.toml").read_text("utf-8") == "before"
    assert run([*words(world, out="other.toml"), "--yes"]) == 3
    assert not Path("other.toml").exists()


def test_each_item_has_a_check_and_a_default_or_must_be_answered(world: str) -> None:
    needed = [item.option for item in new.ITEMS if item.default is None]
    assert needed == ["coercer", "target"]
    answers = {"world": world, "coercer": "CHN", "target": "AUS", "action": "ban"}
    checks = {item.option: item.check for item in new.ITEMS}
    assert checks["coercer"]("chinese", answers) == "CHN"
    assert checks["allies"]("AUS, usa", answers) == ("AUS", "USA")
    assert checks["policies"]("", answers) == ("stand_alone",)
    assert checks["decides"]("choose", answers) is True
    with pytest.raises(InvalidInput, match="not understood"):
        checks["goods"]("gold", answers)
