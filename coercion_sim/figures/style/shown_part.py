"""Which part of results a figure shows: policies, a kept table, one run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from coercion_sim.experiments import Results
from coercion_sim.figures.style.data import NothingToShow
from coercion_sim.figures.style.text import origin

Ints = npt.NDArray[np.int64]


def one_world(results: Results, replicate: int, point: int = 0) -> str:
    """End of the line under a figure of one run: which world it is."""
    where = f"point {point}, " if results.points > 1 else ""
    return f"One world ({where}replicate {replicate}), so no range; n = 1 run, {origin(results)}."


def policies_asked(results: Results, policies: Sequence[str] | str | None) -> tuple[str, ...]:
    """Policies to show, in the order of the experiment; all of them if None.

    Raises
    ------
    InvalidInput
        For a policy the results do not have.
    """
    if policies is None:
        return results.policies
    return results.only(policies=(policies,) if isinstance(policies, str) else tuple(policies)).policies


def rows_kept(results: Results, table: str, columns: Sequence[str]) -> pa.Table:
    """Columns of a table, where the sweep kept it.

    Raises
    ------
    NothingToShow
        Where it did not.
    """
    if table not in results.tables:
        raise NothingToShow(f"this sweep kept no table of {table}; name it under `tables` in the plan")
    return results.table(table, columns)


def places(column: pa.ChunkedArray, known: Sequence[str]) -> Ints:
    """Position of each cell among known texts; -1 where it is none of them."""
    found = pc.fill_null(pc.index_in(column, value_set=pa.array(list(known), pa.string())), -1)
    at: Ints = found.to_numpy().astype(np.int64)
    return at
