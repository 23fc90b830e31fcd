"""The equilibrium of a dispute: beliefs that strategies confirm and strategies that answer to them (model.md §5).

One package is one fixed point. Its unknowns are log-likelihood ratios after the demand was resisted and after
imposition, and at every node of the allies' answers those after each quarter's reviews, with the stationary values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from coercion_sim.dispute.contest import QUARTERS, Contests, Habits, revised
from coercion_sim.dispute.contest_solution import EFFORT, TOLERANCE, WIDTH, solve_contests
from coercion_sim.dispute.continuation import principal_branch
from coercion_sim.dispute.fixed_point import Effort, fixed_points
from coercion_sim.dispute.game import DisputeGame
from coercion_sim.dispute.nodes import Nodes
from coercion_sim.dispute.one_step import earlier_moves, scale_of, step_along, step_contests
from coercion_sim.dispute.package_newton import newton_packages
from coercion_sim.dispute.recursion import Pass, Recursion
from coercion_sim.dispute.stages import Answers, Demand, Groups

if TYPE_CHECKING:
    from scipy.sparse import sparray

Array = npt.NDArray[np.float64]
#: A residual above this is no equilibrium: log-likelihood ratios, and values as multiples of stakes.
ACCEPTED = 1e-6
#: Of the few groups left, all at once: far cheaper than finishing each.
#: Damped steps before Newton's method is tried.
_DRIFT = 8
#: Groups iterated side by side: their arrays fit a core's cache.
_BLOCK = 100
_PATIENT = Effort(damped=300, most=400, memory=8, tolerance=TOLERANCE)


@dataclass(frozen=True, eq=False)
class LastStep:
    """Everything in N groups at the last iterate."""

    contests: Contests
    steps: Pass
    answers: Answers
    demand: Demand
    mu: Array
    nu: Array
    x: Array
    image: Array

    @cached_property
    def residual(self) -> Array:
        """Largest distance of an unknown from its image, (N,): whether that is a fixed point."""
        largest: Array = np.abs(self.image - self.x).max(axis=0)
        return largest


@dataclass(frozen=True, eq=False)
class Part:
    """Some groups of an equilibrium, at the prior, with what does not change from step to step.

    Attributes
    ----------
    at : (N',)
        Their positions.
    scale : (8, N' G)
        See `scale_of`.
    """

    at: npt.NDArray[np.int64]
    groups: Groups
    recursion: Recursion
    scale: Array


class Equilibrium:
    """N groups with G nodes each: the map whose fixed points are equilibria."""

    def __init__(self, games: list[DisputeGame], nodes: list[Nodes], quarters: int = QUARTERS) -> None:
        packages = [len(game.packages) for game in games]
        self.groups = Groups.of(games, [n.weight for n in nodes])
        self.G, self.Q = nodes[0].cost.shape[2], quarters
        self.N = sum(packages)
        self.let_go = games[0].parameters.selection == "let_go"
        cost, effect = (
            np.concatenate([getattr(n, name) for n in nodes], axis=1).reshape(2, -1) for name in ("cost", "effect")
        )
        eroded = np.concatenate([np.zeros(len(g.packages)) if g.erosion is None else g.erosion for g in games])
        stakes = (np.repeat(x.T, self.G, axis=1) for x in (self.groups.stake_coercer, self.groups.stake_target))
        prior = (np.repeat(x, self.G) for x in (self.groups.mu, self.groups.nu))
        habits = Habits.of([g.parameters for g in games], [K * self.G for K in packages])
        (v_c, v_t), (mu, nu), eroded = stakes, prior, np.repeat(eroded, self.G)
        self._last: Part | None = None
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

    def step(
        self, x: Array, at: npt.NDArray[np.int64], steps: int = 4, rationality: Array | None = None
    ) -> tuple[Array, LastStep]:
        """Return the image of ``x`` (2 + unknowns * G, N') of the groups `at`, and everything met on the way.

        `rationality` (N',) is the share of Lambda at which they are solved, all of it where None.
        """
        part = self.part(at) if rationality is None else self._taken(at, rationality)
        recursion, mu, nu = self.after_demand(part, x[:2])
        path_image, steps_back = step_along(recursion, part.scale, self.by_contest(x[2:]), self.Q, steps)
        values = steps_back.values.reshape(5, 2, 2, len(at), self.G)
        evidence, answers, demand = earlier_moves(part.groups, values, mu, nu)
        image = np.concatenate([evidence, self.by_group(path_image)])
        return image, LastStep(recursion.terms, steps_back, answers, demand, mu, nu, x, image)

    def part(self, at: npt.NDArray[np.int64]) -> Part:
        """Return groups prepared; those asked for last are not prepared again."""
        if self._last is None or not np.array_equal(self._last.at, at):
            self._last = self._taken(at)
        return self._last

    def _taken(self, at: npt.NDArray[np.int64], rationality: Array | None = None) -> Part:
        groups, contests = self.groups.take(at), self.contests(at, self.groups.mu[at], self.groups.nu[at])
        if rationality is not None:
            groups = groups.less_rational(rationality)
            contests = contests.less_rational(np.repeat(rationality, self.G))
        return Part(at.copy(), groups, Recursion(contests), scale_of(contests))

    def after_demand(self, part: Part, evidence: Array) -> tuple[Recursion, Array, Array]:
        """Return contests of a part after this evidence (2, N') of the demand, with mu and nu then, (N',)."""
        mu, nu = revised(part.groups.mu, evidence[0]), revised(part.groups.nu, evidence[1])
        return part.recursion.at_beliefs(np.repeat(mu, self.G), np.repeat(nu, self.G)), mu, nu

    def after_evidence(
        self, evidence: Array, at: npt.NDArray[np.int64], rationality: Array | None = None
    ) -> tuple[Contests, Array, Array]:
        """Return contests of the groups `at` after this evidence (2, N') of the demand, with mu and nu then, (N',)."""
        mu, nu = revised(self.groups.mu[at], evidence[0]), revised(self.groups.nu[at], evidence[1])
        contests = self.contests(at, mu, nu)
        if rationality is not None:
            contests = contests.less_rational(np.repeat(rationality, self.G))
        return contests, mu, nu

    def solve(self) -> LastStep:
        """Find the equilibrium reached from beliefs at the prior and a contest that one side is expected to give up.

        Damped iteration chooses it; Newton's method finishes, or Anderson's where Newton's diverges, where need be with
        more steps of policy iteration. Groups without that equilibrium get the one reached from the other side giving
        up; those without either set out once more for longer, and are finished by their contests where even that does
        not settle.
        """
        x, left = self.prior_path(self.let_go), np.arange(self.N)
        for side, steps, effort, finish in (
            (self.let_go, 1, EFFORT, False), (self.let_go, 4, EFFORT, False), (not self.let_go, 1, EFFORT, True),
            (self.let_go, 1, _PATIENT, True),
        ):  # fmt: skip
            reached, solved = self._sought(self.prior_path(side)[:, left], left, steps, effort)
            here = solved | (side == self.let_go)
            x[:, left[here]] = reached[:, here]
            if finish:
                cycling = left[~solved]
                x[:, cycling], solved[~solved] = self._finished(x[:, cycling], cycling)
            left = left[~solved]
            if not len(left):
                break
        for one in left:
            x[:, one] = principal_branch(GroupBranch(self, int(one)), TOLERANCE)
        return self.step(x, np.arange(self.N), steps=0)[1]

    def _sought(
        self, begin: Array, groups: npt.NDArray[np.int64], steps: int, effort: Effort
    ) -> tuple[Array, npt.NDArray[np.bool_]]:
        """Iterate groups from where they begin; return the unknowns reached and whether they are an equilibrium."""
        short, x, solved = replace(effort, damped=_DRIFT, most=_DRIFT), begin.copy(), np.zeros(len(groups), dtype=bool)
        for at in np.array_split(np.arange(len(groups)), -(-len(groups) // _BLOCK)):
            here = groups[at]
            drifted = fixed_points(partial(self._image, groups=here, steps=steps), begin[:, at], short)[0]
            x[:, at], solved[at] = newton_packages(self, drifted, here)
        left = np.flatnonzero(~solved)
        if len(left):
            rest = replace(effort, damped=effort.damped + 1 - _DRIFT, most=effort.most + 1 - _DRIFT)
            x[:, left] = fixed_points(partial(self._image, groups=groups[left], steps=steps), x[:, left], rest)[0]
            solved[left] = self.step(x[:, left], groups[left], steps=0)[1].residual <= ACCEPTED
            near = left[solved[left]]
            x[:, near] = newton_packages(self, x[:, near], groups[near])[0]
        return x, solved

    def _finished(self, x: Array, groups: npt.NDArray[np.int64]) -> tuple[Array, npt.NDArray[np.bool_]]:
        """Finish where contests keep cycling: each by itself at the evidence reached, then all by Newton's method."""
        if not len(groups):
            return x, np.zeros(0, dtype=bool)
        contests = self.after_evidence(x[:2], groups)[0]
        apart = solve_contests(contests, self.Q, self.by_contest(x[2:]))[0]
        return newton_packages(self, np.concatenate([x[:2], self.by_group(apart)]), groups)

    def _image(self, x: Array, at: npt.NDArray[np.int64], groups: npt.NDArray[np.int64], steps: int) -> Array:
        return self.step(x, groups[at], steps)[0]

    def prior_path(self, let_go: bool) -> Array:
        """Beliefs that stay at the prior, and stationary values of a contest that one side is expected to give up."""
        every = np.arange(self.N)
        contests = self.contests(every, self.groups.mu, self.groups.nu)
        values = given_up(contests, let_go).reshape(8, -1) / scale_of(contests)
        x = np.concatenate([np.zeros((2 * self.Q, values.shape[1])), values])
        return np.concatenate([np.zeros((2, self.N)), self.by_group(x)])


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


class GroupBranch:
    """One package with all its contests, as a `Branch`.

    Contests meet only in the evidence of the demand, so that the derivatives by their unknowns are blocks, those of all
    contests taken at once; the evidence depends on them through their values and courses alone.
    """

    def __init__(self, problem: Equilibrium, group: int) -> None:
        self.problem, self.group = problem, group

    def _step(self, x: Array, share: Array, steps: int = 0) -> tuple[Array, LastStep]:
        return self.problem.step(x, np.full(x.shape[1], self.group), steps, share)

    def start(self) -> Array:
        """See `ContestBranch.start`."""
        x = np.zeros((2 + self.problem.unknowns * self.problem.G, 1))
        first = self._step(x, np.zeros(1), steps=1)[0]
        first[:2] = 0.0
        return self._step(first, np.zeros(1), steps=1)[0][:, 0]

    def linearised(self, z: Array) -> tuple[Array, sparray]:
        """See `Branch`."""
        from scipy.sparse import csc_array, hstack, vstack

        p, n = self.problem, self.problem.unknowns
        G, M = p.G, n + 4
        # As they stand; evidence and rationality moved one by one; then each unknown, in all contests.
        moved = np.repeat(z[:, None], M, axis=1)
        moved[[0, 1, -1], [1, 2, 3]] += WIDTH
        moved[2:-1, 4:] += WIDTH * np.repeat(np.eye(n), G, axis=0)
        contests, mu, nu = p.after_evidence(moved[:2], np.full(M, self.group), moved[-1])
        image, met = step_contests(contests, p.by_contest(moved[2:-1]), p.Q, 0)
        values = met.values.reshape(5, 2, 2, M, G)
        evidence = earlier_moves(self._groups(moved[-1, :4]), values[..., :4, :], mu[:4], nu[:4])[0]
        off = np.concatenate([evidence - moved[:2, :4], (p.by_group(image) - moved[2:-1])[:, :4]])
        by_beliefs = (off[:, 1:] - off[:, :1]) / WIDTH
        apart = p.by_group(image)[:, 4:] - moved[2:-1, 4:] - off[2:, :1]
        blocks = (apart / WIDTH).reshape(n, G, n)
        rows = np.arange(n * G).reshape(n, G)
        inside = csc_array((
            blocks.transpose(1, 0, 2).ravel(),
            (np.repeat(rows.T, n, axis=1).ravel(), np.repeat(rows.T[:, None], n, axis=1).ravel()),
        ))  # fmt: skip
        by_unknown = ((values[..., 4:, :] - values[..., :1, :]) / WIDTH).reshape(20, n, G)
        by_value = self._evidence_by_values(values[..., :1, :], float(z[-1]), mu[0], nu[0])
        of_evidence = np.einsum("evg,vjg->ejg", by_value, by_unknown)
        first, share = csc_array(by_beliefs[:, :2]), csc_array(by_beliefs[:, 2:])
        return off[:, 0], hstack([first, vstack([csc_array(of_evidence.reshape(2, -1)), inside]), share], format="csc")

    def _groups(self, share: Array) -> Groups:
        """The package at these shares of rationality, (M,)."""
        return self.problem.groups.take(np.full(len(share), self.group)).less_rational(share)

    def _evidence_by_values(self, values: Array, share: float, mu: float, nu: float) -> Array:
        """Derivatives of the evidence by the values of the contests (5, 2, 2, 1, G), as (2, 20, G).

        V_C and V_T count as expected over answers, the rest as expected over types, so that these are moved.
        """
        G = self.problem.G
        M = 1 + 8 + 3 * G
        moved = np.repeat(values, M, axis=3)
        width = WIDTH * max(float(np.abs(values).max()), 1e-3)
        for i, at in enumerate(np.ndindex(2, 2, 2), start=1):
            moved[at][i] += width
        moved[2:, :, :, 9:] += width * np.eye(3 * G).reshape(3 * G, 3, G).transpose(1, 0, 2)[:, None, None]
        g = self._groups(np.full(M, share))
        evidence, answers, _ = earlier_moves(g, moved, np.full(M, mu), np.full(M, nu))
        slope = (evidence[:, 1:] - evidence[:, :1]) / width
        reached = answers.profile[0] @ g.weight[0]
        types = np.outer([1.0 - nu, nu], [1.0 - mu, mu]).ravel()
        by_rest = slope[:, 8:].reshape(2, 3, 1, G) * types[:, None]
        by_value: Array = np.concatenate([slope[:, :8, None] * reached, by_rest.reshape(2, 12, G)], axis=1)
        return by_value
