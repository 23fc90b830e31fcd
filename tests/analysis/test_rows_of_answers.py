"""Rows that answers are made of, each recomputed with numpy and pandas from the results they are read from."""

from __future__ import annotations

import math
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from coercion_sim.analysis import (
    ALL_POINTS,
    AVERAGED,
    INTERVAL_OF_MEAN,
    INTERVALS,
    LONG_RUN,
    PARTS,
    RANGE_OVER_DRAWS,
    WHO,
    Analysis,
    AxisRow,
    BoxLimit,
    Choice,
    CourseTree,
    DisputeNarrative,
    FirstDispute,
    FlowEffect,
    MeanRow,
    MissBox,
    OutcomeFrame,
    RegretRow,
    StateEffect,
    Step,
    analyse,
    check_outcomes,
    compare_policies,
    course_tree,
    first_dispute,
    mean_rows,
    outcome_frame,
    run_narrative,
    what_if,
)
from coercion_sim.economy import Measure, solve_equilibrium
from coercion_sim.errors import InvalidInput, ResultsError
from coercion_sim.experiments import Results
from fakes.tiny import tiny_world
from support.sweeps import block, sweep

pytestmark = pytest.mark.slow  # many disputes are solved

LOSS, PAID = "target_loss_pv", "burden_total"
RULES = {
    "stand_alone": lambda s, k: {LOSS: s["x"] + 0.1 * k, PAID: 0.0},
    "respond_as_allies": lambda s, k: {LOSS: 0.5 * s["x"] + 0.2 * k, PAID: 3.0 + s["x"]},
    "silos": lambda s, k: {LOSS: 2.0 - s["x"], PAID: 1.0 * k},
}
X = (0.25, 0.5, 1.0, 2.0)


@pytest.fixture(scope="module")
def grid() -> Results:
    return sweep([block("grid", [[x] for x in X], ["x"])], RULES, 5)


@pytest.fixture(scope="module")
def table(grid: Results) -> pd.DataFrame:
    """Outcomes with the value of x, a row a run."""
    return grid.frame("outcomes").merge(grid.frame("runs"), on=["point", "policy", "replicate"])


@pytest.fixture(scope="module")
def answer(grid: Results) -> Analysis:
    return analyse(grid, (LOSS, PAID))


def cube_of(table: pd.DataFrame, name: str) -> dict[str, np.ndarray]:
    """Policy -> values (points, replicates)."""
    wide = table.pivot(index=["policy", "point"], columns="replicate", values=name)
    return {policy: wide.loc[policy].to_numpy() for policy in RULES}


# ------------------------------------------------------------------ frames


def test_a_frame_is_the_table_by_point_replicate_and_policy(grid: Results, table: pd.DataFrame) -> None:
    frame = outcome_frame(grid, (LOSS, PAID))
    assert isinstance(frame, OutcomeFrame)
    assert (frame.outcomes, frame.policies, frame.replicates) == ((LOSS, PAID), tuple(RULES), (0, 1, 2, 3, 4))
    for name in frame.outcomes:
        for policy, values in cube_of(table, name).items():
            assert frame.of(name, policy) == pytest.approx(values)
            apart = values - cube_of(table, name)["stand_alone"]
            assert frame.of(name, policy, "stand_alone") == pytest.approx(apart)
    assert [frame.setting(p) for p in range(4)] == [{"x": x} for x in X]


def test_texts_of_a_setting_stay_texts() -> None:
    rules = {"stand_alone": lambda s, k: {LOSS: {"a": 1.0, "b": 2.0}[s["kind"]]}}
    frame = outcome_frame(sweep([block("grid", [["b"], ["a"]], ["kind"])], rules, 2), (LOSS,))
    assert [frame.setting(p)["kind"] for p in range(2)] == ["b", "a"]
    assert frame.of(LOSS, "stand_alone").tolist() == [[2.0, 2.0], [1.0, 1.0]]


def test_runs_that_failed_are_missing_in_a_frame() -> None:
    results = sweep([block("grid", [[x] for x in X], ["x"])], RULES, 2, failed=[(1, 0, "silos"), (3, 1, "silos")])
    values = outcome_frame(results, (LOSS,)).of(LOSS, "silos")
    assert np.argwhere(np.isnan(values)).tolist() == [[1, 0], [3, 1]]
    assert np.isfinite(outcome_frame(results, (LOSS,)).of(LOSS, "stand_alone")).all()


def test_a_run_that_is_there_twice_is_refused(grid: Results) -> None:
    import pyarrow as pa

    rows = grid.table("outcomes")
    twice = replace(grid, _tables={**grid._tables, "outcomes": pa.concat_tables([rows, rows.slice(0, 1)])}, _cache={})
    with pytest.raises(ResultsError, match="more than one row"):
        outcome_frame(twice, (LOSS,))


def test_unknown_outcomes_come_all_at_once_with_the_nearest() -> None:
    check_outcomes((LOSS, PAID))
    with pytest.raises(InvalidInput) as caught:
        check_outcomes(("target_los_pv", LOSS, "burden_totl"), "--outcome")
    assert [(p.found, p.suggestion, p.key) for p in caught.value.problems] == [
        ("'target_los_pv'", LOSS, "--outcome"), ("'burden_totl'", PAID, "--outcome"),
    ]  # fmt: skip


# ------------------------------------------------------------------ means, axes, regret


def t_interval(x: np.ndarray) -> tuple[float, float, float]:
    half = stats.t.ppf(0.975, len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x))
    return float(x.mean()), float(x.mean() - half), float(x.mean() + half)


def test_means_at_a_point_have_the_t_interval_over_replicates(grid: Results, table: pd.DataFrame) -> None:
    rows = mean_rows(outcome_frame(grid, (LOSS,)), LOSS)
    at = {(r.policy, r.point): r for r in rows}
    for policy, values in cube_of(table, LOSS).items():
        for p in range(len(X)):
            row = at[policy, p]
            assert isinstance(row, MeanRow)
            assert (row.n, row.unit) == (5, "replicates")
            assert (row.mean, row.low, row.high) == pytest.approx(t_interval(values[p]))
        assert at[policy, ALL_POINTS].mean == pytest.approx(values.mean())


def test_rows_along_an_axis_are_means_of_the_points_with_that_value(answer: Analysis, table: pd.DataFrame) -> None:
    rows = [a for a in answer.axes if a.row.outcome == LOSS and not a.row.against]
    assert all(isinstance(a, AxisRow) for a in rows)
    assert {a.parameter for a in rows} == {"x"}
    means = table.groupby(["policy", "param.x"])[LOSS].mean()
    assert {(a.row.policy, a.value): a.row.mean for a in rows} == pytest.approx(means.to_dict())
    apart = [a for a in answer.axes if a.row.outcome == LOSS and a.row.against]
    assert {a.row.against for a in apart} == {"stand_alone"}
    for a in apart:
        assert a.row.mean == pytest.approx(means[a.row.policy, a.value] - means["stand_alone", a.value])


def test_regret_is_the_distance_from_the_best_in_the_same_draw(answer: Analysis, table: pd.DataFrame) -> None:
    values = np.stack(list(cube_of(table, LOSS).values()), axis=-1)
    regrets = values - values.min(axis=-1, keepdims=True)
    ties = regrets <= 1e-9 * np.abs(values).max()
    share = ties / ties.sum(axis=-1, keepdims=True)
    rows = {r.policy: r for r in answer.regret if r.outcome == LOSS}
    for q, policy in enumerate(RULES):
        row = rows[policy]
        assert isinstance(row, RegretRow)
        assert (row.draws, row.maximise) == (20, False)
        assert row.mean == pytest.approx(regrets[..., q].mean())
        assert row.most == pytest.approx(regrets[..., q].max())
        assert row.high == pytest.approx(np.quantile(regrets[..., q], 0.95))
        assert row.best == pytest.approx(share[..., q].mean())
        assert row.mean_low <= row.mean <= row.mean_high
        assert row.best_low <= row.best <= row.best_high
    assert sum(row.best for row in rows.values()) == pytest.approx(1.0)


# ------------------------------------------------------------------ boxes


@pytest.fixture(scope="module")
def boxes() -> tuple[MissBox, np.ndarray, np.ndarray]:
    """The box of a policy that misses exactly where x > 0.6, with the draws and the misses."""
    points = np.random.default_rng(4).random((300, 2))
    rules = {"stand_alone": lambda s, k: {LOSS: float(s["x"] > 0.6)}}
    made = analyse(sweep([block("random", points.tolist(), ["x", "y"])], rules, 1), (LOSS,), failing=f"{LOSS}>0.5")
    return made.boxes[0], points, points[:, 0] > 0.6


def test_a_box_finds_the_limit_it_was_made_with(boxes: tuple[MissBox, np.ndarray, np.ndarray]) -> None:
    box, points, misses = boxes
    assert isinstance(box, MissBox)
    (limit,) = box.limits
    assert isinstance(limit, BoxLimit)
    assert limit.parameter == "x"
    assert limit.low == pytest.approx(0.6, abs=0.05)
    assert (limit.at_least, limit.at_most) == pytest.approx((points[:, 0].min(), points[:, 0].max()))
    inside = (points[:, 0] >= limit.low) & (points[:, 0] <= limit.high)
    assert box.density == pytest.approx(misses[inside].mean())
    assert box.coverage == pytest.approx(misses[inside].sum() / misses.sum())
    assert box.mass == pytest.approx(inside.mean())
    assert (box.draws, box.misses) == (300, int(misses.sum()))
    assert box.base_rate == pytest.approx(misses.mean())
    assert limit.quasi_p < 0.05


def test_the_trajectory_begins_with_every_draw_and_only_shrinks(boxes: tuple[MissBox, np.ndarray, np.ndarray]) -> None:
    box, _, misses = boxes
    first = box.trajectory[0]
    assert isinstance(first, Step)
    assert (first.draws, first.misses, first.coverage, first.mass) == (300, int(misses.sum()), 1.0, 1.0)
    sizes = [step.draws for step in box.trajectory]
    assert sizes == sorted(sizes, reverse=True)
    assert all(step.density == pytest.approx(step.misses / step.draws) for step in box.trajectory)
    assert 0 <= box.chosen < len(box.trajectory)


# ------------------------------------------------------------------ what-ifs


@pytest.fixture(scope="module")
def ban() -> tuple[StateEffect | FlowEffect, ...]:
    answer = what_if(tiny_world(), [Measure("import_ban", "CHN", "AUS", ("coal",), 0.2)], quarters=4)
    return (*answer.states, *answer.flows)


def test_effects_on_states_are_those_of_the_equilibrium(ban: tuple[StateEffect | FlowEffect, ...]) -> None:
    world = tiny_world()
    solved = solve_equilibrium(world, [Measure("import_ban", "CHN", "AUS", ("coal",), 0.2)])
    effects = [e for e in ban if isinstance(e, StateEffect)]
    assert {(e.period, e.state) for e in effects} >= {(LONG_RUN, s) for s in world.states}
    assert len(effects) == 5 * len(world.states)
    for e in (e for e in effects if e.period == LONG_RUN):
        assert e.real_income == pytest.approx(float(solved.welfare_pct_gdp[world.state_index(e.state)]))


def test_a_flow_loses_what_gainers_take_in_part(ban: tuple[StateEffect | FlowEffect, ...]) -> None:
    flows = [e for e in ban if isinstance(e, FlowEffect)]
    for flow in flows:
        assert (flow.sector, flow.exporter, flow.importer) == ("coal", "AUS", "CHN")
        assert flow.diverted == pytest.approx(flow.gained / flow.lost)
        assert all(gain > 0.0 for _, gain in flow.gainers)
        assert "CHN" not in dict(flow.gainers)
    assert flows[-1].period == LONG_RUN
    world = tiny_world()
    solved = solve_equilibrium(world, [Measure("import_ban", "CHN", "AUS", ("coal",), 0.2)])
    assert flows[-1].lost == pytest.approx(world.flows[0, 0, 1] - float(solved.quantities[0, 0, 1]))


# ------------------------------------------------------------------ runs played again


@pytest.mark.usefixtures("tables_in_memory")
def test_the_first_dispute_and_its_tree_are_those_of_the_table(chosen: Results) -> None:
    row = chosen.frame("disputes").query("policy == 'stand_alone' and replicate == 0").iloc[0]
    tree = course_tree(chosen, "stand_alone", 0)
    assert isinstance(tree, CourseTree)
    first = first_dispute(chosen.manifest["scenario"]["source"]["file"], "stand_alone", None, 0)
    assert isinstance(first, FirstDispute)
    for made in (tree, first):
        assert (made.coercer, made.target, made.quarter) == (row.coercer, row.target, row.quarter)
        assert (int(made.firm), int(made.resolved)) == (row.firm, row.resolved)


@pytest.mark.usefixtures("tables_in_memory")
def test_a_narrative_has_every_dispute_with_odds_that_add_up(chosen: Results) -> None:
    narrative = run_narrative(chosen.manifest["scenario"]["source"]["file"], "stand_alone", None, 0)
    rows = chosen.frame("disputes").query("policy == 'stand_alone' and replicate == 0")
    assert [(d.coercer, d.target) for d in narrative.disputes] == list(zip(rows.coercer, rows.target, strict=True))
    for dispute in narrative.disputes:
        assert isinstance(dispute, DisputeNarrative)
        for decision in dispute.decisions:
            assert isinstance(decision, Choice)
            assert sum(option.probability for option in decision.options) == pytest.approx(1.0)
            assert decision.chosen in [option.label for option in decision.options]


# ------------------------------------------------------------------ words that name intervals and parts


def test_names_of_intervals_and_parts_are_apart(answer: Analysis, grid: Results) -> None:
    assert len({RANGE_OVER_DRAWS, INTERVAL_OF_MEAN, INTERVALS, AVERAGED}) == 4
    assert WHO == ("mean", "soft", "firm")
    assert len(PARTS) == len(set(PARTS)) > 1
    assert {r.given for r in answer.indices} <= {"", AVERAGED, *(f"replicate {k}" for k in range(5))}


def test_rows_of_a_comparison_are_flat_records(make_results: object) -> None:
    compared = compare_policies(make_results(3))  # type: ignore[operator]
    records = compared.records()
    assert len(records) == len(compared.rows)
    for record, row in zip(records, compared.rows, strict=True):
        assert {k: record[k] for k in ("mean", "n")} == pytest.approx(
            {k: asdict(row.spread)[k] for k in ("mean", "n")}, nan_ok=True
        )
