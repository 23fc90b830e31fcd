"""Parts of the variance: closed forms, known components recovered, and intervals that cover them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from coercion_sim.analysis import analyse
from coercion_sim.analysis.sensitivity.design_layout import Block, Layout
from coercion_sim.analysis.sensitivity.variance_parts import shares, variance_components, variance_rows
from support.sweeps import block, morris, saltelli, sweep

LOSS = "target_loss_pv"
TABLES = hnp.arrays(np.float64, (4, 3), elements=st.floats(-100, 100))


def layout(points: int, how: str = "random") -> Layout:
    return Layout((Block(how, points, ("a",), {}, {}),))


def test_a_table_worked_out_by_hand() -> None:
    # Means by row 2, 5; by column 2, 5; of all 3.5; residuals of size 1: MS_P = 2 x 4.5, MS_R = 9, MS_E = 4.
    assert variance_components(np.array([[1.5, 2.5], [2.5, 7.5]])).tolist() == pytest.approx([2.5, 2.5, 4.0])


@given(TABLES)
def test_components_are_covariances_of_pairs(y: np.ndarray) -> None:
    """V_a is the mean of (y_pr - y_p'r)(y_pr' - y_p'r') / 2 over p != p', r != r'; V_b the same the other way."""
    P, R = y.shape
    pairs_p = [(p, q) for p in range(P) for q in range(P) if p != q]
    pairs_r = [(r, s) for r in range(R) for s in range(R) if r != s]
    of_points = np.mean([(y[p, r] - y[q, r]) * (y[p, s] - y[q, s]) / 2 for p, q in pairs_p for r, s in pairs_r])
    of_luck = np.mean([(y[p, r] - y[p, s]) * (y[q, r] - y[q, s]) / 2 for p, q in pairs_p for r, s in pairs_r])
    both = np.mean([(y[p, r] - y[q, r] - y[p, s] + y[q, s]) ** 2 / 4 for p, q in pairs_p for r, s in pairs_r])
    assert variance_components(y) == pytest.approx([of_points, of_luck, both], abs=1e-8)


@given(TABLES)
def test_components_change_places_with_the_axes_and_know_no_origin(y: np.ndarray) -> None:
    a, b, e = variance_components(y)
    assert variance_components(y.T) == pytest.approx([b, a, e], abs=1e-8)
    assert variance_components(y + 5.0) == pytest.approx([a, b, e], abs=1e-8)
    if np.maximum([a, b, e], 0.0).sum() > 0.0:
        assert shares(np.array([a, b, e])).sum() == pytest.approx(1.0)
        assert (shares(np.array([a, b, e])) >= 0.0).all()


def test_shares_are_of_the_total_however_small_and_components_below_zero_count_as_none() -> None:
    assert shares(np.array([0.1, 0.2, 0.1])) == pytest.approx([0.25, 0.5, 0.25])
    assert shares(np.array([3e-9, -1.0, 1e-9])) == pytest.approx([0.75, 0.0, 0.25])
    assert np.isnan(shares(np.array([-1.0, 0.0, -2.0]))).all()


def made(seed: int, P: int, R: int, sd: tuple[float, float, float]) -> np.ndarray:
    luck = np.random.default_rng(seed)
    return luck.normal(0, sd[0], (P, 1)) + luck.normal(0, sd[1], (1, R)) + luck.normal(0, sd[2], (P, R))


def test_components_are_unbiased_where_luck_is_small_against_its_noise() -> None:
    found = np.mean([variance_components(made(s, 6, 4, (1.0, 0.5, 2.0))) for s in range(4000)], axis=0)
    assert found == pytest.approx([1.0, 0.25, 4.0], abs=0.08)


def test_the_three_parts_of_a_sweep_are_told_apart() -> None:
    """Slope 6 over uniform points: variance 36 / 12 = 3; luck 2; noise of its own at every run 1."""
    luck = np.random.default_rng(2)
    general, own = luck.normal(0, 2**0.5, 60), luck.normal(0, 1, (256, 60))
    points = luck.random((256, 1))
    number = {p: i for i, p in enumerate(points[:, 0].tolist())}
    rule = {"stand_alone": lambda s, k: {LOSS: 6 * s["a"] + general[k] + own[number[s["a"]], k]}}
    rows = {r.part: r for r in analyse(sweep([block("random", points.tolist(), "a")], rule, 60), [LOSS]).variance}
    known = {"points": 3.0, "replicates": 2.0, "interaction": 1.0}
    assert {part: row.variance for part, row in rows.items()} == pytest.approx(known, rel=0.25)
    assert sum(row.share for row in rows.values()) == pytest.approx(1.0)
    for part, row in rows.items():
        assert row.low < known[part] / 6.0 < row.high, part
        assert row.low < row.share < row.high
        assert (row.points, row.replicates) == (256, 60)


@pytest.mark.parametrize("how", ["random", "grid"])
def test_bootstrap_intervals_cover_the_share_they_are_of(how: str) -> None:
    """Coverage over made-up sweeps; of a grid the points are what they are, so its interval is of these points."""
    sd, P, R = (1.0, 1.0, 1.0), 30, 20
    fixed = np.random.default_rng(99).normal(0, sd[0], (P, 1))
    hit = []
    for seed in range(60):
        y = made(seed, P, R, sd)
        truth = 1 / 3
        if how == "grid":
            y = fixed + made(seed, P, R, (0.0, *sd[1:]))
            truth = float(fixed.var(ddof=1) / (fixed.var(ddof=1) + 2.0))
        row = variance_rows(y, layout(P, how), LOSS, "stand_alone", seed=seed, times=100)[0]
        hit.append(row.low <= truth <= row.high)
    assert np.mean(hit) > 0.86


@pytest.mark.parametrize("design", [saltelli(256, "ab"), morris(250, "ab", levels=8)], ids=["saltelli", "morris"])
def test_only_points_drawn_independently_count(design: dict) -> None:
    """Mixtures of the same rows would make the variance of the points look smaller, or larger."""
    luck = np.random.default_rng(1).normal(size=3)
    rule = {"stand_alone": lambda s, k: {LOSS: s["a"] + 10 * luck[k]}}
    row = analyse(sweep([design], rule, 3), [LOSS]).variance[0]
    unit, own = (4, (0, 3)) if design["how"] == "saltelli" else (3, (0,))
    a = [x[0] for i, x in enumerate(design["_"]) if i % unit in own]
    assert row.points == len(a)
    assert row.variance == pytest.approx(np.var(a, ddof=1))
    assert row.variance != pytest.approx(np.var([x[0] for x in design["_"]], ddof=1))


def test_one_replicate_cannot_tell_luck_and_says_so() -> None:
    answer = analyse(sweep([saltelli(16, "ab")], {"stand_alone": lambda s, k: {LOSS: s["a"]}}), [LOSS])
    assert answer.variance == ()
    assert any("luck" in note for note in answer.notes)


def test_an_estimate_below_nothing_is_set_to_nothing_and_said() -> None:
    values = np.array([[1.0, -1.0], [-1.0, 1.0], [1.0, -1.0]])
    rows = variance_rows(values, layout(3, "grid"), LOSS, "stand_alone", seed=1)
    assert [(r.part, r.variance, "below 0" in r.note) for r in rows[:2]] == [
        ("points", 0.0, True),
        ("replicates", 0.0, True),
    ]
    assert rows[2].share == 1.0
