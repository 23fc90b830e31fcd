"""Conditions of a miss: read, valued and applied."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.analysis import outcome_frame
from coercion_sim.analysis.discovery.boxes import complete_draws, miss_boxes
from coercion_sim.analysis.discovery.conditions import Fails, fails, read_fails
from coercion_sim.errors import InvalidInput
from support.sweeps import block, sweep

LOSS = "target_loss_pv"
SIGNS = {">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal}


@given(st.sampled_from(sorted(SIGNS)), st.floats(-1e6, 1e6), st.text(" ", max_size=2))
def test_a_condition_is_read_as_written(sign: str, limit: float, space: str) -> None:
    assert read_fails(f"{space}{LOSS}{space}{sign}{space}{limit!r}") == (LOSS, sign, repr(limit))


@given(st.sampled_from(sorted(SIGNS)), st.lists(st.integers(-3, 3), min_size=1, max_size=9), st.integers(-3, 3))
def test_a_miss_is_a_value_beyond_the_limit_and_never_nan(sign: str, values: list[int], limit: int) -> None:
    condition = Fails(LOSS, sign, float(limit))
    given_values = np.array([*values, math.nan], dtype=float)
    assert condition.missed(given_values).tolist() == [*SIGNS[sign](values, limit).tolist(), False]
    assert condition.text == f"{LOSS} {sign} {limit}"


@given(st.lists(st.floats(-100, 100), min_size=3, max_size=12), st.integers(1, 99))
def test_a_percentile_is_numpy_s_over_all_runs(values: list[float], q: int) -> None:
    rows = [[float(i)] for i in range(len(values))]
    frame = outcome_frame(sweep([block("grid", rows, "x")], {"p": lambda s, k: {LOSS: values[int(s["x"])]}}), [LOSS])
    condition = fails(f"{LOSS}>q{q}", frame)
    assert condition.limit == pytest.approx(np.quantile(values, q / 100.0))
    assert condition.percentile == q


ENDS = ("", ">", "=1", "!1", ">>1", ">q", ">q0", ">q100", ">nan", ">inf")


@pytest.mark.parametrize("text", ["", "loss", ">1", *(LOSS + end for end in ENDS)])
def test_other_texts_are_refused_with_their_key(text: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read_fails(text)
    (problem,) = error.value.problems
    assert (problem.key, problem.found) == ("--fails", repr(text))


def test_a_draw_is_complete_with_its_outcome_and_every_parameter() -> None:
    inputs = {"x": np.array([1.0, math.nan, 3.0, 4.0]), "t": np.array(["a", "b", None, "d"], dtype=object)}
    assert complete_draws(np.array([1.0, 1.0, 1.0, math.nan]), inputs).tolist() == [True, False, False, False]
    assert complete_draws(np.ones((2, 2)), {}).tolist() == [True] * 4


@pytest.mark.parametrize(("misses", "draws"), [(0, 50), (50, 50), (9, 50), (41, 50)])
def test_too_few_of_either_kind_give_no_box_but_the_base_rate(misses: int, draws: int) -> None:
    missed = np.arange(draws) < misses
    (box,) = miss_boxes("p", {"x": np.arange(float(draws))}, missed)
    assert (box.limits, box.trajectory, box.chosen) == ((), (), -1)
    assert (box.base_rate, box.draws, box.misses) == (misses / draws, draws, misses)
    assert box.note


def test_without_inputs_and_without_any_pattern_there_is_no_box() -> None:
    missed = np.arange(40) % 2 == 0
    (none,) = miss_boxes("p", {}, missed)
    assert none.limits == ()
    (flat,) = miss_boxes("p", {"x": np.repeat(np.arange(20.0), 2)}, missed)  # one of each pair misses
    assert flat.limits == ()
    assert none.note != flat.note
