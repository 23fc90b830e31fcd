"""One column of results as an array: policy x replicate x quarter x state (or sector)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from coercion_sim.errors import ResultsError
from coercion_sim.experiments import Results

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cube:
    """Values of one outcome.

    Attributes
    ----------
    values : (P, K, T, L)
        P policies, K replicates, T periods, L labels; NaN where a run failed, was not done, or has no value.
    policies, replicates, periods, labels
        Names along the axes. Periods are quarters, or years after `by_year`.
    """

    values: Array
    policies: tuple[str, ...]
    replicates: tuple[int, ...]
    periods: tuple[str, ...]
    labels: tuple[str, ...]

    def by_year(self) -> Cube:
        """Mean of the quarters of each calendar year (those the run holds)."""
        years = tuple(dict.fromkeys(year_of(quarter) for quarter in self.periods))
        means = [self.values[:, :, self._steps(year), :].mean(axis=2) for year in years]
        return replace(self, values=np.stack(means, axis=2), periods=years)

    def over_all(self) -> Cube:
        """Mean over all quarters, as one period named after the first and last year."""
        return replace(self, values=self.values.mean(axis=2, keepdims=True), periods=(span(self.periods),))

    def _steps(self, year: str) -> list[int]:
        return [step for step, quarter in enumerate(self.periods) if year_of(quarter) == year]


def cube(results: Results, table: str, column: str, *, label: str | None = "state", **only: str) -> Cube:
    """Read one column of a table with one row per run, quarter and label.

    Parameters
    ----------
    label
        Column that names the last axis: states in the world's order, anything else in order of first appearance.
        None where the table has one row per run and quarter.
    only
        Columns and the value rows must have there, e.g. ``coercer="CHN"``.

    Raises
    ------
    ResultsError
        Where two rows claim one cell: the table does not match the data dictionary.
    """
    rows = results.table(table)
    for name, wanted in only.items():
        rows = rows.filter(pc.equal(rows.column(name), wanted))
    policies, quarters = results.policies, results.quarters
    replicates = tuple(sorted(results.table("runs").column("replicate").unique().to_pylist()))
    labels = _labels(results, rows, label)
    shape = (len(policies), len(replicates), len(quarters), len(labels))
    at = (
        _positions(rows.column("policy"), policies),
        _positions(rows.column("replicate"), replicates),
        rows.column("step").to_numpy(),
        _positions(rows.column(label), labels) if label else np.zeros(rows.num_rows, dtype=np.int64),
    )
    flat = np.ravel_multi_index(at, shape) if rows.num_rows else np.zeros(0, dtype=np.int64)
    if np.unique(flat).size != flat.size:
        raise ResultsError(f"table {table!r}: more than one row for the same run, quarter and {label or 'table'}")
    values = np.full(shape, np.nan)
    values.reshape(-1)[flat] = pc.cast(rows.column(column), pa.float64()).to_numpy()
    return Cube(values, policies, replicates, quarters, labels)


def year_of(quarter: str) -> str:
    """Year of a quarter's label: ``2020`` of ``2020Q2``."""
    return quarter.split("Q")[0]


def span(periods: tuple[str, ...]) -> str:
    """First to last year of a run in words."""
    first, last = year_of(periods[0]), year_of(periods[-1])
    return first if first == last else f"{first}-{last}"


def _labels(results: Results, rows: pa.Table, label: str | None) -> tuple[str, ...]:
    if label is None:
        return ("",)
    present = tuple(rows.column(label).unique().to_pylist())
    if label == "state":
        return tuple(s for s in results.states if s in set(present))
    return present


def _positions(column: Any, known: tuple[Any, ...]) -> npt.NDArray[np.int64]:
    """Position of each cell among the known values."""
    found = pc.index_in(column, value_set=pa.array(known, type=column.type))
    if found.null_count:
        raise ResultsError("a table names something its manifest does not")
    positions: npt.NDArray[np.int64] = found.to_numpy().astype(np.int64)
    return positions
