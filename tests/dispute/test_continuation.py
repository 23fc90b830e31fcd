"""The principal branch: curves with a known end, a curve that turns back, and contests no iteration solves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.sparse import csc_array, sparray

from coercion_sim.dispute import solve_dispute
from coercion_sim.dispute.contest_solution import TOLERANCE
from coercion_sim.dispute.continuation import principal_branch
from coercion_sim.dispute.equilibrium import ACCEPTED, Equilibrium
from coercion_sim.dispute.group_branch import GroupBranch
from coercion_sim.dispute.nodes import nodes_of
from support.dispute_games import flagship_game, random_game

Array = npt.NDArray[np.float64]


class Cubic:
    """``x^3 - 3 x + 3 - 6 t = 0`` from about -2.10: turns back in t at x = -1, t = 5/6, and again at x = 1, t = 1/6."""

    def start(self) -> Array:
        return np.array([-2.1038034027355366])

    def linearised(self, z: Array) -> tuple[Array, sparray]:
        x, t = z
        return np.array([x**3 - 3 * x + 3 - 6 * t]), csc_array(np.array([[3 * x**2 - 3, -6.0]]))


class Lost:
    """``x^2 + t - 1/2 = 0`` ends at t = 1/2: no solution at t = 1."""

    def start(self) -> Array:
        return np.array([0.5**0.5])

    def linearised(self, z: Array) -> tuple[Array, sparray]:
        x, t = z
        return np.array([x**2 + t - 0.5]), csc_array(np.array([[2 * x, 1.0]]))


def test_a_branch_that_turns_back_twice_is_followed_to_its_end() -> None:
    x = principal_branch(Cubic(), 1e-12)
    assert x[0] == pytest.approx(2.1038034027355366, abs=1e-9)


class Corner:
    """``x - 20 |t - 1/2| = 0``: a corner at t = 1/2, to be gone round and not back."""

    def start(self) -> Array:
        return np.array([10.0])

    def linearised(self, z: Array) -> tuple[Array, sparray]:
        x, t = z
        return np.array([x - abs(20.0 * (t - 0.5))]), csc_array(np.array([[1.0, -20.0 * np.sign(t - 0.5)]]))


def test_a_corner_is_gone_round() -> None:
    assert principal_branch(Corner(), 1e-12)[0] == pytest.approx(10.0, abs=1e-9)


def test_a_branch_that_never_gets_there_ends_somewhere_that_is_no_solution() -> None:
    x = principal_branch(Lost(), 1e-12)
    assert abs(x[0] ** 2 + 0.5) > 1e-3


@pytest.mark.parametrize("allies", [0, 1, 2])
def test_derivatives_of_a_package_are_those_of_its_map(allies: int) -> None:
    """Against central differences of the whole map, one unknown at a time."""
    game = flagship_game(allies=allies, pledge=0.01, loss=(0.2,)) if allies else random_game(3, K=1, n=0, M=1)
    problem = Equilibrium([game], [nodes_of(game)], quarters=3)
    branch = GroupBranch(problem, 0)
    rng = np.random.default_rng(4)
    z = np.append(branch.start() + rng.normal(0, 0.1, 2 + problem.unknowns * problem.G), 0.7)

    def f(at: Array) -> Array:
        image = problem.step(at[:-1, None], np.array([0]), 0, at[-1:])[0]
        return (image - at[:-1, None])[:, 0]

    value, derivatives = branch.linearised(z)
    np.testing.assert_allclose(value, f(z), rtol=0, atol=1e-12)
    wide = 1e-5
    wanted = np.column_stack([(f(z + wide * e) - f(z - wide * e)) / (2 * wide) for e in np.eye(len(z))])
    np.testing.assert_allclose(derivatives.toarray(), wanted, rtol=0, atol=2e-5)


@pytest.mark.parametrize("seed", range(3))
def test_it_ends_in_an_equilibrium(seed: int) -> None:
    game = random_game(seed, K=1, n=1, M=2)
    problem = Equilibrium([game], [nodes_of(game)])
    x = principal_branch(GroupBranch(problem, 0), TOLERANCE)
    assert problem.step(x[:, None], np.array([0]), 0)[1].residual[0] <= TOLERANCE


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
    monkeypatch.setattr(Equilibrium, "_sought", lambda self, begin, *_: (begin, np.array([False])))
    monkeypatch.setattr(Equilibrium, "_finished", lambda self, x, _: (x, np.array([False])))
    x = problem.solve().x[:, 0]
    np.testing.assert_allclose(x, principal_branch(GroupBranch(problem, 0), TOLERANCE), rtol=0, atol=1e-12)
