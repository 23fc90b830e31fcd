"""What must hold of any dispute: noise, scale, names, copies, limits, beliefs, directions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.dispute import DisputeGame, DisputeSolution, solve_dispute
from support.dispute_games import flagship_game
from support.disputes import make_dispute, with_rules

#: Equal games met in another order stop at iterates this far apart: residuals are at most this.
SAME = {"rtol": 0.0, "atol": 1e-6}
EXACT = {"rtol": 0.0, "atol": 1e-12}
seeds = st.integers(0, 10**6)


def choices(found: DisputeSolution) -> list[np.ndarray]:
    return [found.press, found.package, found.impose, found.concede, found.profile, *found.pledged, *found.unpledged]


def test_without_rationality_everybody_chooses_uniformly() -> None:
    found = solve_dispute(make_dispute(1, 3, 2, 3, rationality=0.0))
    for even in (found.press, found.impose, found.concede, found.steps.concede, found.steps.lift):
        assert np.array_equal(even, np.full(even.shape, 0.5))
    np.testing.assert_allclose(found.package, 1 / 3, **EXACT)
    for answers in (*found.pledged, *found.unpledged):
        np.testing.assert_allclose(answers, np.broadcast_to([0.5, 0.25, 0.25], answers.shape), **EXACT)


def reordered(game: DisputeGame, order: list[int]) -> DisputeGame:
    """Let the allies of a dispute move in another order, everything of theirs going along."""
    axes = [0, 1, *(2 + i for i in order)]
    rows = {name: getattr(game, name)[order] for name in ("shortfall", "pledge", "interest", "reliability")}
    return replace(
        game,
        allies=tuple(game.allies[i] for i in order),
        coercer_cost=game.coercer_cost.transpose(axes),
        target_effect=game.target_effect.transpose(axes),
        ally_cost=game.ally_cost[order].transpose([0, *(a + 1 for a in axes)]),
        ally_rational=tuple(game.ally_rational[i] for i in order),
        **rows,
    )


@settings(max_examples=8, deadline=None)
@given(seeds)
def test_allies_with_the_same_data_can_change_names(seed: int) -> None:
    game = make_dispute(seed, 2, 2, 3)
    cost = game.ally_cost[0]
    twins = replace(
        game,
        coercer_cost=game.coercer_cost + game.coercer_cost.swapaxes(2, 3),
        target_effect=game.target_effect + game.target_effect.swapaxes(2, 3),
        ally_cost=np.stack([cost, cost.swapaxes(2, 3)]),
        **{name: getattr(game, name)[[0, 0]] for name in ("shortfall", "pledge", "interest", "reliability")},
    )
    swapped = reordered(twins, [1, 0])
    assert swapped.allies == ("ally1", "ally0")
    for one, other in zip(choices(solve_dispute(twins)), choices(solve_dispute(swapped)), strict=True):
        np.testing.assert_allclose(one, other, **SAME)


@settings(max_examples=8, deadline=None)
@given(seeds, st.permutations([0, 1, 2]))
def test_an_ally_with_nothing_at_stake_can_stand_anywhere(seed: int, order: list[int]) -> None:
    game = make_dispute(seed, 2, 3, 2)
    kept = sorted(order, key=lambda i: (i != 2, i))  # allies 0 and 1 keep their order, ally 2 goes first
    idle = replace(game, pledge=game.pledge * [1, 1, 0], interest=game.interest * [1, 1, 0])
    first, last = solve_dispute(reordered(idle, kept)), solve_dispute(idle)
    assert (last.profile[..., 1:] == 0.0).all()
    np.testing.assert_allclose(first.profile.transpose([0, 2, 3, 1]), last.profile, **SAME)
    np.testing.assert_allclose(first.press, last.press, **SAME)


@settings(max_examples=8, deadline=None)
@given(seeds)
def test_copies_of_every_package_do_not_make_pressing_likelier(seed: int) -> None:
    game = make_dispute(seed, 3, 1, 2)
    twice = replace(
        game,
        packages=(*game.packages, *(f"{name} again" for name in game.packages)),
        coercer_cost=np.concatenate([game.coercer_cost] * 2, axis=1),
        target_effect=np.concatenate([game.target_effect] * 2, axis=1),
        ally_cost=np.concatenate([game.ally_cost] * 2, axis=2),
    )
    one, two = solve_dispute(game), solve_dispute(twice)
    np.testing.assert_allclose(two.press, one.press, **SAME)
    np.testing.assert_allclose(two.package[:, :3], one.package / 2.0, **SAME)


@pytest.mark.parametrize("seed", range(6))
def test_with_nothing_at_stake_nobody_presses(seed: int) -> None:
    game = make_dispute(seed, 2, 1, 2)
    none = replace(game, stake_coercer=np.zeros(2), stake_target=np.zeros(2))
    assert (solve_dispute(none).press == 0.0).all()


# ---------------------------------------------------------------------------------------------------- directions


def one_ally(reliability: float, pledge: float, help_cost: float = 0.02) -> DisputeGame:
    """One package that hurts; an ally that can retaliate and make good half the loss."""
    shape = (2, 1, 2)
    return replace(
        make_dispute(0, 1, 1, 2),
        coercer_cost=np.broadcast_to([0.005, 0.06], shape),
        target_effect=np.broadcast_to([-0.4, -0.2], shape),
        ally_cost=np.broadcast_to([0.0, help_cost], (1, *shape)),
        shortfall=np.array([[1.0, 0.0]]),
        pledge=np.array([pledge]),
        interest=np.array([0.005]),
        reliability=np.array([reliability]),
        stake_coercer=0.1 * np.array([1 / 3, 3.0]),
        stake_target=0.5 * np.array([1 / 3, 3.0]),
    )


def test_a_pledge_makes_help_likelier_and_attempts_rarer() -> None:
    attempts = [solve_dispute(one_ally(1.0, pledge)).press for pledge in (0.0, 0.01, 0.03, 0.1)]
    helps = [solve_dispute(one_ally(1.0, pledge)).pledged[0][0, 1] for pledge in (0.0, 0.01, 0.03, 0.1)]
    assert np.all(np.diff(attempts, axis=0) < 0.0)
    assert np.all(np.diff(helps) > 0.0)


def test_a_reliable_ally_deters_where_it_has_pledged_and_only_there() -> None:
    trust = (0.02, 0.25, 0.5, 0.75, 0.98)
    attempts = [solve_dispute(one_ally(r, 0.1)).press for r in trust]
    assert np.all(np.diff(attempts, axis=0) < 0.0)
    unpledged = [solve_dispute(one_ally(r, 0.0)).press for r in trust]
    np.testing.assert_allclose(unpledged, [unpledged[0]] * len(trust), rtol=0.0, atol=1e-14)  # rounding of a mean


def test_between_known_types_what_others_believe_of_the_ally_does_not_move_it() -> None:
    """Under doubt it does: whether the ally is relied on decides who imposes, and so what imposition shows."""
    known = [replace(one_ally(r, 0.1), belief_target=1.0, belief_coercer=1.0) for r in (0.1, 0.9)]
    first, second = (solve_dispute(game) for game in known)
    np.testing.assert_allclose(first.pledged[0], second.pledged[0], **SAME)
    assert first.profile[0, 1] < second.profile[0, 1]


@pytest.mark.parametrize("seed", range(10))
def test_a_target_with_more_at_stake_concedes_less(seed: int) -> None:
    game = make_dispute(seed, 3, 0, 1)
    more = replace(game, stake_target=2.0 * game.stake_target)
    before, after = solve_dispute(game), solve_dispute(more)
    assert (after.concede < before.concede).all()
    assert (after.steps.concede < before.steps.concede).all()


@pytest.mark.parametrize("v_t", [0.2, 0.4, 0.7])
def test_cheaper_damage_raises_attempts(v_t: float) -> None:
    """Where the target may give in: one that hardly ever does is only fought longer, at v_t 1.2 for .075 and .074."""
    presses = [solve_dispute(flagship_game(v_t=v_t, allies=0, own_cost=cost)).press.mean() for cost in (0.1, 0.05, 0.0)]
    assert presses[0] < presses[1] < presses[2]


@pytest.mark.parametrize("seed", range(10))
def test_audiences_hold_a_coercer_to_its_threat_and_to_its_measures(seed: int) -> None:
    game = make_dispute(seed, 2, 0, 1)
    base, stern = solve_dispute(game), solve_dispute(with_rules(game, audience_back_down=0.8))
    assert (stern.impose > base.impose).all()
    patient = solve_dispute(with_rules(game, audience_lift=0.8))
    assert (patient.steps.lift < base.steps.lift).all()
