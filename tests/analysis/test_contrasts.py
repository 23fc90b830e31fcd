"""Means and paired differences with their intervals: closed forms, what is the sample, what is left out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from coercion_sim.analysis import ALL_POINTS, MeanRow, analyse, outcome_frame
from coercion_sim.analysis.compare.contrasts import ecdf, mean_rows, t_interval, variance_ratio
from coercion_sim.analysis.sensitivity.design_layout import complete
from coercion_sim.errors import InvalidInput, ResultsError
from support.sweeps import block, morris, saltelli, sweep

LOSS = "target_loss_pv"
ALONE, ALLIES = "stand_alone", "respond_as_allies"
LUCK = (0.0, 3.0, 6.0)


def grid(*values: float) -> dict:
    return block("grid", [[v] for v in values], ["x"])


def two(own: float = 1.0, gain: float = 0.5) -> dict:
    return {ALONE: lambda s, k: {LOSS: LUCK[k] * own}, ALLIES: lambda s, k: {LOSS: LUCK[k] - gain * s.get("x", 1.0)}}


def the(rows: tuple[MeanRow, ...], policy: str, point: int = ALL_POINTS) -> MeanRow:
    (row,) = [r for r in rows if (r.policy, r.point) == (policy, point)]
    return row


def test_level_and_difference_worked_out_by_hand() -> None:
    # Luck 0, 3, 6: mean 3, s = 3, t(.975, 2) = 4.302653 (any table); the difference is -x/2 in every replicate.
    answer = analyse(sweep([grid(1.0, 3.0)], two(), 3), [LOSS])
    level, apart = the(answer.levels, ALONE), the(answer.contrasts, ALLIES)
    half = 4.302653 * 3 / math.sqrt(3)
    assert (level.mean, level.sd, level.n, level.unit) == (3.0, 3.0, 3, "replicates")
    assert (level.low, level.high) == pytest.approx((3 - half, 3 + half), abs=1e-5)
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
    """The same luck at 50 points is still three draws of luck: no narrower an interval than at one point."""
    one = the(analyse(sweep([grid(1.0)], two(), 3), [LOSS]).levels, ALONE)
    many = the(analyse(sweep([grid(*range(50))], two(), 3), [LOSS]).levels, ALONE)
    assert (many.low, many.high, many.n) == pytest.approx((one.low, one.high, 3))


@pytest.mark.parametrize(
    ("design", "unit", "n"),
    [
        (block("random", [[0.1], [0.5], [0.6]], ["x"]), "points", 3),
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
        _, half, _ = t_interval(x.reshape(n, -1).mean(axis=1))
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


@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(2, 9)), elements=st.floats(-1e3, 1e3)))
def test_the_interval_holds_the_mean_and_knows_no_order(values: np.ndarray) -> None:
    mean, half, sd = t_interval(values)
    again = t_interval(values[:, ::-1])
    assert mean == pytest.approx(values.mean(axis=1))
    assert sd == pytest.approx(values.std(axis=1, ddof=1), abs=1e-9)
    assert (half >= 0).all()
    assert half == pytest.approx(again[1], abs=1e-6)


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
    results = sweep([grid(1.0, 2.0)], two(), 3)
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
    results = sweep([], two(), 3)
    with pytest.raises(InvalidInput, match="target_loss_pv"):
        analyse(results, ["target_los_pv"])
    with pytest.raises(InvalidInput, match="did you mean stand_alone"):
        analyse(results, [LOSS], "stand_alon")
    with pytest.raises(InvalidInput, match="--maximise"):
        analyse(results, [LOSS], maximise=["nothing"])
    with pytest.raises(InvalidInput, match="both"):
        analyse(results, [LOSS], maximise=[LOSS], minimise=[LOSS])


def test_rows_of_the_whole_come_first_and_rows_by_point_follow() -> None:
    frame = outcome_frame(sweep([grid(1.0, 2.0)], two(), 3), [LOSS])
    assert [r.point for r in mean_rows(frame, LOSS)] == [ALL_POINTS, 0, 1, ALL_POINTS, 0, 1]
    assert [r.policy for r in mean_rows(frame, LOSS, ALONE)] == [ALLIES] * 3
