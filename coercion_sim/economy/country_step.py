"""The country-level part of a sweep: states' wage levels, and what prices and spending make of them.

A sweep clears each sector's market as if it stood alone. What settles slowly is what all sectors of a state share, its
wage level: in the flagship the derivative of the sweep has an eigenvalue between 0.6 and 0.86 for nearly every state,
and few others above 0.5. One Newton step in these N levels, added to every sweep, takes them out: the coarse grid of
a two-level method (Nicolaides 1987).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.economy.given import Array

if TYPE_CHECKING:
    from coercion_sim.economy.prepare import Static

#: Wages move by at most the inverse of this of their excess demand.
LEAST_SLOPE = 0.5
#: Matrices kept: a draw has one for its quarters and one for its long run.
MOST_KEPT = 8


@lru_cache(maxsize=MOST_KEPT)
def country_step(static: Static, theta: bytes, kappa: float, free: float, outer: bytes | None) -> Array:
    """Return the matrix of the step, (3 S N, N): move of log wages, log prices and spending by state's mean wage move.

    With J the derivative of the sweep at the baseline, V wages one up in each state with the prices and spending that
    follow within a sweep, and R the mean over a state's sectors by factor income, it is ``J V (R (V - J V))^-1``.
    Substitution between inputs and changes of tariff revenue are left out: the step need not be exact.

    Parameters
    ----------
    static
        The baseline.
    theta, outer
        Trade elasticities, and powers q of value added in unit costs where shares of cost follow prices: float64, (S,).
    kappa, free
        Factor mobility, finite, and the share of buyers who re-optimise.
    """
    sweep = _Derivative(static, np.frombuffer(theta), kappa, free, 0.0 if outer is None else np.frombuffer(outer))
    S, N = static.world.shape
    still = np.zeros((S, N, N))
    wages = still + np.eye(N)
    _, prices, spending = sweep(wages, still, still)
    moved = sweep(wages, prices, spending)
    mean = (static.world.baseline.factor_share[:, :, None] * moved[0]).sum(axis=0)
    step = np.concatenate([part.reshape(S * N, N) for part in moved])
    return np.asarray(step @ np.linalg.inv(np.eye(N) - mean))


class _Derivative:
    """Derivative of `SectorSweep` at the baseline: moves (S, N, M) of log wages, log prices and spending, M at once."""

    def __init__(self, static: Static, theta: Array, kappa: float, free: float, outer: Array | float) -> None:
        self.static, self.kappa = static, kappa
        world, base = static.world, static.world.baseline
        gamma, q = world.value_added_share, np.broadcast_to(outer, theta.shape)[:, None]
        self.share_t = base.share.transpose(0, 2, 1)
        self.answer = theta[:, None, None] * free
        slope = kappa + gamma * theta[:, None] * free * static.contested - q * (1.0 - gamma)
        self.wage_step = ((base.factor_income > 0) / np.maximum(slope, LEAST_SLOPE))[:, :, None]
        self.outer = q[:, :, None]
        self.per_sales = np.divide(1.0, base.sales, out=np.zeros(world.shape), where=base.sales > 0)[:, :, None]
        self.per_spending = np.divide(static.scale, base.spending, out=np.zeros(world.shape), where=base.spending > 0)

    def __call__(self, wage: Array, price: Array, spending: Array) -> tuple[Array, Array, Array]:
        """Where these moves are after a sweep; spending in units of each state's baseline spending."""
        world, base = self.static.world, self.static.world.baseline
        own_cost = world.value_added_share[:, :, None] * wage + self._inputs(price)
        first = self.share_t @ own_cost
        d_cost = self._inputs(first - price)
        cost, price = own_cost + d_cost, first + self.share_t @ d_cost
        level = (base.factor_share[:, :, None] * wage).sum(axis=0)
        for _ in range(2):
            bought = self.answer * price + self.per_spending[:, :, None] * spending
            sales = world.flows @ bought - self.answer * base.sales[:, :, None] * cost
            spending = base.final_share[:, :, None] * (base.value_added[:, None] * level) + self._inputs(sales, True)
            spending /= self.static.scale[:, None]
        excess = self.per_sales * sales - self.kappa * wage - (1.0 - self.kappa) * level
        excess += self.outer * (wage - own_cost)
        drift = base.value_added @ level / base.value_added.sum()
        return wage + self.wage_step * excess - drift, price, spending

    def _inputs(self, moves: Array, back: bool = False) -> Array:
        """Input shares times moves of their prices, or transposed (`back`) times moves of sales, (S, N, M)."""
        inputs = self.static.inputs
        if inputs is None:
            return np.zeros_like(moves)
        through = inputs.transpose(0, 2, 1) if back else inputs
        return (through @ moves.transpose(1, 0, 2)).transpose(1, 0, 2)
