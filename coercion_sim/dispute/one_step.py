"""One step of the map whose fixed points are equilibria: evidence of the earlier moves, and contests' images."""

from __future__ import annotations

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.contest import Contests, log_ratio
from coercion_sim.dispute.recursion import Pass, Recursion, one_pass
from coercion_sim.dispute.stages import Answers, Demand, Groups, ally_stage, demand_stage


def earlier_moves(g: Groups, values: Array, mu: Array, nu: Array) -> tuple[Array, Answers, Demand]:
    """Solve the moves before the contest and return the evidence they give, (2, N), with the moves.

    Parameters
    ----------
    values : (5, 2, 2, N, G)
        `Pass.values`, at every node.
    mu, nu : (N,)
        Beliefs once the package is imposed.
    """
    answers, reached = answers_at(g, values, mu, nu)
    coercer, target = np.einsum("ng,vcsng->vcsn", reached, values[:2])
    evidence, demand = evidence_at(g, coercer, target, mu)
    return evidence, answers, demand


def answers_at(g: Groups, values: Array, mu: Array, nu: Array) -> tuple[Answers, Array]:
    """Solve the allies' moves; return them and the chances of the nodes, (N, G). Parameters: see `earlier_moves`."""
    types = np.stack([1.0 - nu, nu])[:, None] * np.stack([1.0 - mu, mu])[None]
    # Expected over types at the beliefs of imposition, by answer, (N, P, 3).
    of_nodes = np.einsum("csn,vcsng->ngv", types, values[2:])
    by_answer = np.matmul(g.weight, of_nodes)
    answers = ally_stage(g, *by_answer.transpose(2, 0, 1))
    reached: Array = np.matmul(answers.profile[:, None], g.weight)[:, 0]
    return answers, reached


def evidence_at(g: Groups, coercer: Array, target: Array, mu: Array) -> tuple[Array, Demand]:
    """Evidence of the demand, (2, N), and moves 1 to 3 at V_C and V_T of imposition, (2, 2, N), and this belief mu."""
    demand = demand_stage(g, coercer - g.price, target, mu)
    evidence = np.stack([log_ratio(1.0 - demand.concede, axis=1), log_ratio(demand.impose, axis=1)])
    evidence[:, g.surprise] = 0.0
    return evidence, demand


def scale_of(contests: Contests) -> Array:
    """Stakes by which the eight stationary values are divided, (8, B), at least a millionth of the flows."""
    stakes = [np.repeat(contests.stake_coercer, 2, axis=0), np.tile(contests.stake_target, (2, 1))]
    flows = np.abs(contests.cost).max(axis=0) + np.abs(contests.effect).max(axis=0) + contests.habits.cost_year
    scale: Array = np.maximum(np.concatenate(stakes), np.maximum(1e-6 * flows, 1e-12))
    return scale


def step_contests(contests: Contests, x: Array, Q: int, steps: int = 4) -> tuple[Array, Pass]:
    """Return the image of contests' unknowns (2 Q + 8, B): paths, then stationary values as multiples of the stakes."""
    return step_along(Recursion(contests), scale_of(contests), x, Q, steps)


def step_along(recursion: Recursion, scale: Array, x: Array, Q: int, steps: int) -> tuple[Array, Pass]:
    """`step_contests` of contests prepared already, `scale` being that of `scale_of`."""
    B = x.shape[1]
    steps_back = one_pass(recursion, x[: 2 * Q].reshape(2, Q, B), (x[2 * Q :] * scale).reshape(2, 2, 2, B), steps)
    return np.concatenate([steps_back.path.reshape(2 * Q, B), steps_back.stationary.reshape(8, B) / scale]), steps_back
