"""The catalogue: every outcome is defined, computed and bounded, and looked up by name."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from coercion_sim.model.outcomes import FinishedRun
from coercion_sim.outcomes import (
    DERIVED,
    OUTCOMES,
    TABLES,
    Column,
    column,
    directions,
    headlines,
    label_of,
    outcome_names,
)


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


def test_the_value_of_an_entry_is_computed_or_an_attribute_of_the_run() -> None:
    read = Column("help_pv", "float", "US$ million", "help")
    made = replace(read, compute=lambda run: 2 * run.help_pv)
    run: Any = SimpleNamespace(help_pv=np.float64(1.5))
    assert (read.value(run), made.value(run)) == (1.5, 3.0)
    assert type(read.value(run)) is float
    assert (read.words, replace(read, label="help paid").words) == ("help pv", "help paid")
