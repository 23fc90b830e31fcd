"""Newton's sweep is the derivative of the map of contests, and finds the fixed points that iteration finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from coercion_sim.arrays import Array
from coercion_sim.dispute import DisputeGame
from coercion_sim.dispute.contest import Contests, Habits, revised
from coercion_sim.dispute.contest_solution import TOLERANCE, ContestBranches, solve_contests
from coercion_sim.dispute.continuation import followed
from coercion_sim.dispute.equilibrium import Equilibrium
from coercion_sim.dispute.newton_sweep import Sweep, solve_each, sweep
from coercion_sim.dispute.nodes import nodes_of
from coercion_sim.dispute.package_newton import newton_packages
from coercion_sim.dispute.recursion import Recursion, scale_of, step_contests
from support.dispute_games import flagship_game, random_game

Q = 5
RULES: list[dict[str, Any]] = [{}, {"settle": 0.4}, {"settle": 0.0, "review": 1.0}, {"lapse_cost": 0.7, "lapse": 0.1}]


def contests_of(*games: DisputeGame, mu: float = 0.4, nu: float = 0.3) -> Contests:
    """First package of each game, nobody answering."""
    cost, effect = (
        np.stack([x.reshape(2, len(g.packages), -1)[:, 0, 0] for x, g in zip(arrays, games, strict=True)], axis=1)
        for arrays in ([g.coercer_cost for g in games], [g.target_effect for g in games])
    )
    v_c, v_t = (np.stack([getattr(g, name) for g in games], axis=1) for name in ("stake_coercer", "stake_target"))
    beliefs = np.full(len(games), mu), np.full(len(games), nu)
    habits = Habits.of([g.parameters for g in games], [1] * len(games))
    return Contests(cost, effect, v_c, v_t, np.zeros(len(games)), *beliefs, habits)


def linearised(contests: Contests, x: Array, quarters: int, full: Array | None = None) -> Sweep:
    B, scale = x.shape[1], scale_of(contests)
    paths = x[: 2 * quarters].reshape(2, quarters, B)
    values = (x[2 * quarters :] * scale).reshape(2, 2, 2, B)
    return sweep(Recursion(contests), paths, values, scale.reshape(2, 2, 2, B), full)


def moved(contests: Contests, back: Sweep, du: Array, column: int = 0) -> Array:
    """The step as unknowns, paths relative to imposition."""
    path, values = back.step(du, column)
    B = du.shape[1]
    relative = (path - du[:, None]).reshape(-1, B)
    return np.concatenate([relative, values.reshape(8, B) / scale_of(contests)])


def solved_by_newton(contests: Contests, x: Array, quarters: int) -> Array:
    for _ in range(40):
        x = x + moved(contests, linearised(contests, x, quarters), np.zeros((2, x.shape[1])))
    return x


def somewhere(contests: Contests, seed: int) -> Array:
    """Near a solution, but none."""
    x, residual = solve_contests(contests, Q)
    assert residual.max() <= 1e-6
    return x + np.random.default_rng(seed).normal(0.0, 0.02, x.shape)


@pytest.mark.parametrize("rules", RULES)
def test_steps_end_in_the_fixed_points_of_the_map(rules: dict[str, Any]) -> None:
    """From near them, to rounding, and each step squares the distance."""
    contests = contests_of(*(random_game(seed, n=0, M=1, **rules) for seed in range(4)))
    x = somewhere(contests, 1)
    missed = []
    for _ in range(6):
        back = linearised(contests, x, Q)
        missed.append(float(back.missed.max()))
        x = x + moved(contests, back, np.zeros((2, 4)))
    image, _ = step_contests(contests, x, Q, 0)
    np.testing.assert_allclose(x, image, rtol=0, atol=1e-11)
    small = [m for m in missed if m < 1e-2]
    assert small[1] < 20.0 * small[0] ** 2 + 1e-12


@pytest.mark.parametrize("rules", RULES)
def test_derivatives_by_evidence_and_rationality_are_those_of_the_solution(rules: dict[str, Any]) -> None:
    """Against solutions at beliefs and rationalities a little higher and lower."""
    contests = contests_of(*(random_game(seed, n=0, M=1, **rules) for seed in range(4)))
    B, wide, share = 4, 1e-4, 0.8
    x = solved_by_newton(contests.less_rational(np.full(B, share)), solve_contests(contests, Q)[0], Q)
    full = contests.habits.rationality

    def at(u: tuple[float, float], t: float) -> tuple[Array, Array]:
        """Unknowns and values (2, 2, 2, B) at imposition of the solution after this evidence."""
        mu, nu = revised(contests.mu, np.full(B, u[0])), revised(contests.nu, np.full(B, u[1]))
        there = Contests(
            contests.cost, contests.effect, contests.stake_coercer, contests.stake_target, contests.erosion, mu, nu,
            contests.habits,
        ).less_rational(np.full(B, t))  # fmt: skip
        found = solved_by_newton(there, x, Q)
        return found, step_contests(there, found, Q, 0)[1].values[:2]

    back = linearised(contests.less_rational(np.full(B, share)), x, Q, full)
    still = moved(contests, back, np.zeros((2, B)))
    for j, (up, down) in enumerate(
        ((at((wide, 0), share), at((-wide, 0), share)), (at((0, wide), share), at((0, -wide), share)))
    ):
        du = np.zeros((2, B))
        du[j] = 1.0
        wanted = tuple((a - b) / (2 * wide) for a, b in zip(up, down, strict=True))
        np.testing.assert_allclose(moved(contests, back, du) - still, wanted[0], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(back.slopes[j], wanted[1], rtol=1e-4, atol=1e-5)
    up, down = at((0, 0), share + wide), at((0, 0), share - wide)
    by_share = moved(contests, back, np.zeros((2, B)), 1) - still
    np.testing.assert_allclose(by_share, (up[0] - down[0]) / (2 * wide), rtol=1e-4, atol=1e-5)


class OneContest:
    """A contest with numerical derivatives, as `Branches` of one."""

    def __init__(self, contest: Contests, quarters: int) -> None:
        self.contest, self.quarters = contest, quarters

    def start(self) -> Array:
        return ContestBranches(self.contest, self.quarters).start()

    def image(self, z: Array) -> Array:
        there = self.contest.take(np.zeros(z.shape[1], dtype=np.int64)).less_rational(z[-1])
        return step_contests(there, z[:-1], self.quarters, 0)[0] - z[:-1]

    def derivatives(self, z: Array) -> tuple[Array, Array]:
        width = 1e-7
        off = self.image(np.column_stack([z, z[:, None] + width * np.eye(len(z))]))
        return off[:, 0], (off[:, 1:] - off[:, :1]) / width

    def linearised(self, z: Array, at: Any) -> tuple[Array, Array, Array, Array]:
        f, by = self.derivatives(z[:, 0])
        newton, by_share = -np.linalg.solve(by[:, :-1], np.column_stack([f, by[:, -1]])).T[:, :, None]
        return newton, by_share, np.abs(f).max(keepdims=True), np.linalg.slogdet(-by[:, :-1])[0][None]


@pytest.mark.parametrize("rules", RULES[:2])
def test_branches_side_by_side_end_where_each_alone_does(rules: dict[str, Any]) -> None:
    games = [random_game(seed, n=0, M=1, **(rules | {"rationality": 4.0 + 4.0 * seed})) for seed in range(3)]
    contests = contests_of(*games, mu=0.6)
    ends = followed(ContestBranches(contests, Q), 1e-9)
    for one in range(3):
        alone = followed(OneContest(contests.take(np.array([one])), Q), TOLERANCE)
        np.testing.assert_allclose(ends[:, [one]], alone, rtol=0, atol=2e-6)


def test_the_sign_is_that_of_the_determinant_of_the_map() -> None:
    """At solutions and away from them, on both sides of a fold."""
    contests = contests_of(*(random_game(seed, n=0, M=1, rationality=12.0) for seed in range(8)))
    rng, seen = np.random.default_rng(0), set()
    for _ in range(6):
        x = rng.normal(0.0, 0.7, (2 * Q + 8, 8))
        # The sweep takes stationary values for those that follow, the map those of one step back: these have to agree.
        full = contests.habits.rationality
        x = solved_by_newton(contests, x, Q)
        good = np.isfinite(x).all(axis=0)
        sign = linearised(contests, np.where(good, x, 0.0), Q, full).sign
        for one in np.flatnonzero(good):
            branch = OneContest(contests.take(np.array([one])), Q)
            if np.abs(branch.image(np.append(x[:, one], 1.0)[:, None])).max() > 1e-9:
                continue
            matrix = branch.derivatives(np.append(x[:, one], 1.0))[1][:, :-1]
            assert sign[one] == np.linalg.slogdet(-matrix)[0]
            seen.add(float(sign[one]))
    assert 1.0 in seen


@pytest.mark.parametrize("rules", RULES)
def test_packages_are_solved_from_nearby_and_left_alone_where_newton_fails(rules: dict[str, Any]) -> None:
    games = [flagship_game(allies=2, pledge=0.02, loss=(0.2,), **rules), random_game(1, K=1, n=2, M=3, **rules)]
    problem = Equilibrium(games, [nodes_of(game) for game in games])
    every = np.arange(problem.N)
    x = problem.solve().x
    near = x + np.random.default_rng(3).normal(0.0, 0.01, x.shape)
    found, done = newton_packages(problem, near, every)
    assert done.all()
    np.testing.assert_allclose(found, x, rtol=0, atol=1e-6)
    assert problem.step(found, every, 0)[1].residual.max() < 1e-9
    far = np.full_like(x, np.nan)
    found, done = newton_packages(problem, far, every)
    assert not done.any()
    np.testing.assert_array_equal(found, far)


def test_a_singular_system_stops_none_of_the_others() -> None:
    matrix = np.stack([2.0 * np.eye(2), np.zeros((2, 2)), np.eye(2)])
    right = np.ones((3, 2, 1))
    np.testing.assert_array_equal(solve_each(matrix, right)[:, 0, 0], [0.5, np.nan, 1.0])
    np.testing.assert_array_equal(solve_each(matrix[[0, 2]], right[[0, 2]])[:, 0, 0], [0.5, 1.0])
