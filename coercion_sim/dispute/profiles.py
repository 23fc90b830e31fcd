"""The payoff table spread over every profile of allies' answers: what the game takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coercion_sim.dispute.payoff_table import PayoffTable

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
        Whether the target takes the help: where it must cut trade for it, only if relief exceeds what that costs.
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

    Help that asks for a cut of trade (`PayoffTable.side`) is taken only where, after the ceiling, it exceeds the cut's
    cost x_T to the target; help refused costs nobody anything, help taken brings the cut with it.
    """
    options = table.options
    n, K, M = len(table.allies), len(table.packages), len(options)
    t, c = table.of(table.target), table.of(table.coercer)
    shape = (2, K, *([M] * n))
    loss = np.maximum(0.0, -table.alone[:, :, t])
    answers = [_answer(table, i, options, loss) for i in range(n)]

    def of_package(array: Array) -> Array:
        """Repeat a (2, K) array over every profile."""
        return np.array(np.broadcast_to(array.reshape(2, K, *[1] * n), shape))

    target, coercer = of_package(table.alone[:, :, t]), of_package(table.alone[:, :, c])
    total = np.zeros(shape)
    for i, answer in enumerate(answers):
        total += on_ally_axis(answer.help, i, n)
        target += on_ally_axis(answer.on_target, i, n)
    ceiling = of_package(loss)
    cut = np.divide(ceiling, total, out=np.ones(shape), where=total > ceiling)
    wide = (2, *[1] * (n + 1))
    price = np.maximum(0.0, -table.side[:, t]).reshape(wide)
    accepted = total * cut > price if table.side_measures else np.ones(shape, dtype=bool)
    taken = accepted.astype(np.float64)
    cost = np.zeros((n, *shape))
    for i, answer in enumerate(answers):
        cost[i] = on_ally_axis(answer.aid_cost, i, n) * cut * taken + on_ally_axis(answer.other_cost, i, n)
        coercer += on_ally_axis(answer.on_coercer, i, n) + on_ally_axis(answer.aid_on_coercer, i, n) * taken
    target += total * cut * taken
    if table.side_measures:
        target -= price * taken
        coercer += table.side[:, c].reshape(wide) * taken
    share = np.zeros((n, K, M))
    for i, answer in enumerate(answers):
        share[i] = np.divide(answer.help[0], loss[0, :, None], out=np.zeros((K, M)), where=loss[0, :, None] > 0)
    return Profiles(coercer, target, cost, share, accepted)


def _answer(table: PayoffTable, i: int, options: Sequence[str], loss: Array) -> _Answer:
    """Effects of each option of ally i on itself, the target and the coercer, (2, K, M).

    To compensate is to give the ally's part of the support promised: money, and at least cost its absorption too where
    the mix has it absorb.
    """
    K, M = len(table.packages), len(options)
    t, c, a = table.of(table.target), table.of(table.coercer), table.of(table.allies[i])
    made = _Answer(*(np.zeros((2, K, M)) for _ in range(6)))
    for o, option in enumerate(options):
        if option.startswith("compensate"):
            made.help[:, :, o] = table.money[:, i] * table.sizes.fraction * loss
            made.aid_cost[:, :, o] = made.help[:, :, o] * table.gdp[t] / table.gdp[a]
        absorbs = table.absorbs[:, i] if option.startswith("compensate") else np.full(K, option == "absorb")
        if absorbs.any():
            made.help[:, :, o] += absorbs * np.maximum(0.0, table.absorb[:, :, i, t])
            made.aid_cost[:, :, o] += absorbs * np.maximum(0.0, -table.absorb[:, :, i, a])
            made.aid_on_coercer[:, :, o] += absorbs * table.absorb[:, :, i, c]
        if option.endswith("retaliate"):
            made.other_cost[:, :, o] = np.maximum(0.0, -table.retaliation[:, i, a])[:, None]
            made.on_target[:, :, o] = table.retaliation[:, i, t][:, None]
            made.on_coercer[:, :, o] = table.retaliation[:, i, c][:, None]
    return made
