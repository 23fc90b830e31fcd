"""The contest after given answers of the allies: choices, beliefs and values of every quarter, as play meets them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.contest import FIRST_YEAR, QUARTERS, Contests, revised
from coercion_sim.dispute.contest_solution import solve_contests
from coercion_sim.dispute.equilibrium import ACCEPTED
from coercion_sim.dispute.game import DisputeGame
from coercion_sim.dispute.recursion import Pass, Quarter, Recursion, step_contests
from coercion_sim.dispute.solution import DisputeSolution, solve_dispute
from coercion_sim.errors import GameError, Problem


@dataclass(frozen=True, eq=False)
class ContestCourse:
    """One contest solved, quarter by quarter; quarter 0 is that of imposition, and nobody reviews in it.

    Attributes
    ----------
    cost, effect : (2,)
        Coercer's cost and effect on the target a year: first year, long run.
    erosion
        Share of the target's stake that the package erodes.
    contests, steps
        As solved, B = 1.
    """

    game: DisputeGame
    cost: Array
    effect: Array
    erosion: float
    contests: Contests
    steps: Pass

    def year(self, quarter: int) -> int:
        """0 in the first year of measures, 1 later."""
        return int(quarter + self.game.elapsed >= FIRST_YEAR)

    def row(self, quarter: int) -> int:
        """Row of `steps` for a quarter; the last one stands for all after it."""
        return min(quarter, len(self.steps.concede)) - 1

    @cached_property
    def _quarters(self) -> tuple[Quarter, ...]:
        """Quarters 1 to Q, and one that stands for every one after them."""
        quarters = tuple(Recursion(self.contests).back(self.steps.path, self.steps.stationary))
        return quarters[::-1]

    def quarter(self, quarter: int) -> Quarter:
        """Return what is expected from the start of a quarter after imposition on, and its choices, B = 1."""
        return self._quarters[self.row(quarter)]

    @cached_property
    def _beliefs(self) -> Array:
        """P(resolved) and P(firm) after the reviews of quarters 0 to Q, (2, Q + 1)."""
        seen = np.concatenate([np.zeros((2, 1)), self.steps.path[:, :, 0]], axis=1)
        return np.stack([revised(self.contests.mu, seen[0]), revised(self.contests.nu, seen[1])])

    def belief_of_target(self, quarter: int) -> float:
        """Belief nu of a target that reviews in a quarter: the coercer's last review was a quarter ago."""
        return float(self._beliefs[1, self.row(quarter)])

    def belief_of_coercer(self, quarter: int) -> float:
        """Belief mu of a coercer that reviews in a quarter, the target having held out in it."""
        return float(self._beliefs[0, min(self.row(quarter) + 1, self._beliefs.shape[1] - 1)])


@lru_cache(maxsize=64)
def solution_of(game: DisputeGame) -> DisputeSolution:
    """`solve_dispute`, remembered for the games solved last."""
    return solve_dispute(game)


@lru_cache(maxsize=64)
def contest_after(game: DisputeGame, package: int, profile: tuple[int, ...]) -> ContestCourse:
    """Return the contest after a package and given answers, started from the beliefs of the game's equilibrium.

    Where every answer is a node of the solution it is that node's contest; else it is solved from the nearest one.

    Raises
    ------
    GameError
        No equilibrium was found.
    """
    solved = solution_of(game)
    M, Q = len(game.options), QUARTERS
    answer = int(np.ravel_multi_index(profile, [M] * len(profile))) if profile else 0
    nearest = package * solved.nodes.cost.shape[2] + int(solved.nodes.weight[package, answer].argmax())
    at = np.array([nearest])
    contests, unknowns = solved.contests.take(at), solved.unknowns[:, at]
    cost, effect = game.flows(package, profile)
    if not solved.nodes.exact:
        contests = Contests(
            cost[:, None], effect[:, None], contests.stake_coercer, contests.stake_target, contests.erosion,
            contests.mu, contests.nu, contests.habits, contests.elapsed,
        )  # fmt: skip
        unknowns, residual = solve_contests(contests, Q, unknowns)
        if residual[0] > ACCEPTED:
            miss = f"residual {residual[0]:.1e} with package {game.packages[package]}, answers {profile}"
            raise GameError(Problem("no equilibrium was found after these answers", key="dispute", found=miss))
    _, steps = step_contests(contests, unknowns, Q, 0)
    return ContestCourse(game, cost, effect, game.erosion_of(package), contests, steps)
