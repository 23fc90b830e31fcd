"""The payoff table spread over every profile of allies' answers: the arrays the game takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coercion_sim.dispute.payoff_table import PayoffTable
from coercion_sim.policies import Compensate, within_loss

Array = npt.NDArray[np.float64]


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


def on_ally_axis(array: Array, i: int, n: int) -> Array:
    """Place (..., M) on the axis of ally i of n: ``(..., 1, M, 1)`` with n axes at the end, so that it broadcasts."""
    return array.reshape(*array.shape[:-1], *[array.shape[-1] if j == i else 1 for j in range(n)])


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
        share[i] = np.divide(answer.help[0], loss[0, :, None], out=np.zeros((K, M)), where=loss[0, :, None] > 0)
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
