"""The points of a sweep as a product of blocks, and which of its rows are independent of each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from coercion_sim.errors import ResultsError

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

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

    def independent(self) -> npt.NDArray[np.bool_]:
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
