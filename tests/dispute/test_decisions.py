"""Options, choices and payoffs of endings, by hand; settings as disputes take them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.dispute import (
    Challenger,
    Decision,
    Dispute,
    DisputeParameters,
    DisputeSettings,
    Option,
    Player,
    Pressure,
)
from coercion_sim.dispute.decisions import pick
from support.dispute_games import flagship_game

OPTIONS = tuple(Option(label, value, p, {}) for label, value, p in (("a", 1.0, 0.2), ("b", 0.5, 0.5), ("c", 0.0, 0.3)))


def decision(draw: float = math.nan) -> Decision:
    return Decision(4, "CHN", "AUS", "review", "AUS", OPTIONS, draw)


@pytest.mark.parametrize(
    ("draw", "label"), [(0.0, "a"), (0.199, "a"), (0.2, "b"), (0.699, "b"), (0.7, "c"), (0.9999, "c"), (math.nan, "b")]
)
def test_the_draw_falls_into_the_part_of_the_option_chosen(draw: float, label: str) -> None:
    choice = Player().decide(decision(draw))
    assert (choice.chosen, choice.option.label, choice.rule) == (label, label, "logit")
    assert choice.odds == (0.2, 0.5, 0.3)
    assert (choice.quarter, choice.coercer, choice.target, choice.mover) == (4, "CHN", "AUS", "AUS")


@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=6), st.floats(0.0, 1.0, exclude_max=True))
def test_pick_inverts_the_cumulative_distribution(weights: list[float], draw: float) -> None:
    at = pick(weights, draw)
    shares = np.cumsum(weights) / sum(weights)
    assert draw <= shares[at] + 1e-12
    assert at == 0 or draw >= shares[at - 1] - 1e-12


def test_a_choice_by_other_odds_keeps_them_and_leaves_the_decision_alone() -> None:
    asked = decision(0.1)
    choice = asked.choose("rule", asked.certain("c"))
    assert (choice.chosen, choice.odds) == ("c", (0.0, 0.0, 1.0))
    assert asked.odds == (0.2, 0.5, 0.3)
    assert [o.value for o in choice.options] == [1.0, 0.5, 0.0]


def test_governments_that_share_a_dispute_see_the_same_acts() -> None:
    dispute = Dispute("CHN", "AUS", 0, flagship_game(), True, True)
    assert set(dispute.deciders) == {"CHN", "AUS", "ally0", "ally1"}
    dispute.observe("coercer", np.array([0.2, 0.8]))
    assert dispute.beliefs == (0.5, 0.8)
    assert dispute.game.belief_coercer == 0.5
    assert {p.beliefs.in_dispute[dispute.key] for p in dispute.deciders.values()} == {(0.5, 0.8)}


# ---------------------------------------------------------------- payoffs


def test_payoffs_of_endings_are_those_of_the_model() -> None:
    """v_C .1 and .9, v_T .4 and 3.6 by type; alpha .4, .4, .2; half the stake where they settle."""
    game = flagship_game(v_t=1.2, v_c=0.3, settle=0.5)
    v_c, v_t = np.array([[0.1], [0.9]]), np.array([[0.4], [3.6]])
    wanted = {
        "no_pressure": (0.0 * v_c, 0.0 * v_t), "conceded_to_demand": (v_c, -1.2 * v_t),
        "backed_down": (-0.4 * v_c, 0.0 * v_t), "conceded": (v_c, -1.2 * 0.75 * v_t),
        "settled": (0.5 * v_c, -0.5 * 0.75 * v_t), "lifted": (-0.4 * v_c, 0.0 * v_t), "unended": (0.0 * v_c, 0.0 * v_t),
    }  # fmt: skip
    for ending, (coercer, target) in wanted.items():
        found = game.ending_payoffs(ending, 0.25)  # type: ignore[arg-type]
        np.testing.assert_allclose(found[0], coercer, atol=1e-15)
        np.testing.assert_allclose(found[1], target, atol=1e-15)
    shares = {name: game.parameters.share_won(name) for name in wanted}  # type: ignore[arg-type]
    assert shares == dict.fromkeys(wanted, 0.0) | {"conceded_to_demand": 1.0, "conceded": 1.0, "settled": 0.5}


def test_prices_and_losses_of_two_years() -> None:
    """Eight quarters: .04 once, .005 and the cheapest own cost .02 a year; the target loses .45 a year."""
    game = flagship_game(own_cost=0.02, statement_cost=0.01)
    assert game.price_of_imposing == pytest.approx(0.05)
    assert game.price_of_pressing() == pytest.approx(0.05 + 0.025 * 2)
    assert game.loss_in_two_years(2) == pytest.approx(0.9)
    assert game.loss_in_two_years(2, (1, 0)) == pytest.approx(0.9 * 0.8)
    np.testing.assert_allclose(game.types_target, [0.5, 0.5])
    np.testing.assert_allclose(game.types_coercer, [0.5, 0.5])


# ---------------------------------------------------------------- settings


def test_defaults_of_the_game_are_those_of_the_settings() -> None:
    settings, parameters = DisputeSettings(), DisputeParameters()
    shared = set(DisputeSettings.model_fields) & set(vars(parameters))
    assert len(shared) == 14
    assert {name: getattr(parameters, name) for name in shared} == {name: getattr(settings, name) for name in shared}


def test_rules_by_state_and_by_conduct() -> None:
    settings = DisputeSettings(decides={"CHN": "script", "AUS": "learning"})
    assert [settings.rule_of(s, "strategic") for s in ("CHN", "AUS", "USA")] == ["script", "learning", "logit"]
    assert [settings.rule_of(s, "scripted") for s in ("CHN", "AUS", "USA")] == ["script", "learning", "script"]
    assert settings.anybody_chooses("scripted")
    assert not DisputeSettings(decides={"CHN": "script"}).anybody_chooses("scripted")
    assert DisputeSettings().anybody_chooses("strategic")


def test_challengers_are_pairs_and_those_with_terms_of_their_own() -> None:
    own = Challenger(state="RUS", targets=("POL", "RUS"), rate=0.2)
    settings = DisputeSettings(coercers=("CHN", "AUS"), targets=("AUS", "KOR"), challengers=(own,))
    pairs = settings.challengers_by_pair()
    assert set(pairs) == {("CHN", "AUS"), ("CHN", "KOR"), ("AUS", "KOR"), ("RUS", "POL")}
    assert pairs["RUS", "POL"] is own
    assert pairs["CHN", "KOR"].rate is None


def test_sizes_of_packages_have_no_pressure_but_on_trade_without_it() -> None:
    settings = DisputeSettings(leakage=0.1, barrier=1.3)
    plain, both = settings.package_sizes(), settings.package_sizes(Pressure(grey_zone=0.4, disinformation=0.1))
    assert (plain.ban.size, plain.barrier.size, plain.grey_zone, plain.disinformation) == (0.1, 1.3, 0.0, 0.0)
    assert (both.grey_zone, both.disinformation) == (0.4, 0.1)
    screen = DisputeSettings(screen="cost", screen_good_cost=0.01).goods_screen()
    assert (screen.mode, screen.good_cost, screen.supply_share, screen.package_cost) == ("cost", 0.01, 0.42, 0.02)
