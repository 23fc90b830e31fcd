"""Rows of results: typed by the data dictionary, whole, in order, the same however they are cut and joined."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from coercion_sim.errors import CoercionSimError
from coercion_sim.experiments import Cell, Job, perform
from coercion_sim.experiments.store.tables import PARAMETER, RunMark, check_run, failed_run, joined, rows_of, schema
from coercion_sim.outcomes import POINT, TABLES
from fakes.experiment import FakeScenario, fake_run, tiny_world
from support.folders import fake_job, losses


def tables_of(replicate: int = 0, policy: str = "stand_alone", **scenario: Any) -> dict[str, dict[str, list[Any]]]:
    return fake_run(FakeScenario(**scenario), tiny_world(), policy, replicate, 7).tables


@pytest.fixture(scope="module")
def job() -> Job:
    return fake_job(losses(1.0, 2.0), replicates=4)


@pytest.mark.parametrize("name", list(TABLES))
def test_the_schema_has_every_column_of_the_dictionary_with_its_type_unit_and_meaning(name: str) -> None:
    arrow = {"str": pa.string(), "int": pa.int64(), "float": pa.float64()}
    fields = list(schema(name))
    assert [(f.name, f.type) for f in fields] == [(c.name, arrow[c.type]) for c in TABLES[name]]
    for field, column in zip(fields, TABLES[name], strict=True):
        assert field.metadata == {b"unit": column.unit.encode(), b"meaning": column.definition.encode()}
    travelling = schema(name, point=False)
    assert POINT.name not in travelling.names
    assert all(f.metadata is None for f in travelling)


def test_parameters_are_columns_of_the_runs_alone() -> None:
    parameters = {"loss": "float", "closure": "str"}
    added = [f for f in schema("runs", parameters) if f.name.startswith(PARAMETER)]
    assert [(f.name, f.type) for f in added] == [("param.loss", pa.float64()), ("param.closure", pa.string())]
    assert schema("states", parameters).equals(schema("states"))


def test_a_run_with_a_column_too_few_or_too_many_is_named() -> None:
    check_run(tables_of())
    lacking, unknown, uneven = tables_of(), tables_of(), tables_of()
    del lacking["states"]["burden"]
    unknown["runs"]["colour"] = ["red"]
    uneven["quarters"]["residual"].pop()
    for tables, words in ((lacking, ("states", "burden")), (unknown, ("runs", "colour")), (uneven, ("quarters",))):
        with pytest.raises(CoercionSimError) as caught:
            check_run(tables)
        assert all(word in str(caught.value) for word in words)
    without = tables_of()
    del without["events"]
    with pytest.raises(CoercionSimError, match="events"):
        check_run(without)


def test_a_failed_run_is_one_row_with_its_error() -> None:
    tables = failed_run("stand_alone", 3, 7, "no equilibrium")
    check_run(tables)
    row = {key: values[0] for key, values in tables["runs"].items()}
    assert (row["policy"], row["replicate"], row["seed"]) == ("stand_alone", 3, 7)
    assert (row["status"], row["error"]) == ("failed", "no equilibrium")
    assert all(not values for name in TABLES if name != "runs" for values in tables[name].values())


def rows(*tables: dict[str, Any], keep: tuple[str, ...] = tuple(TABLES), **values: Any) -> Any:
    marks = [RunMark(0, k, "stand_alone", "ok") for k in range(len(tables))]
    given = [{"loss": 1.0 + k} for k in range(len(tables))]
    return rows_of(marks, tables, given, {"loss": "float"}, keep)


def test_typed_rows_hold_what_each_run_recorded_and_missing_numbers_are_null() -> None:
    one, two = tables_of(0), tables_of(1)
    one["states"]["real_gdp"][0] = float("nan")
    made = rows(one, two)
    assert made.counts["states"] == (18, 18)
    assert made.tables["states"].column("real_gdp").null_count == 1
    assert made.tables["states"].column("real_income").to_pylist() == [
        *one["states"]["real_income"], *two["states"]["real_income"],
    ]  # fmt: skip
    assert made.tables["runs"].column("param.loss").to_pylist() == [1.0, 2.0]
    assert set(rows(one, keep=("runs", "events")).tables) == {"runs", "events"}


def test_a_value_of_the_wrong_type_is_an_error() -> None:
    wrong = tables_of()
    wrong["sectors"]["lost_quantity"][2] = "much"
    with pytest.raises((pa.ArrowException, TypeError)):
        rows(wrong)


def test_rows_of_a_run_stand_by_quarter_in_their_recorded_order() -> None:
    mixed = tables_of()
    order = np.random.default_rng(1).permutation(18)
    mixed["states"] = {key: [values[i] for i in order] for key, values in mixed["states"].items()}
    table = rows(mixed).tables["states"]
    steps = table.column("step").to_pylist()
    assert steps == sorted(steps)
    by_step = [[mixed["states"]["state"][i] for i in range(18) if mixed["states"]["step"][i] == s] for s in range(6)]
    assert table.column("state").to_pylist() == [state for states in by_step for state in states]


def test_joined_rows_are_those_of_the_pieces_in_one_chunk(job: Job) -> None:
    pieces = [perform(job, [Cell(0, k, job.design.policies)]).rows for k in range(3)]
    whole = joined(pieces)
    assert joined(pieces[:1]) is pieces[0]
    assert whole.runs == tuple(run for piece in pieces for run in piece.runs)
    for name, table in whole.tables.items():
        assert table.to_pylist() == [row for piece in pieces for row in piece.tables[name].to_pylist()]
        assert all(column.num_chunks <= 1 for column in table.columns)


@pytest.mark.parametrize(("first", "after"), [(0, 1), (1, 4), (0, 6), (5, 6), (3, 3)])
def test_a_part_is_the_rows_of_its_runs_with_their_points(job: Job, first: int, after: int) -> None:
    made = joined([perform(job, [Cell(0, k, job.design.policies)]).rows for k in range(3)])
    points = [10 + n for n in range(first, after)]
    part = made.part(first, after, points)
    for name, table in part.items():
        assert table.column_names[0] == "point"
        start, end = sum(made.counts[name][:first]), sum(made.counts[name][:after])
        assert table.drop_columns(["point"]).to_pylist() == made.tables[name].to_pylist()[start:end]
        wanted = [p for p, count in zip(points, made.counts[name][first:after], strict=True) for _ in range(count)]
        assert table.column("point").to_pylist() == wanted
