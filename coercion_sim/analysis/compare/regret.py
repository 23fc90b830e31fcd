"""Regret: how much worse each policy does than the best one in the same draw, and how often it is the best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coercion_sim.analysis.compare.contrasts import kept_cells, over_design
from coercion_sim.analysis.sensitivity.outcome_frame import OutcomeFrame
from coercion_sim.arrays import Array
from coercion_sim.intervals import share_of_draws

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
        95 % interval of the mean, over what was drawn independently (`contrasts.over_design`).
    best
        Share of draws in which it is the best; m policies that tie have 1/m each, so that shares add up to 1.
    best_low, best_high
        Its 95 % interval, that of a share.
    units
        Independent units behind both intervals.
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
    units: int
    note: str = ""

    def best_text(self) -> str:
        """Share of draws in which it is the best; of fewer than `FEW_UNITS` independent draws their number."""
        return share_of_draws(self.best, self.draws, self.best_low, self.best_high, self.units)


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


def regret_rows(frame: OutcomeFrame, outcome: str, *, maximise: bool) -> tuple[RegretRow, ...]:
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
    flat = regrets.reshape(-1, len(frame.policies))
    high, most = np.quantile(flat, 0.95, axis=0), flat.max(axis=0)
    rows = []
    for q, policy in enumerate(frame.policies):
        mean, _ = over_design(regrets[:, :, q], kept, frame.layout, frame.units)
        best, _ = over_design(share[:, :, q], kept, frame.layout, frame.units)
        (mean_low, mean_high), (best_low, best_high) = mean.interval(), best.share()
        row = RegretRow(
            outcome, policy, maximise, flat.shape[0], float(mean.mean), float(mean_low), float(mean_high),
            float(high[q]), float(most[q]), float(best.mean), float(best_low), float(best_high),
            int(best.units), kept.note,
        )  # fmt: skip
        rows.append(row)
    return tuple(rows)
