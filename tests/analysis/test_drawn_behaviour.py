"""Answers and runs carry the uncertainty of behaviour where `[dispute] draws` asks for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import coercion_sim as cs
from coercion_sim.analysis import (
    deterrence_frontier,
    expected_disputes,
    first_dispute,
    least_cost_coalition,
    record_likelihood,
    run_narrative,
)
from coercion_sim.analysis.deterrence.dyad import ask
from coercion_sim.cli.answer import answer_text
from coercion_sim.dispute import BEHAVIOUR_RANGES, behaviour_draws

POSTERIOR, FIXED = ("dispute.most_allies=0",), ("dispute.draws=fixed", "dispute.most_allies=0")


@pytest.fixture
def open_game(tiny: Path) -> Path:
    """The small quarrel, its file naming no behaviour but the screen."""
    text = tiny.read_text("utf-8")
    kept = [line for line in text.splitlines() if not line.startswith(("cost_", "stake_"))]
    path = tiny.with_name("open.toml")
    path.write_text("\n".join(kept), "utf-8")
    return path


def test_games_of_an_answer_have_the_numbers_of_their_row(open_game: Path) -> None:
    question = ask(open_game, "stand_alone", draws=4, overrides=POSTERIOR)
    columns = behaviour_draws()
    for draw in range(4):
        game = question.dyad(draw).open()[0]
        row = question.design.of_replicate(draw)["dispute.row"]
        assert isinstance(row, int)
        assert game.parameters.rationality == columns["rationality"][row]
        assert game.parameters.audience_lift == columns["audience_lift"][row]
        assert game.belief_target == pytest.approx(columns["belief_target"][row])
        assert game.stake_coercer[1] / game.stake_coercer[0] == pytest.approx(columns["type_spread"][row])


def test_prior_draws_each_number_by_itself(open_game: Path) -> None:
    question = ask(open_game, "stand_alone", draws=8, overrides=("dispute.draws=prior", "dispute.most_allies=0"))
    games = [question.dyad(draw).open()[0] for draw in range(8)]
    assert len({game.parameters.rationality for game in games}) == 8
    _, low, high = BEHAVIOUR_RANGES["review"]
    assert all(low <= game.parameters.review <= high for game in games)


def test_an_answer_says_how_behaviour_was_drawn(open_game: Path) -> None:
    fixed, drawn = (cs.answer(open_game, ("stand_alone",), draws=2, overrides=words) for words in (FIXED, POSTERIOR))
    assert (fixed.behaviour, drawn.behaviour) == ("fixed", "posterior")
    assert drawn.as_dict()["behaviour"] == "posterior"
    assert "behaviour: fixed" in answer_text(fixed)
    assert "behaviour:" not in answer_text(drawn)
    assert not set(fixed.robustness.varied) - {"stake_target", "stake_coercer"}
    assert len(drawn.robustness.varied) >= 16
    assert not np.allclose(fixed.column("pressed", "stand_alone"), drawn.column("pressed", "stand_alone"))


def test_runs_keep_their_row_and_the_narrative_its_numbers(open_game: Path) -> None:
    words = (*POSTERIOR, "conduct=strategic", "dispute.review=0.6")
    runs = cs.simulate(open_game, "stand_alone", replicates=3, overrides=words).table("runs")
    rows = [int(row) for row in runs.column("param.dispute.row").to_pylist()]
    assert len(set(rows)) == 3
    narrative = run_narrative(open_game, "stand_alone", replicate=1, overrides=words)
    assert narrative.values["dispute.row"] == rows[1]
    assert narrative.values["dispute.rationality"] == behaviour_draws()["rationality"][rows[1]]
    assert narrative.values["dispute.review"] == 0.6


def test_record_is_judged_under_drawn_behaviour() -> None:
    words = (*POSTERIOR, "dispute.row=0")
    result = record_likelihood("australia-2020", "stand_alone", draws=1, overrides=words, at_defaults=True)
    again = record_likelihood("australia-2020", "stand_alone", draws=1, overrides=FIXED, at_defaults=True)
    assert result.likelihood != pytest.approx(again.likelihood, rel=1e-3)


@pytest.mark.parametrize("conduct", ["scripted", "strategic"])
def test_every_question_about_a_dispute_draws_behaviour(open_game: Path, conduct: str) -> None:
    """Rows drawn reach the game shown, the one whose expectations are taken and the one in which pledges are sought."""
    words = (*POSTERIOR, f"conduct={conduct}")
    fixed = (*FIXED, f"conduct={conduct}")
    columns = behaviour_draws()
    shown = [first_dispute(open_game, "stand_alone", replicate=k, overrides=words).game for k in range(3)]
    assert len({game.parameters.rationality for game in shown}) == 3
    for game in shown:
        row = columns["rationality"].index(game.parameters.rationality)
        assert game.parameters.audience_lift == columns["audience_lift"][row]
    drawn, plain = (
        expected_disputes(open_game, "stand_alone", replicates=3, overrides=w, at_defaults=False)
        for w in (words, fixed)
    )
    assert np.abs(drawn.by_draw("attempts") - plain.by_draw("attempts")).max() > 0.01


def test_pledges_and_coalitions_are_sought_under_drawn_behaviour(open_game: Path) -> None:
    words = ("dispute.most_allies=1",)
    least = [
        deterrence_frontier(
            open_game, stakes=(0.2,), kinds=("support",), intensities=(1.0,), members=("USA",), draws=2, overrides=w
        )
        for w in (words, (*words, "dispute.draws=fixed"))
    ]
    drawn, plain = (frontier.records()[0] for frontier in least)
    assert drawn["press_unpledged"] != pytest.approx(plain["press_unpledged"], rel=1e-3)
    row = int(least_row(open_game, words))
    central, named = (
        least_cost_coalition(open_game, stake=0.2, candidates=("USA",), kinds=("support",), overrides=w)
        for w in (words, (*words, f"dispute.row={row}"))
    )
    assert central.pressed_alone == named.pressed_alone
    other = least_cost_coalition(
        open_game, stake=0.2, candidates=("USA",), kinds=("support",), overrides=(*words, f"dispute.row={row + 7}")
    )
    assert other.pressed_alone != pytest.approx(central.pressed_alone, rel=1e-3)


def least_row(path: Path, words: tuple[str, ...]) -> float:
    """The row at which a question at defaults is asked."""
    question = ask(path, "stand_alone", overrides=words, at_defaults=True)
    return float(question.design.of_replicate(0)["dispute.row"])  # type: ignore[arg-type]
