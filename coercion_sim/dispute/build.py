"""From a payoff table and a promise to the arrays of one dispute game."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array, ratio
from coercion_sim.dispute.game import NOT_OFFERED, DisputeGame, DisputeParameters
from coercion_sim.dispute.hazards import Hazards, linked_shortfall, non_trade_costs
from coercion_sim.dispute.payoff_table import PayoffTable, on_ally_axis
from coercion_sim.dispute.settings import DisputeSettings
from coercion_sim.policies import Compensate, Pledge, within_loss


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
    n = len(table.allies)
    step = math.sqrt(settings.type_spread)
    both = np.array([1.0 / step, step])
    effects = _effects(table, settings, pledge, hazards)
    bound = effects["shortfall"].any(axis=(1, 2))  # a promise of nothing is none
    return DisputeGame(
        packages=tuple(p.name for p in table.packages),
        allies=table.allies,
        options=table.options,
        **effects,
        pledge=np.where(bound, pledge.strength if pledge is not None else 0.0, 0.0),
        interest=settings.interest * np.array(strength, dtype=np.float64).reshape(n),
        reliability=np.array(reliability, dtype=np.float64).reshape(n),
        stake_coercer=stakes[0] * both,
        stake_target=stakes[1] * both,
        belief_target=beliefs[0],
        belief_coercer=beliefs[1],
        parameters=parameters_of(settings, pledge),
    )


def _effects(
    table: PayoffTable, settings: DisputeSettings, pledge: Pledge | None, hazards: Hazards | None
) -> dict[str, Any]:
    """What pressure and answers do to everyone, by the names of `DisputeGame`."""
    profiles, n = spread(table), len(table.allies)
    risk = exposure(table, settings)
    cost = profiles.ally_cost.copy()
    for i in range(n):
        cost[i] += on_ally_axis(risk[i] + NOT_OFFERED * ~table.acts[i], i, n)
    coercer_cost, target_effect = np.maximum(0.0, -profiles.coercer_effect), profiles.target_effect
    shortfall, erosion = _shortfall(table, profiles, pledge), None
    if hazards is not None:
        other = non_trade_costs(table, hazards)
        coercer_cost, target_effect = coercer_cost + other.coercer_cost, target_effect - other.target_loss
        cost += other.ally_cost[:, None]
        shortfall, erosion = linked_shortfall(shortfall, table, other.beyond_trade, pledge), other.erosion
    return {
        "coercer_cost": coercer_cost,
        "target_effect": target_effect,
        "ally_cost": cost,
        "shortfall": shortfall,
        "erosion": erosion,
    }


def parameters_of(settings: DisputeSettings, pledge: Pledge | None) -> DisputeParameters:
    """Costs and habits of the game, from the scenario's settings."""
    return DisputeParameters(
        rationality=settings.rationality,
        cost_once=settings.cost_once,
        cost_year=settings.cost_year,
        audience_back_down=settings.audience_back_down,
        audience_lift=settings.audience_lift,
        audience_concede=settings.audience_concede,
        review=settings.review,
        lapse=settings.lapse,
        lapse_cost=settings.lapse_cost,
        selection=settings.selection,
        discount=settings.discount,
        last_quarter_bite=settings.last_quarter_bite,
        statement_cost=0.0 if pledge is None else pledge.condemnation,
        settle=settings.settle,
        surprise=settings.surprise,
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
    nothing breaks no promise. A cut-off promised is the cut-off, of those that have something to cut off.
    """
    n, K, M = len(table.allies), len(table.packages), len(table.menu)
    parts, bind = list[Array](), list[Array]()
    if pledge is not None and pledge.promises("target"):
        promised = (table.promised.T * table.question.fraction)[:, :, None]
        share = ratio(profiles.help_share, promised, 1.0)
        parts.append(1.0 - np.minimum(1.0, share))
        bind.append(np.ones(n))
    if pledge is not None and pledge.promises("coercer"):
        parts.append(np.where(table.acts, 1.0 - table.strikes, 1.0))
        bind.append(table.can_strike)
    total = sum((part * by[:, None, None] for part, by in zip(parts, bind, strict=True)), np.zeros((n, K, M)))
    return np.asarray(total / np.maximum(1.0, sum(bind, np.zeros(n)))[:, None, None])


@dataclass(frozen=True, eq=False)
class Profiles:
    """The table spread over every profile of answers: axes ``[., K, M, ..., M]`` with one axis of options per ally.

    Attributes
    ----------
    coercer_effect, target_effect : (2, K, M, ..., M)
        dW_C and dW_T a year, raw.
    ally_cost : (n, 2, K, M, ..., M)
        k_i a year, floored at 0: the cost to ally i of its own answer, after help is cut to its ceiling.
    help_share : (n, K, M)
        Help of each ally by each option as a share of the target's first-year loss, before the ceiling: what it offers.
    accepted : (2, K, M, ..., M)
        Whether the target takes the help: where it must cut trade for it, only if relief exceeds the cost of that.
    """

    coercer_effect: Array
    target_effect: Array
    ally_cost: Array
    help_share: Array
    accepted: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Answer:
    """One ally's options: help, its cost and effect on the coercer; retaliation's cost and effects; (2, K, M) each."""

    help: Array
    aid_cost: Array
    aid_on_coercer: Array
    other_cost: Array
    on_target: Array
    on_coercer: Array


def spread(table: PayoffTable) -> Profiles:
    """Combine single answers into every profile: help in total never exceeds the target's loss, retaliations add up.

    Help that asks for a cut of trade (`PayoffTable.trade_cut`) is taken only where, after the ceiling, it exceeds the
    cut's cost x_T to the target; help refused costs nobody anything, help taken brings the cut with it.
    """
    n, K, M = len(table.allies), len(table.packages), len(table.menu)
    t, c = table.of(table.target), table.of(table.coercer)
    shape, loss = (2, K, *([M] * n)), table.loss()
    answers = [_answer(table, i) for i in range(n)]

    def of_package(array: Array) -> Array:
        """Repeat a (2, K) array over every profile."""
        return np.array(np.broadcast_to(array.reshape(2, K, *[1] * n), shape))

    target, coercer = of_package(table.alone[:, :, t]), of_package(table.alone[:, :, c])
    total = np.zeros(shape)
    for i, answer in enumerate(answers):
        total += on_ally_axis(answer.help, i, n)
        target += on_ally_axis(answer.on_target, i, n)
    cut = within_loss(total, of_package(loss))
    wide = (2, *[1] * (n + 1))
    price = np.maximum(0.0, -table.trade_cut[:, t]).reshape(wide)
    accepted = total * cut > price if table.trade_cut_measures else np.ones(shape, dtype=bool)
    taken = accepted.astype(np.float64)
    cost = np.zeros((n, *shape))
    for i, answer in enumerate(answers):
        cost[i] = on_ally_axis(answer.aid_cost, i, n) * cut * taken + on_ally_axis(answer.other_cost, i, n)
        coercer += on_ally_axis(answer.on_coercer, i, n) + on_ally_axis(answer.aid_on_coercer, i, n) * taken
    target += total * cut * taken
    if table.trade_cut_measures:
        target -= price * taken
        coercer += table.trade_cut[:, c].reshape(wide) * taken
    share = np.zeros((n, K, M))
    for i, answer in enumerate(answers):
        share[i] = ratio(answer.help[0], loss[0, :, None])
    return Profiles(coercer, target, cost, share, accepted)


def _answer(table: PayoffTable, i: int) -> _Answer:
    """Effects of each option of ally i on itself, the target and the coercer, (2, K, M).

    To compensate is to give the ally's part of the support promised: money, and at least cost its purchases too where
    the mix has it buy.
    """
    K, M = len(table.packages), len(table.menu)
    t, c = table.of(table.target), table.of(table.coercer)
    answer = _Answer(*(np.zeros((2, K, M)) for _ in range(6)))
    for o, option in enumerate(table.menu):
        used = [(x, np.ones(K, dtype=bool)) for x in option]
        if table.question.buyer is not None and any(isinstance(x, Compensate) for x in option):
            used.append((table.question.buyer, table.absorbs[:, i]))
        for instrument, under in used:
            stake = table.stake(i, instrument)
            if instrument.side == "target":
                answer.help[:, :, o] += under * instrument.relief(stake)
                answer.aid_cost[:, :, o] += under * instrument.cost(stake)
                answer.aid_on_coercer[:, :, o] += under * stake.effect[:, :, c]
            else:
                answer.other_cost[:, :, o] += instrument.cost(stake)
                answer.on_target[:, :, o] += stake.effect[:, :, t]
                answer.on_coercer[:, :, o] += stake.effect[:, :, c]
    return answer
