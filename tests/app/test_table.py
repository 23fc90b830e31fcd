"""What the controls do to the table, and the answer that is kept; no browser."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("shiny", reason="the extra `app` is not installed")

from coercion_sim.analysis import play
from coercion_sim.app import Setting, page
from coercion_sim.app.game_links import game_of_link, link_of
from coercion_sim.app.game_views import picture, plain_table
from coercion_sim.app.look_panels import _in_force, played, tried
from coercion_sim.app.play_panel import FACILITATOR, Table, _Acts
from coercion_sim.errors import ConvergenceError, InvalidInput

pytestmark = pytest.mark.usefixtures("tables_in_memory")


@pytest.fixture
def acts(setting: Setting) -> _Acts:
    """A table with a game in which China decides."""
    game = play(str(setting.source), ["CHN", "AUS"], policy="respond_as_allies", seed=1, replicate=0)
    return _Acts(setting, Table(game))


def moves(acts: _Acts) -> int:
    assert acts.table.game is not None
    return len(acts.table.game.game.moves)


def test_only_the_seat_whose_turn_it_is_chooses_and_not_while_paused(acts: _Acts) -> None:
    acts.choose("AUS", 0)
    acts.choose(FACILITATOR, 0)  # two seats are taken: the facilitator watches
    acts.pause()
    acts.choose("CHN", 0)
    assert (moves(acts), acts.table.paused) == (0, True)
    acts.pause()
    acts.choose("CHN", 0)
    assert (moves(acts), acts.table.paused) == (1, False)


def test_moves_are_taken_back_and_a_game_goes_on_from_any_of_them(acts: _Acts) -> None:
    acts.choose("CHN", 0)
    acts.undo()
    assert moves(acts) == 0
    acts.choose("CHN", 0)
    before = acts.table.game
    acts.back(0)
    assert moves(acts) == 0
    assert acts.table.game is not before


def test_a_table_begins_with_its_seats_or_that_of_whoever_begins(setting: Setting) -> None:
    acts = _Acts(setting, Table())
    for seats, mine, expected in ((["CHN"], "AUS", ("CHN",)), ([], "CHN", ("CHN",)), ([], FACILITATOR, ("AUS",))):
        acts.begin(seats, mine, "stand_alone", 1.0)
        assert acts.table.game is not None
        assert (acts.table.game.game.seats, acts.table.game.game.replicate) == (expected, 1)
    first = acts.table.version
    acts.deal()
    assert acts.table.game.game.replicate > 1
    assert acts.table.version == first + 1


def test_without_a_game_nothing_happens(setting: Setting) -> None:
    acts = _Acts(setting, Table())
    acts.choose("CHN", 0)
    acts.undo()
    acts.back(0)
    acts.deal()
    acts.replay("")
    acts.load(None)
    acts.propose("statement", None, [])
    assert (acts.table.game, acts.table.version) == (None, 0)


def test_a_link_and_a_file_put_the_same_game_on_the_table(acts: _Acts, tmp_path: Path) -> None:
    acts.choose("CHN", 0)
    game = acts.table.game
    assert game is not None
    acts.replay(game_of_link(link_of(game)))
    assert acts.table.game is not game
    assert acts.table.game.game == game.game
    game.save(tmp_path / "game.json")
    acts.undo()
    acts.load([{"datapath": str(tmp_path / "game.json")}])
    assert acts.table.game.game == game.game


def test_terms_without_a_price_are_refused_and_the_table_stays(acts: _Acts) -> None:
    with pytest.raises(InvalidInput):
        acts.propose("friendship", 0.5, [])
    assert acts.table.version == 0
    acts.propose("settlement", 0.4, [])
    assert acts.table.game is not None
    assert [(p.kind, p.size) for p in acts.table.game.game.proposals] == [("settlement", 0.4)]


# ------------------------------------------------------------------ what is seen


def test_the_picture_has_a_tie_for_pressure_and_one_for_each_helper(setting: Setting) -> None:
    def drawn(**turn: Any) -> str:
        at = SimpleNamespace(coercer="CHN", target="AUS", package="", answers={}) if turn else None
        vars(at).update(turn) if at else None
        return str(picture(setting, SimpleNamespace(turn=at, game=SimpleNamespace(seats=("JPN",)))))  # type: ignore[arg-type]

    assert "Nobody is pressed now." in drawn()
    assert "Nobody is pressed now." in drawn(package="")
    assert "China presses Australia." in drawn(package="all")
    helped = drawn(package="all", answers={"USA": "support", "JPN": "none"})
    assert "China presses Australia, helped by United States." in helped
    assert [helped.count(f'class="tie {kind}"') for kind in ("presses", "helps")] == [1, 1]
    assert 'class="disc ally"' in helped
    assert 'class="disc  seat"' in helped


def test_a_table_has_heads_of_columns_and_rows_and_escapes_both() -> None:
    html = str(plain_table("Who <pays>", ("State", "US$"), [("A&B", "1"), ("C", "2")]))
    assert html.count('scope="col"') == html.count('scope="row"') == 2
    assert "Who &lt;pays&gt;" in html
    assert "A&amp;B" in html
    assert "<pays>" not in html


def test_measures_are_those_of_the_last_quarter_with_pressure(setting: Setting) -> None:
    history = played(setting, "stand_alone", {})
    assert _in_force(setting, history) == [("China", "Australia", "import ban on coal")]
    assert _in_force(setting, [r for r in history if not r.pressed]) == []


def test_numbers_without_an_equilibrium_give_the_reason(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise ConvergenceError("no prices clear every market")

    monkeypatch.setattr("coercion_sim.app.look_panels.played", fails)
    assert tried(setting, "stand_alone", {}) == "no prices clear every market"


def test_the_answer_is_computed_once_and_again_where_its_file_is_broken(
    setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(page, "payoff_store", lambda: SimpleNamespace(folder=tmp_path / "payoffs"))
    monkeypatch.setattr(page, "answer", lambda *_, draws, **__: asked.append(draws) or SimpleNamespace(draws=draws))
    for name, value in (("first_screen", {"Deterrence": "None."}), ("policy_rows", [["stand alone", "1"]])):
        monkeypatch.setattr(page, name, lambda _, value=value: value)
    monkeypatch.setattr(page, "how_sure", lambda _: "")
    first = page.computed(setting, 3)
    assert page.computed(setting, 3) == first
    assert asked == [3]
    (kept,) = (tmp_path / "answers").iterdir()
    assert json.loads(kept.read_text("utf-8")) == first
    kept.write_text("{", "utf-8")
    assert page.computed(setting, 3) == first
    page.computed(setting, 4)
    assert asked == [3, 3, 4]
    html = str(page.answer_view(first))
    assert "<dt>Deterrence</dt>" in html
    assert "How sure" in html
    assert "3 draws of the uncertain numbers" in html
