"""Wrong dispute games are refused, everything wrong at once, each with its name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from coercion_sim.dispute import DisputeParameters, solve_dispute
from coercion_sim.errors import GameError
from support.dispute_games import random_game


def keys(error: pytest.ExceptionInfo[GameError]) -> set[str | None]:
    return {problem.key for problem in error.value.problems}


@pytest.mark.parametrize(
    "name",
    [
        "coercer_cost", "target_effect", "ally_cost", "shortfall", "pledge", "interest", "reliability", "stake_coercer",
        "stake_target",
    ],
)  # fmt: skip
def test_a_wrong_shape_is_named_with_the_right_one(name: str) -> None:
    game = random_game(1, K=2, n=2, M=3)
    right = getattr(game, name).shape
    with pytest.raises(GameError) as error:
        replace(game, **{name: np.ones((*right, 2))})
    assert keys(error) == {name}
    assert str(right) in str(error.value)
    assert "wrong shape" in str(error.value)


@pytest.mark.parametrize(
    "name",
    ["coercer_cost", "ally_cost", "shortfall", "pledge", "interest", "reliability", "stake_coercer", "stake_target"],
)
def test_negative_numbers_are_refused_where_they_mean_nothing(name: str) -> None:
    game = random_game(1, K=2, n=2, M=3)
    wrong = getattr(game, name).copy()
    wrong.flat[-1] = -0.25
    with pytest.raises(GameError, match="negative") as error:
        replace(game, **{name: wrong})
    assert keys(error) == {name}
    assert "-0.25" in str(error.value)


def test_a_target_may_lose_or_gain() -> None:
    game = random_game(1)
    assert (replace(game, target_effect=game.target_effect - 5).target_effect < 0).all()
    assert (replace(game, target_effect=game.target_effect + 5).target_effect > 0).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["coercer_cost", "target_effect", "ally_cost", "stake_target"])
def test_numbers_that_are_not_finite_are_refused(name: str, bad: float) -> None:
    game = random_game(1)
    wrong = getattr(game, name).copy()
    wrong.flat[0] = bad
    with pytest.raises(GameError, match="not finite") as error:
        replace(game, **{name: wrong})
    assert keys(error) == {name}


@pytest.mark.parametrize("belief", [-0.01, 1.01, float("nan")])
@pytest.mark.parametrize("name", ["belief_target", "belief_coercer"])
def test_a_belief_is_a_probability(name: str, belief: float) -> None:
    with pytest.raises(GameError, match="out of range") as error:
        replace(random_game(1), **{name: belief})
    assert keys(error) == {name}
    assert "0 to 1" in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reliability", np.array([0.5, 1.5])),
        ("shortfall", np.array([[0.0, 1.5, 0.0]] * 2)),
        ("ally_rational", (True,)),
        ("ally_rational", (True, False, True)),
    ],
)
def test_shares_above_one_and_flags_that_miss_the_allies_are_refused(name: str, value: Any) -> None:
    with pytest.raises(GameError) as error:
        replace(random_game(1, K=2, n=2, M=3), **{name: value})
    assert keys(error) == {name}


def test_no_package_is_no_dispute() -> None:
    game = random_game(1, K=1, n=0, M=1)
    empty = np.zeros((2, 0))
    with pytest.raises(GameError, match="at least one package"):
        replace(game, packages=(), coercer_cost=empty, target_effect=empty, ally_cost=np.zeros((0, 2, 0)))


def test_everything_wrong_is_listed_at_once() -> None:
    game = random_game(1)
    with pytest.raises(GameError) as error:
        replace(game, pledge=-game.pledge, belief_target=2.0, interest=np.ones(7), stake_target=np.array([np.nan, 1.0]))
    assert keys(error) == {"pledge", "belief_target", "interest", "stake_target"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rationality", -1.0), ("cost_once", -0.1), ("cost_year", -0.1), ("audience_back_down", -0.1),
        ("audience_lift", -0.1), ("audience_concede", -0.1), ("statement_cost", -0.1), ("review", 1.1),
        ("review", -0.1),
        ("lapse", -0.1), ("lapse", 1.1), ("discount", 1.01), ("discount", -0.1), ("last_quarter_bite", 1.5),
        ("settle", 1.2), ("settle", -0.1), ("rationality", float("nan")), ("review", float("nan")),
    ],
)  # fmt: skip
def test_a_parameter_out_of_range_is_named_with_its_range(name: str, value: float) -> None:
    with pytest.raises(GameError, match="out of range") as error:
        DisputeParameters(**{name: value})
    assert keys(error) == {name}
    assert str(value) in str(error.value)


def test_two_parameters_out_of_range_are_both_named() -> None:
    with pytest.raises(GameError) as error:
        DisputeParameters(review=2.0, lapse=2.0)
    assert keys(error) == {"review", "lapse"}


@pytest.mark.parametrize("name", ["rationality", "cost_once", "cost_year", "audience_lift"])
def test_an_infinite_parameter_is_refused_or_gives_probabilities(name: str) -> None:
    try:
        parameters = DisputeParameters(**{name: float("inf")})
    except GameError:
        return
    with np.errstate(all="ignore"):
        found = solve_dispute(replace(random_game(3), parameters=parameters))
    for array in (found.press, found.package, found.concede, found.impose):
        assert np.isfinite(array).all()


def test_a_game_cannot_be_changed_behind_its_back() -> None:
    mine = np.full((2, 2, 2), 0.1)
    game = replace(random_game(1), coercer_cost=mine)
    mine[:] = 9.0
    assert (game.coercer_cost == 0.1).all()
    with pytest.raises(ValueError, match="read-only"):
        game.coercer_cost[0] = 1.0
