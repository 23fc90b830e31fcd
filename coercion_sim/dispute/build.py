"""From a payoff table and a promise to the arrays of one dispute game."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from coercion_sim.dispute.game import DisputeGame, DisputeParameters
from coercion_sim.dispute.hazards import Hazards
from coercion_sim.dispute.non_trade_costs import linked_shortfall, non_trade_costs
from coercion_sim.dispute.payoff_table import PayoffTable
from coercion_sim.dispute.profiles import Profiles, on_ally_axis, spread
from coercion_sim.dispute.settings import DisputeSettings
from coercion_sim.policies import Pledge

Array = npt.NDArray[np.float64]


def build_game(
    table: PayoffTable,
    settings: DisputeSettings,
    pledge: Pledge | None,
    strength: Sequence[float],
    reliability: Sequence[float],
    stakes: tuple[float, float],
    beliefs: tuple[float, float],
    hazards: Hazards | None = None,
) -> DisputeGame:
    """Set up the game of model.md §5.

    Parameters
    ----------
    table
        Effects of packages and answers.
    settings
        Costs, habits, spreads.
    pledge
        What was promised; None is no promise.
    strength, reliability
        Alliance strength with the target and R_i, by ally of the table.
    stakes
        (v_C, v_T) before types: each type's stake is the square root of the spread above or below.
    beliefs
        (mu, nu).
    hazards
        What pressure and answers cost beside trade; None: nothing.
    """
    profiles = spread(table)
    n = len(table.allies)
    risk = exposure(table, settings)
    cost = profiles.ally_cost.copy()
    for i in range(n):
        cost[i] += on_ally_axis(risk[i], i, n)
    coercer_cost, target_effect = np.maximum(0.0, -profiles.coercer_effect), profiles.target_effect
    shortfall, erosion = _shortfall(table, profiles, pledge), None
    if hazards is not None:
        other = non_trade_costs(table, hazards)
        coercer_cost, target_effect = coercer_cost + other.coercer_cost, target_effect - other.target_loss
        cost += other.ally_cost[:, None]
        shortfall, erosion = linked_shortfall(shortfall, table, other.beyond_trade, pledge), other.erosion
    step = math.sqrt(settings.type_spread)
    both = np.array([1.0 / step, step])
    decides = settings.decides
    return DisputeGame(
        packages=tuple(p.name for p in table.packages),
        allies=table.allies,
        options=table.options,
        coercer_cost=coercer_cost,
        target_effect=target_effect,
        ally_cost=cost,
        shortfall=shortfall,
        erosion=erosion,
        pledge=np.full(n, pledge.strength if pledge is not None else 0.0),
        interest=settings.interest * np.array(strength, dtype=np.float64).reshape(n),
        reliability=np.array(reliability, dtype=np.float64).reshape(n),
        stake_coercer=stakes[0] * both,
        stake_target=stakes[1] * both,
        belief_target=beliefs[0],
        belief_coercer=beliefs[1],
        ally_rational=tuple(decides.get(a, "logit") == "rational" for a in table.allies),
        parameters=parameters_of(table, settings, pledge),
    )


def parameters_of(table: PayoffTable, settings: DisputeSettings, pledge: Pledge | None) -> DisputeParameters:
    """Costs and habits of the game, from the scenario's settings."""
    decides = settings.decides
    return DisputeParameters(
        rationality=settings.rationality,
        cost_once=settings.cost_once,
        cost_year=settings.cost_year,
        audience_back_down=settings.audience_back_down,
        audience_lift=settings.audience_lift,
        audience_concede=settings.audience_concede,
        review=settings.review,
        horizon=settings.horizon,
        discount=settings.discount,
        last_quarter_bite=settings.last_quarter_bite,
        statement_cost=0.0 if pledge is None else pledge.condemnation,
        settle=settings.settle,
        surprise=settings.surprise,
        coercer_rational=decides.get(table.coercer, "logit") == "rational",
        target_rational=decides.get(table.target, "logit") == "rational",
    )


def exposure(table: PayoffTable, settings: DisputeSettings) -> Array:
    """``chi_o L_i``, (n, M), percent of own GDP a year: chance that the coercer turns on an ally, times its loss."""
    chance = np.where(table.strikes > 0, settings.exposure_retaliate, settings.exposure_support)
    chance[0] = 0.0
    risk: Array = table.turned[:, None] * chance
    return risk


def _shortfall(table: PayoffTable, profiles: Profiles, pledge: Pledge | None) -> Array:
    """``1 - min(1, delivered / promised)`` of each option under each package, (n, K, M), mean over what was promised.

    Support promised is the ally's part of `fraction` of the loss (`PayoffTable.promised`); an ally whose part is
    nothing breaks no promise. A cut-off promised is the cut-off.
    """
    n, K, M = len(table.allies), len(table.packages), len(table.menu)
    parts = []
    if pledge is not None and pledge.promises("target"):
        promised = (table.promised.T * table.question.fraction)[:, :, None]
        share = np.divide(profiles.help_share, promised, out=np.ones((n, K, M)), where=promised > 0)
        parts.append(1.0 - np.minimum(1.0, share))
    if pledge is not None and pledge.promises("coercer"):
        parts.append(np.broadcast_to(1.0 - table.strikes, (n, K, M)))
    return np.mean(parts, axis=0) if parts else np.zeros((n, K, M))
