"""Iterative proportional fitting reaches its margins, keeps zeros, and says why when it cannot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from coercion_sim.errors import WorldError
from coercion_sim.world import ras


@st.composite
def feasible(draw):
    """A prior with zeros and margins that some matrix with the same zeros has.

    Cells within two orders of magnitude: the rate of proportional fitting worsens with their spread without bound, and
    what does not converge is refused (tested below).
    """
    shape = draw(st.tuples(st.integers(1, 6), st.integers(1, 6)))
    cells = st.one_of(st.just(0.0), st.floats(0.1, 10.0))
    prior = draw(hnp.arrays(np.float64, shape, elements=cells))
    other = draw(hnp.arrays(np.float64, shape, elements=st.floats(0.1, 10.0)))
    wanted = np.where(prior > 0, other, 0.0)
    return prior, wanted.sum(axis=1), wanted.sum(axis=0)


@settings(max_examples=150, deadline=None)
@given(feasible())
def test_margins_are_reached_and_zeros_kept(case):
    prior, rows, cols = case
    fitted = ras(prior, rows, cols, tolerance=1e-9)
    total = max(rows.sum(), 1.0)
    np.testing.assert_allclose(fitted.sum(axis=1), rows, atol=2e-9 * total)
    np.testing.assert_allclose(fitted.sum(axis=0), cols, atol=2e-9 * total)
    assert (fitted[prior == 0] == 0).all()
    assert (fitted >= 0).all()


def test_the_fit_scales_rows_and_columns_only():
    rng = np.random.default_rng(5)
    prior = rng.uniform(0.5, 2.0, (4, 4))
    fitted = ras(prior, [1, 2, 3, 4], [2.5, 2.5, 2.5, 2.5])
    ratio = fitted / prior
    # odds ratios of the prior survive: log of the scaling is a row effect plus a column effect
    effect = np.log(ratio)
    np.testing.assert_allclose(effect - effect[:1] - effect[:, :1] + effect[0, 0], 0.0, atol=1e-9)


def test_the_scale_of_the_prior_does_not_matter():
    prior = np.array([[1.0, 2.0], [3.0, 1.0]])
    np.testing.assert_allclose(ras(prior, [3, 4], [5, 2]), ras(1e-9 * prior, [3, 4], [5, 2]), rtol=1e-9)


def test_a_two_by_two_fit_by_hand():
    # prior of ones: independence, rows x cols / total
    np.testing.assert_allclose(ras(np.ones((2, 2)), [6, 4], [5, 5]), [[3, 3], [2, 2]], atol=1e-9)


def test_nothing_to_fit_gives_zeros():
    assert (ras(np.ones((2, 2)), [0, 0], [0, 0]) == 0).all()


@pytest.mark.parametrize(
    ("matrix", "rows", "cols", "says"),
    [
        (np.ones((2, 3)), [1, 1], [1, 1], "wrong shape"),
        (np.ones((2, 2)), [1, 1], [1, 2], "disagree"),
        (-np.ones((2, 2)), [1, 1], [1, 1], "not negative"),
        (np.full((2, 2), np.nan), [1, 1], [1, 1], "finite"),
        (np.ones((2, 2)), [1, np.inf], [1, 1], "finite"),
        ([[0, 0], [1, 1]], [1, 1], [1, 1], "no cell above 0"),
        ([[1, 1], [1, 0]], [1, 1], [0, 2], "no cell above 0"),
        ([[1, 0], [1, 1]], [2, 1], [1, 2], "did not converge"),
    ],
)
def test_impossible_margins_are_refused_in_words(matrix, rows, cols, says):
    with pytest.raises(WorldError, match=says):
        ras(matrix, rows, cols, sweeps=500, what="steel")


def test_a_row_without_cells_is_named():
    with pytest.raises(WorldError, match="row NZL has a total of 1"):
        ras([[0, 0], [1, 1]], [1, 1], [1, 1], what="logs", labels=(("NZL", "AUS"), ("CHN", "JPN")))
