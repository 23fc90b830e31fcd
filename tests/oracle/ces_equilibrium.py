"""The equilibrium of model.md §2 with elasticities of substitution and stuck sectors, solved slowly and plainly.

Written from the model page alone; shares the records `World` and `Shock` with the package and nothing else. Nested:
the unknowns are log factor prices (one per sector and state that employs factors; one per state for all its sectors
together where factors move freely), and the common factor of the multiplicative closure. For given factor prices,
Newton's method finds the price indices (the Jacobian is the matrix of cost shares, by Shephard's lemma), and spending
is the solution of one linear system. ``scipy.optimize.least_squares`` clears the factor markets. `solver.py` is the
other oracle: one system in prices, spending and income, sigma = 1 only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.optimize import least_squares

from coercion_sim.economy import Shock
from coercion_sim.world import World
from oracle.solver import Buyers, Solution, at_rest, attached_buyers, part_way


@dataclass(frozen=True)
class Nest:
    """A CES bundle with one elasticity; its parts are inputs (sector numbers), the factor (-1) or further bundles."""

    elasticity: float
    parts: tuple[int | Nest, ...]

    def weight(self, base: np.ndarray) -> float:
        """Sum of the baseline shares `base` (S + 1,; last entry the factor) of everything inside."""
        return sum(part.weight(base) if isinstance(part, Nest) else float(base[part]) for part in self.parts)

    def index(self, base: np.ndarray, log_price: np.ndarray) -> tuple[float, np.ndarray]:
        """Log price index of the bundle and the shares (S + 1,) of its cost that go to each input and the factor."""
        weights, logs, shares = [], [], []
        for part in self.parts:
            if isinstance(part, Nest):
                if (weight := part.weight(base)) == 0:
                    continue
                log_index, inner = part.index(base, log_price)
            else:
                if (weight := float(base[part])) == 0:
                    continue
                log_index, inner = float(log_price[part]), np.zeros(len(base))
                inner[part] = 1.0
            weights.append(weight)
            logs.append(log_index)
            shares.append(inner)
        b, x = np.array(weights) / sum(weights), np.array(logs)
        if self.elasticity == 1:
            return float(b @ x), b @ np.array(shares)
        a = 1 - self.elasticity
        top = (a * x).max()
        terms = b * np.exp(a * x - top)
        return float((math.log(terms.sum()) + top) / a), (terms / terms.sum()) @ np.array(shares)


@dataclass(frozen=True)
class Elasticities:
    """What the second round adds. `value_added` None: the factor stands beside the inputs, with elasticity `inputs`."""

    inputs: float | tuple[float, ...] = 1.0
    final: float = 1.0
    value_added: float | None = None
    groups: tuple[tuple[float, tuple[int, ...]], ...] = ()  # near substitutes that count as one input
    stuck: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=bool))  # (S, N); empty: none

    def technology(self, j: int, S: int) -> Nest:
        """The bundle that sector j buys."""
        sigma = self.inputs[j] if isinstance(self.inputs, tuple) else self.inputs
        grouped = {k for _, members in self.groups for k in members}
        inputs: tuple[int | Nest, ...] = tuple(k for k in range(S) if k not in grouped)
        inputs += tuple(Nest(elasticity, members) for elasticity, members in self.groups)
        if self.value_added is None:
            return Nest(sigma, (-1, *inputs))
        return Nest(self.value_added, (-1, Nest(sigma, inputs)))

    def part_way(self, s: float) -> Elasticities:
        """A fraction s of the way from elasticities of 1, geometrically."""
        inputs = tuple(x**s for x in self.inputs) if isinstance(self.inputs, tuple) else self.inputs**s
        nest = None if self.value_added is None else self.value_added**s
        groups = tuple((x**s, members) for x, members in self.groups)
        return replace(self, inputs=inputs, final=self.final**s, value_added=nest, groups=groups)


class Economy:
    """Equations 1-7 for one shock. Prices inside are logs of ratios to the baseline."""

    def __init__(
        self,
        world: World,
        shock: Shock,
        kappa: float,
        closure: str,
        elasticities: Elasticities,
        attached: Buyers | None = None,
    ) -> None:
        self.attached = attached
        self.world, self.shock, self.kappa, self.closure, self.elasticities = world, shock, kappa, closure, elasticities
        b, (S, N) = world.baseline, world.shape
        self.payroll = b.factor_share * b.value_added  # (S, N) gamma_ji Y_ji
        self.stuck = elasticities.stuck & (self.payroll > 0) if elasticities.stuck.size else np.zeros((S, N), bool)
        self.mobile = (self.payroll > 0) & ~self.stuck
        self.makes, self.buys = b.sales > 0, b.spending > 0
        self.markets: list[list[tuple[int, int]]] = []  # the cells that share one factor price
        for i in range(N):
            cells = [(j, i) for j in range(S) if self.mobile[j, i]]
            self.markets += ([cells] if cells else []) if math.isinf(kappa) else [[cell] for cell in cells]
            self.markets += [[(j, i)] for j in range(S) if self.stuck[j, i]]
        links = b.share * shock.open * (1 - np.eye(N))
        if any(links[:, :, n].sum() == 0 and links[:, n, :].sum() == 0 for n in range(N)):
            raise ValueError("a state cut off from all others has no relative wage; this solver is not for it")
        self.log_P = np.zeros((S, N))  # last price indices, where the next search begins

    def costs(self, log_w: np.ndarray, log_P: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Eq. 1: log unit costs (S, N), and cost shares (S + 1, S, N) of inputs k, last the factor."""
        S, N = self.world.shape
        log_c, share = np.zeros((S, N)), np.zeros((S + 1, S, N))
        for j in range(S):
            technology = self.elasticities.technology(j, S)
            for i in range(N):
                if self.makes[j, i]:
                    base = np.append(self.world.input_share[:, j, i], self.world.value_added_share[j, i])
                    log_c[j, i], share[:, j, i] = technology.index(base, np.append(log_P[:, i], log_w[j, i]))
        return np.where(self.makes, log_c - np.log(self.shock.productivity), 0.0), share

    def log_delivered(self, log_c: np.ndarray) -> np.ndarray:
        """Eq. 2, (S, N, N)."""
        duty = (1 + self.shock.tariff) / (1 + self.world.tariff)
        return log_c[:, :, None] + np.log(duty * self.shock.barrier)

    def buyers(self, log_c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Eqs 3-4, or section 3 where buyers are attached: shares pi' (S, N, N) and log price indices (S, N)."""
        world, shock, log_p = self.world, self.shock, self.log_delivered(log_c)
        if self.attached is not None:
            return self.attached(log_p)
        S, N = world.shape
        share, log_P = np.zeros((S, N, N)), np.zeros((S, N))
        for j in range(S):
            theta = world.trade_elasticity[j]
            for n in range(N):
                if not self.buys[j, n]:
                    continue
                x = -theta * log_p[j, :, n]
                weight = world.baseline.share[j, :, n] * shock.open[j, :, n] * np.exp(x - x.max())
                share[j, :, n] = weight / weight.sum()
                log_P[j, n] = -(math.log(weight.sum()) + x.max()) / theta
        return share, log_P

    def prices(self, log_w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Log price indices that reproduce themselves at these factor prices, log costs, trade and cost shares."""
        S, N = self.world.shape
        log_P = self.log_P.copy()
        for _ in range(100):
            log_c, cost_share = self.costs(log_w, log_P)
            share, new = self.buyers(log_c)
            gap = new - log_P
            if np.abs(gap).max() < 3e-15:
                break
            jacobian = np.einsum("jin,kji->jnki", share, cost_share[:S]).reshape(S * N, S * N)
            step = np.linalg.solve(np.eye(S * N) - jacobian, gap.ravel()).reshape(S, N)
            if np.abs(gap).max() < 1e-12 and np.abs(step).max() < 1e-14:
                break
            log_P = log_P + step * min(1.0, 2.0 / np.abs(step).max())
        if not np.abs(gap).max() < 1e-12:
            raise FloatingPointError("prices do not settle")
        self.log_P = log_P
        return log_P, log_c, share, cost_share

    def factor_incomes(self, log_w: np.ndarray) -> np.ndarray:
        """Eq. 6, supply side (S, N): Roy among mobile sectors, one price where kappa is infinite, fixed where stuck."""
        N = len(self.world.states)
        income = np.where(self.stuck, self.payroll * np.exp(log_w), 0.0)
        for i in range(N):
            cells = self.mobile[:, i]
            if math.isinf(self.kappa) or not cells.any():
                continue  # demand decides which of the mobile sectors employ the factor
            base, w = self.payroll[cells, i], np.exp(log_w[cells, i])
            ell = base / base.sum()
            phi = (ell @ w**self.kappa) ** (1 / self.kappa)
            income[cells, i] = base * w**self.kappa * phi ** (1 - self.kappa)
        if math.isinf(self.kappa):
            income += np.where(self.mobile, self.payroll * np.exp(log_w), 0.0)  # right in the sum over sectors only
        return income

    def levels(self, z: np.ndarray) -> dict[str, np.ndarray]:
        """Everything that follows from the unknowns: log factor prices by market, then the closure's log factor."""
        world, b, shock = self.world, self.world.baseline, self.shock
        S, N = world.shape
        log_w = np.zeros((S, N))
        for price, cells in zip(z, self.markets, strict=False):
            for cell in cells:
                log_w[cell] = price
        log_P, log_c, share, cost_share = self.prices(log_w)
        supply = self.factor_incomes(log_w)
        V, B = supply.sum(axis=0), shock.transfer
        final, log_PF = np.zeros((S, N)), np.zeros(N)
        for n in range(N):
            tastes = Nest(self.elasticities.final, tuple(range(S)))
            log_PF[n], shares = tastes.index(np.append(b.final_share[:, n], 0.0), np.append(log_P[:, n], 0.0))
            final[:, n] = shares[:S]
        # income = scale (V + R) + constant, R = sum_j rate X: the closure by name
        scale, constant = np.ones(N), B.copy()
        if self.closure == "additive":
            constant = constant + b.imbalance
        elif self.closure == "multiplicative":
            scale = math.exp(z[-1]) * (1 + b.imbalance / (b.value_added + b.tariff_revenue))
        sold = share / (1 + shock.tariff)  # Y[j, i] = sum_n sold X[j, n]
        rate = (sold * shock.tariff).sum(axis=1)  # (S, N): revenue per unit spent on j in n
        matrix = np.einsum("kji,jin->kijn", cost_share[:S], sold)  # X[k, i] from X[j, n] through inputs
        matrix += np.einsum("kn,n,jn,nm->kmjn", final, scale, rate, np.eye(N))
        right = final * (scale * V + constant)
        X = np.linalg.solve(np.eye(S * N) - matrix.reshape(S * N, S * N), right.ravel()).reshape(S, N)
        flows = sold * X[:, None, :]
        Y, R = flows.sum(axis=2), (rate * X).sum(axis=0)
        return {
            "log_w": log_w, "log_P": log_P, "log_c": log_c, "share": share, "cost_share": cost_share, "final": final,
            "log_PF": log_PF, "X": X, "flows": flows, "Y": Y, "R": R, "V": V, "supply": supply,
            "income": scale * (V + R) + constant, "demand": cost_share[S] * Y,
        }  # fmt: skip

    def residuals(self, z: np.ndarray) -> np.ndarray:
        """Logs of demand over supply of each factor, the numeraire, the closure: one more than the unknowns.

        By Walras' law one market follows from the others, but in levels only: where a factor is nearly worthless its
        own equation alone says how nearly. So none is dropped, and the sum of squares is brought to 0.
        """
        e, b = self.levels(z), self.world.baseline
        gaps = []
        for cells in self.markets:
            demand, supply = (sum(float(e[name][cell]) for cell in cells) for name in ("demand", "supply"))
            gaps.append(math.log(demand / supply) if demand > 0 else -50.0)
        out = [*gaps, math.log(e["V"].sum() / b.value_added.sum())]
        if self.closure == "multiplicative":
            out.append(float((e["income"] - e["V"] - e["R"] - self.shock.transfer).sum() / b.value_added.sum()))
        return np.array(out)

    def outcome(self, z: np.ndarray) -> Outcome:
        """Read the record off the solved unknowns."""
        world, b, e = self.world, self.world.baseline, self.levels(z)
        S = world.shape[0]
        P, c, PF = np.exp(e["log_P"]), np.exp(e["log_c"]), np.exp(e["log_PF"])
        volume = e["Y"] / c - np.einsum("kji,ji,ki->ji", e["cost_share"][:S], e["Y"], 1 / P)
        before = b.sales - np.einsum("kji,ji->ji", world.input_share, b.sales)
        gap = float(np.abs(self.residuals(z)).max())
        return Outcome(
            np.exp(e["log_w"]), e["V"] / b.value_added, P, c, e["share"], e["X"], e["Y"], e["flows"], e["income"],
            e["R"], e["income"] - e["V"] - e["R"], e["income"] / b.income / PF, e["V"] / b.value_added / PF,
            volume.sum(axis=0) / before.sum(axis=0), e["cost_share"], e["final"], PF,
            self.log_delivered(e["log_c"]), gap, z,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Outcome:
    """A solved counterfactual; hats are ratios to the baseline, 1 in empty cells. `transfer` is D' + B'."""

    wage_hat: np.ndarray  # (S, N)
    phi_hat: np.ndarray  # (N,) all factor income, stuck sectors included
    price_hat: np.ndarray  # (S, N)
    unit_cost_hat: np.ndarray  # (S, N)
    share: np.ndarray  # (S, N, N)
    spending: np.ndarray  # (S, N)
    sales: np.ndarray  # (S, N)
    flows: np.ndarray  # (S, N, N)
    income: np.ndarray  # (N,)
    tariff_revenue: np.ndarray  # (N,)
    transfer: np.ndarray  # (N,)
    real_income_hat: np.ndarray  # (N,)
    real_factor_income_hat: np.ndarray  # (N,)
    real_gdp_hat: np.ndarray  # (N,)
    cost_share: np.ndarray  # (S + 1, S, N): inputs k, last the factor
    final_share: np.ndarray  # (S, N)
    final_price_hat: np.ndarray  # (N,)
    log_delivered: np.ndarray  # (S, N, N)
    residual: float
    unknowns: np.ndarray


def clear(economy: Economy, start: np.ndarray) -> np.ndarray | None:
    """Clear the markets by the method of Levenberg and Marquardt, begun again where it stops; None where it fails."""
    z, worst = start, math.inf
    for _ in range(4):
        before = worst
        try:
            with np.errstate(all="ignore"):
                z = least_squares(economy.residuals, z, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15).x
                worst = float(np.abs(economy.residuals(z)).max())
        except (FloatingPointError, ValueError, OverflowError, np.linalg.LinAlgError):
            return None
        if not math.isfinite(worst) or worst < 5e-14 or worst > before / 2:
            break
    if worst < 1e-11:
        e = economy.levels(z)
        if (e["income"] > 0).all() and (e["X"][economy.buys] > 0).all():  # a transfer can ask more than a state earns
            return z
    return None


def ces_equilibrium(
    world: World,
    shock: Shock,
    kappa: float = 1.5,
    closure: str = "additive",
    elasticities: Elasticities = Elasticities(),
    attached: Buyers | None = None,
) -> Outcome:
    """Solve at once, else with elasticities that leave 1 step by step, else with the shock growing before them.

    Where no step leads on, there may be no equilibrium: a state whose exports are banned cannot pay a fixed surplus.
    """
    none = Shock.none(world)

    def at(shocked: float, substituted: float) -> Economy:
        here = shock if shocked == 1 else part_way(world, none, shock, shocked)
        return Economy(world, here, kappa, closure, elasticities.part_way(substituted), attached)

    paths = [[(1.0, 1.0)]]
    paths += [[(1.0, step / steps) for step in range(steps + 1)] for steps in (8, 32)]
    paths += [
        [(step / steps, 0.0) for step in range(steps)] + [(1.0, step / steps) for step in range(steps + 1)]
        for steps in (8, 32)
    ]
    for path in paths:
        economy = at(*path[0])
        z: np.ndarray | None = np.zeros(len(economy.markets) + (closure == "multiplicative"))
        for place in path:
            economy = at(*place)
            z = clear(economy, z)
            if z is None:
                break
        if z is not None:
            return economy.outcome(z)
    raise RuntimeError("no equilibrium found")


def ces_quarters(
    world: World, shocks: Sequence[Shock], nu: float, kappa: float, closure: str, elasticities: Sequence[Elasticities]
) -> list[Outcome]:
    """Section 3, a shock and elasticities for each quarter, from the baseline; not for the closure ``zero``."""
    path: list[Outcome] = []
    last: Solution = at_rest(world)
    for shock, how in zip(shocks, elasticities, strict=True):
        path.append(ces_equilibrium(world, shock, kappa, closure, how, attached_buyers(world, shock, last, nu)))
        here = path[-1]
        last = replace(
            last, share=here.share, price_hat=here.price_hat, log_delivered=here.log_delivered, open=shock.open
        )
    return path
