"""`--set key=value` lays values over a file before it is checked."""

from __future__ import annotations

import math
from typing import Literal

import pytest
from scenario_text import SMALL

from coercion_sim.files import Labels, QuarterLabel, Table
from coercion_sim.scenario import load_scenario
from coercion_sim.scenario.draft import kind_of, parse_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("economy.factor_mobility=1.2", 1.2),
        ("economy.factor_mobility = inf", math.inf),
        ("economy.closure=zero", "zero"),
        ("economy.closure='zero'", "zero"),
        ("economy.input_output=false", False),
        ("measures.coal.open=0", 0.0),
        ("measures.coal.until=2020Q3", "2020Q3"),
        ("policy.respond_as_allies.fraction=0.25", 0.25),
        ('policy.respond_as_allies.allies=["JPN"]', ("JPN",)),
        ("policies=stand_alone", ("stand_alone",)),
        ("policies=stand_alone, integrate_economies", ("stand_alone", "integrate_economies")),
        ('policies=[["stand_alone", "respond_as_allies"]]', ("stand_alone+respond_as_allies",)),
        ("quarters=6", 6),
        ("actors.bloc=JPN", ("JPN",)),
    ],
)
def test_a_value_is_read_as_toml_or_else_as_text(bench, text: str, value: object) -> None:
    s = bench.load(overrides=[text])
    assert s.dotted(text.partition("=")[0].strip()) == value


def test_a_mapping_does_as_well(bench) -> None:
    assert bench.load(overrides={"measures.coal.open": 0.3}).dotted("measures.coal.open") == 0.3


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("economy.factor_mobilty=1", "economy.factor_mobility"),
        ("factor_mobility=1", "economy.factor_mobility"),
        ("measures.coral.open=1", "measures.coal.open"),
        ("open=1", "measures.coal.open"),
        ("policies.fraction=1", "policy.respond_as_allies.fraction"),
        ("policy.respond_as_alies.fraction=1", "policy.respond_as_allies.fraction"),
        ("quartrs=3", "quarters"),
    ],
)
def test_an_unknown_key_is_an_error_with_the_nearest(bench, text: str, suggestion: str) -> None:
    problem = bench.only(SMALL, [text])
    assert (problem.file, problem.suggestion) == ("--set", suggestion)


@pytest.mark.parametrize("text", ["economy.factor_mobility", "=3", "economy.factor_mobility="])
def test_what_is_not_key_equals_value_is_an_error(bench, text: str) -> None:
    assert "key=value" in bench.only(SMALL, [text]).message


def test_a_value_out_of_range_is_blamed_on_the_override_not_the_file(bench) -> None:
    problem = bench.only(SMALL, ["economy.factor_mobility=0.5"])
    assert (problem.file, problem.line, problem.key, problem.found) == ("--set", None, "economy.factor_mobility", "0.5")


def test_setting_an_uncertain_key_fixes_it(bench) -> None:
    text = SMALL.replace("= 1.5", "= { uniform = [1.1, 1.5], default = 1.2 }")
    s = bench.load(text, ["economy.factor_mobility=1.4"])
    assert (s.uncertain, s.economy.factor_mobility) == ((), 1.4)


def test_an_override_may_make_a_number_uncertain(bench) -> None:
    s = bench.load(overrides=["measures.coal.open={uniform=[0.0, 0.2]}"])
    assert [(u.path, u.default) for u in s.uncertain] == [("measures.coal.open", 0.1)]


def test_mistakes_of_the_file_and_of_overrides_come_together(bench) -> None:
    text = SMALL.replace('by = "CHN"', 'by = "CHM"')
    problems = bench.problems(text, ["economy.smoothing=3", "nonsense=1"])
    assert {p.key for p in problems} == {"measures.coal.by", "economy.smoothing", "nonsense"}


@pytest.mark.parametrize(("text", "value"), [(".1", 0.1), ("-.25", -0.25), ("1e-3", 0.001), (".a", ".a"), (".", ".")])
def test_a_decimal_may_begin_with_its_point(text: str, value: object) -> None:
    assert parse_value(text) == value


@pytest.mark.usefixtures("shipped_world")
def test_what_cannot_expand_and_elasticities_on_a_path_are_switched_off_by_set() -> None:
    scenario = load_scenario("energy-europe", ("economy.stuck=[]", "economy.short_run_elasticity={}"))
    parameters = scenario.economy_parameters()
    assert (parameters.stuck, parameters.short_run) == ((), None)
    assert load_scenario("energy-europe").economy_parameters().stuck[0].until == 6


@pytest.mark.usefixtures("shipped_world")
def test_near_substitutes_reach_the_economy() -> None:
    given = ("economy.near_substitutes=['pipeline_gas', 'lng']", "economy.near_substitution=3")
    (group,) = load_scenario("energy-europe", given).economy_parameters().near_substitutes
    assert (group.sectors, group.elasticity) == (("pipeline_gas", "lng"), 3.0)
    assert load_scenario("energy-europe").economy_parameters().near_substitutes == ()


class Fields(Table):
    count: int
    kind: Literal["grid", "random"] = "grid"
    start: QuarterLabel | None = None
    states: Labels = ()
    rows: tuple[Table, ...] = ()
    limit: float | None = None
    on: bool = True
    weights: dict[str, float]
    row: Table


def test_what_a_key_takes_is_read_off_its_field() -> None:
    assert {name: kind_of(field.annotation) for name, field in Fields.model_fields.items()} == {
        "count": "whole number",
        "kind": "text",
        "start": "text",
        "states": "list",
        "rows": "list",
        "limit": "number",
        "on": "switch",
        "weights": "table",
        "row": "table",
    }
