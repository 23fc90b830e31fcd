"""Cells (point x replicate) of a sweep: those to keep where runs failed, and their bootstrap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coercion_sim.analysis.sensitivity.design_layout import Array, Ints, Layout
from coercion_sim.rng import generator
from coercion_sim.wording import count

Bools = npt.NDArray[np.bool_]
#: Default number of resamples, and the coverage of intervals.
RESAMPLES = 500
CONFIDENCE = 0.95


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
            parts.append(count(self.dropped_units, "row of the design", "rows of the design"))
        if self.dropped_replicates:
            parts.append(count(self.dropped_replicates, "replicate", "replicates"))
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


def resamples(
    layout: Layout, replicates: int, seed: int, purpose: str, times: int = RESAMPLES
) -> Iterator[tuple[Ints, Ints]]:
    """Points and replicates drawn with replacement, `times` times; none where neither points nor replicates are draws.

    Units of every sampled block are drawn, block by block, and their points are all taken; so are replicates, if
    more than one. Replicate k meets the same luck at every point, so draws are not independent of each other
    and must not be drawn one by one: this two-way bootstrap errs on the wide side (Owen 2007, Annals of Applied
    Statistics 1, 386-411).

    Yields
    ------
    points : (n,)
        Indices of points; units of a block have the same size, so n = P.
    replicates : (R,)
        Indices of replicates.
    """
    drawn = [axis for axis, block in enumerate(layout.blocks) if block.sampled and block.units > 1]
    if not drawn and replicates < 2:
        return
    numbers = np.arange(layout.points).reshape(layout.shape)
    for number in range(times):
        luck = generator(seed, "bootstrap", purpose, number)
        points = numbers
        for axis in drawn:
            block = layout.blocks[axis]
            units = luck.integers(block.units, size=block.units)
            rows = (units[:, None] * block.unit + np.arange(block.unit)).reshape(-1)
            points = np.take(points, rows, axis=axis)
        columns = luck.integers(replicates, size=replicates) if replicates > 1 else np.zeros(1, dtype=np.int64)
        yield points.reshape(-1).astype(np.int64), columns.astype(np.int64)


def percentile_interval(draws: Array, confidence: float = CONFIDENCE) -> tuple[Array, Array]:
    """Percentile interval over the first axis of bootstrap values; NaN without values."""
    if draws.shape[0] == 0:
        nothing = np.full(draws.shape[1:], np.nan)
        return nothing, nothing
    tail = 0.5 * (1.0 - confidence)
    low, high = np.quantile(draws, [tail, 1.0 - tail], axis=0)
    return low, high
