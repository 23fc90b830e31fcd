"""One sweep of the equilibrium in changes: arrays in, arrays out, nothing else.

Symbols as in model.md §2: n importer, i exporter, j sector, k input. Arrays over flows are sector-major; names that
end in ``_t`` are read ``[j, n, i]``. Every sum is one matrix-vector product per sector, each matrix stored once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coercion_sim.arrays import Array, abroad, ratio
from coercion_sim.economy.given import Given
from coercion_sim.economy.substitution import Costs, column

#: No wage moves by more than this in logs in one sweep.
LONGEST_STEP = 1.0
#: Damping of the cautious step in sector wages at finite mobility, and share of the country mean that is moved.
DAMPING, MEAN_STEP = 1.0, 0.5
#: Factor on log((exports + transfers) / imports) that moves the wage of one mobile factor.
TRADE_STEP = 0.05
#: Added to a log cost it puts a supplier out of reach, whatever the elasticity: exp(-theta NEVER) is 0.
NEVER = 1e6
#: Row sums below this have underflowed, or soon will.
SMALLEST_TOTAL = 1e-290


@dataclass(frozen=True, eq=False)
class Prices:
    """Equations 1-4: ``log_cost`` ln c, ``log_best`` ln P* and ``log_price`` ln P, each (S, N).

    Shares are ``weight_t * scaled / total``; where suppliers are so far apart that this underflows, `best_share_t`
    (S, N, N) over ``[j, n, i]`` holds them outright. `costs` are the shares that follow prices, if any do.
    """

    log_cost: Array
    log_best: Array
    log_price: Array
    scaled: Array
    total: Array
    best_share_t: Array | None
    costs: Costs | None


@dataclass(frozen=True, eq=False)
class Markets:
    """Equation 5: sales (S, N), foreign trade, revenue, transfers and income (N,), next spending (S, N).

    Foreign trade is 0 where it was not asked for.
    """

    sales: Array
    exports: Array
    imports: Array
    revenue: Array
    transfer: Array
    income: Array
    spending: Array


def prices(given: Given, log_wage: Array, log_price: Array) -> Prices:
    """Unit costs at these wages and input prices, then the price indices they imply. (S, N) in and out."""
    costs = None if given.ces is None else given.ces.costs(log_wage, log_price)
    if costs is not None:
        log_cost = costs.log_cost - given.log_productivity
    else:
        log_cost = given.gamma * log_wage - given.log_productivity
        if given.inputs is not None:
            log_cost += column(given.inputs, log_price.T).T
    lowest = (log_cost + given.never).min(axis=1, keepdims=True)
    lowest[lowest >= NEVER] = 0.0
    theta = given.theta[:, None]
    scaled = np.exp(theta * (lowest - log_cost - given.never))
    total = column(given.weight_t, scaled) + given.no_row
    best_share_t = None
    if total.min() > SMALLEST_TOTAL:
        log_best = lowest - (given.log_row + np.log(total)) / theta
    else:
        best_share_t, log_sum = _log_sum_exp(given, log_cost)
        log_best = -(given.log_row + log_sum) / theta
    log_best *= given.live_row
    kept = given.attached
    if kept is None:
        return Prices(log_cost, log_best, log_best, scaled, total, best_share_t, costs)
    stay = column(kept.stay_t, log_cost) + kept.constant
    new = kept.price_weight * stay + (1.0 - kept.price_weight) * log_best
    return Prices(log_cost, log_best, new, scaled, total, best_share_t, costs)


def _log_sum_exp(given: Given, log_cost: Array) -> tuple[Array, Array]:
    """Shares ``[j, n, i]`` and log of the row sums, row by row in logs: right at any distance between suppliers."""
    with np.errstate(divide="ignore"):
        exponent = np.log(given.weight_t) - (given.theta[:, None] * log_cost)[:, None, :]
    exponent = np.where(given.weight_t > 0, exponent, -np.inf)
    top = exponent.max(axis=2)
    top[~given.live_row] = 0.0
    part = np.exp(exponent - top[:, :, None])
    total = np.where(given.live_row, part.sum(axis=2), 1.0)
    return part / total[:, :, None], top + np.log(total)


def markets(given: Given, p: Prices, factor: Array, spending: Array, foreign: bool = True) -> Markets:
    """Sales, incomes and next spending at these prices; foreign trade summed over off-diagonal cells, if asked for.

    Total less own would cancel to 0 near autarky (and its log to -inf), so domestic cells are then kept apart.
    """
    demand = given.free * spending
    if p.best_share_t is None:
        demand = demand / p.total
        over_t = given.foreign_t if foreign else given.over_t
        sold = p.scaled * column(over_t.transpose(0, 2, 1), demand)
        bought = demand * column(over_t, p.scaled)
        own = p.scaled * given.own * demand if foreign else np.zeros_like(demand)
    else:
        untaxed = ratio(given.over_t, given.weight_t, 1.0)
        cells = p.best_share_t * untaxed * demand[:, :, None]
        own = np.zeros_like(demand)
        if foreign:
            own = np.diagonal(cells, axis1=1, axis2=2).copy()
            cells = abroad(cells)
        sold, bought = cells.sum(axis=1), cells.sum(axis=2)
    kept = given.attached
    if kept is not None:
        staying = kept.stays * spending
        over_t = kept.foreign_t if foreign else kept.over_t
        sold = sold + column(over_t.transpose(0, 2, 1), staying)
        if foreign:
            bought = bought + over_t.sum(axis=2) * staying
            own = own + np.diagonal(kept.over_t, axis1=1, axis2=2) * staying
        elif given.tariffed:
            bought = bought + kept.reaches * staying
    sales = sold + own
    revenue = (spending - bought - own).sum(axis=0) if given.tariffed else None
    income, transfer = income_of(given, factor, revenue)
    if given.ces is not None and p.costs is not None:
        new = given.ces.spending(p.costs, sales, income)
    else:
        new = given.alpha * income
        if given.inputs is not None:
            new = new + column(given.inputs.transpose(0, 2, 1), sales.T).T
    if revenue is None:
        revenue = np.zeros_like(factor)
    nothing = np.zeros_like(factor)
    exports, imports = (sold.sum(axis=0), bought.sum(axis=0)) if foreign else (nothing, nothing)
    return Markets(sales, exports, imports, revenue, transfer, income, new)


def income_of(given: Given, factor: Array, revenue: Array | None) -> tuple[Array, Array]:
    """Income and the transfers in it, (N,) each, at this factor income and tariff revenue (None: no tariffs)."""
    base = factor if revenue is None else factor + revenue
    transfer = given.transfer
    if given.imbalance_ratio is not None:
        lifted = given.imbalance_ratio * base
        transfer = transfer + lifted * ((given.bloc @ base) / (given.bloc @ lifted)) - base
    return base + transfer, transfer


def log_trade_ratio(given: Given, m: Markets) -> Array:
    """``ln((exports + transfers in) / (imports + transfers out))``, (N,); 0 for a state without foreign links."""
    earned = m.exports + np.maximum(m.transfer, 0.0)
    spent = m.imports + np.maximum(-m.transfer, 0.0)
    both = (earned > 0) & (spent > 0) & ~given.closed
    return np.log(np.where(both, earned, 1.0) / np.where(both, spent, 1.0))


def log_excess(given: Given, p: Prices, sales: Array, log_wage: Array, log_phi: Array) -> Array:
    """Equation 6 in logs: factor demand over supply, (S, N); 0 where no factor works."""
    if given.stuck is None:
        supply = given.kappa * log_wage + (1.0 - given.kappa) * log_phi
    elif np.isinf(given.kappa):
        supply = log_wage
    else:
        supply = np.where(given.stuck, log_wage, given.kappa * log_wage + (1.0 - given.kappa) * log_phi)
    demand = np.log(sales + given.idle)
    if p.costs is not None:
        demand = demand + np.log(p.costs.factor)
    excess: Array = (demand - given.log_base_sales - supply) * given.works
    return excess


def log_phi_of(given: Given, log_wage: Array) -> Array:
    """``ln Phi_i = ln(sum_j ell_ji w_ji^kappa) / kappa``, (N,); sectors that cannot sell add nothing.

    Sectors stuck are left out; one mobile factor earns its wage.
    """
    if log_wage.ndim == 1:
        return log_wage
    if np.isinf(given.kappa):
        mean: Array = (given.factor_share * log_wage).sum(axis=0)  # equal wherever it is not stuck
        return mean
    exponent = given.kappa * (log_wage - given.idle * NEVER)
    top = exponent.max(axis=0)
    total = (given.factor_share * np.exp(exponent - top)).sum(axis=0)
    if given.stuck is not None:
        everything = given.value_added == 0.0
        top[everything], total[everything] = 0.0, 1.0
    phi: Array = (top + np.log(total)) / given.kappa
    return phi


def factor_income(given: Given, log_wage: Array, log_phi: Array) -> Array:
    """``V_i Phi_i`` and what stuck factors earn, ``gamma_ji Y_ji w_ji``, (N,)."""
    mobile: Array = given.value_added * np.exp(log_phi)
    return mobile if given.stuck_income is None else mobile + (given.stuck_income * np.exp(log_wage)).sum(axis=0)


def unpack(given: Given, x: Array) -> tuple[Array, Array, Array]:
    """Split the unknowns into log wages (S, N) or (N,), log prices (S, N) and spending (S, N)."""
    S, N = given.gamma.shape
    rest = 2 * S * N
    log_price, spending = x[-rest:].reshape(2, S, N)
    return x[:-rest].reshape(given.wages), log_price, spending * given.scale


def pack(given: Given, log_wage: Array, log_price: Array, spending: Array) -> Array:
    """Join the unknowns into one vector, spending in units of each state's baseline spending."""
    return np.concatenate([log_wage.ravel(), log_price.ravel(), (spending / given.scale).ravel()])


def sweep(given: Given, x: Array) -> tuple[Array, float]:
    """One joint step in log wages, log prices and spending, and the residual at `x`.

    Wages move by excess factor demand over the slope of the market they clear: the deviation of a sector from its
    country by ``kappa + theta gamma``, the country mean by a half; one mobile factor by the trade ratio alone, a
    stuck one by its own market.
    The residual is the largest of: log excess demand (or log trade ratio), change of log prices, change of spending,
    and drift of the numeraire.
    """
    log_wage, log_price, spending = unpack(given, x)
    log_phi = log_phi_of(given, log_wage)
    factor = factor_income(given, log_wage, log_phi)
    p = prices(given, log_wage, log_price)
    m = markets(given, p, factor, spending)
    if np.isinf(given.kappa):
        off = log_trade_ratio(given, m)
        move = TRADE_STEP * off
        if given.stuck is not None:
            own = log_excess(given, p, m.sales, log_wage, log_phi)
            move = np.where(given.stuck, DAMPING * own / given.slope, move)
            off = np.where(given.stuck, own, off)
    else:
        off = log_excess(given, p, m.sales, log_wage, log_phi)
        mean = (given.factor_share * off).sum(axis=0)
        if given.stuck is None:
            move = (DAMPING * (off - mean) / given.slope + MEAN_STEP * mean) * given.works
        else:
            among = np.where(given.stuck, off, off - mean) / given.slope + np.where(given.stuck, 0.0, MEAN_STEP * mean)
            move = DAMPING * among * given.works
    drift = np.log((given.bloc @ factor) / (given.bloc @ given.base_factor))
    gaps = (off, p.log_price - log_price, (m.spending - spending) / given.scale, drift)
    residual = float(np.max([np.abs(gap).max() for gap in gaps]))
    move = np.minimum(np.maximum(move, -LONGEST_STEP), LONGEST_STEP) - drift
    new = pack(given, log_wage + move, p.log_price, m.spending)
    if given.levels is not None and np.isinf(given.kappa):
        new += given.levels.step(move)
    return new, residual
