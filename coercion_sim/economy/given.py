"""What stays fixed within one solve of the equilibrium: arrays, no equations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array, Bools, abroad
from coercion_sim.economy.substitution import Ces

#: Single precision is read in half the time, and a step is exact enough in it.
Single = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Attached:
    """Buyers who stay with last quarter's suppliers (model.md §3); all fixed within the quarter.

    Attributes
    ----------
    stay_t : (S, N, N)
        Surviving attached shares s over ``[j, n, i]``; `over_t` the same over t'.
    stays : (S, N)
        ``(1 - nu)(1 - l)``, share of buyers who stay.
    constant : (S, N)
        What of ``ln P_t-1 + sum_i s_i dln p_i - ln(1 - l) / theta`` does not depend on this quarter's costs.
    price_weight : (S, N)
        1 - nu, or 0 where everybody re-optimises.
    """

    stay_t: Array
    over_t: Array
    stays: Array
    constant: Array
    price_weight: Array

    @cached_property
    def foreign_t(self) -> Array:
        """`over_t` between states, domestic cells 0, (S, N, N)."""
        return abroad(self.over_t)

    @cached_property
    def reaches(self) -> Array:
        """Part of their spending that reaches exporters, tariffs taken off, (S, N)."""
        reaches: Array = self.over_t.sum(axis=2)
        return reaches


@dataclass(frozen=True, eq=False)
class Levels:
    """The step in the L levels that many markets share (levels.py); S sectors, N states.

    Attributes
    ----------
    newton : (L, W)
        ``(R (V - J V))^-1 R``, from the moves of the W log wages in a sweep to those of the levels: J is the derivative
        of the sweep at the baseline, V has the wages of each level one up with the prices and spending that follow in
        a sweep, R means by state weighted by factor income, and by sector likewise. Substitution between inputs and
        changes of tariff revenue are left out: a step need not be exact.
    moves : (W + 2 S N, L)
        ``J V``, from moves of levels to those of log wages, log prices and spending. Both matrices are cut into pieces.
    levels, unknowns
        L, and W + 2 S N.
    """

    newton: Single
    moves: Single
    levels: int
    unknowns: int

    def step(self, wage_step: Array) -> Single:
        """The step that follows a sweep that moved log wages by `wage_step`, in all unknowns."""
        levels = (self.newton @ wage_step.ravel().astype(np.float32)).ravel()[: self.levels]
        step: Single = (self.moves @ levels).ravel()[: self.unknowns]
        return step


@dataclass(frozen=True, eq=False)
class Given:
    """All a sweep needs that stays fixed within one solve. S sectors, N states.

    Attributes
    ----------
    theta : (S,)
        Trade elasticity.
    gamma, alpha, log_productivity : (S, N)
        Value-added shares, final-demand shares, ln A.
    inputs : (N, S, S) or None
        Input shares ``[i, j, k]``; None without input-output links.
    weight_t : (S, N, N)
        ``pi0 open (t'/t d)^-theta`` over ``[j, n, i]``, rows scaled so that none underflows.
    log_row : (S, N)
        Log of the scale taken out of each row.
    over_t : (S, N, N)
        The weights over t'.
    log_tariff_t : (S, N, N)
        ln t' over ``[j, n, i]``.
    free : (S, N)
        ``nu + (1 - nu) l``, share of buyers who re-optimise; 1 in the static model.
    live_row, live_cell, works : (S, N)
        Importers with spending; exporters that can sell at all; exporters that also use factors.
    no_row, idle, never : (S, N)
        1 where `live_row`, where `works` is false; `NEVER` where `live_cell` is false; 0 elsewhere.
    log_base_sales : (S, N)
        ``ln(gamma_ji Y_ji / gamma_ji)`` of the baseline where factors work.
    factor_share : (S, N); value_added, base_factor : (N,)
        Factor income of the baseline: shares ell_ji of sectors that are not stuck in theirs, the sum V_i of these, and
        of all.
    stuck_income : (S, N) or None
        Factor income of sectors that are stuck and work; None where none is stuck.
    kappa
        Factor mobility; infinite for one mobile factor.
    responsive : (S, N)
        Part of a sector's demand that answers to its price: of buyers free this quarter, who have others to turn to.
    transfer : (N,)
        D' + B' where it is fixed in money.
    imbalance_ratio : (N,) or None
        ``1 + D / (V + R)`` under the multiplicative closure.
    closed : (N,)
        States without any foreign link left.
    bloc : (N, N)
        1 where two states still trade with each other, directly or through others; the identity for closed states.
    scale : (N,)
        Spending of each state at baseline, the unit of the residual of spending.
    ces
        Shares of cost and of final demand that follow prices; None where all are constant and no sector is stuck.
    levels
        What many markets share; None next to autarky, where not all states are joined, and for one mobile factor beside
        sectors that are stuck.
    """

    theta: Array
    gamma: Array
    alpha: Array
    log_productivity: Array
    inputs: Array | None
    weight_t: Array
    log_row: Array
    over_t: Array
    tariffed: bool
    free: Array
    attached: Attached | None
    live_row: Bools
    live_cell: Bools
    works: Bools
    no_row: Array
    idle: Array
    never: Array
    log_base_sales: Array
    value_added: Array
    factor_share: Array
    base_factor: Array
    stuck_income: Array | None
    kappa: float
    responsive: Array
    transfer: Array
    imbalance_ratio: Array | None
    closed: Bools
    bloc: Array
    scale: Array
    ces: Ces | None
    levels: Levels | None

    @cached_property
    def foreign_t(self) -> Array:
        """The weights over t' between states, domestic cells 0, (S, N, N)."""
        return abroad(self.over_t)

    @cached_property
    def own(self) -> Array:
        """The weights over t' at home, (S, N)."""
        return np.ascontiguousarray(np.diagonal(self.over_t, axis1=1, axis2=2))

    @cached_property
    def stuck(self) -> Bools | None:
        """Sectors that are stuck and work, (S, N); None where none is."""
        return None if self.stuck_income is None else self.stuck_income > 0

    @property
    def wages(self) -> tuple[int, ...]:
        """Shape of log wages: by state with one mobile factor and no sector stuck, else by sector and state."""
        return self.gamma.shape[1:] if np.isinf(self.kappa) and self.stuck_income is None else self.gamma.shape

    @cached_property
    def slope(self) -> Array:
        """``kappa + theta gamma``: the fastest a sector's excess factor demand can fall with its wage, (S, N)."""
        own = self.kappa if self.stuck is None else np.where(self.stuck, 1.0, self.kappa)
        slope: Array = own + self.theta[:, None] * self.gamma
        return slope
