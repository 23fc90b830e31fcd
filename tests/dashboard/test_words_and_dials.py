"""Words of the page and dials of the side: sizes, units, escapes and steps, value by value."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.dashboard import Acting, DashboardModel, Dial, Entry, Setting, open_setting
from coercion_sim.dashboard.panels import acting_table, heading, log_table, tiles
from coercion_sim.dashboard.snapshot import NOISE_PCT, blank, ties, what_it_is
from support.dashboard_runs import play


@pytest.mark.parametrize(
    ("kind", "size", "end"),
    [
        ("import_subsidy", 0.5, ", 50 %"),
        ("export_ban", 0.1, ", 10 % left open"),
        ("military", 0.25, ", loss 0.250 % of GDP a year"),
        ("disinformation", 1.5, ", loss 1.50 % of GDP a year"),
        ("import_barrier", 1.5, ", cost of trade × 1.50"),
    ],
)
def test_every_kind_of_measure_has_its_unit(setting: Setting, kind: str, size: float, end: str) -> None:
    measure: Any = SimpleNamespace(kind=kind, size=size, sectors=())
    assert what_it_is(measure, setting) == kind.replace("_", " ") + end


def test_goods_are_named_up_to_a_few(setting: Setting) -> None:
    measure: Any = SimpleNamespace(kind="statement", size=0.0, sectors=("coal", "wine"))
    assert what_it_is(measure, setting) == "statement on coal and wine"


def test_the_heading_before_the_first_quarter(setting: Setting) -> None:
    model = DashboardModel(setting, policy="stand_alone", replicate=3)
    html = heading(model)
    assert f"before {setting.quarters[0]}" in html
    assert f"0 of {len(setting.quarters)}" in html
    assert re.findall(r"<b>(\d+)</b>", html) == ["3", str(setting.seed)]
    play(model, 1)
    assert f'id="cs-quarter">{setting.quarters[0]}<' in heading(model)


def test_tiles_have_a_card_for_each_party_and_the_burden(setting: Setting) -> None:
    n = len(setting.world.states)
    now = replace(
        blank(setting), income=np.full((2, n), -0.5), effect=np.full((2, n), 0.25), burden=np.full((2, n), 1.0),
        pressed=(True, False),
    )  # fmt: skip
    html = tiles(setting, now, None)
    values = dict(re.findall(r'id="cs-([a-z-]+)" data-value="([^"]*)"', html))
    assert {key: float(value) for key, value in values.items()} == pytest.approx(
        {
            "target-income": -0.5, "target-effect": 0.25, "coercer-income": -0.5, "coercer-effect": 0.25,
            "burden": float(now.size.sum()) / 100.0,
        },
        rel=1e-9,
    )  # fmt: skip
    residue = replace(now, income=np.full((2, n), 0.5 * NOISE_PCT))
    assert re.search(r'id="cs-target-income"[^>]*>([^<]*)<', tiles(setting, residue, None))[1] == "0"  # type: ignore[index]


@pytest.mark.parametrize("text", ["<b>x</b>", "a & b", '"quoted"'])
def test_texts_of_tables_are_escaped(setting: Setting, text: str) -> None:
    from html import escape

    acting = replace(blank(setting), acting=(Acting("CHN", "AUS", text, "coercion"),))
    log = replace(blank(setting), log=(Entry(0, "CHN", "", "decision", text),))
    for html in (acting_table(setting, acting), log_table(setting, log)):
        assert f"<td>{escape(text)}</td>" in html
    assert "&nbsp;%" in acting_table(setting, replace(acting, acting=(Acting("CHN", "AUS", "5 %", "coercion"),)))


def test_states_without_a_name_keep_their_code_in_tables(setting: Setting) -> None:
    html = acting_table(setting, replace(blank(setting), acting=(Acting("XYZ", "AUS", "ban", "help"),)))
    assert re.findall(r"<td>([^<]*)</td>", html)[-3:] == ["XYZ", "Australia", "ban"]


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.sampled_from(("coercion", "help", "statement")))
    )
)
def test_a_tie_is_pressure_if_any_measure_of_the_pair_is(drawn: list[tuple[str, str, str]]) -> None:
    pairs = ties(tuple(Acting(by, on, "", purpose) for by, on, purpose in drawn))
    acts = [(by, on, purpose) for by, on, purpose in drawn if purpose != "statement"]
    assert pairs == {(by, on): any(p == "coercion" for b, o, p in acts if (b, o) == (by, on)) for by, on, _ in acts}


@given(st.floats(-1e6, 1e6, allow_subnormal=False))
def test_values_of_a_dial_differ_from_the_control_by_noise_only(value: float) -> None:
    dial = Dial("a.b", "Number", "", -1e6, 1e6, 1.0, 0.0)
    assert dial.value(value) == pytest.approx(value, rel=1e-8)
    assert replace(dial, whole=True).value(value) == round(value)


def test_policies_and_overrides_reach_the_setting(tiny_file: Any) -> None:
    made = open_setting(tiny_file, policies=["respond_as_allies"], seed=42, overrides=["measures.coal.open=0.5"])
    assert (made.policies, made.seed) == (("respond_as_allies",), 42)
    assert list(made.choices) == ["respond as allies"]
    (coal,) = [m for m in made.scenario.measures if m.name == "coal"]
    assert coal.open == 0.5
