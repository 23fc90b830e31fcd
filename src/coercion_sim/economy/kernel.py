"""One sweep of the equilibrium in changes: arrays in, arrays out, nothing else.

Symbols as in MODEL section 2: n importer, i exporter, j sector, k input. Arrays are sector-major, ``[j, i, n]``;
transposed copies ``[j, n, i]`` exist so that every sum is one contiguous matrix-vector product per sector.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: No wage moves by more than this in logs in one sweep.
LONGEST_STEP = 1.0
#: Damping of the step in sector wages at finite mobility, and share of the country mean that is moved: with Anderson
#: mixing full steps need a fifth fewer sweeps than the cautious ones (benchmarks/).
DAMPING, MEAN_STEP = 1.0, 0.5
#: Factor on log((exports + transfers) / imports) that moves the wage of one mobile factor.
TRADE_STEP = 0.05
#: Added to a log cost it puts a supplier out of reach, whatever the elasticity: exp(-theta NEVER) is 0.
NEVER = 1e6
#: Row sums below this have underflowed, or soon will.
SMALLEST_TOTAL = 1e-290


@dataclass(frozen=True, eq=False)
class Attached:
    """Buyers who stay with last quarter's suppliers (MODEL section 3); all fixed within the quarter.

    Attributes
    ----------
    foreign : (S, N, N)
        ``(1 - nu)(1 - l) s / t'`` over ``[j, i, n]``, domestic cells 0; `own` (S, N) the domestic cells; `bought`
        (S, N) the sum of `foreign` over exporters.
    stay_t : (S, N, N)
        Surviving attached shares s over ``[j, n, i]``.
    constant : (S, N)
        What of ``ln P_t-1 + sum_i s_i dln p_i - ln(1 - l) / theta`` does not depend on this quarter's costs.
    price_weight : (S, N)
        1 - nu, or 0 where everybody re-optimises.
    """

    foreign: Array
    own: Array
    bought: Array
    stay_t: Array
    constant: Array
    price_weight: Array


@dataclass(frozen=True, eq=False)
class Given:
    """All a sweep needs that stays fixed within one solve. S sectors, N states.

    Attributes
    ----------
    theta : (S,)
        Trade elasticity.
    gamma, alpha, log_productivity : (S, N)
        Value-added shares, final-demand shares, ln A.
    inputs, inputs_t : (N, S, S) or None
        Input shares ``[i, j, k]`` and ``[n, k, j]``; None without input-output links.
    weight_t : (S, N, N)
        ``pi0 open (t'/t d)^-theta`` over ``[j, n, i]``, rows scaled so that none underflows.
    log_row : (S, N)
        Log of the scale taken out of each row.
    foreign, foreign_t : (S, N, N); own : (S, N)
        The weights over t', domestic cells apart.
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
    slope : (S, N)
        ``kappa + theta gamma``: how fast a sector's excess factor demand falls with its wage.
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
    inputs_t: Array | None
    weight_t: Array
    log_row: Array
    foreign: Array
    foreign_t: Array
    own: Array
    log_tariff_t: Array
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
    slope: Array
    transfer: Array
    imbalance_ratio: Array | None
    closed: Mask
    bloc: Array
    scale: Array


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
    """Equation 5: sales (S, N), foreign trade, revenue, transfers and income (N,), next spending (S, N)."""

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
        log_cost += (given.inputs @ log_price.T[:, :, None])[:, :, 0].T
    lowest = (log_cost + given.never).min(axis=1, keepdims=True)
    lowest[lowest >= NEVER] = 0.0
    theta = given.theta[:, None]
    scaled = np.exp(theta * (lowest - log_cost - given.never))
    total = (given.weight_t @ scaled[:, :, None])[:, :, 0] + given.no_row
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
    stay = (kept.stay_t @ log_cost[:, :, None])[:, :, 0] + kept.constant
    new = kept.price_weight * stay + (1.0 - kept.price_weight) * log_best
    return Prices(log_cost, log_best, new, scaled, total, best_share_t)


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


def markets(given: Given, p: Prices, log_phi: Array, spending: Array) -> Markets:
    """Sales, incomes and next spending at these prices; foreign trade summed over off-diagonal cells.

    Total less own would cancel to 0 near autarky (and its log to -inf), so domestic cells are kept apart.
    """
    demand = given.free * spending
    if p.best_share_t is None:
        demand = demand / p.total
        sold = p.scaled * (given.foreign @ demand[:, :, None])[:, :, 0]
        bought = demand * (given.foreign_t @ p.scaled[:, :, None])[:, :, 0]
        own = p.scaled * given.own * demand
    else:
        cells = p.best_share_t * np.exp(-given.log_tariff_t) * demand[:, :, None]
        own = np.diagonal(cells, axis1=1, axis2=2).copy()
        cells = cells * (1.0 - np.eye(own.shape[1]))
        sold, bought = cells.sum(axis=1), cells.sum(axis=2)
    kept = given.attached
    if kept is not None:
        sold = sold + (kept.foreign @ spending[:, :, None])[:, :, 0]
        bought = bought + kept.bought * spending
        own = own + kept.own * spending
    sales = sold + own
    factor = given.value_added * np.exp(log_phi)
    revenue = (spending - bought - own).sum(axis=0) if given.tariffed else np.zeros_like(factor)
    transfer = given.transfer
    if given.imbalance_ratio is not None:
        base = factor + revenue
        lifted = given.imbalance_ratio * base
        transfer = transfer + lifted * ((given.bloc @ base) / (given.bloc @ lifted)) - base
    income = factor + revenue + transfer
    new = given.alpha * income
    if given.inputs_t is not None:
        new = new + (given.inputs_t @ sales.T[:, :, None])[:, :, 0].T
    return Markets(sales, sold.sum(axis=0), bought.sum(axis=0), revenue, transfer, income, new)


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
