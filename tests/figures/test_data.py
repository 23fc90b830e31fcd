"""Data behind figures, recomputed from the tables with pandas or by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from coercion_sim.errors import InvalidInput, ResultsError
from coercion_sim.experiments import Results
from coercion_sim.figures import NothingToShow, one_presser, record, script_end
from coercion_sim.figures.style.data import (
    baseline,
    chosen_policies,
    counted,
    mean_over,
    measure_bars,
    places,
    pressure_steps,
    rows_kept,
    rows_of_runs,
    share_acting,
    spreads,
    state_outcome,
    state_spreads,
)

Maker = Callable[..., Results]


def kept(results: Results, *tables: str) -> dict[str, Any]:
    """Manifest of results that kept some tables alone."""
    return {**results.manifest, "design": {**results.manifest["design"], "tables": list(tables)}}


def chosen(results: Results, until: str | None) -> Results:
    """The same results, of a scenario whose states choose after a script."""
    content = {"conduct": "strategic", "dispute": {"scripted_until": until}}
    return replace(results, manifest=results.manifest | {"scenario": {"name": "dispute", "content": content}})


def test_the_baseline_is_stand_alone_or_the_first(small: Results) -> None:
    assert baseline(small) == "stand_alone"
    assert baseline(small.only(policies=["integrate_economies", "respond_as_allies"])) == "respond_as_allies"


def test_policies_keep_the_order_of_the_experiment(small: Results) -> None:
    assert chosen_policies(small, None) == small.policies
    assert chosen_policies(small, "stand_alone") == ("stand_alone",)
    assert chosen_policies(small, ["respond_as_allies", "stand_alone"]) == ("stand_alone", "respond_as_allies")
    with pytest.raises(InvalidInput, match="did you mean stand_alone"):
        chosen_policies(small, ["stand_alon"])


def test_rows_of_runs_are_those_of_a_policy_at_a_point(small: Results) -> None:
    rows = rows_of_runs(small, "outcomes", "stand_alone", 0, "pressure_quarters")
    table = small.frame("outcomes").query("policy == 'stand_alone' and point == 0")
    assert sorted(rows.column("replicate").to_pylist()) == sorted(table.replicate) == [0, 1, 2]
    assert rows.column("pressure_quarters").to_pylist() == table.pressure_quarters.tolist()
    assert rows_of_runs(small, "outcomes", "stand_alone", 1).num_rows == 0


def test_a_table_that_was_not_kept_is_named(small: Results) -> None:
    assert rows_kept(small, "runs", ["policy"]).num_rows == 9
    lean = replace(small, _tables={"runs": small.table("runs")}, manifest=kept(small, "runs"))
    with pytest.raises(NothingToShow, match="kept no table of states"):
        rows_kept(lean, "states", ["state"])


def test_places_are_positions_and_minus_one_of_the_unknown(small: Results) -> None:
    column = small.table("states", ["state"]).column("state")
    at = places(column, ("NZL", "CHN"))
    assert [{-1: "", 0: "NZL", 1: "CHN"}[int(i)] for i in at[:4]] == ["", "CHN", "", "NZL"]


def test_finished_runs_are_counted_by_policy(make_results: Maker) -> None:
    results = make_results(failed=[("respond_as_allies", 1), ("integrate_economies", 0)])
    assert counted(results) == [3, 2, 2]


def test_outcomes_of_states_are_the_cells_of_the_table(small: Results) -> None:
    data = state_outcome(small, "coercion_effect")
    frame = small.frame("states").set_index(["policy", "replicate", "step", "state"]).coercion_effect
    for p, policy in enumerate(data.policies):
        assert data.values[p, 1, 5, data.labels.index("CHN")] == frame[policy, 1, 5, "CHN"]
    with pytest.raises(ResultsError, match=r"real_incme.*did you mean real_income") as caught:
        state_outcome(small, "real_incme")
    assert caught.value.exit_code == 5


def test_the_period_under_pressure_is_read_from_the_quarters(make_results: Maker, small: Results) -> None:
    assert pressure_steps(small) == tuple(range(2, 12))
    calm = make_results(pressure=False)
    assert pressure_steps(calm) == tuple(range(12))


def test_the_share_of_runs_under_measures_leaves_failed_runs_out(make_results: Maker) -> None:
    results = make_results(failed=[("stand_alone", 0)])
    assert share_acting(results).tolist() == [[0.0] * 2 + [1.0] * 10] * 3
    lean = replace(results, manifest=kept(results, "runs", "states"), _cache={})
    assert not share_acting(lean).any()


def test_means_over_steps_and_their_spreads_are_those_of_pandas(small: Results) -> None:
    frame = small.frame("states").query("state == 'AUS' and 2 <= step <= 11")
    mean = frame.groupby(["policy", "replicate"]).coercion_effect.mean()
    data = state_outcome(small, "coercion_effect")
    cells = mean_over(data, range(2, 12))
    assert cells[:, :, data.labels.index("AUS")].ravel() == pytest.approx(
        [mean[p, k] for p in small.policies for k in range(3)]
    )
    by_policy = state_spreads(small, "coercion_effect", "AUS")
    for policy, spread in by_policy.items():
        assert spread.mean == pytest.approx(mean[policy].mean())
        assert (spread.low, spread.high) == pytest.approx(tuple(np.quantile(mean[policy], [0.05, 0.95])))
    first = state_spreads(small, "coercion_effect", "AUS", [0])
    assert first["stand_alone"].mean == 0.0
    assert [s.n for s in spreads(cells[0])] == [3] * 4


def test_the_record_has_range_and_grade(make_results: Maker) -> None:
    only_range = {"sector": "beef", "diverted_share": None, "range": [0.2, 0.6], "grade": ""}
    stated = {"sector": "coal", "diverted_share": 0.8, "range": [0.7, 1.0], "grade": "B"}
    nothing = {"sector": "wine", "diverted_share": None, "range": None, "grade": "C"}
    seen = record(make_results(record=(stated, only_range, nothing)))
    assert set(seen) == {"coal", "beef"}
    assert (seen["coal"].share, seen["coal"].low, seen["coal"].high, seen["coal"].grade) == (0.8, 0.7, 1.0, "B")
    assert seen["beef"].share == pytest.approx(0.4)


def test_the_script_ends_where_states_begin_to_choose(small: Results) -> None:
    assert script_end(small) is None
    assert script_end(chosen(small, "2021Q1")) == 3
    assert script_end(chosen(small, None)) == -1


def test_measures_are_barred_by_product_while_they_are_the_script_s(small: Results) -> None:
    """Coal and wine are shut out in steps 2 to 9, beef from 4 on."""
    assert {bar.label: bar.spans for bar in measure_bars(small)} == {
        "Coal and lignite": ((2, 9),), "Wine": ((2, 9),), "Beef": ((4, 11),),
    }  # fmt: skip
    assert {bar.label: bar.spans for bar in measure_bars(chosen(small, "2021Q1"))} == {
        "Coal and lignite": ((2, 3),), "Wine": ((2, 3),),
    }  # fmt: skip
    assert measure_bars(chosen(small, None)) == []


def test_too_many_products_share_lines_and_touching_spans_are_one(small: Results) -> None:
    bars = measure_bars(small, most=2)
    assert [bar.label for bar in bars] == ["coal", "2 others"]
    assert bars[1].spans == ((2, 11),)
    measures = [{**m, "sectors": ["coal"], "start": 0 if i else 3, "until": 2 if i else 4}
                for i, m in enumerate(small.manifest["measures"][:2])]  # fmt: skip
    joined = replace(small, manifest={**small.manifest, "measures": measures})
    assert measure_bars(joined)[0].spans == ((0, 4),)


def test_coercion_by_several_states_is_no_one_s_own(small: Results) -> None:
    assert one_presser(small)
    others = [{**small.manifest["measures"][0], "by": "NZL", "on": "USA"}]
    assert not one_presser(replace(small, manifest={**small.manifest, "measures": others}))
    dispute = {"coercers": ["CHN"], "challengers": [{"state": "USA"}]}
    content = {"conduct": "strategic", "dispute": dispute}
    assert not one_presser(replace(small, manifest={**small.manifest, "scenario": {"name": "d", "content": content}}))
