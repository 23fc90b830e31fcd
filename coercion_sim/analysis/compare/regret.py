"""Regret: how much worse each policy does than the best one in the same draw, and how often it is the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coercion_sim.analysis.compare.contrasts import kept_cells
from coercion_sim.analysis.sensitivity.design_layout import RESAMPLES, Array, Ints, percentile_interval, resamples
from coercion_sim.analysis.sensitivity.outcome_frame import OutcomeFrame

#: Policies closer to the best than this, relative to the largest outcome of the sweep, share it.
TIE = 1e-9


@dataclass(frozen=True)
class RegretRow:
    """Robustness of one policy for one outcome.

    Attributes
    ----------
    maximise
        Whether more of the outcome was taken as better.
    draws
        Draws (point, replicate) that every policy finished.
    mean, high, most
        Mean, 95th percentile and maximum of regret over draws, in the outcome's unit.
    mean_low, mean_high
        95 % bootstrap interval of the mean.
    best
        Share of draws in which it is the best; m policies that tie have 1/m each, so that shares add up to 1.
    best_low, best_high
        Its 95 % bootstrap interval.
    """

    outcome: str
    policy: str
    maximise: bool
    draws: int
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
    """Regret (..., Q): the best outcome over policies in a draw less the policy's own, the other way round for losses.

    ``max_q y_q - y_q`` where more is better, ``y_q - min_q y_q`` where less is (Savage 1951); never below 0.
    """
    best = values.max(axis=-1, keepdims=True) if maximise else values.min(axis=-1, keepdims=True)
    apart: Array = best - values if maximise else values - best
    return apart


def share_best(regrets: Array, tie: float) -> Array:
    """Share (..., Q) of being the best in each draw: 1/m for each of m policies whose regret is at most `tie`."""
    first = regrets <= tie
    share: Array = first / first.sum(axis=-1, keepdims=True)
    return share


def regret_rows(
    frame: OutcomeFrame, outcome: str, *, maximise: bool, seed: int, times: int = RESAMPLES
) -> tuple[RegretRow, ...]:
    """Regret and probability of being best of every policy, over all draws that all of them finished.

    Regret compares only the policies that were run: another rival changes it (Lempert, Groves, Popper and Bankes 2006,
    Management Science 52, 514-528).
    """
    values = frame.values[outcome]
    kept = kept_cells(values.sum(axis=2), frame.layout)
    draws = kept.of(values)
    if not draws.size:
        return ()
    regrets = regret(draws, maximise=maximise)
    share = share_best(regrets, TIE * float(np.abs(draws).max()))
    purpose = f"regret {outcome}"
    drawn = [*resamples(frame.layout, draws.shape[1], seed, purpose, times)]
    mean_low, mean_high = percentile_interval(_resampled(regrets, kept.points, drawn))
    best_low, best_high = percentile_interval(_resampled(share, kept.points, drawn))
    mean, best = regrets.mean(axis=(0, 1)), share.mean(axis=(0, 1))
    flat = regrets.reshape(-1, len(frame.policies))
    high, most = np.quantile(flat, 0.95, axis=0), flat.max(axis=0)
    return tuple(
        RegretRow(
            outcome, policy, maximise, flat.shape[0], float(mean[q]), float(mean_low[q]), float(mean_high[q]),
            float(high[q]), float(most[q]), float(best[q]), float(best_low[q]), float(best_high[q]), kept.note,
        )
        for q, policy in enumerate(frame.policies)
    )  # fmt: skip


def _resampled(values: Array, kept: npt.NDArray[np.bool_], drawn: Sequence[tuple[Ints, Ints]]) -> Array:
    """Mean (B, Q) of values (n, R, Q) in every resample, each point and replicate weighed by how often it was drawn.

    Points of the layout that are not among the n `kept` have no weight; a resample of nothing else is left out.
    """
    n, R, Q = values.shape
    means = np.empty((len(drawn), Q))
    for i, (points, columns) in enumerate(drawn):
        of_point = np.bincount(points, minlength=kept.size)[kept].astype(np.float64)
        of_column = np.bincount(columns, minlength=R).astype(np.float64)
        total = of_column @ (of_point @ values.reshape(n, R * Q)).reshape(R, Q)
        weight = of_point.sum() * of_column.sum()
        means[i] = total / weight if weight else np.nan
    return means[np.isfinite(means).all(axis=1)]
