"""The equilibrium in changes: what prices, trade and incomes become under a shock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.arrays import Array, Bools, abroad
from coercion_sim.economy.anderson import FixedPoint
from coercion_sim.economy.closed_forms import FirstOrder, first_order_decomposition
from coercion_sim.economy.given import Given
from coercion_sim.economy.kernel import factor_income, log_phi_of, markets, prices, unpack
from coercion_sim.economy.shock import Shock
from coercion_sim.economy.substitution import Ces, Costs
from coercion_sim.notebook import html_table
from coercion_sim.world import World

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Equilibrium:
    """A solved counterfactual. Hats are ratios to the world's baseline; money is US$ million a year in the numeraire.

    S sectors, N states; ``[j, i, n]`` is sector, exporter, importer. A (sector, state) with no baseline output has
    hats 1 by convention; one that no longer sells anything has wage hat 0.

    Attributes
    ----------
    wage_hat, unit_cost_hat, price_hat : (S, N)
        w, c and the importer's price index P (in a quarter: of buyers attached and free).
    phi_hat : (N,)
        Factor income; Phi where no sector is stuck.
    share : (S, N, N)
        pi', exporter's share of the importer's spending.
    spending, sales : (S, N)
        X' tariffs included, and Y' net of tariffs.
    flows : (S, N, N)
        ``pi' X' / t'``, what exporters receive.
    income, tariff_revenue, transfer : (N,)
        I', R', and D' + B' (imbalance plus compensation).
    residual, sweeps, status
        Largest residual accepted, sweeps used, ``converged``: an unconverged solve is an error, never a result.
    closed : (N,)
        States left without foreign links: their imbalance was set to 0 and the others' rescaled.
    ces, costs
        Shares of cost and of final demand that follow prices, and what they became; None where they are constant.
    """

    world: World
    shock: Shock
    wage_hat: Array
    phi_hat: Array
    unit_cost_hat: Array
    price_hat: Array
    share: Array
    spending: Array
    sales: Array
    income: Array
    tariff_revenue: Array
    transfer: Array
    residual: float
    sweeps: int
    status: str
    closed: Bools
    unknowns: Array
    ces: Ces | None = None
    costs: Costs | None = None

    @cached_property
    def flows(self) -> Array:
        """``pi' X' / t'``: sales net of tariffs, (S, N, N), US$ million a year."""
        return self.shock.untaxed(self.share * self.spending[:, None, :])

    @cached_property
    def quantities(self) -> Array:
        """Flows over the supplier's price: volumes at baseline prices, (S, N, N)."""
        quantities: Array = self.flows / self.unit_cost_hat[:, :, None]
        return quantities

    @property
    def value_added_share(self) -> Array:
        """gamma'_ji, (S, N)."""
        gamma = self.world.value_added_share
        return gamma if self.costs is None else gamma * self.costs.factor

    @cached_property
    def input_share(self) -> Array:
        """gamma'_kji, (S, S, N) over input, using sector and state."""
        if self.ces is None or self.costs is None:
            return self.world.input_share
        return self.ces.input_share(self.costs)

    @property
    def final_share(self) -> Array:
        """alpha'_kn, (S, N)."""
        return self.world.baseline.final_share if self.costs is None else self.costs.final

    @cached_property
    def consumer_price_hat(self) -> Array:
        """Price index of final demand P^F, (N,): ``prod_k P_kn^alpha_kn``, or of elasticity sigma_F."""
        if self.costs is not None:
            return np.exp(self.costs.log_final)
        index: Array = np.exp((self.world.baseline.final_share * np.log(self.price_hat)).sum(axis=0))
        return index

    @property
    def real_income_hat(self) -> Array:
        """``(I' / I) / P^F``, (N,): the welfare number (Caliendo and Parro 2015, section 2.3)."""
        hat: Array = self.income / self.world.baseline.income / self.consumer_price_hat
        return hat

    @property
    def welfare_pct_gdp(self) -> Array:
        """``100 (real_income_hat - 1) I_0 / gdp``, (N,), percent of the state's own baseline GDP."""
        base = self.world.baseline
        change: Array = 100.0 * (self.real_income_hat - 1.0) * base.income / base.gdp
        return change

    @property
    def real_factor_income_hat(self) -> Array:
        """``Phi / P^F``, (N,); with one mobile factor the real wage."""
        hat: Array = self.phi_hat / self.consumer_price_hat
        return hat

    @cached_property
    def real_gdp_hat(self) -> Array:
        """Value added by double deflation at baseline prices over its baseline, (N,).

        ``sum_j (Q_j - sum_k M_kj)`` with ``Q_j = Y'_j / c_j`` and ``M_kj = gamma'_kj Y'_j / P_k``.
        """
        base, made = self.world.baseline, (self.sales / self.unit_cost_hat).sum(axis=0)
        if self.ces is None or self.costs is None:
            used = (self.world.input_share / self.price_hat[:, None, :]).sum(axis=0)
        else:
            used = self.ces.moved(self.costs, 1.0 / self.price_hat)
        before = (base.sales * (1.0 - self.world.input_share.sum(axis=0))).sum(axis=0)
        hat: Array = (made - (used * self.sales).sum(axis=0)) / before
        return hat

    @cached_property
    def exports(self) -> Array:
        """Foreign sales net of tariffs, (N,), US$ million a year."""
        exports: Array = abroad(self.flows).sum(axis=(0, 2))
        return exports

    @cached_property
    def imports(self) -> Array:
        """Foreign purchases net of tariffs, (N,), US$ million a year."""
        imports: Array = abroad(self.flows).sum(axis=(0, 1))
        return imports

    @cached_property
    def first_order(self) -> FirstOrder:
        """Caliendo and Parro's first-order welfare sum: what their tables print, not `real_income_hat`."""
        return first_order_decomposition(self.world, self.flows, self.unit_cost_hat)

    def __repr__(self) -> str:
        order = np.argsort(-np.abs(self.welfare_pct_gdp), kind="stable")[:5]
        moved = ", ".join(f"{self.world.states[n]} {self.welfare_pct_gdp[n]:+.3f}" for n in order)
        return (
            f"Equilibrium of {self.world.name!r}: {self.status} in {self.sweeps} sweeps, residual {self.residual:.1e}\n"
            f"  real income, % of GDP: {moved}{', ...' if len(self.world.states) > 5 else ''}"
        )

    def frame(self) -> pd.DataFrame:
        """One row per state.

        Returns
        -------
        DataFrame
            `state`; `real_income` in percent of own baseline GDP; `real_factor_income`, `real_gdp` and `price_index`
            (of final demand) as changes in percent; `exports` and `imports` in US$ million a year.
        """
        import pandas as pd

        hats = {
            "real_factor_income": self.real_factor_income_hat,
            "real_gdp": self.real_gdp_hat,
            "price_index": self.consumer_price_hat,
        }
        return pd.DataFrame(
            {
                "state": self.world.states,
                "real_income": self.welfare_pct_gdp,
                **{name: 100.0 * (hat - 1.0) for name, hat in hats.items()},
                "exports": self.exports,
                "imports": self.imports,
            }
        )

    def _repr_html_(self) -> str:
        """The frame for a notebook."""
        frame = self.frame()
        rows = [[str(state), *(f"{number:,.4g}" for number in numbers)] for state, *numbers in frame.to_numpy()]
        return html_table(repr(self).splitlines()[0], list(frame.columns), rows)

    def to_world(self, name: str | None = None) -> World:
        """Return the counterfactual as a world of its own, from which further hats are measured.

        Roy supplies compose, so two shocks in a row from here equal both at once from the first baseline.
        """
        return replace(
            self.world,
            name=name or f"{self.world.name}*",
            flows=self.flows,
            tariff=self.shock.tariff,
            value_added_share=self.value_added_share,
            input_share=self.input_share,
            final_share=self.final_share,
            value_added=self.world.baseline.value_added * self.phi_hat,
        )


@np.errstate(over="ignore")  # a price without bound is found by the check of the solution
def read_off(world: World, shock: Shock, given: Given, solution: FixedPoint) -> Equilibrium:
    """Compute every reported array at the solution, all from the same point."""
    log_wage, log_price, spending = unpack(given, solution.point)
    one_factor = np.isinf(given.kappa)
    factor = factor_income(given, log_wage, log_phi_of(given, log_wage))
    p = prices(given, log_wage, log_price)
    m = markets(given, p, factor, spending, foreign=False)
    if p.best_share_t is None:  # `weight_t` lies in memory by exporter and importer, as the shares shall
        share = given.weight_t.transpose(0, 2, 1) * p.scaled[:, :, None]
        share *= (given.free / p.total)[:, None, :]
    else:
        share = given.free[:, None, :] * p.best_share_t.transpose(0, 2, 1)
    if given.attached is not None:
        share += given.attached.stays[:, None, :] * given.attached.stay_t.transpose(0, 2, 1)
    wage = np.broadcast_to(log_wage, world.shape)
    shut = ~given.live_cell & (world.baseline.sales > 0)
    wage_hat = np.where(world.baseline.sales > 0, np.exp(wage), 1.0)
    cost_hat = np.where(world.baseline.sales > 0, np.exp(p.log_cost), 1.0)
    return Equilibrium(
        world=world,
        shock=shock,
        wage_hat=np.where(shut & ~one_factor, 0.0, wage_hat),
        phi_hat=factor / given.base_factor,
        unit_cost_hat=np.where(shut, 1.0, cost_hat),
        price_hat=np.exp(p.log_price),
        share=np.ascontiguousarray(share),
        spending=m.spending,
        sales=m.sales,
        income=m.income,
        tariff_revenue=m.revenue,
        transfer=m.transfer,
        residual=solution.residual,
        sweeps=solution.sweeps,
        status="converged",
        closed=given.closed,
        unknowns=solution.point,
        ces=given.ces,
        costs=p.costs,
    )
