"""Values laid over a loaded scenario, and scenarios restored from what a manifest keeps of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenario_text import SMALL

from coercion_sim.errors import ScenarioError
from coercion_sim.scenario import (
    DISTRIBUTIONS,
    Actors,
    Economy,
    MeasureSpec,
    Record,
    Report,
    check_values,
    list_scenarios,
    load_scenario,
    parse_value,
    restore_scenario,
    scenario_reference,
)


@pytest.mark.parametrize(
    ("values", "key", "suggestion"),
    [
        ({"economy.factor_mobility": 1.2}, None, None),
        ({"measures.coal.open": 0.5, "quarters": 8}, None, None),
        ({"economy.factor_mobility": 0.2}, "economy.factor_mobility", None),
        ({"measures.coal.by": "CHM"}, "measures.coal.by", "CHN"),
        ({"economy.elasticities": "rausch"}, "economy.elasticities", "rauch"),
        ({"measures.coal.kind": "import_bann"}, "measures.coal.kind", "import_ban"),
    ],
)
def test_values_are_checked_against_the_file_and_the_world(bench, values, key, suggestion) -> None:
    problems = check_values(bench.load(), values)
    assert [p.key for p in problems] == ([] if key is None else [key])
    assert [p.suggestion for p in problems] == ([] if key is None else [suggestion])


def test_with_values_does_not_look_at_the_world(bench) -> None:
    assert bench.load().with_values({"measures.coal.by": "XXX"}).measures[0].by == "XXX"
    with pytest.raises(ScenarioError):
        bench.load().with_values({"measures.coal.open": 7})


@given(st.one_of(st.integers(), st.floats(allow_nan=False), st.booleans(), st.lists(st.integers(), max_size=3)))
def test_any_toml_value_is_read_as_itself(value: object) -> None:
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    assert parse_value(text) == value
    assert parse_value(f"  {text} ") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'quoted'", "quoted"),
        ("bare words", "bare words"),
        ("2020Q1", "2020Q1"),
        ("a\nb", "a\nb"),
        ("{ a = 1 }", {"a": 1}),
    ],
)
def test_other_text_is_text(text: str, value: object) -> None:
    assert parse_value(text) == value


@pytest.mark.usefixtures("shipped_world")
@pytest.mark.parametrize("name", list_scenarios())
def test_a_shipped_scenario_is_restored_from_its_source_as_json(name: str) -> None:
    scenario = load_scenario(name)
    again = restore_scenario(json.loads(json.dumps(scenario.source)))
    assert again.model_dump() == scenario.model_dump()
    assert again.content() == scenario.content()
    assert again.uncertain == scenario.uncertain


def test_a_source_with_overrides_and_infinity_is_restored(bench) -> None:
    scenario = bench.load(SMALL, ["economy.factor_mobility=inf", "quarters=3"])
    source = json.loads(json.dumps(scenario.source, allow_nan=False))
    assert source["data"]["economy"]["factor_mobility"] == "inf"
    again = restore_scenario(source)
    assert again.economy_parameters() == scenario.economy_parameters()
    assert again.measures_as_data() == scenario.measures_as_data()
    source["data"]["quarters"] = 0
    with pytest.raises(ScenarioError) as caught:
        restore_scenario(source)
    assert [p.key for p in caught.value.problems] == ["quarters"]


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("pacific-2019", "pacific-2019"),
        ("mine.toml", "there/mine.toml"),
        ("./mine", "there/mine"),
        ("a/b", "there/a/b"),
    ],
)
def test_a_name_is_a_shipped_one_and_anything_else_a_path_from_the_file(name: str, reference: str) -> None:
    assert Path(scenario_reference(name, Path("there"))) == Path(reference)


def test_the_tables_of_a_file_have_the_defaults_they_document(bench) -> None:
    scenario = bench.load()
    assert scenario.economy == Economy(factor_mobility=1.5)
    assert scenario.actors == Actors(coercer="CHN", target="AUS")
    assert scenario.report == Report()
    assert Record(sector="coal", diverted_share=0.5).range is None
    spec = scenario.measures[0]
    assert isinstance(spec, MeasureSpec)
    measure = scenario.measures_as_data()[0]
    assert (measure.kind, measure.size, measure.start, measure.until, measure.sectors) == (
        "import_ban", 0.1, 1, 4, ("coal",)
    )  # fmt: skip
    assert set(DISTRIBUTIONS) == {"uniform", "log_uniform", "choice"}
