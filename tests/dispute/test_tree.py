"""The dispute as a tree of objects: solved by backward induction it is the solution of the arrays."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from coercion_sim.dispute import DisputeGame, dispute_tree, solve_dispute
from coercion_sim.errors import GameError
from coercion_sim.games import Chance, Decision, Terminal, solve_game
from support.dispute_games import random_game


def known(seed: int, K: int = 2, n: int = 1, M: int = 2, mu: float = 1.0, nu: float = 0.0, **more: Any) -> DisputeGame:
    game = random_game(seed, K=K, n=n, M=M, **({"rationality": 3.0} | more))
    return replace(game, belief_target=mu, belief_coercer=nu)


def ends_below(node: Any) -> list[Terminal]:
    if isinstance(node, Terminal):
        return [node]
    children = [action.child for action in node.actions]
    return [end for child in children for end in ends_below(child)]


CASES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"K": 2, "n": 0, "M": 1}, {}),
    ({"K": 1, "n": 1, "M": 2}, {}),
    ({"K": 1, "n": 2, "M": 2}, {"review": 1.0, "lapse": 0.0}),
    ({"K": 2, "n": 1, "M": 3}, {"settle": 0.4, "review": 1.0}),
    ({"K": 1, "n": 1, "M": 2}, {"surprise": True, "lapse_cost": 0.6, "lapse": 0.2}),
]


@pytest.mark.parametrize(("mu", "nu"), [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)])
@pytest.mark.parametrize(("shape", "rules"), CASES)
def test_the_tree_solves_to_the_choices_of_the_arrays(
    shape: dict[str, int], rules: dict[str, Any], mu: float, nu: float
) -> None:
    game = known(31, **shape, mu=mu, nu=nu, **rules)
    built, solved = dispute_tree(game, quarters=int(shape["n"] < 2)), solve_dispute(game)
    found = solve_game(built.game, built.rationality)
    c, s = int(nu), int(mu)
    odds = found.strategies
    acting = "press" if len(game.packages) > 1 else game.packages[0]
    assert odds["press"][acting] == pytest.approx(solved.press[c], abs=1e-6)
    for k, name in enumerate(game.packages):
        if len(game.packages) > 1:
            assert odds["press/what"][name] == pytest.approx(solved.package[c, k], abs=1e-6)
        if not game.parameters.surprise:
            assert odds[f"threat {name}"]["concede"] == pytest.approx(solved.concede[s, k], abs=1e-6)
            assert odds[f"impose {name}"]["impose"] == pytest.approx(solved.impose[c, k], abs=1e-6)


@pytest.mark.parametrize("quarters", [0, 1, 2])
def test_more_quarters_shown_are_the_same_game(quarters: int) -> None:
    """What a shorter tree takes from the solution a longer one plays out."""
    game = known(32, K=1, n=0, M=1, lapse=0.1, lapse_cost=0.5)
    built = dispute_tree(game, quarters)
    found = solve_game(built.game, built.rationality)
    longest = dispute_tree(game, 3)
    wanted = solve_game(longest.game, longest.rationality)
    for infoset, odds in found.strategies.items():
        for label, chance in odds.items():
            assert chance == pytest.approx(wanted.strategies[infoset][label], abs=1e-6), infoset
    assert found.payoffs["coercer"] == pytest.approx(wanted.payoffs["coercer"], abs=1e-6)
    assert found.payoffs["target"] == pytest.approx(wanted.payoffs["target"], abs=1e-6)


def test_a_tree_too_large_is_refused_with_the_number_of_its_ends() -> None:
    game = known(33, K=2, n=1, M=2, settle=0.4)
    ends = len(ends_below(dispute_tree(game, 1).game.root))
    assert len(ends_below(dispute_tree(game, 1, most_ends=ends).game.root)) == ends
    with pytest.raises(GameError, match=f"found {ends} ends; allowed: at most {ends - 1}"):
        dispute_tree(game, 1, most_ends=ends - 1)


@pytest.mark.parametrize(("shape", "rules"), CASES)
def test_ends_are_counted_before_the_tree_is_built(shape: dict[str, int], rules: dict[str, Any]) -> None:
    """The count never promises fewer ends than there are."""
    game = known(34, **shape, **rules)
    for quarters in (0, 1):
        ends = len(ends_below(dispute_tree(game, quarters).game.root))
        with pytest.raises(GameError) as caught:
            dispute_tree(game, quarters, most_ends=0)
        counted = int(str(caught.value).split("found ")[1].split(" ends")[0])
        assert ends <= counted


@pytest.mark.parametrize("beliefs", [{"belief_target": 0.5}, {"belief_coercer": 0.999}])
def test_types_in_doubt_are_refused(beliefs: dict[str, float]) -> None:
    with pytest.raises(GameError, match="a tree needs known types"):
        dispute_tree(replace(known(35), **beliefs))


def test_pledges_that_may_not_bind_are_chance_moves_with_the_reliability() -> None:
    game = replace(known(36, K=1, n=1, M=2), reliability=np.array([0.3]))
    chances: list[Chance] = []

    def walk(node: Any) -> None:
        if isinstance(node, Chance) and node.actions[0].label == "binds":
            chances.append(node)
        for action in getattr(node, "actions", ()):
            walk(action.child)

    walk(dispute_tree(game, 0).game.root)
    assert [a.prob for a in chances[0].actions] == pytest.approx([0.3, 0.7])
    chances.clear()
    walk(dispute_tree(replace(game, reliability=np.array([1.0])), 0).game.root)
    assert chances == []


def test_the_price_of_a_broken_pledge_is_paid_by_its_ally_alone() -> None:
    game = replace(
        known(37, K=1, n=1, M=2, lapse=0.0, review=1.0), reliability=np.array([0.5]), pledge=np.array([0.2]),
        shortfall=np.array([[1.0, 0.25]]),
    )  # fmt: skip
    ends = {end.label: end.payoffs for end in ends_below(dispute_tree(game, 1).game.root)}
    for option, missed in (("option0", 1.0), ("option1", 0.25)):
        bound, free = (ends[f"concedes package0{sign}|{option} q1"] for sign in "+-")
        assert free["ally0"] - bound["ally0"] == pytest.approx(0.2 * missed)
        for other in ("coercer", "target"):
            assert bound[other] == free[other]


def test_payoffs_at_the_ends_before_imposition_are_those_of_the_model() -> None:
    game = known(38, K=2, n=1, M=2)
    p, v_c, v_t = game.parameters, float(game.stake_coercer[0]), float(game.stake_target[1])
    ends = [(end.label, dict(end.payoffs)) for end in ends_below(dispute_tree(game, 0).game.root)]
    assert Counter(name for name, _ in ends)["no pressure"] == 1
    by_name = dict(ends)
    assert set(by_name["no pressure"].values()) == {0.0}
    assert by_name["backs down"] == pytest.approx({"coercer": -p.audience_back_down * v_c, "target": 0.0, "ally0": 0.0})
    wanted = {"coercer": v_c, "target": -(1 + p.audience_concede) * v_t, "ally0": -float(game.interest[0])}
    assert by_name["concedes to threat"] == pytest.approx(wanted)


def test_rationality_rises_with_the_discount_so_that_later_choices_are_as_sharp() -> None:
    """Payoffs t quarters on are worth delta^(t/4) as much: the same Lambda over the mover's stake, in today's money."""
    game = known(39, K=1, n=0, M=1, discount=0.8, review=1.0, lapse=0.0)
    rationality = dispute_tree(game, 2).rationality
    stake = {"T": float(game.stake_target[1]), "C": float(game.stake_coercer[0])}
    for infoset, rate in rationality.items():
        if infoset.startswith("contest"):
            quarter = infoset.count(".") + 1
            wanted = game.parameters.rationality / stake[infoset[-1]] / 0.8 ** (quarter / 4)
            assert rate == pytest.approx(wanted), infoset
    assert isinstance(dispute_tree(game, 0).game.root, Decision)
