"""What allies expect of a dispute before its first move: payoffs, promises kept, flows over the contest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.solution import DisputeSolution


@dataclass(frozen=True, eq=False)
class AllyPayoffs:
    """Expectations at the beliefs of the start, over both sides' types, packages, answers and quarters.

    Allies that promised mean it: they choose bound by their pledge, while coercer and target doubt it by R_i.

    Attributes
    ----------
    pressed, imposed
        P(the coercer presses), P(a package is imposed).
    yielded
        E[y]: chance that the target gives in, at the demand or later, discounted within the contest.
    interest : (n,)
        ``g_i E[y]``, percent of own GDP.
    cost : (n,)
        E[k_i + exposure] of the own answer, percent of own GDP, summed over the contest.
    breach : (n,)
        ``A_i E[shortfall_i]``: what is expected to be lost by falling short of the promise.
    kept : (n,)
        Share of the promise delivered, given imposition; NaN where nothing can be imposed.
    target
        U_T, percent of the target's GDP.
    """

    pressed: float
    imposed: float
    yielded: float
    interest: Array
    cost: Array
    breach: Array
    kept: Array
    target: float

    @property
    def payoff(self) -> Array:
        """U_i without the price of breaking a promise, (n,): ``-interest - cost``, percent of own GDP, <= 0."""
        worth: Array = -self.interest - self.cost
        return worth


def ally_payoffs(solved: DisputeSolution) -> AllyPayoffs:
    """Expected payoffs of the allies of model.md §5 before the first move, none of them the coercer's or target's.

    ``U_i = -g_i E[y] - E[sum_q k_i / 4]``, y and the quarters of measures from the contest (`WarValues`), answers those
    of allies bound by their pledge (`DisputeSolution.pledged`). The broken promise ``A_i shortfall_i`` is given
    beside it. The coercer that knows it is firm presses otherwise than one that is soft, so types are averaged last.
    """
    game = solved.game
    n, M = len(game.allies), len(game.options)
    imposed = imposed_by_type(solved)
    nu, mu = _beliefs(solved)
    demand = float(np.einsum("c,s,c,ck,sk->", nu, mu, solved.press, solved.package, solved.concede))
    K = len(game.packages)
    played = bound_profile(solved)
    profile = played.reshape(K, -1)
    late = float(np.einsum("csk,kr,cskr->", imposed, profile, solved.by_answer(solved.steps.yielded)))
    yielded = demand + late
    by_package = imposed.sum(axis=(0, 1))
    reach = float(by_package.sum())
    missed, cost = np.zeros(n), np.zeros(n)
    for i in range(n):
        own = np.moveaxis(played, 1 + i, -1).reshape(K, -1, M).sum(axis=1)
        missed[i] = float(by_package @ (own * game.shortfall_by_package[i]).sum(axis=1))
        cost[i] = expected_flow(solved, game.ally_cost[i])
    kept = 1.0 - missed / reach if reach > 0.0 else np.full(n, np.nan)
    in_contest = float(np.einsum("csk,kr,cskr->", imposed, profile, solved.by_answer(solved.steps.target)))
    given_in = np.einsum("c,s,c,ck,sk,s->", nu, mu, solved.press, solved.package, solved.concede, solved.concede_value)
    return AllyPayoffs(
        float(nu @ solved.press), reach, yielded, game.interest * yielded, cost, game.pledge * missed, kept,
        float(given_in) + in_contest,
    )  # fmt: skip


def expected_flow(solved: DisputeSolution, flow: Array) -> float:
    """Return E[sum over the quarters of a contest of flow / 4], from before the first move.

    Parameters
    ----------
    solved
        The dispute.
    flow : (2, K, M, ..., M)
        A yearly flow while measures are in force: first year, long run.
    """
    return float((_quarters(solved) * np.broadcast_to(flow, (2, *solved.profile.shape))).sum()) / 4.0


@lru_cache(maxsize=1)
def _quarters(solved: DisputeSolution) -> Array:
    """Expected discounted quarters of measures after each answer, (2, K, M, ..., M): in the first year, later."""
    imposed = imposed_by_type(solved)
    steps = (solved.steps.first_year, solved.steps.later)
    lasting = np.stack([np.einsum("csk,cskr->kr", imposed, solved.by_answer(values)) for values in steps])
    return lasting.reshape(2, *solved.profile.shape) * bound_profile(solved)


def bound_profile(solved: DisputeSolution) -> Array:
    """P(profile | package imposed) where every ally that promised chooses bound by its pledge, (K, M, ..., M)."""
    profile = np.ones(len(solved.game.packages))
    for bound in solved.pledged:
        profile = profile[..., None] * bound
    return profile


def imposed_by_type(solved: DisputeSolution) -> Array:
    """P(types c and s, pressed with package k, resisted, imposed), (2, 2, K)."""
    nu, mu = _beliefs(solved)
    pressing = (nu * solved.press)[:, None] * solved.package * solved.impose
    resisting = mu[:, None] * (1.0 - solved.concede)
    joint: Array = pressing[:, None, :] * resisting[None]
    return joint


def _beliefs(solved: DisputeSolution) -> tuple[Array, Array]:
    game = solved.game
    nu = np.array([1.0 - game.belief_coercer, game.belief_coercer])
    mu = np.array([1.0 - game.belief_target, game.belief_target])
    return nu, mu
