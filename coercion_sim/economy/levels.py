"""Levels that many markets share: wages of a state, and wages earned with one good all over the world.

A sweep clears each sector's market in each state as if it stood alone. What settles slowly is what many of them share.
In a quarter of the flagship the derivative of the sweep has an eigenvalue of 0.6 to 0.86 for the wage level of nearly
every state and few others above 0.5; in the long run also one for most goods that suppliers compete for closely. One
Newton step in these levels, added to every sweep, takes them out: the coarse grid of a two-level method (Nicolaides
1987).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from coercion_sim.arrays import Array, Bools, ratio
from coercion_sim.economy.anderson import LARGEST_PRODUCT
from coercion_sim.economy.given import Levels, Single
from coercion_sim.economy.kernel import TRADE_STEP
from coercion_sim.economy.static import Static

#: Trade elasticity, times the share of buyers who re-optimise, from which a good has a level of its own.
CLOSE_RIVALS = 3.5
#: Wages move by at most the inverse of this of their excess demand.
LEAST_SLOPE = 0.5
#: Levels that are no combination of the others have singular values above this part of the largest.
RANK = 1e-9
#: Matrices kept, 1 MB a pair in the world of 26 states: a draw has one pair for its quarters and one for its long run,
#: a grid of economies at most 65 and 29, and three of each to check it.
MOST_KEPT = 112


@lru_cache(maxsize=MOST_KEPT)
def levels_of(
    static: Static, theta: bytes, kappa: float, free: float, outer: bytes | None, stuck: bytes | None = None
) -> Levels:
    """Return the levels of a world and the step in them.

    Parameters
    ----------
    static
        The baseline.
    theta, outer
        Trade elasticities, and powers q of value added in unit costs where shares of cost follow prices: float64, (S,).
    kappa, free
        Factor mobility, and the share of buyers who re-optimise. Where kappa is infinite the states' wages are all.
    stuck
        Sectors whose factors are: bool, (S, N); None where none are.
    """
    elasticity, base = np.frombuffer(theta), static.world.baseline
    S, N = static.world.shape
    if np.isinf(kappa):
        mean = wages = np.eye(N)
        sweep: _Derivative = _OneFactor(static, elasticity, kappa, free)
    else:
        goods = np.eye(S)[elasticity * free >= CLOSE_RIVALS]
        of_good = base.factor_income / np.maximum(base.factor_income.sum(axis=1, keepdims=True), 1e-300)
        by_state = np.eye(N)[:, None, :] * base.factor_share
        mean = np.concatenate([by_state, goods[:, :, None] * of_good]).reshape(-1, S * N)
        members = np.concatenate([np.eye(N)[:, None, :] + np.zeros((S, 1)), goods[:, :, None] + np.zeros(N)])
        wages = (members * (base.factor_income > 0)).transpose(1, 2, 0)
        q = 0.0 if outer is None else np.frombuffer(outer)
        stays = np.zeros((S, N), bool) if stuck is None else np.frombuffer(stuck, bool).reshape(S, N)
        sweep = _Derivative(static, elasticity, kappa, free, q, stays)
    still = np.zeros((S, N, len(mean)))
    _, prices, spending = sweep(wages, still, still)
    moved = np.concatenate([part.reshape(-1, len(mean)) for part in sweep(wages, prices, spending)])
    # einsum, as the last bits of a large product of BLAS depend on the number of threads
    gap = np.einsum("lw,wk->lk", mean, wages.reshape(-1, len(mean)) - moved[: mean.shape[1]])
    newton = np.einsum("lk,kw->lw", np.linalg.pinv(gap, rcond=RANK), mean)
    return Levels(_cut(newton), _cut(moved), len(newton), len(moved))


def _cut(matrix: Array) -> Single:
    """The rows in pieces small enough for one thread, (pieces, rows, columns), the last filled up with zeros."""
    rows = max(1, LARGEST_PRODUCT // matrix.shape[1])
    pieces = np.zeros((-(-len(matrix) // rows), rows, matrix.shape[1]), np.float32)
    pieces.reshape(-1, matrix.shape[1])[: len(matrix)] = matrix
    return pieces


class _Derivative:
    """Derivative of `SectorSweep` at the baseline: moves (S, N, L) of log wages, log prices and spending, L at once."""

    links = 2

    def __init__(
        self,
        static: Static,
        theta: Array,
        kappa: float,
        free: float,
        outer: Array | float = 0.0,
        stuck: Bools | bool = False,
    ) -> None:
        self.static, self.kappa = static, np.where(stuck, 1.0, kappa)[..., None]
        world, base = static.world, static.world.baseline
        self.fixed = np.where(stuck, base.factor_income, 0.0)[:, :, None]
        self.moving = base.factor_income[:, :, None] - self.fixed
        gamma, q = world.value_added_share, np.broadcast_to(outer, theta.shape)[:, None]
        self.share_t = base.share.transpose(0, 2, 1)
        self.answer = theta[:, None, None] * free
        slope = self.kappa[..., 0] + gamma * theta[:, None] * free * static.contested - q * (1.0 - gamma)
        self.wage_step = ((base.factor_income > 0) / np.maximum(slope, LEAST_SLOPE))[:, :, None]
        self.outer = q[:, :, None]
        self.per_sales = ratio(1.0, base.sales)[:, :, None]
        self.per_spending = ratio(static.scale, base.spending)

    def __call__(self, wage: Array, price: Array, spending: Array) -> tuple[Array, Array, Array]:
        """Where these moves are after a sweep; spending in units of each state's baseline spending."""
        world, base = self.static.world, self.static.world.baseline
        own_cost = cost = world.value_added_share[:, :, None] * wage + self._inputs(price)
        new_price = self.share_t @ own_cost
        if self.links > 1:
            d_cost = self._inputs(new_price - price)
            cost, new_price = own_cost + d_cost, new_price + self.share_t @ d_cost
        level, factor = self._factors(wage)
        for _ in range(self.links):
            bought = self.answer * new_price + self.per_spending[:, :, None] * spending
            sales = world.flows @ bought - self.answer * base.sales[:, :, None] * cost
            spending = base.final_share[:, :, None] * factor + self._inputs(sales, True)
            spending /= self.static.scale[:, None]
        excess = self.per_sales * sales + self.outer * (wage - own_cost)
        drift = factor.sum(axis=0) / base.value_added.sum()
        move = self._move(wage, level, cost, bought, excess) - drift
        if self.links > 1:  # prices follow wages within the sweep
            new_price += self.share_t @ (world.value_added_share[:, :, None] * move)
        return wage + move, new_price, spending

    def _factors(self, wage: Array) -> tuple[Array, Array]:
        """Moves of ln Phi and of factor income, (N, L) each."""
        moving = (self.moving * wage).sum(axis=0)
        return moving / np.maximum(self.moving.sum(axis=0), 1e-300), moving + (self.fixed * wage).sum(axis=0)

    def _move(self, wage: Array, level: Array, cost: Array, bought: Array, demand: Array) -> Array:
        """Move of log wages in the sweep, before the numeraire; of costs, purchases and factor demand, (S, N, L)."""
        move: Array = self.wage_step * (demand - self.kappa * wage - (1.0 - self.kappa) * level)
        return move

    def _inputs(self, moves: Array, back: bool = False) -> Array:
        """Input shares times moves of their prices, or transposed (`back`) times moves of sales, (S, N, L)."""
        inputs = self.static.inputs
        if inputs is None:
            return np.zeros_like(moves)
        through = inputs.transpose(0, 2, 1) if back else inputs
        return (through @ moves.transpose(1, 0, 2)).transpose(1, 0, 2)


class _OneFactor(_Derivative):
    """Derivative of `kernel.sweep` with one mobile factor: a wage for each state, (N, L), moves by the trade ratio."""

    links = 1

    def _factors(self, wage: Array) -> tuple[Array, Array]:
        return wage, self.static.world.baseline.value_added[:, None] * wage

    def _move(self, wage: Array, level: Array, cost: Array, bought: Array, demand: Array) -> Array:
        foreign = self.static.world.foreign
        sold = foreign @ bought - self.answer * foreign.sum(axis=2)[:, :, None] * cost
        paid = foreign.sum(axis=1)[:, :, None] * bought - self.answer * (foreign.transpose(0, 2, 1) @ cost)
        trade = np.maximum(foreign.sum(axis=(0, 2)), foreign.sum(axis=(0, 1)))
        move: Array = TRADE_STEP * (sold - paid).sum(axis=0) / np.where(trade > 0, trade, 1.0)[:, None]
        return move
