"""Bootstrap over what was drawn: units of sampled blocks and replicates, never the rows of a grid."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from coercion_sim.analysis.sensitivity.design_layout import Array, Ints, Layout
from coercion_sim.rng import generator

#: Resamples where nothing else is asked for, and the coverage intervals aim at.
RESAMPLES = 500
CONFIDENCE = 0.95


def resamples(
    layout: Layout, replicates: int, seed: int, purpose: str, times: int = RESAMPLES
) -> Iterator[tuple[Ints, Ints]]:
    """Points and replicates drawn with replacement, `times` times; nothing where there is nothing to draw.

    Units of every sampled block are drawn, block by block, and their points are all taken; so are replicates, where
    there is more than one. Replicate k meets the same luck at every point, so draws are not independent of each other
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
    """Percentile interval over the first axis of bootstrap values; NaN where there are none."""
    if draws.shape[0] == 0:
        nothing = np.full(draws.shape[1:], np.nan)
        return nothing, nothing
    tail = 0.5 * (1.0 - confidence)
    low, high = np.quantile(draws, [tail, 1.0 - tail], axis=0)
    return low, high
