"""The principal branch: curves with a known end, a curve that turns back, and contests no iteration solves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from coercion_sim.dispute import equilibrium, solve_dispute
from coercion_sim.dispute.contest import Contests
from coercion_sim.dispute.contest_solution import TOLERANCE
from coercion_sim.dispute.continuation import followed
from coercion_sim.dispute.equilibrium import ACCEPTED, Equilibrium
from coercion_sim.dispute.group_branch import GroupBranches
from coercion_sim.dispute.nodes import nodes_of
from support.dispute_games import flagship_game, random_game

Array = npt.NDArray[np.float64]


class Curves:
    """One curve ``f(x, t) = 0`` with derivatives, from several starting points."""

    def __init__(self, *start: float) -> None:
        self.begin = np.array([start, np.zeros(len(start))])

    def start(self) -> Array:
        return self.begin

    def linearised(self, z: Array, at: npt.NDArray[np.int64]) -> tuple[Array, Array, Array, Array]:
        f, by_x, by_t = self.of(*z)
        return -(f / by_x)[None], -(by_t / by_x)[None], np.abs(f), np.sign(by_x)


class Cubic(Curves):
    """``x^3 - 3 x + 3 - 6 t = 0`` from about -2.10: turns back in t at x = -1, t = 5/6, and again at x = 1, t = 1/6."""

    def of(self, x: Array, t: Array) -> tuple[Array, Array, Array]:
        return x**3 - 3 * x + 3 - 6 * t, 3 * x**2 - 3, np.full_like(x, -6.0)


class Lost(Curves):
    """``x^2 + t - 1/2 = 0`` ends at t = 1/2: no solution at t = 1."""

    def of(self, x: Array, t: Array) -> tuple[Array, Array, Array]:
        return x**2 + t - 0.5, 2 * x, np.ones_like(x)


class Snake(Curves):
    """``t = sin(x) / 5 + climb x``: turns back twice every 2 pi of x."""

    def __init__(self, climb: float) -> None:
        super().__init__(0.0)
        self.climb = climb

    def of(self, x: Array, t: Array) -> tuple[Array, Array, Array]:
        return np.sin(x) / 5 + self.climb * x - t, np.cos(x) / 5 + self.climb, -np.ones_like(x)


class Corner(Curves):
    """``x - 20 |t - 1/2| - bent sin(k t) = 0``: a corner at t = 1/2, to be gone round and not back."""

    def __init__(self, bent: float = 0.0, k: float = 0.0) -> None:
        super().__init__(10.0)
        self.bent, self.k = bent, k

    def of(self, x: Array, t: Array) -> tuple[Array, Array, Array]:
        f = x - np.abs(20.0 * (t - 0.5)) - self.bent * np.sin(self.k * t)
        return f, np.ones_like(x), -20.0 * np.sign(t - 0.5) - self.bent * self.k * np.cos(self.k * t)


def test_a_branch_that_turns_back_twice_is_followed_to_its_end() -> None:
    x = followed(Cubic(-2.1038034027355366), 1e-12)
    np.testing.assert_allclose(x, [[2.1038034027355366]], rtol=0, atol=1e-9)


def test_a_branch_that_turns_back_for_the_thirteenth_time_is_given_up() -> None:
    ((there,),) = followed(Snake(0.05), 1e-12)
    assert np.sin(there) / 5 + 0.05 * there == pytest.approx(1.0, abs=1e-9)
    assert there > 4 * np.pi  # at least four turns on the way
    ((given_up,),) = followed(Snake(0.01), 1e-12)
    thirteenth = 12 * np.pi + np.arccos(-0.05)
    assert thirteenth < given_up < thirteenth + 3.0


def test_a_corner_is_gone_round() -> None:
    np.testing.assert_allclose(followed(Corner(), 1e-12), [[10.0]], rtol=0, atol=1e-9)


@pytest.mark.parametrize("k", [3.0, 31.0])
def test_a_bent_branch_is_met_so_nearly_that_the_short_steps_round_a_corner_find_it(k: float) -> None:
    np.testing.assert_allclose(followed(Corner(3.0, k), 1e-12), [[10.0 + 3.0 * np.sin(k)]], rtol=0, atol=1e-9)


def test_a_branch_that_never_gets_there_ends_somewhere_that_is_no_solution_and_stops_no_other() -> None:
    ((lost, again),) = followed(Lost(0.5**0.5, -(0.5**0.5)), 1e-12)
    assert abs(lost**2 + 0.5) > 1e-3
    assert abs(again**2 + 0.5) > 1e-3
    ((there, _),) = followed(Cubic(-2.1038034027355366, np.nan), 1e-12)
    assert there == pytest.approx(2.1038034027355366, abs=1e-9)


@pytest.mark.parametrize("allies", [0, 1, 2])
def test_steps_and_derivatives_of_a_package_are_those_of_its_map(allies: int) -> None:
    """Against central differences of the whole map at a solution for part of rationality, one unknown at a time."""
    game = flagship_game(allies=allies, pledge=0.01, loss=(0.2,)) if allies else random_game(3, K=1, n=0, M=1)
    problem, one = Equilibrium([game], [nodes_of(game)], quarters=3), np.array([0])
    branches = GroupBranches(problem, one)
    z = branches.start()
    z[-1] = 0.7
    z[:-1] += np.random.default_rng(4).normal(0, 0.02, (len(z) - 1, 1))
    missed = []
    for _ in range(14):
        newton, _, off, _ = branches.linearised(z, one)
        missed.append(float(off[0]))
        z[:-1] += newton
    _, by_share, _, sign = branches.linearised(z, one)

    def f(at: Array) -> Array:
        return (problem.step(at[:-1, None], one, 0, at[-1:])[0] - at[:-1, None])[:, 0]

    assert np.abs(f(z[:, 0])).max() < 1e-12
    small = [m for m in missed if m < 1e-2]
    assert small[1] < 60.0 * small[0] ** 2 + 1e-12
    wide, at = 1e-5, z[:, 0]
    by = np.column_stack([(f(at + wide * e) - f(at - wide * e)) / (2 * wide) for e in np.eye(len(at))])
    np.testing.assert_allclose(by_share[:, 0], -np.linalg.solve(by[:, :-1], by[:, -1]), rtol=0, atol=2e-6)
    assert sign[0] == np.linalg.slogdet(-by[:, :-1])[0]


@pytest.mark.parametrize("allies", [1, 2])
def test_packages_side_by_side_end_in_equilibria_where_each_alone_does(allies: int) -> None:
    games = [random_game(seed, K=1, n=allies, M=2) for seed in range(3)]
    problem = Equilibrium(games, [nodes_of(game) for game in games])
    every = np.arange(3)
    x = followed(GroupBranches(problem, every), TOLERANCE)
    assert problem.step(x, every, 0)[1].residual.max() <= 10 * TOLERANCE
    for one in every:
        alone = followed(GroupBranches(problem, every[[one]]), TOLERANCE)
        np.testing.assert_allclose(alone[:, 0], x[:, one], rtol=0, atol=1e-5)


def test_a_dispute_that_iteration_leaves_is_solved() -> None:
    """Neither side's giving up leads to an equilibrium by iteration: the contest is let go late."""
    solved = solve_dispute(flagship_game(v_t=0.19, v_c=0.038, allies=1, rationality=3.0))
    assert solved.residual.max() <= ACCEPTED


def test_a_package_is_finished_from_the_evidence_reached_and_contests_that_went_astray() -> None:
    game = flagship_game(allies=1, pledge=0.01, loss=(0.2,))
    problem = Equilibrium([game], [nodes_of(game)])
    x = problem.solve().x
    astray = x.copy()
    astray[:2] += 0.01
    astray[2:] += np.random.default_rng(2).normal(0.0, 0.5, (len(x) - 2, 1))
    met, solved = problem._finished(astray, np.array([0]))
    assert solved.tolist() == [True]
    np.testing.assert_allclose(met, x, rtol=0, atol=1e-6)


def test_a_package_that_nothing_finishes_is_followed_along_its_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    game = flagship_game(allies=1, pledge=0.01, loss=(0.2,))
    problem = Equilibrium([game], [nodes_of(game)])
    usual = problem.solve().x
    for unsuccessful in ("_drifted", "_accelerated", "_finished"):
        monkeypatch.setattr(Equilibrium, unsuccessful, lambda self, x, *_: (x, np.array([False])))
    # From less rationality to the equilibrium that iteration reaches; from even choice to another one here.
    np.testing.assert_allclose(problem.solve().x, usual, rtol=0, atol=1e-5)
    principal = followed(GroupBranches(problem, np.array([0])), TOLERANCE)
    assert np.abs(principal - usual).max() > 0.1
    monkeypatch.setattr(equilibrium, "_SHARES", ())
    np.testing.assert_allclose(problem.solve().x, principal, rtol=0, atol=1e-12)


def test_a_branch_that_is_lost_is_not_followed_again_from_further_back(monkeypatch: pytest.MonkeyPatch) -> None:
    game = flagship_game(allies=1, pledge=0.01, loss=(0.2,))
    problem = Equilibrium([game], [nodes_of(game)])
    begun: list[float] = []

    def ends(self: Equilibrium, branches: GroupBranches) -> tuple[Array, Array]:
        begun.append(float(branches.start()[-1, 0]))
        return branches.start()[:-1], np.array([False])

    monkeypatch.setattr(Equilibrium, "_ends", ends)
    x = problem.prior_path(True)
    assert problem._followed(x, np.array([0]))[1].tolist() == [False]
    assert begun == [0.95]


def test_a_package_with_a_contest_that_cannot_be_solved_is_given_up_after_three_rounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    game = flagship_game(allies=1, pledge=0.01, loss=(0.2,))
    problem = Equilibrium([game], [nodes_of(game)])
    tried: list[float] = []

    def contests(terms: Contests, quarters: int, near: Array) -> tuple[Array, Array]:
        tried.append(float(terms.mu[0]))
        return near, np.where(np.arange(near.shape[1]) == 0, residual, 0.0)

    monkeypatch.setattr(equilibrium, "solve_contests", contests)
    monkeypatch.setattr(equilibrium, "newton_packages", lambda problem, x, at: (x, np.zeros(len(at), dtype=bool)))
    residual = 1.0
    assert not problem._finished(problem.prior_path(True), np.array([0]), 30)[1].any()
    assert len(tried) == 3
    tried.clear()
    residual = 0.0  # all solved: evidence goes on being revised while it comes nearer
    problem._finished(problem.prior_path(True), np.array([0]), 30)
    assert len(tried) > 5


def test_evidence_is_revised_until_the_package_is_finished_and_no_longer() -> None:
    game = flagship_game(allies=1, pledge=0.01, loss=(0.2,))
    problem = Equilibrium([game], [nodes_of(game)])
    x = problem.solve().x
    astray = x + 0.0
    astray[:2] += 6.0
    assert problem._finished(astray, np.array([0]), 1)[1].tolist() == [False]
    met, solved = problem._finished(astray, np.array([0]), 30)
    assert solved.tolist() == [True]
    np.testing.assert_allclose(met, x, rtol=0, atol=1e-6)
