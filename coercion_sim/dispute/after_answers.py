"""The contest after given answers of the allies: choices, beliefs and values of every quarter, as play meets them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from coercion_sim.dispute.contest import FIRST_YEAR, QUARTERS, Contests, Pass, Quarter, Recursion, revised
from coercion_sim.dispute.equilibrium import solve_contests, step_contests
from coercion_sim.dispute.game import Array, DisputeGame
from coercion_sim.dispute.solution import ACCEPTED, DisputeSolution, solve_dispute
from coercion_sim.errors import GameError, Problem


@dataclass(frozen=True, eq=False)
class Ahead:
    """Expected from the start of a quarter on, discounted to it, ``[c, s]``: yielding, quarters of measures by year."""

    yielded: Array
    first_year: Array
    later: Array


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
        """Values and choices of quarters 1 to Q, and of every one after them."""
        recursion, Q = Recursion(self.contests), self.steps.path.shape[1]
        mu, nu = (
            revised(b, path) for b, path in zip((self.contests.mu, self.contests.nu), self.steps.path, strict=True)
        )
        nu_before = np.concatenate([self.contests.nu[None], nu])
        after, quarters = (self.steps.stationary[0], self.steps.stationary[1]), []
        for i in range(Q, -1, -1):
            quarter = recursion.before(after, self.year(i + 1), mu[min(i, Q - 1)], nu_before[i])
            after = quarter.coercer, quarter.target
            quarters.append(quarter)
        return tuple(reversed(quarters))

    def quarter(self, quarter: int) -> Quarter:
        """Values at the start of a quarter after imposition, and its choices, B = 1."""
        return self._quarters[self.row(quarter)]

    def belief_of_target(self, quarter: int) -> float:
        """Belief nu of a target that reviews in a quarter: the coercer's last review was a quarter ago."""
        row = self.row(quarter)
        seen = self.steps.path[1, min(row, self.steps.path.shape[1]) - 1] if row else np.zeros(1)
        return float(revised(self.contests.nu, seen)[0])

    def belief_of_coercer(self, quarter: int) -> float:
        """Belief mu of a coercer that reviews in a quarter, the target having held out in it."""
        return float(
            revised(self.contests.mu, self.steps.path[0, min(self.row(quarter), self.steps.path.shape[1] - 1)])[0]
        )

    @cached_property
    def _ahead(self) -> tuple[Ahead, ...]:
        p, rows = self.game.parameters, len(self.steps.concede)
        ahead: list[Ahead] = []
        for i in range(rows - 1, -1, -1):
            k, o = (p.review * x[i, None, :, 0] for x in (self.steps.concede, self.steps.settle))
            l, a = p.review * self.steps.lift[i, :, None, 0], self.steps.accept[i, :, None, 0]  # noqa: E741
            over = k + o * a + (1.0 - k - o) * l
            on = (1.0 - over) * p.quarterly_discount * (1.0 - p.lapse)
            bite, year = over * p.last_quarter_bite + (1.0 - over), self.year(i + 1)
            now = (k + o * a * p.settle, bite * (year == 0), bite * (year == 1))
            if i == rows - 1:
                ahead.append(Ahead(*(x / (1.0 - on) for x in now)))
            else:
                then = ahead[-1]
                later = (then.yielded, then.first_year, then.later)
                ahead.append(Ahead(*(x + on * y for x, y in zip(now, later, strict=True))))
        return tuple(reversed(ahead))

    def ahead(self, quarter: int) -> Ahead:
        """What is expected from the start of a quarter on."""
        return self._ahead[self.row(quarter)]


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
