"""The end of a game: what followed the last decision, why nothing more was to decide, what else can be tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from coercion_sim.analysis import Session, play, situation
from coercion_sim.analysis.play.sentences import acts_in_words, pressure_in_words
from coercion_sim.dispute import Choice, Option
from coercion_sim.economy import Measure
from coercion_sim.scenario import load_scenario
from fakes.tiny import tiny_world

pytestmark = pytest.mark.usefixtures("tables_in_memory")

POLICY = "respond_as_allies"
#: Disputes that arise at random, besides the one that is sure to.
MANY = ["dispute.rate=0.3", "dispute.coercers=['CHN', 'USA']", "dispute.targets=['AUS', 'JPN']"]


def over(session: Session, choices: tuple[str, ...]) -> Session:
    """Play these choices, and the last option afterwards."""
    for choice in choices:
        session.step(choice)
    while session.turn is not None:
        session.step(session.turn.options[-1].label)
    return session


def test_a_coercer_that_does_not_press_reads_that_no_dispute_began_and_why_none_followed(tiny: Path) -> None:
    session = play(tiny, "CHN", policy=POLICY, seed=1, replicate=0)
    opened = session.turn.quarter
    end = over(session, ("do not press",)).debrief()
    scenario, decided = session.job.scenario, session._at.answered[0].quarter
    first, last = (scenario.quarter_label(q) for q in (decided + 1, scenario.quarters - 1))
    assert len(end.decisions) == 1
    assert end.afterwards == (
        f"China did not press in {opened}, so no dispute began.",
        f"No dispute followed from {first} to {last}: the scenario has no other. So China had nothing to decide.",
    )
    assert any("try another choice: press" in line for line in end.what_else)
    assert any("Australia (target)" in line for line in end.what_else)
    assert any("stand alone" in line for line in end.what_else)
    stake = f"{session._at.disputes[0].stake_coercer:.2f} %"
    assert any("stake_coercer" in line and stake in line for line in end.what_else)


def test_a_target_that_concedes_reads_that_it_ended_the_dispute(tiny: Path) -> None:
    session = play(tiny, ["CHN", "AUS"], policy=POLICY, seed=1, replicate=0)
    end = over(session, ("press", "1", "concede")).debrief()
    assert "Australia conceded to the demand" in end.afterwards[0]
    assert not any("stake_coercer" in line for line in end.what_else)


def test_a_dispute_still_in_force_says_so_and_counts_no_other(tiny: Path) -> None:
    session = play(tiny, ["CHN", "AUS"], policy=POLICY, seed=1, replicate=0)
    for choice in ("press", "1", "resist", "impose"):
        session.step(choice)
    while session.turn is not None:
        session.step({"review": "resist", "lift": "sustain"}.get(session.turn.move, session.turn.options[-1].label))
    end = session.debrief()
    assert end.endings[0][2] == "unended"
    assert "in force to the end" in end.afterwards[0]
    assert not any("other dispute" in line for line in end.afterwards)


def test_disputes_of_others_that_followed_are_named_with_their_endings(tiny: Path) -> None:
    session = play(tiny, "JPN", policy=POLICY, seed=3, replicate=0, overrides=MANY)
    end = over(session, ()).debrief()
    decided = session._at.answered
    last = decided[-1].quarter if decided else -1
    later = [d for d in session._at.disputes if d.opened > last]
    assert later
    (line,) = [line for line in end.afterwards if "without a decision of Japan" in line]
    assert line.startswith(f"{len(later)} other dispute")
    for dispute in later[:5]:
        assert session.job.scenario.quarter_label(dispute.opened) in line


def test_nothing_is_said_of_the_end_while_a_decision_waits(tiny: Path) -> None:
    session = play(tiny, "CHN", policy=POLICY, seed=1, replicate=0)
    assert session.turn is not None
    assert session._at.afterwards == ()


def test_measures_of_one_kind_and_size_are_named_together(tiny: Path) -> None:
    record = [
        Measure("import_ban", "CHN", "AUS", (good,), size)
        for good, size in (("coal", 0.0), ("wine", 0.3), ("coal", 0.3))
    ]
    assert pressure_in_words(record, play(tiny, "CHN", policy=POLICY, seed=1, replicate=0).job.world) == (
        "import ban (no trade left) on coal",
        "import ban (at least 30 % of the trade left) on wine and coal",
    )


def test_a_measure_says_what_its_number_does_and_names_no_goods_where_it_has_none(tiny: Path) -> None:
    measures = [
        Measure("import_barrier", "CHN", "AUS", ("wine",), 1.206),
        Measure("import_tariff", "CHN", "AUS", ("all",), 0.25),
        Measure("military", "CHN", "AUS", (), 0.1),
    ]
    assert pressure_in_words(measures, play(tiny, "CHN", policy=POLICY, seed=1, replicate=0).job.world) == (
        "import barrier (+21 % of the price) on wine",
        "import tariff (+25 % of the price) on all goods and services",
        "pressure in the grey zone (a loss of 0.100 % of GDP a year)",
    )


def helped(mover: str, chosen: str, quarter: int = 2) -> Choice:
    options = tuple(Option(label, 0.0, 0.5, {}) for label in ("none", chosen))
    return Choice(quarter, "CHN", "AUS", "help", mover, options, rule="logit", at=1 if chosen != "none" else 0)


def test_allies_that_do_the_same_share_a_sentence_that_names_the_dispute() -> None:
    names = {"CHN": "China", "AUS": "Australia", "USA": "United States", "JPN": "Japan", "IND": "India"}
    choices = [
        helped("USA", "none"), helped("JPN", "none"), helped("IND", "compensate_retaliate"),
        helped("IND", "my_own", quarter=3),
    ]  # fmt: skip
    assert list(acts_in_words(choices, names)) == [
        (2, "The United States and Japan stand aside as China presses Australia"),
        (2, "India helps Australia against China with money and by acting against trade with the coercer"),
        (3, "India helps Australia against China by my own"),
    ]


def test_actors_outside_the_world_are_called_by_their_names() -> None:
    scenario = load_scenario("many-challengers")
    names = scenario.actors.names(tiny_world())
    assert (names["PRK"], names["JPN"]) == ("North Korea", "Japan")


def test_an_ally_reads_what_it_has_at_stake_and_no_type(tiny: Path) -> None:
    session = play(tiny, ["CHN", "AUS", "JPN", "USA"], policy=POLICY, seed=1, replicate=0)
    for choice in ("press", "1", "resist", "impose"):
        session.step(choice)
    turn = session.turn
    assert turn is not None
    assert turn.move == "help"
    text = " ".join(situation(turn))
    assert f"You have {turn.stake:.2f} % of GDP at stake" in text
    assert "You are" not in text
    assert "you win your stake" not in text
