"""The model as the dashboard plays it: the numbers of `run`, made anew from keyword arguments."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from coercion_sim.dashboard import DashboardModel, Setting, adapter
from coercion_sim.errors import ConvergenceError
from coercion_sim.model import run_once
from support.dashboard_runs import mean, play

KAPPA = "economy.factor_mobility"


@dataclass
class Holder:
    """As a control holds its value."""

    value: Any


def played(setting: Setting, **arguments: Any) -> DashboardModel:
    model = DashboardModel(setting=setting, **arguments)
    play(model, len(setting.quarters))
    return model


@pytest.mark.parametrize("policy", ["stand_alone", "respond_as_allies"])
@pytest.mark.parametrize("replicate", [0, 2])
def test_shows_the_numbers_of_a_run(setting: Setting, policy: str, replicate: int) -> None:
    model = played(setting, policy=policy, replicate=replicate, **{KAPPA: 1.3})
    scenario = setting.scenario.with_values({KAPPA: 1.3})
    states = run_once(scenario, setting.world, policy, replicate, setting.seed).tables["states"]
    shape = (len(setting.quarters), len(setting.world.states))
    assert model.snapshot.pressed == (False, True, True, True)
    for column, shown in (("real_income", "income"), ("coercion_effect", "effect"), ("burden", "burden")):
        expected = np.array(states[column]).reshape(shape)
        np.testing.assert_array_equal(getattr(model.snapshot, shown), expected)


def test_changes_of_trade_are_those_of_the_last_quarter_against_the_baseline(setting: Setting) -> None:
    world, shown = setting.world, played(setting, policy="stand_alone").snapshot
    target, coercer = world.state_index("AUS"), world.state_index("CHN")
    assert np.all(np.diag(shown.trade) == 0.0)
    assert shown.trade[target, coercer] < -100.0  # coal kept out of the coercer's market, US$ million a year
    coal = world.flows[0, target, coercer]
    assert -shown.trade[target, coercer] <= coal


def test_is_made_anew_with_another_number(setting: Setting) -> None:
    first = played(setting, policy="stand_alone")
    changed = type(first)(setting=setting, **{**first.arguments, KAPPA: 1.2})
    play(changed, 4)
    assert first.values == {KAPPA: 1.5}
    assert abs(mean(changed, "income", "AUS") - mean(first, "income", "AUS")) > 1e-3


def test_takes_holders_of_values_and_policies_in_words(setting: Setting) -> None:
    held = DashboardModel(setting, policy=Holder("respond as allies"), replicate=Holder(1), **{KAPPA: Holder(1.3)})
    assert held.arguments == {"policy": "respond_as_allies", "replicate": 1, KAPPA: 1.3}
    assert held.arguments == DashboardModel.chosen(setting, "respond_as_allies", 1, **{KAPPA: 1.3})


def test_switching_the_policy_brings_answers(setting: Setting) -> None:
    alone, allies = played(setting, policy="stand_alone"), played(setting, policy="respond as allies")
    assert {m.purpose for m in alone.snapshot.acting} == {"coercion"}
    assert {m.purpose for m in allies.snapshot.acting} > {"coercion", "statement"}
    assert {m.by for m in allies.snapshot.acting if m.purpose != "coercion"} == {"USA", "JPN"}
    assert mean(allies, "burden", "USA") > 0.0 == mean(alone, "burden", "USA")


def test_the_log_tells_what_began(setting: Setting) -> None:
    log = played(setting, policy="respond_as_allies").snapshot.log
    ban = [(e.quarter, e.who, e.on, e.text) for e in log if e.kind == "pressure"]
    assert ban == [(1, "CHN", "AUS", "Import ban on coal, 5 % left open begins")]
    assert {e.who for e in log if e.kind == "answer" and e.quarter == 2} == {"USA", "JPN"}
    assert not [e for e in log if e.kind == "answer" and e.quarter < 2]


def test_the_log_tells_what_ended(tiny_file: Any) -> None:
    from coercion_sim.dashboard import open_setting

    until = open_setting(tiny_file, overrides=["measures.coal.until=2021Q1"])
    log = played(until, policy="stand_alone").snapshot.log
    assert [(e.quarter, e.text.split(" ")[-1]) for e in log] == [(1, "begins"), (3, "ends")]


def test_the_log_tells_decisions_with_their_odds(tiny_file: Any) -> None:
    from coercion_sim.dashboard import open_setting

    game = ("rate=0.9", 'coercers=["CHN"]', 'targets=["AUS"]', "stake_coercer=0.2", "screen='share'")
    chosen = open_setting(tiny_file, overrides=['conduct="strategic"', *(f"dispute.{key}" for key in game)])
    log = [e for e in played(chosen, policy="stand_alone").snapshot.log if e.kind == "decision"]
    assert log
    assert log[0].who == "CHN"
    assert log[0].text.startswith("Decides whether to press: ")
    assert "(probability 0." in log[0].text or "(probability 1.00)" in log[0].text


def test_stops_at_the_end(setting: Setting) -> None:
    model = DashboardModel(setting, policy="stand_alone")
    for quarter in range(1, 5):
        assert model.running
        model.step()
        assert model.steps == quarter
    assert not model.running
    last = model.snapshot
    model.step()
    assert model.snapshot is last


def test_what_was_shown_outlives_the_model(setting: Setting) -> None:
    model = DashboardModel(setting, policy="stand_alone")
    model.step()
    income = model.snapshot.income.copy()
    model.close()
    model.close()
    model.step()
    assert model.steps == 1
    assert not model.running
    np.testing.assert_array_equal(model.snapshot.income, income)


def test_closed_models_are_let_go(setting: Setting) -> None:
    import mesa

    ids = getattr(mesa.Agent, "_ids", {})
    before = len(ids)
    for _ in range(3):
        played(setting, policy="stand_alone").close()
    assert len(ids) == before


def test_a_run_that_cannot_go_on_says_why(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    model = DashboardModel(setting, policy="stand_alone")
    model.step()

    def fails() -> None:
        raise ConvergenceError("no equilibrium in quarter 1")

    monkeypatch.setattr(model._model, "step", fails)
    model.step()
    assert (model.steps, model.running, model.trouble) == (1, False, "no equilibrium in quarter 1")


def test_nothing_is_played_beyond_the_end_or_after_closing(setting: Setting) -> None:
    model = DashboardModel(setting, policy="stand_alone")
    play(model, len(setting.quarters))
    model.step()
    assert (model.steps, model.running) == (len(setting.quarters), False)
    closed = DashboardModel(setting, policy="stand_alone")
    play(closed, 2)
    closed.close()
    closed.step()
    assert (closed.steps, closed.snapshot.played) == (2, 2)


def test_needs_no_solara() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['solara', 'altair', 'mesa.visualization']));"
        f"import {adapter.__name__}; import coercion_sim.dashboard.panels, coercion_sim.dashboard.map"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
