"""One pair of states as questions about pledges see it: promises, members, stakes, draws."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coercion_sim.analysis.deterrence.dyad import Dyad, acting, ask, named_members, nested_members
from coercion_sim.analysis.deterrence.pledges import Terms, press_value, pressed
from coercion_sim.dispute import solve_dispute
from coercion_sim.errors import CoercionSimError, InvalidInput
from coercion_sim.policies import Compensate, Retaliate, Statement
from fakes.tiny import tiny_world


@pytest.fixture(scope="module")
def dyad(tiny: Path) -> Dyad:
    return ask(tiny, at_defaults=True).dyad(0)


def test_the_pair_is_the_scenario_s_and_may_be_named(tiny: Path, dyad: Dyad) -> None:
    assert (dyad.coercer, dyad.target) == ("CHN", "AUS")
    other = ask(tiny, pair=("CHN", "JPN"), at_defaults=True).dyad(0)
    assert (other.coercer, other.target) == ("CHN", "JPN")


@pytest.mark.parametrize(
    ("pair", "problem"), [(("CHN", "AUT"), "AUT"), (("CHM", "AUS"), "CHM"), (("AUS", "AUS"), "AUS:AUS")]
)
def test_an_impossible_pair_is_refused(tiny: Path, pair: tuple[str, str], problem: str) -> None:
    with pytest.raises(InvalidInput) as error:
        ask(tiny, pair=pair).dyad(0)
    (one,) = error.value.problems
    assert (one.key, one.found) == ("--pair", problem)


def test_bound_states_are_those_with_a_tie_to_the_target(dyad: Dyad) -> None:
    assert dyad.bound() == {"USA": 0.9, "JPN": 0.6}


def test_money_is_that_of_the_world(dyad: Dyad) -> None:
    world = tiny_world()
    for state in world.states:
        assert dyad.gdp(state) == pytest.approx(world.baseline.gdp[world.state_index(state)])


def test_members_nest_by_size_or_by_tie(dyad: Dyad) -> None:
    assert nested_members(dyad, True, 5) == {"USA": ("USA",), "2 by GDP": ("USA", "JPN")}
    assert nested_members(dyad, False, 5) == {"USA": ("USA",), "2 by tie": ("USA", "JPN")}
    assert nested_members(dyad, True, 1) == {"USA": ("USA",)}
    assert nested_members(dyad, True, 0) == {}


def test_acting_members_are_the_closest_tied_in_order_of_size(dyad: Dyad) -> None:
    assert acting(dyad, ("JPN", "USA")) == ("USA", "JPN")
    few = replace(dyad, diplomacy=dyad.diplomacy)
    settings = dyad.diplomacy.settings
    assert settings.most_allies >= 2
    assert acting(few, ()) == ()


def test_named_members_are_states_apart_from_the_dispute_each_once(dyad: Dyad) -> None:
    assert named_members(dyad, ["JPN", "USA", "JPN"]) == ("JPN", "USA")
    with pytest.raises(InvalidInput) as error:
        named_members(dyad, ["CHN", "UAS", "USA"], "--who")
    assert [(p.key, p.found) for p in error.value.problems] == [("--who", "CHN"), ("--who", "UAS")]
    assert error.value.problems[1].suggestion == "USA"


@pytest.mark.parametrize(
    ("kind", "support", "retaliation", "fraction", "left"),
    [("support", True, False, 0.4, 1.0), ("retaliation", False, True, 0.0, 0.6), ("both", True, True, 0.4, 0.6)],
)
def test_a_promise_holds_only_the_instruments_of_its_kind(
    dyad: Dyad, kind: str, support: bool, retaliation: bool, fraction: float, left: float
) -> None:
    promise = dyad.promise(Terms(kind, 0.4, ("USA",)), 0.1)  # type: ignore[arg-type]
    assert ("compensate" in promise.promised, "retaliate" in promise.promised) == (support, retaliation)
    assert promise.instrument(Compensate).fraction == fraction
    assert promise.instrument(Retaliate).retaliate_open == pytest.approx(left)
    assert (promise.allies, promise.strength) == (("USA",), 0.1)


def test_dependence_may_be_given(tiny: Path, dyad: Dyad) -> None:
    terms = Terms("retaliation", 0.5, ("USA",))
    assert dyad.promise(terms, 0.1).instrument(Retaliate).dependence == dyad.base.instrument(Retaliate).dependence
    other = ask(tiny, dependence=0.33, at_defaults=True).dyad(0)
    assert other.promise(terms, 0.1).instrument(Retaliate).dependence == 0.33


def test_the_stake_of_the_coercer_is_the_one_given_with_the_spread_of_types_kept(dyad: Dyad) -> None:
    soft, firm = dyad.pledged(None, 0.2).game.stake_coercer
    assert np.sqrt(soft * firm) == pytest.approx(0.2)
    other = dyad.pledged(None, 0.05).game.stake_coercer
    assert other[1] / other[0] == pytest.approx(firm / soft)
    assert dyad.stake_coercer == pytest.approx(dyad.diplomacy.settings.stake_coercer)


def test_a_pledged_game_is_the_game_with_its_pledge(dyad: Dyad) -> None:
    pledged = dyad.pledged(Terms("support", 0.5, ("USA",)), 0.2)
    by_hand = solve_dispute(replace(pledged.game, pledge=np.array([0.07])))
    solved, nu = solve_dispute(pledged.at(0.07)), by_hand.game.belief_coercer
    assert press_value(solved) == pytest.approx((1 - nu) * by_hand.press_value[0] + nu * by_hand.press_value[1])
    assert press_value(solved, "soft") == pytest.approx(float(by_hand.press_value[0]))
    assert press_value(solved, "firm") == pytest.approx(float(by_hand.press_value[1]))
    assert pressed(by_hand) == pytest.approx((1 - nu) * by_hand.press[0] + nu * by_hand.press[1])


def test_words_alone_cost_the_coercer_their_price_and_nothing_else(dyad: Dyad) -> None:
    silent, spoken = dyad.pledged(None, 0.02).at(0.0), dyad.spoken(0.02).at(0.0)
    assert dyad.words_cost == Statement().condemnation > 0.0
    assert silent.parameters.statement_cost == 0.0
    assert spoken == replace(silent, parameters=replace(silent.parameters, statement_cost=dyad.words_cost))
    before, after = solve_dispute(silent), solve_dispute(spoken)
    assert spoken.price_of_imposing == pytest.approx(silent.price_of_imposing + dyad.words_cost)
    assert after.impose.mean() < before.impose.mean()
    wordless = replace(dyad, base=replace(dyad.base, promised=("compensate",)), plain={})
    assert wordless.words_cost == 0.0
    assert wordless.spoken(0.02).at(0.0) == wordless.pledged(None, 0.02).at(0.0)


def test_draws_differ_in_the_stake_of_the_target_and_defaults_do_not(tiny: Path) -> None:
    drawn = ask(tiny, draws=3)
    stakes = {tuple(drawn.dyad(k).pledged(None, 0.2).game.stake_target.tolist()) for k in range(3)}
    assert len(stakes) == 3
    central = ask(tiny, draws=3, at_defaults=True, overrides=["dispute.draws=fixed"])
    for k in range(3):
        assert central.dyad(k).pledged(None, 0.2).game.stake_target == pytest.approx([0.1, 0.9])  # .3 / 3, .3 x 3


def test_a_coercer_without_means_is_an_error(tiny: Path) -> None:
    overrides = ['dispute.packages=["narrow"]', "dispute.screen_supply_share=0"]
    with pytest.raises(CoercionSimError, match="AUS"):
        ask(tiny, overrides=overrides, at_defaults=True).dyad(0).pledged(None, 0.2)


def test_the_policy_is_the_first_that_promises_anything(tiny: Path) -> None:
    assert ask(tiny, at_defaults=True).policy == "respond_as_allies"
    assert ask(tiny, "stand_alone", at_defaults=True).policy == "stand_alone"
    with pytest.raises(InvalidInput):
        ask(tiny, "respond_as_alies")
