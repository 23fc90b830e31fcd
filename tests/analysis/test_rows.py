"""Intervals and the Gini coefficient against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from coercion_sim.analysis import Spread
from coercion_sim.model import gini

shares = hnp.arrays(np.float64, st.integers(1, 12), elements=st.floats(0, 1e6))


def test_the_spread_of_one_to_five() -> None:
    # mean 3, s^2 = 10/4, standard error sqrt(2.5 / 5) = .7071, t(.975, 4) = 2.776445 (any table)
    spread = Spread.of([1, 2, 3, 4, 5])
    half = 2.7764451 * math.sqrt(0.5)
    assert (spread.n, spread.mean, spread.median) == (5, 3.0, 3.0)
    assert (spread.low, spread.high) == pytest.approx((1.2, 4.8))
    assert (spread.mean_low, spread.mean_high) == pytest.approx((3 - half, 3 + half), abs=1e-6)


def test_missing_values_are_left_out_and_counted_out() -> None:
    assert Spread.of([1.0, math.nan, 3.0, 4, 7, 7]) == Spread.of([1.0, 3.0, 4, 7, 7])
    nothing = Spread.of([math.nan])
    assert nothing.n == 0
    assert math.isnan(nothing.mean)


def test_one_value_has_no_interval_of_the_mean() -> None:
    spread = Spread.of([2.0])
    assert (spread.mean, spread.low, spread.high) == (2.0, 2.0, 2.0)
    assert math.isnan(spread.mean_low)
    assert math.isnan(spread.mean_high)


def test_the_interval_of_the_mean_covers_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    spreads = [Spread.of(rng.normal(size=8)) for _ in range(2000)]
    covered = np.mean([s.mean_low <= 0 <= s.mean_high for s in spreads])
    assert covered == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(
    ("burdens", "value"),
    [
        ([], 0.0),
        ([0, 0, 0], 0.0),
        ([2, 2, 2, 2], 0.0),
        ([0, 0, 0, 5], 0.75),
        ([1, 3], 0.25),  # |1-3| counted twice = 4, over 2 n sum = 2 x 2 x 4
        ([1, 2, 3], 2 / 9),  # differences 1+2+1 twice = 8, over 2 x 3 x 6
        ([-4, 0, 0, 5], 0.75),  # a gain is no burden
        ([math.nan, 1, 3], 0.25),
    ],
)
def test_gini_by_hand(burdens: list[float], value: float) -> None:
    assert gini(burdens) == pytest.approx(value)


@given(shares)
def test_gini_is_the_mean_absolute_difference(x: np.ndarray) -> None:
    total = x.sum()
    by_definition = np.abs(x[:, None] - x[None, :]).sum() / (2 * x.size * total) if total > 0 else 0.0
    assert gini(x) == pytest.approx(by_definition, abs=1e-9)


@given(shares, st.floats(1e-3, 1e3))
def test_gini_knows_no_scale_and_no_order(x: np.ndarray, scale: float) -> None:
    assert gini(x[::-1] * scale) == pytest.approx(gini(x), abs=1e-9)
