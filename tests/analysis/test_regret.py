"""Regret and the probability of being best: by hand, and what holds for any table."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from coercion_sim.analysis import analyse
from coercion_sim.analysis.compare.comparison import regret, share_best
from support.sweeps import block, sweep

LOSS = "target_loss_pv"
TABLES = hnp.arrays(np.float64, st.tuples(st.integers(1, 9), st.integers(2, 4)), elements=st.floats(-100, 100))


@given(TABLES, st.booleans())
def test_regret_is_never_below_nothing_and_the_best_has_none(y: np.ndarray, maximise: bool) -> None:
    found = regret(y, maximise=maximise)
    assert (found >= 0).all()
    assert (found.min(axis=1) == 0).all()
    assert np.array_equal(regret(-y, maximise=not maximise), found)


@given(TABLES)
def test_chances_of_being_best_add_up_to_one(y: np.ndarray) -> None:
    share = share_best(regret(y, maximise=False), 1e-9)
    assert share.sum(axis=1) == pytest.approx(np.ones(len(y)))


def rules(*losses: tuple[float, ...]) -> dict:
    """Policies p0, p1, ...: loss by replicate."""
    return {f"p{i}": (lambda s, k, row=row: {LOSS: row[k], "bloc_income": row[k]}) for i, row in enumerate(losses)}


def test_regret_worked_out_by_hand() -> None:
    # Worlds 1..4; best 0, 1, 1, 2; regrets of p0: 0, 1, 1, 0; of p1: 3, 0, 1, 0; of p2: 1, 1, 0, 8. p0, p1 tie in 4.
    results = sweep([], rules((0, 2, 2, 2), (3, 1, 2, 2), (1, 2, 1, 10)), 4)
    rows = {r.policy: r for r in analyse(results, [LOSS]).regret}
    assert [rows[p].mean for p in ("p0", "p1", "p2")] == [0.5, 1.0, 2.5]
    assert [rows[p].most for p in ("p0", "p1", "p2")] == [1.0, 3.0, 8.0]
    assert [rows[p].best for p in ("p0", "p1", "p2")] == [0.375, 0.375, 0.25]
    assert rows["p2"].high == pytest.approx(np.quantile([1, 1, 0, 8], 0.95))
    assert all(r.draws == 4 and math.isnan(r.best_low) for r in rows.values()), "four draws bear no interval"


def test_directions_come_from_the_table_and_can_be_turned() -> None:
    results = sweep([], rules((0, 0), (1, 1)), 2)
    best = {(r.outcome, r.policy): r.best for r in analyse(results, [LOSS, "bloc_income"]).regret}
    assert (best[LOSS, "p0"], best["bloc_income", "p0"]) == (1.0, 0.0)
    turned = analyse(results, [LOSS], maximise=[LOSS]).regret
    assert {r.policy: r.best for r in turned} == {"p0": 0.0, "p1": 1.0}
    without = analyse(results, ["coercer_cost_pv"])
    assert without.regret == ()
    assert any("coercer_cost_pv" in note for note in without.notes)
    assert not any("coercer_cost_pv" in note for note in analyse(results).notes), "asked of nobody who did not name it"
    assert len(analyse(results, ["coercer_cost_pv"], minimise=["coercer_cost_pv"]).regret) == 2


def test_worlds_that_one_policy_did_not_finish_are_left_out_for_all() -> None:
    results = sweep([], rules((0, 2, 5), (3, 1, 0)), 3, failed=[(0, 2, "p0")])
    rows = analyse(results, [LOSS]).regret
    assert [(r.draws, r.mean) for r in rows] == [(2, 0.5), (2, 1.5)]
    assert "1 replicate" in rows[0].note


def test_the_interval_knows_that_points_share_their_luck() -> None:
    """A hundred points under the same six replicates say no more about luck than one does."""
    some = rules((0, 2, 2, 0, 0, 2), (1, 1, 1, 1, 1, 1))
    one = analyse(sweep([], some, 6), [LOSS]).regret[0]
    grid = block("grid", [[float(x)] for x in range(100)], ["x"])
    many = analyse(sweep([grid], some, 6), [LOSS]).regret[0]
    assert (many.best_low, many.best_high) == pytest.approx((one.best_low, one.best_high))
    assert one.best_high - one.best_low > 0.4


def test_one_world_has_no_interval() -> None:
    row = analyse(sweep([], rules((0.0,), (1.0,)), 1), [LOSS]).regret[0]
    assert (row.best, math.isnan(row.best_low)) == (1.0, True)
