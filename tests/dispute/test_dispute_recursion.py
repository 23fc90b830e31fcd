"""The recursion on arrays against plain loops and against backward induction on a tree of objects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coercion_sim.dispute import DisputeGame, DisputeParameters, dispute_tree, solve_dispute, war
from coercion_sim.errors import GameError
from coercion_sim.games import efg_text, solve_game
from support.disputes import PlainDispute, make_dispute

EXACT = {"rtol": 0.0, "atol": 1e-12}

rules = st.fixed_dictionaries(
    {
        "rationality": st.floats(0.0, 30.0),
        "review": st.floats(0.2, 1.0),
        "last_quarter_bite": st.floats(0.0, 1.0),
        "discount": st.floats(0.8, 1.0),
        "statement_cost": st.sampled_from([0.0, 0.02]),
        "settle": st.sampled_from([0.0, 0.5]),
        "surprise": st.booleans(),
        "coercer_rational": st.booleans(),
        "target_rational": st.booleans(),
    }
)
shapes = st.tuples(st.integers(1, 3), st.integers(0, 2), st.integers(1, 3))
belief = st.floats(0.02, 0.98)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), shapes, belief, belief, st.integers(1, 6), rules, st.booleans())
@example(1, (2, 2, 2), 0.3, 0.7, 6, {}, False)
@example(2, (2, 0, 1), 0.5, 0.5, 5, {}, False)
def test_the_arrays_say_what_plain_loops_say(
    seed: int, shape: tuple[int, int, int], mu: float, nu: float, horizon: int, chosen: dict[str, Any], stern: bool
) -> None:
    K, n, M = shape
    game = make_dispute(seed, K, n, M, mu, nu, horizon=horizon, **chosen)
    game = replace(game, ally_rational=(stern,) * n)
    found, plain = solve_dispute(game), PlainDispute(game).solve()
    for name in ("press", "package", "impose", "concede", "package_value"):
        np.testing.assert_allclose(getattr(found, name), plain[name], err_msg=name, **EXACT)
    for k, profile in enumerate(plain["profiles"]):
        for answers, q in profile.items():
            assert found.profile[(k, *answers)] == pytest.approx(q, abs=1e-12, rel=0.0)
    for (i, at), (bound, free) in plain["said"].items():
        np.testing.assert_allclose(found.pledged[i][at], bound, **EXACT)
        np.testing.assert_allclose(found.unpledged[i][at], free, **EXACT)
    for (k, answers), (stance, lift) in plain["quarters"].items():
        at = np.ravel_multi_index((k, *answers), game.profile_shape)
        np.testing.assert_allclose(found.war.concede[:, at], [row[0] for row in stance], **EXACT)
        np.testing.assert_allclose(found.war.settle[:, at], [row[2] for row in stance], **EXACT)
        np.testing.assert_allclose(found.war.lift[:, at], lift, **EXACT)


def behaviour(game: DisputeGame) -> dict[str, dict[str, float]]:
    tree = dispute_tree(game)
    return {name: dict(row) for name, row in solve_game(tree.game, tree.rationality).strategies.items()}


@pytest.mark.parametrize("c", [0, 1])
@pytest.mark.parametrize("s", [0, 1])
@pytest.mark.parametrize(("n", "M", "horizon"), [(0, 1, 3), (1, 2, 2), (1, 3, 2), (2, 2, 1)])
@pytest.mark.parametrize(
    "chosen", [{}, {"settle": 0.4}, {"surprise": True}, {"review": 1.0}, {"coercer_rational": True}]
)
def test_a_tree_of_objects_says_the_same(c: int, s: int, n: int, M: int, horizon: int, chosen: dict[str, Any]) -> None:
    game = make_dispute(10 * n + M, 2, n, M, float(s), float(c), horizon=horizon, **chosen)
    found, seen = solve_dispute(game), behaviour(game)
    assert seen["press"]["press"] == pytest.approx(found.press[c], abs=1e-12, rel=0.0)
    for k, name in enumerate(game.packages):
        assert seen["press/what"][name] == pytest.approx(found.package[c, k], abs=1e-12, rel=0.0)
        if not game.parameters.surprise:
            assert seen[f"threat {name}"]["concede"] == pytest.approx(found.concede[s, k], abs=1e-12, rel=0.0)
            assert seen[f"impose {name}"]["impose"] == pytest.approx(found.impose[c, k], abs=1e-12, rel=0.0)
        if n:
            for mark, rows in (("+", found.pledged[0]), ("-", found.unpledged[0])):
                stay = seen[f"answer {name}{mark} ally0"]["none"]
                assert stay == pytest.approx(rows[k, 0], abs=1e-12, rel=0.0)
    if n == 0:
        quarter = seen["war p0 T"], seen["war p0 rC"]
        assert quarter[0]["concede"] == pytest.approx(found.war.concede[s, 0], abs=1e-12, rel=0.0)
        assert quarter[1]["lift"] == pytest.approx(found.war.lift[c, 0], abs=1e-12, rel=0.0)


def test_the_trees_payoffs_are_the_recursions_values() -> None:
    game = make_dispute(4, 2, 1, 2, 1.0, 0.0, horizon=2)
    tree, found = dispute_tree(game), solve_dispute(game)
    payoffs = solve_game(tree.game, tree.rationality).payoffs
    assert payoffs["coercer"] == pytest.approx(found.press[0] * found.press_value[0], abs=1e-12, rel=0.0)
    concede = found.concede[1] * found.concede_value[1] + (1.0 - found.concede[1]) * found.resist_value[1]
    expected = found.press[0] * float(found.package[0] @ concede)
    assert payoffs["target"] == pytest.approx(expected, abs=1e-12, rel=0.0)


def test_the_current_quarter_needs_only_its_own_profile() -> None:
    game = make_dispute(5, 3, 2, 3)
    whole = war(game, 3)
    cost, effect = game.flows(2, (1, 2))
    one = war(game, 3, (cost[:, None], effect[:, None]))
    at = int(np.ravel_multi_index((2, 1, 2), game.profile_shape))
    for name in ("concede", "lift", "target_values", "coercer_values"):
        np.testing.assert_allclose(getattr(one, name)[..., 0], getattr(whole, name)[..., at], **EXACT)


def test_beliefs_by_profile_are_solved_one_by_one() -> None:
    game = make_dispute(6, 3, 0, 1)
    cost, effect = game.coercer_cost.reshape(2, -1), game.target_effect.reshape(2, -1)
    mu, nu = np.array([0.1, 0.5, 0.9]), np.array([0.8, 0.2, 0.4])
    together = war(game, 1, (cost, effect), (mu, nu))
    for k in range(3):
        alone = war(replace(game, belief_target=mu[k], belief_coercer=nu[k]), 1, (cost[:, [k]], effect[:, [k]]))
        np.testing.assert_allclose(together.concede[:, k], alone.concede[:, 0], **EXACT)
        np.testing.assert_allclose(together.coercer[:, :, k], alone.coercer[:, :, 0], **EXACT)


def test_long_run_effects_begin_with_the_fifth_quarter() -> None:
    game = make_dispute(7, 1, 0, 1, horizon=1)
    worse = replace(game, target_effect=game.target_effect * np.array([1.0, 3.0])[:, None])
    for elapsed, same in ((0, True), (3, True), (4, False)):
        assert np.array_equal(war(game, elapsed).target, war(worse, elapsed).target) is same


def test_a_tree_can_be_written_for_gambit() -> None:
    tree = dispute_tree(make_dispute(8, 2, 1, 2, 0.0, 1.0, horizon=1))
    assert efg_text(tree.game).startswith("EFG 2 R")


def test_a_tree_under_doubt_or_too_large_is_refused() -> None:
    with pytest.raises(GameError, match="known types"):
        dispute_tree(make_dispute(1))
    with pytest.raises(GameError, match="shorten the horizon"):
        dispute_tree(make_dispute(1, 4, 2, 3, 1.0, 1.0))


@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.parametrize("settle", [0.0, 0.5])
@pytest.mark.parametrize("review", [0.5, 1.0])
def test_the_size_of_a_tree_is_foreseen(n: int, settle: float, review: float) -> None:
    game = make_dispute(9, 2, n, 2, 1.0, 1.0, horizon=2 if n < 2 else 1, settle=settle, review=review)
    ends = sum(1 for _ in dispute_tree(game).game.terminals())
    assert dispute_tree(game, most_ends=ends)
    with pytest.raises(GameError, match=f"{ends} ends"):
        dispute_tree(game, most_ends=ends - 1)


def test_wrong_arrays_are_all_named_at_once() -> None:
    good = make_dispute(1, 2, 1, 2)
    with pytest.raises(GameError) as caught:
        replace(good, coercer_cost=np.zeros((2, 3)), stake_target=np.array([-1.0, 1.0]), belief_target=1.5)
    keys = {problem.key for problem in caught.value.problems}
    assert {"coercer_cost", "stake_target", "belief_target"} <= keys
    with pytest.raises(GameError, match=r"review.*\n.*horizon"):
        DisputeParameters(review=1.5, horizon=0)
