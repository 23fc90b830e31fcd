"""A dispute solved: its equilibrium by move, the expected payoffs of allies, the contest after given answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.contest import QUARTERS, Contests, choice, softmax
from coercion_sim.dispute.equilibrium import ACCEPTED, Equilibrium
from coercion_sim.dispute.game import DisputeGame
from coercion_sim.dispute.nodes import Nodes, nodes_of
from coercion_sim.dispute.recursion import Pass
from coercion_sim.errors import GameError, Problem


@dataclass(frozen=True, eq=False)
class DisputeSolution:
    """Logit agent quantal response equilibrium of a dispute (McKelvey and Palfrey 1998) on its one path of beliefs.

    K packages, n allies, M options, P = M ** n answers; c is the coercer's type (soft, firm), s the target's
    (irresolute, resolved).

    Attributes
    ----------
    press : (2,)
        P(press) by c; `package` (2, K) with which, given that it presses.
    concede : (2, K)
        P(target of type s concedes to the demand).
    impose : (2, K)
        P(coercer of type c imposes after resistance).
    pledged, unpledged : tuple of n arrays (K, M, ..., M)
        Ally i's choice given the choices of those before it: bound by its pledge, and without it. Last axis: its own.
    profile : (K, M, ..., M)
        What everybody expects the allies to do.
    package_value, press_value : (2, K), (2,)
        Worth of pressing with each package, and of pressing at all, to c.
    impose_value, back_down_value : (2, K), (2,)
        At the third move.
    concede_value, resist_value : (2,), (2, K)
        At the second.
    help_values : tuple of n arrays (K, M, ..., M)
        Worth of each of ally i's options to it, given the choices of those before it.
    belief_resisted, belief_imposed : (K,)
        mu once the demand was resisted, nu once the package was imposed.
    residual : (K,)
        Largest miss of the fixed point; above `ACCEPTED` no equilibrium was found for that package.
    nodes, contests, steps
        The contests solved, K G of them: see `Nodes`, `Contests`, `Pass`.
    """

    game: DisputeGame
    press: Array
    package: Array
    concede: Array
    impose: Array
    pledged: tuple[Array, ...]
    unpledged: tuple[Array, ...]
    profile: Array
    package_value: Array
    press_value: Array
    impose_value: Array
    back_down_value: Array
    concede_value: Array
    resist_value: Array
    help_values: tuple[Array, ...]
    belief_resisted: Array
    belief_imposed: Array
    residual: Array
    nodes: Nodes
    contests: Contests
    steps: Pass
    unknowns: Array

    @property
    def solved(self) -> bool:
        """Whether an equilibrium was found for every package."""
        return bool(self.residual.max() <= ACCEPTED)

    def by_answer(self, values: Array) -> Array:
        """Values of the contests, (2, 2, K G), after every answer: (2, 2, K, P)."""
        K = len(self.game.packages)
        mean: Array = np.einsum("kpg,cskg->cskp", self.nodes.weight, values.reshape(2, 2, K, -1))
        return mean

    @cached_property
    def node_weights(self) -> Array:
        """P(node | package imposed), (K, G), answers as everybody expects them."""
        return self.weights_of(self.profile)

    def weights_of(self, profile: Array) -> Array:
        """P(node | package imposed), (K, G), where allies answer so, (K, M, ..., M)."""
        flat = profile.reshape(len(self.game.packages), 1, -1)
        weights: Array = np.matmul(flat, self.nodes.weight)[:, 0]
        return weights


def solve_dispute(game: DisputeGame) -> DisputeSolution:
    """Solve a dispute.

    Raises
    ------
    GameError
        No equilibrium was found.
    """
    return accepted(solve_disputes([game])[0])


def accepted(solution: DisputeSolution) -> DisputeSolution:
    """Return a solution that is an equilibrium.

    Raises
    ------
    GameError
        No equilibrium was found.
    """
    if not solution.solved:
        game, worst = solution.game, int(solution.residual.argmax())
        message = "no equilibrium was found; a lower rationality is easier, and other stakes may be solved"
        where = f"package {game.packages[worst]}, rationality {game.parameters.rationality:g}"
        miss = f"residual {solution.residual.max():.1e} with {where}"
        raise GameError(Problem(message, key="dispute", found=miss))
    return solution


def solve_disputes(games: Sequence[DisputeGame], quarters: int = QUARTERS) -> tuple[DisputeSolution, ...]:
    """Solve many disputes side by side; where no equilibrium was found, `DisputeSolution.solved` says so.

    Games of one shape (allies, options) are solved together, which is many times faster than one by one.
    """
    solutions: dict[int, DisputeSolution] = {}
    nodes = [nodes_of(game) for game in games]
    shapes: dict[tuple[str | int, ...], list[int]] = {}
    for i, (game, node) in enumerate(zip(games, nodes, strict=True)):
        shape = (game.parameters.selection, game.elapsed, len(game.allies), len(game.options), node.cost.shape[2])
        shapes.setdefault(shape, []).append(i)
    for alike in shapes.values():
        solutions |= dict(
            zip(alike, _solve_alike([games[i] for i in alike], [nodes[i] for i in alike], quarters), strict=True)
        )
    return tuple(solutions[i] for i in range(len(games)))


def _solve_alike(games: list[DisputeGame], nodes: list[Nodes], quarters: int) -> list[DisputeSolution]:
    problem = Equilibrium(games, nodes, quarters)
    f = problem.solve()
    G, ends = problem.G, np.cumsum([len(game.packages) for game in games])
    solutions = []
    for game, node, end in zip(games, nodes, ends, strict=True):
        at = np.arange(end - len(game.packages), end)
        each = (at[:, None] * G + np.arange(G)).ravel()
        p, v_c, v_t = game.parameters, game.stake_coercer, game.stake_target
        pressing = f.demand.pressing[at].T
        rate = p.rationality / np.maximum(v_c, 1e-300)
        package = softmax(pressing, rate[:, None], axis=1)
        press_value = (package * pressing).sum(axis=1)
        solutions.append(DisputeSolution(
            game, choice(press_value, rate, v_c == 0.0), package, f.demand.concede[at].T, f.demand.impose[at].T,
            tuple(x[at] for x in f.answers.pledged), tuple(x[at] for x in f.answers.unpledged),
            f.answers.profile[at].reshape(game.profile_shape), pressing, press_value, f.demand.imposing[at].T,
            -p.audience_back_down * v_c, -(1.0 + p.audience_concede) * v_t, f.demand.resisting[at].T,
            tuple(x[at] for x in f.answers.values), f.mu[at], f.nu[at], f.residual[at], node, f.contests.take(each),
            Pass(*(getattr(f.steps, x.name)[..., each] for x in fields(Pass))),
            problem.by_contest(f.x[2:, at]),
        ))  # fmt: skip
    return solutions
