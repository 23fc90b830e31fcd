"""A seat at the table: positions replay, choices change what follows, nothing a government could not know is shown."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from coercion_sim.analysis import Session, play, run_narrative
from coercion_sim.errors import CoercionSimError, InvalidInput

pytestmark = pytest.mark.usefixtures("tables_in_memory")

POLICY = "respond_as_allies"


def finished(session: Session, choose: random.Random) -> Session:
    while session.turn is not None:
        session.step(choose.choice(session.turn.options).label)
    return session


def test_a_seat_that_follows_the_equilibrium_gets_the_run_of_the_equilibrium(tiny: Path) -> None:
    alone = run_narrative(tiny, POLICY, 5, 2, overrides=["conduct=strategic"])
    chosen = [(c.mover, c.move, c.chosen) for d in alone.disputes for c in d.decisions]
    session = play(tiny, ["CHN", "AUS"], policy=POLICY, seed=5, replicate=2)
    for mover, move, label in chosen:
        if mover in ("CHN", "AUS"):
            assert session.turn is not None
            assert (session.turn.seat, session.turn.move) == (mover, move)
            session.step(label)
    end = session.debrief()
    assert end.endings == end.instead
    assert [ending for _, _, ending, _ in end.endings] == [d.ending for d in alone.disputes]
    assert end.incomes["AUS"] == dict(alone.effects).get("AUS", 0.0)


def test_a_game_saved_and_loaded_is_the_same_to_the_byte(tiny: Path, tmp_path: Path) -> None:
    session = finished(play(tiny, ["CHN", "AUS"], policy=POLICY, seed=1), random.Random(1))
    session.save(tmp_path / "game.json")
    again = Session.load(tmp_path / "game.json")
    assert json.dumps(again.as_dict()) == json.dumps(session.as_dict())
    again.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "game.json").read_bytes()


def test_undo_and_branch_return_to_earlier_turns(tiny: Path) -> None:
    session = play(tiny, "CHN", policy=POLICY, seed=1, replicate=0)
    assert session.turn is not None
    first = session.turn.as_dict()
    session.step("press")
    second = session.turn
    assert second is not None
    assert second.move == "package"
    other = session.branch(0, "do not press")
    assert other.turn is None or other.turn.move == "press"
    assert session.turn == second
    assert session.undo().as_dict() == first
    with pytest.raises(InvalidInput, match="take back"):
        session.undo()


def test_what_a_seat_chooses_decides_the_ending(tiny: Path) -> None:
    session = play(tiny, ["CHN", "AUS"], policy=POLICY, seed=1, replicate=0)
    for label in ("press", session.branch(0, "press").turn.options[0].label):
        session.step(label)
    gives_in = session.branch(2, "concede")
    assert gives_in.debrief().endings[0][2] == "conceded_to_demand"
    backs_down = session.branch(2, "resist")
    backs_down.step("back down")
    assert backs_down.debrief().endings[0][2] == "backed_down"
    weighed = backs_down.debrief().decisions[-1]
    assert weighed.regret_usd == pytest.approx(
        (weighed.best_value - weighed.value) / 100 * backs_down._at.gdp["CHN"], rel=1e-12
    )
    assert weighed.best_value >= weighed.value


def test_a_turn_shows_nothing_that_the_government_could_not_know(tiny: Path) -> None:
    """Runs that differ in the other side's type alone show the same first turn."""
    turns = []
    for firm in ("true", "false"):
        parties = "quarter='2020Q4', coercer='CHN', target='AUS', resolved=true"
        opened = f"dispute.opened=[{{{parties}, stake_target=0.4, stake_coercer=0.3, firm={firm}}}]"
        session = play(tiny, "AUS", policy=POLICY, seed=4, overrides=[opened])
        turns.append(session.turn)
    soft, firm_turn = turns
    assert soft is not None
    assert firm_turn is not None
    assert soft.move == firm_turn.move == "answer"
    if soft.package == firm_turn.package:
        assert repr(soft.options) == repr(firm_turn.options)  # not ==: what an option does not cost is NaN
        assert soft.firm == firm_turn.firm


def test_proposals_change_the_terms_or_say_why_not(tiny: Path) -> None:
    session = play(tiny, ["CHN", "AUS"], policy=POLICY, seed=1, replicate=0)
    for share in (0.6, 0.4):  # bargained over: the last offer holds
        session.propose("settlement", share)
        session.propose("package", share / 2.0, ["wine"])
    session.propose("pledge", 0.2)
    offered = {p.kind: p.size for p in session.game.proposals}
    assert offered == {"settlement": 0.4, "package": 0.2, "pledge": 0.2}
    assert len(session.game.proposals) == 3
    assert session.job.scenario.dispute.settle == 0.4
    session.step("press")
    assert session.turn is not None
    assert "record" in [o.label for o in session.turn.options]
    session.step("record")
    session.step("resist")
    session.step("impose")
    while session.turn is not None and session.turn.move != "review":
        session.step(session.turn.options[-1].label)
    if session.turn is not None:
        assert [o.label for o in session.turn.options] == ["concede", "settle", "resist"]
    before = session.as_dict()
    for kind, size, goods in (("war", 1.0, []), ("package", 0.1, ["unobtainium"]), ("pledge", -1.0, [])):
        with pytest.raises(CoercionSimError):
            session.propose(kind, size, goods)
    assert session.as_dict() == before
    alone = play(tiny, "CHN", policy="stand_alone", seed=1, replicate=0)
    with pytest.raises(InvalidInput, match="no pledge"):
        alone.propose("pledge", 0.1)


def test_wrong_choices_and_strange_files_are_named_and_lose_nothing(tiny: Path, tmp_path: Path) -> None:
    session = play(tiny, "CHN", policy=POLICY, seed=1, replicate=0)
    turn = session.turn
    for wrong in ("", "attack", "9", "0"):
        with pytest.raises(InvalidInput, match="choice"):
            session.step(wrong)
    assert session.turn == turn
    with pytest.raises(InvalidInput, match="no such state"):
        play(tiny, "XYZ", policy=POLICY)
    session.step("1")
    session.save(tmp_path / "game.json")
    saved = json.loads((tmp_path / "game.json").read_text())
    saved["moves"][0]["choice"] = "attack"
    (tmp_path / "other.json").write_text(json.dumps(saved))
    with pytest.raises(InvalidInput, match="fits no decision"):
        Session.load(tmp_path / "other.json")
    (tmp_path / "broken.json").write_text('{"scenario": 3}')
    with pytest.raises(InvalidInput):
        Session.load(tmp_path / "broken.json")


def test_news_are_what_happened_since_the_seat_decided_in_a_loaded_game_too(tiny: Path, tmp_path: Path) -> None:
    session = play(tiny, ["CHN", "AUS"], policy=POLICY, seed=1, replicate=0)
    for label in ("press", session.branch(0, "press").turn.options[0].label, "resist"):
        session.step(label)
    turn = session.turn
    assert turn is not None
    assert turn.seat == "CHN"
    assert any("demands" in line for line in turn.news)
    assert any("Australia resists" in line for line in turn.news)
    session.save(tmp_path / "game.json")
    again = Session.load(tmp_path / "game.json").turn
    assert repr(vars(again)) == repr(vars(turn))  # not ==: what an option does not cost is NaN
    session.step("impose")
    while session.turn is not None and session.turn.seat != "AUS":
        session.step(session.turn.options[-1].label)
    if session.turn is not None:
        assert not any("demands" in line for line in session.turn.news)
        assert any("imposes" in line for line in session.turn.news)


def test_a_seat_knows_its_type_and_what_an_option_is_worth_against_either_of_the_other(tiny: Path) -> None:
    """The worth is the mean of both at the belief; the weak type stands first, and the own type is that of the run."""
    session = play(tiny, ["CHN", "AUS"], policy=POLICY, seed=1, replicate=0)
    while session.turn is not None and session.turn.move != "answer":
        session.step({"press": "press"}.get(session.turn.move, "1"))
    turn = session.turn
    assert turn is not None
    assert turn.faces == ("CHN", "soft", "firm")
    _, _, resolved, _, _ = session.hidden().types[0]
    assert turn.own_type == ("resolved" if resolved else "irresolute")
    resist = next(o for o in turn.options if o.label == "resist")
    assert (1 - turn.firm) * resist.if_weak + turn.firm * resist.if_firm == pytest.approx(resist.value, abs=1e-6)
    assert resist.if_weak > resist.if_firm
