"""The least pledge against a dispute whose root has a closed form, and each reason for which there is none."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.analysis.deterrence.pledges import PledgedGame, least_pledge, least_root
from coercion_sim.dispute import DisputeGame, DisputeParameters, solve_dispute
from support.dispute_games import random_game

INTEREST, HELP_A_QUARTER, PRICE = 0.01, 0.02, 0.04


def dyad(*, helped: float = -0.1, rationality: float = 6.0, reliability: float = 1.0, **changes: Any) -> PledgedGame:
    """A ban in force for one quarter, then a review by both: a target unhelped gives in, one helped holds out.

    Stakes so small that the target never errs, audience costs so high that the coercer never lifts. With v_C = 1
    pressing is worth ``1 - P(help) - .04``. Helping is worth ``g - .02 + A`` more to the ally than standing aside.
    """
    effect = np.array([[[-0.4, helped]]] * 2)
    game = DisputeGame(
        packages=("ban",), allies=("ally",), options=("none", "help"),
        coercer_cost=np.zeros((2, 1, 2)), target_effect=effect,
        ally_cost=np.array([[[[0.0, 4 * HELP_A_QUARTER]]] * 2]), shortfall=np.array([[1.0, 0.0]]),
        pledge=np.array([0.0]), interest=np.array([INTEREST]), reliability=np.array([reliability]),
        stake_coercer=np.array([1.0, 1.0]), stake_target=np.array([0.05, 0.05]),
        parameters=DisputeParameters(
            rationality=rationality, horizon=1, review=1.0, discount=1.0, cost_once=PRICE, cost_year=0.0,
            audience_lift=5.0,
            surprise=True, coercer_rational=True, target_rational=True,
        ),
    )  # fmt: skip
    game = replace(game, **changes)
    return PledgedGame(game, cast("Any", None))


def root(rationality: float) -> float:
    """``A + g = .02 / (1 - logit(.96) / Lambda)``: where P(help) = .96 in a logit of rationality Lambda / (g + A)."""
    return HELP_A_QUARTER / (1.0 - math.log((1 - PRICE) / PRICE) / rationality) - INTEREST


@pytest.mark.parametrize("rationality", [5.0, 6.0, 12.0])
def test_the_root_of_a_logit_ally_is_the_closed_form(rationality: float) -> None:
    found = least_pledge(dyad(rationality=rationality), 0.3)
    assert found.strength == pytest.approx(root(rationality), abs=1e-6)
    assert found.value == pytest.approx(0.0, abs=1e-5)
    assert found.crossings == 1


def test_an_ally_that_makes_no_errors_helps_from_its_cost_less_its_interest() -> None:
    found = least_pledge(dyad(ally_rational=(True,)), 0.3)
    assert found.strength == pytest.approx(HELP_A_QUARTER - INTEREST, abs=1e-6)
    assert found.value_unpledged == pytest.approx(1.0 - PRICE)


def test_no_pledge_is_needed_where_pressing_costs_more_than_it_brings() -> None:
    found = least_pledge(dyad(stake_coercer=np.array([0.03, 0.03])), 0.3)
    assert (found.strength, found.binds) == (0.0, "")
    assert found.value == found.value_unpledged == pytest.approx(0.03 - PRICE, abs=1e-3)


@pytest.mark.parametrize(
    ("given_quarrel", "most", "binds"),
    [
        (dyad(helped=-0.38), 0.3, "capability"),
        (dyad(rationality=3.0), 0.3, "error"),  # logistic(3) = .953 < .96
        (dyad(reliability=0.9), 0.3, "reliability"),
        (dyad(), 0.9 * root(6.0), "strength"),
    ],
)
def test_where_no_pledge_deters_the_limit_that_binds_is_named(
    given_quarrel: PledgedGame, most: float, binds: str
) -> None:
    found = least_pledge(given_quarrel, most)
    assert math.isnan(found.strength)
    assert not found.deters
    assert found.binds == binds
    assert found.value > 0.0


def test_members_with_nothing_to_give_are_told_from_those_that_give_too_little() -> None:
    game = dyad().game
    bare = replace(
        game, options=("none",), coercer_cost=game.coercer_cost[..., :1], target_effect=game.target_effect[..., :1],
        ally_cost=game.ally_cost[..., :1], shortfall=np.array([[1.0]]),
    )  # fmt: skip
    assert least_pledge(PledgedGame(bare, cast("Any", None)), 0.3).binds == "no_instrument"


def test_the_first_of_several_roots_is_taken_and_all_changes_of_sign_are_counted() -> None:
    found, crossings, _ = least_root(lambda a: math.cos(3.0 * math.pi * a), 1.0)
    assert found == pytest.approx(1 / 6, abs=1e-6)
    assert crossings == 3


@given(st.integers(0, 10_000), st.floats(0.0, 0.3), st.floats(0.0, 0.3))
@settings(max_examples=40, deadline=None)
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
    assert odds[0] <= odds[1] + 1e-12


@given(st.floats(0.0, 0.3), st.floats(0.0, 0.3), st.floats(0.1, 1.0), st.floats(1.0, 12.0))
@settings(max_examples=40, deadline=None)
def test_a_stronger_pledge_never_raises_a_best_repliers_value_in_the_plain_quarrel(
    one: float, other: float, reliability: float, rationality: float
) -> None:
    weak, strong = sorted((one, other))
    pledged = dyad(reliability=reliability, rationality=rationality)
    assert pledged.value(strong) <= pledged.value(weak) + 1e-12


def test_a_stronger_pledge_can_raise_the_value_to_a_coercer_that_errs() -> None:
    """p x + (1 - p) b, p logit in x - b, rises as x falls far below b: an error that hurts more is made less often."""
    pledged = dyad(
        coercer_cost=np.array([[[0.0, 12.0]]] * 2),
        parameters=replace(dyad().game.parameters, surprise=False, coercer_rational=False, target_rational=True),
    )
    values = [pledged.value(a) for a in np.linspace(0.0, 0.3, 31)]
    assert max(np.diff(values)) > 1e-6
