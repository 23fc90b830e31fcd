"""A cut of a state's own trade with another by a given share: which barrier it takes, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from coercion_sim.economy import Measure
from coercion_sim.errors import ConvergenceError
from coercion_sim.policies.base import Outlook
from coercion_sim.world import World

#: What a cut of trade is about; services have no border at which to stop them.
GOODS = ("goods",)
#: Realised trade is brought this close to what was asked, as a share of baseline trade.
TOLERANCE = 5e-4
#: Natural logarithm of the highest iceberg factor tried.
HIGHEST = math.log(1e6)


@dataclass(frozen=True)
class TradeCut:
    """A state's own cut of its goods trade with a partner, both ways.

    Attributes
    ----------
    state, partner
        Who cuts, and trade with whom.
    factor
        Iceberg factor on its imports from and its exports to the partner; 1 where nothing is cut.
    realised
        Share of baseline trade gone in the long run.
    effect
        Long-run change of the state's own real income, percent of GDP.
    """

    state: str
    partner: str
    factor: float
    realised: float
    effect: float

    @property
    def cost(self) -> float:
        """``max(0, -effect)``, percent of GDP a year."""
        return max(0.0, -self.effect)

    def measures(self, start: int = 0, until: int | None = None, phase: int = 1) -> tuple[Measure, ...]:
        """The barrier on imports and the licence on exports; none where nothing is cut."""
        return _barriers(self.state, self.partner, self.factor, start, until, phase) if self.factor > 1.0 else ()


def trade_cut(outlook: Outlook, state: str, partner: str, share: float) -> TradeCut:
    """Find the cut that leaves ``1 - share`` of the goods trade of a state with a partner in the long run.

    One iceberg factor on both directions, found on *realised* trade: what is left after prices, incomes and everybody
    else's trade have moved. Fixed spending and prices elsewhere give a first guess
    ``sum_j X_j tau^-theta_j / (pi_j tau^-theta_j + 1 - pi_j)``; realised against guessed trade, in logs, is then nearly
    a straight line, along which the secant method finds the cut within a bracket that only narrows: two or three
    equilibria to `TOLERANCE` as a rule.

    Raises
    ------
    ConvergenceError
        Where no barrier brings the trade down so far.
    """
    world = outlook.world
    predicted = _predicted(world, state, partner)
    if share <= 0.0 or predicted is None:
        return TradeCut(state, partner, 1.0, 0.0, 0.0)
    wanted = math.log1p(-share)
    low, high, trial = 0.0, HIGHEST, _root(predicted, wanted, 0.0, HIGHEST)
    guessed, realised = 0.0, 0.0  # of no barrier, in logs
    for _ in range(60):
        factor = math.exp(trial)
        barriers = _barriers(state, partner, factor)
        left = outlook.trade_after(barriers, state, partner, GOODS)
        if abs(left - (1.0 - share)) <= TOLERANCE:
            own = float(outlook.effect(barriers)[world.state_index(state)])
            return TradeCut(state, partner, factor, 1.0 - left, own)
        if left > 1.0 - share:
            low = trial
        else:
            high = trial
        at, reached = predicted(trial), math.log(max(left, 1e-300))
        slope = (reached - realised) / (at - guessed) if at != guessed else 0.0
        guessed, realised = at, reached
        trial = _root(predicted, at + (wanted - reached) / slope, low, high) if slope > 0.0 else low
        if not low < trial < high:
            trial = 0.5 * (low + high)
    raise ConvergenceError(f"no barrier cuts the goods trade of {state} with {partner} by {share:.3g}")


def _barriers(
    state: str, partner: str, factor: float, start: int = 0, until: int | None = None, phase: int = 1
) -> tuple[Measure, ...]:
    """The two measures of a cut."""
    return tuple(
        Measure(kind, state, partner, GOODS, factor, start, until, phase, "derisk", f"cut of {flow} {state}-{partner}")
        for kind, flow in (("import_barrier", "imports"), ("export_control", "exports"))
    )


def _predicted(world: World, state: str, partner: str) -> Callable[[float], float] | None:
    """Log of the share of trade left at a log factor, spending and other prices held; None where they do not trade."""
    j, a, b = world.sector_indices(GOODS), world.state_index(state), world.state_index(partner)
    value = np.concatenate([world.flows[j, b, a], world.flows[j, a, b]])
    spent = np.concatenate([world.flows[j, :, a].sum(axis=1), world.flows[j, :, b].sum(axis=1)])
    theta = np.tile(world.trade_elasticity[j], 2)
    traded = value > 0
    if not traded.any():
        return None
    value, theta, part = value[traded], theta[traded], value[traded] / spent[traded]
    total = float(value.sum())

    def predicted(log_factor: float) -> float:
        left = np.exp(-theta * log_factor)
        remaining = float((value * left / (part * left + 1.0 - part)).sum()) / total
        return math.log(max(remaining, 1e-300))

    return predicted


def _root(function: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """Where a falling function takes a value, by bisection; near an end of the interval where it does not."""
    for _ in range(36):  # 1e-11 of the interval: far below what an equilibrium resolves
        middle = 0.5 * (low + high)
        low, high = (middle, high) if function(middle) > wanted else (low, middle)
    return 0.5 * (low + high)
