"""Every closed form of the shared file, and what each says beyond its one number."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from closed_forms import (
    bluff,
    collective_deterrence,
    grim_discount_factor,
    inspection,
    logit_choice,
    olson_zeckhauser,
    threat_game,
    threat_game_logit,
    war_of_attrition,
    war_of_attrition_discrete,
)
from contribution_games import symmetric_mixed, threshold_benefits
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.dispute import Reliability, posterior
from coercion_sim.errors import GameError
from coercion_sim.games import ExtensiveGame, NormalFormGame, solve_game

TOLERANCE = 1e-9


def test_the_file_holds_no_case_unknown_here(closed_form_cases: dict[str, Any]) -> None:
    assert closed_form_cases["tolerance"] == TOLERANCE
    assert set(closed_form_cases["cases"]) == {
        "logit_2", "aqre_threat_lam5", "threshold_pg", "war_of_attrition_continuous", "war_of_attrition_discrete",
        "bluff_audience_cost", "inspection_2x2", "power_cobb_douglas", "power_ces_outer", "olson_zeckhauser",
        "collective_deterrence", "beta_reliability", "bayes_resolve", "grim_trigger",
    }  # fmt: skip


def test_choice_and_threat_recursion(closed_form_cases: dict[str, Any]) -> None:
    case = closed_form_cases["cases"]["logit_2"]
    assert logit_choice(*case["inputs"].values()) == pytest.approx(case["p1"], abs=TOLERANCE)
    case = closed_form_cases["cases"]["aqre_threat_lam5"]
    inputs = dict(case.pop("inputs"))
    assert asdict(threat_game_logit(inputs.pop("lam"), **inputs)) == pytest.approx(case, abs=TOLERANCE)


def test_threshold_games(closed_form_cases: dict[str, Any]) -> None:
    for case in closed_form_cases["cases"]["threshold_pg"]:
        n, k, ratio = case["inputs"].values()
        assert symmetric_mixed(threshold_benefits(n, k, 1.0), ratio) == pytest.approx(case["q"], abs=TOLERANCE)


def test_attrition(closed_form_cases: dict[str, Any]) -> None:
    case = closed_form_cases["cases"]["war_of_attrition_continuous"]
    inputs = {key: case["inputs"][key] for key in ("v_C", "v_T", "c_C", "c_T")}
    del case["inputs"]
    assert asdict(war_of_attrition(**inputs)) == pytest.approx(case, abs=TOLERANCE)
    case = closed_form_cases["cases"]["war_of_attrition_discrete"]
    assert war_of_attrition_discrete(**case["inputs"]) == pytest.approx(case["p_quit"], abs=TOLERANCE)


def test_bluff_and_inspection(closed_form_cases: dict[str, Any]) -> None:
    case = closed_form_cases["cases"]["bluff_audience_cost"]
    assert asdict(bluff(**case.pop("inputs"))) == pytest.approx(case, abs=TOLERANCE)
    case = closed_form_cases["cases"]["inspection_2x2"]
    assert asdict(inspection(**case.pop("inputs"))) == pytest.approx(case, abs=TOLERANCE)


def test_alliances_and_repetition(closed_form_cases: dict[str, Any]) -> None:
    for case in closed_form_cases["cases"]["olson_zeckhauser"]:
        good = olson_zeckhauser(case["inputs"]["alpha"], case["inputs"]["w"])
        assert pytest.approx(case["G"], abs=TOLERANCE) == good.G
        assert good.g == pytest.approx(case["g"], abs=TOLERANCE)
        assert good.share_of_income == pytest.approx(case["share_of_income"], abs=TOLERANCE)
    case = closed_form_cases["cases"]["collective_deterrence"]
    assert collective_deterrence(**case["inputs"]) == case["m_star"]
    case = closed_form_cases["cases"]["grim_trigger"]
    inputs = {key: case["inputs"][key] for key in ("cost_of_helping", "expected_future_benefit")}
    assert grim_discount_factor(**inputs) == pytest.approx(case["delta_star"], abs=TOLERANCE)


def test_beliefs(closed_form_cases: dict[str, Any]) -> None:
    case = closed_form_cases["cases"]["beta_reliability"]
    start, kept, broken = case["inputs"]["alpha"], case["inputs"]["kept"], case["inputs"]["broken"]
    after = Reliability(start, case["inputs"]["beta"]).update(kept, broken)
    assert (after.alpha, after.beta, after.mean) == pytest.approx((case["alpha"], case["beta"], case["mean"]))
    case = closed_form_cases["cases"]["bayes_resolve"]
    belief, p_high, p_low = case["inputs"].values()
    assert float(posterior(belief, p_low, p_high)) == pytest.approx(case["posterior"], abs=TOLERANCE)


stake = st.floats(0.05, 3.0)


@settings(deadline=None)
@given(st.floats(0.0, 40.0), stake, stake, st.floats(-1.0, 1.0), stake, stake, st.floats(-0.5, 0.5))
def test_threat_recursion_is_the_solved_tree(lam, v_C, v_T, i_C, i_T, a_C, b_T) -> None:
    game = ExtensiveGame(("Coercer", "Target"), threat_game(v_C, v_T, i_C, i_T, a_C, b_T))
    play = solve_game(game, lam).strategies
    closed = threat_game_logit(lam, v_C, v_T, i_C, i_T, a_C, b_T)
    assert play["C2"]["impose"] == pytest.approx(closed.p_impose, abs=1e-12)
    assert play["T1"]["concede"] == pytest.approx(closed.p_concede, abs=1e-12)
    assert play["C1"]["threaten"] == pytest.approx(closed.p_threat, abs=1e-12)


@settings(deadline=None)
@given(st.floats(0.02, 0.98), stake, st.floats(0.05, 4.0), stake, st.floats(0.0, 2.0))
def test_bluffing_leaves_nobody_a_better_reply(mu, v_T, d_T, v_C, a_C) -> None:
    play = bluff(mu, v_T, d_T, v_C, a_C)
    resist_gain = v_T - play.posterior_resolved * d_T
    bluff_gain = (1 - play.rho_resist) * v_C - play.rho_resist * a_C
    slack = 1e-9 * max(1.0, d_T)
    assert play.rho_resist == 0.0 or resist_gain >= -slack
    assert play.rho_resist == 1.0 or resist_gain <= slack
    assert play.beta == 0.0 or bluff_gain >= -1e-9
    assert play.beta == 1.0 or bluff_gain <= 1e-9
    quiet = 1.0 - play.p_threat
    assert quiet + play.p_impose + play.p_concede + play.p_back_down == pytest.approx(1.0)


@settings(deadline=None)
@given(st.floats(0.1, 0.9), st.lists(st.floats(0.1, 20.0), min_size=1, max_size=8))
def test_voluntary_contributions_are_best_replies(alpha, incomes) -> None:
    good = olson_zeckhauser(alpha, incomes)
    assert pytest.approx(sum(good.g), rel=1e-9) == good.G
    for w, g in zip(incomes, good.g, strict=True):
        others = good.G - g
        wanted = max(0.0, alpha * (w + others) - others)  # argmax of (1-alpha) log(w-g) + alpha log(g+others)
        assert g == pytest.approx(wanted, abs=1e-8)


def test_inspection_is_the_mixed_equilibrium_and_refuses_where_there_is_none() -> None:
    play = inspection([0.1, -0.2, -0.3, 0.0], [-0.4, -0.1, 0.5, 0.0])
    tables = {"S": np.array([[0.1, -0.2], [-0.3, 0.0]]), "T": np.array([[-0.4, -0.1], [0.5, 0.0]])}
    game = NormalFormGame(("S", "T"), {"S": ("sanction", "no"), "T": ("violate", "comply")}, tables)
    mixture = [np.array([play.p_sanction, 1 - play.p_sanction]), np.array([play.q_violate, 1 - play.q_violate])]
    assert game.regret(mixture) <= 1e-12
    with pytest.raises(GameError, match="no equilibrium in which both mix"):
        inspection([1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 1.0])


def test_attrition_hazards_leave_both_indifferent() -> None:
    play = war_of_attrition(0.5, 0.8, 0.02, 0.1)
    assert play.hazard_target * 0.5 == pytest.approx(0.02)
    assert play.hazard_coercer * 0.8 == pytest.approx(0.1)
    assert play.mean_duration == pytest.approx(1 / (play.hazard_target + play.hazard_coercer))
    p = war_of_attrition_discrete(2.0, 0.5)
    assert p * 2.0 == pytest.approx((1 - p) * 0.5)


def test_deterrence_count_is_the_least_that_works() -> None:
    assert collective_deterrence(0.4, 0.5, 0.03, 0.06) == 3
    assert 0.4 * 0.5 > 0.03 + 2 * 0.06
    assert 0.4 * 0.5 <= 0.03 + 3 * 0.06
    assert collective_deterrence(0.5, 0.6, 0.0, 0.1) == 3  # 0.3 against 3 x 0.1: equality deters
    assert collective_deterrence(0.1, 0.1, 1.0, 0.1) == 0
