"""Parts of the solver against slower second methods: recursion over nodes, and enumeration of plans."""

from __future__ import annotations

import itertools
import json
import math
import pickle
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_logit_properties import PLAYERS, trees

from coercion_sim.errors import GameError
from coercion_sim.games import (
    Action,
    Chance,
    Decision,
    ExtensiveGame,
    FrozenDict,
    Node,
    NormalFormGame,
    Terminal,
    evaluate_profile,
    relative_rationality,
    solve_game,
    strategic_form,
    whether_then_what,
)
from coercion_sim.games.backward import action_values, reach_of_play

Play = Mapping[str, Mapping[str, float]]


def expected(node: Node, play: Play) -> dict[str, float]:
    """Payoffs of a tree under given play, by recursion."""
    if isinstance(node, Terminal):
        return dict(node.payoffs)
    odds = [a.prob for a in node.actions] if isinstance(node, Chance) else [
        play[node.infoset][a.label] for a in node.actions
    ]  # fmt: skip
    below = [expected(a.child, play) for a in node.actions]
    return {name: sum(p * pay[name] for p, pay in zip(odds, below, strict=True)) for name in PLAYERS}


def best_payoffs(node: Node) -> dict[str, float]:
    """Subgame-perfect payoffs by recursion; the first of equally good actions is taken."""
    if isinstance(node, Terminal):
        return dict(node.payoffs)
    below = [best_payoffs(a.child) for a in node.actions]
    if isinstance(node, Chance):
        return {n: sum(a.prob * pay[n] for a, pay in zip(node.actions, below, strict=True)) for n in PLAYERS}
    return max(below, key=lambda pay: pay[node.player])


def some_play(game: ExtensiveGame, seed: int) -> dict[str, dict[str, float]]:
    """Random probabilities at every information set."""
    rng, flat = np.random.default_rng(seed), game.flat
    play = {}
    for name, (lo, hi) in zip(flat.infosets, itertools.pairwise(flat.action_start), strict=True):
        p = rng.dirichlet(np.ones(hi - lo))
        play[name] = dict(zip(flat.action_labels[lo:hi], p.tolist(), strict=True))
    return play


@settings(deadline=None)
@given(trees(), st.integers(0, 99))
def test_given_play_pays_what_the_recursion_says(root: Node, seed: int) -> None:
    game = ExtensiveGame(PLAYERS, root)
    play = some_play(game, seed)
    solution = evaluate_profile(game, play)
    for name, amount in expected(root, play).items():
        assert solution.payoffs[name] == pytest.approx(amount, abs=1e-12)
    assert sum(solution.outcome_probs.values()) == pytest.approx(1.0, abs=1e-12)
    assert solution.residual >= -1e-12


@settings(deadline=None)
@given(trees(), st.integers(0, 99))
def test_action_values_and_reach_agree_with_the_payoffs(root: Node, seed: int) -> None:
    game = ExtensiveGame(PLAYERS, root)
    flat, play = game.flat, some_play(game, seed)
    p = np.array([play[flat.infosets[flat.action_infoset[a]]][flat.action_labels[a]] for a in range(flat.n_actions)])
    reach, u = reach_of_play(flat, p), action_values(flat, p)
    assert reach[flat.leaves].sum() == pytest.approx(1.0, abs=1e-12)
    if isinstance(root, Decision):  # the root's value is the mean of its actions' values
        own = [a for a in range(flat.n_actions) if flat.infosets[flat.action_infoset[a]] == root.infoset]
        assert float(p[own] @ u[own]) == pytest.approx(expected(root, play)[root.player], abs=1e-12)


@settings(deadline=None)
@given(trees())
def test_backward_induction_is_the_recursion(root: Node) -> None:
    solution = solve_game(ExtensiveGame(PLAYERS, root), method="spe")
    assert solution.residual <= 1e-12
    for name, amount in best_payoffs(root).items():
        assert solution.payoffs[name] == pytest.approx(amount, abs=1e-12)
    assert set(solution.path) == {label for label, q in solution.outcome_probs.items() if q > 0}


@settings(deadline=None, max_examples=25)
@given(trees(), st.integers(0, 99))
def test_the_strategic_form_pays_what_its_plans_play(root: Node, seed: int) -> None:
    game = ExtensiveGame(PLAYERS, root)
    try:
        table = strategic_form(game)
    except GameError:
        return  # too many plans to list
    rng = np.random.default_rng(seed)
    cell = tuple(int(rng.integers(size)) for size in table.shape)
    taken = dict(
        step.split("=")
        for name, k in zip(table.players, cell, strict=True)
        for step in table.strategies[name][k].split(", ")
        if "=" in step
    )
    flat, play = game.flat, {}
    for name, (lo, hi) in zip(flat.infosets, itertools.pairwise(flat.action_start), strict=True):
        labels = flat.action_labels[lo:hi]
        play[name] = {label: float(label == taken.get(name, labels[0])) for label in labels}
    for player, amount in expected(root, play).items():
        assert table.payoffs[player][cell] == pytest.approx(amount, abs=1e-12)


@given(trees())
def test_the_ends_of_a_tree_come_from_left_to_right(root: Node) -> None:
    def ends(node: Node) -> list[str]:
        return [node.label] if isinstance(node, Terminal) else [e for a in node.actions for e in ends(a.child)]

    game = ExtensiveGame(PLAYERS, root)
    assert [end.label for end in game.terminals()] == ends(root)
    assert sorted(game.flat.outcomes) == sorted(ends(root))
    assert game.perfect_information


# --------------------------------------------------------------------------- two nodes of a choice


def option(label: str, pay: float) -> tuple[str, Node]:
    return label, Terminal(f"{label} {pay}", {"A": pay})


@given(st.floats(-2.0, 2.0), st.floats(0.0, 8.0), st.integers(2, 6))
def test_copies_of_an_option_make_acting_no_likelier(pay: float, lam: float, copies: int) -> None:
    decline = ("no", Terminal("no", {"A": 0.0}))
    one = ExtensiveGame(("A",), whether_then_what("A", "h", decline, "act", [option("x", pay)]))
    many = [(f"x{k}", Terminal(f"x{k}", {"A": pay})) for k in range(copies)]
    more = ExtensiveGame(("A",), whether_then_what("A", "h", decline, "act", many))
    alone, among = solve_game(one, lam).strategies, solve_game(more, lam).strategies
    assert among["h"]["act"] == pytest.approx(alone["h"]["x"], abs=1e-12)
    assert alone["h"]["x"] == pytest.approx(1 / (1 + math.exp(-lam * pay)), abs=1e-12)
    assert list(among["h/what"].values()) == pytest.approx([1 / copies] * copies)


def test_a_choice_without_options_is_to_decline() -> None:
    only = whether_then_what("A", "h", ("no", Terminal("no", {"A": 0.0})), "act", [])
    assert [a.label for a in only.actions] == ["no"]


# --------------------------------------------------------------------------- records


def test_a_frozen_mapping_refuses_every_change_and_survives_pickling() -> None:
    mapping = FrozenDict({"a": 1})
    for change in (
        lambda: mapping.__setitem__("b", 2),
        lambda: mapping.pop("a"),
        lambda: mapping.update(b=2),
        lambda: mapping.clear(),
        lambda: mapping.setdefault("b", 2),
    ):
        with pytest.raises(TypeError):
            change()
    assert pickle.loads(pickle.dumps(mapping)) == mapping == {"a": 1}
    assert hash(mapping) == hash(FrozenDict({"a": 1}))


def test_a_solution_is_frozen_and_written_as_json() -> None:
    root = Decision("A", "h", (Action(*option("x", 1.0)), Action(*option("y", 0.0))))
    solution = solve_game(ExtensiveGame(("A",), root), math.inf)
    with pytest.raises(TypeError):
        solution.strategies["h"]["x"] = 0.5  # type: ignore[index]
    row = json.loads(json.dumps(solution.to_dict(), allow_nan=False))
    assert (row["lambda"], row["behavior"]["h"]["x"], row["status"]) == ("infinity", 1.0, "converged")


def test_a_table_is_frozen_and_knows_its_regret() -> None:
    pay = np.array([[1.0, 0.0], [0.0, 1.0]])
    game = NormalFormGame(("A", "B"), {"A": ("l", "r"), "B": ("l", "r")}, {"A": pay, "B": pay})
    with pytest.raises(ValueError, match="read-only"):
        game.payoffs["A"][0, 0] = 2.0  # type: ignore[index]
    assert game.shape == (2, 2)
    assert game.regret([np.array([1.0, 0.0]), np.array([1.0, 0.0])]) == 0.0
    assert game.regret([np.array([1.0, 0.0]), np.array([0.0, 1.0])]) == 1.0
    assert game.cross_values([np.array([0.5, 0.5])] * 2, 1, 0).tolist() == pay.tolist()


def test_rationality_relative_to_stakes() -> None:
    assert relative_rationality(6.0, {"A": 2.0, "B": 0.5}) == {"A": 3.0, "B": 12.0}
    with pytest.raises(GameError) as error:
        relative_rationality(6.0, {"A": 0.0})
    assert "A=0.0" in str(error.value)
