"""How allies divide what they promised: by GDP, equally, by capability, or at least cost.

Complementary strengths are a small integer program: who helps with what, so that the target gets the relief promised
(or the coercer bears the harm agreed) at the least cost to the allies together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coercion_sim.policies.base import Sharing
from coercion_sim.world import World

Array = npt.NDArray[np.float64]
#: Under least cost no ally gives more relief than this multiple of its share by GDP.
CAP = 2.0
#: Under least cost allies cut as much as does this part of the harm that everybody cutting everything would do.
GOAL = 0.75


def burden_shares(
    world: World, allies: Sequence[str], sharing: Sharing, coercers: Sequence[str] = ()
) -> dict[str, float]:
    """Share of each ally in the burden, summing to 1.

    ``gdp``: GDP_i. ``equal``: 1. ``capability``: ``GDP_i (1 - e_i)``, e_i the coercers' part in i's foreign goods trade
    both ways: what is left of a state's means where the coercer cannot reach. ``least_cost`` starts from ``gdp``; who
    gives how much of what is then for `least_cost_support` to say.
    """
    gdp = {s: float(world.baseline.gdp[world.state_index(s)]) for s in allies}
    weight = dict.fromkeys(allies, 1.0) if sharing == "equal" else gdp
    if sharing == "capability":
        free = 1.0 - trade_exposure(world, coercers)
        weight = {s: gdp[s] * float(free[world.state_index(s)]) for s in allies}
    total = sum(weight.values())
    return {s: value / total for s, value in weight.items()}


def trade_exposure(world: World, coercers: Sequence[str]) -> Array:
    """Part of the coercers in each state's foreign goods trade both ways at baseline, (N,), 0 to 1."""
    goods = [j for j, s in enumerate(world.sectors) if "services" not in world.tags.get(s, ())]
    traded = world.flows[goods].sum(axis=0)
    both = (traded + traded.T) * (1.0 - np.eye(len(world.states)))
    at = [world.state_index(c) for c in coercers if c in world.states]
    total = both.sum(axis=1)
    part: Array = np.divide(both[:, at].sum(axis=1), total, out=np.zeros_like(total), where=total > 0)
    return part


@dataclass(frozen=True, eq=False)
class SupportMix:
    """Who supports the target with what, US$ million a year.

    Attributes
    ----------
    absorbs : (n,)
        Whether the ally absorbs.
    money : (n,)
        What it pays.
    relief, cost
        Relief of the target, and cost to the allies together.
    """

    absorbs: npt.NDArray[np.bool_]
    money: Array
    relief: float
    cost: float


def least_cost_support(
    absorb_cost: Array, absorb_relief: Array, money_cost: Array, wanted: float, gdp_share: Array, cap: float = CAP
) -> SupportMix:
    """Choose who absorbs (all or nothing) and who pays how much, at least total cost.

    ``min sum_i c_i y_i + m_i x_i`` subject to ``sum_i r_i y_i + x_i >= wanted`` and, for each ally,
    ``r_i y_i + x_i <= cap share_i wanted``; y_i in {0, 1}, x_i >= 0. Solved by `scipy.optimize.milp`.

    Parameters
    ----------
    absorb_cost, absorb_relief : (n,)
        What absorption costs ally i and gives the target, US$ million a year; an ally whose absorption gives nothing is
        never asked to absorb.
    money_cost : (n,)
        What a dollar given costs the ally, dollars, > 0 (above 1 where paying also moves the terms of trade).
    wanted
        Relief promised, US$ million a year; 0 or less asks for nothing.
    gdp_share : (n,)
        Summing to 1. With ``cap >= 1`` money alone always suffices.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    n = len(gdp_share)
    if n == 0 or wanted <= 0.0:
        return SupportMix(np.zeros(n, dtype=bool), np.zeros(n), 0.0, 0.0)
    useful = absorb_relief > 0.0
    relief = np.where(useful, absorb_relief, 0.0) / wanted
    unit = np.concatenate([np.where(useful, absorb_cost, 0.0) / wanted, money_cost])
    most = cap * np.asarray(gdp_share)
    total = LinearConstraint(np.concatenate([relief, np.ones(n)])[None, :], lb=1.0)
    each = LinearConstraint(np.hstack([np.diag(relief), np.eye(n)]), ub=most)
    bounds = Bounds(np.zeros(2 * n), np.concatenate([useful.astype(float), np.full(n, np.inf)]))
    found = milp(unit, constraints=[total, each], bounds=bounds, integrality=np.repeat([1, 0], n))
    if found.x is None:
        raise ValueError(f"no way to give the relief promised: {found.message}")
    absorbs, money = found.x[:n] > 0.5, np.maximum(found.x[n:], 0.0) * wanted
    given = float(absorb_relief[absorbs].sum() + money.sum())
    return SupportMix(absorbs, money, given, float(absorb_cost[absorbs].sum() + money_cost @ money))


def least_cost_cuts(cost: Array, harm: Array, goal: float = GOAL) -> npt.NDArray[np.bool_]:
    """Choose which ally cuts off which good, at least cost to the allies together, (n, G) of booleans.

    ``min sum c_ig y_ig`` subject to ``sum h_ig y_ig >= goal sum h_ig``, y in {0, 1}: a covering problem, solved by
    `scipy.optimize.milp`. Effects of single cut-offs are taken to add up.

    Parameters
    ----------
    cost, harm : (n, G)
        What ally i loses, and the coercer, where i alone cuts good g, US$ million a year; cuts that do no harm are left
        out, and a cut that pays its author costs 0.
    goal
        Part of the harm of everybody cutting everything.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    helps = (harm > 0.0).ravel()
    if not helps.any() or goal <= 0.0:
        return np.zeros(harm.shape, dtype=bool)
    weight = np.where(helps, harm.ravel(), 0.0) / harm.ravel()[helps].sum()
    scale = max(float(np.abs(cost).max()), 1e-300)
    reach = LinearConstraint(weight[None, :], lb=goal - 1e-9)
    found = milp(
        np.maximum(cost.ravel(), 0.0) / scale,
        constraints=[reach],
        bounds=Bounds(np.zeros(helps.size), helps.astype(float)),
        integrality=np.ones(helps.size),
    )
    if found.x is None:
        raise ValueError(f"no way to do the harm agreed: {found.message}")
    chosen: npt.NDArray[np.bool_] = (found.x > 0.5).reshape(harm.shape)
    return chosen
