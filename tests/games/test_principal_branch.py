"""The principal branch: where it must lead, what happens at folds and broken symmetry, and how it fails."""

from __future__ import annotations

import math

import numpy as np
import pytest
from contribution_games import contribution_game, symmetric_logit, threshold_benefits, threshold_game
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.errors import GameError
from coercion_sim.games import (
    Action,
    BranchSettings,
    Chance,
    ChanceAction,
    Decision,
    ExtensiveGame,
    NormalFormGame,
    Terminal,
    solve_game,
)
from coercion_sim.games.logit_equations import leaf_form
from coercion_sim.games.principal_branch import follow_branch


def bimatrix(first, second) -> NormalFormGame:
    m, n = np.shape(first)
    labels = {"Row": tuple(f"r{i}" for i in range(m)), "Column": tuple(f"c{j}" for j in range(n))}
    return NormalFormGame(("Row", "Column"), labels, {"Row": np.array(first), "Column": np.array(second)})


def fixed_point_gap(game: NormalFormGame, profile, lam: float) -> float:
    """Return max |p - softmax(lambda u)|, computed from the tables alone."""
    gaps = []
    for u, p in zip(game.action_values(profile), profile, strict=True):
        weight = np.exp(lam * (u - u.max()))
        gaps.append(np.abs(weight / weight.sum() - p).max())
    return float(max(gaps))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([(2, 2), (3, 3), (2, 2, 2), (2, 3, 2)]), st.floats(0.1, 40.0))
def test_the_answer_is_a_fixed_point_by_the_tables_own_arithmetic(seed, shape, lam) -> None:
    names = tuple(f"P{i}" for i in range(len(shape)))
    cells = np.arange(np.prod(shape))
    pay = {n: np.sin(seed * 0.7 + (k + 2.1) * cells * 1.7).reshape(shape) for k, n in enumerate(names)}
    game = NormalFormGame(names, {n: tuple(f"s{j}" for j in range(m)) for n, m in zip(names, shape, strict=True)}, pay)
    solution = solve_game(game, lam)
    assert solution.converged
    profile = [np.array(list(solution.strategies[n].values())) for n in names]
    assert fixed_point_gap(game, profile, lam) <= 1e-9


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([(2, 2), (3, 3), (2, 2, 2)]))
def test_step_size_does_not_choose_the_branch(seed, shape) -> None:
    names = tuple(f"P{i}" for i in range(len(shape)))
    cells = np.arange(np.prod(shape))
    pay = {n: np.sin(seed * 1.3 + (k + 1.4) * cells * 2.3).reshape(shape) for k, n in enumerate(names)}
    game = NormalFormGame(names, {n: tuple(f"s{j}" for j in range(m)) for n, m in zip(names, shape, strict=True)}, pay)
    careful = BranchSettings(first_step=0.01, largest_step=0.05, largest_jump=0.02, most_steps=50_000)
    one, two = solve_game(game, 25.0), solve_game(game, 25.0, settings=careful)
    for name in names:
        assert dict(one.strategies[name]) == pytest.approx(dict(two.strategies[name]), abs=1e-7)


def test_coordination_goes_to_the_risk_dominant_equilibrium() -> None:
    """In a 2 x 2 coordination game the branch ends at the risk-dominant equilibrium, not the payoff-dominant one."""
    game = bimatrix([[9.0, 0.0], [8.0, 7.0]], [[9.0, 8.0], [0.0, 7.0]])
    play = solve_game(game, 50.0).strategies
    assert play["Row"]["r1"] > 0.999
    assert play["Column"]["c1"] > 0.999


def test_a_fold_is_followed_round_to_the_first_point_at_the_rationality_asked_for() -> None:
    """Three strategies, a threshold: play jumps between nearby rationalities, and each answer is an equilibrium."""
    game = bimatrix([[1.0, 0.0], [0.9, 0.9]], [[2.0, 0.0], [1.0, 1.05]])
    for lam in (1.0, 5.0, 10.0, 20.0, 60.0):
        solution = solve_game(game, lam)
        profile = [np.array(list(choice.values())) for choice in solution.strategies.values()]
        assert solution.converged
        assert fixed_point_gap(game, profile, lam) <= 1e-9


def test_broken_symmetry_favours_the_first_player_and_is_reported() -> None:
    game = threshold_game(2, 1, 1.0, 0.25)
    before, after = solve_game(game, 4.0), solve_game(game, 5.0)
    assert before.notes == ()
    assert before.strategies["Ally1"] == pytest.approx(dict(before.strategies["Ally2"]))
    assert after.strategies["Ally1"]["contribute"] > 0.8 > after.strategies["Ally2"]["contribute"]
    # On the symmetric branch lambda = logit(q) / (3/4 - q); it turns unstable where lambda q (1 - q) = 1.
    q = np.linspace(0.55, 0.7, 200_001)
    lam = np.log(q / (1 - q)) / (0.75 - q)
    breaks = float(lam[np.argmax(lam * q * (1 - q) > 1.0)])
    (note,) = after.notes
    reported = float(note.split("lambda = ")[1].split(":")[0])
    assert breaks - 1e-3 <= reported <= 1.002 * breaks
    assert solve_game(game, 0.999 * breaks).notes == ()


def test_the_symmetric_branch_is_followed_straight_on_if_asked() -> None:
    play = solve_game(threshold_game(2, 1, 1.0, 0.25), 200.0, settings=BranchSettings(follow_stable=False)).strategies
    assert play["Ally1"]["contribute"] == pytest.approx(play["Ally2"]["contribute"], abs=1e-9)
    assert play["Ally1"]["contribute"] == pytest.approx(0.75, abs=0.01)


def test_three_alike_allies_stay_on_the_symmetric_branch_and_it_is_said() -> None:
    """With three alike players asymmetric branches leave in several directions at once; none is singled out."""
    solution = solve_game(threshold_game(3, 2, 1.0, 0.3), 40.0)
    assert solution.converged
    chances = [solution.strategies[name]["contribute"] for name in ("Ally1", "Ally2", "Ally3")]
    q = symmetric_logit(threshold_benefits(3, 2, 1.0), 0.3, 40.0)
    assert chances == pytest.approx([q] * 3, abs=1e-9)
    # lambda q (1 - q) (2 q - 1) reaches 1 at about 11: see the derivative of 2 q (1 - q).
    (note,) = solution.notes
    assert "play becomes unstable and asymmetric branches leave" in note
    near = float(note.split("lambda = ")[1].split(" ")[0])
    at = symmetric_logit(threshold_benefits(3, 2, 1.0), 0.3, near)
    assert near * at * (1 - at) * (2 * at - 1) == pytest.approx(1.0, abs=0.01)
    assert solve_game(threshold_game(3, 2, 1.0, 0.3), 10.0).notes == ()


def test_a_nearly_broken_symmetry_is_followed_on_its_own_side() -> None:
    """Just off the symmetric case the branch bends sharply to one side; a bold step must not land across the gap."""
    for cost, contributes in ((0.496, True), (0.504, False)):
        for steps in (BranchSettings(), BranchSettings(follow_stable=False), BranchSettings(largest_step=0.02)):
            solution = solve_game(threshold_game(2, 2, 1.0, cost), 5.0, settings=steps)
            assert solution.notes == ()
            assert (solution.strategies["Ally1"]["contribute"] > 0.8) == contributes
            assert (solution.strategies["Ally1"]["contribute"] < 0.2) == (not contributes)


def test_a_meeting_of_many_branches_is_crossed() -> None:
    for lam in (14.0, 15.0, 40.0):
        solution = solve_game(threshold_game(4, 2, 1.0, 0.2), lam)
        assert solution.converged
        q = symmetric_logit(threshold_benefits(4, 2, 1.0), 0.2, lam)
        assert [choice["contribute"] for choice in solution.strategies.values()] == pytest.approx([q] * 4, abs=1e-9)


def test_a_favour_to_one_of_three_breaks_the_symmetry_smoothly() -> None:
    solution = solve_game(contribution_game([0.0, 0.0, 1.0, 1.0], [0.29, 0.3, 0.31]), 40.0)
    assert solution.converged
    assert solution.notes == ()
    assert solution.strategies["Ally1"]["contribute"] > solution.strategies["Ally3"]["contribute"]


@pytest.mark.parametrize("lam", [1e3, 1e6, 1e12, 1e300])
def test_mixing_survives_huge_rationality(lam) -> None:
    game = bimatrix([[0.1, -0.2], [-0.3, 0.0]], [[-0.4, -0.1], [0.5, 0.0]])
    solution = solve_game(game, lam)
    assert solution.converged
    assert solution.strategies["Row"]["r0"] == pytest.approx(0.625, abs=2.0 / lam + 1e-7)
    assert solution.strategies["Column"]["c0"] == pytest.approx(1 / 3, abs=2.0 / lam + 1e-7)
    assert solution.residual <= 1e-6
    assert (lam > 1e9) == any("beyond it play moves less than rounding can show" in note for note in solution.notes)


def test_failure_is_a_status_with_the_point_reached() -> None:
    game = bimatrix([[0.1, -0.2], [-0.3, 0.0]], [[-0.4, -0.1], [0.5, 0.0]])
    solution = solve_game(game, 1e6, settings=BranchSettings(most_steps=5))
    assert solution.status == "failed: too many steps"
    assert not solution.converged
    assert any("followed to lambda" in note for note in solution.notes)
    stalled = solve_game(game, 1e6, settings=BranchSettings(smallest_step=0.2))
    assert stalled.status == "failed: step too small"
    assert sum(stalled.strategies["Row"].values()) == pytest.approx(1.0)


def hidden_tree(prob: float) -> ExtensiveGame:
    def answer(tag: str, good: float) -> Decision:
        yes, no = Terminal(f"yes/{tag}", {"A": good}), Terminal(f"no/{tag}", {"A": 0.0})
        return Decision("A", "guess", (Action("yes", yes), Action("no", no)))

    odds = (ChanceAction("good", prob, answer("good", 1.0)), ChanceAction("bad", 1 - prob, answer("bad", -1.0)))
    return ExtensiveGame(("A",), Chance(odds, "draw"))


@pytest.mark.parametrize("prob", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_beliefs_at_an_information_set_weigh_its_nodes(prob) -> None:
    play = solve_game(hidden_tree(prob), 3.0).strategies["guess"]
    assert play["yes"] == pytest.approx(1 / (1 + math.exp(-3.0 * (2 * prob - 1))), abs=1e-10)


def test_derivatives_match_differences() -> None:
    game = hidden_tree(0.3)
    signal = Decision("B", "b", (Action("l", game.root), Action("r", Terminal("out", {"A": 0.2, "B": 0.4}))))

    def with_b(node):
        if isinstance(node, Terminal):
            return Terminal(node.label, {"B": 0.7 if "yes" in node.label else -0.2, **node.payoffs})
        if isinstance(node, Chance):
            return Chance(tuple(ChanceAction(a.label, a.prob, with_b(a.child)) for a in node.actions), node.infoset)
        return Decision(node.player, node.infoset, tuple(Action(a.label, with_b(a.child)) for a in node.actions))

    form = leaf_form(ExtensiveGame(("A", "B"), with_b(signal)).flat)
    log_p = np.log([0.6, 0.4, 0.3, 0.7])
    _, slope = form.values(log_p)
    for b in range(4):
        step = np.zeros(4)
        step[b] = 1e-6
        difference = (form.values(log_p + step)[0] - form.values(log_p - step)[0]) / 2e-6
        assert slope[:, b] == pytest.approx(difference, abs=1e-8)


def test_infinite_rationality_and_too_large_games_are_refused_with_a_way_out() -> None:
    with pytest.raises(GameError, match="use method spe or nash"):
        solve_game(threshold_game(2, 1, 1.0, 0.25), math.inf)
    labels = {f"P{i}": tuple(f"s{j}" for j in range(40)) for i in range(3)}
    game = NormalFormGame(tuple(labels), labels, {name: np.zeros((40, 40, 40)) for name in labels})
    with pytest.raises(GameError, match=r"64,000 leaves x 120 actions.*"):
        solve_game(game, 1.0)


def test_zero_weight_players_stay_uniform_on_the_branch() -> None:
    game = bimatrix([[1.0, 0.0], [0.0, 0.5]], [[0.3, 0.0], [0.0, 1.0]])
    play = solve_game(game, {"Row": 0.0, "Column": 4.0}).strategies
    assert play["Row"] == {"r0": 0.5, "r1": 0.5}
    assert play["Column"]["c1"] == pytest.approx(1 / (1 + math.exp(-4.0 * (0.5 - 0.15))), abs=1e-10)
    form = leaf_form(game.flat)
    assert follow_branch(form, np.zeros(2), 0.0).status == "converged"


@pytest.mark.parametrize("seed", range(8))
def test_signalling_games_are_followed_to_their_sequential_equilibrium(seed) -> None:
    """Two types of A move, B sees the move and not the type, A moves again: play at the end leaves nobody a gain."""
    count = iter(range(1000))

    def end() -> Terminal:
        k = next(count)
        return Terminal(f"t{k}", {"A": math.sin(seed * 3.1 + 1.7 * k), "B": math.cos(seed * 1.3 + 2.3 * k)})

    def sender(kind: str, after: str, left: int):
        return Decision("A", f"A{kind}{after}", tuple(Action(m, receiver(kind, after + m, left)) for m in "xy"))

    def receiver(kind: str, after: str, left: int):
        moves = [Action(m, sender(kind, after + m, left - 1) if left else end()) for m in "lr"]
        return Decision("B", f"B{after}", tuple(moves))

    odds = (ChanceAction("firm", 0.35, sender("f", "", 1)), ChanceAction("soft", 0.65, sender("s", "", 1)))
    solution = solve_game(ExtensiveGame(("A", "B"), Chance(odds, "type")), method="spe")
    assert solution.converged
    assert solution.residual <= 1e-5
