"""What must hold of any dispute game: limits of rationality, scale, labels, copies, directions."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coercion_sim.dispute import DisputeGame, DisputeSolution, solve_dispute
from support.dispute_games import flagship_game, known, random_game, rational, with_parameters
from support.dispute_recursion import Recursion

#: Probabilities of a solution, by name.
CHOICES = ("press", "package", "concede", "impose")


@st.composite
def games(draw: st.DrawFn, **given_parameters: Any) -> DisputeGame:
    n = draw(st.integers(0, 2))
    sizes = {"K": draw(st.integers(1, 3)), "n": n, "M": draw(st.integers(2, 3))}
    parameters: dict[str, Any] = {"horizon": draw(st.integers(1, 6)), "settle": draw(st.sampled_from((0.0, 0.4)))}
    return random_game(draw(st.integers(0, 10**6)), **sizes, **(parameters | given_parameters))


def assert_same_choices(one: DisputeSolution, two: DisputeSolution, tolerance: float) -> None:
    for name in CHOICES:
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=0, atol=tolerance, err_msg=name)
    for name in ("concede", "settle", "lift", "accept"):
        a, b = getattr(one.war, name), getattr(two.war, name)
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance, err_msg=name)
    for a, b in zip((*one.pledged, *one.unpledged), (*two.pledged, *two.unpledged), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)


@given(games())
def test_zero_rationality_is_uniform_at_every_node(game: DisputeGame) -> None:
    found = solve_dispute(with_parameters(game, rationality=0.0))
    K, M = len(game.packages), len(game.options)
    for name, share in (("press", 1 / 2), ("package", 1 / K), ("concede", 1 / 2), ("impose", 1 / 2)):
        np.testing.assert_allclose(getattr(found, name), share, rtol=0, atol=1e-15, err_msg=name)
    settle = game.parameters.settle > 0
    np.testing.assert_allclose(found.war.concede, 1 / 3 if settle else 1 / 2, rtol=0, atol=1e-15)
    np.testing.assert_allclose(found.war.settle, 1 / 3 if settle else 0, rtol=0, atol=1e-15)
    np.testing.assert_allclose(found.war.lift, 1 / 2, rtol=0, atol=1e-15)
    np.testing.assert_allclose(found.war.accept, 1 / 2 if settle else 0, rtol=0, atol=1e-15)
    uniform = np.array([1 / 2, *[1 / 2 / (M - 1)] * (M - 1)])
    for choice in (*found.pledged, *found.unpledged):
        np.testing.assert_allclose(choice, np.broadcast_to(uniform, choice.shape), rtol=0, atol=1e-15)


@given(games(), st.sampled_from((1e-3, 0.37, 8.0, 1e3)))
def test_scaling_stakes_costs_and_effects_together_changes_nothing(game: DisputeGame, k: float) -> None:
    arrays = ("coercer_cost", "target_effect", "ally_cost", "pledge", "interest", "stake_coercer", "stake_target")
    larger = replace(game, **{name: k * getattr(game, name) for name in arrays})
    p = game.parameters
    money = {name: k * getattr(p, name) for name in ("cost_once", "cost_year", "statement_cost")}
    larger = with_parameters(larger, **money)
    one, two = solve_dispute(game), solve_dispute(larger)
    assert_same_choices(one, two, 1e-11)
    for name in ("press_value", "resist_value", "package_value", "impose_value"):
        np.testing.assert_allclose(k * getattr(one, name), getattr(two, name), rtol=1e-11, atol=1e-12 * k)


@given(games(rationality=9.0), st.randoms(use_true_random=False))
def test_relabelling_packages_permutes_them(game: DisputeGame, random: Any) -> None:
    order = list(range(len(game.packages)))
    random.shuffle(order)
    turned = replace(
        game,
        packages=tuple(game.packages[k] for k in order),
        coercer_cost=game.coercer_cost[:, order],
        target_effect=game.target_effect[:, order],
        ally_cost=game.ally_cost[:, :, order],
        erosion=np.array([game.erosion_of(k) for k in order]),
    )
    one, two = solve_dispute(game), solve_dispute(turned)
    np.testing.assert_allclose(one.press, two.press, rtol=0, atol=1e-13)
    for name in ("package", "concede", "impose"):
        np.testing.assert_allclose(getattr(one, name)[:, order], getattr(two, name), rtol=0, atol=1e-13)
    np.testing.assert_allclose(one.profile[order], two.profile, rtol=0, atol=1e-13)


def swapped(game: DisputeGame) -> DisputeGame:
    """Return the game of two allies with their data in the other order."""
    order = [1, 0]
    return replace(
        game,
        allies=game.allies[::-1],
        coercer_cost=np.swapaxes(game.coercer_cost, 2, 3),
        target_effect=np.swapaxes(game.target_effect, 2, 3),
        ally_cost=np.swapaxes(game.ally_cost, 3, 4)[order],
        **{name: getattr(game, name)[order] for name in ("shortfall", "pledge", "interest", "reliability")},
    )


@given(st.integers(0, 10**6), st.integers(2, 3))
def test_relabelling_allies_who_do_not_heed_each_other_permutes_their_answers(seed: int, M: int) -> None:
    """Costs and effects add up and the target's answers do not depend on them: who moves first then decides nothing."""
    game = random_game(seed, K=2, n=2, M=M, rationality=0.0)
    own = np.random.default_rng(seed).uniform(0, 0.1, (2, 2, 2, M))
    shape = (2, 2, M, M)
    cost = np.stack([np.broadcast_to(own[0][..., :, None], shape), np.broadcast_to(own[1][..., None, :], shape)])
    game = replace(game, ally_cost=cost, ally_rational=(True, True))
    one, two = solve_dispute(game), solve_dispute(swapped(game))
    np.testing.assert_allclose(np.swapaxes(one.profile, 1, 2), two.profile, rtol=0, atol=1e-12)
    np.testing.assert_allclose(one.pledged[0], two.pledged[1][:, 0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(one.pledged[1][:, 0], two.pledged[0], rtol=0, atol=1e-12)
    assert_close_demand(one, two)


@given(st.integers(0, 10**6))
def test_an_ally_that_stands_aside_may_stand_anywhere_in_the_order(seed: int) -> None:
    """With nothing at stake it never acts, so its place among the allies changes no one's choice."""
    game = random_game(seed, K=2, n=2, M=3)
    idle = replace(game, interest=game.interest * [1, 0], pledge=game.pledge * [1, 0])
    one, two = solve_dispute(idle), solve_dispute(swapped(idle))
    assert (one.pledged[1][..., 0] == 1).all()
    assert_close_demand(one, two)
    np.testing.assert_allclose(np.swapaxes(one.profile, 1, 2), two.profile, rtol=0, atol=1e-12)


def assert_close_demand(one: DisputeSolution, two: DisputeSolution) -> None:
    for name in CHOICES:
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=0, atol=1e-12, err_msg=name)


@given(games())
def test_a_list_of_packages_copied_moves_pressing_by_nothing(game: DisputeGame) -> None:
    K = len(game.packages)
    twice = [*range(K), *range(K)]
    doubled = replace(
        game,
        packages=tuple(f"{game.packages[k]} {i}" for i, k in enumerate(twice)),
        coercer_cost=game.coercer_cost[:, twice],
        target_effect=game.target_effect[:, twice],
        ally_cost=game.ally_cost[:, :, twice],
        erosion=np.array([game.erosion_of(k) for k in twice]),
    )
    one, two = solve_dispute(game), solve_dispute(doubled)
    np.testing.assert_allclose(two.press, one.press, rtol=0, atol=1e-12)
    np.testing.assert_allclose(two.package[:, :K] + two.package[:, K:], one.package, rtol=0, atol=1e-12)


@pytest.mark.parametrize("surprise", [False, True])
@pytest.mark.parametrize("n", [0, 2])
def test_with_nothing_at_stake_best_replies_never_press(n: int, surprise: bool) -> None:
    for seed in range(20):
        game = rational(random_game(seed, K=3, n=n, M=2, surprise=surprise))
        found = solve_dispute(replace(game, stake_coercer=np.zeros(2), stake_target=np.zeros(2)))
        assert (found.press == 0).all()


@given(games())
def test_with_nothing_at_stake_logit_play_gives_finite_probabilities(game: DisputeGame) -> None:
    found = solve_dispute(replace(game, stake_coercer=np.zeros(2), stake_target=np.zeros(2)))
    for name in CHOICES:
        chosen = getattr(found, name)
        assert np.isfinite(chosen).all()
        assert ((chosen >= 0) & (chosen <= 1)).all()


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 2), st.booleans(), st.booleans(), st.sampled_from((0.0, 0.5)))
def test_a_retaliation_sure_to_come_never_makes_best_replies_press_more(
    seed: int, K: int, firm: bool, resolved: bool, settle: float
) -> None:
    """Types known, one dispute: the cut-off costs the coercer more and nobody decides about it."""
    game = rational(known(random_game(seed, K=K, n=0, M=1, settle=settle), firm, resolved))
    before = 1.0
    for size in (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0):
        found = solve_dispute(replace(game, coercer_cost=game.coercer_cost + size))
        assert found.press[int(firm)] <= before
        before = float(found.press[int(firm)])


@settings(max_examples=40)
@given(games(rationality=1.0))
def test_growing_rationality_reaches_best_replies_where_they_are_unique(game: DisputeGame) -> None:
    best = rational(game)
    plain = Recursion(best)
    plain.solve()
    assume(plain.margin > 1e-4)
    assert_same_choices(solve_dispute(with_parameters(game, rationality=1e7)), solve_dispute(best), 1e-9)


# ---------------------------------------------------------------- directions, at the flagship's magnitudes


def solved(**changes: Any) -> DisputeSolution:
    return solve_dispute(flagship_game(**changes))


def assert_falls(numbers: list[np.ndarray]) -> None:
    """Every entry falls from one array to the next."""
    for one, two in itertools.pairwise(numbers):
        assert (two < one).all(), (one, two)


def test_the_more_is_at_stake_for_the_target_the_less_it_concedes() -> None:
    found = [solved(v_t=v, allies=0) for v in (0.1, 0.2, 0.4, 0.8)]
    assert_falls([f.concede[0] for f in found])
    assert_falls([f.concede[1, -1:] for f in found])
    assert_falls([f.war.concede[0] for f in found])


@pytest.mark.parametrize("allies", [0, 2])
def test_cheaper_pressure_raises_attempts(allies: int) -> None:
    assert_falls([solved(cost_once=z, allies=allies).press for z in (0.0, 0.01, 0.02, 0.04, 0.08)])
    assert_falls([solved(own_cost=c, allies=allies).press for c in (0.0, 0.01, 0.02, 0.05, 0.1)])
    assert_falls([solved(cost_year=z, allies=allies).press for z in (0.0, 0.01, 0.02, 0.05)])


def test_pledges_lower_attempts_and__the_lower() -> None:
    assert_falls([solved(pledge=A).press for A in (0.0, 0.01, 0.03, 0.1)])


def test_reliable_allies_lower_attempts_given_pledges_and_do_nothing_without() -> None:
    assert_falls([solved(pledge=0.1, reliability=R).press for R in (0.0, 0.25, 0.5, 0.75, 1.0)])
    none = [solved(reliability=R).press for R in (0.0, 0.5, 1.0)]
    np.testing.assert_allclose(none[1:], [none[0]] * 2, rtol=0, atol=1e-15)


def test_a_pledge_nobody_believes_is_no_pledge_to_the_coercer() -> None:
    np.testing.assert_allclose(solved(pledge=0.1, reliability=0.0).press, solved().press, rtol=0, atol=1e-15)


def test_surprise_skips_the_answer_to_the_demand() -> None:
    found = solved(surprise=True)
    assert (found.concede == 0).all()
    assert (found.impose == 1).all()
    np.testing.assert_allclose(found.package_value, found.impose_value, rtol=0, atol=1e-15)


def test_effects_of_the_first_year_last_four_quarters() -> None:
    game = flagship_game(allies=0)
    longer = replace(game, target_effect=game.target_effect * np.array([1.0, 3.0])[:, None])
    short, wide = ({"horizon": h} for h in (4, 5))
    one, two = (solve_dispute(with_parameters(g, **short)) for g in (game, longer))
    assert_same_choices(one, two, 0.0)
    one, two = (solve_dispute(with_parameters(g, **wide)) for g in (game, longer))
    assert (two.war.concede > one.war.concede).any()


def test_erosion_makes_yielding_cheaper_once_measures_are_in_force_and_not_before() -> None:
    """Each quarter an eroded target yields more often; what yielding to the demand costs is untouched."""
    game = flagship_game()
    per = len(game.options) ** len(game.allies)
    before, after = solve_dispute(game), solve_dispute(replace(game, erosion=np.array([0.0, 0.0, 0.4])))
    assert (after.war.concede[:, 2 * per :] > before.war.concede[:, 2 * per :]).all()
    np.testing.assert_array_equal(after.war.concede[:, : 2 * per], before.war.concede[:, : 2 * per])
    np.testing.assert_array_equal(after.concede_value, before.concede_value)
