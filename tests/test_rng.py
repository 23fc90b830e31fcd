"""Random numbers: each is a function of its event and of nothing else, and each is drawn well."""

from __future__ import annotations

import random
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest, qmc

from coercion_sim.experiments import perform
from coercion_sim.experiments.design.design import Cell
from coercion_sim.rng import SOBOL_BITS, Streams, generator, sobol_point, sobol_points
from support.folders import fake_job, losses

UNIFORM = "0x1.a10235f8abb42p-1"
SOBOL = [0.30147269321605563, 0.14926493680104613]

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


# ------------------------------------------------------------------ keyed by event


@given(st.lists(events, min_size=2, max_size=12, unique=True), st.integers(0, 2**32))
def test_the_order_of_events_changes_no_draw(keys: list[tuple], seed: int) -> None:
    streams = Streams(9, 4)
    forward = {key: streams.uniform(*key) for key in keys}
    shuffled = random.Random(seed).sample(keys, len(keys))
    assert {key: streams.uniform(*key) for key in shuffled} == forward


def test_every_part_of_an_event_counts() -> None:
    base = (7, 3, "type", ("AUS",), 2)
    others = [(8, 3, "type", ("AUS",), 2), (7, 4, "type", ("AUS",), 2), (7, 3, "luck", ("AUS",), 2),
              (7, 3, "type", ("AUS", ""), 2), (7, 3, "type", ("AUS",), 3), (7, 3, "type", "AUS", 2)]  # fmt: skip
    draws = [generator(*event).random() for event in (base, *others)]  # type: ignore[arg-type]
    assert len(set(draws)) == len(draws)
    assert generator(*base).random() == draws[0]  # type: ignore[arg-type]


def test_a_stream_is_the_generator_of_its_event() -> None:
    one = Streams(7, 3).generator("type", ("AUS", "CHN"), 2).random(5)
    np.testing.assert_array_equal(one, generator(7, 3, "type", ("AUS", "CHN"), 2).random(5))
    numpy_integers = Streams(np.int64(7), np.int64(3)).generator("type", ("AUS", "CHN"), np.int64(2)).random(5)  # type: ignore[arg-type]
    np.testing.assert_array_equal(one, numpy_integers)


def test_the_numbers_of_a_seed_are_what_they_always_were() -> None:
    """Every recorded result rests on these."""
    assert Streams(1, 0).uniform("type", "AUS").hex() == UNIFORM
    assert sobol_point(1, 2, 3).tolist() == pytest.approx(SOBOL, abs=1e-12)


def test_two_policies_meet_the_same_luck_and_a_policy_alone_meets_it_too() -> None:
    job = fake_job(losses(1.0), replicates=6)
    together = perform(job, [Cell(0, k, job.design.policies) for k in range(6)]).rows.tables["outcomes"].to_pylist()
    by_policy = [[row["attempts"] for row in together if row["policy"] == p] for p in job.design.policies]
    assert by_policy[0] == by_policy[1]
    assert len(set(by_policy[0])) == 6
    alone = [perform(job, [Cell(0, k, ("respond_as_allies",))]).rows.tables["outcomes"] for k in (5, 2)]
    assert [t.column("attempts")[0].as_py() for t in alone] == [by_policy[1][5], by_policy[1][2]]


# ------------------------------------------------------------------ distributions


@pytest.mark.parametrize("over", ["replicate", "quarter", "state", "seed"])
def test_first_draws_over_any_part_of_the_event_are_uniform_and_uncorrelated(over: str) -> None:
    """Streams of neighbouring events must look independent, although each is used once."""
    n = 4000
    makers = {
        "replicate": lambda k: Streams(2, k).uniform("x", "AUS"),
        "quarter": lambda k: Streams(2, 0).uniform("x", "AUS", k),
        "state": lambda k: Streams(2, 0).uniform("x", f"S{k}"),
        "seed": lambda k: Streams(k, 0).uniform("x", "AUS"),
    }
    draws = np.array([makers[over](k) for k in range(n)])
    assert kstest(draws, "uniform").pvalue > 0.001
    assert chisquare(np.histogram(draws, bins=20, range=(0, 1))[0]).pvalue > 0.001
    for lag in (1, 2, 7):
        assert abs(np.corrcoef(draws[:-lag], draws[lag:])[0, 1]) < 4 / np.sqrt(n)


def test_scrambled_points_are_uniform_over_seeds_and_as_even_as_a_sobol_sequence() -> None:
    first = np.array([sobol_point(seed, 2, 0) for seed in range(500)])
    for column in first.T:
        assert kstest(column, "uniform").pvalue > 0.001
    assert abs(np.corrcoef(first.T)[0, 1]) < 4 / np.sqrt(500)
    ours = qmc.discrepancy(sobol_points(3, 5, 512))
    theirs = qmc.discrepancy(qmc.Sobol(5, seed=3).random(512))
    assert ours < 2 * theirs


@given(seed=st.integers(0, 2**62), first=st.integers(0, 5000), n=st.integers(1, 20))
def test_a_later_stretch_of_the_sequence_is_the_same_stretch(seed: int, first: int, n: int) -> None:
    stretch = sobol_points(seed, 2, n, first)
    np.testing.assert_array_equal(stretch[-1], sobol_point(seed, 2, first + n - 1))


def test_the_sequence_ends_at_its_last_point() -> None:
    with pytest.raises(ValueError, match="no such"):
        sobol_points(1, 1, 2, 2**SOBOL_BITS - 1)
    with pytest.raises(ValueError, match="no such"):
        sobol_points(1, -1, 2)
