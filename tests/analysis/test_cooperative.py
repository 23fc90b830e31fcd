"""The core of games whose core is known, and of random ones by enumeration."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.analysis.deterrence.coalition_answer import CharacteristicFunction, subsets


def game(*worth: float) -> CharacteristicFunction:
    """Sets in binary order: {}, a, b, ab, c, ac, bc, abc."""
    return CharacteristicFunction(("a", "b", "c", "d")[: len(worth).bit_length() - 1], np.array(worth, dtype=float))


WORTH = st.lists(st.integers(-20, 20), min_size=7, max_size=7)


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
    assert game(0, -4).slack == 0.0
    assert game(0, -4).objection({"a": -4.0}) == ()


def test_subsets_are_all_up_to_a_size_once() -> None:
    assert subsets("abc", 2) == [("a",), ("b",), ("c",), ("a", "b"), ("a", "c"), ("b", "c")]
    assert len(subsets("abcdef", 6)) == 2**6 - 1
    assert subsets("ab", 0) == []


def test_numbers_and_incidence_are_bits() -> None:
    v = game(*range(8))
    assert [v.number(s) for s in ((), ("a",), ("c",), ("b", "c"))] == [0, 1, 4, 6]
    assert v.incidence[v.number(("a", "c"))].tolist() == [1, 0, 1]
    assert v.incidence.sum() == 3 * 4


@given(WORTH)
def test_the_slack_of_three_players_is_that_of_the_minimal_balanced_collections(values: list[int]) -> None:
    """Bondareva (1963), Shapley (1967): the core is not empty iff v(N) reaches every balanced sum."""
    v = game(0, *values)
    w = dict(zip([(), "a", "b", "ab", "c", "ac", "bc", "abc"], v.worth.tolist(), strict=True))
    balanced = [
        w["a"] + w["b"] + w["c"], w["ab"] + w["c"], w["ac"] + w["b"], w["bc"] + w["a"],
        (w["ab"] + w["ac"] + w["bc"]) / 2,
    ]  # fmt: skip
    assert v.slack == pytest.approx(w["abc"] - max(balanced), abs=1e-7)
    assert v.core_exists == (w["abc"] >= max(balanced) - 1e-7)


@given(WORTH, st.integers(0, 12), st.integers(0, 12))
def test_a_division_is_refused_exactly_where_a_coalition_has_more_by_itself(
    values: list[int], one: int, other: int
) -> None:
    v = game(0, *values)
    shares = {"a": float(one - 6), "b": float(other - 6)}
    shares["c"] = float(v.worth[-1]) - sum(shares.values())
    excess = {s: v.worth[v.number(s)] - sum(shares[p] for p in s) for k in (1, 2, 3) for s in combinations("abc", k)}
    worst = max(excess.values())
    objection = v.objection(shares)
    if worst > 1e-6:
        assert excess[objection] == pytest.approx(worst)
    else:
        assert objection == ()


@given(st.lists(st.integers(0, 30), min_size=4, max_size=4))
def test_additive_games_have_one_division_in_the_core(values: list[int]) -> None:
    players = "abcd"
    worth = np.array([sum(x for i, x in enumerate(values) if s >> i & 1) for s in range(16)], dtype=float)
    v = CharacteristicFunction(tuple(players), worth)
    assert v.slack == pytest.approx(0.0, abs=1e-7)
    division = v.divide(dict.fromkeys(players, 1.0))
    assert division == pytest.approx(dict(zip(players, values, strict=True)))
    assert v.objection(division) == ()


@given(WORTH)
def test_a_convex_game_has_its_marginal_vectors_in_the_core(values: list[int]) -> None:
    """Shapley (1971): each order of joining gives a division that no coalition refuses."""
    v = game(0, *values)
    worth = v.worth.copy()
    for s in (3, 5, 6, 7):  # raise worth until joining more never pays less
        inside = [i for i in range(3) if s >> i & 1]
        pairs = [(s & ~(1 << i), s & ~(1 << j)) for i, j in combinations(inside, 2)]
        worth[s] = max([worth[s], *(worth[p] + worth[q] - worth[p & q] for p, q in pairs)])
    convex = CharacteristicFunction(v.players, worth)
    for order in permutations("abc"):
        division = {
            p: worth[convex.number(order[: k + 1])] - worth[convex.number(order[:k])] for k, p in enumerate(order)
        }
        assert convex.objection(division) == ()
    assert convex.core_exists


@given(WORTH, st.lists(st.integers(1, 9), min_size=3, max_size=3))
def test_a_division_by_weight_gives_all_of_it_and_the_surplus_in_proportion(
    values: list[int], weights: list[int]
) -> None:
    v = game(0, *values)
    division = v.divide(dict(zip("abc", map(float, weights), strict=True)))
    assert sum(division.values()) == pytest.approx(v.worth[-1], abs=1e-9)
    gains = [division[p] - v.worth[1 << i] for i, p in enumerate("abc")]
    surplus = v.worth[-1] - v.worth[[1, 2, 4]].sum()
    assert gains == pytest.approx([surplus * w / sum(weights) for w in weights], abs=1e-9)
