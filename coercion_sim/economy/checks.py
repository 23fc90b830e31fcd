"""What may go into a solve, and what counts as a solution."""

from __future__ import annotations

import numpy as np

from coercion_sim.arrays import Array, Bools
from coercion_sim.economy.equilibrium import Equilibrium
from coercion_sim.economy.given import Given
from coercion_sim.economy.shock import Shock
from coercion_sim.economy.substitution import column
from coercion_sim.errors import MeasureError, Problem
from coercion_sim.world import World

#: A state whose real income or factor income falls below this part of the baseline's has collapsed.
COLLAPSED = 1e-3
#: Gap of a market, as part of its state's income, for each unit of the residual accepted; and the least gap refused.
GAP_PER_RESIDUAL, LEAST_GAP = 1e3, 1e-7
#: Part of a state's mobile factors, by value, that may be without work, or wanted and not there.
MOST_IDLE = 1e-3


def check_shock(world: World, shock: Shock) -> None:
    """Refuse arrays of the wrong shape or out of range, all at once."""
    S, N = world.shape
    if shock.content or _in_range(world, shock):
        return  # what measures make was checked measure by measure
    wanted = {"tariff": (S, N, N), "barrier": (S, N, N), "open": (S, N, N), "productivity": (S, N), "transfer": (N,)}
    problems = []
    for name, shape in wanted.items():
        array = getattr(shock, name)
        if array.shape != shape:
            problems.append(Problem("wrong shape", key=name, found=str(array.shape), allowed=str(shape)))
        elif not np.isfinite(array).all():
            problems.append(Problem("has numbers that are not finite", key=name))
    if not problems:
        checks = (
            ("tariff", (shock.tariff > -1).all(), "> -1"),
            ("barrier", (shock.barrier > 0).all(), "> 0"),
            ("open", ((shock.open >= 0) & (shock.open <= 1)).all(), "0 to 1"),
            ("productivity", (shock.productivity > 0).all(), "> 0"),
            ("transfer", abs(shock.transfer.sum()) <= 1e-6 * max(1.0, np.abs(shock.transfer).sum()), "sums to 0"),
        )
        problems = [Problem("out of range", key=name, allowed=allowed) for name, ok, allowed in checks if not ok]
    if problems:
        raise MeasureError(problems)


def _in_range(world: World, shock: Shock) -> bool:
    """Whether all is well, in few passes over the arrays."""
    S, N = world.shape
    wide = (shock.tariff, shock.barrier, shock.open)
    if any(a.shape != (S, N, N) for a in wide) or shock.productivity.shape != (S, N) or shock.transfer.shape != (N,):
        return False
    lows, highs = (-1.0, 0.0, -1.0, 0.0), (np.inf, np.inf, 1.0, np.inf)
    arrays = (*wide, shock.productivity)
    inside = all(a.min() > low and a.max() <= high for a, low, high in zip(arrays, lows, highs, strict=True))
    finite = all(bool(a.max() < np.inf) for a in arrays)
    balanced = abs(shock.transfer.sum()) <= 1e-6 * max(1.0, np.abs(shock.transfer).sum())
    return inside and finite and bool(shock.open.min() >= 0.0) and bool(balanced)


def why_infeasible(solved: Equilibrium, given: Given, tolerance: float) -> str:
    """Empty where every income, price and final demand is finite and above 0 and every market clears; else what fails.

    Markets and budgets are added up anew from shares, spending and prices: sales against flows, spending against use,
    income against its sources, imports less exports against transfers, factor demand against supply. The words name
    the states, with what they would be left with.
    """
    world = solved.world
    with np.errstate(all="ignore"):
        real, factor = solved.real_income_hat, solved.phi_hat
        price = solved.price_hat[given.live_row]
        finite = np.isfinite(solved.wage_hat).all() and np.isfinite(price).all() and bool((price > 0.0).all())
        poor = ~((real > COLLAPSED) & (factor > COLLAPSED) & (solved.income > 0.0) & np.isfinite(real))
        if poor.any():
            return _poor(solved, poor)
        gap = clearing_gap(solved, given)
        idle = idle_part(solved, given)
    allowed = max(LEAST_GAP, GAP_PER_RESIDUAL * tolerance)
    if not finite or not gap.max() <= allowed:
        n = int(np.argmax(np.where(np.isnan(gap), np.inf, gap)))
        return (
            f"the sweeps settled where markets of {world.name} do not clear: {world.states[n]} is off by"
            f" {gap[n]:.1e} of its income, allowed {allowed:.0e}; try a weaker shock"
        )
    if not idle.max() <= MOST_IDLE:
        return (
            f"in {world.states[int(np.argmax(idle))]} the factors that move would earn next to nothing, and no longer"
            " all work: inputs are too hard to replace beside the sectors that are stuck. Raise input_substitution"
        )
    return ""


def _poor(solved: Equilibrium, poor: Bools) -> str:
    """The states left without income, and what would help."""
    base, real = solved.world.baseline.income, solved.real_income_hat
    named = [
        f"{solved.world.states[n]} would have an income of US$ {solved.income[n]:,.0f} million ({base[n]:,.0f} before)"
        + (f" after paying {-solved.transfer[n]:,.0f}" if -solved.transfer[n] > 0.5 * base[n] else "")
        + (f", which buys {real[n]:.0e} of what it did" if solved.income[n] > COLLAPSED * base[n] else "")
        for n in np.flatnonzero(poor)[:3]
    ]
    more = f" and {int(poor.sum()) - 3} more states" if poor.sum() > 3 else ""
    return f"no feasible equilibrium of {solved.world.name}: {'; '.join(named)}{more}. Try a weaker shock"


def clearing_gap(solved: Equilibrium, given: Given) -> Array:
    """Largest gap of any market or budget of a state, as part of its baseline income, (N,)."""
    base, flows = solved.world.baseline, solved.flows
    sales, bought = flows.sum(axis=2), flows.sum(axis=1)
    used: Array | float
    if given.ces is not None and solved.costs is not None:
        used = given.ces.spending(solved.costs, solved.sales, np.zeros_like(solved.income))
    else:
        used = 0.0 if given.inputs is None else column(given.inputs.transpose(0, 2, 1), solved.sales.T).T
    factor = base.value_added * solved.phi_hat
    tariffs = solved.spending.sum(axis=0) - bought.sum(axis=0)
    demand = solved.value_added_share * solved.sales
    gaps = [
        np.abs(sales - solved.sales).max(axis=0),
        np.abs(solved.spending - solved.final_share * solved.income - used).max(axis=0),
        np.abs(factor + tariffs + solved.transfer - solved.income),
        np.abs(bought.sum(axis=0) - sales.sum(axis=0) - solved.transfer),
        np.abs(demand.sum(axis=0) - factor),
    ]
    if given.stuck is not None:
        own = np.where(given.stuck, demand - base.factor_income * solved.wage_hat, 0.0)
        gaps.append(np.abs(own).max(axis=0))
    gap: Array = np.max(gaps, axis=0) / base.income
    return gap


def idle_part(solved: Equilibrium, given: Given) -> Array:
    """What one mobile factor of a state earns off what is paid for it, as part of the former, (N,).

    Beside stuck sectors its market clears by Walras' law alone, and so to the cent even where its wage is next to
    nothing and half of it is without work.
    """
    if given.stuck is None or np.isfinite(given.kappa):
        return np.zeros(len(solved.world.states))
    earned = np.where(given.stuck, 0.0, solved.world.baseline.factor_income * solved.wage_hat).sum(axis=0)
    paid = np.where(given.stuck, 0.0, solved.value_added_share * solved.sales).sum(axis=0)
    part: Array = np.abs(paid - earned) / np.where(earned > 0.0, earned, np.inf)
    return part
