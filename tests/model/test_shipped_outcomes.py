"""Every shipped scenario under every policy it names: each outcome a number, varying unless the schema says why not."""

from __future__ import annotations

import math

import pytest

from coercion_sim.experiments import simulate
from coercion_sim.scenario import OUTCOMES, TABLES, constant_because, list_scenarios, load_scenario

NAMES = [c for c in OUTCOMES if c.name not in ("policy", "replicate")]
#: Disputes are rare events: what is chosen needs more draws to be seen to vary than what is written.
DRAWS = {"scripted": 4, "strategic": 20}


@pytest.mark.slow
@pytest.mark.parametrize("name", list_scenarios())
def test_every_outcome_is_a_number_and_varies_unless_marked(name: str) -> None:
    scenario = load_scenario(name)
    results = simulate(name, replicates=DRAWS[scenario.conduct], workers=2)
    assert results.manifest["counts"] == {"ok": DRAWS[scenario.conduct] * len(scenario.policies), "failed": 0}
    rows = results.table("outcomes").to_pylist()
    for policy in scenario.policies:
        conditions = scenario.conditions(policy)
        for column in NAMES:
            values = [row[column.name] for row in rows if row["policy"] == policy]
            assert all(value is not None and math.isfinite(value) for value in values), (policy, column.name)
            if len(set(values)) == 1:
                assert constant_because(column, conditions), f"{column.name} is {values[0]} in every run of {policy}"
    for table in ("states", "sectors", "quarters", "facts"):
        held = results.table(table)
        for column in TABLES[table]:
            if column.type == "float":
                cells = held.column(column.name).to_pylist()
                assert all(cell is not None and math.isfinite(cell) for cell in cells), (table, column.name)
