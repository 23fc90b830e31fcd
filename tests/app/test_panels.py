"""What the places show equals what Python and the terminal say."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("shiny", reason="the extra `app` is not installed")

from coercion_sim.analysis import play
from coercion_sim.app import Setting
from coercion_sim.app.game_links import game_of_link, link_of
from coercion_sim.app.game_views import debrief_view, hidden_view, option_cards, sheet_view, timeline, turn_view
from coercion_sim.app.look_panels import effects, goods_between, hurt, played, tried
from coercion_sim.app.play_panel import FACILITATOR, Table, _board
from coercion_sim.experiments import simulate

pytestmark = pytest.mark.usefixtures("tables_in_memory")


def test_paths_are_those_of_the_run(setting: Setting) -> None:
    history = played(setting, "respond_as_allies", {"economy.factor_mobility": 1.3})
    results = simulate(
        setting.scenario.with_values({"economy.factor_mobility": 1.3}), "respond_as_allies", replicates=1,
        at_defaults=True, world=setting.world,
    )  # fmt: skip
    rows = [r for r in results.table("states").to_pylist() if r["state"] == "AUS"]
    found = effects(setting, history, "AUS")
    assert found == pytest.approx([r["coercion_effect"] for r in rows], abs=1e-9)
    assert min(found) < -0.01


def test_a_run_without_an_equilibrium_says_why(setting: Setting) -> None:
    assert isinstance(tried(setting, "stand_alone", {"economy.factor_mobility": 1.3}), list)


def test_an_embargo_hurts_the_smaller_side_more(setting: Setting) -> None:
    loss, own = hurt(setting, "CHN", "AUS")
    assert loss > own > 0


def test_goods_are_those_of_the_world(setting: Setting) -> None:
    rows = goods_between(setting, "CHN", "AUS")
    world = setting.world
    c, t = world.state_index("CHN"), world.state_index("AUS")
    money = sorted((f"{x:,.0f}" for x in world.flows[:, t, c]), reverse=True)
    assert sorted((r[1] for r in rows), reverse=True) == money


def test_cards_show_the_numbers_of_the_turn_and_no_advice_unasked(setting: Setting) -> None:
    game = play(str(setting.source), "CHN", policy="respond_as_allies", seed=1, replicate=0)
    assert game.turn is not None
    html = str(option_cards(game.turn, lambda name: f"play-{name}", advice=False, paused=False))
    for option in game.turn.options:
        assert f"Choose: {option.label}" in html
    assert "equilibrium" not in html
    advised = str(option_cards(game.turn, lambda name: f"play-{name}", advice=True, paused=True))
    assert f"{100 * game.turn.options[0].probability:.0f} %" in advised
    assert advised.count("disabled") == len(game.turn.options)
    assert game.turn.question in str(turn_view(game.turn))


def test_a_link_replays_the_game(setting: Setting) -> None:
    game = play(str(setting.source), "CHN", policy="respond_as_allies", seed=1, replicate=0)
    game.step("do not press")
    assert type(game.game).model_validate_json(game_of_link(link_of(game))) == game.game
    assert game_of_link("") == game_of_link("?token=x") == ""
    while game.turn is not None:
        game.step("do not press")
    end = game.debrief()
    html = str(debrief_view(end, {}))
    assert len(re.findall("do not press", html)) >= len(end.decisions)


def test_a_seat_sees_its_sheet_and_a_facilitator_all_and_the_types(setting: Setting) -> None:
    table = Table(play(str(setting.source), ["CHN", "AUS"], policy="respond_as_allies", seed=1, replicate=0))
    game = table.game
    assert game is not None

    def board(mine: str, *, leads: bool) -> str:
        return str(_board(setting, table, mine, lambda name: f"play-{name}", leads=leads))

    china, australia, facilitator = board("CHN", leads=False), board("AUS", leads=False), board(FACILITATOR, leads=True)
    assert "Sheet: China, coercer" in china
    assert "Sheet: Australia" not in china
    assert "Choose: press" in china
    assert "China decides, and you are Australia" in australia
    assert "Choose:" not in australia
    assert "Sheet: China, coercer" in facilitator
    assert "Sheet: Australia, target" in facilitator
    assert "What no seat knows" in facilitator
    assert "What no seat knows" not in china + australia
    firm = game.hidden().types[0][1]
    assert f"the coercer is {'firm' if firm else 'soft'}" in facilitator
    table.advice = True
    assert "The equilibrium takes it" in board("CHN", leads=False)
    table.paused = True
    assert board("CHN", leads=False).count("disabled") == len(game.turn.options)
    game.step("press")
    table.changed()
    assert "Go back here" in board(FACILITATOR, leads=True)
    assert "Go back here" not in board("CHN", leads=False)
    assert "Costs Australia without help" in board("CHN", leads=False)


def test_sheets_and_types_are_made_once_for_the_terms(setting: Setting) -> None:
    table = Table(play(str(setting.source), ["CHN", "AUS"], policy="respond_as_allies", seed=1, replicate=0))
    first = table.roles(), table.hidden()
    assert table.game is not None
    table.game.step("press")
    assert table.roles() is first[0]
    assert table.hidden() is first[1]
    table.changed(table.game.deal())
    assert table.hidden() is not first[1]
    assert "<h4>What you want</h4>" in str(sheet_view(table.roles()[0]))
    assert str(hidden_view(table.hidden(), {})).count("stake") == 2
    assert "Go back here" not in str(timeline(table.game, lambda name: name, rewinds=True))
