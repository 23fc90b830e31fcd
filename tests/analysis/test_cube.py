"""Columns of results as arrays, against pandas; draws and their numbers; rows made of them."""

from __future__ import annotations

from collections.abc import Callable
from math import nan

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.analysis import Cube, Row, Spread, cube, draw_numbers, outcome_values
from coercion_sim.analysis.compare.cube import draws_of, rows_of, single, span, year_of
from coercion_sim.analysis.compare.policy_effects import RECORD_WINDOW, baseline_of, diverted, measure_starts, payers
from coercion_sim.errors import ResultsError
from coercion_sim.experiments import Results
from support.small_results import DIVERTED, POLICIES, QUARTERS, STATES

Maker = Callable[..., Results]


@pytest.mark.slow
def test_a_cube_is_the_pivot_of_its_column(chosen: Results) -> None:
    made = cube(chosen, "states", "real_income")
    frame = chosen.frame("states")
    assert made.values.shape == (3, 4, 6, 4)
    assert (made.policies, made.periods) == (chosen.policies, chosen.quarters)
    for p, policy in enumerate(made.policies):
        for n, state in enumerate(made.labels):
            mine = frame[(frame.policy == policy) & (frame.state == state)]
            np.testing.assert_array_equal(
                made.values[p, :, :, n], mine.pivot_table("real_income", "replicate", "step").to_numpy()
            )


def test_years_and_the_whole_are_means_of_quarters(make_results: Maker) -> None:
    made = cube(make_results(), "states", "real_income")
    years = made.by_year()
    assert years.periods == ("2020", "2021", "2022")
    assert years.values == pytest.approx(made.values.reshape(3, 3, 3, 4, 4).mean(axis=3))
    whole = made.over_all()
    assert whole.periods == ("2020-2022",)
    assert whole.values[:, :, 0] == pytest.approx(made.values.mean(axis=2))
    assert whole.labels == made.labels == tuple(STATES)


def test_a_failed_run_is_nan_and_its_neighbours_are_not(make_results: Maker) -> None:
    made = cube(make_results(failed=[(POLICIES[1], 2)]), "states", "burden")
    assert np.isnan(made.values[1, 2]).all()
    assert np.isfinite(np.delete(made.values.reshape(9, -1), 5, axis=0)).all()


def test_rows_are_picked_by_value_and_a_table_may_have_no_label(make_results: Maker) -> None:
    results = make_results(2)
    lost = cube(results, "sectors", "lost_quantity", label="sector", coercer="CHN", target="AUS")
    assert lost.labels == tuple(DIVERTED)
    assert np.isnan(cube(results, "sectors", "lost_quantity", label="sector", coercer="USA").values).all()
    assert cube(results, "quarters", "help_total", label=None).labels == ("",)


def test_a_value_the_manifest_does_not_list_is_refused(make_results: Maker) -> None:
    results = make_results(2)
    results.manifest["quarters"] = list(QUARTERS[:-1])
    with pytest.raises(ResultsError, match="step 11"):
        cube(results, "states", "burden")
    results = make_results(2)
    results.manifest["design"]["policies"] = list(POLICIES[:2])
    with pytest.raises(ResultsError):
        cube(results, "states", "burden")


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), min_size=1, max_size=20, unique=True))
def test_the_number_of_a_draw_keeps_the_order_of_point_and_replicate(pairs: list[tuple[int, int]]) -> None:
    table = pa.table({"point": [p for p, _ in pairs], "replicate": [r for _, r in pairs]})
    numbers = draw_numbers(table).tolist()
    assert len(set(numbers)) == len(pairs)
    assert [pairs[i] for i in np.argsort(numbers)] == sorted(pairs)


def test_draws_are_those_of_the_runs_in_order(make_results: Maker) -> None:
    draws, numbers = draws_of(make_results(4))
    assert draws == ((0, 0), (0, 1), (0, 2), (0, 3))
    assert numbers.tolist() == sorted(numbers.tolist())


@pytest.mark.parametrize(("quarter", "year"), [("2020Q1", "2020"), ("1999Q4", "1999"), ("0Q1", "0")])
def test_the_year_of_a_quarter(quarter: str, year: str) -> None:
    assert year_of(quarter) == year
    assert span((quarter,)) == year
    assert span((quarter, "2031Q2")) == f"{year}-2031"


@pytest.mark.slow
def test_values_of_outcomes_are_those_of_the_table(chosen: Results) -> None:
    table = chosen.frame("outcomes")
    for name, by_policy in outcome_values(chosen).items():
        for policy, values in by_policy.items():
            mine = table[table.policy == policy].sort_values("replicate")[name].astype(float).to_numpy()
            np.testing.assert_array_equal(values, mine)


# ------------------------------------------------------------------ rows


def tiny_cube() -> Cube:
    values = np.arange(12.0).reshape(2, 3, 1, 2)
    return Cube(values, ("a", "b"), ((0, 0), (0, 1), (0, 2)), ("2020",), ("X", "Y"))


def test_rows_hold_the_spread_of_each_cell() -> None:
    rows = rows_of(tiny_cube(), "real_income", "pct_gdp", items=["Y"])
    assert [(r.policy, r.item, r.spread.mean) for r in rows] == [("a", "Y", 3.0), ("b", "Y", 9.0)]
    assert rows[0].as_dict() == {
        "outcome": "real_income", "unit": "pct_gdp", "policy": "a", "against": "", "item": "Y", "period": "2020",
        "n": 3, "mean": 3.0, "median": 3.0, "low": pytest.approx(1.2), "high": pytest.approx(4.8),
        "mean_low": pytest.approx(nan, nan_ok=True), "mean_high": pytest.approx(nan, nan_ok=True), "units": 3,
    }  # fmt: skip


def test_differences_are_taken_draw_by_draw() -> None:
    rows = rows_of(tiny_cube(), "real_income", "pct_gdp", against="a")
    assert [(r.policy, r.against, r.spread.mean) for r in rows] == [("b", "a", 6.0)] * 2
    assert all(r.spread.low == r.spread.high == 6.0 for r in rows)
    (row,) = single({"a": [1.0, 2, 3, 4, 5], "b": [1.0, 5, 3, 4, 5]}, "x", "", "2020", against="a")
    assert row == Row("x", "", "b", "a", "", "2020", Spread.of([0.0, 3.0, 0.0, 0.0, 0.0]))
    assert len(single({"a": [1.0], "b": [2.0]}, "x", "", "2020", item="X")) == 2


# ------------------------------------------------------------------ diverted trade and payers


def test_the_window_is_counted_from_the_start_of_each_measure(make_results: Maker) -> None:
    results = make_results()
    assert measure_starts(results) == {"coal": 2, "wine": 2, "beef": 4}
    assert RECORD_WINDOW == (2, 5)
    rows = {(r.policy, r.item): r for r in diverted(results)}
    for sector, share in DIVERTED.items():
        mean = share * np.mean([1.0, 1.02, 1.04])
        assert rows["stand_alone", sector].spread.mean == pytest.approx(mean)
        assert rows["stand_alone", sector].period == "quarters 2-5"
    yearly = {(r.item, r.period): r.spread for r in diverted(results, window=None) if r.policy == "stand_alone"}
    assert yearly["beef", "2020"].n == 0  # nothing lost in 2020
    assert yearly["coal", "2021"].mean == pytest.approx(0.8 * 1.02)


def test_payers_are_allies_that_pay_or_bear_anything(make_results: Maker) -> None:
    assert payers(make_results()) == ("USA", "NZL")
    assert payers(make_results(helping=False)) == ()


def test_the_baseline_is_stand_alone_where_it_can_be_compared(make_results: Maker) -> None:
    assert baseline_of(make_results()) == "stand_alone"
    assert baseline_of(make_results(policies=POLICIES[1:])) == ""
    assert baseline_of(make_results(policies=POLICIES[:1])) == ""
