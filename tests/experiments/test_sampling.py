"""Designs in the unit cube: what extends, what stays, and how each is spread."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, qmc

from coercion_sim.experiments.design import sampling

SEEDS = st.integers(0, 2**63 - 1)
DIMENSIONS = st.integers(1, 6)
POWERS = st.sampled_from([1, 2, 4, 8, 16, 32])
GOLDEN = {
    "random": [0.811208, 0.081935, 0.135392, 0.768243],
    "sobol": [0.053166, 0.840789, 0.619968, 0.401522],
    "latin_hypercube": [0.81322, 0.541259, 0.299202, 0.311799],
    "morris": [1.0, 0.333333, 0.333333, 0.333333, 0.333333, 1.0],
}
BY_POINTS = {"random": sampling.random, "sobol": sampling.sobol, "latin_hypercube": sampling.latin_hypercube}


@given(seed=SEEDS, d=DIMENSIONS, n=POWERS)
@pytest.mark.parametrize("way", [*BY_POINTS, "saltelli", "morris"])
def test_every_coordinate_lies_in_the_half_open_unit_cube_and_the_seed_decides_it(way: str, seed: int, d: int, n: int):
    make = getattr(sampling, way)
    points = make(seed, d, n)
    assert points.shape == ({"saltelli": n * (d + 2), "morris": n * (d + 1)}.get(way, n), d)
    assert points.min() >= 0.0
    assert points.max() < 1.0
    assert np.array_equal(points, make(seed, d, n))
    if d > 1 and n > 2:
        assert not np.array_equal(points, make(seed + 1, d, n))


@given(seed=SEEDS, d=DIMENSIONS, n=st.integers(1, 40))
def test_one_random_point_or_trajectory_more_redraws_none(seed: int, d: int, n: int) -> None:
    assert np.array_equal(sampling.random(seed, d, n + 1)[:n], sampling.random(seed, d, n))
    longer = sampling.morris(seed, d, n + 1)
    assert np.array_equal(longer[: n * (d + 1)], sampling.morris(seed, d, n))


@given(seed=SEEDS, d=DIMENSIONS, n=POWERS)
def test_twice_as_many_points_keep_the_first_half(seed: int, d: int, n: int) -> None:
    assert np.array_equal(sampling.sobol(seed, d, 2 * n)[:n], sampling.sobol(seed, d, n))
    rows = n * (d + 2)
    assert np.array_equal(sampling.saltelli(seed, d, 2 * n)[:rows], sampling.saltelli(seed, d, n))


@given(seed=SEEDS, d=DIMENSIONS, n=POWERS)
@pytest.mark.parametrize("way", list(BY_POINTS))
def test_a_parameter_added_at_the_end_leaves_the_others_where_they_were(way: str, seed: int, d: int, n: int) -> None:
    assert np.array_equal(BY_POINTS[way](seed, d + 1, n)[:, :d], BY_POINTS[way](seed, d, n))


@given(seed=SEEDS, d=DIMENSIONS, n=st.integers(1, 60))
def test_a_latin_hypercube_hits_each_cell_of_each_dimension_once(seed: int, d: int, n: int) -> None:
    cells = np.floor(sampling.latin_hypercube(seed, d, n) * n).astype(int)
    assert np.array_equal(np.sort(cells, axis=0), np.tile(np.arange(n)[:, None], (1, d)))


@given(seed=SEEDS, d=DIMENSIONS, n=POWERS)
def test_a_sobol_design_hits_each_cell_of_each_dimension_once(seed: int, d: int, n: int) -> None:
    cells = np.floor(sampling.sobol(seed, d, n) * n).astype(int)
    assert np.array_equal(np.sort(cells, axis=0), np.tile(np.arange(n)[:, None], (1, d)))


@given(seed=SEEDS, d=DIMENSIONS, n=POWERS)
def test_saltelli_rows_are_a_then_a_with_one_coordinate_of_b_each_then_b(seed: int, d: int, n: int) -> None:
    for block in sampling.saltelli(seed, d, n).reshape(n, d + 2, d):
        a, b = block[0], block[-1]
        assert not np.any(a == b)
        for i in range(d):
            expected = a.copy()
            expected[i] = b[i]
            assert np.array_equal(block[1 + i], expected)


def test_saltelli_rows_give_the_indices_of_an_additive_function() -> None:
    """``y = 3 x_1 + x_2``: shares 0.9 and 0.1 of the variance, by the estimators of Saltelli et al. (2010, table 2)."""
    n, d = 4096, 2
    y = (sampling.saltelli(3, d, n) @ np.array([3.0, 1.0])).reshape(n, d + 2)
    a, b, variance = y[:, 0], y[:, -1], np.var(np.concatenate([y[:, 0], y[:, -1]]))
    first = [np.mean(b * (y[:, 1 + i] - a)) / variance for i in range(d)]
    total = [np.mean((a - y[:, 1 + i]) ** 2) / 2.0 / variance for i in range(d)]
    assert first == pytest.approx([0.9, 0.1], abs=0.01)
    assert total == pytest.approx([0.9, 0.1], abs=0.01)


@given(seed=SEEDS, d=DIMENSIONS, r=st.integers(1, 8), levels=st.sampled_from([2, 4, 6, 10]))
def test_a_morris_trajectory_moves_each_parameter_once_by_delta_on_the_grid(seed: int, d: int, r: int, levels: int):
    delta = levels / (2 * (levels - 1))
    points = sampling.morris(seed, d, r, levels).reshape(r, d + 1, d)
    on_grid = points * (levels - 1)
    assert np.allclose(on_grid, np.rint(on_grid), atol=1e-9)
    steps = np.diff(points, axis=1)
    moved = np.abs(steps) > 1e-9
    assert np.all(moved.sum(axis=2) == 1)
    assert np.all(moved.sum(axis=1) == 1)
    assert np.allclose(np.abs(steps[moved]), delta, atol=1e-9)


def test_morris_levels_directions_and_orders_are_equally_likely() -> None:
    r, d, levels = 4000, 3, 4
    points = sampling.morris(11, d, r, levels).reshape(r, d + 1, d)
    level = np.rint(points[:, 0, :] * (levels - 1)).astype(int)
    shares = np.bincount(level.ravel(), minlength=levels) / level.size
    steps = np.diff(points, axis=1)
    up = np.mean(steps[np.abs(steps) > 1e-9] > 0)
    first = np.abs(steps[:, 0, :]).argmax(axis=1)
    assert shares == pytest.approx([0.25] * 4, abs=0.02)
    assert up == pytest.approx(0.5, abs=0.02)
    assert np.bincount(first) / r == pytest.approx([1 / 3] * 3, abs=0.03)


# ------------------------------------------------------------------ second methods as oracles


def discrepancy(points: np.ndarray) -> float:
    return float(qmc.discrepancy(points, method="CD"))


@pytest.mark.parametrize("d", [2, 4])
def test_sobol_points_are_as_even_as_scipy_s_and_random_ones_are_not(d: int) -> None:
    ours = np.mean([discrepancy(sampling.sobol(seed, d, 256)) for seed in range(8)])
    theirs = np.mean([discrepancy(qmc.Sobol(d, seed=seed).random(256)) for seed in range(8)])
    assert ours == pytest.approx(theirs, rel=0.35)
    random = np.mean([discrepancy(sampling.random(seed, d, 256)) for seed in range(8)])
    expected = np.mean([discrepancy(np.random.default_rng(seed).random((256, d))) for seed in range(8)])
    assert random == pytest.approx(expected, rel=0.5)
    assert random > 3 * ours


def test_a_latin_hypercube_is_as_even_as_scipy_s() -> None:
    ours = np.mean([discrepancy(sampling.latin_hypercube(seed, 3, 64)) for seed in range(20)])
    theirs = np.mean([discrepancy(qmc.LatinHypercube(3, seed=seed).random(64)) for seed in range(20)])
    assert ours == pytest.approx(theirs, rel=0.2)
    within = np.concatenate([(sampling.latin_hypercube(seed, 1, 64) * 64 % 1).ravel() for seed in range(20)])
    assert kstest(within, "uniform").pvalue > 0.001


def test_salib_reads_saltelli_rows_and_finds_the_indices_of_the_ishigami_function() -> None:
    """First order 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437 (Saltelli et al. 2008, a = 7, b = 0.1)."""
    sobol = pytest.importorskip("SALib.analyze.sobol")
    x = np.pi * (2.0 * sampling.saltelli(5, 3, 2048) - 1.0)
    y = np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
    found = sobol.analyze(problem, y, calc_second_order=False, num_resamples=10, seed=1)
    assert found["S1"] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.02)
    assert found["ST"] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.02)


def test_salib_reads_morris_rows_and_finds_the_slopes_of_a_linear_function() -> None:
    morris = pytest.importorskip("SALib.analyze.morris")
    x = sampling.morris(2, 3, 20, 4)
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
    found = morris.analyze(problem, x, x @ np.array([1.0, -2.0, 0.5]), num_levels=4, num_resamples=10, seed=1)
    assert np.asarray(found["mu"]) == pytest.approx([1.0, -2.0, 0.5], abs=1e-6)
    assert np.asarray(found["sigma"]) == pytest.approx([0.0] * 3, abs=1e-6)


@pytest.mark.parametrize("way", [*BY_POINTS])
def test_a_smooth_mean_is_found_by_every_design(way: str) -> None:
    """Mean of exp(x + y) over the unit square is (e - 1)^2; stratified designs come nearer than random ones."""
    truth = (np.e - 1.0) ** 2
    errors = [np.exp(BY_POINTS[way](seed, 2, 512).sum(axis=1)).mean() - truth for seed in range(20)]
    rms = np.sqrt(np.mean(np.square(errors)))
    assert rms < {"random": 0.08, "latin_hypercube": 0.04, "sobol": 0.006}[way]
    assert abs(np.mean(errors)) < 4 * rms / np.sqrt(20)


@pytest.mark.parametrize("n", [0, 3, 12, -4])
@pytest.mark.parametrize("way", [sampling.sobol, sampling.saltelli])
def test_a_size_that_is_no_power_of_two_is_refused(way, n: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        way(1, 2, n)


@pytest.mark.parametrize("levels", [0, 1, 3, -2])
def test_an_odd_number_of_levels_is_refused(levels: int) -> None:
    with pytest.raises(ValueError, match="even"):
        sampling.morris(1, 2, 2, levels)


def test_blocks_are_keyed_by_their_first_parameter_and_share_no_points() -> None:
    seeds = {
        sampling.block_seed(seed, path)
        for seed in (1, 2)
        for path in ("economy.factor_mobility", "dispute.rationality")
    }
    assert len(seeds) == 4
    first, second = (sampling.block_seed(1, path) for path in ("economy.a", "economy.b"))
    for make in (sampling.random, sampling.sobol, sampling.latin_hypercube):
        assert np.intersect1d(make(first, 1, 1024), make(second, 1, 1024)).size == 0
    a, b = (sampling.random(seed, 1, 4096)[:, 0] for seed in (first, second))
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / np.sqrt(4096)
    assert sampling.block_seed(1, "economy.a") != 1  # replicates draw from the root seed itself


def test_the_points_of_a_seed_are_what_they_always_were() -> None:
    """Results of earlier sweeps are found again only while these numbers stay."""
    assert sampling.random(1, 2, 2).ravel().round(6).tolist() == GOLDEN["random"]
    assert sampling.sobol(1, 2, 2).ravel().round(6).tolist() == GOLDEN["sobol"]
    assert sampling.latin_hypercube(1, 2, 2).ravel().round(6).tolist() == GOLDEN["latin_hypercube"]
    assert sampling.morris(1, 2, 1).ravel().round(6).tolist() == GOLDEN["morris"]
