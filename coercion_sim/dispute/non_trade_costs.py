"""Costs of a dispute besides trade, as the game sees them: the expected value of the draws of `hazards`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coercion_sim.dispute.hazards import Hazards, yearly_escalation
from coercion_sim.dispute.packages import Package
from coercion_sim.dispute.payoff_table import PayoffTable
from coercion_sim.dispute.profiles import on_ally_axis
from coercion_sim.economy import NON_ECONOMIC
from coercion_sim.policies import Pledge

Array = npt.NDArray[np.float64]
#: Cost of an option that would do nothing, pct_gdp a year, so that no ally takes it for a free gesture.
NOT_OFFERED = 1e6


@dataclass(frozen=True, eq=False)
class NonTradeCosts:
    """Terms to add to a game's arrays, percent of own GDP a year. K packages, n allies, M options.

    Attributes
    ----------
    coercer_cost, target_loss : (K, M, ..., M)
        Price of means that are not trade, loss they cause, expected escalation and cooperation lost.
    ally_cost : (n, K, M, ..., M)
        Expected escalation and cooperation lost of a retaliating ally; prohibitive where an option would do nothing.
    erosion : (K,)
        Share of the target's stake eroded.
    beyond_trade : (K,)
        1 where a package has no measure on trade, so that only linked pledges answer it.
    """

    coercer_cost: Array
    target_loss: Array
    ally_cost: Array
    erosion: Array
    beyond_trade: Array


def non_trade_costs(table: PayoffTable, hazards: Hazards) -> NonTradeCosts:
    """Expected flows of one dispute besides trade.

    Escalation costs its price times the chance a year, to coercer and target under any profile and to an ally that
    retaliates. Cooperation g is lost to a partner with the chance of spill-over in a quarter, and to the coercer where
    any partner leaves: ``g (1 - (1 - s_p) (1 - s)^r)`` with r allies retaliating.
    """
    n, K, M = len(table.allies), len(table.packages), len(table.menu)
    shape = (K, *[M] * n)
    strikes = table.strikes
    retaliating = [on_ally_axis(np.broadcast_to(strikes, (K, M)), i, n) for i in range(n)]
    answered = np.zeros(shape)
    for r in retaliating:
        answered = np.maximum(answered, r)
    means = [_means(p) for p in table.packages]
    loss, price = (np.array([x[i] for x in (_flows(p, hazards) for p in table.packages)]) for i in (0, 1))
    chance = np.array([[yearly_escalation(hazards.pressure, m, d, a) for a in (False, True)] for m, d in means])
    quiet, loud = (chance[:, a].reshape(-1, *[1] * n) for a in (0, 1))
    escalation = hazards.pressure.escalation_cost * (quiet + (loud - quiet) * answered)
    spill, kept = _spill(table, hazards, retaliating, shape)
    g = hazards.cooperation.value
    wide = (K, *[1] * n)
    beyond = np.array([float(not p.on_trade) for p in table.packages])
    useless = np.maximum(table.helps, 1.0 - strikes)  # against pressure that is not trade only retaliation acts
    useless[0] = 0.0
    idle = NOT_OFFERED * beyond[:, None] * useless
    ally_cost = np.zeros((n, *shape))
    for i in range(n):
        ally_cost[i] = retaliating[i] * (escalation + g * spill[i]) + on_ally_axis(idle, i, n)
    at_risk = table.coercer in hazards.rivals and table.target in hazards.partners
    pressed_spill = hazards.cooperation.spill_pressure * (1.0 - hazards.shield) * at_risk
    return NonTradeCosts(
        coercer_cost=price.reshape(wide) + escalation + g * (1.0 - kept * (1.0 - pressed_spill)),
        target_loss=loss.reshape(wide) + escalation + g * pressed_spill,
        ally_cost=ally_cost,
        erosion=np.array([hazards.pressure.disinformation_erosion * d for _, d in means], dtype=np.float64),
        beyond_trade=beyond,
    )


def linked_shortfall(shortfall: Array, table: PayoffTable, beyond_trade: Array, pledge: Pledge | None) -> Array:
    """Shortfall (n, K, M) where some packages are beyond trade.

    A pledge for trade does not cover them, so nothing is left undone; a linked one is kept by retaliating, and anything
    else breaks the share chi (`Pledge.link`) of it. Where trade cannot be cut nothing was promised.
    """
    if pledge is None:
        return shortfall
    silent = (1.0 - table.strikes) * (pledge.link if table.strikes.any() else 0.0)
    mixed: Array = np.where(beyond_trade[None, :, None] > 0, silent[None, None, :], shortfall)
    return mixed


def _spill(
    table: PayoffTable, hazards: Hazards, retaliating: list[Array], shape: tuple[int, ...]
) -> tuple[Array, Array]:
    """Chance by ally that its retaliation loses the cooperation of a quarter; chance by profile that none does."""
    chance = hazards.cooperation.spill * (1.0 - hazards.shield) if table.coercer in hazards.rivals else 0.0
    spill = np.array([chance if ally in hazards.partners else 0.0 for ally in table.allies])
    kept = np.ones(shape)
    for share, r in zip(spill, retaliating, strict=True):
        kept = kept * (1.0 - share * r)
    return spill, kept


def _flows(package: Package, hazards: Hazards) -> tuple[float, float]:
    """(loss of the target, price to the coercer) of a package's means that are not trade."""
    sizes = [(m.kind, m.size) for m in package.measures if m.kind in NON_ECONOMIC]
    return sum(size for _, size in sizes), sum(hazards.own_price(kind, size) for kind, size in sizes)


def _means(package: Package) -> tuple[bool, bool]:
    """Whether a package is military, and whether it disinforms."""
    kinds = {m.kind for m in package.measures}
    return "military" in kinds, "disinformation" in kinds
