"""What the places show equals what Python and the terminal say."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

pytest.importorskip("shiny", reason="the extra `app` is not installed")

from coercion_sim.analysis import play
from coercion_sim.app import Setting
from coercion_sim.app.exposure_panel import goods_between, hurt
from coercion_sim.app.play_panel import debrief_view, game_of_link, link_of, option_cards, turn_view
from coercion_sim.app.what_if_panel import effects, played, tried
from coercion_sim.experiments import simulate
from support.stores import payoff_tables_in_memory


@pytest.fixture(autouse=True)
def tables() -> Iterator[None]:
    with payoff_tables_in_memory():
        yield


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
    assert game.turn.question in str(turn_view(game.turn, {"CHN": "China", "AUS": "Australia"}))


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
