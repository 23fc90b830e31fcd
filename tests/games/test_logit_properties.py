"""What logit equilibrium must satisfy in any game, on random trees and tables."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coercion_sim.errors import GameError
from coercion_sim.games import (
    Action,
    Chance,
    ChanceAction,
    Decision,
    ExtensiveGame,
    Node,
    NormalFormGame,
    Terminal,
    relative_rationality,
    solve_game,
    whether_then_what,
)

PLAYERS = ("Coercer", "Ally", "Target")


@st.composite
def trees(draw, *, chance: bool = True) -> Node:
    """Random trees of perfect information, with payoffs far enough apart that rounding decides nothing."""
    count = iter(range(10_000))

    def grow(depth: int) -> Node:
        number = next(count)
        kind = draw(st.integers(0, 5)) if depth < 4 else 0
        if depth > 0 and kind <= 1:
            pay = {name: draw(st.integers(-300, 300)) / 100 + number * 1e-3 for name in PLAYERS}
            return Terminal(f"end{number}", pay)
        width = draw(st.integers(2, 3))
        if chance and kind == 2:
            weights = [draw(st.integers(1, 5)) for _ in range(width)]
            odds = [w / sum(weights) for w in weights]
            return Chance(tuple(ChanceAction(f"c{k}", p, grow(depth + 1)) for k, p in enumerate(odds)), f"n{number}")
        mover = draw(st.sampled_from(PLAYERS))
        return Decision(mover, f"h{number}", tuple(Action(f"a{k}", grow(depth + 1)) for k in range(width)))

    return grow(0)


@st.composite
def tables(draw, shapes=((2, 2), (2, 3), (3, 3), (2, 2, 2))) -> NormalFormGame:
    shape = draw(st.sampled_from(shapes))
    names = tuple(f"P{i}" for i in range(len(shape)))
    cells = int(np.prod(shape))
    pay = {n: np.reshape([draw(st.integers(-40, 40)) / 20 for _ in range(cells)], shape) for n in names}
    for k, name in enumerate(names):  # generic payoffs: no symmetry to break
        pay[name] = pay[name] + 0.0137 * np.sin(np.arange(cells) * (k + 1.3)).reshape(shape)
    return NormalFormGame(names, {n: tuple(f"s{j}" for j in range(m)) for n, m in zip(names, shape, strict=True)}, pay)


def rewritten(node: Node, pay) -> Node:
    """Return the tree with each outcome's payoffs mapped by `pay`."""
    if isinstance(node, Terminal):
        return Terminal(node.label, pay(node.payoffs))
    if isinstance(node, Chance):
        return Chance(tuple(ChanceAction(a.label, a.prob, rewritten(a.child, pay)) for a in node.actions), node.infoset)
    return Decision(node.player, node.infoset, tuple(Action(a.label, rewritten(a.child, pay)) for a in node.actions))


def gap(one: Mapping[str, Mapping[str, float]], two: Mapping[str, Mapping[str, float]]) -> float:
    return max((abs(one[h][a] - two[h][a]) for h in one for a in one[h]), default=0.0)


@settings(deadline=None)
@given(trees())
def test_zero_rationality_is_uniform_in_trees(root) -> None:
    solution = solve_game(ExtensiveGame(PLAYERS, root), 0.0)
    for choice in solution.strategies.values():
        assert all(p == pytest.approx(1 / len(choice), abs=1e-15) for p in choice.values())


@settings(deadline=None)
@given(tables())
def test_zero_rationality_is_uniform_in_tables(game) -> None:
    for choice in solve_game(game, 0.0).strategies.values():
        assert all(p == pytest.approx(1 / len(choice), abs=1e-15) for p in choice.values())


@settings(deadline=None)
@given(trees(), st.floats(0.01, 30.0), st.floats(0.1, 10.0))
def test_scaling_payoffs_is_scaling_rationality_in_trees(root, lam, k) -> None:
    scaled = rewritten(root, lambda pay: {name: k * amount for name, amount in pay.items()})
    one = solve_game(ExtensiveGame(PLAYERS, scaled), lam).strategies
    two = solve_game(ExtensiveGame(PLAYERS, root), k * lam).strategies
    assert gap(one, two) <= 1e-10


@settings(max_examples=30, deadline=None)
@given(tables(), st.floats(0.01, 8.0), st.floats(0.2, 5.0))
def test_scaling_payoffs_is_scaling_rationality_in_tables(game, lam, k) -> None:
    scaled = NormalFormGame(game.players, game.strategies, {n: k * np.array(t) for n, t in game.payoffs.items()})
    one, two = solve_game(scaled, lam), solve_game(game, k * lam)
    assert one.converged
    assert two.converged
    assert gap(one.strategies, two.strategies) <= 1e-8


@settings(deadline=None)
@given(trees(), st.floats(0.1, 20.0), st.lists(st.floats(0.1, 5.0), min_size=3, max_size=3))
def test_scaling_stakes_with_payoffs_changes_nothing_under_relative_rationality(root, Lambda, stakes) -> None:
    k = 7.0
    scaled = rewritten(root, lambda pay: {name: k * amount for name, amount in pay.items()})
    small = relative_rationality(Lambda, dict(zip(PLAYERS, stakes, strict=True)))
    large = relative_rationality(Lambda, {name: k * m for name, m in zip(PLAYERS, stakes, strict=True)})
    one = solve_game(ExtensiveGame(PLAYERS, root), small).strategies
    two = solve_game(ExtensiveGame(PLAYERS, scaled), large).strategies
    assert gap(one, two) <= 1e-10


@settings(deadline=None)
@given(trees())
def test_growing_rationality_reaches_the_subgame_perfect_equilibrium(root) -> None:
    game = ExtensiveGame(PLAYERS, root)
    spe = solve_game(game, method="spe")
    assume(not spe.notes)  # unique: no ties
    assume(margin(game) > 1e-6)
    for lam in (1e9, 1e300, math.inf):
        logit = solve_game(game, lam)
        assert gap(logit.strategies, spe.strategies) <= 1e-9
        assert all(math.isfinite(p) for choice in logit.strategies.values() for p in choice.values())


def margin(game: ExtensiveGame) -> float:
    """Return the smallest lead of a best action over the next in subgame-perfect play."""
    leads = [math.inf]

    def value(node: Node) -> Mapping[str, float]:
        if isinstance(node, Terminal):
            return node.payoffs
        below = [value(a.child) for a in node.actions]
        if isinstance(node, Chance):
            return {n: sum(a.prob * v[n] for a, v in zip(node.actions, below, strict=True)) for n in game.players}
        ranked = sorted(below, key=lambda v: -v[node.player])
        leads.append(ranked[0][node.player] - ranked[1][node.player])
        return ranked[0]

    value(game.root)
    return min(leads)


@settings(deadline=None)
@given(trees(), st.floats(0.0, 30.0))
def test_backward_pass_and_branch_from_zero_agree_where_both_apply(root, lam) -> None:
    from coercion_sim.games.logit_equations import leaf_form
    from coercion_sim.games.principal_branch import follow_branch

    game = ExtensiveGame(PLAYERS, root)
    assume(game.flat.n_actions)
    end = follow_branch(leaf_form(game.flat), np.ones(len(game.flat.infosets)), lam)
    assert end.status == "converged"
    one = solve_game(game, lam).strategies
    flat = game.flat
    for a, h in enumerate(flat.action_infoset):
        assert math.exp(end.log_p[a]) == pytest.approx(one[flat.infosets[h]][flat.action_labels[a]], abs=1e-8)


@settings(max_examples=30, deadline=None)
@given(tables(), st.floats(0.1, 6.0), st.randoms())
def test_relabelling_players_permutes_the_answer(game, lam, random) -> None:
    order = list(range(len(game.players)))
    random.shuffle(order)
    names = tuple(game.players[i] for i in order)
    turned = NormalFormGame(names, game.strategies, {n: np.transpose(game.payoffs[n], order) for n in names})
    one, two = solve_game(game, lam), solve_game(turned, lam)
    assume(not one.notes)
    assert gap(one.strategies, two.strategies) <= 1e-8
    assert {n: two.payoffs[n] for n in game.players} == pytest.approx(dict(one.payoffs), abs=1e-8)


@settings(deadline=None)
@given(trees(), st.floats(0.0, 20.0), st.permutations(PLAYERS))
def test_the_order_of_players_does_not_matter_in_trees(root, lam, order) -> None:
    one = solve_game(ExtensiveGame(PLAYERS, root), lam)
    two = solve_game(ExtensiveGame(tuple(order), root), lam)
    assert gap(one.strategies, two.strategies) <= 1e-12
    assert dict(two.payoffs) == pytest.approx(dict(one.payoffs), abs=1e-12)


@settings(deadline=None)
@given(trees(), st.floats(0.0, 20.0))
def test_outcomes_are_a_distribution_with_the_payoffs_as_mean(root, lam) -> None:
    game = ExtensiveGame(PLAYERS, root)
    solution = solve_game(game, lam)
    assert sum(solution.outcome_probs.values()) == pytest.approx(1.0, abs=1e-12)
    for name in PLAYERS:
        mean = sum(solution.outcome_probs[end.label] * end.payoffs[name] for end in game.terminals())
        assert solution.payoffs[name] == pytest.approx(mean, abs=1e-10)


@settings(deadline=None)
@given(trees(chance=False), st.floats(0.1, 10.0))
def test_a_draw_nobody_sees_and_nobody_minds_changes_nothing(root, lam) -> None:
    """Hide a draw in front of the same tree twice: every information set has two nodes, play is as before."""

    def copy(node: Node, tag: str) -> Node:
        if isinstance(node, Terminal):
            return Terminal(node.label + tag, node.payoffs)
        return Decision(node.player, node.infoset, tuple(Action(a.label, copy(a.child, tag)) for a in node.actions))

    hidden = Chance((ChanceAction("one", 0.4, copy(root, "/1")), ChanceAction("two", 0.6, copy(root, "/2"))), "draw")
    game = ExtensiveGame(PLAYERS, hidden)
    assert not game.perfect_information
    blind = solve_game(game, lam)
    assert blind.converged
    assert gap(solve_game(ExtensiveGame(PLAYERS, root), lam).strategies, blind.strategies) <= 1e-8


def test_rationality_by_player_and_by_information_set() -> None:
    end = [
        Terminal(f"o{k}", {"Coercer": c, "Ally": 0.0, "Target": t}) for k, (c, t) in enumerate([(1, 0), (0, 1), (0, 0)])
    ]
    last = Decision("Target", "T", (Action("x", end[0]), Action("y", end[1])))
    game = ExtensiveGame(PLAYERS, Decision("Coercer", "C", (Action("go", last), Action("stay", end[2]))))
    play = solve_game(game, {"Coercer": 2.0, "Target": 0.0}).strategies
    assert play["T"]["x"] == 0.5
    assert play["C"]["go"] == pytest.approx(1 / (1 + math.exp(-2.0 * 0.5)))
    play = solve_game(game, {"Coercer": 2.0, "Target": 0.0, "T": math.log(3.0)}).strategies
    assert play["T"]["y"] == pytest.approx(0.75)
    with pytest.raises(GameError, match="no rationality given for a player who moves"):
        solve_game(game, {"Coercer": 2.0})
    with pytest.raises(GameError, match="did you mean Target"):
        solve_game(game, {"Coercer": 2.0, "Targt": 1.0, "Target": 1.0})
    for bad in (-1.0, math.nan):
        with pytest.raises(GameError, match="not a rationality"):
            solve_game(game, bad)


@settings(deadline=None)
@given(st.floats(0.1, 20.0), st.lists(st.floats(-1.0, 1.0), min_size=2, max_size=5), st.integers(2, 4))
def test_copies_of_the_whole_list_do_not_make_acting_likelier_with_two_nodes(lam, values, copies) -> None:
    def game(times: int) -> ExtensiveGame:
        options = [
            (f"p{k}.{c}", Terminal(f"p{k}.{c}", {"C": value})) for k, value in enumerate(values) for c in range(times)
        ]
        return ExtensiveGame(
            ("C",), whether_then_what("C", "whether", ("no", Terminal("no", {"C": 0.0})), "act", options)
        )

    once, often = solve_game(game(1), lam), solve_game(game(copies), lam)
    assert once.strategies["whether"]["act"] == pytest.approx(often.strategies["whether"]["act"], abs=1e-12)
    weights = [math.exp(lam * v) for v in values]
    worth = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
    assert once.strategies["whether"]["act"] == pytest.approx(1 / (1 + math.exp(-lam * worth)), abs=1e-9)


def test_ties_are_broken_to_the_first_action_and_said() -> None:
    tie = Decision("C", "C", (Action("left", Terminal("l", {"C": 1.0})), Action("right", Terminal("r", {"C": 1.0}))))
    solution = solve_game(ExtensiveGame(("C",), tie), method="spe")
    assert solution.strategies["C"] == {"left": 1.0, "right": 0.0}
    assert any("tied" in note and "C" in note for note in solution.notes)
    assert solve_game(ExtensiveGame(("C",), tie), math.inf).strategies["C"] == {"left": 0.5, "right": 0.5}


def test_ties_up_to_rounding_count_as_ties() -> None:
    """Three draws of .1 and one payment of .3 are the same on paper and differ in the last bit in floating point."""
    thirds = tuple(
        ChanceAction(f"c{k}", p, Terminal(f"t{k}", {"C": v})) for k, (p, v) in enumerate([(0.1, 3.0), (0.9, 0.0)])
    )
    assert 0.1 * 3.0 != 0.3
    drawn = Action("drawn", Chance(thirds, "draw"))
    sure = Action("sure", Terminal("sure", {"C": 0.3}))
    for first, second in ((drawn, sure), (sure, drawn)):
        solution = solve_game(ExtensiveGame(("C",), Decision("C", "C", (first, second))), method="spe")
        assert solution.strategies["C"][first.label] == 1.0
        assert solution.notes
