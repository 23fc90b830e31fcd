"""The equilibrium of model.md §2 and §3 as a plain system of equations, solved by ``scipy.optimize.root``.

Nothing here is clever and nothing is shared with the package but the `World` and `Shock` records. Unknowns are log
changes to the baseline: wages of every (sector, state) that employs factors (one wage a state where they move
freely), the price index and the spending of every (sector, state) that buys, and the income of every state. One
factor market is redundant (Walras) and gives its place to the numeraire; `check` evaluates it all the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import root

from coercion_sim.economy import Shock
from coercion_sim.world import World

#: Given the log delivered prices (S, N, N) of eq. 2, what buyers do: shares (S, N, N) and log price indices (S, N).
Buyers = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, eq=False)
class Solution:
    """What the system says; hats are ratios to the baseline, 1 in cells that are empty there."""

    wage_hat: np.ndarray  # (S, N)
    phi_hat: np.ndarray  # (N,)
    price_hat: np.ndarray  # (S, N)
    unit_cost_hat: np.ndarray  # (S, N)
    share: np.ndarray  # (S, N, N)
    spending: np.ndarray  # (S, N)
    sales: np.ndarray  # (S, N)
    flows: np.ndarray  # (S, N, N)
    income: np.ndarray  # (N,)
    tariff_revenue: np.ndarray  # (N,)
    imbalance: np.ndarray  # (N,)
    transfer: np.ndarray  # (N,)
    real_income_hat: np.ndarray  # (N,)
    real_factor_income_hat: np.ndarray  # (N,)
    real_gdp_hat: np.ndarray  # (N,)
    log_delivered: np.ndarray  # (S, N, N)
    open: np.ndarray  # (S, N, N)
    residual: float


def ces_buyers(world: World, shock: Shock) -> Buyers:
    """Eqs 3 and 4: everybody chooses anew."""
    S, N = world.shape
    pi, theta = world.baseline.share, world.trade_elasticity

    def choose(log_p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        share, log_price = np.zeros((S, N, N)), np.zeros((S, N))
        for j in range(S):
            for n in range(N):
                if world.baseline.spending[j, n] == 0:
                    continue
                weight = pi[j, :, n] * shock.open[j, :, n] * np.exp(-theta[j] * log_p[j, :, n])
                log_price[j, n] = -math.log(weight.sum()) / theta[j]
                share[j, :, n] = weight / weight.sum()
        return share, log_price

    return choose


def attached_buyers(world: World, shock: Shock, last: Solution, nu: float) -> Buyers:
    """Section 3: a fraction nu chooses anew, the rest keep their suppliers unless these close."""
    S, N = world.shape
    theta = world.trade_elasticity
    best = ces_buyers(world, shock)

    def choose(log_p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        best_share, best_log_price = best(log_p)
        share, log_price = np.zeros((S, N, N)), np.zeros((S, N))
        for j in range(S):
            for n in range(N):
                if world.baseline.spending[j, n] == 0:
                    continue
                kept = np.zeros(N)
                for i in range(N):
                    was_open, old = last.open[j, i, n], last.share[j, i, n]
                    f = 1.0 if was_open == 0 or old == 0 else min(1.0, shock.open[j, i, n] / was_open)
                    kept[i] = old * f
                lost = 1.0 - kept.sum()
                if lost > 1 - 1e-9:
                    share[j, :, n], log_price[j, n] = best_share[j, :, n], best_log_price[j, n]
                    continue
                s = kept / kept.sum()
                rise = sum(s[i] * (log_p[j, i, n] - last.log_delivered[j, i, n]) for i in range(N) if s[i] > 0)
                stay = math.log(last.price_hat[j, n]) + rise - math.log(kept.sum()) / theta[j]
                share[j, :, n] = (1 - nu) * kept.sum() * s + (nu + (1 - nu) * lost) * best_share[j, :, n]
                log_price[j, n] = (1 - nu) * stay + nu * best_log_price[j, n]
        return share, log_price

    return choose


class System:
    """Equations 1-7 for given behaviour of buyers. Residuals are logs of (left side / right side)."""

    def __init__(self, world: World, shock: Shock, kappa: float, closure: str, buyers: Buyers) -> None:
        self.world, self.shock, self.kappa, self.closure, self.buyers = world, shock, kappa, closure, buyers
        b = world.baseline
        self.employs = b.factor_income > 0  # cells with a factor market
        self.makes = b.sales > 0
        self.buys = b.spending > 0
        N = len(world.states)
        self.n_wages = N if math.isinf(kappa) else int(self.employs.sum())
        self.sizes = (self.n_wages, int(self.buys.sum()), int(self.buys.sum()), N)
        foreign = b.share * shock.open * (1 - np.eye(N))
        if any(foreign[:, :, n].sum() == 0 and foreign[:, n, :].sum() == 0 for n in range(N)) and N > 1:
            raise ValueError("a state cut off from all others has no relative wage; this solver is not for it")

    def unpack(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Split the unknowns into log wages, log prices (S, N), spending (S, N) and income (N,)."""
        S, N = self.world.shape
        wages, prices, spending, income = np.split(z, np.cumsum(self.sizes)[:-1])
        log_w, log_P, X = np.zeros((S, N)), np.zeros((S, N)), np.zeros((S, N))
        if math.isinf(self.kappa):
            log_w[:] = wages[None, :] * self.employs
        else:
            log_w[self.employs] = wages
        log_P[self.buys] = prices
        X[self.buys] = self.world.baseline.spending[self.buys] * np.exp(spending)
        return log_w, log_P, X, self.world.baseline.income * np.exp(income)

    def log_phi(self, log_w: np.ndarray) -> np.ndarray:
        """Phi_i of eq. 6, in logs."""
        S, N = self.world.shape
        ell = self.world.baseline.factor_share
        if math.isinf(self.kappa):
            return np.array([log_w[ell[:, i] > 0, i][0] for i in range(N)])
        return np.array(
            [
                math.log(sum(ell[j, i] * math.exp(self.kappa * log_w[j, i]) for j in range(S))) / self.kappa
                for i in range(N)
            ]
        )

    def log_cost(self, log_w: np.ndarray, log_P: np.ndarray) -> np.ndarray:
        """Eq. 1, in logs."""
        world = self.world
        log_c = (
            world.value_added_share * log_w
            + np.einsum("kji,ki->ji", world.input_share, log_P)
            - np.log(self.shock.productivity)
        )
        return np.where(self.makes, log_c, 0.0)

    def log_delivered(self, log_c: np.ndarray) -> np.ndarray:
        """Eq. 2, in logs."""
        return (
            log_c[:, :, None] + np.log((1 + self.shock.tariff) / (1 + self.world.tariff)) + np.log(self.shock.barrier)
        )

    def imbalances(self, own_income: np.ndarray) -> np.ndarray:
        """D' for V Phi + R' (N,) by the closure's name."""
        b = self.world.baseline
        if self.closure == "additive":
            return b.imbalance
        if self.closure == "zero":
            return np.zeros_like(own_income)
        wanted = (1 + b.imbalance / (b.value_added + b.tariff_revenue)) * own_income
        return wanted * own_income.sum() / wanted.sum() - own_income

    def parts(self, z: np.ndarray) -> dict[str, np.ndarray]:
        """Both sides of every equation, in levels."""
        world, b, shock = self.world, self.world.baseline, self.shock
        log_w, log_P, X, income = self.unpack(z)
        log_phi = self.log_phi(log_w)
        log_c = self.log_cost(log_w, log_P)
        log_p = self.log_delivered(log_c)
        share, log_P_buyers = self.buyers(log_p)
        flows = share * X[:, None, :] / (1 + shock.tariff)
        Y = flows.sum(axis=2)
        R = (shock.tariff * flows).sum(axis=(0, 1))
        V = b.value_added * np.exp(log_phi)
        D = self.imbalances(V + R)
        spending = np.einsum("kjn,jn->kn", world.input_share, Y) + b.final_share * income
        with np.errstate(divide="ignore"):
            if math.isinf(self.kappa):
                demand, supply = (world.value_added_share * Y).sum(axis=0), V
            else:
                demand = world.value_added_share * Y
                supply = b.factor_share * b.value_added * np.exp(self.kappa * log_w + (1 - self.kappa) * log_phi)
        return {
            "log_w": log_w, "log_phi": log_phi, "log_c": log_c, "log_p": log_p,
            "log_P": log_P, "log_P_buyers": log_P_buyers, "share": share, "flows": flows, "Y": Y, "R": R, "D": D,
            "X": X, "spending": spending, "income": income, "earned": V + R + D + shock.transfer,
            "demand": demand, "supply": supply, "V": V,
        }  # fmt: skip

    def residuals(self, z: np.ndarray, *, drop: bool = True) -> np.ndarray:
        """All equations; with `drop` the first factor market is replaced by the numeraire, else both are there."""
        e = self.parts(z)
        live = slice(None) if math.isinf(self.kappa) else self.employs
        factors = np.log(e["demand"][live] / e["supply"][live])
        numeraire = np.log(e["V"].sum() / self.world.baseline.value_added.sum())
        factors = np.append(factors[1:] if drop else factors, numeraire)
        prices = (e["log_P_buyers"] - e["log_P"])[self.buys]
        spending = np.log(e["spending"][self.buys] / e["X"][self.buys])
        income = np.log(e["earned"] / e["income"])
        return np.concatenate([factors, prices, spending, income])

    def solution(self, z: np.ndarray) -> Solution:
        """Read the record off the solved unknowns."""
        world, b = self.world, self.world.baseline
        e = self.parts(z)
        P, c, phi = np.exp(e["log_P"]), np.exp(e["log_c"]), np.exp(e["log_phi"])
        index = np.prod(P**b.final_share, axis=0)
        volume = e["Y"] / c - np.einsum("kji,ji,ki->ji", world.input_share, e["Y"], 1 / P)
        before = b.sales - np.einsum("kji,ji->ji", world.input_share, b.sales)
        return Solution(
            wage_hat=np.exp(e["log_w"]),
            phi_hat=phi,
            price_hat=P,
            unit_cost_hat=c,
            share=e["share"],
            spending=e["X"],
            sales=e["Y"],
            flows=e["flows"],
            income=e["income"],
            tariff_revenue=e["R"],
            imbalance=e["D"],
            transfer=np.array(self.shock.transfer),
            real_income_hat=e["income"] / b.income / index,
            real_factor_income_hat=phi / index,
            real_gdp_hat=volume.sum(axis=0) / before.sum(axis=0),
            log_delivered=e["log_p"],
            open=np.array(self.shock.open),
            residual=float(np.abs(self.residuals(z, drop=False)).max()),
        )


def part_way(world: World, start: Shock, end: Shock, s: float) -> Shock:
    """A shock a fraction s of the way between two, to walk there where one leap fails."""
    return Shock(
        tariff=(1 + start.tariff) ** (1 - s) * (1 + end.tariff) ** s - 1,
        barrier=start.barrier ** (1 - s) * end.barrier**s,
        open=(1 - s) * start.open + s * end.open,
        productivity=start.productivity ** (1 - s) * end.productivity**s,
        transfer=(1 - s) * start.transfer + s * end.transfer,
    )


def find_root(system: System, start: np.ndarray) -> np.ndarray | None:
    """Powell's hybrid method, started again from where it stopped until the equations hold to rounding."""
    z = start
    for _ in range(8):
        with np.errstate(all="ignore"):
            z = root(system.residuals, z, method="hybr", options={"xtol": 1e-15, "maxfev": 100_000}).x
            worst = float(np.abs(system.residuals(z)).max())
        if not math.isfinite(worst) or worst < 2e-13:
            break
    return z if worst < 1e-11 else None


def walk(make: Callable[[float], System], start: np.ndarray) -> Solution:
    """Solve the system at s = 1, at once if that works, else along the way from s = 0 in ever smaller steps."""
    for steps in (1, 4, 16, 64):
        z: np.ndarray | None = start
        for step in range(1, steps + 1):
            z = find_root(make(step / steps), z)
            if z is None:
                break
        if z is not None:
            found = make(1.0).solution(z)
            assert found.residual < 1e-10, f"an equation left over does not hold: {found.residual}"
            return found
    raise RuntimeError("no root found")


def equilibrium(world: World, shock: Shock, kappa: float = 1.5, closure: str = "additive") -> Solution:
    """Section 2: the static equilibrium under a shock."""
    none = Shock.none(world)

    def make(s: float) -> System:
        here = part_way(world, none, shock, s) if s < 1 else shock
        return System(world, here, kappa, closure, ces_buyers(world, here))

    return walk(make, np.zeros(sum(make(1.0).sizes)))


def at_rest(world: World) -> Solution:
    """The baseline itself as a record: every hat 1."""
    b, (S, N) = world.baseline, world.shape
    one, ones = np.ones((S, N)), np.ones(N)
    return Solution(
        wage_hat=one, phi_hat=ones, price_hat=one, unit_cost_hat=one, share=np.array(b.share),
        spending=np.array(b.spending), sales=np.array(b.sales), flows=np.array(world.flows),
        income=np.array(b.income), tariff_revenue=np.array(b.tariff_revenue), imbalance=np.array(b.imbalance),
        transfer=np.zeros(N),
        real_income_hat=ones, real_factor_income_hat=ones, real_gdp_hat=ones,
        log_delivered=np.zeros((S, N, N)), open=np.ones((S, N, N)), residual=0.0,
    )  # fmt: skip


def quarter(
    world: World, shock: Shock, last: Solution, nu: float, kappa: float = 1.5, closure: str = "additive"
) -> Solution:
    """Section 3: one quarter after `last`."""
    before = Shock(
        np.array(world.tariff),
        np.ones_like(shock.barrier),
        last.open,
        np.ones_like(shock.productivity),
        np.zeros_like(shock.transfer),
    )

    def make(s: float) -> System:
        here = part_way(world, before, shock, s) if s < 1 else shock
        return System(world, here, kappa, closure, attached_buyers(world, here, last, nu))

    return walk(make, np.zeros(sum(make(1.0).sizes)))


def quarters(
    world: World, shocks: Sequence[Shock], nu: float, kappa: float = 1.5, closure: str = "additive"
) -> list[Solution]:
    """A path over quarters, one solution a shock, from rest.

    Rest is the baseline; under the closure "zero" the equilibrium without imbalances (dropping them is no shock).
    """
    path = [equilibrium(world, Shock.none(world), kappa, closure) if closure == "zero" else at_rest(world)]
    for shock in shocks:
        path.append(quarter(world, shock, path[-1], nu, kappa, closure))
    return path[1:]


def buyers_quarter(
    world: World, shock: Shock, last: Solution, unit_cost_hat: np.ndarray, nu: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Section 3 at given unit costs (S, N): shares, price hats, log delivered prices; no market clears."""
    log_p = np.log(unit_cost_hat)[:, :, None] + np.log((1 + shock.tariff) / (1 + world.tariff)) + np.log(shock.barrier)
    share, log_price = attached_buyers(world, shock, last, nu)(log_p)
    return share, np.exp(log_price), log_p
