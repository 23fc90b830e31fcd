"""The least pledge: roots against a second method, and strengths solved side by side."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from coercion_sim.analysis.deterrence.pledges import PledgedGame, least_pledge, least_root, press_value
from coercion_sim.dispute import solve_dispute
from support.dispute_games import flagship_game, random_game


def pledged(**changes: Any) -> PledgedGame:
    """Two allies that may pay or cut, a promise of either kind open; pressing pays where nobody promises."""
    game = flagship_game(allies=1, v_c=0.2, v_t=0.4, reliability=1.0, cost_once=0.01)
    return PledgedGame(replace(game, **changes), cast("Any", None))


def test_at_the_least_pledge_pressing_is_worth_nothing_and_brents_method_agrees() -> None:
    game = pledged(coercer_cost=pledged().game.coercer_cost * 8)
    found = least_pledge(game, 0.3, "soft")
    values = game.values((0.0, 0.3), "soft")
    assert found.value_unpledged == pytest.approx(values[0])
    if found.deters and found.strength > 0.0:
        by_brent = brentq(lambda a: game.value(a, "soft"), 0.0, 0.3, xtol=1e-5)
        assert found.strength == pytest.approx(by_brent, abs=1e-3)
        assert found.value == pytest.approx(0.0, abs=1e-4)
    else:
        assert values[1] > 0.0 or values[0] <= 0.0


def test_members_with_nothing_to_give_are_told_from_those_that_give_too_little() -> None:
    game = pledged().game
    bare = replace(
        game, options=("none",), coercer_cost=game.coercer_cost[..., :1], target_effect=game.target_effect[..., :1],
        ally_cost=game.ally_cost[..., :1], shortfall=np.array([[1.0]]),
    )  # fmt: skip
    assert least_pledge(PledgedGame(bare, cast("Any", None)), 0.3, "firm").binds in ("no_instrument", "")


def test_strengths_are_solved_once_each_and_like_one_by_one() -> None:
    game = pledged()
    together = game.values((0.0, 0.05, 0.1))
    assert set(game.known) == {0.0, 0.05, 0.1}
    again = dict(game.known)
    alone = [press_value(solve_dispute(replace(game.game, pledge=np.full(1, a)))) for a in (0.0, 0.05, 0.1)]
    assert together == pytest.approx(alone, abs=1e-6)
    game.values((0.05,))
    assert game.known[0.05] is again[0.05]


def test_a_root_is_where_the_sign_changes_first() -> None:
    found, crossings, _ = least_root(lambda many: [0.2 - a * a for a in many], 1.0)
    assert found == pytest.approx(0.2**0.5, abs=1e-5)
    assert crossings == 1
    assert least_root(lambda many: [-1.0 for _ in many], 1.0)[0] == 0.0
    assert math.isnan(least_root(lambda many: [1.0 for _ in many], 1.0)[0])


def test_the_first_of_several_roots_is_taken_and_all_changes_of_sign_are_counted() -> None:
    found, crossings, _ = least_root(lambda many: [math.cos(3.0 * math.pi * a) for a in many], 1.0)
    assert found == pytest.approx(1 / 6, abs=1e-6)
    assert crossings == 3


@given(st.integers(0, 10_000), st.floats(0.0, 0.3), st.floats(0.0, 0.3))
@settings(max_examples=8, deadline=None)
def test_a_stronger_pledge_makes_an_ally_with_one_way_to_help_likelier_to_help(
    seed: int, one: float, other: float
) -> None:
    """d/dA of (A + D) / (A + g) has the sign of g - D, and what helping is worth without a pledge, D, is at most g."""
    game = replace(random_game(seed, 1, 1, 2), shortfall=np.array([[1.0, 0.0]]))
    cost = game.ally_cost.copy()
    cost[..., 0] = 0.0
    game = replace(game, ally_cost=cost)
    weak, strong = sorted((one, other))
    odds = [float(solve_dispute(replace(game, pledge=np.array([a]))).pledged[0][0, 1]) for a in (weak, strong)]
    assert odds[0] <= odds[1] + 1e-6
