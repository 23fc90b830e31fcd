"""Means over a design, rows along grids, regret and spreads: by hand, by brute force, and what holds for any sweep."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.analysis import ALL_POINTS, outcome_frame, units_of
from coercion_sim.analysis.compare.comparison import RegretRow, regret_rows
from coercion_sim.analysis.compare.contrasts import (
    REPLICATES,
    axis_rows,
    kept_cells,
    mean_rows,
    over_design,
    quantile_rows,
    sample_axis,
    slices,
)
from coercion_sim.analysis.compare.cube import Cube, Spread, rows_of, single, span, year_of
from coercion_sim.analysis.compare.policy_effects import diverted_share
from coercion_sim.analysis.sensitivity.design_layout import Kept, read_layout
from coercion_sim.analysis.sensitivity.indices import elementary_effects, sobol_indices
from coercion_sim.analysis.sensitivity.outcome_frame import coded, is_number, numbers, point_of, positions
from coercion_sim.analysis.sensitivity.variance_parts import VarianceRow, variance_rows
from coercion_sim.errors import ResultsError
from coercion_sim.intervals import clustered, crossed
from support.sweeps import block, morris, saltelli, sweep

LOSS = "target_loss_pv"
ALONE, ALLIES = "stand_alone", "respond_as_allies"


def made(blocks: list[dict[str, Any]], replicates: int, **more: Any) -> Any:
    """A sweep whose loss is x + 10 y + luck, less 1 + x under the second policy."""
    policies = {
        ALONE: lambda s, k: {LOSS: s.get("x", 0.0) + 10.0 * s.get("y", 0.0) + k},
        ALLIES: lambda s, k: {LOSS: 10.0 * s.get("y", 0.0) + k - 1.0},
    }
    return sweep(blocks, policies, replicates, **more)


def grid(path: str, *values: float) -> dict[str, Any]:
    return block("grid", [[v] for v in values], [path])


# ------------------------------------------------------------------ what was drawn


def test_the_sampled_block_with_fewest_units_limits_a_mean() -> None:
    def axis(*blocks: dict[str, Any]) -> int | None:
        return sample_axis(read_layout(made(list(blocks), 1).manifest["design"]))

    assert axis() is None
    assert axis(grid("x", 1.0, 2.0)) is None
    assert axis(grid("x", 1.0, 2.0), saltelli(8, ["y"])) == 1
    assert axis(saltelli(8, ["x"]), morris(4, ["y"])) == 1
    assert axis(saltelli(1, ["x"]), morris(4, ["y"])) == 1


def test_a_mean_over_points_and_replicates_is_crossed_and_one_of_too_few_is_given() -> None:
    for base, replicates, how in ((8, 6, "crossed with 8 base rows"), (4, 6, "given 4 base rows"),
                                  (8, 3, "base rows, given 3 replicates")):  # fmt: skip
        frame = outcome_frame(made([saltelli(base, ["x"])], replicates), (LOSS,))
        values = frame.of(LOSS, ALONE)
        kept = kept_cells(values, frame.layout)
        estimate, unit = over_design(kept.of(values), kept, frame.layout, frame.units)
        assert unit.endswith(how)
        assert float(estimate.mean) == pytest.approx(values.mean())
        rows = np.arange(values.shape[0]) // 3
        second = {
            8: crossed(values, rows, frame.units) if replicates == 6 else clustered(values.mean(axis=1), rows),
            4: clustered(values.mean(axis=0), frame.units),
        }[base]
        np.testing.assert_allclose(estimate.interval(), second.interval())


def test_replicates_are_the_sample_of_a_grid_and_one_value_has_none() -> None:
    for replicates, unit in ((6, REPLICATES), (1, "")):
        frame = outcome_frame(made([grid("x", 1.0, 2.0)], replicates), (LOSS,))
        values = frame.of(LOSS, ALONE)
        kept = kept_cells(values, frame.layout)
        assert over_design(values, kept, frame.layout, frame.units)[1] == unit


def test_what_is_kept_says_what_it_left_out() -> None:
    kept = Kept(np.array([True, False]), np.array([True, True, False]), 1, 1)
    np.testing.assert_array_equal(kept.of(np.arange(6.0).reshape(2, 3)), [[0.0, 1.0]])
    assert kept.note == "left out, for runs that failed or were not done: 1 row of the design and 1 replicate"
    assert Kept(np.ones(1, bool), np.ones(1, bool), 0, 0).note == ""


# ------------------------------------------------------------------ along a grid


def test_rows_along_a_grid_are_the_means_at_each_value() -> None:
    frame = outcome_frame(made([grid("x", 1.0, 2.0, 4.0), grid("y", 0.0, 1.0)], 3), (LOSS,))
    rows = axis_rows(frame, LOSS)
    assert {(r.parameter, r.value) for r in rows} == {("x", v) for v in (1.0, 2.0, 4.0)} | {
        ("y", v) for v in (0.0, 1.0)
    }
    for r in rows:
        x = np.array([1.0, 2.0, 4.0]) if r.parameter == "y" else np.array([r.value])
        y = np.array([0.0, 1.0]) if r.parameter == "x" else np.array([r.value])
        own = x.mean() if r.row.policy == ALONE else -1.0
        assert r.row.mean == pytest.approx(own + 10.0 * y.mean() + 1.0)
        assert r.row.point == ALL_POINTS
    apart = axis_rows(frame, LOSS, ALONE)
    assert {r.row.policy for r in apart} == {ALLIES}
    assert next(r.row.mean for r in apart if (r.parameter, r.value) == ("x", 4.0)) == pytest.approx(-5.0)


def test_every_part_of_a_grid_has_the_same_rows() -> None:
    frame = outcome_frame(made([grid("x", 1.0, 2.0, 4.0), grid("y", 0.0, 1.0)], 2), (LOSS,))
    parts = dict(slices(frame, 0, "x"))
    assert list(parts) == [1.0, 2.0, 4.0]
    assert {part.layout.points for part in parts.values()} == {2}
    assert sum(part.values[LOSS].sum() for part in parts.values()) == pytest.approx(frame.values[LOSS].sum())


@given(st.integers(1, 5), st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5))
@settings(max_examples=20, deadline=None)
def test_quantiles_are_runs_that_the_share_does_not_exceed(replicates: int, shares: list[float]) -> None:
    frame = outcome_frame(made([grid("x", 1.0, 2.0, 4.0)], replicates), (LOSS,))
    for policy, values in quantile_rows(frame, LOSS, np.array(shares)).items():
        runs = frame.of(LOSS, policy).ravel()
        for share, value in zip(shares, values, strict=True):
            assert value in runs
            assert (runs <= value).mean() >= share - 1e-9
            assert (runs < value).mean() <= share


# ------------------------------------------------------------------ regret and spreads


def test_regret_over_the_draws_that_every_policy_finished() -> None:
    frame = outcome_frame(made([grid("x", 1.0, 2.0)], 6, failed=[(1, 5, ALLIES)]), (LOSS,))
    rows = {r.policy: r for r in regret_rows(frame, LOSS, maximise=False)}
    # The allies' loss is lower by 1 + x in every draw; a failed run takes its replicate out at both points.
    assert rows[ALLIES].mean == 0.0
    assert rows[ALONE].mean == pytest.approx(2.5)
    assert (rows[ALONE].most, rows[ALONE].draws, rows[ALONE].best) == (3.0, 10, 0.0)
    assert rows[ALLIES].best == 1.0
    best = {r.policy: r.best for r in regret_rows(frame, LOSS, maximise=True)}
    assert best == {ALONE: 1.0, ALLIES: 0.0}
    assert rows[ALONE].note == "left out, for runs that failed or were not done: 1 replicate"


def test_a_share_of_few_draws_is_written_as_a_count() -> None:
    row = RegretRow(LOSS, ALONE, True, 8, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 0.1, 0.5, 8)
    assert row.best_text() == "2 of 8"
    many = RegretRow(LOSS, ALONE, True, 800, *(0.0,) * 5, 0.25, 0.22, 0.28, 800)
    assert many.best_text() == "25.0 % [22.0, 28.0]"


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30), st.floats(0.1, 10.0))
def test_a_spread_scales_with_its_unit(values: list[float], factor: float) -> None:
    one, other = Spread.of(values), Spread.of(np.array(values) * factor)
    scaled = one.times(factor)
    for name in ("mean", "median", "low", "high", "mean_low", "mean_high"):
        assert getattr(scaled, name) == pytest.approx(getattr(other, name), nan_ok=True, abs=1e-9)
    assert (one.n, one.units) == (len(values), len(values))


def test_a_spread_in_words_is_its_median_or_mean_with_an_interval() -> None:
    one = Spread(5, -0.15, -0.2, -0.3, -0.1, -0.19, -0.11, 5)
    assert one.range_text() == "−0.20 [−0.30, −0.10]"
    assert one.mean_text(sign=True, star=True) == "−0.15 [−0.19, −0.11]*"
    assert Spread.of([math.nan]).n == 0


def test_rows_of_a_cube_are_levels_or_paired_differences() -> None:
    values = np.arange(12.0).reshape(2, 3, 2, 1)
    cube = Cube(values, (ALONE, ALLIES), ((0, 0), (0, 1), (0, 2)), ("2020Q1", "2021Q1"), ("AUS",))
    assert [r.spread.mean for r in rows_of(cube, "x", "u")] == [2.0, 3.0, 8.0, 9.0]
    assert [(r.policy, r.against, r.spread.mean) for r in rows_of(cube, "x", "u", against=ALONE)] == [
        (ALLIES, ALONE, 6.0), (ALLIES, ALONE, 6.0),
    ]  # fmt: skip
    assert cube.by_year().periods == ("2020", "2021")
    assert cube.over_all().periods == ("2020-2021",)
    assert cube.over_all().values.shape == (2, 3, 1, 1)
    (row,) = single({ALONE: [1.0, 3.0], ALLIES: [2.0, 5.0]}, "x", "u", "2020", against=ALONE)
    assert (row.policy, row.spread.mean, row.item) == (ALLIES, 1.5, "")
    assert (year_of("2020Q2"), span(("2020Q1", "2020Q4"))) == ("2020", "2020")


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=1, max_size=6))
def test_a_diverted_share_is_of_what_was_lost(cells: list[tuple[float, float]]) -> None:
    lost, gained = zip(*cells, strict=True)
    share = float(diverted_share(lost, gained))
    assert math.isnan(share) if sum(lost) == 0 else share == pytest.approx(sum(gained) / sum(lost))


# ------------------------------------------------------------------ tables as arrays


def test_columns_become_positions_points_and_floats() -> None:
    table = pa.table({"point": [0, 1, 1], "name": pa.array(["b", "a", "b"]).dictionary_encode(), "x": [1, None, 3]})
    np.testing.assert_array_equal(positions(table.column("name"), ("a", "b")), [1, 0, 1])
    np.testing.assert_array_equal(numbers(table, "x"), [1.0, np.nan, 3.0])
    layout = read_layout(made([grid("x", 1.0, 2.0)], 1).manifest["design"])
    np.testing.assert_array_equal(point_of(table, layout), [0, 1, 1])
    with pytest.raises(ResultsError, match="does not list"):
        positions(table.column("name"), ("a",))
    with pytest.raises(ResultsError, match="point 2 in a table"):
        point_of(pa.table({"point": [2]}), layout)
    assert [is_number(t) for t in (pa.int32(), pa.float64(), pa.bool_(), pa.string())] == [True, True, False, False]
    codes, meaning = coded(["b", None, "a", "c"], ("b",))
    assert meaning == ("b", "a", "c")
    np.testing.assert_array_equal(codes, [0.0, np.nan, 1.0, 2.0])


def test_replicates_that_share_a_drawn_number_are_one_unit() -> None:
    results = made([], 6, drawn={"economy.rate": [1.0, 2.0, 1.0, 3.0, 2.0, 4.0]})
    results.manifest["scenario"]["content"] = {"economy": {"rate": {"uniform": [0.5, 5.0]}}}
    results.manifest["design"]["uncertain"] = ["economy.rate"]
    assert units_of(results, range(6)).tolist() == [0, 1, 0, 2, 1, 3]
    results.manifest["scenario"]["content"] = {"economy": {"rate": {"choice": [1.0, 2.0]}}}
    assert units_of(results, range(6)).tolist() == [0, 1, 2, 3, 4, 5]


# ------------------------------------------------------------------ parts of the variance


def test_parts_of_the_variance_are_rows_with_shares_that_add_up() -> None:
    frame = outcome_frame(made([block("random", [[v] for v in np.linspace(0, 1, 12)], ["x"])], 24), (LOSS,))
    rows = variance_rows(frame.of(LOSS, ALONE), frame.layout, LOSS, ALONE, seed=1)
    assert all(isinstance(row, VarianceRow) for row in rows)
    assert sum(row.share for row in rows) == pytest.approx(1.0)
    parts = {row.part: row for row in rows}
    assert parts["points"].variance == pytest.approx(np.var(np.linspace(0, 1, 12), ddof=1))
    assert parts["replicates"].variance == pytest.approx(np.var(np.arange(24.0), ddof=1))
    assert parts["interaction"].variance == pytest.approx(0.0, abs=1e-12)
    assert (parts["points"].points, parts["points"].replicates) == (12, 24)


@pytest.mark.parametrize("slope", [1.0, -3.0])
def test_indices_of_a_line_are_its_share_and_its_slope(slope: float) -> None:
    pytest.importorskip("SALib")
    design = read_layout(made([saltelli(64, ["x", "y"])], 1).manifest["design"]).blocks[0]
    x = np.array(saltelli(64, ["x", "y"])["_"])
    total = {(e.parameter, e.index): e.value for e in sobol_indices(design, x, slope * x[:, 0], 1)}
    assert total["x", "ST"] == pytest.approx(1.0, abs=0.1)
    assert total["y", "ST"] == pytest.approx(0.0, abs=1e-12)
    given = morris(6, ["x", "y"])
    design = read_layout(made([given], 1).manifest["design"]).blocks[0]
    effects = elementary_effects(design, np.array(given["_"]), slope * np.array(given["_"])[:, 0], 1)
    found = {(e.parameter, e.index): e.value for e in effects}
    assert found["x", "mu"] == pytest.approx(slope)
    assert found["x", "mu_star"] == pytest.approx(abs(slope))
    assert found["x", "sigma"] == pytest.approx(0.0, abs=1e-9)


def test_means_by_point_follow_the_whole() -> None:
    frame = outcome_frame(made([grid("x", 1.0, 2.0)], 3), (LOSS,))
    rows = mean_rows(frame, LOSS, ALONE)
    assert [(r.policy, r.point) for r in rows] == [(ALLIES, ALL_POINTS), (ALLIES, 0), (ALLIES, 1)]
    assert [r.mean for r in rows] == pytest.approx([-2.5, -2.0, -3.0])
