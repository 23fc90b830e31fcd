"""Conditions an equilibrium must meet, computed here from the arrays it returns and from nothing else."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from coercion_sim.economy import Shock
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
