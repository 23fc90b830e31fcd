"""Moves 1 to 4 at given values of the contest: allies answer, the coercer imposes, the target answers the demand.

Arrays hold N groups on their first axis: one package of one game each.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import reduce

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array, ratio
from coercion_sim.dispute.contest import choice, log_ratio
from coercion_sim.dispute.game import DisputeGame

#: Rationality at which logit choice is a best reply for every purpose.
_BEST_REPLY = 1e12


@dataclass(frozen=True, eq=False)
class Groups:
    """Stakes and costs of N groups; n allies with M options each, P = M ** n answers.

    Attributes
    ----------
    mu, nu, rationality, price, back_down, concede_to_demand : (N,)
        Beliefs before the demand; Lambda; Z and a_name; alpha_C; 1 + alpha_T.
    surprise : (N,) of bool
        Whether the package is imposed without a demand.
    stake_coercer, stake_target : (N, 2)
        By type.
    ally_cost : (N, n, 2, P)
        First year, long run.
    shortfall : (N, n, M)
        Of each option.
    pledge, interest, reliability : (N, n)
        A_i, g_i, R_i.
    rational : (N, n) of bool
        Allies that play best replies.
    weight : (N, P, G)
        `Nodes.weight`.
    """

    mu: Array
    nu: Array
    rationality: Array
    price: Array
    back_down: Array
    concede_to_demand: Array
    surprise: npt.NDArray[np.bool_]
    stake_coercer: Array
    stake_target: Array
    ally_cost: Array
    shortfall: Array
    pledge: Array
    interest: Array
    reliability: Array
    rational: npt.NDArray[np.bool_]
    weight: Array

    @classmethod
    def of(cls, games: list[DisputeGame], weights: list[Array]) -> Groups:
        """Stack the packages of several games of one shape."""
        parts = [_of_game(game, weight) for game, weight in zip(games, weights, strict=True)]
        return cls(*(np.concatenate([part[f.name] for part in parts]) for f in fields(cls)))

    def take(self, at: npt.NDArray[np.int64]) -> Groups:
        """Return some of them."""
        return Groups(*(getattr(self, f.name)[at] for f in fields(self)))

    def less_rational(self, share: Array) -> Groups:
        """Return them at a share (N,) of their rationality."""
        return replace(self, rationality=self.rationality * share)


def _of_game(game: DisputeGame, weight: Array) -> dict[str, Array]:
    p, K, n = game.parameters, len(game.packages), len(game.allies)

    def repeated(value: Array | float) -> Array:
        return np.repeat(np.asarray(value, dtype=np.float64)[None], K, axis=0)

    cost = game.ally_cost.reshape(n, 2, K, weight.shape[1]).transpose(2, 0, 1, 3)
    return {
        "mu": repeated(game.belief_target), "nu": repeated(game.belief_coercer),
        "rationality": repeated(p.rationality), "price": repeated(game.price_of_imposing),
        "back_down": repeated(p.audience_back_down), "concede_to_demand": repeated(1.0 + p.audience_concede),
        "surprise": np.full(K, p.surprise),
        "stake_coercer": repeated(game.stake_coercer), "stake_target": repeated(game.stake_target),
        "ally_cost": cost,
        "shortfall": game.shortfall_by_package.transpose(1, 0, 2),
        "pledge": repeated(game.pledge), "interest": repeated(game.interest),
        "reliability": repeated(game.reliability), "weight": weight,
        "rational": np.tile(np.array(game.ally_rational, dtype=bool), (K, 1)),
    }  # fmt: skip


@dataclass(frozen=True, eq=False)
class Answers:
    """Choices of the allies, arrays (N, M, ..., M) up to the ally's own option, and what everybody expects, (N, P)."""

    pledged: tuple[Array, ...]
    unpledged: tuple[Array, ...]
    values: tuple[Array, ...]
    profile: Array


def ally_stage(g: Groups, yielded: Array, first_year: Array, later: Array) -> Answers:
    """Solve the allies' moves, the last mover first; everybody but the ally itself doubts its word by R_i.

    Parameters
    ----------
    yielded, first_year, later : (N, P)
        Chance that the target yields and quarters of measures after each answer, expected at the beliefs of imposition.
    """
    N, n, M = g.shortfall.shape
    if n == 0:
        return Answers((), (), (), np.ones((N, 1)))
    shape = (N, *[M] * n)
    flow = (g.ally_cost[:, :, 0] * first_year[:, None] + g.ally_cost[:, :, 1] * later[:, None]) / 4.0
    worth = [(-g.interest[:, i, None] * yielded - flow[:, i]).reshape(shape) for i in range(n)]
    empty: list[Array] = [np.empty(0)] * n
    pledged, unpledged, values, believed = list(empty), list(empty), list(empty), list(empty)
    for i in reversed(range(n)):
        ones = [1] * (i + 1)
        bound = worth[i] - (g.pledge[:, i, None] * g.shortfall[:, i]).reshape(N, *[1] * i, M)
        stake, interest = g.interest[:, i] + g.pledge[:, i], g.interest[:, i]
        rationality = np.where(g.rational[:, i], _BEST_REPLY, g.rationality)
        pledged[i] = _help(bound, rationality, stake)
        unpledged[i] = _help(worth[i], rationality, interest) if g.pledge[:, i].any() else pledged[i]
        trust = g.reliability[:, i].reshape(N, *ones)
        believed[i] = trust * pledged[i] + (1.0 - trust) * unpledged[i]
        values[i] = bound
        worth = [np.einsum("...m,...m->...", u, believed[i]) for u in worth[:i]]
    profile = believed[0]
    for chance in believed[1:]:
        profile = profile[..., None] * chance
    return Answers(tuple(pledged), tuple(unpledged), tuple(values), profile.reshape(N, -1))


def _help(values: Array, rationality: Array, stake: Array) -> Array:
    """Two nodes over the last axis: whether to help, then how. A state with nothing at stake stands aside."""
    chosen = np.zeros_like(values)
    if values.shape[-1] == 1:
        chosen[..., 0] = 1.0
        return chosen
    wide = [-1, *[1] * (values.ndim - 2)]
    rate = ratio(rationality, stake).reshape(wide)
    # Options one by one: a sum over so short an axis takes NumPy longer than the arithmetic.
    ways = [values[..., o] for o in range(1, values.shape[-1])]
    scaled = [rate * way for way in ways]
    best = reduce(np.maximum, scaled)  # of rate times value: a continuation may pass through a rate below 0
    odds = [np.exp(x - best) for x in scaled]
    total = sum(odds[1:], odds[0])
    worth = sum((p * way for p, way in zip(odds[1:], ways[1:], strict=True)), odds[0] * ways[0]) / total
    helping = choice(worth - values[..., 0], rate) * (stake > 0.0).reshape(wide)
    chosen[..., 0] = 1.0 - helping
    helping /= total
    for o, p in enumerate(odds, start=1):
        chosen[..., o] = helping * p
    return chosen


@dataclass(frozen=True, eq=False)
class Demand:
    """Moves 1 to 3 of each group, (N, 2) by type: chances to impose and to concede, and what they compare."""

    impose: Array
    concede: Array
    imposing: Array
    resisting: Array
    pressing: Array


def demand_stage(g: Groups, coercer: Array, target: Array, mu_resisted: Array) -> Demand:
    """Answer to the demand and imposition, at values of imposing a package.

    Parameters
    ----------
    coercer, target : (2, 2, N)
        V_C, Z and a_name taken off, and V_T at imposition, expected over answers, ``[c, s]``.
    mu_resisted : (N,)
        The coercer's belief once it has seen the demand resisted.
    """
    v_c, v_t = g.stake_coercer, g.stake_target
    rate_c, rate_t = (g.rationality[:, None] / np.maximum(v, 1e-300) for v in (v_c, v_t))
    imposing = ((1.0 - mu_resisted) * coercer[:, 0] + mu_resisted * coercer[:, 1]).T
    backing = -g.back_down[:, None] * v_c
    sure = g.surprise[:, None]
    impose = np.where(sure, 1.0, choice(imposing - backing, rate_c, v_c == 0.0))
    nu = np.stack([1.0 - g.nu, g.nu])
    resisting = np.einsum("cn,nc,csn->ns", nu, impose, target)
    conceding = -g.concede_to_demand[:, None] * v_t
    concede = np.where(sure, 0.0, choice(conceding - resisting, rate_t, v_t == 0.0))
    after = impose.T[:, None] * coercer + ((1.0 - impose) * backing).T[:, None]
    mu = np.stack([1.0 - g.mu, g.mu])
    gains = concede.T[None] * v_c.T[:, None] + (1.0 - concede.T[None]) * after
    return Demand(impose, concede, imposing, resisting, np.einsum("sn,csn->nc", mu, gains))


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
