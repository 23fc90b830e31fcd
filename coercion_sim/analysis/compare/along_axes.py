"""Policies along a grid: means and paired differences at each value of one parameter, over all the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coercion_sim.analysis.compare.contrasts import MeanRow, mean_rows
from coercion_sim.analysis.sensitivity.design_layout import Layout
from coercion_sim.analysis.sensitivity.outcome_frame import OutcomeFrame


@dataclass(frozen=True)
class AxisRow:
    """Mean of one outcome, or of a difference, at one value of a parameter of a grid.

    Attributes
    ----------
    parameter, value
        Path and value; the mean is over all points that have it.
    row
        The mean with its interval, `MeanRow` of those points.
    """

    parameter: str
    value: Any
    row: MeanRow


def axis_rows(frame: OutcomeFrame, outcome: str, baseline: str = "") -> tuple[AxisRow, ...]:
    """Rows along every parameter of every grid, value by value in the order of the design."""
    found = []
    for axis, block in enumerate(frame.layout.blocks):
        if block.how != "grid":
            continue
        for path in block.paths:
            for value, part in slices(frame, axis, path):
                rows = mean_rows(part, outcome, baseline, by_point=False)
                found += [AxisRow(path, value, row) for row in rows]
    return tuple(found)


def slices(frame: OutcomeFrame, axis: int, path: str) -> Iterator[tuple[Any, OutcomeFrame]]:
    """Every value of a parameter of the grid `axis`, with the part of the sweep that has it.

    A grid crosses its parameters, so that every value has the same number of its rows.
    """
    layout = frame.layout
    column = frame.parameters[:, layout.paths.index(path)]
    rows_of_point = np.arange(layout.points).reshape(layout.shape)
    block = layout.blocks[axis]
    # Value of each row of the block, from any point of that row that was run.
    by_row = np.moveaxis(column[rows_of_point], axis, 0).reshape(block.rows, -1)
    known = np.isfinite(by_row)
    values = np.where(known.any(axis=1), by_row[np.arange(block.rows), known.argmax(axis=1)], np.nan)
    for value in dict.fromkeys(values[np.isfinite(values)].tolist()):
        rows = np.flatnonzero(values == value)
        points = np.take(rows_of_point, rows, axis=axis).reshape(-1)
        blocks = tuple(replace(b, rows=rows.size) if a == axis else b for a, b in enumerate(layout.blocks))
        part = replace(
            frame,
            values={name: cells[points] for name, cells in frame.values.items()},
            layout=Layout(blocks),
            parameters=frame.parameters[points],
        )
        yield frame.choices[path][int(value)] if path in frame.choices else value, part
