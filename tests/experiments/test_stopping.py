"""The sequential rule: intervals hold at stopping as often as they say, whatever made the point stop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from coercion_sim.experiments.design import stopping
from coercion_sim.experiments.design.stopping import StoppingRule, enough, half_widths, looks, missing, watched
from coercion_sim.rng import generator, sobol_points

WIDE = StoppingRule("real_income", 0.1, 2000)
SHARE = StoppingRule("success_rate", 0.05, 2000)
Sample = Callable[[np.random.Generator, int], np.ndarray]


def column(values: object) -> np.ndarray:
    return np.asarray(values, dtype=np.float64)[:, None]


def test_looks_are_powers_of_two_and_halves_more_and_end_at_most() -> None:
    assert looks(replace(WIDE, at_most=500)) == (32, 48, 64, 96, 128, 192, 256, 384, 500)
    assert looks(replace(WIDE, at_most=64)) == (32, 48, 64)
    assert looks(replace(WIDE, at_most=2)) == (2,)
    assert len(looks(WIDE)) == 13


@given(most=st.integers(2, 10**7))
def test_looks_rise_to_at_most_and_no_step_adds_more_than_half(most: int) -> None:
    found = looks(replace(WIDE, at_most=most))
    assert found[-1] == most
    assert all(a < b <= 1.5 * a for a, b in pairwise(found))


def test_student_s_half_width_by_hand() -> None:
    p = replace(WIDE, at_most=64, confidence=0.94)  # looks 32, 48, 64; two policies: level 0.06 / 6 = 0.01
    values = np.column_stack([np.arange(32.0), 2.0 * np.arange(32.0)])
    s = math.sqrt(sum((k - 15.5) ** 2 for k in range(32)) / 31)
    expected = t.ppf(0.995, 31) * s / math.sqrt(32)
    assert half_widths(values, p, 0) == pytest.approx([expected, 2 * expected])


def test_values_all_equal_are_taken_as_constant_only_after_many_replicates() -> None:
    assert math.isinf(half_widths(np.zeros((32, 1)), WIDE, 0)[0])
    for look, n in enumerate(looks(WIDE)):
        assert enough(np.full((n, 1), 3.0), WIDE, look) == (n >= stopping.CONSTANT_FROM)


def test_a_rare_outcome_claims_nothing_until_it_was_seen_often_enough() -> None:
    look = looks(WIDE).index(512)
    values = np.zeros(512)
    values[: stopping.FEWEST_UNLIKE - 1] = 1.0
    assert math.isinf(half_widths(column(values), WIDE, look)[0])
    values[stopping.FEWEST_UNLIKE - 1] = 1.0
    assert math.isfinite(half_widths(column(values), WIDE, look)[0])


def test_differences_are_from_the_first_policy_replicate_by_replicate() -> None:
    levels = np.array([[1.0, 4.0, 2.0], [2.0, 2.0, np.nan]])
    assert watched(levels, WIDE) is levels
    of = replace(WIDE, of="difference")
    assert np.array_equal(watched(levels, of), [[3.0, 1.0], [0.0, np.nan]], equal_nan=True)
    assert missing(levels, of).tolist() == [0, 1]
    luck = generator(1, "luck").standard_normal(32)
    same = np.column_stack([luck, luck + 0.01 * generator(2, "luck").standard_normal(32)])
    assert half_widths(same, of, 0)[0] < 0.05 < half_widths(same, WIDE, 0)[0]  # common luck cancels


def test_failed_runs_are_left_out_and_many_of_them_forbid_stopping_early() -> None:
    p = replace(WIDE, half_width=10.0)
    look, n = looks(p).index(256), 256
    values = column(generator(1, "luck").standard_normal(n))
    few, many = values.copy(), values.copy()
    few[:5], many[:6] = np.nan, np.nan  # 2 percent of 256 is 5.12
    assert enough(values, p, look)
    assert enough(few, p, look)
    assert not enough(many, p, look)
    assert missing(many, p).tolist() == [6]
    kept = half_widths(few, p, look)
    assert kept == pytest.approx(t.isf(0.05 / 13 / 2, 250) * few[5:].std(ddof=1) / math.sqrt(251))
    assert enough(np.full((2000, 1), np.nan), p, len(looks(p)) - 1)


def test_looking_at_other_times_is_refused() -> None:
    with pytest.raises(ValueError, match="no look"):
        half_widths(np.zeros((33, 1)), WIDE, 0)
    with pytest.raises(ValueError, match="no look"):
        half_widths(np.zeros((32, 1)), WIDE, 13)


def stopping_look(values: np.ndarray, rule: StoppingRule) -> int:
    """Look at which a point stops."""
    return next(j for j, n in enumerate(looks(rule)) if enough(values[:n], rule, j))


@given(seed=st.integers(0, 10**6), narrow=st.floats(0.05, 0.5), wider=st.floats(1.0, 4.0))
@pytest.mark.parametrize("base", [WIDE, SHARE])
def test_a_wider_goal_stops_no_later_and_a_tighter_plan_no_earlier(
    base: StoppingRule, seed: int, narrow: float, wider: float
) -> None:
    values = column(generator(seed, "luck").random(1024))
    p = replace(base, half_width=narrow, at_most=1024)
    stop = stopping_look(values, p)
    assert stop == stopping_look(values.copy(), p)
    assert stopping_look(values, replace(p, half_width=narrow * wider)) <= stop
    assert looks(p)[stop] <= 1024
    surer = looks(p)[stopping_look(values, replace(p, confidence=0.99))]
    assert surer >= looks(p)[stop]


@given(seed=st.integers(0, 10**6))
def test_allowing_more_replicates_or_watching_more_policies_stops_no_earlier(seed: int) -> None:
    """What the engine counts on when a rule is tightened: runs there already are never too many."""
    values = generator(seed, "luck").standard_normal((2048, 2))
    p = replace(WIDE, half_width=0.3, at_most=512)
    n = looks(p)[stopping_look(values, p)]
    longer = replace(p, at_most=2048)
    assert looks(longer)[stopping_look(values, longer)] >= n
    assert looks(p)[stopping_look(values[:, :1], p)] <= n


# ------------------------------------------------------------------ coverage at stopping, by simulation

SHAPES: dict[str, tuple[StoppingRule, float, Sample]] = {
    "normal": (replace(WIDE, half_width=0.3), 0.0, lambda g, n: g.standard_normal(n)),
    "exponential": (replace(WIDE, half_width=0.3), 1.0, lambda g, n: g.exponential(1.0, n)),
    "log-normal, skewness 6": (replace(WIDE, half_width=0.6), math.exp(0.5), lambda g, n: np.exp(g.standard_normal(n))),
    "rare and skewed": (
        replace(WIDE, half_width=0.06),
        0.03,
        lambda g, n: (g.random(n) < 0.03) * g.exponential(1.0, n),
    ),
    "one in fifty": (replace(SHARE, half_width=0.03), 0.02, lambda g, n: (g.random(n) < 0.02).astype(float)),
    "one in two": (replace(SHARE, half_width=0.1), 0.5, lambda g, n: (g.random(n) < 0.5).astype(float)),
    "share, narrow": (replace(SHARE, half_width=0.02), 0.25, lambda g, n: g.beta(10.0, 30.0, n)),
}


def coverage(rule: StoppingRule, mean: float, sample: Sample, sequences: int) -> tuple[float, float]:
    """Share of sequences whose interval at stopping holds the mean, and the mean number of replicates run."""
    held, used = 0, 0
    for k in range(sequences):
        values = column(sample(generator(k, "coverage"), rule.at_most))
        stop = stopping_look(values, rule)
        n = looks(rule)[stop]
        used += n
        held += abs(values[:n].mean() - mean) <= half_widths(values[:n], rule, stop)[0]
    return held / sequences, used / sequences


@pytest.mark.slow
@pytest.mark.parametrize("shape", list(SHAPES))
def test_intervals_hold_at_stopping_as_often_as_they_say(shape: str) -> None:
    rule, mean, sample = SHAPES[shape]
    sequences = 1000
    share, used = coverage(rule, mean, sample, sequences)
    assert share >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / sequences)
    assert used < 0.9 * rule.at_most  # it did stop early, or nothing was tested


def test_a_usual_interval_would_not_hold_at_stopping() -> None:
    """Why the error is divided over looks: one usual interval at each look misses more often than it says."""
    rule, mean, sample = SHAPES["exponential"]
    one_look = replace(rule, half_width=0.2)
    missed = 0
    for k in range(600):
        values = sample(generator(k, "usual"), 2000)
        for n in looks(one_look):
            half = t.isf(0.025, n - 1) * values[:n].std(ddof=1) / math.sqrt(n)
            if half <= one_look.half_width:
                missed += abs(values[:n].mean() - mean) > half
                break
    assert missed / 600 > 0.05


@pytest.mark.slow
@pytest.mark.parametrize("name", ["real_income", "success_rate"])
def test_intervals_hold_for_the_replicates_of_a_sweep_too(name: str) -> None:
    """Replicates are points of a scrambled Sobol' sequence with luck, not independent draws."""
    rule = StoppingRule(name, 0.05, 2000)
    held, sequences = 0, 400
    for k in range(sequences):
        u = sobol_points(k, 3, 1024)
        if name == "success_rate":
            values, mean = (
                (generator(k, "luck").random(1024) < 0.4 * u[:, 0] * u[:, 1] + 0.2 * u[:, 2]).astype(float),
                0.2,
            )
        else:
            values = np.exp(u.sum(axis=1)) / 10 + 0.1 * generator(k, "luck").standard_normal(1024)
            mean = (math.e - 1) ** 3 / 10
        stop = next(j for j, n in enumerate(looks(rule)) if n == 1024 or enough(column(values[:n]), rule, j))
        n = looks(rule)[stop]
        held += abs(values[:n].mean() - mean) <= half_widths(column(values[:n]), rule, stop)[0]
    assert held / sequences >= 0.95
