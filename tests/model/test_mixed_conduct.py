"""One conduct: a script is a decision rule, so some states of a run can follow theirs while others choose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coercion_sim.model import CoercionModel, build_model, dispute_rows
from coercion_sim.model.outcomes import outcomes_of
from coercion_sim.scenario import Scenario
from support.small import STATES, small_scenario, small_world

pytestmark = pytest.mark.usefixtures("tables_in_memory")

#: Bans of coal and wine from the second to the sixth quarter.
FIRST, LAST = 1, 5
EVERYBODY = "dispute.decides={" + ",".join(f'{s}="script"' for s in STATES) + "}"
CHOOSING = ("conduct=strategic", 'dispute.decides={CHN="script"}')


@pytest.fixture
def scenario(tmp_path: Path, request: pytest.FixtureRequest) -> Scenario:
    return small_scenario(tmp_path, request.param)


def play(at: Scenario, policy: str = "stand_alone", replicate: int = 0) -> CoercionModel:
    model = build_model(at, small_world(), policy, 5, replicate=replicate, burdens=False)
    while model.quarter < model.quarters:
        model.step()
    return model


def pressed(model: CoercionModel) -> list[int]:
    """Number of coercive measures, quarter by quarter."""
    return [len(record.pressed) for record in model.history]


@pytest.mark.parametrize("scenario", [(*CHOOSING, "dispute.review=0.0001")], indirect=True)
def test_a_scripted_coercer_begins_and_lifts_as_written(scenario: Scenario) -> None:
    """The target hardly ever reviews: nothing ends the dispute but the script."""
    model = play(scenario)
    assert model.diplomacy is not None
    (dispute,) = model.diplomacy.disputes
    assert (dispute.opened, dispute.imposed_at, dispute.ended_at, dispute.ending) == (FIRST, FIRST, LAST + 1, "lifted")
    assert pressed(model) == [2 if FIRST <= q <= LAST else 0 for q in range(9)]
    assert {m.name for r in model.history for m in r.pressed} == {"coal", "wine"}
    lifts = [d for d in dispute.decisions if d.move == "lift"]
    assert [(d.quarter, d.chosen, d.rule) for d in lifts] == [
        (q, "lift" if q > LAST else "sustain", "script") for q in range(FIRST + 1, LAST + 2)
    ]
    assert {d.move for d in dispute.decisions} <= {"help", "review", "lift"}
    (row,) = dispute_rows(model, scenario)
    assert (row["package"], row["ending"], row["length"]) == ("script", "lifted", float(LAST + 1 - FIRST))


@pytest.mark.parametrize("scenario", [(*CHOOSING, "dispute.review=1.0", "dispute.stake_target=0.001")], indirect=True)
def test_a_target_that_chooses_may_give_in_and_the_script_then_stops(scenario: Scenario) -> None:
    for replicate in range(12):
        model = play(scenario, replicate=replicate)
        assert model.diplomacy is not None
        (dispute,) = model.diplomacy.disputes
        if dispute.ending == "conceded":
            break
    else:
        pytest.fail("the target never gave in")
    end = dispute.ended_at
    assert FIRST < end <= LAST
    assert pressed(model) == [2 if FIRST <= q < end else 0 for q in range(9)]
    found = outcomes_of(model, scenario)
    assert (found["disputes"], found["carried_out"], found["successes"]) == (1.0, 1.0, 1.0)
    assert found["mean_length"] == found["pressure_quarters"] == end - FIRST


@pytest.mark.parametrize("scenario", [('dispute.decides={AUS="logit",USA="logit",JPN="rule"}',)], indirect=True)
def test_allies_of_a_target_under_scripted_pressure_choose_whether_to_help(scenario: Scenario) -> None:
    """China scripted; Australia and its allies decide, each by its own rule, and what they do reaches the market."""
    model = play(scenario, "respond_as_allies")
    assert model.diplomacy is not None
    (dispute,) = model.diplomacy.disputes
    helps = {d.mover: d for d in dispute.decisions if d.move == "help"}
    assert {code: d.rule for code, d in helps.items()} == {"USA": "logit", "JPN": "rule"}
    helping = {code for code, d in helps.items() if d.chosen != "none"}
    assert "JPN" in helping  # a doctrine keeps its promise
    measures = {m.by for r in model.history for m in r.taken if m.purpose != "statement"}
    assert measures == helping
    assert not any(c.move == "respond" for c in model.decisions)
    assert all(r.quarter > FIRST for r in model.history if r.taken)


@pytest.mark.parametrize("scenario", [("conduct=strategic", 'dispute.decides={AUS="script"}')], indirect=True)
def test_a_scripted_target_never_gives_in(scenario: Scenario) -> None:
    endings = set()
    for replicate in range(10):
        model = play(scenario, replicate=replicate)
        assert model.diplomacy is not None
        for dispute in model.diplomacy.disputes:
            endings.add(dispute.ending)
            answers = [d for d in dispute.decisions if d.mover == "AUS"]
            assert {(d.rule, d.chosen) for d in answers} <= {("script", "resist")}
    assert endings
    assert not endings & {"conceded", "conceded_to_demand", "settled"}


@pytest.mark.parametrize("scenario", [(), ("conduct=strategic", EVERYBODY)], indirect=True)
def test_where_every_state_follows_its_script_there_are_no_disputes(scenario: Scenario) -> None:
    model = play(scenario, "respond_as_allies")
    assert model.diplomacy is None
    assert {c.rule for c in model.decisions} == {"script"}


def test_the_short_form_and_the_rules_it_stands_for_give_the_same_numbers(tmp_path: Path) -> None:
    for conduct, rule in (("scripted", "script"), ("strategic", "logit")):
        other = "strategic" if conduct == "scripted" else "scripted"
        named = "dispute.decides={" + ",".join(f'{s}="{rule}"' for s in STATES) + "}"
        short, long = (
            play(small_scenario(tmp_path, overrides), "respond_as_allies")
            for overrides in ((f"conduct={conduct}",), (f"conduct={other}", named))
        )
        for a, b in zip(short.history, long.history, strict=True):
            assert (a.pressed, a.taken) == (b.pressed, b.taken)
            np.testing.assert_array_equal(a.actual.flows, b.actual.flows)
        assert list(map(repr, short.decisions)) == list(map(repr, long.decisions))


def test_a_pair_of_scripted_states_whose_allies_are_scripted_keeps_the_policy_s_answers(tmp_path: Path) -> None:
    """A state outside the quarrel that chooses changes nothing in it."""
    scripted = play(small_scenario(tmp_path), "respond_as_allies")
    outsider = next(s for s in STATES if not {s} & {"CHN", "AUS", "USA", "JPN"})
    mixed = play(small_scenario(tmp_path, (f'dispute.decides={{{outsider}="logit"}}',)), "respond_as_allies")
    assert mixed.diplomacy is not None
    assert mixed.diplomacy.disputes == []
    for a, b in zip(scripted.history, mixed.history, strict=True):
        assert (a.pressed, a.taken) == (b.pressed, b.taken)
    at = small_scenario(tmp_path)
    assert outcomes_of(mixed, at)["disputes"] == outcomes_of(scripted, at)["disputes"] == 1.0
