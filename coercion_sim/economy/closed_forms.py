"""Closed forms: the first-order decomposition of welfare, exposure to others' productivity, and power over inputs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coercion_sim.arrays import Array, ratio
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.world import World


@dataclass(frozen=True, eq=False)
class FirstOrder:
    """Percent, (N,) each: ``total = terms_of_trade + volume_of_trade``.

    Not real income: that is `Equilibrium.real_income_hat`.
    """

    total: Array
    terms_of_trade: Array
    volume_of_trade: Array


def first_order_decomposition(world: World, flows: Array, unit_cost_hat: Array) -> FirstOrder:
    """First-order change of welfare (Caliendo and Parro 2015, eq. 18), with changes as ``hat - 1``.

    ``ToT_n = sum_ji (E_jni dc_jn - M_jin dc_ji) / I_n`` and ``VoT_n = sum_ji tau_jin M_jin (dM_jin - dc_ji) / I_n``,
    with E and M the baseline exports and imports net of tariffs, tau the baseline tariff. It scales with the numeraire,
    which here holds world factor income constant.

    Parameters
    ----------
    world
        The baseline.
    flows : (S, N, N)
        Counterfactual flows net of tariffs, US$ million.
    unit_cost_hat : (S, N)
        c, ratio.
    """
    foreign = world.foreign
    dc = unit_cost_hat - 1.0
    income = world.baseline.income
    exports = np.einsum("jin,ji->i", foreign, dc)
    imports = np.einsum("jin,ji->n", foreign, dc)
    dm = ratio(flows, world.flows, 1.0) - 1.0
    volume = (world.tariff * foreign * (dm - dc[:, :, None])).sum(axis=(0, 1))
    tot, vot = 100.0 * (exports - imports) / income, 100.0 * volume / income
    return FirstOrder(tot + vot, tot, vot)


def exposure(world: World, elasticity: float = 5.0) -> tuple[Array, World]:
    """Derivative of every state's real income by every state's productivity (Kleinman, Liu and Redding 2024).

    For the world as one sector without inputs or tariffs, imbalances a constant share of income (`multiplicative`).
    With S the spending shares, F the flows (both exporter by importer), V factor income, I income and m their shares in
    the world's, log wages w solve ``((1 + theta) V - theta F S' - F + V m') w = theta (V - F S') z``, log incomes are
    ``y = w - m' w``, and real income moves by ``y - S' (w - z)``.

    Parameters
    ----------
    elasticity
        theta; 5 is theirs.

    Returns
    -------
    (N, N), World
        Percent of real income of the row per percent of productivity of the column, and the world of one sector.

    Raises
    ------
    InvalidInput
        Where a state buys nothing from others.
    """
    flows = world.flows.sum(axis=0)
    single = World.from_flows(f"{world.name}, one sector", world.states, ("all",), flows[None], [elasticity])
    made, share = single.baseline.value_added, single.baseline.share[0]
    weight = single.baseline.income / single.baseline.income.sum()
    rivals = elasticity * (np.diag(made) - flows @ share.T)
    alone = [s for s, trades in zip(world.states, single.foreign.sum(axis=(0, 1)) > 0.0, strict=True) if not trades]
    if alone:
        remedy = "states that all buy from others"
        raise InvalidInput(
            Problem("cannot compute exposure with states in autarky", found=", ".join(alone), allowed=remedy)
        )
    wages = np.linalg.solve(np.diag(made) + rivals - flows + np.outer(made, weight), rivals)
    matrix: Array = wages - weight @ wages - share.T @ (wages - np.eye(len(made)))
    return matrix, single


def power_over_inputs(sectors: Sequence[tuple[float, float, float]], rho: float = 1.0) -> float:
    """Return the log loss of losing access to the coercer's varieties (Clayton-Maggiori-Schreger 2024, nested CES).

    Parameters
    ----------
    sectors
        (expenditure share beta_j, coercer's share of it omega_j, elasticity between varieties sigma_j > 1).
    rho
        Elasticity between sectors. Cutting off sector j raises its price index to `(1 - omega)^(-1/(sigma - 1))`; the
        loss is the log of the outer index, `log(1 - sum beta + sum beta P^(1-rho)) / (1 - rho)`, and
        `sum beta log P` for rho = 1 (Cobb-Douglas).
    """
    for beta, omega, sigma in sectors:
        if not (beta >= 0.0 and 0.0 <= omega < 1.0 and sigma > 1.0):
            allowed = "a share >= 0, a controlled share in [0, 1), an elasticity above 1"
            raise InvalidInput(Problem("cannot cut off this sector", found=f"{beta, omega, sigma}", allowed=allowed))
    logs = [(beta, -math.log1p(-omega) / (sigma - 1.0)) for beta, omega, sigma in sectors]
    if abs(rho - 1.0) < 1e-9:
        return math.fsum(beta * price for beta, price in logs)
    rise = math.fsum(beta * math.expm1((1.0 - rho) * price) for beta, price in logs)
    return math.log1p(rise) / (1.0 - rho)
