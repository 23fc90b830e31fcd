"""`coercion-sim play`: moves from a file, JSON, the screen at 80 columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from coercion_sim.analysis import play
from coercion_sim.cli.app import run as command_line
from fakes.tiny import GAME, SCENARIO, write_tiny
from support.stores import payoff_tables_in_memory


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    with payoff_tables_in_memory():
        yield write_tiny(tmp_path, SCENARIO + GAME)


def arguments(tiny: Path, *more: str) -> list[str]:
    return ["play", str(tiny), "--as", "CHN", "--as", "AUS", "--seed", "1", "--replicate", "0", *more]


def test_moves_of_a_file_give_the_game_of_the_session(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "moves.txt").write_text("# as China\npress\n1\nresist\nback down\n")
    saved = tmp_path / "game.json"
    assert command_line(arguments(tiny, "--moves", str(tmp_path / "moves.txt"), "--json", "--save", str(saved))) == 0
    shown = json.loads(capsys.readouterr().out)
    session = play(tiny, ["CHN", "AUS"], seed=1, replicate=0)
    for choice in ("press", "1", "resist", "back down"):
        session.step(choice)
    assert shown == session.as_dict()
    assert shown["debrief"]["endings"][0][2] == "backed_down"
    assert command_line(["play", str(tiny), "--moves", str(saved), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == shown


def test_the_screen_fits_80_columns(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "moves.txt").write_text("advice\nterms\npress\nundo\npress\n1\nresist\nback down\n")
    assert command_line(arguments(tiny, "--moves", str(tmp_path / "moves.txt"))) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any("backed down" in line for line in lines)


def test_a_turn_is_shown_once_while_nothing_about_it_changes(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "moves.txt").write_text("role\nhelp\nterms\n")
    assert command_line(arguments(tiny, "--moves", str(tmp_path / "moves.txt"))) == 0
    assert capsys.readouterr().out.count("to change its policy?") == 2  # at first, and with the parts of the worths


@pytest.mark.parametrize(
    ("moves", "code", "words"),
    [
        ("attack\n", 3, "choice"),
        ("propose war 1\n", 3, "kind"),
        ("propose settlement much\n", 3, "propose"),
        ("", 3, "empty"),
    ],
)
def test_what_no_game_has_is_named(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], moves: str, code: int, words: str
) -> None:
    (tmp_path / "moves.txt").write_text(moves)
    assert command_line(arguments(tiny, "--moves", str(tmp_path / "moves.txt"))) == code
    assert words in capsys.readouterr().err


def test_a_saved_game_is_kept_move_by_move_and_takes_no_other_terms(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "moves.txt").write_text("press\nattack\n")
    saved = tmp_path / "game.json"
    assert command_line(arguments(tiny, "--moves", str(tmp_path / "moves.txt"), "--save", str(saved))) == 3
    assert [m["choice"] for m in json.loads(saved.read_text())["moves"]] == ["press"]
    assert command_line(arguments(tiny, "--moves", str(saved))) == 2
    assert "--as, --seed and --replicate" in capsys.readouterr().err
    assert command_line(["play", "korea-2017", "--moves", str(saved)]) == 3
    assert str(tiny) in capsys.readouterr().err


def test_a_file_that_is_no_game_is_not_replaced_by_one(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "moves.txt").write_text("press\n")
    notes = tmp_path / "notes.txt"
    notes.write_text("notes of a year\n")
    assert command_line(arguments(tiny, "--moves", str(tmp_path / "moves.txt"), "--save", str(notes))) == 3
    assert "notes.txt: save: " in capsys.readouterr().err
    assert notes.read_text() == "notes of a year\n"


def test_without_a_scenario_the_shipped_ones_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["play"]) == 2
    assert "australia-2020" in capsys.readouterr().err


def test_sheets_are_printed_for_the_seats_named_or_for_all(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["play", str(tiny), "--role", "--as", "Australia"]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("# ")] == [
        "# Australia (AUS): target"
    ]
    assert command_line(["play", str(tiny), "--role", "--policy", "respond_as_allies"]) == 0
    assert capsys.readouterr().out.count("## What you can do") == 4


def test_a_person_is_told_who_it_is_and_goes_on_after_the_end(
    tiny: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter(["?", "role", "nonsense", "press", "1", "undo 2", "2", "undo", "2", "next", "quit"])
    monkeypatch.setattr("click.prompt", lambda *_, **__: next(typed))
    assert command_line(["play", str(tiny), "--as", "china", "--seed", "1", "--replicate", "0"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("You are China, the coercer.")
    assert "propose settlement SHARE" in out
    assert "# China (CHN): coercer" in out
    assert out.count("The game is over.") == 3
    assert "which measures?" in out
    assert "no option of this decision; found 'nonsense'" in " ".join(err.split())
    assert next(typed, "") == ""


def test_a_warning_is_a_note_without_the_file_that_gave_it(
    tiny: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import warnings

    from coercion_sim.analysis.play import session

    replayed = session.replayed

    def warned(*given: object, **more: object) -> object:
        warnings.warn("effects are solved for every draw", UserWarning, stacklevel=1)
        return replayed(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(session, "replayed", warned)
    monkeypatch.setattr("click.prompt", lambda *_, **__: "quit")
    assert command_line(["play", str(tiny), "--as", "CHN", "--seed", "1", "--replicate", "0"]) == 0
    err = capsys.readouterr().err
    assert err.splitlines()[-1] == "note: effects are solved for every draw"
    assert "test_play_command.py" not in err
