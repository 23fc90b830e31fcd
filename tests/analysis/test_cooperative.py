"""The core of games whose core is known."""

from __future__ import annotations

import numpy as np
import pytest

from coercion_sim.analysis.deterrence.cooperative import CharacteristicFunction, subsets


def game(*worth: float) -> CharacteristicFunction:
    """Sets in binary order: {}, a, b, ab, c, ac, bc, abc."""
    return CharacteristicFunction(("a", "b", "c")[: len(worth).bit_length() - 1], np.array(worth, dtype=float))


def test_three_that_decide_by_majority_have_no_core() -> None:
    majority = game(0, 0, 0, 1, 0, 1, 1, 1)
    assert majority.slack == pytest.approx(-0.5)  # contenting every pair takes 1.5
    assert not majority.core_exists
    assert len(majority.objection(dict.fromkeys("abc", 1 / 3))) == 2


def test_the_core_of_two_left_gloves_and_a_right_one_gives_the_right_one_everything() -> None:
    gloves = game(0, 0, 0, 0, 0, 1, 1, 1)  # c owns the right glove
    assert gloves.core_exists
    assert gloves.slack == pytest.approx(0.0)
    assert gloves.objection({"a": 0.0, "b": 0.0, "c": 1.0}) == ()
    assert set(gloves.objection({"a": 0.2, "b": 0.0, "c": 0.8})) == {"b", "c"}


def test_dividing_a_convex_games_surplus_equally_is_in_the_core() -> None:
    convex = game(0, -1, -2, 0, -3, -1, -2, 6)
    division = convex.divide({"a": 1, "b": 1, "c": 1})
    assert division == pytest.approx({"a": 3.0, "b": 2.0, "c": 1.0})
    assert convex.objection(division) == ()
    assert convex.divide({"a": 1, "b": 0, "c": 0})["a"] == pytest.approx(11.0)


def test_one_player_has_what_it_has() -> None:
    assert game(0, -4).core_exists
    assert game(0, -4).objection({"a": -4.0}) == ()


def test_subsets_are_all_up_to_a_size_once() -> None:
    assert subsets("abc", 2) == [("a",), ("b",), ("c",), ("a", "b"), ("a", "c"), ("b", "c")]
