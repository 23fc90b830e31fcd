"""The catalogue against what a run writes: every column there, of its type, within its bounds, adding up."""

from __future__ import annotations

from math import inf, isfinite

import pytest

import coercion_sim.outcomes as catalogue
from coercion_sim.outcomes import (
    DERIVED,
    KEYS,
    OUTCOMES,
    POINT,
    TABLES,
    Column,
    column,
    directions,
    headlines,
    label_of,
)
from support.figure_runs import ran


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
    for unit in (catalogue.GDP, catalogue.MONEY, catalogue.MONEY_YEAR, catalogue.VOLUME_YEAR):
        assert unit in units
    assert {unit for unit in units if unit.startswith("US$")} == {
        catalogue.MONEY,
        catalogue.MONEY_YEAR,
        catalogue.VOLUME_YEAR,
    }


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
