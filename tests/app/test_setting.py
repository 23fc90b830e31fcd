"""Sliders of the page and what a visitor sets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.app import Dial, Setting, open_setting
from fakes.tiny import write_tiny


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
