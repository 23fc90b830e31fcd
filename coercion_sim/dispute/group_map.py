"""The map whose fixed points are equilibria: one step of groups, one package of one game each, with their contests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array
from coercion_sim.dispute.contest import QUARTERS, Contests, Habits, revised
from coercion_sim.dispute.game import DisputeGame
from coercion_sim.dispute.nodes import Nodes
from coercion_sim.dispute.recursion import Pass, Recursion, scale_of, step_along
from coercion_sim.dispute.stages import Answers, Demand, Groups, earlier_moves


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


class GroupMap:
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
        part = self.part(at) if rationality is None else self.taken(at, rationality)
        recursion, mu, nu = self.after_demand(part, x[:2])
        path_image, steps_back = step_along(recursion, part.scale, self.by_contest(x[2:]), self.Q, steps)
        values = steps_back.values.reshape(5, 2, 2, len(at), self.G)
        evidence, answers, demand = earlier_moves(part.groups, values, mu, nu)
        image = np.concatenate([evidence, self.by_group(path_image)])
        return image, LastStep(recursion.terms, steps_back, answers, demand, mu, nu, x, image)

    def part(self, at: npt.NDArray[np.int64]) -> Part:
        """Return groups prepared; those asked for last are not prepared again."""
        if self._last is None or not np.array_equal(self._last.at, at):
            self._last = self.taken(at)
        return self._last

    def taken(self, at: npt.NDArray[np.int64], rationality: Array | None = None) -> Part:
        """Return groups prepared, at these shares (N',) of Lambda."""
        groups, contests = self.groups.take(at), self.contests(at, self.groups.mu[at], self.groups.nu[at])
        if rationality is not None:
            groups = groups.less_rational(rationality)
            contests = contests.less_rational(np.repeat(rationality, self.G))
        return Part(at.copy(), groups, Recursion(contests), scale_of(contests))

    def after_demand(self, part: Part, evidence: Array) -> tuple[Recursion, Array, Array]:
        """Return contests of a part after this evidence (2, N') of the demand, with mu and nu then, (N',)."""
        mu, nu = revised(part.groups.mu, evidence[0]), revised(part.groups.nu, evidence[1])
        return part.recursion.at_beliefs(np.repeat(mu, self.G), np.repeat(nu, self.G)), mu, nu

    def after_evidence(self, evidence: Array, at: npt.NDArray[np.int64]) -> Contests:
        """Return contests of the groups `at` after this evidence (2, N') of the demand."""
        return self.contests(at, revised(self.groups.mu[at], evidence[0]), revised(self.groups.nu[at], evidence[1]))
