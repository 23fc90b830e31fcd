"""Every draw is a function of its event, and of nothing else."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.rng import Streams, sobol_point, sobol_points

events = st.tuples(
    st.sampled_from(["type", "dispute", "choice"]), st.sampled_from(["AUS", "CHN", "USA"]), st.integers(0, 40)
)


@given(st.integers(0, 2**63 - 1), st.integers(0, 10**6), st.lists(events, max_size=8), events)
def test_a_rule_that_draws_more_shifts_nobody_else(seed: int, replicate: int, others: list, event: tuple) -> None:
    quiet = Streams(seed, replicate).uniform(*event)
    busy = Streams(seed, replicate)
    for other in others:
        busy.generator(*other).random(17)
    assert busy.uniform(*event) == quiet


@given(events, events, st.integers(0, 100), st.integers(0, 100))
def test_different_events_draw_differently(a: tuple, b: tuple, j: int, k: int) -> None:
    same = (a, j) == (b, k)
    assert (Streams(1, j).uniform(*a) == Streams(1, k).uniform(*b)) == same


def test_names_do_not_run_together() -> None:
    streams = Streams(1, 0)
    draws = [streams.uniform("x", who) for who in (("A", "BC"), ("AB", "C"), ("ABC",), ("A,BC",), ("BC", "A"))]
    assert len(set(draws)) == len(draws)
    assert streams.uniform("x", "ABC") == streams.uniform("x", ("ABC",))


def test_draws_are_uniform() -> None:
    draws = np.array([Streams(3, k).uniform("x", "AUS", q) for k in range(50) for q in range(20)])
    counts = np.histogram(draws, bins=10, range=(0, 1))[0]
    assert ((counts - 100) ** 2 / 100).sum() < 27.9  # chi-square, 9 degrees, one in a thousand
    assert draws.min() >= 0.0
    assert draws.max() < 1.0


def test_another_process_draws_the_same() -> None:
    code = "from coercion_sim.rng import Streams; print(Streams(5, 2).uniform('x', ('AUS', 'CHN'), 3).hex())"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == Streams(5, 2).uniform("x", ("AUS", "CHN"), 3).hex()


@given(st.integers(0, 2**63 - 1), st.integers(1, 6), st.integers(1, 40), st.data())
def test_a_sobol_point_is_the_same_whatever_their_number(
    seed: int, dimensions: int, n: int, data: st.DataObject
) -> None:
    k = data.draw(st.integers(0, n - 1))
    points = sobol_points(seed, dimensions, n)
    np.testing.assert_array_equal(points[k], sobol_point(seed, dimensions, k))
    np.testing.assert_array_equal(points[: k + 1], sobol_points(seed, dimensions, k + 1))


def test_another_uncertain_parameter_changes_no_coordinate_of_the_first() -> None:
    np.testing.assert_array_equal(sobol_points(1, 5, 20)[:, :3], sobol_points(1, 3, 20))


def test_every_sixteenth_of_each_axis_holds_one_of_sixteen_points() -> None:
    points = sobol_points(11, 4, 16)
    for column in points.T:
        assert sorted(np.floor(column * 16).astype(int)) == list(range(16))
    assert points.min() > 0.0
    assert points.max() < 1.0


def test_seeds_scramble_differently_and_no_warning_is_given() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        a, b = sobol_points(1, 3, 7), sobol_points(2, 3, 7)
    assert not (a == b).any()


def test_no_dimension_no_numbers() -> None:
    assert sobol_points(1, 0, 5).shape == (5, 0)
    with pytest.raises(ValueError, match="no such"):
        sobol_points(1, 2, -1)
