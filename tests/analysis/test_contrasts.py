"""Means and paired differences with their intervals: closed forms, what is the sample, what is left out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from coercion_sim.analysis import ALL_POINTS, MeanRow, analyse, outcome_frame
from coercion_sim.analysis.compare.contrasts import ecdf, mean_rows, variance_ratio
from coercion_sim.analysis.sensitivity.design_layout import complete
from coercion_sim.errors import InvalidInput, ResultsError
from coercion_sim.intervals import clustered
from support.sweeps import block, morris, saltelli, sweep

LOSS = "target_loss_pv"
ALONE, ALLIES = "stand_alone", "respond_as_allies"
LUCK = (0.0, 3.0, 6.0, 9.0, 12.0)


def grid(*values: float) -> dict:
    return block("grid", [[v] for v in values], ["x"])


def two(own: float = 1.0, gain: float = 0.5) -> dict:
    return {ALONE: lambda s, k: {LOSS: LUCK[k] * own}, ALLIES: lambda s, k: {LOSS: LUCK[k] - gain * s.get("x", 1.0)}}


def the(rows: tuple[MeanRow, ...], policy: str, point: int = ALL_POINTS) -> MeanRow:
    (row,) = [r for r in rows if (r.policy, r.point) == (policy, point)]
    return row


def test_level_and_difference_worked_out_by_hand() -> None:
    # Luck 0, 3, .., 12: mean 6, s = 4.743, t(.975, 4) = 2.776445 (any table); the difference is -x/2 everywhere.
    answer = analyse(sweep([grid(1.0, 3.0)], two(), 5), [LOSS])
    level, apart = the(answer.levels, ALONE), the(answer.contrasts, ALLIES)
    sd = math.sqrt(22.5)
    half = 2.7764451 * sd / math.sqrt(5)
    assert (level.mean, level.sd, level.n, level.unit) == (6.0, pytest.approx(sd), 5, "replicates")
    assert (level.low, level.high) == pytest.approx((6 - half, 6 + half), abs=1e-5)
    assert (apart.mean, apart.low, apart.high, apart.against) == pytest.approx((-1.0, -1.0, -1.0, ALONE))
    assert apart.variance_ratio == math.inf
    assert the(answer.contrasts, ALLIES, 1).mean == pytest.approx(-1.5)


def test_what_pairing_saves() -> None:
    # a = 0, 3, 6 (variance 9), b = 0, 6, 12 (36), b - a = 0, 3, 6 (9): (9 + 36) / 9.
    answer = analyse(sweep([], two(own=2.0, gain=0.0), 3), [LOSS], ALLIES)
    assert the(answer.contrasts, ALONE).variance_ratio == pytest.approx(5.0)
    assert variance_ratio(np.array([0, 1.0]), np.array([1.0, 0])) == pytest.approx(0.5)  # opposite luck: pairing hurts
    assert math.isnan(variance_ratio(np.ones(3), np.ones(3)))
    assert math.isnan(variance_ratio(np.ones(1), np.ones(1)))


def test_replicates_are_the_sample_however_many_points_there_are() -> None:
    """The same luck at 50 points is still five draws of luck: no narrower an interval than at one point."""
    one = the(analyse(sweep([grid(1.0)], two(), 5), [LOSS]).levels, ALONE)
    many = the(analyse(sweep([grid(*range(50))], two(), 5), [LOSS]).levels, ALONE)
    assert (many.low, many.high, many.n) == pytest.approx((one.low, one.high, 5))


@pytest.mark.parametrize(
    ("design", "unit", "n"),
    [
        (block("random", [[0.1], [0.5], [0.6], [0.7], [0.2]], ["x"]), "points", 5),
        (saltelli(8, "xy"), "base rows", 8),
        (morris(5, "xy"), "trajectories", 5),
        (grid(0.1, 0.5, 0.6), "", 0),
    ],
    ids=lambda value: value["how"] if isinstance(value, dict) else "",
)
def test_with_one_replicate_units_of_a_sampled_block_are_the_sample(design: dict, unit: str, n: int) -> None:
    row = the(analyse(sweep([design], {ALONE: lambda s, k: {LOSS: s["x"]}}), [LOSS]).levels, ALONE)
    assert (row.unit, row.n) == (unit, n)
    x = np.array([r[0] for r in design["_"]])
    assert row.mean == pytest.approx(x.mean())
    if unit:
        half = clustered(x.reshape(n, -1).mean(axis=1)).half_width()
        assert (row.low, row.high) == pytest.approx((row.mean - half, row.mean + half))
    else:
        assert math.isnan(row.low)


def test_a_failed_run_leaves_the_whole_pair_out_at_its_point_and_balance_over_the_design() -> None:
    """Mean over points of what is complete everywhere: one replicate less, or the point less, never a mixture."""
    results = sweep([grid(1.0, 3.0)], two(), 3, failed=[(0, 2, ALLIES)])
    answer = analyse(results, [LOSS])
    assert the(answer.contrasts, ALLIES, 0).n == 2
    assert the(answer.contrasts, ALLIES, 1).n == 3
    whole = the(answer.contrasts, ALLIES)
    assert (whole.n, "1 replicate" in whole.note) == (2, True)
    assert the(answer.levels, ALONE).n == 3
    assert answer.failed == 1


def test_a_policy_that_never_ran_has_no_mean() -> None:
    results = sweep([grid(1.0)], two(), 3, failed=[(0, k, ALLIES) for k in range(3)])
    answer = analyse(results, [LOSS])
    assert math.isnan(the(answer.levels, ALLIES).mean)
    assert the(answer.contrasts, ALLIES).note == "no runs"


def noisy(luck: float) -> dict:
    """Loss that both the point and the replicate move; the luck of a replicate is the same at every point."""
    rng = np.random.default_rng(4)
    b = rng.normal(size=40)
    return {ALONE: lambda s, k: {LOSS: s["x"] + luck * b[k]}}


def random_block(n: int) -> dict:
    return block("random", np.random.default_rng(5).random((n, 1)).tolist(), ["x"])


@pytest.mark.parametrize(
    ("points", "replicates", "n", "unit"),
    [
        (30, 12, 12, "replicates, crossed with 30 points"),
        (9, 12, 9, "replicates, crossed with 9 points"),
        (5, 5, 5, "replicates, crossed with 5 points"),
        (4, 5, 5, "replicates, given 4 points"),
        (5, 4, 5, "points, given 4 replicates"),
        (30, 2, 30, "points, given 2 replicates"),
        (3, 12, 12, "replicates, given 3 points"),
        (3, 2, 3, "points, given 2 replicates"),
    ],
)
def test_a_mean_over_sampled_points_and_replicates_says_what_it_rests_on(
    points: int, replicates: int, n: int, unit: str
) -> None:
    row = the(analyse(sweep([random_block(points)], noisy(1.0), replicates), [LOSS]).levels, ALONE)
    assert (row.n, row.unit) == (n, unit)
    assert math.isnan(row.low) == (n < 5)
    assert row.sample.startswith("no intervals" if n < 5 else f"95 % intervals over {n} {unit}")


def test_sampled_points_widen_the_interval_by_their_own_variance() -> None:
    """Crossed: V = V_points + V_replicates - V_cells; the cells here hold no interaction."""
    row = the(analyse(sweep([random_block(30)], noisy(0.5), 12), [LOSS]).levels, ALONE)
    x, b = np.array(random_block(30)["_"])[:, 0], 0.5 * np.random.default_rng(4).normal(size=40)[:12]
    cells = x[:, None] + b
    variance = x.var(ddof=1) / 30 + b.var(ddof=1) / 12 - cells.var(ddof=1) / 360
    assert (row.high - row.low) / 2 == pytest.approx(2.200985 * math.sqrt(variance), rel=1e-6)


@given(hnp.arrays(bool, st.tuples(st.integers(1, 8), st.integers(1, 6))))
def test_what_is_kept_has_no_hole_and_no_smaller_choice_of_replicates_by_count_is_larger(done: np.ndarray) -> None:
    values = np.where(done, 1.0, np.nan)
    kept = complete(values)
    assert np.isfinite(kept.of(values)).all()
    size = kept.of(values).size
    assert size >= max(int(done.all(axis=1).sum()) * done.shape[1], int(done.sum(axis=0).max()))


def test_units_are_kept_or_left_out_whole() -> None:
    values = np.ones((6, 2))
    values[4, 1] = np.nan
    kept = complete(values, np.array([0, 0, 1, 1, 2, 2]))
    assert kept.points.tolist() == [True, True, True, True, False, False]
    assert (kept.dropped_units, kept.dropped_replicates) == (1, 0)


@given(hnp.arrays(np.float64, st.integers(1, 30), elements=st.floats(-5, 5)))
def test_the_ecdf_rises_to_one(values: np.ndarray) -> None:
    x, share = ecdf(values)
    assert (np.diff(x) >= 0).all()
    assert share[-1] == 1.0
    assert all(s == np.mean(values <= at) for at, s in zip(x, share, strict=True))


def test_percentiles_invert_the_ecdf() -> None:
    answer = analyse(sweep([grid(*range(10))], {ALONE: lambda s, k: {LOSS: s["x"]}}), [LOSS])
    by = {round(r.at_most, 2): r.value for r in answer.distribution}
    assert (by[0.01], by[0.1], by[0.11], by[0.5], by[1.0]) == (0.0, 0.0, 1.0, 4.0, 9.0)


def test_texts_are_coded_in_the_order_of_the_plan_and_read_back() -> None:
    rows = [["small", True], ["large", False], ["small", False]]
    spec = {"closure": {"choice": ["small", "large"]}, "open": {"choice": [False, True]}}
    design = block("random", rows, ["closure", "open"], parameters=spec)
    frame = outcome_frame(sweep([design], {ALONE: lambda s, k: {LOSS: 1.0}}), [LOSS])
    assert frame.parameters.tolist() == [[0, 1], [1, 0], [0, 0]]
    assert frame.setting(1) == {"closure": "large", "open": False}


def test_tables_that_do_not_fit_the_manifest_are_refused() -> None:
    results = sweep([grid(1.0, 2.0)], two(), 5)
    twice = results.table("outcomes")
    import pyarrow as pa

    doubled = type(results)(
        results.manifest, None, {"runs": results.table("runs"), "outcomes": pa.concat_tables([twice, twice])}
    )
    with pytest.raises(ResultsError, match="more than one row"):
        outcome_frame(doubled, [LOSS])
    design = {**results.manifest["design"], "points": 5}
    wrong = type(results)({**results.manifest, "design": design}, None, dict(results._tables))
    with pytest.raises(ResultsError, match="5 points"):
        outcome_frame(wrong, [LOSS])


def test_every_wrong_name_is_named_with_the_nearest_right_one() -> None:
    results = sweep([], two(), 5)
    with pytest.raises(InvalidInput, match="target_loss_pv"):
        analyse(results, ["target_los_pv"])
    with pytest.raises(InvalidInput, match="did you mean stand_alone"):
        analyse(results, [LOSS], "stand_alon")
    with pytest.raises(InvalidInput, match="--maximise"):
        analyse(results, [LOSS], maximise=["nothing"])
    with pytest.raises(InvalidInput, match="both"):
        analyse(results, [LOSS], maximise=[LOSS], minimise=[LOSS])


def test_rows_of_the_whole_come_first_and_rows_by_point_follow() -> None:
    frame = outcome_frame(sweep([grid(1.0, 2.0)], two(), 5), [LOSS])
    assert [r.point for r in mean_rows(frame, LOSS)] == [ALL_POINTS, 0, 1, ALL_POINTS, 0, 1]
    assert [r.policy for r in mean_rows(frame, LOSS, ALONE)] == [ALLIES] * 3
