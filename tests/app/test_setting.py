"""Sliders of the page and what a visitor sets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.app import Dial, Setting, open_setting
from coercion_sim.app.setting import _named, _step
from coercion_sim.errors import InvalidInput
from fakes.tiny import SCENARIO, write_tiny


@given(st.floats(-1e6, 1e6, allow_subnormal=False))
def test_values_of_a_dial_differ_from_the_control_by_noise_only(value: float) -> None:
    dial = Dial("a.b", "Number", "", -1e6, 1e6, 1.0, 0.0)
    assert dial.value(value) == pytest.approx(value, rel=1e-8)
    assert replace(dial, whole=True).value(value) == round(value)


def test_policies_and_overrides_reach_the_setting(tmp_path: Path) -> None:
    file = write_tiny(tmp_path)
    made = open_setting(file, policies=["respond_as_allies"], seed=42, overrides=["measures.coal.open=0.5"])
    assert (made.policies, made.seed) == (("respond_as_allies",), 42)
    assert list(made.choices) == ["respond as allies"]
    (coal,) = [m for m in made.scenario.measures if m.name == "coal"]
    assert coal.open == 0.5


def test_a_dial_has_the_range_of_the_file(setting: Setting) -> None:
    (dial,) = setting.dials
    assert (dial.path, dial.low, dial.high, dial.default) == ("economy.factor_mobility", 1.2, 1.5, 1.5)
    assert 20 <= round((dial.high - dial.low) / dial.step) <= 200


@given(st.floats(-1e3, 1e3), st.floats(1e-6, 1e6))
def test_a_slider_has_twenty_to_two_hundred_steps(low: float, width: float) -> None:
    step = _step(low, low + width)
    assert 20 * (1 - 1e-6) <= ((low + width) - low) / step <= 200 * (1 + 1e-6)
    assert _step(low, low) == 1.0


KNOWN = {"economy.slack": {"meaning": "Room to expand. Or not; more of it.", "unit": "pct_gdp"}}


@pytest.mark.parametrize(
    ("path", "words", "unit"),
    [
        ("economy.factor_mobility", "Factor mobility between sectors", "elasticity"),
        ("measures.rare_earths.open", "Rare earths: share left open", "share"),
        ("measures.coal.amount", "Coal: amount", "US$ million a year"),
        ("economy.slack", "Room to expand. Or not", "% of GDP"),
        ("policy.own.half_life", "Policy: own: half life", ""),
    ],
)
def test_a_number_is_named_by_its_key_or_the_dictionary(path: str, words: str, unit: str) -> None:
    assert _named(path, KNOWN) == (words, unit)


def test_a_choice_and_a_whole_number_are_what_the_file_says(tmp_path: Path) -> None:
    text = SCENARIO.replace("{ uniform = [1.2, 1.5], default = 1.5 }", "{ choice = [1.2, 1.5, 2.0], default = 1.5 }")
    text += "\n[dispute]\nmost_allies = { choice = [1, 2], default = 2 }\n"
    dials = {dial.path: dial for dial in open_setting(write_tiny(tmp_path, text)).dials}
    mobility, allies = dials["economy.factor_mobility"], dials["dispute.most_allies"]
    assert (mobility.choices, mobility.low, mobility.high, mobility.whole) == ((1.2, 1.5, 2.0), 1.2, 2.0, False)
    assert (allies.choices, allies.whole, allies.step) == ((1, 2), True, 1.0)


def test_states_outside_the_world_have_their_names_and_sectors_lose_underscores(tmp_path: Path) -> None:
    outside = '[[actors.outside]]\ncode = "PRK"\nname = "North Korea"\n\n[economy]'
    made = open_setting(write_tiny(tmp_path, SCENARIO.replace("[economy]", outside)))
    assert [made.state(code) for code in ("AUS", "PRK", "XXX")] == ["Australia", "North Korea", "XXX"]
    assert made.sector("rare_earths") == "rare earths"
    assert made.quarters == ("2020Q3", "2020Q4", "2021Q1", "2021Q2")


def test_every_fault_of_a_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as error:
        open_setting(write_tiny(tmp_path), policies=["nobody"], overrides=["economy.nothing=1"])
    assert {problem.key for problem in error.value.problems} >= {"economy.nothing"}
