"""The sweep of the equilibrium where factors are partly stuck in their sector: the step of `kernel.sweep`, made cheap.

With 28 states and 38 sectors the arrays are so small that calling NumPy takes longer than the sums, and what slows the
iteration most is that news travels along supply chains one link a sweep. So all that is fixed within a solve is
prepared once, every matrix is stored once and read both ways, and prices and spending travel two links a sweep.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.economy.given import Given
from coercion_sim.economy.kernel import LONGEST_STEP, NEVER, SMALLEST_TOTAL, factor_income, income_of, log_phi_of, sweep
from coercion_sim.economy.levels import LEAST_SLOPE
from coercion_sim.economy.substitution import Ces, Costs, column

#: Prices travel their second link by the derivative, where none moved so far that trade would change by more than this
#: in logs; else they wait for the next sweep.
SMALL_MOVE = 0.5


@dataclass(frozen=True, eq=False)
class Demand:
    """Free buyers at these prices: ``over_t' (scaled demand X)`` is what exporters receive of spending X.

    Attributes
    ----------
    scaled, per_spending : (S, N)
        Exporters' competitiveness, and importers' ``free / total``.
    reaches : (S, N) or None
        Part of all spending that reaches exporters, tariffs taken off; None without tariffs.
    first, total : (S, N)
        Exporters' competitiveness after the first link, and what importers weigh it up to.
    """

    scaled: Array
    per_spending: Array
    reaches: Array | None
    first: Array
    total: Array


class SectorSweep:
    """One joint step in log wages, log prices and spending, and the residual: a map ``x -> (next x, residual)``.

    A sector's wage moves by its excess factor demand over ``kappa + gamma theta r``, r the part of its demand that
    answers to its price (`Given.responsive`). Prices follow this move within the sweep, as far as they answer at once:
    were wages and prices to wait for each other, an error would take two sweeps for one step. The residual is that of
    `kernel.sweep`, taken over both links; where suppliers are so far apart that their weights underflow, `kernel.sweep`
    makes the step.
    """

    def __init__(self, given: Given) -> None:
        self.given = given
        self.shape = given.gamma.shape
        self.theta = given.theta[:, None]
        self.minus_inverse = -1.0 / self.theta
        self.small_move = SMALL_MOVE / float(given.theta.max())
        self.all_live = bool(given.live_cell.all() and given.live_row.all())
        self.log_row = given.log_row / self.theta if given.log_row.any() else None
        self.log_productivity = given.log_productivity if given.log_productivity.any() else None
        self.factor_share = given.factor_share * given.works
        self.baseline_value = given.bloc @ given.base_factor
        self.wage_step = given.works / (given.kappa + given.gamma * self.theta * given.responsive)

    def __call__(self, x: Array) -> tuple[Array, float]:
        """Return the next point and the residual at this one."""
        given = self.given
        point = x.reshape(3, *self.shape)
        supply, factor = self._supply(point[0])
        moved = np.empty_like(point)
        demand = self._prices(point[0], point[1], moved[1])
        if demand is None:
            return sweep(given, x)
        sales, spending = self._link(demand, factor, point[2] * given.scale)
        sales, spending = self._link(demand, factor, spending)
        spending /= given.scale
        np.subtract(spending, point[2], out=moved[2])
        excess = np.log(sales if self.all_live else sales + given.idle, out=moved[0])
        excess -= given.log_base_sales
        excess -= supply
        wage_step = self._wage_step(excess)
        excess *= given.works
        drift = np.log((given.bloc @ factor) / self.baseline_value)
        residual = max(_largest(moved), _largest(drift))
        excess *= wage_step
        np.minimum(excess, LONGEST_STEP, out=excess)
        np.maximum(excess, -LONGEST_STEP, out=excess)
        excess -= drift
        if _largest(excess) < self.small_move:
            own_cost = self._own_share() * excess
            moved[1] += self._d_price(own_cost, demand.first * own_cost, demand.total)[0]
        if given.levels is not None:
            moved += given.levels.step(excess).reshape(moved.shape)
        moved += point
        return moved.ravel(), residual

    def _supply(self, log_wage: Array) -> tuple[Array, Array]:
        """Log of Roy supply over its baseline, (S, N), and factor income, (N,); what cannot sell adds nothing."""
        kappa = self.given.kappa
        supply = kappa * log_wage
        top = supply.max(axis=0)
        part = np.exp(supply - top)
        part *= self.factor_share
        log_phi = (top + np.log(part.sum(axis=0))) / kappa
        supply += (1.0 - kappa) * log_phi
        return supply, self.given.value_added * np.exp(log_phi)

    def _wage_step(self, excess: Array) -> Array:
        """Move of log wages by log excess demand, (S, N)."""
        return self.wage_step

    def _cost(self, log_wage: Array, log_price: Array) -> Array:
        """Log of unit cost, (S, N)."""
        cost = self.given.gamma * log_wage
        if self.log_productivity is not None:
            cost -= self.log_productivity
        if self.given.inputs is not None:
            cost += column(self.given.inputs, log_price.T).T
        return cost

    def _d_cost(self, change: Array) -> Array:
        """Change of log unit cost with that of log input prices, (S, N)."""
        return column(self.given.inputs, change.T).T  # type: ignore[arg-type]

    def _spend(self, sales: Array, income: Array) -> Array:
        """Spending on inputs and final goods, (S, N)."""
        new = self.given.alpha * income
        if self.given.inputs is not None:
            new += column(self.given.inputs.transpose(0, 2, 1), sales.T).T
        return new

    def _prices(self, log_wage: Array, log_price: Array, gap: Array) -> Demand | None:
        """Write the change of log prices over two links to `gap`, (S, N); return demand then, None on underflow."""
        given, kept = self.given, self.given.attached
        cost = self._cost(log_wage, log_price)
        offered = cost if self.all_live else cost + given.never
        lowest = offered.min(axis=1, keepdims=True)
        if not self.all_live:
            lowest[lowest >= NEVER] = 0.0
        scaled = np.exp((lowest - offered) * self.theta)
        total = column(given.weight_t, scaled)
        if not self.all_live:
            total += given.no_row
        if not total.min() > SMALLEST_TOTAL:
            return None
        np.log(total, out=gap)
        gap *= self.minus_inverse
        gap += lowest
        if self.log_row is not None:
            gap -= self.log_row
        if not self.all_live:
            gap *= given.live_row
        if kept is not None:
            gap *= 1.0 - kept.price_weight
            stay = column(kept.stay_t, cost)
            stay += kept.constant
            stay *= kept.price_weight
            gap += stay
        gap -= log_price
        per_spending = given.free / total
        reaches = self._reaching(scaled, per_spending)
        first = scaled
        if given.inputs is not None and _largest(gap) < self.small_move:
            d_cost = self._d_cost(gap)
            d_scaled = scaled * d_cost
            d_price, d_best = self._d_price(d_cost, d_scaled, total)
            scaled = scaled - self.theta * d_scaled
            per_spending *= 1.0 + self.theta * d_best
            gap += d_price
        return Demand(scaled, per_spending, reaches, first, total)

    def _d_price(self, d_cost: Array, d_scaled: Array, total: Array) -> tuple[Array, Array]:
        """Change of log prices with that of log unit costs, of all buyers and of free ones, (S, N) each."""
        kept = self.given.attached
        best = column(self.given.weight_t, d_scaled)
        best /= total
        if kept is None:
            return best, best
        stay = column(kept.stay_t, d_cost)
        stay *= kept.price_weight
        stay += (1.0 - kept.price_weight) * best
        return stay, best

    def _own_share(self) -> Array:
        """Share of value added in cost, (S, N)."""
        return self.given.gamma

    def _reaching(self, scaled: Array, per_spending: Array) -> Array | None:
        """Part of spending that reaches exporters, (S, N); None without tariffs."""
        given = self.given
        if not given.tariffed:
            return None
        reaches = per_spending * column(given.over_t, scaled)
        if given.attached is not None:
            reaches += given.attached.stays * given.attached.reaches
        return reaches

    def _link(self, demand: Demand, factor: Array, spending: Array) -> tuple[Array, Array]:
        """Sales that this spending makes, and the spending that they and income make, (S, N) each."""
        given, kept = self.given, self.given.attached
        sales = column(given.over_t.transpose(0, 2, 1), demand.per_spending * spending)
        sales *= demand.scaled
        if kept is not None:
            sales += column(kept.over_t.transpose(0, 2, 1), kept.stays * spending)
        revenue = None if demand.reaches is None else (spending - demand.reaches * spending).sum(axis=0)
        return sales, self._spend(sales, income_of(given, factor, revenue)[0])


class CesSweep(SectorSweep):
    """The same step where shares of cost follow prices or sectors are stuck (`Given.ces`).

    A sector's factor demand also answers through its share: the slope of log excess demand is
    ``kappa + gamma' theta r - q (1 - gamma')``, kappa 1 where the sector is stuck.
    """

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        assert given.ces is not None
        self.ces: Ces = given.ces
        self.own = np.full(self.shape, given.kappa) if given.stuck is None else np.where(given.stuck, 1.0, given.kappa)
        self.answer = self.theta * given.responsive
        self.costs: Costs

    def _supply(self, log_wage: Array) -> tuple[Array, Array]:
        given = self.given
        if given.stuck is None:
            return super()._supply(log_wage)
        log_phi = log_phi_of(given, log_wage)
        supply = self.own * log_wage + (1.0 - self.own) * log_phi
        return supply, factor_income(given, log_wage, log_phi)

    def _wage_step(self, excess: Array) -> Array:
        excess += np.log(self.costs.factor)
        share = self.given.gamma * self.costs.factor
        slope = self.own + share * self.answer
        slope -= self.ces.outer * (1.0 - share)
        step: Array = self.given.works / np.maximum(slope, LEAST_SLOPE)
        return step

    def _own_share(self) -> Array:
        share: Array = self.given.gamma * self.costs.factor
        return share

    def _cost(self, log_wage: Array, log_price: Array) -> Array:
        self.costs = self.ces.costs(log_wage, log_price)
        cost = self.costs.log_cost
        return cost if self.log_productivity is None else cost - self.log_productivity

    def _d_cost(self, change: Array) -> Array:
        return self.ces.moved(self.costs, change)

    def _spend(self, sales: Array, income: Array) -> Array:
        return self.ces.spending(self.costs, sales, income)


def _largest(array: Array) -> float:
    """Largest absolute value."""
    return max(float(array.max()), -float(array.min()))
