"""The answer to a scenario's question: exact games, paired differences, robustness, one screen."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import coercion_sim as cs
from coercion_sim.analysis import SETTINGS, Answer
from coercion_sim.analysis.answer.answer import COLUMNS, student
from coercion_sim.analysis.answer.expected_disputes import expected_of
from coercion_sim.analysis.answer.robustness import robustness, same_order
from coercion_sim.analysis.deterrence.dyad import ask
from coercion_sim.cli.answer import WIDTH, answer_text
from coercion_sim.dispute import solve_dispute
from coercion_sim.errors import InvalidInput

POLICIES = ("stand_alone", "respond_as_allies")


@pytest.fixture(scope="module")
def found() -> Answer:
    return cs.answer("australia-2020", POLICIES, draws=3, overrides=("dispute.most_allies=1",))


def test_columns_are_those_of_the_solved_games(found: Answer) -> None:
    for policy in POLICIES:
        question = ask("australia-2020", policy, draws=3, overrides=("dispute.most_allies=1",))
        for draw in range(3):
            dyad = question.dyad(draw)
            dispute = dyad.diplomacy.open_dispute(dyad.coercer, dyad.target, 0)
            assert dispute is not None
            wanted = expected_of(solve_dispute(dispute.game), 40)
            assert found.column("pressed", policy)[draw] == pytest.approx(wanted[0], abs=1e-6)
            assert found.column("gets_its_way", policy)[draw] == pytest.approx(wanted[4], abs=1e-6)
            assert found.column("loss", policy)[draw] == pytest.approx(wanted[10] / wanted[0], abs=1e-5)


def test_shares_and_money_add_up(found: Answer) -> None:
    for policy in POLICIES:
        parts = sum(found.column(n, policy) for n in ("conceded", "backed_down", "imposed"))
        np.testing.assert_allclose(parts, 1.0, rtol=0, atol=1e-9)
        usd = found.column("loss", policy) / 100.0 * found.gdp_usd
        np.testing.assert_allclose(found.column("loss_usd", policy), usd, rtol=1e-9)
        assert sum(found.ally_usd[policy].values()) == pytest.approx(found.mean("burden_usd", policy).value)
    assert found.mean("first_year", POLICIES[1]).value < found.mean("first_year_alone", POLICIES[1]).value


def test_help_promised_deters_and_costs(found: Answer) -> None:
    assert (found.column("pressed", POLICIES[1]) < found.column("pressed", POLICIES[0])).all()
    assert found.mean("burden_usd", POLICIES[1]).value > 10 * found.mean("burden_usd", POLICIES[0]).value


def test_differences_are_paired_by_draw(found: Answer) -> None:
    gap = found.column("pressed", POLICIES[1]) - found.column("pressed", POLICIES[0])
    mean = found.mean("pressed", POLICIES[1])
    assert mean.difference == pytest.approx(gap.mean())
    half = 4.302653 * gap.std(ddof=1) / math.sqrt(3)  # Student's t with 2 degrees of freedom
    assert (mean.difference_low, mean.difference_high) == pytest.approx(
        (gap.mean() - half, gap.mean() + half), rel=1e-5
    )
    assert math.isnan(found.mean("pressed", POLICIES[0]).difference)


def test_student_covers_as_often_as_it_says() -> None:
    draws = np.random.default_rng(1).normal(2.0, 3.0, size=(4000, 6))
    covered = np.mean([low <= 2.0 <= high for _, low, high in map(student, draws)])
    assert covered == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / 4000))
    assert math.isnan(student(np.array([1.0]))[1])


def test_the_script_is_measured_beside_the_game(found: Answer) -> None:
    first, later = found.record
    assert -1.0 < first < 0.0
    assert -1.0 < later < 0.0


def test_frame_has_every_policy_and_column(found: Answer) -> None:
    frame = found.frame()
    assert len(frame) == len(POLICIES) * len(COLUMNS)
    assert set(frame.columns) >= {"policy", "outcome", "unit", "value", "low", "high", "difference"}


def test_every_setting_is_tried_and_the_first_is_the_answer_itself(found: Answer) -> None:
    assert [s.name for s in found.settings] == list(SETTINGS)
    assert found.settings[0].pressed == pytest.approx([found.mean("pressed", p).value for p in POLICIES], abs=1e-6)
    assert found.settings[0].same_order
    by_name = {s.name: s for s in found.settings}
    low, high = by_name["coercer's stake x 1/3"].pressed[0], by_name["coercer's stake x 3"].pressed[0]
    assert low < found.settings[0].pressed[0] < high


def test_order_ignores_ties_and_sees_changes_of_place() -> None:
    assert same_order((0.3, 0.2, 0.2), (0.5, 0.1, 0.1005))
    assert same_order((0.3, 0.2), (0.2, 0.2))
    assert not same_order((0.3, 0.2), (0.2, 0.3))


def test_robustness_of_one_policy_has_one_order() -> None:
    question = ask("australia-2020", "stand_alone", draws=1, overrides=("dispute.most_allies=0",))
    dyad = question.dyad(0)
    dispute = dyad.diplomacy.open_dispute(dyad.coercer, dyad.target, 0)
    assert dispute is not None
    assert all(s.same_order for s in robustness([[dispute.game]]) if not s.unsolved)


def test_first_screen_fits(found: Answer) -> None:
    lines = answer_text(found).splitlines()
    assert len(lines) <= 26
    assert max(map(len, lines)) <= WIDTH
    assert lines[0].startswith("China's pressure on Australia")
    assert any(line.startswith("stand alone") for line in lines)


def test_chart_is_written(found: Answer, tmp_path: Path) -> None:
    from coercion_sim.figures import draw_answer

    draw_answer(found, tmp_path / "answer.svg")
    assert (tmp_path / "answer.svg").read_text().count("respond as allies") >= 1
    with pytest.raises(InvalidInput, match="png"):
        draw_answer(found, tmp_path / "answer.bmp")


def test_unknown_policy_is_named() -> None:
    with pytest.raises(InvalidInput, match="respond_as_allies"):
        cs.answer("australia-2020", ("respond_as_ally",), draws=1)
