"""One sweep of the equilibrium in changes: arrays in, arrays out, nothing else.

Symbols as in model.md §2: n importer, i exporter, j sector, k input. Arrays over flows are sector-major; names that
end in ``_t`` are read ``[j, n, i]``. Every sum is one matrix-vector product per sector, each matrix stored once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

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
class Attached:
    """Buyers who stay with last quarter's suppliers (model.md §3); all fixed within the quarter.

    Attributes
    ----------
    stay_t : (S, N, N)
        Surviving attached shares s over ``[j, n, i]``; `over_t` the same over t'.
    stays : (S, N)
        ``(1 - nu)(1 - l)``, share of buyers who stay.
    constant : (S, N)
        What of ``ln P_t-1 + sum_i s_i dln p_i - ln(1 - l) / theta`` does not depend on this quarter's costs.
    price_weight : (S, N)
        1 - nu, or 0 where everybody re-optimises.
    """

    stay_t: Array
    over_t: Array
    stays: Array
    constant: Array
    price_weight: Array

    @cached_property
    def foreign_t(self) -> Array:
        """`over_t` between states, domestic cells 0, (S, N, N)."""
        foreign: Array = self.over_t * (1.0 - np.eye(self.stays.shape[1]))
        return foreign

    @cached_property
    def reaches(self) -> Array:
        """Part of their spending that reaches exporters, tariffs taken off, (S, N)."""
        reaches: Array = self.over_t.sum(axis=2)
        return reaches


@dataclass(frozen=True, eq=False)
class Given:
    """All a sweep needs that stays fixed within one solve. S sectors, N states.

    Attributes
    ----------
    theta : (S,)
        Trade elasticity.
    gamma, alpha, log_productivity : (S, N)
        Value-added shares, final-demand shares, ln A.
    inputs : (N, S, S) or None
        Input shares ``[i, j, k]``; None without input-output links.
    weight_t : (S, N, N)
        ``pi0 open (t'/t d)^-theta`` over ``[j, n, i]``, rows scaled so that none underflows.
    log_row : (S, N)
        Log of the scale taken out of each row.
    over_t : (S, N, N)
        The weights over t'.
    log_tariff_t : (S, N, N)
        ln t' over ``[j, n, i]``.
    free : (S, N)
        ``nu + (1 - nu) l``, share of buyers who re-optimise; 1 in the static model.
    live_row, live_cell, works : (S, N)
        Importers with spending; exporters that can sell at all; exporters that also use factors.
    no_row, idle, never : (S, N)
        1 where `live_row`, where `works` is false; `NEVER` where `live_cell` is false; 0 elsewhere.
    log_base_sales, factor_share : (S, N); value_added : (N,)
        ``ln(gamma_ji Y_ji / gamma_ji)`` where factors work, ell_ji, and V_i, of the baseline.
    kappa
        Factor mobility; infinite for one mobile factor.
    responsive : (S, N)
        Part of a sector's demand that answers to its price: of buyers free this quarter, who have others to turn to.
    transfer : (N,)
        D' + B' where it is fixed in money.
    imbalance_ratio : (N,) or None
        ``1 + D / (V + R)`` under the multiplicative closure.
    closed : (N,)
        States without any foreign link left.
    bloc : (N, N)
        1 where two states still trade with each other, directly or through others; the identity for closed states.
    scale : (N,)
        Spending of each state at baseline, the unit of the residual of spending.
    """

    theta: Array
    gamma: Array
    alpha: Array
    log_productivity: Array
    inputs: Array | None
    weight_t: Array
    log_row: Array
    over_t: Array
    tariffed: bool
    free: Array
    attached: Attached | None
    live_row: Mask
    live_cell: Mask
    works: Mask
    no_row: Array
    idle: Array
    never: Array
    log_base_sales: Array
    value_added: Array
    factor_share: Array
    kappa: float
    responsive: Array
    transfer: Array
    imbalance_ratio: Array | None
    closed: Mask
    bloc: Array
    scale: Array

    @cached_property
    def foreign_t(self) -> Array:
        """The weights over t' between states, domestic cells 0, (S, N, N)."""
        foreign: Array = self.over_t * (1.0 - np.eye(self.gamma.shape[1]))
        return foreign

    @cached_property
    def own(self) -> Array:
        """The weights over t' at home, (S, N)."""
        return np.ascontiguousarray(np.diagonal(self.over_t, axis1=1, axis2=2))

    @cached_property
    def slope(self) -> Array:
        """``kappa + theta gamma``: the fastest a sector's excess factor demand can fall with its wage, (S, N)."""
        slope: Array = self.kappa + self.theta[:, None] * self.gamma
        return slope


@dataclass(frozen=True, eq=False)
class Prices:
    """Equations 1-4: ``log_cost`` ln c, ``log_best`` ln P* and ``log_price`` ln P, each (S, N).

    Shares are ``weight_t * scaled / total``; where suppliers are so far apart that this underflows, `best_share_t`
    (S, N, N) over ``[j, n, i]`` holds them outright.
    """

    log_cost: Array
    log_best: Array
    log_price: Array
    scaled: Array
    total: Array
    best_share_t: Array | None


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
        return Prices(log_cost, log_best, log_best, scaled, total, best_share_t)
    stay = column(kept.stay_t, log_cost) + kept.constant
    new = kept.price_weight * stay + (1.0 - kept.price_weight) * log_best
    return Prices(log_cost, log_best, new, scaled, total, best_share_t)


def column(matrices: Array, vectors: Array) -> Array:
    """One matrix-vector product a row: (R, A, B) times (R, B) is (R, A)."""
    product: Array = (matrices @ vectors[:, :, None])[:, :, 0]
    return product


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


def markets(given: Given, p: Prices, log_phi: Array, spending: Array, foreign: bool = True) -> Markets:
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
        untaxed = np.divide(given.over_t, given.weight_t, out=np.ones_like(given.over_t), where=given.weight_t > 0)
        cells = p.best_share_t * untaxed * demand[:, :, None]
        own = np.zeros_like(demand)
        if foreign:
            own = np.diagonal(cells, axis1=1, axis2=2).copy()
            cells = cells * (1.0 - np.eye(own.shape[1]))
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
    factor = given.value_added * np.exp(log_phi)
    revenue = (spending - bought - own).sum(axis=0) if given.tariffed else None
    income, transfer = income_of(given, factor, revenue)
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


def log_excess(given: Given, sales: Array, log_wage: Array, log_phi: Array) -> Array:
    """Equation 6 in logs: factor demand over Roy supply, (S, N); 0 where no factor works."""
    supply = given.kappa * log_wage + (1.0 - given.kappa) * log_phi
    excess: Array = (np.log(sales + given.idle) - given.log_base_sales - supply) * given.works
    return excess


def log_phi_of(given: Given, log_wage: Array) -> Array:
    """``ln Phi_i = ln(sum_j ell_ji w_ji^kappa) / kappa``, (N,); sectors that cannot sell add nothing."""
    exponent = given.kappa * (log_wage - given.idle * NEVER)
    top = exponent.max(axis=0)
    total = (given.factor_share * np.exp(exponent - top)).sum(axis=0)
    phi: Array = (top + np.log(total)) / given.kappa
    return phi


def unpack(given: Given, x: Array) -> tuple[Array, Array, Array]:
    """Split the unknowns into log wages (S, N) or (N,), log prices (S, N) and spending (S, N)."""
    S, N = given.gamma.shape
    wages = N if np.isinf(given.kappa) else S * N
    log_wage = x[:wages] if wages == N and np.isinf(given.kappa) else x[:wages].reshape(S, N)
    log_price = x[wages : wages + S * N].reshape(S, N)
    return log_wage, log_price, x[wages + S * N :].reshape(S, N) * given.scale


def pack(given: Given, log_wage: Array, log_price: Array, spending: Array) -> Array:
    """Join the unknowns into one vector, spending in units of each state's baseline spending."""
    return np.concatenate([log_wage.ravel(), log_price.ravel(), (spending / given.scale).ravel()])


def sweep(given: Given, x: Array) -> tuple[Array, float]:
    """One joint step in log wages, log prices and spending, and the residual at `x`.

    Wages move by excess factor demand over the slope of the market they clear: the deviation of a sector from its
    country by ``kappa + theta gamma``, the country mean by a half; one mobile factor by the trade ratio alone.
    The residual is the largest of: log excess demand (or log trade ratio), change of log prices, change of spending,
    and drift of the numeraire.
    """
    log_wage, log_price, spending = unpack(given, x)
    one_factor = np.isinf(given.kappa)
    log_phi = log_wage if one_factor else log_phi_of(given, log_wage)
    p = prices(given, log_wage, log_price)
    m = markets(given, p, log_phi, spending)
    if one_factor:
        off = log_trade_ratio(given, m)
        move = TRADE_STEP * off
    else:
        off = log_excess(given, m.sales, log_wage, log_phi)
        mean = (given.factor_share * off).sum(axis=0)
        move = (DAMPING * (off - mean) / given.slope + MEAN_STEP * mean) * given.works
    drift = np.log((given.bloc @ (given.value_added * np.exp(log_phi))) / (given.bloc @ given.value_added))
    gaps = (off, p.log_price - log_price, (m.spending - spending) / given.scale, drift)
    residual = float(np.max([np.abs(gap).max() for gap in gaps]))
    new_wage = log_wage + np.minimum(np.maximum(move, -LONGEST_STEP), LONGEST_STEP)
    return pack(given, new_wage - drift, p.log_price, m.spending), residual
