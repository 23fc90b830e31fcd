"""Failed runs leave holes: which replicates and points to keep so that nothing kept has one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coercion_sim.analysis.sensitivity.design_layout import Array, Ints

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Kept:
    """A rectangle without holes.

    Attributes
    ----------
    points : (P,)
        Points kept; a unit (base row, trajectory) is kept or dropped whole.
    replicates : (R,)
        Replicates kept.
    dropped_units, dropped_replicates
        How many were left out.
    """

    points: Bools
    replicates: Bools
    dropped_units: int
    dropped_replicates: int

    def of(self, values: Array) -> Array:
        """Rows and columns kept of values (P, R, ...)."""
        return values[self.points][:, self.replicates]

    @property
    def note(self) -> str:
        """What was left out, in words; empty where nothing was."""
        parts = []
        if self.dropped_units:
            parts.append(_count(self.dropped_units, "row of the design", "rows of the design"))
        if self.dropped_replicates:
            parts.append(_count(self.dropped_replicates, "replicate", "replicates"))
        return f"left out, for runs that failed or were not done: {' and '.join(parts)}" if parts else ""


def complete(values: Array, units: Ints | None = None) -> Kept:
    """Keep the largest rectangle without holes.

    Replicates are taken in the order of how many points have them, most first; for each number k of replicates, c(k)
    units have all their points in all of them. The k with the largest k c(k) is kept (the larger k of two).

    Parameters
    ----------
    values : (P, R)
        NaN is a hole.
    units : (P,)
        Number 0, 1, ... of the unit a point belongs to; None for each point its own.
    """
    done = np.isfinite(values)
    P, R = done.shape
    units = np.arange(P) if units is None else units
    whole = np.ones((int(units.max(initial=-1)) + 1, R), dtype=bool)
    np.logical_and.at(whole, units, done)
    order = np.argsort(-done.sum(axis=0), kind="stable")
    both = np.logical_and.accumulate(whole[:, order], axis=1)
    size = both.sum(axis=0) * np.arange(1, R + 1)
    best = R - 1 - int(np.argmax(size[::-1])) if R else -1
    replicates = np.zeros(R, dtype=bool)
    replicates[order[: best + 1]] = True
    kept = both[:, best] if R else np.zeros(whole.shape[0], dtype=bool)
    if not kept.any():
        return Kept(np.zeros(P, dtype=bool), np.zeros(R, dtype=bool), whole.shape[0], R)
    return Kept(kept[units], replicates, int((~kept).sum()), R - int(replicates.sum()))


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
