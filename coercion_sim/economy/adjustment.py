"""Quarter by quarter: buyers switch suppliers slowly, and markets clear at the shares they have reached."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace

import numpy as np

from coercion_sim.arrays import Array, abroad, ratio
from coercion_sim.economy.anderson import FixedPoint, Solutions, solve_key
from coercion_sim.economy.checks import check_shock
from coercion_sim.economy.equilibrium import Equilibrium, read_off
from coercion_sim.economy.parameters import EconomyParameters
from coercion_sim.economy.prepare import LastQuarter, prepare
from coercion_sim.economy.shock import Shock
from coercion_sim.economy.solver import neutral_start, solve_given
from coercion_sim.economy.static import Static, static_of
from coercion_sim.world import World

#: Yearly interest on what a state borrows under `smoothing`.
INTEREST = 0.03
#: A market moves no more once every share is this close to what its buyers would choose.
AT_REST = 1e-13


@dataclass(frozen=True, eq=False)
class Market:
    """The world market at the end of one quarter.

    Attributes
    ----------
    equilibrium
        Prices, shares, flows and incomes of the quarter.
    quarter
        Quarters since the start; -1 before the first.
    at_rest
        Whether the same shock again would change nothing.
    credit, debt : (N,)
        Under `smoothing`: lending in this quarter and debt so far, US$ million a year and US$ million.
    since
        Quarter in which anything first differed from the baseline, as `short_run` elasticities count; None before.
    content
        What led here, in words: of equal content are markets that are equal bit for bit. Empty: not known.
    moved
        Change of the unknowns over the quarter where its shock was that of the quarter before; None otherwise.
    """

    static: Static
    parameters: EconomyParameters
    equilibrium: Equilibrium
    quarter: int
    at_rest: bool
    credit: Array
    debt: Array
    moved: Array | None = None
    content: str = ""
    since: int | None = None

    @property
    def world(self) -> World:
        """The baseline."""
        return self.static.world

    @property
    def settled(self) -> bool:
        """Whether the same shock again changes nothing, and nobody lends or owes."""
        return self.at_rest and not self.credit.any() and not self.debt.any()

    def acting(self, quarter: int, since: int | None) -> EconomyParameters:
        """The parameters in force in a quarter, where anything first differed from the baseline in quarter `since`."""
        return self.parameters.at(quarter, 0 if since is None else quarter - since)


def start_market(world: World, parameters: EconomyParameters | None = None) -> Market:
    """Return the market before the first quarter: every hat exactly 1, or balanced trade under the closure ``zero``."""
    parameters = parameters or EconomyParameters()
    static = static_of(world)
    shock = Shock.none(world)
    first = parameters.at(0)
    if parameters.closure == "zero" and world.baseline.imbalance.any():
        equilibrium = solve_given(static, shock, first, None, None)
    else:
        given = prepare(static, shock, first)
        equilibrium = read_off(world, shock, given, FixedPoint(neutral_start(world, given), 0.0, 0, True))
    nothing = np.zeros(world.shape[1])
    content = f"start {world.digest} {astuple(parameters)!r}"
    return Market(static, parameters, equilibrium, -1, True, nothing, nothing, content=content)


def next_quarter(market: Market, shock: Shock, start: Array | None = None, known: Solutions | None = None) -> Market:
    """Let one quarter pass under a shock (Arkolakis, Eaton and Kortum 2012; model.md §3).

    Each quarter a share nu of the buyers of every (sector, importer) re-optimise; the rest stay attached to last
    quarter's suppliers, except those whose supplier closes: they move at once and bear the cost of the lost variety.

    ``pi_t = (1-nu)(1-l) s + (nu + (1-nu) l) pi*_t``,
    ``ln P_t = (1-nu) [ln P_t-1 + sum_i s_i dln p_i - ln(1-l)/theta] + nu ln P*_t``.

    `start` is where the solver sets out (`Equilibrium.unknowns`); if None, last quarter carried on at its own pace.
    `known` are the solutions remembered, and where this one goes.

    Raises
    ------
    MeasureError, NoSupplierError, ConvergenceError
        As `solve_equilibrium`.
    """
    before = market.equilibrium
    quarter = market.quarter + 1
    since = market.since
    if since is None and market.parameters.short_run is not None and not shock.same_as(Shock.none(market.world)):
        since = quarter
    parameters = market.acting(quarter, since)
    same = shock.same_as(before.shock) and parameters == market.acting(max(0, market.quarter), market.since)
    if market.settled and same:
        still = replace(before, sweeps=0)
        return replace(market, equilibrium=still, quarter=quarter, since=since)
    check_shock(market.world, shock)
    credit, debt, lent = _borrow(market, shock)
    acting = shock if lent is None else replace(shock, transfer=shock.transfer + lent)
    last = LastQuarter(before.share, np.log(before.price_hat), _log_cost(before), before.shock)
    key = "" if known is None else solve_key(market.content, shock.content, parameters, start)
    start = _guess(market, same) if start is None else start
    cleared = solve_given(market.static, acting, parameters, last, start, known, key)
    kept = cleared if lent is None else replace(cleared, shock=shock)
    rest = cleared.sweeps <= 1 and bool(np.abs(cleared.share - before.share).max() < AT_REST)
    moved = cleared.unknowns - before.unknowns if same else None
    return Market(market.static, market.parameters, kept, quarter, rest, credit, debt, moved, key, since)


def _guess(market: Market, same: bool) -> Array:
    """Where the quarter will end, roughly: under an unchanged shock the way left shrinks by 1 - nu a quarter."""
    before = market.equilibrium
    if market.moved is None or not same:
        return before.unknowns
    return before.unknowns + (1.0 - market.parameters.adjustment_rate) * market.moved


def _log_cost(equilibrium: Equilibrium) -> Array:
    """Ln c of a quarter; 0 where nothing is sold, which no surviving share weighs."""
    log_cost: Array = np.log(equilibrium.unit_cost_hat)
    return log_cost


def _borrow(market: Market, shock: Shock) -> tuple[Array, Array, Array | None]:
    """Credit against export revenue lost to closing, and the service of the debt (Obstfeld and Rogoff 1996).

    A loan of ``smoothing (1-nu)^(h+1)`` of the loss in the h-th quarter after it, lent by the others by GDP and served
    as a perpetuity at 3 % a year.
    """
    p = market.parameters
    if p.smoothing == 0.0:
        return market.credit, market.debt, None
    before = market.equilibrium
    keep = ratio(shock.open, before.shock.open, 1.0)
    foreign = abroad(before.flows)
    loss = (foreign * (1.0 - np.minimum(1.0, keep))).sum(axis=(0, 2))
    credit = (1.0 - p.adjustment_rate) * (market.credit + p.smoothing * loss)
    net = credit - INTEREST * market.debt
    gdp = market.world.baseline.gdp
    others = gdp.sum() - gdp
    lent = net - gdp * ((net / others).sum() - net / others)
    return credit, market.debt + credit / 4.0, lent
