"""The equilibrium in changes: what prices, trade and incomes become under a shock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.economy.anderson import FixedPoint, Solutions, fixed_point, solve_key
from coercion_sim.economy.closed_forms import FirstOrder, first_order_decomposition
from coercion_sim.economy.kernel import Array, Given, Mask, log_phi_of, markets, pack, prices, sweep, unpack
from coercion_sim.economy.measures import Measure, Shock, compile_shock
from coercion_sim.economy.parameters import EconomyParameters
from coercion_sim.economy.prepare import LastQuarter, prepare, static_of
from coercion_sim.economy.sector_sweep import SectorSweep
from coercion_sim.errors import ConvergenceError, MeasureError, Problem
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
        Factor income per head, Phi.
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
    closed: Mask
    unknowns: Array

    @cached_property
    def flows(self) -> Array:
        """``pi' X' / t'``: sales net of tariffs, (S, N, N), US$ million a year."""
        flows: Array = self.share * self.spending[:, None, :] / (1.0 + self.shock.tariff)
        return flows

    @cached_property
    def quantities(self) -> Array:
        """Flows over the supplier's price: volumes at baseline prices, (S, N, N)."""
        quantities: Array = self.flows / self.unit_cost_hat[:, :, None]
        return quantities

    @cached_property
    def consumer_price_hat(self) -> Array:
        """Final-demand price index ``prod_k P_kn^alpha_kn``, (N,)."""
        index: Array = np.exp((self.world.baseline.final_share * np.log(self.price_hat)).sum(axis=0))
        return index

    @property
    def real_income_hat(self) -> Array:
        """``(I' / I) / prod P^alpha``, (N,): the welfare number (Caliendo and Parro 2015, section 2.3)."""
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
        """``Phi / prod P^alpha``, (N,); with one mobile factor the real wage."""
        hat: Array = self.phi_hat / self.consumer_price_hat
        return hat

    @cached_property
    def real_gdp_hat(self) -> Array:
        """Value added by double deflation at baseline prices over its baseline, (N,).

        ``sum_j (Q_j - sum_k M_kj)`` with ``Q_j = Y'_j / c_j`` and ``M_kj = gamma_kj Y'_j / P_k``.
        """
        made = (self.sales / self.unit_cost_hat).sum(axis=0)
        used = (self.world.input_share / self.price_hat[:, None, :]).sum(axis=0)
        base = self.world.baseline
        before = (base.sales * (1.0 - self.world.input_share.sum(axis=0))).sum(axis=0)
        hat: Array = (made - (used * self.sales).sum(axis=0)) / before
        return hat

    @cached_property
    def exports(self) -> Array:
        """Foreign sales net of tariffs, (N,), US$ million a year."""
        foreign = self.flows * (1.0 - np.eye(self.world.shape[1]))
        exports: Array = foreign.sum(axis=(0, 2))
        return exports

    @cached_property
    def imports(self) -> Array:
        """Foreign purchases net of tariffs, (N,), US$ million a year."""
        foreign = self.flows * (1.0 - np.eye(self.world.shape[1]))
        imports: Array = foreign.sum(axis=(0, 1))
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
            final_share=self.world.baseline.final_share,
            value_added=self.world.baseline.value_added * self.phi_hat,
        )


def solve_equilibrium(
    world: World,
    measures: Iterable[Measure] = (),
    *,
    shock: Shock | None = None,
    parameters: EconomyParameters | None = None,
    start: Equilibrium | Array | None = None,
    known: Solutions | None = None,
) -> Equilibrium:
    """Solve the world economy under measures (model.md §2; Dekle, Eaton and Kortum 2008; Caliendo and Parro 2015).

    Parameters
    ----------
    world
        The baseline.
    measures
        All taken at full strength, whatever their dates.
    shock
        The arrays themselves, instead of measures.
    parameters
        Factor mobility kappa (Galle, Rodriguez-Clare and Yi 2023), closure, tolerance; defaults of the model page.
    start
        An equilibrium of the same world to start from, or its `unknowns`; changes the sweeps needed, not the answer.
    known
        Store of earlier solutions; this one is added.

    Returns
    -------
    Equilibrium
        With ``status == "converged"``.

    Raises
    ------
    MeasureError
        For measures the world cannot carry.
    NoSupplierError
        Where a buyer is left without any supplier.
    ConvergenceError
        Where no equilibrium was found within ``parameters.max_sweeps``.
    """
    parameters = parameters or EconomyParameters()
    if shock is None:
        shock = compile_shock(world, measures)
    check_shock(world, shock)
    given = prepare(static_of(world), shock, parameters)
    begin = start.unknowns if isinstance(start, Equilibrium) else start
    key = "" if known is None else solve_key("long run", shock.content, parameters, begin)
    return solve_given(world, shock, given, parameters, None, begin, known, key)


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


def solve_given(
    world: World,
    shock: Shock,
    given: Given,
    parameters: EconomyParameters,
    last: LastQuarter | None,
    start: Array | None,
    known: Solutions | None = None,
    key: str = "",
) -> Equilibrium:
    """Run the sweeps to the tolerance and read the equilibrium off the last one, or off the solution remembered."""
    if known is None or not key:
        return read_off(world, shock, given, last, iterate(world, given, parameters, start))
    solution = known.get(key)
    if solution is None:
        solution = iterate(world, given, parameters, start)
        known.keep(key, solution)
    return read_off(world, shock, given, last, solution)


def iterate(world: World, given: Given, parameters: EconomyParameters, start: Array | None) -> FixedPoint:
    """Run the sweeps to the tolerance; raises where they do not get there."""
    neutral = neutral_start(world, given)
    cautious = partial(sweep, given)
    # An extrapolation that overshoots gives numbers that are not finite; the iteration sees that and starts afresh.
    with np.errstate(all="ignore"):
        quick = cautious if parameters.one_factor else SectorSweep(given)
        solution = fixed_point(quick, neutral if start is None else start, *_limits(parameters))
        if not solution.converged and (start is not None or not parameters.one_factor):
            solution = fixed_point(cautious, neutral, *_limits(parameters))
    if not solution.converged:
        raise ConvergenceError(
            f"no equilibrium of {world.name} within {parameters.max_sweeps} sweeps: residual {solution.residual:.1e}, "
            f"wanted {parameters.tolerance:.0e}. The shock may leave a state unable to pay for its imbalance; "
            "try a weaker shock, a looser tolerance, or a world whose trade is balanced first"
        )
    return solution


def _limits(parameters: EconomyParameters) -> tuple[float, int]:
    """Tolerance and sweeps of the fixed-point iteration."""
    return parameters.tolerance, parameters.max_sweeps


def neutral_start(world: World, given: Given) -> Array:
    """The baseline itself: wages and prices 1, spending as observed."""
    S, N = world.shape
    wage = np.zeros(N) if np.isinf(given.kappa) else np.zeros((S, N))
    return pack(given, wage, np.zeros((S, N)), world.baseline.spending)


def read_off(world: World, shock: Shock, given: Given, last: LastQuarter | None, solution: FixedPoint) -> Equilibrium:
    """Compute every reported array at the solution, all from the same point."""
    log_wage, log_price, spending = unpack(given, solution.point)
    one_factor = np.isinf(given.kappa)
    log_phi = log_wage if one_factor else log_phi_of(given, log_wage)
    p = prices(given, log_wage, log_price)
    m = markets(given, p, log_phi, spending, foreign=False)
    best_t = p.best_share_t
    if best_t is None:
        share_t = given.weight_t * p.scaled[:, None, :]
        share_t *= (given.free / p.total)[:, :, None]
    else:
        share_t = given.free[:, :, None] * best_t
    if given.attached is not None:
        share_t += given.attached.stays[:, :, None] * given.attached.stay_t
    wage = np.broadcast_to(log_wage, world.shape)
    shut = ~given.live_cell & (world.baseline.sales > 0)
    wage_hat = np.where(world.baseline.sales > 0, np.exp(wage), 1.0)
    cost_hat = np.where(world.baseline.sales > 0, np.exp(p.log_cost), 1.0)
    return Equilibrium(
        world=world,
        shock=shock,
        wage_hat=np.where(shut & ~one_factor, 0.0, wage_hat),
        phi_hat=np.exp(log_phi),
        unit_cost_hat=np.where(shut, 1.0, cost_hat),
        price_hat=np.exp(p.log_price),
        share=np.ascontiguousarray(share_t.transpose(0, 2, 1)),
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
    )
