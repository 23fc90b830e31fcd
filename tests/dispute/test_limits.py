"""Limits and invariances of the dispute game (model.md section 5)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coercion_sim.dispute import (
    DisputeGame,
    DisputeParameters,
    DisputeSolution,
    dispute_endings,
    mean_endings,
    solve_dispute,
    solve_disputes,
)
from support.dispute_games import flagship_game, random_game, with_parameters


def endings(solved: DisputeSolution, name: str) -> float:
    g = solved.game
    odds = np.outer(g.types_coercer, g.types_target)
    return float(sum(odds[c, s] * getattr(dispute_endings(solved, c, s, 200), name) for c in (0, 1) for s in (0, 1)))


def assert_same(one: DisputeSolution, two: DisputeSolution, near: float = 1e-6) -> None:
    for name in ("press", "package", "concede", "impose", "profile", "belief_resisted", "belief_imposed"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=0, atol=near)


def test_no_rationality_is_even_choice() -> None:
    solved = solve_dispute(flagship_game(rationality=0.0))
    for choices in (solved.press, solved.concede, solved.impose, solved.steps.concede, solved.steps.lift):
        np.testing.assert_array_equal(choices, 0.5)
    np.testing.assert_array_equal(solved.belief_resisted, 0.5)


def test_great_rationality_between_known_types_is_backward_induction() -> None:
    """A resolved target gives nothing, a firm coercer knows it and, pressing being costly, leaves it alone."""
    game = replace(
        flagship_game(allies=0, loss=(0.04, 0.05, 0.06), rationality=1e4), belief_target=1.0, belief_coercer=1.0
    )
    solved = solve_dispute(game)
    assert solved.concede[1].max() < 1e-6
    assert solved.press[1] < 1e-6
    weak = solve_dispute(replace(game, belief_target=0.0, stake_target=game.stake_target / 100))
    assert weak.concede[0, 2] > 1 - 1e-6
    assert weak.press[1] > 1 - 1e-6


def test_a_target_with_nothing_at_stake_gives_in_and_one_with_all_at_stake_never() -> None:
    game = flagship_game(allies=0)
    none = solve_dispute(replace(game, stake_target=game.stake_target * 1e-6))
    assert none.concede.min() > 0.9
    huge = solve_dispute(replace(game, stake_target=game.stake_target * 1e4))
    assert huge.concede.max() < 0.01
    assert huge.steps.concede.max() < 0.01


def test_a_price_of_imposing_beyond_the_stake_empties_the_threat() -> None:
    game = flagship_game(allies=0)
    dear = solve_dispute(with_parameters(game, cost_once=1e3))
    assert dear.impose.max() < 1e-6
    assert dear.press.max() < solve_dispute(game).press.max()
    assert solve_dispute(with_parameters(game, cost_once=0.0)).impose.min() >= solve_dispute(game).impose.min()


def test_audience_costs_beyond_measure_bind() -> None:
    game = flagship_game(allies=0)
    assert solve_dispute(with_parameters(game, audience_back_down=1e4)).impose.min() > 1 - 1e-6
    assert solve_dispute(with_parameters(game, audience_lift=1e4)).steps.lift.max() < 1e-6
    assert solve_dispute(with_parameters(game, audience_concede=1e4)).concede.max() < 1e-6


@pytest.mark.parametrize("audience", [0.0, 0.5, 2.0])
def test_giving_in_to_the_demand_is_as_likely_as_it_is_better_than_resisting(audience: float) -> None:
    """Log odds are rationality times the gain over the stake: giving in costs the stake, and the audience cost."""
    game = flagship_game(allies=0, rationality=3.0, audience_concede=audience)
    solved = solve_dispute(game)
    for s, stake in enumerate(game.stake_target):
        gain = -(1.0 + audience) * stake - solved.resist_value[s]
        np.testing.assert_allclose(np.log(solved.concede[s] / (1.0 - solved.concede[s])), 3.0 * gain / stake, rtol=1e-6)


@pytest.mark.parametrize(("mu", "nu"), [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
def test_certain_beliefs_stay_certain(mu: float, nu: float) -> None:
    solved = solve_dispute(replace(flagship_game(), belief_target=mu, belief_coercer=nu))
    np.testing.assert_array_equal(solved.belief_resisted, mu)
    np.testing.assert_array_equal(solved.belief_imposed, nu)


def test_allies_without_anything_at_stake_are_as_if_absent() -> None:
    alone, idle = solve_dispute(flagship_game(allies=0)), flagship_game(allies=2)
    idle = replace(idle, interest=np.zeros(2), pledge=np.zeros(2))
    solved = solve_dispute(idle)
    np.testing.assert_array_equal(solved.profile.reshape(3, -1)[:, 0], 1.0)
    np.testing.assert_allclose(solved.press, alone.press, rtol=0, atol=1e-6)
    np.testing.assert_allclose(solved.concede, alone.concede, rtol=0, atol=1e-6)


def test_a_boundless_pledge_is_kept_and_one_not_believed_changes_nothing_at_first() -> None:
    bound = solve_dispute(flagship_game(allies=1, pledge=1e3))
    assert bound.pledged[0][:, 2].min() > 0.9  # the option without a shortfall
    doubted = solve_dispute(flagship_game(allies=1, pledge=1e3, reliability=0.0))
    none = solve_dispute(flagship_game(allies=1, pledge=0.0, reliability=0.0))
    np.testing.assert_allclose(doubted.press, none.press, rtol=0, atol=1e-6)


def test_help_that_makes_good_more_deters_more() -> None:
    game = flagship_game(allies=0, v_t=0.7)
    presses = []
    for left in (1.0, 0.5, 0.1):
        solved = solve_dispute(replace(game, target_effect=left * game.target_effect))
        presses.append(float(solved.press.mean()))
    assert presses[0] > presses[1] > presses[2]


@pytest.mark.parametrize("k", [1e-3, 0.5, 40.0])
def test_money_has_no_unit(k: float) -> None:
    """Choices are unchanged where every stake, cost and effect of all players is multiplied."""
    game = random_game(3, K=2, n=1, M=2, rationality=4.0)
    money = ("coercer_cost", "target_effect", "ally_cost", "pledge", "interest", "stake_coercer", "stake_target")
    p = game.parameters
    rules = replace(p, cost_once=k * p.cost_once, cost_year=k * p.cost_year, statement_cost=k * p.statement_cost)
    larger = replace(game, parameters=rules, **{name: k * getattr(game, name) for name in money})
    assert_same(solve_dispute(game), solve_dispute(larger))


def test_each_player_may_count_in_its_own_unit() -> None:
    """Scaling one player's payoffs alone changes nothing: rationality is relative to its own stake."""
    game = flagship_game(allies=1, pledge=0.02)
    target = replace(game, target_effect=3 * game.target_effect, stake_target=3 * game.stake_target)
    assert_same(solve_dispute(game), solve_dispute(target))
    ally = replace(game, ally_cost=3 * game.ally_cost, interest=3 * game.interest, pledge=3 * game.pledge)
    assert_same(solve_dispute(game), solve_dispute(ally))


def test_lapses_shorten_what_would_otherwise_last() -> None:
    game = flagship_game(allies=0, v_t=0.7)
    never, soon = (solve_dispute(with_parameters(game, lapse=eta)) for eta in (0.0, 0.3))
    assert endings(never, "lapsed") == 0.0
    assert endings(soon, "lapsed") > 0.0
    assert endings(soon, "unended") == pytest.approx(0.0, abs=1e-6)


def reordered(game: DisputeGame) -> DisputeGame:
    """The packages in the opposite order."""
    return replace(
        game, packages=game.packages[::-1], coercer_cost=game.coercer_cost[:, ::-1],
        target_effect=game.target_effect[:, ::-1], ally_cost=game.ally_cost[:, :, ::-1],
    )  # fmt: skip


def test_the_order_of_packages_does_not_matter() -> None:
    game = flagship_game(allies=1, pledge=0.02)
    one, two = solve_dispute(game), solve_dispute(reordered(game))
    np.testing.assert_allclose(one.press, two.press, rtol=0, atol=1e-6)
    np.testing.assert_allclose(one.package, two.package[:, ::-1], rtol=0, atol=1e-6)


def test_an_ally_without_a_stake_stands_aside() -> None:
    """With neither an interest nor a pledge it helps with chance 0, and what help would bring plays no part."""
    game = flagship_game(allies=2, pledge=0.02)
    n = len(game.allies)
    none = replace(game, pledge=np.zeros(n), interest=np.zeros(n))
    solved = solve_dispute(none)
    assert solved.residual.max() < 1e-6
    assert solved.profile.reshape(len(game.packages), -1)[:, 0] == pytest.approx(1.0)
    dear = replace(none, ally_cost=none.ally_cost * 1e300)
    assert_same(solved, solve_dispute(dear))


@pytest.mark.parametrize("rationality", [20.0, 50.0, 100.0])
def test_choices_of_known_types_grow_sharper_with_rationality(rationality: float) -> None:
    """Towards backward induction: nothing is left between never and always but where a mover is indifferent."""
    game = replace(flagship_game(allies=0, rationality=rationality), belief_target=1.0, belief_coercer=1.0)
    solved = solve_dispute(game)
    assert solved.residual.max() <= 1e-6
    likelier = solve_dispute(with_parameters(game, rationality=2.0 * rationality))
    for name in ("concede", "impose"):
        one, more = (getattr(s, name)[1] for s in (solved, likelier))
        assert (np.abs(more - 0.5) >= np.abs(one - 0.5) - 1e-6).all()


def test_without_audience_costs_a_demand_is_free_and_the_target_lets_it_pass() -> None:
    """Backing down costs nothing, so that pressing is worth nothing or more; a threat that is free is believed less."""
    game = flagship_game(allies=0, cost_once=3.0)
    free = with_parameters(game, audience_back_down=0.0)
    assert (solve_dispute(free).press_value >= 0.0).all()
    assert (solve_dispute(free).press >= 0.5).all()
    assert (solve_dispute(game).press < 0.5).all()
    lifting = with_parameters(flagship_game(allies=0), audience_lift=0.0)
    assert solve_dispute(lifting).steps.lift.min() > solve_dispute(flagship_game(allies=0)).steps.lift.min()


def test_a_package_nobody_would_use_changes_nothing_else() -> None:
    """Ruinous to the coercer and harmless to the target: it is imposed never, chosen hardly ever, and moves nothing."""
    game = flagship_game(allies=1, rationality=30.0)
    wide = {
        "coercer_cost": np.concatenate([game.coercer_cost, np.full((2, 1, 3), 1e3)], axis=1),
        "target_effect": np.concatenate([game.target_effect, np.zeros((2, 1, 3))], axis=1),
        "ally_cost": np.concatenate([game.ally_cost, np.zeros((1, 2, 1, 3))], axis=2),
    }
    more, plain = solve_dispute(replace(game, packages=(*game.packages, "ruin"), **wide)), solve_dispute(game)
    assert more.impose[:, -1].max() < 1e-9
    for name in ("concede", "impose"):
        np.testing.assert_allclose(getattr(more, name)[:, :-1], getattr(plain, name), rtol=0, atol=1e-6)
    np.testing.assert_allclose(
        more.package[:, :-1] / more.package[:, :-1].sum(axis=1, keepdims=True), plain.package, rtol=0, atol=1e-6
    )
    assert more.package[1, -1] < 0.01
    assert more.press[1] == pytest.approx(plain.press[1], abs=0.02)


def test_a_pledge_of_nothing_is_none() -> None:
    solved = solve_dispute(flagship_game(allies=2, pledge=0.0, reliability=0.7))
    for kept, without in zip(solved.pledged, solved.unpledged, strict=True):
        np.testing.assert_allclose(kept, without, rtol=0, atol=1e-12)
    other = solve_dispute(flagship_game(allies=2, pledge=0.0, reliability=0.2))
    assert_same(solved, other)


# ------------------------------------------------------------------ great rationality under two-sided doubt


def in_doubt(rationality: float) -> DisputeGame:
    """One package without allies: both sides are in doubt, nobody lifts, and half a year is a long time.

    A resolved target never yields, an irresolute one yields at the first review; a firm coercer always imposes.
    """
    rules = DisputeParameters(
        rationality=rationality, cost_once=0.04, cost_year=0.005, audience_back_down=0.4, audience_lift=100.0,
        audience_concede=0.2, review=1.0, lapse=0.2, lapse_cost=0.0, discount=0.97, last_quarter_bite=0.25,
    )  # fmt: skip
    none = np.zeros(0)
    return DisputeGame(
        ("ban",), (), ("none",), np.full((2, 1), 0.015), np.full((2, 1), -0.45), np.zeros((0, 2, 1)), np.zeros((0, 1)),
        none, none, none, np.array([0.1, 0.4]), np.array([0.4 / 3.0, 1.2]), 0.5, 0.3, parameters=rules,
    )  # fmt: skip


def test_great_rationality_under_two_sided_doubt_is_the_perfect_bayesian_equilibrium_by_hand() -> None:
    """An irresolute target yields just so often that the soft coercer does not mind imposing on who resists, and the
    soft coercer imposes just so often that the irresolute target does not mind resisting. Choices err by O(1 / Lambda).
    """
    mu, nu, quarter = 0.5, 0.3, 0.97**0.25 * (1.0 - 0.2)
    yielding = 1.2 * 0.4 / 3.0
    imposed_on = 0.45 / 4.0 + quarter * (yielding + 0.25 * 0.45 / 4.0)  # measures, then the first review
    soft_imposes = (yielding / imposed_on - nu) / (1.0 - nu)
    bite = (0.015 + 0.005) / 4.0
    on_irresolute = [-0.04 - bite + quarter * (v - 0.25 * bite) for v in (0.1, 0.4)]
    on_resolved = -0.04 - bite / (1.0 - quarter)
    resolved = (on_irresolute[0] + 0.4 * 0.1) / (on_irresolute[0] - on_resolved)  # belief once the demand is resisted
    yields = 1.0 - mu * (1.0 - resolved) / ((1.0 - mu) * resolved)
    pressing = []
    for v, imposes, worth in zip((0.1, 0.4), (soft_imposes, 1.0), on_irresolute, strict=True):
        after = [imposes * then - (1.0 - imposes) * 0.4 * v for then in (worth, on_resolved)]
        pressing.append((1.0 - mu) * (yields * v + (1.0 - yields) * after[0]) + mu * after[1])
    assert 0.0 < soft_imposes < 1.0
    assert 0.0 < yields < 1.0
    for rationality in (25.0, 50.0, 400.0):
        solved = solve_disputes([in_doubt(rationality)])[0]
        assert solved.solved
        near = {"rtol": 0, "atol": 1.0 / rationality}
        np.testing.assert_allclose(solved.concede[:, 0], [yields, 0.0], **near)
        np.testing.assert_allclose(solved.impose[:, 0], [soft_imposes, 1.0], **near)
        np.testing.assert_allclose(solved.belief_resisted, resolved, **near)
        np.testing.assert_allclose(solved.press_value, pressing, **near)


def test_two_that_would_rather_wait_are_parted_by_lapses_alone() -> None:
    """Known types at great rationality, and giving in costs either more than all that is to come: of what is imposed
    the share (1 - eta)^q is in force after q quarters, and none of it ends by a choice.
    """
    game = in_doubt(1e4)
    rules = replace(game.parameters, surprise=True, lapse=0.05, review=0.5)
    game = replace(game, parameters=rules, belief_target=1.0, belief_coercer=1.0, stake_target=np.array([0.5, 4.0]))
    ends = mean_endings(solve_disputes([game])[0], 60)
    assert ends.conceded == pytest.approx(0.0, abs=1e-9)
    for quarters in (1, 10, 60):
        still = ends.imposed - ends.ended[: quarters + 1].sum()
        assert still == pytest.approx(ends.imposed * 0.95**quarters, rel=1e-6)
    assert ends.unended == pytest.approx(ends.imposed * 0.95**60, rel=1e-6)
