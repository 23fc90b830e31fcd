"""Two answers that need no equilibrium solver: a linear programme near Leontief, and a second-order approximation.

Both are for worlds without tariffs, where the equilibrium is efficient. Symbols as on the model page; volumes are in
units that cost 1 at baseline prices.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.optimize import linprog

from coercion_sim.economy import Shock
from coercion_sim.world import World
from oracle.ces_equilibrium import Economy, Elasticities, Nest


def leontief_scale(
    world: World, shock: Shock, kappa: float, stuck: np.ndarray, solved: Any, accuracy: float = 1e-6
) -> float:
    """Largest s for which every state can have s times its real income of `solved` where nothing replaces anything.

    Inputs, factor and final goods are used in fixed proportions (sigma = sigma_F = 0); trade stays CES and factors
    Roy. These two concave sets are cut out by tangents: first at the volumes of `solved` (an `Outcome` or an
    `Equilibrium` with positive elasticities), then where the programme goes beyond them. An efficient equilibrium has
    s <= 1, because more substitution allows more, and s tends to 1 as its elasticities tend to 0.
    """
    programme = Programme(world, shock, kappa, stuck, solved.real_income_hat)
    z, beyond = programme.volumes(solved), math.inf
    for attempt in range(200):
        beyond, point = 0.0, np.maximum(z, 1e-6)
        for row, bound, excess in programme.cuts(point):
            beyond = max(beyond, excess)
            if excess > accuracy / 3 or attempt == 0:
                programme.rows.append(row)
                programme.bounds.append(bound)
        if attempt > 0 and beyond < accuracy:
            return float(z[-1])
        z = programme.solve()
    raise RuntimeError(f"the cuts do not close: {beyond}")


class Programme:
    """``max s`` subject to ``rows @ z <= bounds``, z deliveries and outputs as ratios to baseline volumes, then s."""

    def __init__(self, world: World, shock: Shock, kappa: float, stuck: np.ndarray, wanted: np.ndarray) -> None:
        self.world, self.shock, self.kappa, self.wanted = world, shock, kappa, wanted
        b, (S, N) = world.baseline, world.shape
        self.economy = Economy(world, shock, kappa, "additive", Elasticities(stuck=stuck))
        cells = [tuple(map(int, cell)) for cell in np.argwhere((b.share > 0) & (shock.open > 0))]
        self.links = {cell: place for place, cell in enumerate(cells)}
        makers = [tuple(map(int, cell)) for cell in np.argwhere(b.sales > 0)]
        self.makers = {cell: len(cells) + place for place, cell in enumerate(makers)}
        self.size = len(cells) + len(makers) + 1
        self.rows: list[np.ndarray] = []
        self.bounds: list[float] = []
        for (j, i), place in self.makers.items():  # deliveries within output
            row = np.zeros(self.size)
            row[place] = -1.0
            here = [n for n in range(N) if (j, i, n) in self.links]
            row[[self.links[j, i, n] for n in here]] = world.flows[j, i, here] / b.sales[j, i]
            self.rows.append(row)
            self.bounds.append(0.0)
        for j, i in np.argwhere(self.economy.stuck):
            row = np.zeros(self.size)
            row[self.makers[j, i]] = 1 / shock.productivity[j, i]
            self.rows.append(row)
            self.bounds.append(1.0)
        mobile = self.economy.mobile
        self.pools = [[(j, i) for j in range(S) if mobile[j, i]] for i in range(N) if mobile[:, i].any()]

    def volumes(self, solved: Any) -> np.ndarray:
        """The z of an equilibrium, with s = 1."""
        z = np.ones(self.size)
        for (j, i, n), place in self.links.items():
            z[place] = solved.flows[j, i, n] / self.world.flows[j, i, n] / solved.unit_cost_hat[j, i]
        for cell, place in self.makers.items():
            z[place] = solved.sales[cell] / self.world.baseline.sales[cell] / solved.unit_cost_hat[cell]
        return z

    def cuts(self, z: np.ndarray) -> list[tuple[np.ndarray, float, float]]:
        """Tangents at z (row, bound) of trade and factor supply, and by how much z lies beyond each set."""
        bought = [tuple(map(int, cell)) for cell in np.argwhere(self.world.baseline.spending > 0)]
        return [self.trade_cut(k, n, z) for k, n in bought] + [self.factor_cut(cells, z) for cells in self.pools]

    def use(self, k: int, n: int) -> np.ndarray:
        """The composite k that state n uses, per unit of its baseline spending."""
        b, row = self.world.baseline, np.zeros(self.size)
        for (j, i), place in self.makers.items():
            if i == n:
                row[place] = self.world.input_share[k, j, n] * b.sales[j, n] / self.shock.productivity[j, n]
        row[-1] = b.final_share[k, n] * b.income[n] * self.wanted[n]
        return row / b.spending[k, n]

    def trade_cut(self, k: int, n: int, z: np.ndarray) -> tuple[np.ndarray, float, float]:
        """Use of k in n within the Armington aggregate of what arrives."""
        here = [i for i in range(self.world.shape[1]) if (k, i, n) in self.links]
        places = [self.links[k, i, n] for i in here]
        a = self.world.trade_elasticity[k] / (1 + self.world.trade_elasticity[k])
        share = self.world.baseline.share[k, here, n]
        units = share / self.shock.barrier[k, here, n]  # arriving, per unit of z
        terms = (share * self.shock.open[k, here, n]) ** (1 - a) * (units * z[places]) ** a
        total = terms.sum() ** (1 / a)
        row = self.use(k, n)
        excess = float(row @ z - total)
        row[places] -= total * terms / terms.sum() / z[places]
        return row, 0.0, excess

    def factor_cut(self, cells: list[tuple[int, int]], z: np.ndarray) -> tuple[np.ndarray, float, float]:
        """Factors used by the mobile sectors of one state within its Roy frontier."""
        pay = np.array([self.economy.payroll[cell] for cell in cells])
        ell, places = pay / pay.sum(), [self.makers[cell] for cell in cells]
        units = 1 / np.array([self.shock.productivity[cell] for cell in cells])  # factor per unit of output
        rho = 1.0 if math.isinf(self.kappa) else self.kappa / (self.kappa - 1)
        level = float(ell @ (units * z[places]) ** rho) ** (1 / rho)
        row = np.zeros(self.size)
        row[places] = ell * (units * z[places]) ** rho / z[places] * level ** (1 - rho)
        return row, 1.0, level - 1

    def solve(self) -> np.ndarray:
        """The best z for the present rows."""
        goal = np.zeros(self.size)
        goal[-1] = -1.0
        result = linprog(goal, A_ub=np.array(self.rows), b_ub=np.array(self.bounds), bounds=(0, None), method="highs")
        if result.status != 0:
            raise RuntimeError(result.message)
        return np.array(result.x)


def change(nest: Nest, base: np.ndarray, rise: np.ndarray) -> tuple[float, np.ndarray]:
    """First-order change of a bundle's log price, and of the log shares (S + 1,) in it, at the baseline."""
    index, total, parts = 0.0, 0.0, []
    for part in nest.parts:
        if isinstance(part, Nest):
            weight = part.weight(base)
            x, inner = change(part, base, rise) if weight else (0.0, np.zeros(len(base)))
            leaves = _leaves(part)
        else:
            weight, x, inner, leaves = float(base[part]), float(rise[part]), np.zeros(len(base)), [part]
        index, total = index + weight * x, total + weight
        parts.append((x, inner, leaves))
    index /= total
    log_share = np.zeros(len(base))
    for x, inner, leaves in parts:
        log_share[leaves] = inner[leaves] + (1 - nest.elasticity) * (x - index)
    return index, log_share


def _leaves(nest: Nest) -> list[int]:
    """The inputs and the factor anywhere inside."""
    return [leaf for part in nest.parts for leaf in (_leaves(part) if isinstance(part, Nest) else [part])]


def second_order(
    world: World, log_productivity: np.ndarray, log_barrier: np.ndarray, kappa: float, elasticities: Elasticities
) -> tuple[float, float]:
    """First- and second-order terms of the world's real income, in logs, for small changes of A and d.

    ``sum lambda da + 1/2 sum dlambda da`` over producers and links, lambda sales (spending on a link) over world
    income (Baqaee and Farhi 2019, eq. 3 and proposition 3; 2024). The changes of lambda solve the equilibrium
    log-linearised at a baseline without tariffs, additive closure. The real income of the world is a Divisia index:
    ``sum_n (chi_n + chi'_n) / 2 log W_n`` with chi the states' shares of income, to third order.
    """
    b, (S, N) = world.baseline, world.shape
    if np.any(world.tariff):
        raise ValueError("with tariffs the baseline is not efficient")
    economy = Economy(world, Shock.none(world), kappa, "additive", elasticities)
    markets, pay = economy.markets, economy.payroll

    def respond(z: np.ndarray, da: np.ndarray, dd: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Changes of factor markets' excess demand, of sales and of flows (levels) at log factor prices z."""
        dw = np.zeros((S, N))
        for price, cells in zip(z, markets, strict=True):
            for cell in cells:
                dw[cell] = price
        # prices: dP = pi (c + d), c = gamma w + Gamma P - a; a linear system
        Gamma = np.einsum("jin,kji->jnki", b.share, world.input_share).reshape(S * N, S * N)
        own = np.where(b.sales > 0, world.value_added_share * dw - da, 0.0)
        right = np.einsum("jin,jin->jn", b.share, own[:, :, None] + dd)
        dP = np.linalg.solve(np.eye(S * N) - Gamma, right.ravel()).reshape(S, N)
        dc, dshare = np.zeros((S, N)), np.zeros((S + 1, S, N))
        for j, i in np.argwhere(b.sales > 0):
            base = np.append(world.input_share[:, j, i], world.value_added_share[j, i])
            dc[j, i], dlog = change(elasticities.technology(int(j), S), base, np.append(dP[:, i], dw[j, i]))
            dc[j, i] -= da[j, i]
            dshare[:, j, i] = base * dlog
        dpi = -b.share * world.trade_elasticity[:, None, None] * (dc[:, :, None] + dd - dP[:, None, :])
        dalpha = np.zeros((S, N))
        for n in range(N):
            base = np.append(b.final_share[:, n], 0.0)
            _, dlog = change(Nest(elasticities.final, tuple(range(S))), base, np.append(dP[:, n], 0.0))
            dalpha[:, n] = (base * dlog)[:S]
        dsupply = pay * dw
        if not math.isinf(kappa):
            for i in range(N):
                cells = economy.mobile[:, i]
                if cells.any():
                    phi = pay[cells, i] @ dw[cells, i] / pay[cells, i].sum()
                    dsupply[cells, i] = pay[cells, i] * (kappa * dw[cells, i] + (1 - kappa) * phi)
        dI = dsupply.sum(axis=0)
        moved = np.einsum("jin,jn->jin", dpi, b.spending)  # flows at given spending
        fixed = np.einsum("kjn,jn->kn", dshare[:S], b.sales) + dalpha * b.income + b.final_share * dI
        fixed += np.einsum("kji,jin->ki", world.input_share, moved)
        matrix = np.einsum("kji,jin->kijn", world.input_share, b.share).reshape(S * N, S * N)
        dX = np.linalg.solve(np.eye(S * N) - matrix, fixed.ravel()).reshape(S, N)
        dflows = moved + b.share * dX[:, None, :]
        dY = dflows.sum(axis=2)
        ddemand = dshare[S] * b.sales + world.value_added_share * dY
        excess = [sum(ddemand[cell] - dsupply[cell] for cell in cells) for cells in markets]
        excess[int(np.argmax([sum(pay[cell] for cell in cells) for cells in markets]))] = dI.sum()  # Walras, numeraire
        return np.array(excess), dY, dflows

    none, no_link = np.zeros((S, N)), np.zeros((S, N, N))
    slope = np.column_stack([respond(unit, none, no_link)[0] for unit in np.eye(len(markets))])
    z = np.linalg.solve(slope, -respond(np.zeros(len(markets)), log_productivity, log_barrier)[0])
    _, dY, dflows = respond(z, log_productivity, log_barrier)
    world_income = b.income.sum()
    first = float((b.sales * log_productivity).sum() - (world.flows * log_barrier).sum()) / world_income
    second = float((dY * log_productivity).sum() - (dflows * log_barrier).sum()) / world_income / 2
    return first, second


def world_real_income(world: World, solved: Any) -> float:
    """Log change of the world's real income in a solved counterfactual, by the states' mean shares of income."""
    before, after = world.baseline.income, solved.income
    weights = (before / before.sum() + after / after.sum()) / 2
    return float(weights @ np.log(solved.real_income_hat))
