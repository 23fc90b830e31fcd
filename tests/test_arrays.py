"""Quotients where the divisor may be 0, and flows without those within a state."""

from __future__ import annotations

import warnings

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coercion_sim.arrays import abroad, quotient, ratio

#: Zero, and numbers of a size whose quotients are finite.
numbers = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))


@given(arrays(float, (3, 4), elements=numbers), arrays(float, (4,), elements=numbers), numbers)
def test_a_ratio_is_a_quotient_or_what_stands_for_an_empty_divisor(above, below, empty: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = ratio(above, below, empty)
    assert found.shape == (3, 4)
    for n, divisor in enumerate(below):
        wanted = above[:, n] / divisor if divisor > 0 else np.full(3, empty)
        np.testing.assert_array_equal(found[:, n], wanted)


def test_a_number_may_be_divided_by_an_array() -> None:
    assert ratio(1.0, np.array([0.0, 2.0])).tolist() == [0.0, 0.5]


def test_flows_abroad_are_those_between_different_states() -> None:
    flows = np.arange(8.0).reshape(2, 2, 2)
    assert abroad(flows).tolist() == [[[0.0, 1.0], [2.0, 0.0]], [[0.0, 5.0], [6.0, 0.0]]]


def test_a_part_of_nothing_is_what_stands_for_it() -> None:
    assert (quotient(1.0, 4.0), quotient(1.0, 0.0), quotient(1.0, -1.0, 7.0)) == (0.25, 0.0, 7.0)
