"""Caliendo and Parro's first-order welfare decomposition: terms of trade and volume of trade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coercion_sim.economy.kernel import Array
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
    foreign = world.flows * (1.0 - np.eye(world.shape[1]))
    dc = unit_cost_hat - 1.0
    income = world.baseline.income
    exports = np.einsum("jin,ji->i", foreign, dc)
    imports = np.einsum("jin,ji->n", foreign, dc)
    dm = np.divide(flows, world.flows, out=np.ones_like(flows), where=world.flows > 0) - 1.0
    volume = (world.tariff * foreign * (dm - dc[:, :, None])).sum(axis=(0, 1))
    tot, vot = 100.0 * (exports - imports) / income, 100.0 * volume / income
    return FirstOrder(tot + vot, tot, vot)
