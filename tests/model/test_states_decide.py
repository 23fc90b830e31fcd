"""Every decision of a run is one call of one state; states own beliefs and memory."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from coercion_sim.dispute import Choice, Decision, posterior
from coercion_sim.model import CoercionModel, State, build_model
from coercion_sim.model.collect import collect
from coercion_sim.scenario import load_scenario
from coercion_sim.world import load_world
from support.small import small_scenario, small_world

pytestmark = pytest.mark.usefixtures("tables_in_memory")

#: Moves that are not in the game of a dispute, and have no event of their own.
OUTSIDE_THE_GAME = ("measures", "respond", "accept_help")


def played(model: CoercionModel) -> CoercionModel:
    while model.quarter < model.quarters:
        model.step()
    return model


@pytest.mark.parametrize("policy", ["stand_alone", "linked_domains"])
def test_every_decision_event_is_one_call_of_one_state(policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A strategic run of `many-challengers`."""
    calls: list[tuple[State, Decision, Choice]] = []
    decide = State.decide

    def counted(state: State, decision: Decision) -> Choice:
        choice = decide(state, decision)
        calls.append((state, decision, choice))
        return choice

    monkeypatch.setattr(State, "decide", counted)
    scenario = load_scenario("many-challengers", ("quarters=5",))
    world = load_world(scenario.world)
    model = played(build_model(scenario, world, policy, 7, burdens=False))
    assert [choice for _, _, choice in calls] == model.decisions
    assert all(state.code == decision.mover for state, decision, _ in calls)
    events = collect(model, scenario, policy, 0, 7).tables["events"]
    told = Counter(
        (step, state, event.removeprefix("decision_"))
        for step, state, event in zip(events["step"], events["state"], events["event"], strict=True)
        if event.startswith("decision_")
    )
    made = Counter((d.quarter, d.mover, d.move) for _, d, _ in calls if d.move not in OUTSIDE_THE_GAME)
    assert told == made
    assert sum(told.values()) > 10
    taken = [m for choice in model.decisions for m in choice.option.measures]
    assert {m.name for m in taken} == {m.name for state in model.actors.values() for m in state.script}


def test_a_row_of_the_table_has_what_was_open_and_what_was_chosen(tmp_path: Path) -> None:
    model = played(build_model(small_scenario(tmp_path, ("conduct=strategic",)), small_world(), "stand_alone", 3))
    assert model.diplomacy is not None
    first = model.diplomacy.disputes[0].decisions[0]
    assert first in model.decisions
    assert (first.quarter, first.mover, first.coercer, first.target) == (1, "CHN", "CHN", "AUS")
    assert (first.move, first.rule) == ("press", "logit")
    assert [option.label for option in first.options] == ["press", "do not press"]
    assert sum(first.odds) == pytest.approx(1.0)
    assert 0.0 <= first.draw < 1.0
    assert (first.chosen == "press") == (first.draw < first.odds[0])


# ---------------------------------------------------------------- beliefs and memory


def test_acts_are_public_so_that_all_states_believe_the_same(tmp_path: Path) -> None:
    """One dispute, in which the target has resisted: everybody's mu is Bayes on its odds, and fades after the end."""
    model = build_model(small_scenario(tmp_path, ("conduct=strategic",)), small_world(), "stand_alone", 3)
    played(model)
    assert model.diplomacy is not None
    dispute = model.diplomacy.disputes[0]
    held = [state.beliefs.in_dispute.get(dispute.key) for state in model.actors.values()]
    assert held == [held[0]] * len(model.states)
    reputations = [state.beliefs.reputation for state in model.actors.values()]
    assert reputations == [reputations[0]] * len(model.states)


def test_a_dispute_that_ends_is_remembered_by_its_sides_and_leaves_a_reputation(tmp_path: Path) -> None:
    at = small_scenario(tmp_path, ("conduct=strategic", "dispute.forgetting=1.0"))
    for replicate in range(20):
        model = played(build_model(at, small_world(), "stand_alone", 3, replicate=replicate, burdens=False))
        assert model.diplomacy is not None
        over = [d for d in model.diplomacy.disputes if d.stage == "over"]
        for code, state in model.actors.items():
            assert state.memory == [d for d in over if code in (d.coercer, d.target)]
        for dispute in over[-1:]:
            japan = model.actors["JPN"].beliefs
            assert (japan.about("target", "AUS"), japan.about("coercer", "CHN")) == dispute.beliefs
        if any(d.ending != "no_pressure" for d in over):
            break
    else:
        pytest.fail("no demand was made")


def test_a_state_sees_which_allies_keep_their_word_but_not_itself(tmp_path: Path) -> None:
    """Promises of respond_as_allies; each partner of a tie judges the other."""
    at = small_scenario(tmp_path, ("conduct=strategic", "dispute.surprise=true", "dispute.cost_once=0.0"))
    for replicate in range(10):
        model = played(build_model(at, small_world(), "respond_as_allies", 3, replicate=replicate, burdens=False))
        assert model.diplomacy is not None
        imposed = [case for case in model.diplomacy.cases if case.dispute.imposed_at >= 0]
        if imposed:
            break
    (case, *more) = imposed
    assert not more
    d = case.dispute
    for i, ally in enumerate(d.game.allies):
        missed = float(d.game.shortfall_by_package[i, d.package, d.profile[i]])
        word = model.actors["AUS"].beliefs.reliability(ally)
        assert (word.alpha, word.beta) == pytest.approx((2.0 + 1.0 - missed, 2.0 + missed))
        assert ally not in model.actors[ally].beliefs.reliabilities


def test_bayes_in_a_dispute_is_that_of_the_acts_seen(tmp_path: Path) -> None:
    model = build_model(small_scenario(tmp_path, ("conduct=strategic",)), small_world(), "stand_alone", 3)
    assert model.diplomacy is not None
    dispute = model.diplomacy.open_dispute("CHN", "AUS", 1)
    assert dispute is not None
    dispute.observe("target", np.array([0.3, 0.9]))
    assert dispute.beliefs == (float(posterior(0.5, 0.3, 0.9)), 0.5)
    assert {state.beliefs.in_dispute[dispute.key] for state in model.states} == {dispute.beliefs}
    assert model.actors["USA"].beliefs.about("target", "AUS") == 0.5
