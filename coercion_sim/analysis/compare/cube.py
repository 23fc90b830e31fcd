"""One column of results as an array: policy x draw x quarter x state (or sector)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coercion_sim.analysis.sensitivity.design_layout import Array, Ints
from coercion_sim.analysis.sensitivity.outcome_frame import numbers, positions
from coercion_sim.errors import ResultsError
from coercion_sim.experiments import Results

#: Columns that say which draw a run was in.
DRAW = ("point", "replicate")
#: Bits of a draw's number that hold its replicate.
_BITS = 32


@dataclass(frozen=True, eq=False)
class Cube:
    """Values of one outcome.

    Attributes
    ----------
    values : (P, K, T, L)
        P policies, K draws, T periods, L labels; NaN where a run failed, was not done, or has no value.
    policies, draws, periods, labels
        Names along the axes. A draw is a (point, replicate) pair. Periods are quarters, or
        years after `by_year`.
    """

    values: Array
    policies: tuple[str, ...]
    draws: tuple[tuple[int, int], ...]
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
    """Read one column of a table with one row per run, quarter and label. It reads only the columns it needs.

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
    key = ("cube", table, column, label, tuple(sorted(only.items())))
    return results.keep(key, lambda: _read(results, table, column, label, only))


def _read(results: Results, table: str, column: str, label: str | None, only: Mapping[str, str]) -> Cube:
    needed = ["policy", *DRAW, "step", *([label] if label else []), *only, column]
    rows = results.table(table, list(dict.fromkeys(needed)))
    for name, wanted in only.items():
        rows = rows.filter(pc.equal(rows.column(name), wanted))
    policies, quarters = results.policies, results.quarters
    draws, draw_number = draws_of(results)
    labels = _labels(results, rows, label)
    shape = (len(policies), len(draws), len(quarters), len(labels))
    at = (
        positions(rows.column("policy"), policies),
        np.searchsorted(draw_number, draw_numbers(rows)),
        rows.column("step").to_numpy(),
        positions(rows.column(label), labels) if label else np.zeros(rows.num_rows, dtype=np.int64),
    )
    if rows.num_rows and not (at[2].min() >= 0 and at[2].max() < len(quarters)):
        raise ResultsError(f"table {table!r}: step {at[2].max()}, where the manifest names {len(quarters)} quarters")
    flat = np.ravel_multi_index(at, shape) if rows.num_rows else np.zeros(0, dtype=np.int64)
    if flat.size and np.bincount(flat).max() > 1:
        raise ResultsError(f"table {table!r}: more than one row for the same run, quarter and {label or 'table'}")
    values = np.full(shape, np.nan)
    values.reshape(-1)[flat] = numbers(rows, column)
    return Cube(values, policies, draws, quarters, labels)


def draws_of(results: Results) -> tuple[tuple[tuple[int, int], ...], Ints]:
    """Draws, the (point, replicate) pairs of the table of runs in order, and a number for each, ascending."""
    runs = results.table("runs", DRAW)
    ascending = np.unique(draw_numbers(runs))
    return tuple((int(n >> _BITS), int(n & (1 << _BITS) - 1)) for n in ascending), ascending


def draw_numbers(rows: pa.Table) -> Ints:
    """One number for the draw of each row, in the order of (point, replicate)."""
    point, replicate = (rows.column(name).to_numpy().astype(np.int64) for name in DRAW)
    number: Ints = (point << _BITS) | replicate
    return number


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
