"""Exact parts of the solvers against a second method: numbers meant, vertices of polytopes, strategies removed."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.games.exact import _vertices, undominated
from coercion_sim.games.strategic_form import exact

whole = st.integers(1, 6)


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (0.1, Fraction(1, 10)),
        (0.1 + 0.2, Fraction(3, 10)),
        (1 / 3, Fraction(1, 3)),
        (-2.5, Fraction(-5, 2)),
        (2.0**-31, Fraction(1, 2**31)),
        (0.123456789, Fraction(123456789, 10**9)),
        (0.0, Fraction(0)),
    ],
)
def test_a_float_is_the_number_that_was_meant(value: float, meant: Fraction) -> None:
    assert exact(value) == meant


@given(st.floats(-1e9, 1e9, allow_subnormal=False))
def test_the_number_meant_is_the_float_within_its_rounding(value: float) -> None:
    assert abs(exact(value) - Fraction(value)) <= 2 * Fraction(math.ulp(value))


@given(st.integers(-(10**6), 10**6), st.integers(1, 1000))
def test_fractions_of_small_denominators_come_back(numerator: int, denominator: int) -> None:
    assert exact(numerator / denominator) == Fraction(numerator, denominator)


def solved(rows: list[list[Fraction]], right: list[Fraction]) -> list[Fraction] | None:
    """Solve a square system by elimination; None where it is singular."""
    m = len(rows)
    table = [[*row, value] for row, value in zip(rows, right, strict=True)]
    for column in range(m):
        pivot = next((r for r in range(column, m) if table[r][column]), None)
        if pivot is None:
            return None
        table[column], table[pivot] = table[pivot], table[column]
        table[column] = [cell / table[column][column] for cell in table[column]]
        for r in range(m):
            if r != column:
                table[r] = [a - table[r][column] * b for a, b in zip(table[r], table[column], strict=True)]
    return [row[m] for row in table]


def by_force(payoff: list[list[int]]) -> set[tuple[Fraction, ...]]:
    """Vertices but 0 of {x >= 0, payoff^T x <= 1}, each the meeting of m of its m + n bounds, scaled to sum to 1."""
    m, n = len(payoff), len(payoff[0])
    bounds = [([Fraction(int(k == i)) for k in range(m)], Fraction(0)) for i in range(m)]
    bounds += [([Fraction(payoff[i][j]) for i in range(m)], Fraction(1)) for j in range(n)]
    corners = set()
    for chosen in itertools.combinations(bounds, m):
        x = solved([row for row, _ in chosen], [value for _, value in chosen])
        if x is None or not any(x) or min(x) < 0:
            continue
        if all(sum(payoff[i][j] * x[i] for i in range(m)) <= 1 for j in range(n)):
            corners.add(tuple(share / sum(x) for share in x))
    return corners


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 3), st.integers(1, 4), st.data())
def test_vertices_are_the_meetings_of_bounds(m: int, n: int, data: st.DataObject) -> None:
    payoff = [[data.draw(whole) for _ in range(n)] for _ in range(m)]
    listed = _vertices(payoff)
    assert {tuple(x) for x, _ in listed} == by_force(payoff)
    for x, mask in listed:
        assert sum(x) == 1
        most = max(sum(payoff[i][j] * x[i] for i in range(m)) for j in range(n))
        binding = {i for i in range(m) if x[i] == 0}
        binding |= {m + j for j in range(n) if sum(payoff[i][j] * x[i] for i in range(m)) == most}
        assert {bit for bit in range(m + n) if mask >> bit & 1} == binding


@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_what_survives_is_dominated_by_nothing_and_what_goes_was(m: int, n: int, data: st.DataObject) -> None:
    first, second = (np.array([[data.draw(whole) for _ in range(n)] for _ in range(m)], float) for _ in range(2))
    rows, columns = undominated((first, second))
    left, right = first[np.ix_(rows, columns)], second[np.ix_(rows, columns)].T
    for table in (left, right):
        assert not any((table[a] > table[b]).all() for a, b in itertools.permutations(range(len(table)), 2))
    best = np.unravel_index(np.argmax(first), first.shape)
    assert int(best[0]) in rows or int(best[1]) not in columns  # only a column that went takes its row along
