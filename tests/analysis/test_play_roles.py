"""Sheets of seats have the scenario's own numbers; seats go by name; draws are dealt; a facilitator sees types."""

from __future__ import annotations

from pathlib import Path

import pytest

from coercion_sim.analysis import play, role_sheets
from coercion_sim.analysis.replay.replay import model_of
from coercion_sim.errors import InvalidInput
from coercion_sim.scenario import load_scenario
from fakes.tiny import tiny_world

pytestmark = pytest.mark.usefixtures("tables_in_memory")

POLICY = "respond_as_allies"


def test_a_sheet_has_the_trade_and_the_stakes_of_its_seat(tiny: Path) -> None:
    coercer, target, ally = role_sheets(tiny, ["CHN", "AUS", "USA"], policy=POLICY, overrides=["dispute.draws=fixed"])
    assert [r.part for r in (coercer, target, ally)] == ["coercer", "target", "ally"]
    world = tiny_world()
    aus, chn = world.state_index("AUS"), world.state_index("CHN")
    sold = world.flows[:, aus, chn].sum()
    abroad = world.flows[:, aus, :].sum() - world.flows[:, aus, aus].sum()
    assert f"{100 * sold / abroad:.0f} % of all it exports" in target.knows[1]
    assert "coal" in target.knows[1]
    s = load_scenario(tiny).dispute
    low, high = s.stake_target / s.type_spread**0.5, s.stake_target * s.type_spread**0.5
    assert f"about {low:.2f} % of GDP if you are irresolute" in target.wants[0]
    assert f"about {high:.2f} % of GDP if you are resolved" in target.wants[0]
    assert "strength 0.9" in ally.wants[0]
    assert "Japan (0.6)" in ally.others[1]
    assert any("narrow" in move for move in coercer.can)
    page = target.markdown()
    assert page.startswith("# Australia (AUS): target\n")
    assert page.count("\n## ") == 5


def test_a_sheet_has_the_behaviour_drawn_for_its_game(tiny: Path) -> None:
    """Behaviour is drawn though the scenario is scripted: one row a draw, and the sheet believes what the turn does."""
    rows = set()
    for draw in range(3):
        game = play(tiny, ["CHN", "AUS"], policy=POLICY, seed=1, replicate=draw)
        row = game.job.design.of_replicate(draw)["dispute.row"]
        rows.add(row)
        assert f"row {row} " in game.luck
        with model_of(game.job, draw, strategic=True) as (_, drawn):
            resolved = drawn.dispute.belief_target
        (coercer, _) = game.roles()
        believed = f"Everybody believes at first that Australia is resolved with probability {100 * resolved:.0f} %."
        assert believed in coercer.knows
        if game.turn is not None and game.turn.move == "press":
            assert game.turn.resolved == pytest.approx(resolved)
    assert len(rows) == 3
    assert "row" not in play(tiny, "CHN", policy=POLICY, seed=1, overrides=["dispute.draws=fixed"]).luck


def test_everybody_with_a_decision_has_a_sheet_and_nobody_else(tiny: Path) -> None:
    assert {r.seat for r in role_sheets(tiny, policy=POLICY)} == {"CHN", "AUS", "USA", "JPN"}
    with pytest.raises(InvalidInput, match="no such state"):
        role_sheets(tiny, "XYZ")


def test_the_sheet_of_a_seat_is_that_of_its_game(tiny: Path) -> None:
    game = play(tiny, ["China", "australia"], policy=POLICY, seed=1)
    assert game.game.seats == ("CHN", "AUS")
    assert game.roles() == role_sheets(tiny, ["CHN", "AUS"], policy=POLICY, seed=1, replicate=game.game.replicate)
    alone = play(tiny, ["CHN", "JPN"], policy="stand_alone", seed=1, overrides=["dispute.most_allies=1"])
    assert [r.seat for r in alone.roles()] == ["CHN"]
    with pytest.raises(InvalidInput, match="nothing to decide"):
        role_sheets(tiny, "JPN", policy="stand_alone", overrides=["dispute.most_allies=1"])
    assert game.turn is not None
    assert game.turn.names["CHN"] == "China"


def test_without_a_seat_one_decides_for_the_target(tiny: Path) -> None:
    assert play(tiny, policy=POLICY, seed=1).game.seats == ("AUS",)


def test_the_next_draw_is_later_and_has_a_decision(tiny: Path) -> None:
    game = play(tiny, "AUS", policy=POLICY, seed=1)
    game.step(game.turn.options[0].label)
    later = game.deal()
    assert later.game.replicate > game.game.replicate
    assert later.turn is not None
    assert later.game.moves == ()
    between = range(game.game.replicate + 1, later.game.replicate)
    assert all(play(tiny, "AUS", policy=POLICY, seed=1, replicate=k).turn is None for k in between)


def test_a_facilitator_sees_what_the_debrief_will_say(tiny: Path) -> None:
    game = play(tiny, ["CHN", "AUS"], policy=POLICY, seed=1, replicate=0)
    hidden = game.hidden()
    while game.turn is not None:
        assert game.turn.stake in [stake for _, _, _, *stakes in hidden.types for stake in stakes]
        game.step(max(game.turn.options, key=lambda o: o.probability).label)
    end = game.debrief()
    assert [t[:3] for t in hidden.types] == list(end.types)
    assert hidden.instead == end.instead


def test_a_package_shows_what_it_costs_either_side(tiny: Path) -> None:
    game = play(tiny, ["CHN", "AUS"], policy=POLICY, seed=1, replicate=0)
    game.step("press")
    assert game.turn is not None
    offered = {o.label: o for o in game.turn.options}
    label = next(iter(offered))
    game.step(label)
    assert game.turn is not None
    assert game.turn.loss[0] == offered[label].loss_target
    assert all(o.loss_target < 0.0 for o in offered.values())
    assert all(o.loss_coercer == o.loss_coercer for o in offered.values())
