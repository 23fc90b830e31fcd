"""The independent units of a sweep: replicates, or groups of them that share a drawn number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coercion_sim.arrays import Ints
from coercion_sim.experiments import Results


def units_of(results: Results, replicates: Sequence[int]) -> Ints:
    """Unit (R,) of each replicate: 0, 1, ... in order of first appearance.

    Two replicates with the same value of a number drawn from a continuous distribution are one unit, since their
    outcomes go together: where 1,000 replicates take 64 draws of the economy in turn, a mean rests on 64.
    """
    units: Ints = np.arange(len(replicates), dtype=np.int64)
    design = results.manifest["design"]
    if design.get("drawn") == "defaults" or len(replicates) < 2:
        return units
    runs = results.table("runs")
    first = _first_rows(runs, replicates)
    for path in design.get("uncertain") or ():
        if _continuous(results.manifest["scenario"].get("content") or {}, path):
            column = pc.cast(runs.column(f"param.{path}").take(pa.array(first)), pa.float64()).to_numpy()
            units = _merged(units, np.unique(column, return_inverse=True)[1].astype(np.int64))
    return units


def _continuous(content: Any, path: str) -> bool:
    """Whether the scenario draws a number from a whole range."""
    for key in path.split("."):
        content = content.get(key) if isinstance(content, Mapping) else None
    ends = content.get("uniform") or content.get("log_uniform") if isinstance(content, Mapping) else None
    return ends is not None and ends[0] < ends[1]


def _first_rows(runs: pa.Table, replicates: Sequence[int]) -> Ints:
    """First row of the table of runs of each replicate."""
    number, first = np.unique(runs.column("replicate").to_numpy(), return_index=True)
    rows: Ints = first[np.searchsorted(number, replicates)].astype(np.int64)
    return rows


def _merged(units: Ints, shared: Ints) -> Ints:
    """Units joined where they share a value: components of the graph of both groupings."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = int(units.max()) + 1
    nodes = size + int(shared.max()) + 1
    edges = coo_array((np.ones(units.size), (units, size + shared)), shape=(nodes, nodes))
    component = connected_components(edges, directed=False)[1][units]
    merged: Ints = np.unique(component, return_inverse=True)[1].astype(np.int64)
    return merged
