"""What must not change an answer: constants, units, and strictly dominated actions however bad."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.games import Action, Decision, ExtensiveGame, NormalFormGame, Terminal, solve_game

POWERS = range(16)


def table(first, second) -> NormalFormGame:
    m, n = np.shape(first)
    labels = {"Row": tuple(f"r{i}" for i in range(m)), "Column": tuple(f"c{j}" for j in range(n))}
    return NormalFormGame(("Row", "Column"), labels, {"Row": np.array(first), "Column": np.array(second)})


def hidden_move(war: float | None = None, *, add: float = 0.0, times: float = 1.0) -> ExtensiveGame:
    """C chooses l or r unseen, T guesses, or makes a war worth `war` to both; C's payoffs times `times` plus `add`."""
    zero_sum = {"ll": 3.0, "lr": 0.0, "rl": 0.0, "rr": 1.0}

    def end(label: str, c: float, t: float) -> Terminal:
        return Terminal(label, {"C": times * c + add, "T": t})

    def answer(move: str) -> Decision:
        ends = [end(move + a, zero_sum[move + a], -zero_sum[move + a]) for a in "lr"]
        if war is not None:
            ends.append(end(f"war {move}", war, war))
        return Decision("T", "t", tuple(Action(a, e) for a, e in zip(("l", "r", "war"), ends, strict=False)))

    return ExtensiveGame(("C", "T"), Decision("C", "c", tuple(Action(a, answer(a)) for a in "lr")))


def found(game: NormalFormGame) -> list[tuple[float, ...]]:
    equilibria = solve_game(game, method="nash").equilibria
    return sorted(tuple(p for choice in one.strategies.values() for p in choice.values()) for one in equilibria)


def shares(solution) -> list[float]:
    return [solution.strategies[h][a] for h in ("c", "t") for a in "lr"]


@pytest.mark.parametrize("power", range(1, 16))
def test_a_war_nobody_wants_changes_no_logit_answer(power) -> None:
    base, with_war = solve_game(hidden_move(), 10.0), solve_game(hidden_move(-(10.0**power)), 10.0)
    assert shares(base)[::2] == pytest.approx([0.2807079173, 0.2264761795], abs=1e-9)
    assert with_war.converged
    assert with_war.residual <= 1e-9
    assert shares(with_war) == pytest.approx(shares(base), abs=1e-9)
    assert with_war.strategies["t"]["war"] <= 1e-40


def test_a_war_worth_little_less_is_chosen_as_logit_says() -> None:
    solution = solve_game(hidden_move(-1.0), 10.0)
    c, t = solution.strategies["c"], solution.strategies["t"]
    assert t["war"] / t["r"] == pytest.approx(np.exp(10.0 * (-1.0 + c["r"])))
    assert 1e-5 < t["war"] < 0.1


@pytest.mark.parametrize("power", POWERS)
def test_a_war_nobody_wants_changes_no_limit_and_no_nash_equilibrium(power) -> None:
    game = hidden_move(-(10.0**power))
    limit = solve_game(game, method="spe")
    assert limit.converged
    assert limit.residual <= 1e-7
    assert shares(limit) == pytest.approx([0.25, 0.75, 0.25, 0.75], abs=1e-7)
    (only,) = solve_game(game, method="nash").equilibria
    assert only.strategies["C"] == {"c=l": 0.25, "c=r": 0.75}
    assert only.strategies["T"] == {"t=l": 0.25, "t=r": 0.75, "t=war": 0.0}


@pytest.mark.parametrize("power", POWERS)
def test_an_outlier_makes_no_equilibria(power) -> None:
    bad = -(10.0**power)
    game = table([[1, 0, bad], [0, 1, bad], [bad] * 3], [[0, 1, bad], [1, 0, bad], [bad] * 3])
    assert found(game) == [(0.0, 0.0, 1.0, 0.0, 0.0, 1.0), (0.5, 0.5, 0.0, 0.5, 0.5, 0.0)]


cells = st.lists(st.integers(-8, 8), min_size=9, max_size=9)


@settings(max_examples=40, deadline=None)
@given(cells, cells, st.sampled_from(POWERS), st.integers(-(10**9), 10**9), st.integers(-30, 30))
def test_nash_ignores_dominated_strategies_constants_and_units(a, b, power, add, scale) -> None:
    first, second = np.reshape(a, (3, 3)) / 4.0, np.reshape(b, (3, 3)) / 4.0
    plain = found(table(first, second))
    assert found(table(first * 2.0**scale, second + add)) == plain
    bad = np.full((1, 3), first.min() - 10.0**power)
    wider = table(np.vstack([first, bad]), np.vstack([second, [[5.0, -3.0, 10.0**power]]]))
    assert [(*x[:3], *x[4:]) for x in found(wider)] == plain
    assert all(x[3] == 0.0 for x in found(wider))


@settings(max_examples=25, deadline=None)
@given(cells, cells, st.integers(-(10**9), 10**9), st.integers(-20, 20))
def test_logit_ignores_constants_and_units(a, b, add, scale) -> None:
    jitter = 0.0625 * np.arange(9).reshape(3, 3)  # dyadic: shifting loses no digit, and symmetry is broken
    first, second = np.reshape(a, (3, 3)) / 4.0 + jitter, np.reshape(b, (3, 3)) / 4.0 - jitter.T
    one = solve_game(table(first, second), {"Row": 4.0, "Column": 3.0})
    two = solve_game(table(first * 2.0**scale, second + add), {"Row": 4.0 / 2.0**scale, "Column": 3.0})
    assert one.status == two.status == "converged"
    for name, choice in one.strategies.items():
        assert dict(two.strategies[name]) == pytest.approx(dict(choice), abs=1e-8)


@pytest.mark.parametrize("change", [{"add": 1e9}, {"add": -1e12}, {"times": 1e9}, {"times": 1e-9}])
def test_trees_ignore_constants_and_units(change) -> None:
    times = change.get("times", 1.0)
    for rationality, base in ((10.0, solve_game(hidden_move(), 10.0)), (None, solve_game(hidden_move(), method="spe"))):
        changed = hidden_move(**change)
        if rationality is None:
            solution = solve_game(changed, method="spe")
        else:
            solution = solve_game(changed, {"C": rationality / times, "T": rationality})
        assert solution.converged
        assert shares(solution) == pytest.approx(shares(base), abs=1e-7)


@pytest.mark.parametrize("power", POWERS)
def test_backward_induction_calls_no_tie_because_of_an_outlier(power) -> None:
    ends = {"a": 1.0, "b": 1.0 + 1e-9, "war": -(10.0**power)}
    moves = tuple(Action(label, Terminal(label, {"A": pay})) for label, pay in ends.items())
    solution = solve_game(ExtensiveGame(("A",), Decision("A", "h", moves)), method="spe")
    assert solution.path == ("b",)
    assert solution.notes == ()


def three(change: Callable[[np.ndarray], np.ndarray], bad: float | None = None) -> NormalFormGame:
    """Three may contribute, two are needed; to the first a third strategy worth `bad` can be added."""
    names = ("A", "B", "C")
    pay = {}
    for i, name in enumerate(names):
        own = np.zeros((2, 2, 2))
        for cell in itertools.product(range(2), repeat=3):
            own[cell] = float(3 - sum(cell) >= 2) - 0.25 * (cell[i] == 0)
        pay[name] = own
    if bad is not None:
        pay = {n: np.concatenate([p, np.full((1, 2, 2), bad if n == "A" else 0.0)]) for n, p in pay.items()}
    pay["A"] = change(pay["A"])
    labels = {n: ("give", "keep", "worse")[: pay["A"].shape[k]] for k, n in enumerate(names)}
    return NormalFormGame(names, labels, pay)


@pytest.mark.parametrize("change", [lambda u: u + 1e9, lambda u: u * 1e9, lambda u: u * 1e-9])
def test_three_players_ignore_constants_and_units(change) -> None:
    plain, other = found(three(lambda u: u)), found(three(change))
    assert len(plain) == 9  # 4 pure, 2 with all alike, 3 where one gives and two give with chance 3/4
    assert np.allclose(plain, other, atol=1e-8)


@pytest.mark.parametrize("power", POWERS)
def test_three_players_ignore_a_dominated_strategy(power) -> None:
    plain, wider = found(three(lambda u: u)), found(three(lambda u: u, -(10.0**power)))
    assert np.allclose(plain, [(*x[:2], *x[3:]) for x in wider], atol=1e-9)
    assert all(x[2] == 0.0 for x in wider)
