"""Summaries against tables written by hand."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from coercion_sim.analysis import Comparison, compare, compare_policies, cube, diverted_share
from coercion_sim.analysis.compare.policy_effects import burden_rows, coercer_cost, diverted, payers, state_rows
from coercion_sim.analysis.records import to_csv
from coercion_sim.errors import ResultsError
from coercion_sim.experiments import Results, simulate
from coercion_sim.experiments.store.tables import schema
from fakes.experiment import FakeScenario, fake_run, tiny_world

POLICIES = ("stand_alone", "respond_as_allies")
#: Real income of AUS, two quarters of 2020 and one of 2021, by (policy, replicate).
AUS = {
    ("stand_alone", 0): (-1.0, -3.0, -4.0),
    ("stand_alone", 1): (-2.0, -4.0, -6.0),
    ("respond_as_allies", 0): (-1.0, -1.0, -3.0),
    ("respond_as_allies", 1): (-2.0, -1.0, -4.0),
}
LOST, GAINED = (0.0, 8.0, 4.0), (0.0, 2.0, 4.0)


def results(drop: tuple[str, int] | None = None) -> Results:
    """Results in memory whose every number is above."""
    states, sectors, quarters, runs = [], [], [], []
    for (policy, replicate), incomes in AUS.items():
        if (policy, replicate) == drop:
            runs.append({"policy": policy, "point": 0, "replicate": replicate, "status": "failed", "error": "no"})
            continue
        runs.append({"policy": policy, "point": 0, "replicate": replicate, "status": "ok", "error": ""})
        helped = policy == "respond_as_allies"
        for step, income in enumerate(incomes):
            key = {"policy": policy, "point": 0, "replicate": replicate, "step": step}
            for state, value, burden in (
                ("CHN", -0.5, 0.0),
                ("AUS", income, 0.0),
                ("USA", 0.0, 0.3 * helped),
                ("JPN", 0.0, 0.1 * helped),
            ):
                states.append(
                    key
                    | {
                        "state": state,
                        "real_income": value,
                        "coercion_effect": value,
                        "burden": burden,
                        "help_paid": 0.0,
                    }
                )
            sectors.append(
                key
                | {
                    "coercer": "CHN",
                    "target": "AUS",
                    "sector": "coal",
                    "lost_quantity": LOST[step],
                    "gained_quantity": GAINED[step],
                }
            )
            quarters.append(key | {"help_total": 100.0 * helped * step})
    manifest: dict[str, Any] = {
        "design": {"policies": list(POLICIES), "replicates": 2},
        "world": {"states": ["AUS", "CHN", "JPN", "USA"]},
        "quarters": ["2020Q3", "2020Q4", "2021Q1"],
        "actors": {"coercer": "CHN", "target": "AUS"},
        "measures": [{"by": "CHN", "on": "AUS", "purpose": "coercion", "sectors": ["coal"], "start": 1}],
        "counts": {"ok": sum(r["status"] == "ok" for r in runs), "failed": sum(r["status"] == "failed" for r in runs)},
        "status": "complete",
    }
    tables = {"states": states, "sectors": sectors, "quarters": quarters, "runs": runs}
    made = {name: pa.Table.from_pylist(rows) for name, rows in tables.items()}
    made |= {name: schema(name).empty_table() for name in ("outcomes", "disputes")}
    return Results(manifest, None, made)


def one(rows: Any, **wanted: str) -> Any:
    """Return the spread of the only row that matches."""
    found = [r for r in rows if all(getattr(r, key) == value for key, value in wanted.items())]
    assert len(found) == 1
    return found[0].spread


def test_a_cube_holds_every_row_in_its_place_in_any_order() -> None:
    made = results()
    shuffled = made.table("states").take(np.random.default_rng(0).permutation(made.table("states").num_rows))
    for table in (made.table("states"), shuffled):
        c = cube(Results(made.manifest, None, {**made._tables, "states": table}), "states", "real_income")
        assert c.labels == ("AUS", "CHN", "JPN", "USA")
        assert c.values.shape == (2, 2, 3, 4)
        assert c.values[0, 1, 2, 0] == -6.0
        assert c.values[1, 0, 1, 0] == -1.0


def test_a_quarter_the_manifest_does_not_name_is_refused() -> None:
    made = results()
    short = Results({**made.manifest, "quarters": made.manifest["quarters"][:2]}, None, dict(made._tables))
    with pytest.raises(ResultsError, match="step 2, where the manifest names 2 quarters"):
        cube(short, "states", "real_income")


def test_two_rows_for_one_cell_are_refused() -> None:
    made = results()
    twice = pa.concat_tables([made.table("states"), made.table("states").slice(0, 1)])
    with pytest.raises(ResultsError, match="more than one row"):
        cube(Results(made.manifest, None, {**made._tables, "states": twice}), "states", "real_income")


def test_year_means_of_real_income() -> None:
    rows = state_rows(results(), "real_income")
    spread = one(rows, policy="stand_alone", item="AUS", period="2020")
    assert (spread.mean, spread.n) == (-2.5, 2)  # (-1-3)/2 = -2 and (-2-4)/2 = -3
    assert one(rows, policy="stand_alone", item="AUS", period="2021").mean == -5.0
    assert one(rows, policy="stand_alone", item="AUS", period="2020-2021").mean == pytest.approx((-8 / 3 - 4) / 2)


def test_paired_differences_are_taken_world_by_world() -> None:
    rows = state_rows(results(), "real_income", against="stand_alone")
    assert {r.policy for r in rows} == {"respond_as_allies"}
    spread = one(rows, item="AUS", period="2020")
    # 2020: respond -1, -1.5; alone -2, -3: differences 1 and 1.5, of two draws, which bear no interval.
    assert (spread.mean, spread.low, spread.high) == pytest.approx((1.25, 1.025, 1.475))
    assert (spread.units, math.isnan(spread.mean_low), math.isnan(spread.mean_high)) == (2, True, True)


def test_no_two_rows_claim_one_cell() -> None:
    """Outcome, policy, item and period name a row: an outcome of runs may not share them with a mean over quarters."""
    made = compare(FakeScenario(), world=tiny_world(), run=fake_run)
    keys = [(r.outcome, r.policy, r.against, r.item, r.period) for r in made.rows]
    assert len(keys) == len(set(keys))


def test_a_failed_run_takes_its_pair_out_of_the_difference() -> None:
    made = results(drop=("stand_alone", 1))
    assert one(state_rows(made, "real_income", against="stand_alone"), item="AUS", period="2020").n == 1
    assert one(state_rows(made, "real_income"), policy="respond_as_allies", item="AUS", period="2020").n == 2
    assert one(burden_rows(made), outcome="help_total", policy="stand_alone").n == 1


def test_diverted_share_by_window_and_year() -> None:
    made = results()
    # the measure starts at step 1; its quarters 1-2 are steps 1 and 2: (2 + 4) / (8 + 4)
    assert one(diverted(made, window=(1, 2)), policy="stand_alone", item="coal").mean == 0.5
    assert one(diverted(made, window=(2, 5)), policy="stand_alone", item="coal").mean == 1.0
    assert one(diverted(made, window=None), policy="stand_alone", item="coal", period="2020").mean == 0.25
    assert one(diverted(made, window=None), policy="stand_alone", item="coal", period="2021").mean == 1.0
    assert one(diverted(made, window=(9, 12)), policy="stand_alone", item="coal").n == 0


def test_a_share_of_nothing_lost_is_no_number() -> None:
    share = diverted_share([[0.0, 0.0], [1.0, 3.0], [-1.0, 0.5]], [[1.0, 0.0], [1.0, 1.0], [1.0, 1.0]])
    np.testing.assert_array_equal(np.isnan(share), [True, False, True])
    assert share[1] == 0.5


def test_burdens_are_the_payers_and_help_is_all_of_theirs() -> None:
    made = results()
    assert payers(made) == ("JPN", "USA")
    rows = burden_rows(made)
    assert one(rows, outcome="burden", policy="respond_as_allies", item="USA").mean == pytest.approx(0.3)
    assert one(rows, outcome="help_total", policy="respond_as_allies").mean == pytest.approx(100.0)


def test_the_coercers_cost_is_its_loss_with_the_sign_turned() -> None:
    assert one(coercer_cost(results()), policy="stand_alone", period="2020").mean == 0.5


def test_comparison_holds_levels_and_differences_and_writes_them() -> None:
    made = compare_policies(results())
    assert made.baseline == "stand_alone"
    assert made.select("real_income", item="AUS", period="2020", against="stand_alone")[0].spread.mean == pytest.approx(
        1.25
    )
    rows = list(csv.DictReader(io.StringIO(to_csv(made.records()))))
    assert len(rows) == len(made.rows)
    line = next(
        r
        for r in rows
        if r["outcome"] == "real_income" and r["item"] == "AUS" and r["period"] == "2020" and not r["against"]
    )
    assert (line["policy"], float(line["mean"]), line["unit"]) == ("stand_alone", -2.5, "pct_gdp")


def test_without_any_run_there_is_nothing_to_compare() -> None:
    bad = FakeScenario(replicates=1, fail_at=(("stand_alone", 0),), policies=("stand_alone",))
    failed = simulate(bad, world=tiny_world(), run=fake_run)  # type: ignore[arg-type]
    with pytest.raises(ResultsError, match="no equilibrium found"):
        compare_policies(failed)


def test_compare_runs_and_pairs_the_same_worlds() -> None:
    made: Comparison = compare(FakeScenario(), world=tiny_world(), run=fake_run)  # type: ignore[arg-type]
    # under respond_as_allies AUS gets back `help`, whatever its luck: the luck cancels in the pairs
    spread = made.select("real_income", item="AUS", period="2020-2021", against="stand_alone")[0].spread
    helps = [row["param.help"] for row in made.results.table("runs").to_pylist() if row["policy"] == "stand_alone"]
    assert spread.mean == pytest.approx(np.mean(helps))
    assert spread.high - spread.low < max(helps) - min(helps)


def test_one_policy_alone_has_no_differences() -> None:
    made = compare(FakeScenario(), ["respond_as_allies"], world=tiny_world(), run=fake_run)  # type: ignore[arg-type]
    assert made.baseline == ""
    assert all(row.against == "" for row in made.rows)
    assert not math.isnan(made.select("coercer_cost")[0].spread.mean)
