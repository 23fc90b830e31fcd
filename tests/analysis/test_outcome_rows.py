"""One number a run: paired differences, present values, what was deterred; and the table a person reads."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from coercion_sim.analysis.compare.policy_effects import deterred_rows, outcome_rows, present_value_rows
from coercion_sim.experiments import Results
from coercion_sim.experiments.store.tables import schema
from coercion_sim.outcomes import KEYS, OUTCOMES

ALONE, LONG = "stand_alone", "respond_as_allies+linked_domains"
NAMES = [c.name for c in OUTCOMES if c not in KEYS]
#: (policy, replicate) -> attempts; everything else is 1 in every run.
ATTEMPTS = {(ALONE, 0): 3.0, (ALONE, 1): 5.0, (ALONE, 2): 4.0, (LONG, 0): 1.0, (LONG, 1): 2.0, (LONG, 2): 2.0}
#: (policy, replicate, target, step, pressed): Japan is not met again in replicate 1; nobody is pressed alone in 2.
DISPUTES = [
    (ALONE, 0, "AUS", 0, 1), (ALONE, 0, "JPN", 2, 1), (ALONE, 0, "KOR", 3, 0),
    (LONG, 0, "AUS", 0, 0), (LONG, 0, "JPN", 2, 1), (LONG, 0, "KOR", 3, 1),
    (ALONE, 1, "AUS", 0, 1), (ALONE, 1, "JPN", 4, 1), (LONG, 1, "AUS", 0, 1),
    (ALONE, 2, "AUS", 0, 0), (LONG, 2, "AUS", 0, 0),
]  # fmt: skip


def results(report: dict[str, Any] | None = None) -> Results:
    runs = [{"policy": p, "point": 0, "replicate": k, "status": "ok"} for p, k in ATTEMPTS]
    outcomes = [
        {"policy": p, "point": 0, "replicate": k} | dict.fromkeys(NAMES, 1.0) | {"attempts": n}
        for (p, k), n in ATTEMPTS.items()
    ]
    keys = ("policy", "replicate", "target", "step", "pressed")
    disputes = [
        dict(zip(keys, row, strict=True)) | {"coercer": "CHN", "point": 0, "package": "narrow"} for row in DISPUTES
    ]
    states = [
        {
            "policy": p,
            "point": 0,
            "replicate": k,
            "quarter": f"2020Q{q + 1}",
            "step": q,
            "state": "AUS",
            "real_income": float(q),
        }
        for p, k in ATTEMPTS
        for q in range(3)
    ]
    tables = {"runs": runs, "outcomes": outcomes, "disputes": disputes, "states": states}
    manifest: dict[str, Any] = {
        "design": {"policies": [ALONE, LONG], "replicates": 3},
        "world": {"states": ["AUS", "CHN"]},
        "quarters": ["2020Q1", "2020Q2", "2020Q3"],
        "actors": {"coercer": "CHN", "target": "AUS"},
        "measures": [],
        "report": report or {},
        "counts": {"ok": 6, "failed": 0},
    }
    made = {name: pa.Table.from_pylist(rows) for name, rows in tables.items()}
    return Results(manifest, None, made)


def test_outcomes_are_paired_draw_by_draw() -> None:
    (row,) = [r for r in outcome_rows(results(), against=ALONE) if r.outcome == "attempts"]
    gaps = np.array([-2.0, -3.0, -2.0])
    assert (row.policy, row.against, row.spread.n) == (LONG, ALONE, 3)
    assert row.spread.mean == pytest.approx(gaps.mean())
    assert (row.spread.units, math.isnan(row.spread.mean_low)) == (3, True), "three draws are too few for an interval"
    levels = {r.policy: r.spread.mean for r in outcome_rows(results()) if r.outcome == "attempts"}
    assert levels == pytest.approx({ALONE: 4.0, LONG: 5 / 3})


def test_every_outcome_of_the_dictionary_has_its_row_and_unit() -> None:
    rows = {r.outcome: r.unit for r in outcome_rows(results())}
    assert rows == {c.name: c.unit for c in OUTCOMES if c.name in NAMES}


def test_present_value_discounts_by_the_quarter() -> None:
    wanted = sum(0.97 ** (q / 4) * q / 4 for q in range(3))
    for row in present_value_rows(results()):
        assert (row.item, row.unit) == ("AUS", "pct_gdp")
        assert row.spread.mean == pytest.approx(wanted)


def test_present_value_discounts_as_the_scenario_says() -> None:
    made = results()
    manifest = made.manifest | {"scenario": {"content": {"dispute": {"discount": 0.5}}}}
    tables = {n: made.table(n) for n in ("runs", "states")}
    wanted = sum(0.5 ** (q / 4) * q / 4 for q in range(3))
    for row in present_value_rows(Results(manifest, None, tables)):
        assert row.spread.mean == pytest.approx(wanted)


def test_deterred_is_of_what_would_have_been_pressed_and_arose_here_too() -> None:
    """Replicate 0: one of two deterred; 1: of the one that arose, none; 2: nothing to deter, left out."""
    (row,) = deterred_rows(results())
    assert (row.policy, row.spread.n) == (LONG, 2)
    assert row.spread.mean == pytest.approx(0.25)


def test_without_disputes_nothing_was_deterred() -> None:
    made = results()
    tables = {n: made.table(n) for n in ("runs", "outcomes", "states")} | {"disputes": schema("disputes").empty_table()}
    assert deterred_rows(Results(made.manifest, None, tables)) == ()


def test_what_a_script_began_could_not_be_deterred() -> None:
    """Of two disputes pressed under `stand_alone` one is the script's: the share is of the other."""
    made = results()
    rows = made.table("disputes").to_pylist()
    (before,) = deterred_rows(made)
    for row in rows:
        if row["replicate"] == 0 and row["target"] == "JPN":  # pressed under both policies
            row["package"] = "script"
    tables = {**made._tables, "disputes": pa.Table.from_pylist(rows)}
    (after,) = deterred_rows(Results(made.manifest, None, tables))
    assert after.spread.mean > before.spread.mean
    # Replicate 0: Australia alone, deterred; replicate 1: Australia alone met again, not deterred.
    assert (after.spread.mean, after.spread.n) == (0.5, 2)
