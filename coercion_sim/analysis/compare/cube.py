"""One column of results as an array, policy x draw x quarter x state (or sector), and its rows with their spread."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from coercion_sim.analysis.records import flat
from coercion_sim.analysis.sensitivity.outcome_frame import numbers, positions, units_of
from coercion_sim.arrays import Array, Ints
from coercion_sim.errors import ResultsError
from coercion_sim.experiments import Results
from coercion_sim.intervals import clustered
from coercion_sim.wording import interval

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
    units : (K,)
        Independent unit of each draw; None for each its own.
    """

    values: Array
    policies: tuple[str, ...]
    draws: tuple[tuple[int, int], ...]
    periods: tuple[str, ...]
    labels: tuple[str, ...]
    units: Ints | None = None

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
    return Cube(values, policies, draws, quarters, labels, units_of_draws(results))


def draws_of(results: Results) -> tuple[tuple[tuple[int, int], ...], Ints]:
    """Draws, the (point, replicate) pairs of the table of runs in order, and a number for each, ascending."""
    runs = results.table("runs", DRAW)
    ascending = np.unique(draw_numbers(runs))
    return tuple((int(n >> _BITS), int(n & (1 << _BITS) - 1)) for n in ascending), ascending


def units_of_draws(results: Results) -> Ints:
    """Independent unit (K,) of each draw: that of its replicate, which is the same draw at every point."""

    def read() -> Ints:
        replicates = [replicate for _, replicate in draws_of(results)[0]]
        known = sorted(set(replicates))
        units: Ints = units_of(results, known)[np.searchsorted(known, replicates)]
        return units

    return results.keep("units of draws", read)


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


#: Names of the two intervals wherever they are shown.
RANGE_OVER_DRAWS = "5-95 % range over draws"
INTERVAL_OF_MEAN = "95 % interval of the mean"


@dataclass(frozen=True)
class Spread:
    """Mean, median and two intervals of one outcome over draws.

    `low` to `high` (5th to 95th percentile) is a range over draws of the uncertain numbers, not a margin of error of an
    estimate from data; `mean_low` to `mean_high` is the 95 % interval of the mean (`intervals.clustered`), which
    narrows as draws are added (a cautious one: a Sobol' sequence covers the space more evenly than independent draws).

    Attributes
    ----------
    n
        Draws with a value; with none everything is NaN.
    units
        Independent units among them, which the interval of the mean rests on; it is NaN where they are too few.
    """

    n: int
    mean: float
    median: float
    low: float
    high: float
    mean_low: float
    mean_high: float
    units: int = 0

    def range_text(self) -> str:
        """Median with the 5-95 % range over draws: ``−0.15 [−0.19, −0.11]``; the median alone of one replicate."""
        return interval(self.median, self.low, self.high)

    def mean_text(self, *, sign: bool = False, star: bool = False) -> str:
        """Mean with its 95 % interval; with `star` one follows where the interval excludes 0."""
        return interval(self.mean, self.mean_low, self.mean_high, sign=sign, star=star)

    def times(self, factor: float) -> Spread:
        """The spread in another unit."""
        numbers = ("mean", "median", "low", "high", "mean_low", "mean_high")
        return replace(self, **{name: factor * getattr(self, name) for name in numbers})

    @classmethod
    def of(cls, values: npt.ArrayLike, units: Ints | None = None, *, share: bool = False) -> Spread:
        """Summarise values (K,), one per draw; missing ones (NaN) are left out.

        Parameters
        ----------
        units : (K,)
            Independent unit of each; None for each its own.
        share
            Whether the mean is a share of draws, whose interval stays within 0 and 1.
        """
        given = np.asarray(values, dtype=np.float64).ravel()
        there = ~np.isnan(given)
        x = given[there]
        if x.size == 0:
            return cls(0, *(math.nan,) * 6)
        low, median, high = (float(q) for q in np.quantile(x, [0.05, 0.5, 0.95]))
        estimate = clustered(x, None if units is None else units[there])
        ends = estimate.share() if share else estimate.interval()
        return cls(x.size, float(estimate.mean), median, low, high, float(ends[0]), float(ends[1]), int(estimate.units))


@dataclass(frozen=True)
class Row:
    """One line of a summary.

    Attributes
    ----------
    outcome, unit
        Name and unit of the quantity, as in the data dictionary.
    policy, against
        The policy, and the one it is compared with (empty: the level itself).
    item
        State or sector; empty where the outcome has none.
    period
        Year, span of years, or window of quarters.
    spread
        Over replicates; for a comparison, of the paired differences.
    """

    outcome: str
    unit: str
    policy: str
    against: str
    item: str
    period: str
    spread: Spread

    def as_dict(self) -> dict[str, Any]:
        """Return the row flat, for JSON, CSV and pandas."""
        return flat(self, "spread") | flat(self.spread)


def rows_of(
    cube: Cube, outcome: str, unit: str, *, items: Iterable[str] | None = None, against: str = ""
) -> tuple[Row, ...]:
    """One row per policy, label and period. With `against`, of the differences to that policy in the same replicate."""
    labels = cube.labels if items is None else tuple(items)
    values = cube.values
    policies = list(enumerate(cube.policies))
    if against:
        base = cube.policies.index(against)
        values = values - values[base : base + 1]
        policies = [(p, name) for p, name in policies if p != base]
    return tuple(
        Row(outcome, unit, name, against, item, period, Spread.of(values[p, :, t, cube.labels.index(item)], cube.units))
        for p, name in policies
        for item in labels
        for t, period in enumerate(cube.periods)
    )


def single(
    values: Mapping[str, Any], outcome: str, unit: str, period: str, *, units: Ints | None = None, item: str = "",
    against: str = "", share: bool = False,
) -> tuple[Row, ...]:  # fmt: skip
    """One row per policy from arrays (K,) by policy; with `against`, of the paired differences; others as `Spread`."""
    if against:
        base = np.asarray(values[against], dtype=np.float64)
        values = {policy: np.asarray(x) - base for policy, x in values.items() if policy != against}
    return tuple(
        Row(outcome, unit, policy, against, item, period, Spread.of(x, units, share=share))
        for policy, x in values.items()
    )
