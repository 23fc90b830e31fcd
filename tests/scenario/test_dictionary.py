"""The data dictionary and the JSON Schema are complete, and say what the code does."""

from __future__ import annotations

import json
import tomllib

import pytest
from scenario_text import SMALL
from schema_judge import conforms

from coercion_sim.dispute import DisputeSettings
from coercion_sim.economy import KINDS
from coercion_sim.errors import InvalidInput
from coercion_sim.outcomes import TABLES
from coercion_sim.policies import available_policies
from coercion_sim.scenario import TOPICS, dictionary, list_scenarios, scenario_schema
from coercion_sim.scenario.tables import Economy, Header, MeasureSpec

pytestmark = pytest.mark.usefixtures("shipped_world")


@pytest.mark.parametrize("topic", list(TOPICS))
def test_every_topic_has_rows_of_one_shape(topic: str) -> None:
    rows = dictionary(topic)
    assert rows
    assert {tuple(row) for row in rows} == {tuple(rows[0])}
    assert all(isinstance(text, str) for row in rows for text in row.values())


def test_an_unknown_topic_offers_the_nearest() -> None:
    with pytest.raises(InvalidInput, match="did you mean worlds"):
        dictionary("world")


def test_every_parameter_is_listed_with_its_meaning_and_numbers_with_unit() -> None:
    rows = {row["key"]: row for row in dictionary("parameters")}
    for name, policy in available_policies().items():
        for key, field in policy.Parameters.model_fields.items():
            row = rows[f"policy.{name}.{key}"]
            assert row["meaning"]
            if field.annotation in (int, float):
                assert row["unit"], row
                assert row["range"], row
    for model, prefix in (
        (Header, ""),
        (Economy, "economy."),
        (DisputeSettings, "dispute."),
        (MeasureSpec, "measures.NAME."),
    ):
        for key, field in model.model_fields.items():
            row = rows[prefix + (field.alias or key)]
            assert row["meaning"]
            if field.annotation is float:
                assert row["unit"]
    assert rows["economy.factor_mobility"]["default"] == "1.5"
    assert rows["economy.adjustment_rate"]["range"] == "above 0 to 1"
    assert rows["measures.NAME.open"]["range"] == "0 to 1"
    assert "0 to 1000 (import_tariff)" in rows["measures.NAME.rate"]["range"]


def test_outcomes_are_the_columns_of_the_tables() -> None:
    listed = {(row["table"], row["column"]) for row in dictionary("outcomes")}
    assert {(table, c.name) for table, columns in TABLES.items() for c in columns} <= listed
    assert all(row["unit"] and row["meaning"] for row in dictionary("outcomes"))


def test_measures_and_scenarios_and_worlds_are_all_there() -> None:
    assert [row["kind"] for row in dictionary("measures")] == list(KINDS)
    assert tuple(row["name"] for row in dictionary("scenarios")) == list_scenarios()
    assert "pacific-2019" in {row["name"] for row in dictionary("worlds")}


# ---------------------------------------------------------------------------------------------- JSON Schema


@pytest.fixture(scope="module")
def schema() -> dict[str, object]:
    return json.loads(json.dumps(scenario_schema(), allow_nan=False))


def test_the_schema_admits_the_flagship_and_the_small_scenario(schema) -> None:
    from coercion_sim.scenario import load_scenario

    assert conforms(tomllib.loads(load_scenario("australia-2020").source_text), schema, schema)
    assert conforms(tomllib.loads(SMALL), schema, schema)
    assert conforms({"extends": "australia-2020"}, schema, schema)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("open = 0.1", "open = 3.0"),
        ("open = 0.1", "rate = 0.1"),
        ("open = 0.1", "open = true"),
        ("open = 0.1", "open = { unifrom = [0, 1] }"),
        ('kind = "import_ban"', 'kind = "import_bann"'),
        ("fraction = 0.5", "fracton = 0.5"),
        ("fraction = 0.5", "fraction = 2.0"),
        ("[policy.respond_as_allies]", "[policy.respond_alies]"),
        ("factor_mobility = 1.5", "factor_mobility = 0.5"),
        ("quarters = 8", "quarters = 8\ntitel = 'x'"),
        ('world = "tiny"', ""),
    ],
)
def test_the_schema_refuses_what_the_checker_refuses(schema, old: str, new: str) -> None:
    assert not conforms(tomllib.loads(SMALL.replace(old, new)), schema, schema)
