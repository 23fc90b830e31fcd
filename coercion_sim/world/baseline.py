"""The baseline identities of a world: spending, sales and incomes before any shock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coercion_sim.errors import Problem
from coercion_sim.world.data import Array, WorldData


@dataclass(frozen=True, eq=False)
class Baseline:
    """Identities of model.md §1; money in US$ million a year. S sectors, N states.

    Attributes
    ----------
    spending : (S, N)
        ``X[j, n] = sum_i t flows``, tariffs included.
    share : (S, N, N)
        ``pi = t flows / X``, exporter i's share of importer n's spending on j; 0 where nothing is spent.
    sales : (S, N)
        ``Y[j, i] = sum_n flows``.
    factor_income : (S, N)
        ``gamma_ji Y[j, i]``; `value_added` (N,) is its sum over sectors.
    tariff_revenue : (N,)
        ``R_n = sum_ij (t - 1) flows``.
    imbalance : (N,)
        ``D_n = imports - exports``, net of tariffs.
    income : (N,)
        ``I = V + R + D``.
    final_share : (S, N)
        ``alpha = F / I`` with ``F[k, n] = X[k, n] - sum_j gamma_kjn Y[j, n]``.
    factor_share : (S, N)
        ``ell``, shares of the sectors in factor income (0 where a sector is empty).
    gdp : (N,)
        ``V + R``.
    """

    spending: Array
    share: Array
    sales: Array
    factor_income: Array
    value_added: Array
    tariff_revenue: Array
    imbalance: Array
    income: Array
    final_demand: Array
    final_share: Array
    factor_share: Array
    gdp: Array

    @classmethod
    def of(cls, world: WorldData) -> Baseline:
        """Compute the identities from flows, tariffs and shares (or from given alpha and V, see World.from_shares)."""
        t_flows = (1.0 + world.tariff) * world.flows
        X = t_flows.sum(axis=1)
        share = np.divide(t_flows, X[:, None, :], out=np.zeros_like(t_flows), where=X[:, None, :] > 0)
        Y = world.flows.sum(axis=2)
        wL = world.value_added_share * Y
        V = wL.sum(axis=0)
        foreign = world.flows * (1.0 - np.eye(len(world.states)))
        D = foreign.sum(axis=(0, 1)) - foreign.sum(axis=(0, 2))
        R = (world.tariff * world.flows).sum(axis=(0, 1))
        ell = np.divide(wL, V, out=np.zeros_like(wL), where=V > 0)
        if world.value_added is not None:
            V = np.array(world.value_added)
            wL = ell * V
        income = V + R + D
        F = X - np.einsum("kjn,jn->kn", world.input_share, Y)
        if world.final_share is not None:
            alpha = np.array(world.final_share)
            F = alpha * income
        else:
            alpha = np.divide(F, income, out=np.zeros_like(F), where=income != 0)
        made = (X, share, Y, wL, V, R, D, income, F, alpha, ell, V + R)
        for array in made:
            array.setflags(write=False)
        return cls(*made)

    def problems(self, world: WorldData) -> list[Problem]:
        """What makes these identities no baseline: negative final demand, a state without income."""
        problems = []
        scale = np.maximum(self.spending, 1e-12 * self.spending.max())
        bad = self.final_demand < -1e-9 * scale
        if world.final_share is None and bad.any():
            k, n = (int(x) for x in np.argwhere(bad)[0])
            problems.append(
                Problem(
                    "intermediate use exceeds all spending, so final demand would be negative",
                    key="input_share",
                    found=f"[{world.sectors[k]}, {world.states[n]}] and {int(bad.sum()) - 1} more",
                    allowed="sum over users of input_share x sales at most the spending on the input",
                )
            )
        for n, income in enumerate(self.income):
            if not income > 0 or not self.value_added[n] > 0:
                problems.append(Problem("a state needs factor income and total income above 0", key=world.states[n]))
        return problems
