"""The equilibrium of a dispute: beliefs that strategies confirm and strategies that answer to them (model.md §5).

One package is one fixed point. Its unknowns are log-likelihood ratios after the demand was resisted and after
imposition, and at every node of the allies' answers those after each quarter's reviews, with the stationary values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from coercion_sim.dispute.contest import (
    QUARTERS,
    Contests,
    Course,
    Habits,
    Pass,
    Recursion,
    courses,
    log_ratio,
    one_pass,
    revised,
)
from coercion_sim.dispute.fixed_point import Effort, fixed_points
from coercion_sim.dispute.game import DisputeGame
from coercion_sim.dispute.nodes import Nodes
from coercion_sim.dispute.stages import Answers, Demand, Groups, ally_stage, demand_stage

Array = npt.NDArray[np.float64]
#: Log-likelihood ratios, and values as multiples of the stake, are fixed to this.
TOLERANCE = 1e-7
#: Joint iteration of a package; then contests and beliefs at imposition by turns.
_JOINT = Effort(newton=0, tolerance=TOLERANCE)
_CONTEST = Effort(newton=15, tolerance=TOLERANCE)
_DEEP = Effort(most=300, newton=60, tolerance=TOLERANCE)
#: So few groups left are worth the deeper effort.
_FEW = 8
_TURNS = Effort(damping=0.5, damped=3, most=20, newton=0, tolerance=10 * TOLERANCE)


@dataclass(frozen=True, eq=False)
class LastStep:
    """Everything in N groups at the last iterate; `residual` (N,) says whether that is a fixed point."""

    contests: Contests
    steps: Pass
    course: Course
    answers: Answers
    demand: Demand
    imposed: tuple[Array, Array]
    mu: Array
    nu: Array
    x: Array
    residual: Array


class Equilibrium:
    """N groups with G nodes each: the map whose fixed points are equilibria."""

    def __init__(self, games: list[DisputeGame], nodes: list[Nodes], quarters: int = QUARTERS) -> None:
        K = len(games[0].packages)
        self.groups = Groups.of(games, [n.weight for n in nodes])
        self.G, self.Q = nodes[0].cost.shape[2], quarters
        self.N = K * len(games)
        self.let_go = games[0].parameters.selection == "let_go"
        cost, effect = (
            np.concatenate([getattr(n, name) for n in nodes], axis=1).reshape(2, -1) for name in ("cost", "effect")
        )
        eroded = np.concatenate([np.zeros(K) if g.erosion is None else g.erosion for g in games])
        stakes = (np.repeat(x.T, self.G, axis=1) for x in (self.groups.stake_coercer, self.groups.stake_target))
        prior = (np.repeat(x, self.G) for x in (self.groups.mu, self.groups.nu))
        habits = Habits.of([g.parameters for g in games], K * self.G)
        (v_c, v_t), (mu, nu), eroded = stakes, prior, np.repeat(eroded, self.G)
        self.every = Contests(cost, effect, v_c, v_t, eroded, mu, nu, habits, games[0].elapsed)

    @property
    def unknowns(self) -> int:
        """Unknowns of a contest: two paths, eight stationary values."""
        return 2 * self.Q + 8

    def by_contest(self, x: Array) -> Array:
        """Unknowns (unknowns * G, N') of groups as (unknowns, N' * G)."""
        N = x.shape[1]
        return x.reshape(self.unknowns, self.G, N).transpose(0, 2, 1).reshape(self.unknowns, N * self.G)

    def by_group(self, x: Array) -> Array:
        """The inverse of `by_contest`."""
        N = x.shape[1] // self.G
        return x.reshape(self.unknowns, N, self.G).transpose(0, 2, 1).reshape(-1, N)

    def contests(self, groups: npt.NDArray[np.int64], mu: Array, nu: Array) -> Contests:
        """Return the contests of some groups at beliefs (N,) once their package is imposed."""
        at = (groups[:, None] * self.G + np.arange(self.G)).ravel()
        return replace(self.every.take(at), mu=np.repeat(mu, self.G), nu=np.repeat(nu, self.G))

    def step(self, x: Array, at: npt.NDArray[np.int64], steps: int = 4) -> tuple[Array, LastStep]:
        """Return the image of ``x`` (2 + unknowns * G, N') of the groups `at`, and everything met on the way."""
        g = self.groups.take(at)
        mu, nu = revised(g.mu, x[0]), revised(g.nu, x[1])
        contests = self.contests(at, mu, nu)
        path_image, steps_back = step_contests(contests, self.by_contest(x[2:]), self.Q, steps)
        course = courses(contests, steps_back)
        types = np.stack([1.0 - nu, nu])[:, None] * np.stack([1.0 - mu, mu])[None]

        def of_answers(values: Array) -> Array:
            """Expected over types at the beliefs of imposition, by answer, (N', P)."""
            mean = np.einsum("csn,csng->ng", types, values.reshape(2, 2, len(at), self.G))
            by_answer: Array = np.matmul(g.weight, mean[:, :, None])[:, :, 0]
            return by_answer

        answers = ally_stage(g, *(of_answers(v) for v in (course.yielded, course.first_year, course.later)))
        of_nodes = np.matmul(answers.profile[:, None], g.weight)[:, 0]

        def expected(values: Array) -> Array:
            mean: Array = np.einsum("ng,csng->csn", of_nodes, values.reshape(2, 2, len(at), self.G))
            return mean

        imposed = expected(steps_back.coercer) - g.price, expected(steps_back.target)
        demand = demand_stage(g, *imposed, mu)
        evidence = np.stack([log_ratio(1.0 - demand.concede, axis=1), log_ratio(demand.impose, axis=1)])
        evidence[:, g.surprise] = 0.0
        image = np.concatenate([evidence, self.by_group(path_image)])
        residual = np.abs(image - x).max(axis=0)
        return image, LastStep(contests, steps_back, course, answers, demand, imposed, mu, nu, x, residual)

    def solve(self, start: Array | None = None) -> LastStep:
        """Find the equilibrium reached from beliefs at the prior and a contest that one side is expected to give up.

        Damped iteration chooses it and Anderson's method finishes. Groups it leaves are tried with more steps of policy
        iteration, then by turns: the contests by Newton's method at given beliefs at imposition, these beliefs by
        iteration over them.
        """
        begin = self.prior_path() if start is None else start
        x, residual = fixed_points(lambda y, at: self.step(y, at, 1)[0], begin, _JOINT)
        for again in (self._joint_again, self._by_turns):
            left = np.flatnonzero(residual > TOLERANCE)
            if len(left):
                better_x = again(x[:, left], begin[:, left], left)
                rest = self.step(better_x, left, 0)[1].residual
                better = rest < residual[left]
                x[:, left[better]], residual[left[better]] = better_x[:, better], rest[better]
        return self.step(x, np.arange(self.N), steps=0)[1]

    def _joint_again(self, _: Array, begin: Array, groups: npt.NDArray[np.int64]) -> Array:
        return fixed_points(lambda y, at: self.step(y, groups[at], 4)[0], begin, _JOINT)[0]

    def prior_path(self) -> Array:
        """Beliefs that stay at the prior, and stationary values of a contest that one side is expected to give up."""
        every = np.arange(self.N)
        contests = self.contests(every, self.groups.mu, self.groups.nu)
        values = given_up(contests, self.let_go).reshape(8, -1) / scale_of(contests)
        x = np.concatenate([np.zeros((2 * self.Q, values.shape[1])), values])
        return np.concatenate([np.zeros((2, self.N)), self.by_group(x)])

    def _by_turns(self, x: Array, _: Array, groups: npt.NDArray[np.int64]) -> Array:
        x, deep = x.copy(), len(groups) <= _FEW
        effort = _DEEP if deep else _CONTEST

        def image(evidence: Array, at: npt.NDArray[np.int64]) -> Array:
            g = self.groups.take(groups[at])
            contests = self.contests(groups[at], revised(g.mu, evidence[0]), revised(g.nu, evidence[1]))
            x[2:, at] = self.by_group(solve_contests(contests, self.Q, self.by_contest(x[2:, at]), effort)[0])
            x[:2, at] = evidence
            return self.step(x[:, at], groups[at], steps=0)[0][:2]

        fixed_points(image, x[:2].copy(), replace(_TURNS, most=80) if deep else _TURNS)
        return x


def scale_of(contests: Contests) -> Array:
    """Stakes by which the eight stationary values are divided, (8, B), at least a millionth of the flows."""
    stakes = [np.repeat(contests.stake_coercer, 2, axis=0), np.tile(contests.stake_target, (2, 1))]
    flows = np.abs(contests.cost).max(axis=0) + np.abs(contests.effect).max(axis=0) + contests.habits.cost_year
    scale: Array = np.maximum(np.concatenate(stakes), np.maximum(1e-6 * flows, 1e-12))
    return scale


def given_up(contests: Contests, let_go: bool) -> Array:
    """Stationary values (2, 2, 2, B) where one side gives up at every review and the other never does."""
    t, h = contests, contests.habits
    f_c, f_t = ((t.cost[1] + h.cost_year) / 4.0)[None], (t.effect[1] / 4.0)[None]
    stay = (1.0 - h.review) * h.discount * (1.0 - h.lapse)
    lapsed = -h.discount * h.lapse * h.lapse_cost * h.audience_lift * t.stake_coercer
    left = -(1.0 + h.audience_concede) * (1.0 - t.erosion) * t.stake_target
    end_c, end_t = (-h.audience_lift * t.stake_coercer, np.zeros_like(left)) if let_go else (t.stake_coercer, left)
    stays = 1.0 - h.review
    v_c = (h.review * (end_c - h.bite * f_c) + stays * (lapsed - f_c)) / (1.0 - stay)
    v_t = (h.review * (end_t + h.bite * f_t) + stays * f_t) / (1.0 - stay)
    return np.stack([np.repeat(v_c[:, None], 2, axis=1), np.repeat(v_t[None], 2, axis=0)])


def step_contests(contests: Contests, x: Array, Q: int, steps: int = 4) -> tuple[Array, Pass]:
    """Return the image of contests' unknowns (2 Q + 8, B): paths, then stationary values as multiples of the stakes."""
    B, scale = x.shape[1], scale_of(contests)
    recursion = Recursion(contests)
    steps_back = one_pass(recursion, x[: 2 * Q].reshape(2, Q, B), (x[2 * Q :] * scale).reshape(2, 2, 2, B), steps)
    return np.concatenate([steps_back.path.reshape(2 * Q, B), steps_back.stationary.reshape(8, B) / scale]), steps_back


def solve_contests(
    contests: Contests, Q: int = QUARTERS, start: Array | None = None, effort: Effort = _DEEP
) -> tuple[Array, Array]:
    """Solve contests at the beliefs of imposition; return unknowns (2 Q + 8, B) and residuals (B,)."""
    begin = np.zeros((2 * Q + 8, contests.mu.size)) if start is None else start
    x, _ = fixed_points(
        lambda y, at: step_contests(contests.take(at), y, Q)[0], begin, effort,
        polish=lambda y, at: step_contests(contests.take(at), y, Q, 0)[0],
    )  # fmt: skip
    image, _ = step_contests(contests, x, Q, 0)
    return x, np.abs(image - x).max(axis=0)
