"""The dispute's arrays against an explicit tree solved by `solve_game`, types known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coercion_sim.dispute import DisputeGame, DisputeSolution, solve_dispute
from coercion_sim.games import Solution, solve_game
from support.dispute_games import known, random_game, rational, with_parameters
from support.dispute_recursion import Recursion
from support.dispute_tree import COERCER, TARGET, DisputeTree

CLOSE = 1e-12


@st.composite
def small(draw: st.DrawFn) -> DisputeGame:
    """Games whose tree has at most a few thousand nodes."""
    K, n, M, H = draw(st.sampled_from(((2, 0, 1, 3), (2, 1, 2, 2), (1, 1, 3, 2), (1, 2, 2, 1), (2, 2, 2, 1))))
    seed, surprise = draw(st.integers(0, 10**6)), draw(st.booleans())
    return random_game(seed, K=K, n=n, M=M, horizon=H, surprise=surprise)


def assert_same(game: DisputeGame, tree: DisputeTree, found: Solution, solved: DisputeSolution) -> None:
    """Every choice of the tree is the arrays' one, and so is what each side expects."""
    c, s = int(tree.firm), int(tree.resolved)
    odds = found.strategies
    seen = set()
    for key, labels in tree.keys.items():
        for label in labels:
            match key:
                case ("press",):
                    wanted = {"quiet": 1 - solved.press[c]}
                case ("package",):
                    wanted = dict(zip(game.packages, solved.package[c], strict=True))
                case ("concede", int(k)):
                    wanted = {"concede": solved.concede[s, k]}
                case ("impose", int(k)):
                    wanted = {"impose": solved.impose[c, k]}
                case ("help", bound, int(i), int(k), before):
                    choice = (solved.pledged if bound else solved.unpledged)[i][(k, *before)]
                    wanted = {"option0": choice[0]}
                case ("how", bound, int(i), int(k), before):
                    choice = (solved.pledged if bound else solved.unpledged)[i][(k, *before)]
                    if choice[1:].sum() < 1e-9:
                        continue
                    wanted = {f"option{m}": p / choice[1:].sum() for m, p in enumerate(choice) if m}
                case ("yield", 0, int(k), r):
                    at = np.ravel_multi_index((k, *r), game.profile_shape)
                    wanted = {"concede": solved.war.concede[s, at]}
                case ("lift", 0, int(k), r):
                    at = np.ravel_multi_index((k, *r), game.profile_shape)
                    wanted = {"lift": solved.war.lift[c, at]}
                case _:
                    continue
            seen.add(key[0])
            for action, p in wanted.items():
                assert odds[label][action] == pytest.approx(p, abs=1e-9 if key[0] == "how" else CLOSE), key
    assert {"press", "yield", "lift"} <= seen
    assert bool(game.allies) == ("help" in seen)
    assert game.parameters.surprise != ("concede" in seen)
    assert found.payoffs[COERCER] == pytest.approx(solved.press[c] * solved.press_value[c], abs=CLOSE)
    assert found.payoffs[TARGET] == pytest.approx(targets_payoff(game, solved, c, s), abs=CLOSE)


def targets_payoff(game: DisputeGame, solved: DisputeSolution, c: int, s: int) -> float:
    """What the target expects before the dispute."""
    total = 0.0
    for k, package in enumerate(solved.package[c]):
        concede = solved.concede[s, k]
        total += package * (concede * solved.concede_value[s] + (1 - concede) * solved.resist_value[s, k])
    return float(solved.press[c] * total)


@settings(max_examples=20)
@given(small(), st.booleans(), st.booleans())
def test_logit_play_of_the_tree_is_the_arrays(game: DisputeGame, firm: bool, resolved: bool) -> None:
    game = known(game, firm, resolved)
    tree = DisputeTree(game, firm, resolved)
    built = tree.build()
    assert built.perfect_information
    assert_same(game, tree, solve_game(built, rationality=tree.rationality), solve_dispute(game))


@settings(max_examples=20)
@given(small(), st.booleans(), st.booleans())
def test_subgame_perfect_play_of_the_tree_is_best_replies_in_the_arrays(
    game: DisputeGame, firm: bool, resolved: bool
) -> None:
    game = rational(known(game, firm, resolved))
    plain = Recursion(game)
    plain.solve()
    assume(plain.margin > 1e-6)
    tree = DisputeTree(game, firm, resolved)
    assert_same(game, tree, solve_game(tree.build(), method="spe"), solve_dispute(game))


@pytest.mark.parametrize(("coercer", "target"), [*itertools.product((False, True), repeat=2)])
def test_one_side_alone_may_play_best_replies(coercer: bool, target: bool) -> None:
    checked = 0
    for seed in range(24):
        game = random_game(seed, K=2, n=1, M=2, horizon=2)
        game = known(with_parameters(game, coercer_rational=coercer, target_rational=target), seed % 2, seed % 3 == 0)
        plain = Recursion(game)
        plain.solve()
        if plain.margin < 1e-6:
            continue
        tree = DisputeTree(game, bool(game.belief_coercer), bool(game.belief_target))
        assert_same(game, tree, solve_game(tree.build(), rationality=tree.rationality), solve_dispute(game))
        checked += 1
    assert checked >= 5
