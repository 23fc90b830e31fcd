"""Cells of a map over two parameters of a sweep: the runs in each, their mean, and the frontier between cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coercion_sim.analysis import draw_numbers, units_of
from coercion_sim.arrays import Array, Ints
from coercion_sim.errors import InvalidInput, Problem, unlisted
from coercion_sim.experiments import Results
from coercion_sim.figures.style.captions import value_text
from coercion_sim.figures.style.data import NothingToShow, places, rows_kept
from coercion_sim.intervals import ratio
from coercion_sim.outcomes import KEYS, OUTCOMES
from coercion_sim.wording import policy_label

#: Outcome mapped unless another is named: 1 in a run in which somebody pressed, else 0.
COERCION = "coercion"
#: A parameter with more values than this is cut into classes.
MOST_VALUES = 12
#: Runs of each policy that a cell should hold on average where the number of classes can be chosen.
RUNS_A_CELL = 8
_KEY = ["point", "policy", "replicate"]
_PREFIX = "param."


@dataclass(frozen=True, eq=False)
class Scale:
    """One axis of a map.

    Attributes
    ----------
    edges : (n + 1,)
        Of the cells: whole numbers less a half where the parameter took a few values, evenly spaced whatever they are;
        else the limits of equal classes, in the parameter's unit (equal in its logarithm where `logarithmic`).
    labels
        Values of the parameter in the middle of each cell; empty for classes.
    """

    path: str
    edges: Array
    labels: tuple[str, ...]
    logarithmic: bool = False

    @property
    def centres(self) -> Array:
        """Middle of each cell, (n,)."""
        if self.logarithmic:
            middle: Array = np.sqrt(self.edges[1:] * self.edges[:-1])
            return middle
        return 0.5 * (self.edges[1:] + self.edges[:-1])


@dataclass(frozen=True, eq=False)
class Cells:
    """A map of one outcome.

    Attributes
    ----------
    mean, count : policy -> (Y, X)
        Mean over the runs of each cell (NaN without any), and their number.
    low, high : policy -> (Y, X)
        95 % interval of a share, NaN in cells with too few units; empty where runs of a cell are not different draws.
    averaged
        Varied parameters that are neither axis: each cell is a mean over their values.
    """

    outcome: str
    x: Scale
    y: Scale
    mean: dict[str, Array]
    count: dict[str, Ints]
    low: dict[str, Array]
    high: dict[str, Array]
    averaged: tuple[str, ...]

    @property
    def spread(self) -> tuple[float, float]:
        """Smallest and largest mean of any cell."""
        every = np.concatenate([cells.ravel() for cells in self.mean.values()])
        return float(np.nanmin(every)), float(np.nanmax(every))


def map_cells(results: Results, outcome: str, policies: Sequence[str], axes: Sequence[str] | None = None) -> Cells:
    """Sort the runs of a sweep into cells of two of its parameters.

    Raises
    ------
    NothingToShow
        Where fewer than two parameters vary, or no run of a policy finished.
    InvalidInput
        For an unknown outcome or parameter.
    """
    x, y, averaged = _axes(results, axes)
    runs = _runs(results, outcome, (x, y))
    scales = tuple(_scale(results, path, runs.column(_PREFIX + path), runs.num_rows) for path in (x, y))
    column, row = (at for _, at in scales)
    shape = (len(scales[1][0].edges) - 1, len(scales[0][0].edges) - 1)
    value = pc.cast(runs.column("value"), pa.float64()).to_numpy()
    policy_of, cell = places(runs.column("policy"), results.policies), row * shape[1] + column
    apart = _independent(cell, policy_of, runs) and outcome == COERCION
    replicates, at = np.unique(runs.column("replicate").to_numpy(), return_inverse=True)
    unit: Ints = units_of(results, replicates.tolist())[at]
    mean, count, low, high = {}, {}, {}, {}
    for policy in policies:
        mine = policy_of == results.policies.index(policy)
        if not mine.any():
            raise NothingToShow(f"no run under {policy_label(policy)} finished")
        n = np.bincount(cell[mine], minlength=shape[0] * shape[1])
        total = np.bincount(cell[mine], value[mine], minlength=shape[0] * shape[1])
        mean[policy] = np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0).reshape(shape)
        count[policy] = n.reshape(shape)
        if apart:
            hits, of = (_by_unit(cell[mine], unit[mine], w, n.size) for w in (value[mine], np.ones(mine.sum())))
            low[policy], high[policy] = (end.reshape(shape) for end in ratio(hits, of).share())
    return Cells(outcome, scales[0][0], scales[1][0], mean, count, low, high, averaged)


def frontier(cells: Cells, policy: str, level: float) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Edges, each as its two ends, between a cell whose mean is below a level and a neighbour at it or above."""
    values, x, y = cells.mean[policy], cells.x.edges.tolist(), cells.y.edges.tolist()
    known, below = np.isfinite(values), values < level
    upright = np.argwhere((below[:, 1:] != below[:, :-1]) & known[:, 1:] & known[:, :-1])
    level_ = np.argwhere((below[1:] != below[:-1]) & known[1:] & known[:-1])
    edges = [((x[c + 1], y[r]), (x[c + 1], y[r + 1])) for r, c in upright]
    return edges + [((x[c], y[r + 1]), (x[c + 1], y[r + 1])) for r, c in level_]


def _axes(results: Results, requested: Sequence[str] | None) -> tuple[str, str, tuple[str, ...]]:
    """Parameters of the two axes, and the other varied ones."""
    varied = tuple(path for block in results.manifest["design"].get("blocks") or () for path in block["paths"])
    if requested is None:
        if len(varied) >= 2:
            return varied[0], varied[1], varied[2:]
        has = f"this one varies {varied[0]} alone" if varied else "no parameter is varied here"
        raise NothingToShow(f"a map needs a sweep that varies two parameters; {has}")
    known = tuple(name.removeprefix(_PREFIX) for name in results.table("runs").column_names if name.startswith(_PREFIX))
    problems = unlisted("not varied here", requested, known)
    if len(requested) != 2 or len(set(requested)) != 2:
        problems.append(Problem("a map has two different axes", found=", ".join(requested), allowed=", ".join(known)))
    InvalidInput.refuse(problems)
    return requested[0], requested[1], tuple(path for path in varied if path not in requested)


def _runs(results: Results, outcome: str, paths: tuple[str, str]) -> pa.Table:
    """Finished runs: policy, point, replicate, both parameters, and the outcome as ``value``."""
    known = [c.name for c in OUTCOMES if c not in KEYS]
    source = "attempts" if outcome == COERCION else outcome
    InvalidInput.refuse(unlisted("no such outcome", [outcome], [COERCION, *known]))
    outcomes = rows_kept(results, "outcomes", [*_KEY, source])
    # One thread: rows in the order of the tables, so that sums are the same to the last digit every time.
    runs = results.table("runs", [*_KEY, *(_PREFIX + path for path in paths)])
    joined = outcomes.join(runs, keys=_KEY, use_threads=False)
    value = joined.column(source)
    return joined.append_column("value", pc.greater_equal(value, 1.0) if outcome == COERCION else value)


def _scale(results: Results, path: str, column: pa.ChunkedArray, runs: int) -> tuple[Scale, Ints]:
    """Axis of one parameter, and the class (rows,) each run falls into."""
    distinct = [v for v in column.unique().to_pylist() if v is not None]
    spec = _spec(results, path)
    if len(distinct) > MOST_VALUES and not isinstance(distinct[0], str):
        classes = int(np.clip(np.sqrt(runs / len(results.policies) / RUNS_A_CELL), 3, 10))
        logarithmic = isinstance(spec, dict) and "log_uniform" in spec
        return _classes(path, pc.cast(column, pa.float64()).to_numpy(), classes, logarithmic=logarithmic)
    order = sorted(distinct)
    if isinstance(spec, list) and all(isinstance(v, str) for v in [*spec, *distinct]):
        order.sort(key=lambda v: spec.index(v) if v in spec else len(spec))
    labels = tuple(v.replace("_", " ") if isinstance(v, str) else value_text(v) for v in order)
    at = np.array([order.index(value) for value in column.to_pylist()], dtype=np.int64)
    return Scale(path, np.linspace(-0.5, len(order) - 0.5, len(order) + 1), labels), at


def _spec(results: Results, path: str) -> Any:
    """Values or distribution of a parameter in the design; None without any."""
    blocks = results.manifest["design"].get("blocks") or ()
    return next(((block.get("parameters") or {}).get(path) for block in blocks if path in block["paths"]), None)


def _classes(path: str, values: Array, classes: int, *, logarithmic: bool) -> tuple[Scale, Ints]:
    """Axis cut into equal classes, of the value or of its logarithm, and the class of each run."""
    steps: Array = np.linspace(0.0, 1.0, classes + 1)
    low, high = float(values.min()), float(values.max())
    edges = low * (high / low) ** steps if logarithmic else low + (high - low) * steps
    at = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, classes - 1).astype(np.int64)
    return Scale(path, edges, (), logarithmic), at


def _by_unit(cell: Ints, unit: Ints, weight: Array, cells: int) -> Array:
    """Sums (cells, units) of weights."""
    width = int(unit.max(initial=-1)) + 1
    sums: Array = np.bincount(cell * width + unit, weight, minlength=cells * width).astype(np.float64)
    return sums.reshape(cells, width)


def _independent(cell: Ints, policy_of: Ints, runs: pa.Table) -> bool:
    """Whether the runs of every cell are different replicates, that is, draws independent of each other."""
    draw = draw_numbers(runs)
    replicate = runs.column("replicate").to_numpy()
    drawn = np.unique(np.stack([policy_of, cell, replicate]), axis=1).shape[1]
    return bool(drawn == np.unique(np.stack([policy_of, cell, draw]), axis=1).shape[1])
