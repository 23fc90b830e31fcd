"""Conditions an equilibrium must meet, computed here from the arrays it returns and from nothing else."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from coercion_sim.economy import EconomyParameters, Shock
from coercion_sim.world import World


def altered(shock: Shock, **changes: Any) -> Shock:
    """Return a shock with some of its arrays replaced."""
    return replace(shock, **changes)


def foreign(world: World) -> np.ndarray:
    """1 off the diagonal, (S, N, N)."""
    S, N = world.shape
    return np.broadcast_to(1.0 - np.eye(N), (S, N, N))


def cut_off(world: World, state: int) -> np.ndarray:
    """Open shares (S, N, N) with every foreign link of one state closed."""
    open_share = np.ones((*world.shape, world.shape[1]))
    open_share[:, state, :] = 0.0
    open_share[:, :, state] = 0.0
    open_share[:, state, state] = 1.0
    return open_share


def assert_finite(found: Any) -> None:
    """No array of the record holds NaN or infinity, and nothing that must be positive is not."""
    for name in ("wage_hat", "phi_hat", "price_hat", "unit_cost_hat", "income", "real_income_hat", "real_gdp_hat"):
        array = np.asarray(getattr(found, name))
        assert np.isfinite(array).all(), name
        assert (array > 0).all() or name == "real_gdp_hat" or (name == "wage_hat" and (array >= 0).all()), name
    for name in ("share", "spending", "sales", "flows", "tariff_revenue", "transfer", "quantities"):
        assert np.isfinite(np.asarray(getattr(found, name))).all(), name


def accounting_gaps(world: World, shock: Shock, found: Any, kappa: float) -> dict[str, float]:
    """How far the returned arrays miss markets and budgets: each gap relative to its state's baseline income.

    goods
        flows against share x spending / t', sales against their sum.
    spending
        intermediate demand plus alpha times income.
    income
        V Phi + R' + (D' + B'), with R' from the flows.
    trade
        imports less exports against (D' + B').
    factors
        demand gamma Y' against supply, by sector at finite kappa, by state with one factor.
    prices
        Phi against the wages it averages, unit costs against eq. 1.
    """
    b = world.baseline
    t = 1 + shock.tariff
    off = foreign(world)
    I0 = b.income
    flows, Y, X, income = found.flows, found.sales, found.spending, found.income
    R = (shock.tariff * flows).sum(axis=(0, 1))
    V = b.value_added * found.phi_hat
    gaps = {
        "goods": np.abs(flows - found.share * X[:, None, :] / t).max(axis=(0, 1)) / I0,
        "sales": np.abs(Y - flows.sum(axis=2)).max(axis=0) / I0,
        "spending": np.abs(X - np.einsum("kjn,jn->kn", world.input_share, Y) - b.final_share * income).max(axis=0) / I0,
        "revenue": np.abs(R - found.tariff_revenue) / I0,
        "income": np.abs(V + R + found.transfer - income) / I0,
        "trade": np.abs((flows * off).sum(axis=(0, 1)) - (flows * off).sum(axis=(0, 2)) - found.transfer) / I0,
        "world": np.array([found.transfer.sum(), V.sum() - b.value_added.sum()]) / I0.sum(),
    }
    demand = world.value_added_share * Y
    if math.isinf(kappa):
        gaps["factors"] = np.abs(demand.sum(axis=0) - V) / I0
    else:
        supply = b.factor_share * b.value_added * found.wage_hat**kappa * found.phi_hat ** (1 - kappa)
        gaps["factors"] = np.abs(demand - supply).max(axis=0) / I0
        phi = (b.factor_share * found.wage_hat**kappa).sum(axis=0) ** (1 / kappa)
        gaps["phi"] = np.abs(phi / found.phi_hat - 1)
    cost = found.wage_hat**world.value_added_share * np.prod(found.price_hat[:, None, :] ** world.input_share, axis=0)
    gaps["unit cost"] = np.abs(cost / shock.productivity / found.unit_cost_hat - 1)[b.sales > 0]
    return {name: float(np.abs(gap).max()) for name, gap in gaps.items()}


def assert_clears(world: World, shock: Shock, found: Any, kappa: float, tolerance: float = 1e-8) -> None:
    """Every gap of `accounting_gaps` is below the tolerance."""
    bad = {name: gap for name, gap in accounting_gaps(world, shock, found, kappa).items() if not gap < tolerance}
    assert not bad, bad


def bundle(share: np.ndarray, price: np.ndarray, elasticity: np.ndarray | float) -> np.ndarray:
    """CES price index over axis 0 of shares that sum to 1, elasticities broadcast."""
    power = 1.0 - np.asarray(elasticity, dtype=float) + 0.0 * share.sum(axis=0)
    with np.errstate(divide="ignore"):
        ces = (share * price ** np.where(power == 0, 1.0, power)).sum(axis=0) ** (1 / np.where(power == 0, 1.0, power))
    return np.where(power == 0, np.exp((share * np.log(price)).sum(axis=0)), ces)


def ces_gaps(world: World, shock: Shock, found: Any, p: EconomyParameters) -> dict[str, float]:
    """How far each equation is missed where shares follow prices, from prices and money alone, without found shares."""
    stuck = p.stuck_in(world)
    b, (S, N) = world.baseline, world.shape
    sigma, final = p.by_sector("input_substitution", world)[:, None], p.final_substitution
    outer = sigma if p.value_added_substitution is None else p.by_sector("value_added_substitution", world)[:, None]
    gamma, inputs, P, w = world.value_added_share, world.input_share, found.price_hat, found.wage_hat
    inside = np.where(gamma < 1, 1 - gamma, 1.0)
    B = bundle(inputs / inside, P[:, None, :] + np.zeros((S, S, N)), sigma)
    B = np.where(gamma < 1, B, 1.0)
    cA = bundle(np.stack([gamma, 1 - gamma]), np.stack([w, B]), outer)
    made = found.sales > 0
    own = gamma * (w / cA) ** (1 - outer)
    use = inputs * (P[:, None, :] / B) ** (1 - sigma) * (B / cA) ** (1 - outer)
    PF = bundle(b.final_share, P, final)
    alpha = b.final_share * (P / PF) ** (1 - final)
    flows, Y, X = found.flows, found.sales, found.spending
    wages = own * Y
    R = (shock.tariff * flows).sum(axis=(0, 1))
    supply = np.where(stuck, b.factor_income * w, 0.0)
    others = np.where(stuck, 0.0, b.factor_income)
    mobile = others.sum(axis=0)
    if math.isinf(p.factor_mobility):
        free = np.where(stuck, 0.0, wages).sum(axis=0) - (others * w).sum(axis=0)
    else:
        ell = others / np.where(mobile > 0, mobile, 1.0)
        phi = (ell * w**p.factor_mobility).sum(axis=0)
        phi = np.where(mobile > 0, phi, 1.0) ** (1 / p.factor_mobility)
        free = np.where(stuck, 0.0, wages - others * w**p.factor_mobility * phi ** (1 - p.factor_mobility))
    found_gaps = {
        "cost": np.abs(cA / shock.productivity / found.unit_cost_hat - 1)[made].max(),
        "sales": np.abs(Y - flows.sum(axis=2)).max() / b.income.min(),
        "spending": np.abs(X - np.einsum("kjn,jn->kn", use, Y) - alpha * found.income).max() / b.income.min(),
        "income": np.abs(wages.sum(axis=0) + R + found.transfer - found.income).max() / b.income.min(),
        "stuck": np.abs(np.where(stuck, wages - supply, 0.0)).max() / b.income.min(),
        "mobile": np.abs(free).max() / b.income.min(),
        "index": np.abs(PF / found.consumer_price_hat - 1).max(),
        "phi": np.abs(wages.sum(axis=0) / b.value_added / found.phi_hat - 1).max(),
        "shares": np.abs(found.value_added_share - own)[made].max(),
        "input shares": np.abs(found.input_share - use)[:, made].max(),
    }
    return {name: float(gap) for name, gap in found_gaps.items()}
