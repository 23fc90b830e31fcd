"""Regret: how much worse each policy does than the best one in the same world, and how often it is the best."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from coercion_sim.analysis.contrasts import kept_cells
from coercion_sim.analysis.design_layout import Array
from coercion_sim.analysis.outcome_frame import OutcomeFrame
from coercion_sim.analysis.resampling import RESAMPLES, percentile_interval, resamples

#: Policies closer to the best than this, relative to the largest outcome of the sweep, share it.
TIE = 1e-9


@dataclass(frozen=True)
class RegretRow:
    """Robustness of one policy for one outcome.

    Attributes
    ----------
    maximise
        Whether more of the outcome was taken as better.
    worlds
        Worlds (point, replicate) that every policy finished.
    mean, high, most
        Mean, 95th percentile and maximum of regret over worlds, in the outcome's unit.
    mean_low, mean_high
        95 % bootstrap interval of the mean.
    best
        Share of worlds in which it is the best; m policies that tie have 1/m each, so that shares add up to 1.
    best_low, best_high
        Its 95 % bootstrap interval.
    """

    outcome: str
    policy: str
    maximise: bool
    worlds: int
    mean: float
    mean_low: float
    mean_high: float
    high: float
    most: float
    best: float
    best_low: float
    best_high: float
    note: str = ""


def regret(values: Array, *, maximise: bool) -> Array:
    """Regret (..., Q): the best outcome over policies in a world less the policy's own, the other way round for losses.

    ``max_q y_q - y_q`` where more is better, ``y_q - min_q y_q`` where less is (Savage 1951); never below 0.
    """
    best = values.max(axis=-1, keepdims=True) if maximise else values.min(axis=-1, keepdims=True)
    apart: Array = best - values if maximise else values - best
    return apart


def share_best(regrets: Array, tie: float) -> Array:
    """Share (..., Q) of being the best in each world: 1/m for each of m policies whose regret is at most `tie`."""
    first = regrets <= tie
    share: Array = first / first.sum(axis=-1, keepdims=True)
    return share


def regret_rows(
    frame: OutcomeFrame, outcome: str, *, maximise: bool, seed: int, times: int = RESAMPLES
) -> tuple[RegretRow, ...]:
    """Regret and probability of being best of every policy, over all worlds that all of them finished.

    Regret compares only the policies that were run: another rival changes it (Lempert, Groves, Popper and Bankes 2006,
    Management Science 52, 514-528).
    """
    values = frame.values[outcome]
    kept = kept_cells(values.sum(axis=2), frame.layout)
    worlds = kept.of(values)
    if not worlds.size:
        return ()
    # The bootstrap draws points of the whole layout, so that what was dropped stays in place as NaN.
    full = np.full((values.shape[0], worlds.shape[1], values.shape[2]), np.nan)
    full[kept.points] = worlds
    regrets = regret(full, maximise=maximise)
    share = np.full(regrets.shape, np.nan)
    share[kept.points] = share_best(regrets[kept.points], TIE * float(np.abs(worlds).max()))
    drawn = [
        (_mean(regrets[points][:, columns]), _mean(share[points][:, columns]))
        for points, columns in resamples(frame.layout, worlds.shape[1], seed, f"regret {outcome}", times)
    ]
    shape = (0, len(frame.policies))
    mean_low, mean_high = percentile_interval(np.array([m for m, _ in drawn]) if drawn else np.empty(shape))
    best_low, best_high = percentile_interval(np.array([b for _, b in drawn]) if drawn else np.empty(shape))
    mean, best = _mean(regrets), _mean(share)
    flat = regrets[kept.points].reshape(-1, len(frame.policies))
    high, most = np.quantile(flat, 0.95, axis=0), flat.max(axis=0)
    return tuple(
        RegretRow(
            outcome, policy, maximise, flat.shape[0], float(mean[q]), float(mean_low[q]), float(mean_high[q]),
            float(high[q]), float(most[q]), float(best[q]), float(best_low[q]), float(best_high[q]), kept.note,
        )
        for q, policy in enumerate(frame.policies)
    )  # fmt: skip


def _mean(values: Array) -> Array:
    """Mean over worlds (n, R, Q) -> (Q,), NaN left out."""
    there = np.isfinite(values)
    count = there.sum(axis=(0, 1))
    total = np.where(there, values, 0.0).sum(axis=(0, 1))
    mean: Array = np.divide(total, count, out=np.full(count.shape, math.nan), where=count > 0)
    return mean
