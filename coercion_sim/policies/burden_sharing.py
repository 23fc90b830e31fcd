"""How allies divide what they promised: by GDP, equally, by capability, or at least cost.

Complementary strengths are a small integer program: who helps with what, so that the target gets the relief promised
(or the coercer bears the harm agreed) at the least cost to the allies together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from coercion_sim.arrays import Array, Bools, ratio
from coercion_sim.files import number_field
from coercion_sim.world import World

#: How allies divide what they promised together.
Sharing = Literal["gdp", "equal", "capability", "least_cost"]
#: Programs remembered: a policy asks the same one every quarter that the same pressure is in force.
MOST_PROGRAMS = 4096


class BurdenSharing(BaseModel):
    """How allies divide the burden."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    sharing: Sharing = Field(
        "gdp", description="how allies divide what they promised: gdp, equal, capability or least_cost"
    )
    cap: float = number_field(
        2.0, "multiple", "least_cost: no ally gives more than this multiple of its share by GDP", le=100
    )
    goal: float = number_field(
        0.75, "share", "least_cost: part of the harm that everybody cutting everything would do to the coercer", le=1
    )

    def shares(self, world: World, allies: Sequence[str], coercers: Sequence[str] = ()) -> dict[str, float]:
        """Share of each ally in the burden, summing to 1 (`burden_shares`)."""
        return burden_shares(world, allies, self.sharing, coercers)


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
    both = world.goods_trade(world.flows)
    at = [world.state_index(c) for c in coercers if c in world.states]
    return ratio(both[:, at].sum(axis=1), both.sum(axis=1))


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
    shortfall
        Share of the relief wanted that the caps or the instruments do not allow; 0 where all of it is given.
    """

    absorbs: Bools
    money: Array
    relief: float
    cost: float
    shortfall: float = 0.0


def least_cost_support(
    absorb_cost: Array, absorb_relief: Array, money_cost: Array, wanted: float, gdp_share: Array, cap: float,
    pays: bool = True,
) -> SupportMix:  # fmt: skip
    """Choose who absorbs (all or nothing) and who pays how much, at least total cost.

    ``min sum_i c_i y_i + m_i x_i`` subject to ``sum_i r_i y_i + x_i >= wanted`` and, for each ally,
    ``r_i y_i + x_i <= cap share_i wanted``; y_i in {0, 1}, x_i >= 0. Solved by `scipy.optimize.milp`, once for each set
    of numbers. Where nothing reaches `wanted`, gives the most relief possible at least cost, and its `shortfall`.

    Parameters
    ----------
    absorb_cost, absorb_relief : (n,)
        What absorption costs ally i and gives the target, US$ million a year; an ally whose absorption gives nothing is
        never asked to absorb. A cost below 0 is a gain.
    money_cost : (n,)
        What a dollar given costs the ally, dollars, > 0 (above 1 where paying also moves the terms of trade).
    wanted
        Relief promised, US$ million a year; 0 or less asks for nothing.
    gdp_share : (n,)
        Summing to 1. With ``cap >= 1`` money alone always suffices.
    pays
        Whether money is among the instruments.
    """
    n = len(gdp_share)
    if n == 0 or wanted <= 0.0:
        return SupportMix(np.zeros(n, dtype=bool), np.zeros(n), 0.0, 0.0)
    numbers = (tuple(map(float, a)) for a in (absorb_cost, absorb_relief, money_cost, gdp_share))
    return _support(*numbers, float(wanted), float(cap), bool(pays))


@lru_cache(maxsize=MOST_PROGRAMS)
def _support(
    costs: tuple[float, ...], reliefs: tuple[float, ...], money_costs: tuple[float, ...], gdp_share: tuple[float, ...],
    wanted: float, cap: float, pays: bool,
) -> SupportMix:  # fmt: skip
    """`least_cost_support` of plain numbers."""
    absorb_cost, absorb_relief, money_cost = np.array(costs), np.array(reliefs), np.array(money_costs)
    n, useful = len(costs), absorb_relief > 0.0
    relief = np.where(useful, absorb_relief, 0.0) / wanted
    unit = np.concatenate([np.where(useful, absorb_cost, 0.0) / wanted, money_cost])
    gives = np.concatenate([relief, np.ones(n)])
    most = np.concatenate([useful.astype(float), np.full(n, np.inf if pays else 0.0)])
    each = np.hstack([np.diag(relief), np.eye(n)]), cap * np.array(gdp_share)
    shortfall, best = 0.0, _program(unit, gives, 1.0, most, each, n)
    if best is None:
        furthest = _program(-gives, gives, 0.0, most, each, n)
        reach = 0.0 if furthest is None else float(gives @ furthest)
        shortfall = 1.0 - reach
        best = _program(unit, gives, reach - 1e-9, most, each, n)
    if best is None:
        raise ValueError("support at least cost has no solution")
    absorbs, money = best[:n] > 0.5, np.maximum(best[n:], 0.0) * wanted
    given = float(absorb_relief[absorbs].sum() + money.sum())
    cost = float(absorb_cost[absorbs].sum() + money_cost @ money)
    return SupportMix(_fixed(absorbs), _fixed(money), given, cost, max(0.0, shortfall))


def least_cost_cuts(cost: Array, harm: Array, goal: float) -> Bools:
    """Choose which ally cuts off which good, at least cost to the allies together, (n, G) of booleans.

    ``min sum c_ig y_ig`` subject to ``sum h_ig y_ig >= goal sum h_ig``, y in {0, 1}: a covering problem, solved by
    `scipy.optimize.milp`. Effects of single cut-offs are taken to add up. A goal of at most 1 can always be reached.

    Parameters
    ----------
    cost, harm : (n, G)
        What ally i loses, and the coercer, where i alone cuts good g, US$ million a year; cuts that do no harm are left
        out, and a cut that pays its author costs 0.
    goal
        Part of the harm of everybody cutting everything, 0 to 1.
    """
    helps = harm > 0.0
    if not helps.any() or goal <= 0.0:
        return np.zeros(harm.shape, dtype=bool)
    weight = np.where(helps, harm, 0.0) / harm[helps].sum()
    scale = max(float(np.abs(cost[helps]).max()), 1e-300)
    price = np.where(helps, np.maximum(cost, 0.0), 0.0) / scale
    return _cuts(tuple(price.ravel()), tuple(weight.ravel()), float(goal)).reshape(harm.shape)


@lru_cache(maxsize=MOST_PROGRAMS)
def _cuts(price: tuple[float, ...], weight: tuple[float, ...], goal: float) -> Bools:
    """`least_cost_cuts` of plain numbers, flat."""
    gives = np.array(weight)
    solution = _program(np.array(price), gives, goal - 1e-9, (gives > 0.0).astype(float), None, gives.size)
    if solution is None:
        raise ValueError(f"no way to do {goal:g} of the harm")
    chosen: Bools = _fixed(solution > 0.5)
    return chosen


def _program(
    cost: Array, gives: Array, reach: float, most: Array, each: tuple[Array, Array] | None, whole: int
) -> Array | None:
    """``min cost x`` where ``gives x >= reach``, ``each[0] x <= each[1]``, ``0 <= x <= most``.

    The first `whole` of x are integer. None where no x does. SciPy is loaded here: most commands never need it.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    limits = [LinearConstraint(gives[None, :], lb=reach)]
    if each is not None:
        limits.append(LinearConstraint(each[0], ub=each[1]))
    result = milp(
        cost,
        constraints=limits,
        bounds=Bounds(np.zeros(cost.size), most),
        integrality=(np.arange(cost.size) < whole).astype(int),
        options={"mip_rel_gap": 0.0},  # the default accepts a hundredth of a percent too dear
    )
    solution: Array | None = result.x
    return solution


def _fixed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array, read-only: it is remembered."""
    array.setflags(write=False)
    return array
