"""The catalogue: every outcome is defined, computed, bounded and looked up by name, and a run writes it so."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isfinite
from types import SimpleNamespace

import pytest

from coercion_sim.model.outcomes import FinishedRun
from coercion_sim.outcomes import (
    DERIVED,
    GDP,
    KEYS,
    MONEY,
    MONEY_YEAR,
    OUTCOMES,
    POINT,
    TABLES,
    VOLUME_YEAR,
    Column,
    column,
    directions,
    headlines,
    label_of,
    outcome_names,
)  # fmt: skip
from support.figure_runs import ran


def test_names_are_unique_within_a_table_and_definitions_complete() -> None:
    for table, columns in (*TABLES.items(), ("derived", DERIVED)):
        names = [entry.name for entry in columns]
        assert len(names) == len(set(names)), table
        assert all(entry.definition and entry.unit and entry.type in ("str", "int", "float") for entry in columns)


def test_every_outcome_has_a_label_bounds_and_a_computation() -> None:
    for entry in OUTCOMES:
        assert entry.type == "float"
        assert entry.label
        assert entry.bounds[0] < entry.bounds[1]
        assert entry.compute is not None or isinstance(getattr(FinishedRun, entry.name), property)


def test_labels_are_told_apart() -> None:
    labels = [entry.words for entry in OUTCOMES]
    assert len(labels) == len(set(labels))


def test_a_value_comes_from_compute_or_from_the_run() -> None:
    run = SimpleNamespace(attempts=3, history=(1, 2))
    entry = column("attempts")
    assert entry.value(run) == 3.0  # type: ignore[arg-type]
    assert replace(entry, compute=lambda run: len(run.history)).value(run) == 2.0  # type: ignore[arg-type]


def test_a_column_is_found_by_name_and_table() -> None:
    assert column("belief_target") is not column("belief_target", "disputes")
    assert column("real_income").unit == "pct_gdp"
    assert column("deterred") in DERIVED
    for name, table in (("nothing", ""), ("attempts", "states")):
        with pytest.raises(KeyError):
            column(name, table)


def test_labels_of_what_the_catalogue_does_not_hold_are_names() -> None:
    assert label_of("target_loss_pv") == column("target_loss_pv").label
    assert label_of("real_income") == "real income"
    assert label_of("my_own_outcome") == "my own outcome"


def test_directions_and_headlines_name_outcomes() -> None:
    names = {entry.name for entry in OUTCOMES}
    assert set(headlines()) <= names
    assert set(directions()) <= names
    assert directions()["bloc_income"]
    assert not directions()["target_loss_pv"]
    assert "help_pv" not in directions()


def test_a_report_may_name_measured_columns_only() -> None:
    names = outcome_names()
    assert {"real_income", "lost_quantity", "help_total", "attempts", "deterred"} <= set(names)
    assert not {"policy", "replicate", "quarter", "state", "sector"} & set(names)
    assert len(names) == len(set(names))


# ------------------------------------------------------------------ against what a run writes


@pytest.mark.parametrize("strategic", [False, True])
@pytest.mark.parametrize("table", list(TABLES))
def test_results_have_the_columns_of_the_catalogue_in_their_order(table: str, strategic: bool) -> None:
    frame = ran(strategic=strategic, quarters=4, replicates=2).frame(table)
    names = [entry.name for entry in TABLES[table]]
    assert [name for name in frame.columns if not name.startswith("param.")] == names
    kinds = {"int": "i", "float": "f", "str": "OTU"}
    for entry in TABLES[table]:
        if len(frame):
            kind = frame[entry.name].dtype.kind
            assert kind in kinds[entry.type] or entry.type == "str", (entry.name, kind)


@pytest.mark.parametrize("strategic", [False, True])
@pytest.mark.parametrize("entry", OUTCOMES, ids=lambda entry: entry.name)
def test_an_outcome_is_a_number_within_its_bounds_in_every_run(entry: Column, strategic: bool) -> None:
    values = ran(strategic=strategic, quarters=4, replicates=2).frame("outcomes")[entry.name]
    low, high = entry.bounds
    assert len(values) > 0
    assert all(isfinite(value) and low - 1e-9 <= value <= high + 1e-9 for value in values)


def test_bounded_columns_of_other_tables_stay_within_them() -> None:
    results = ran(strategic=True, quarters=4, replicates=2)
    for table, columns in TABLES.items():
        frame = results.frame(table)
        for entry in columns:
            if entry.bounds != (-inf, inf):
                values = frame[entry.name].dropna()
                assert values.between(entry.bounds[0] - 1e-9, entry.bounds[1] + 1e-9).all(), (table, entry.name)


def test_counts_of_a_run_are_those_of_its_disputes() -> None:
    results = ran(strategic=True, quarters=4, replicates=2)
    outcomes, disputes = results.frame("outcomes"), results.frame("disputes")
    keys = [key.name for key in KEYS]
    for _, run in outcomes.iterrows():
        mine = disputes[(disputes[keys] == run[keys].to_numpy()).all(axis=1)]
        assert run.disputes == len(mine)
        assert run.attempts == mine.pressed.sum()
        assert run.conceded_to_demand == (mine.ending == "conceded_to_demand").sum()
        assert run.backed_down == (mine.ending == "backed_down").sum()
        assert run.carried_out == (mine.imposed != "").sum()
        assert run.attempts >= run.carried_out + run.conceded_to_demand + run.backed_down - 1e-9


def test_keys_start_every_table_and_name_no_outcome() -> None:
    assert KEYS[0] is POINT
    for columns in TABLES.values():
        assert columns[: len(KEYS)] == KEYS
    assert not {key.name for key in KEYS} & {entry.name for entry in OUTCOMES}


@pytest.mark.parametrize("entry", [*OUTCOMES, *DERIVED], ids=lambda entry: entry.name)
def test_entries_say_what_every_reader_needs(entry: Column) -> None:
    assert entry.unit.strip() == entry.unit != ""
    assert entry.better in ("more", "less", "")
    assert entry.words == entry.words.strip()
    assert "_" not in entry.words
    assert entry.bounds[0] < entry.bounds[1]
    if entry.unit == "share" and entry.bounds[0] == 0:
        assert entry.bounds[1] == 1.0
    if entry.unit == "count":
        assert entry.bounds == (0.0, inf)


def test_units_of_money_and_income_are_spelt_in_one_place() -> None:
    units = {entry.unit for columns in (*TABLES.values(), DERIVED) for entry in columns}
    for unit in (GDP, MONEY, MONEY_YEAR, VOLUME_YEAR):
        assert unit in units
    assert {unit for unit in units if unit.startswith("US$")} == {MONEY, MONEY_YEAR, VOLUME_YEAR}


def test_losses_are_better_small_and_income_is_better_large() -> None:
    for name, more in directions().items():
        if "loss" in name or "burden" in name:
            assert not more, name
        if "income" in name or "gdp" in name or "cohesion" in name:
            assert more, name


def test_headlines_are_the_marked_entries_in_order() -> None:
    assert headlines() == tuple(entry.name for entry in OUTCOMES if entry.headline)
    assert 0 < len(headlines()) < len(OUTCOMES) / 2


@pytest.mark.parametrize("table", list(TABLES))
def test_every_column_is_found_by_name_and_table(table: str) -> None:
    for entry in TABLES[table]:
        assert column(entry.name, table) is entry
        assert label_of(entry.name)
        assert column(entry.name).name == entry.name


def test_an_outcome_comes_before_a_column_of_the_same_name() -> None:
    for entry in OUTCOMES:
        assert column(entry.name) is entry
        assert label_of(entry.name) == entry.words
