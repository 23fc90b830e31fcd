"""What must hold of any dispute: noise, scale, names, copies, limits, beliefs, directions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.dispute import DisputeGame, DisputeSolution, posterior, solve_dispute
from support.disputes import make_dispute, scaled, with_rules

EXACT = {"rtol": 0.0, "atol": 1e-12}
seeds = st.integers(0, 10**6)


def choices(found: DisputeSolution) -> list[np.ndarray]:
    steps = found.steps
    return [
        found.press, found.package, found.impose, found.concede, found.profile, *found.pledged, *found.unpledged,
        steps.concede, steps.lift, steps.settle, steps.accept,
    ]  # fmt: skip


def test_without_rationality_everybody_chooses_uniformly() -> None:
    found = solve_dispute(make_dispute(1, 3, 2, 3, rationality=0.0))
    for even in (found.press, found.impose, found.concede, found.steps.concede, found.steps.lift):
        assert np.array_equal(even, np.full(even.shape, 0.5))
    np.testing.assert_allclose(found.package, 1 / 3, **EXACT)
    for answers in (*found.pledged, *found.unpledged):
        np.testing.assert_allclose(answers, np.broadcast_to([0.5, 0.25, 0.25], answers.shape), **EXACT)


@settings(max_examples=40, deadline=None)
@given(seeds, st.floats(1e-3, 1e3), st.sampled_from([0.0, 0.5]))
def test_scaling_every_stake_cost_and_effect_changes_nothing(seed: int, k: float, settle: float) -> None:
    game = make_dispute(seed, 2, 2, 3, settle=settle, statement_cost=0.01)
    for before, after in zip(choices(solve_dispute(game)), choices(solve_dispute(scaled(game, k))), strict=True):
        np.testing.assert_allclose(after, before, **EXACT)


def test_rationality_without_bound_reaches_best_replies() -> None:
    game = make_dispute(3, 3, 2, 3)
    spe = with_rules(replace(game, ally_rational=(True, True)), coercer_rational=True, target_rational=True)
    sharp = solve_dispute(with_rules(game, rationality=1e6))
    for limit, best in zip(choices(sharp), choices(solve_dispute(spe)), strict=True):
        np.testing.assert_allclose(limit, best, rtol=0.0, atol=1e-6)


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


@settings(max_examples=25, deadline=None)
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
        np.testing.assert_allclose(one, other, **EXACT)


@settings(max_examples=25, deadline=None)
@given(seeds, st.permutations([0, 1, 2]))
def test_an_ally_with_nothing_at_stake_can_stand_anywhere(seed: int, order: list[int]) -> None:
    game = make_dispute(seed, 2, 3, 2)
    kept = sorted(order, key=lambda i: (i != 2, i))  # allies 0 and 1 keep their order, ally 2 goes first
    idle = replace(game, pledge=game.pledge * [1, 1, 0], interest=game.interest * [1, 1, 0])
    first, last = solve_dispute(reordered(idle, kept)), solve_dispute(idle)
    assert (last.profile[..., 1:] == 0.0).all()
    np.testing.assert_allclose(first.profile.transpose([0, 2, 3, 1]), last.profile, **EXACT)
    np.testing.assert_allclose(first.press, last.press, **EXACT)


@settings(max_examples=25, deadline=None)
@given(seeds, st.booleans())
def test_copies_of_every_package_do_not_make_pressing_likelier(seed: int, stern: bool) -> None:
    game = make_dispute(seed, 3, 1, 2, coercer_rational=stern)
    twice = replace(
        game,
        packages=(*game.packages, *(f"{name} again" for name in game.packages)),
        coercer_cost=np.concatenate([game.coercer_cost] * 2, axis=1),
        target_effect=np.concatenate([game.target_effect] * 2, axis=1),
        ally_cost=np.concatenate([game.ally_cost] * 2, axis=2),
    )
    one, two = solve_dispute(game), solve_dispute(twice)
    np.testing.assert_allclose(two.press, one.press, **EXACT)
    np.testing.assert_allclose(two.package[:, :3], one.package / 2.0, **EXACT)


@pytest.mark.parametrize("stake", [0.0, 1e-9])
@pytest.mark.parametrize("seed", range(5))
def test_with_nothing_at_stake_nobody_presses(seed: int, stake: float) -> None:
    game = make_dispute(seed, 2, 1, 2, coercer_rational=True, target_rational=True)
    none = replace(game, stake_coercer=np.full(2, stake), stake_target=np.full(2, stake))
    assert (solve_dispute(none).press == 0.0).all()


@settings(max_examples=150, deadline=None)
@given(seeds, st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0]), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_harder_automatic_retaliation_never_invites_coercion(
    seed: int, mu: float, nu: float, first_year: float, later: float
) -> None:
    game = make_dispute(seed, 2, 0, 1, mu, nu, coercer_rational=True, target_rational=True)
    more = np.array([first_year, later])[:, None] * 0.2
    harder = replace(game, coercer_cost=game.coercer_cost + more)
    c = int(nu)
    assert solve_dispute(harder).press[c] <= solve_dispute(game).press[c]


@settings(max_examples=40, deadline=None)
@given(seeds, st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_beliefs_are_martingales_under_the_models_own_probabilities(seed: int, mu: float, nu: float) -> None:
    game = make_dispute(seed, 3, 1, 2, mu, nu)
    found, rho = solve_dispute(game), game.parameters.review
    about_target = [found.concede, rho * found.steps.concede]
    about_coercer = [found.impose, rho * found.steps.lift]
    for prior, acts in ((mu, about_target), (nu, about_coercer)):
        for act in acts:
            expected = np.zeros(act.shape[1])
            for p in (act, 1.0 - act):
                seen = (1.0 - prior) * p[0] + prior * p[1]
                expected += seen * posterior(prior, *p, clip=False)
            np.testing.assert_allclose(expected, prior, rtol=0.0, atol=1e-11)


def test_beliefs_are_clipped_but_a_known_type_stays_known() -> None:
    assert posterior(0.5, 1.0, 1e-9) == 0.02
    assert posterior(0.5, 0.0, 0.0) == 0.5
    assert posterior(1.0, 1.0, 1e-9) == 1.0
    assert posterior(0.5, 0.2, 0.4) == pytest.approx(2 / 3, abs=1e-15)


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
    assert np.all(np.diff(unpledged, axis=0) == 0.0)


def test_what_the_ally_does_does_not_depend_on_what_others_believe_of_it() -> None:
    first, second = solve_dispute(one_ally(0.1, 0.1)), solve_dispute(one_ally(0.9, 0.1))
    assert np.array_equal(first.pledged[0], second.pledged[0])
    assert first.profile[0, 1] < second.profile[0, 1]


@pytest.mark.parametrize("seed", range(10))
def test_a_target_with_more_at_stake_concedes_less(seed: int) -> None:
    game = make_dispute(seed, 3, 0, 1)
    more = replace(game, stake_target=2.0 * game.stake_target)
    before, after = solve_dispute(game), solve_dispute(more)
    assert (after.concede < before.concede).all()
    assert (after.steps.concede < before.steps.concede).all()


@pytest.mark.parametrize("seed", range(20))
def test_cheaper_damage_raises_attempts(seed: int) -> None:
    """Over both types: a soft coercer alone may press less, as it then backs down less often from what it loses by."""
    game = make_dispute(seed, 3, 0, 1)
    attempts = solve_dispute(game).press
    cheaper = solve_dispute(replace(game, coercer_cost=0.5 * game.coercer_cost)).press
    assert cheaper[1] > attempts[1]
    assert cheaper.mean() > attempts.mean()
    easier = solve_dispute(with_rules(game, cost_once=0.5 * game.parameters.cost_once)).press
    assert easier[1] > attempts[1]
    assert easier.mean() > attempts.mean()


@pytest.mark.parametrize("seed", range(10))
def test_audiences_hold_a_coercer_to_its_threat_and_to_its_measures(seed: int) -> None:
    game = make_dispute(seed, 2, 0, 1)
    base, stern = solve_dispute(game), solve_dispute(with_rules(game, audience_back_down=0.8))
    assert (stern.impose > base.impose).all()
    patient = solve_dispute(with_rules(game, audience_lift=0.8))
    assert (patient.steps.lift < base.steps.lift).all()
