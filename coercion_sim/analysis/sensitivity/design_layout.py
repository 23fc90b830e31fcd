"""The points of a sweep as a product of blocks, and which of its rows are independent: the units of intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from coercion_sim.arrays import Array, Bools, Ints
from coercion_sim.errors import ResultsError
from coercion_sim.intervals import FEWEST_UNITS
from coercion_sim.rng import generator
from coercion_sim.wording import count

#: Blocks whose rows are chosen, not drawn from a distribution.
FIXED = ("grid", "table")


@dataclass(frozen=True)
class Block:
    """One block of varied parameters.

    Attributes
    ----------
    how
        ``grid``, ``random``, ``sobol``, ``latin_hypercube``, ``morris``, ``saltelli`` or ``table``.
    rows
        Rows n of the block.
    paths
        Parameters varied, D of them, in the order of the design's coordinates.
    parameters
        Path -> what the plan says of it (a list, or a table such as ``{"uniform": [0, 1]}``).
    given
        What the plan says besides: points, trajectories, levels, file.
    """

    how: str
    rows: int
    paths: tuple[str, ...]
    parameters: Mapping[str, Any]
    given: Mapping[str, Any]

    @property
    def unit(self) -> int:
        """Rows that belong together: D + 2 of a base row of `saltelli`, D + 1 of a `morris` trajectory, else 1."""
        return {"saltelli": len(self.paths) + 2, "morris": len(self.paths) + 1}.get(self.how, 1)

    @property
    def units(self) -> int:
        """Independent units: base rows, trajectories, or rows."""
        return self.rows // self.unit

    @property
    def sampled(self) -> bool:
        """Whether its units are draws from a distribution, so that they may stand for others not drawn."""
        return self.how not in FIXED


@dataclass(frozen=True)
class Layout:
    """Points as the product of blocks, the last varying fastest; no block is one point, number 0."""

    blocks: tuple[Block, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows of each block."""
        return tuple(block.rows for block in self.blocks)

    @property
    def points(self) -> int:
        """Number of points."""
        return prod(self.shape)

    @property
    def paths(self) -> tuple[str, ...]:
        """Parameters varied, block by block."""
        return tuple(path for block in self.blocks for path in block.paths)

    def unit_of(self, block: int) -> Ints:
        """Unit of one block that each point (P,) belongs to."""
        rows = np.arange(self.blocks[block].rows) // self.blocks[block].unit
        shape = [1] * len(self.shape)
        shape[block] = -1
        spread: Ints = np.broadcast_to(rows.reshape(shape), self.shape).reshape(-1).astype(np.int64)
        return spread

    def independent(self) -> Bools:
        """Points (P,) drawn independently of each other within each block.

        All rows, but of `saltelli` the first and last of each base row (A and B, whose mixtures the others are), and of
        `morris` the first of each trajectory.
        """
        chosen = np.ones(self.shape, dtype=bool)
        for axis, block in enumerate(self.blocks):
            place = np.arange(block.rows) % block.unit
            keep = place == 0
            if block.how == "saltelli":
                keep |= place == block.unit - 1
            shape = [1] * len(self.shape)
            shape[axis] = -1
            chosen &= keep.reshape(shape)
        return chosen.reshape(-1)

    def slices(self, block: int) -> Iterator[Ints]:
        """Points (n,) of one block in order, under every setting of the other blocks in turn."""
        numbers = np.moveaxis(np.arange(self.points).reshape(self.shape), block, -1)
        yield from numbers.reshape(-1, self.shape[block]).astype(np.int64)


def read_layout(design: Mapping[str, Any]) -> Layout:
    """Blocks from the manifest's ``design``; none where nothing was varied.

    Raises
    ------
    ResultsError
        Where the rows of the blocks do not multiply to the points, or a block's rows are no whole number of units.
    """
    blocks = tuple(_block(entry) for entry in design.get("blocks") or ())
    layout = Layout(blocks)
    points = design.get("points", 1)
    if layout.points != points:
        raise ResultsError(f"the manifest names {points} points where its blocks make {layout.points}")
    for block in blocks:
        if block.rows % block.unit:
            raise ResultsError(f"{block.how} block: {block.rows} rows, no multiple of {block.unit}")
    return layout


def _block(entry: Mapping[str, Any]) -> Block:
    rest = {key: entry[key] for key in ("points", "trajectories", "levels", "file") if key in entry}
    paths: Sequence[str] = entry["paths"]
    return Block(str(entry["how"]), int(entry["rows"]), tuple(paths), entry.get("parameters") or {}, rest)


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
    layout: Layout, units: Ints, seed: int, purpose: str, times: int = RESAMPLES
) -> Iterator[tuple[Ints, Ints]]:
    """Points and replicates drawn with replacement, `times` times; none where either are too few.

    Units of every sampled block are drawn, block by block, and their points are all taken; so are the `units` (R,) of
    replicates. Fewer than `FEWEST_UNITS` of either give no resamples. Replicate k meets the same luck at every point,
    so draws are not independent of each other and must not be drawn one by one: this two-way bootstrap errs on the wide
    side (Owen 2007, Annals of Applied Statistics 1, 386-411).

    Yields
    ------
    points : (n,)
        Indices of points; units of a block have the same size, so n = P.
    replicates : (n,)
        Indices of replicates; R where each is its own unit.
    """
    drawn = [axis for axis, block in enumerate(layout.blocks) if block.sampled and block.units > 1]
    members = [np.flatnonzero(units == unit) for unit in np.unique(units)]
    if min([len(members), *(layout.blocks[axis].units for axis in drawn)]) < FEWEST_UNITS:
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
        columns = np.concatenate([members[unit] for unit in luck.integers(len(members), size=len(members))])
        yield points.reshape(-1).astype(np.int64), columns.astype(np.int64)


def percentile_interval(draws: Array, confidence: float = CONFIDENCE) -> tuple[Array, Array]:
    """Percentile interval over the first axis of bootstrap values; NaN without values."""
    if draws.shape[0] == 0:
        nothing = np.full(draws.shape[1:], np.nan)
        return nothing, nothing
    tail = 0.5 * (1.0 - confidence)
    low, high = np.quantile(draws, [tail, 1.0 - tail], axis=0)
    return low, high
