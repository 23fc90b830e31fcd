"""Outcomes of a sweep as arrays: point x replicate x policy, with the parameters of every point.

Replicates that share a drawn number are one independent unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coercion_sim.analysis.sensitivity.design_layout import Layout, read_layout
from coercion_sim.arrays import Array, Ints
from coercion_sim.errors import InvalidInput, Problem, ResultsError, nearest
from coercion_sim.experiments import Results
from coercion_sim.outcomes import OUTCOMES
from coercion_sim.outcomes import directions as catalogue_directions

#: Names of the outcomes, in the order of the catalogue.
NAMES = tuple(entry.name for entry in OUTCOMES)
UNITS = {entry.name: entry.unit for entry in OUTCOMES}


@dataclass(frozen=True, eq=False)
class OutcomeFrame:
    """Outcomes of a sweep.

    Attributes
    ----------
    values : outcome -> (P, R, Q)
        P points, R replicates, Q policies; NaN where a run failed or was not done.
    policies, replicates
        Names and numbers along the axes.
    layout
        The points as a product of blocks.
    parameters : (P, D)
        Value of every varied parameter; texts and true/false are coded 0, 1, ... by their place in `choices`.
    choices
        Path -> what the codes of such a column mean.
    units : (R,)
        Independent unit of each replicate.
    """

    values: Mapping[str, Array]
    policies: tuple[str, ...]
    replicates: tuple[int, ...]
    layout: Layout
    parameters: Array
    choices: Mapping[str, tuple[Any, ...]]
    units: Ints

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes read."""
        return tuple(self.values)

    def of(self, outcome: str, policy: str, against: str = "") -> Array:
        """Values (P, R) of one policy; with `against`, less those of that policy in the same point and replicate."""
        cells = self.values[outcome]
        own: Array = cells[:, :, self.policies.index(policy)]
        return own - cells[:, :, self.policies.index(against)] if against else own

    def setting(self, point: int) -> dict[str, Any]:
        """Varied parameters of one point by path, texts as texts."""
        setting: dict[str, Any] = {}
        for path, value in zip(self.layout.paths, self.parameters[point].tolist(), strict=True):
            known = path in self.choices and value == value
            setting[path] = self.choices[path][int(value)] if known else value
        return setting


def outcome_frame(results: Results, outcomes: Sequence[str] = NAMES) -> OutcomeFrame:
    """Read some outcomes of a sweep; `compare` and `run` are sweeps of one point.

    Raises
    ------
    InvalidInput
        For a name that is no outcome.
    ResultsError
        Where the tables do not fit the manifest: a point or policy it does not name, a run that is there twice.
    """
    check_outcomes(outcomes)
    layout = read_layout(results.manifest["design"])
    runs = results.table("runs")
    table = results.table("outcomes", ["point", "policy", "replicate", *dict.fromkeys(outcomes)])
    replicates = tuple(sorted(runs.column("replicate").unique().to_pylist()))
    shape = (layout.points, len(replicates), len(results.policies))
    at = (
        point_of(table, layout),
        positions(table.column("replicate"), replicates),
        positions(table.column("policy"), results.policies),
    )
    cell = np.ravel_multi_index(at, shape) if table.num_rows else np.zeros(0, dtype=np.int64)
    if np.unique(cell).size != cell.size:
        raise ResultsError("table 'outcomes': more than one row for the same point, replicate and policy")
    values = {}
    for name in outcomes:
        filled = np.full(shape, np.nan)
        filled.reshape(-1)[cell] = numbers(table, name)
        values[name] = filled
    parameters, choices = _parameters(runs, layout)
    units = units_of(results, replicates)
    return OutcomeFrame(values, results.policies, replicates, layout, parameters, choices, units)


def check_outcomes(names: Sequence[str], key: str | None = None) -> None:
    """Raise `InvalidInput` with one problem for every name that is no outcome."""
    InvalidInput.refuse(
        Problem("no such outcome", key=key, found=repr(name), suggestion=nearest(name, NAMES), allowed=", ".join(NAMES))
        for name in names
        if name not in NAMES
    )


def directions(maximise: Iterable[str] = (), minimise: Iterable[str] = ()) -> dict[str, bool]:
    """Outcome -> whether more of it is better: the catalogue's directions, with those given in their place.

    Raises
    ------
    InvalidInput
        For a name that is no outcome, or that is to be both.
    """
    more, less = tuple(maximise), tuple(minimise)
    check_outcomes(more, "--maximise")
    check_outcomes(less, "--minimise")
    both = sorted(set(more) & set(less))
    if both:
        raise InvalidInput([Problem("both to be maximised and minimised", found=repr(name)) for name in both])
    return {**catalogue_directions(), **dict.fromkeys(more, True), **dict.fromkeys(less, False)}


def numbers(table: pa.Table, name: str) -> Array:
    """One column as floats, NaN where it is null."""
    floats: Array = pc.cast(table.column(name), pa.float64()).to_numpy()
    return floats


def positions(column: Any, known: Sequence[Any]) -> Ints:
    """Position of each cell among the known values."""
    place = pc.index_in(pc.cast(column, _plain(column.type)), value_set=pa.array(known, type=_plain(column.type)))
    if place.null_count:
        raise ResultsError("a table holds a value that its manifest does not list")
    at: Ints = place.to_numpy().astype(np.int64)
    return at


def coded(values: Sequence[Any], known: Sequence[Any] = ()) -> tuple[Array, tuple[Any, ...]]:
    """Texts or true/false as codes (n,) and what they mean: those of `known` first, others in order; NaN for None."""
    rest = sorted({v for v in values if v is not None and v not in known}, key=str)
    meaning = (*dict.fromkeys(known), *rest)
    place = {value: float(i) for i, value in enumerate(meaning)}
    return np.array([np.nan if v is None else place[v] for v in values], dtype=np.float64), meaning


def is_number(type_: Any) -> bool:
    """Whether an Arrow column holds numbers (true and false are none)."""
    return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_))


def point_of(table: pa.Table, layout: Layout) -> Ints:
    """Point (rows,) of each row of a table."""
    point: Ints = table.column("point").to_numpy().astype(np.int64)
    if point.size and (point.min() < 0 or point.max() >= layout.points):
        raise ResultsError(f"point {point.max()} in a table, where the manifest names {layout.points}")
    return point


def _parameters(runs: pa.Table, layout: Layout) -> tuple[Array, dict[str, tuple[Any, ...]]]:
    """Value of each varied parameter at each point, from the first row of the point; NaN for a point without a run."""
    number, first = np.unique(point_of(runs, layout), return_index=True)
    matrix = np.full((layout.points, len(layout.paths)), np.nan)
    choices: dict[str, tuple[Any, ...]] = {}
    listed = {path: block.parameters.get(path) for block in layout.blocks for path in block.paths}
    for d, path in enumerate(layout.paths):
        name = f"param.{path}"
        if name not in runs.column_names:
            raise ResultsError(f"table 'runs' lacks the column {name} of a varied parameter")
        column = runs.column(name).take(pa.array(first))
        if is_number(column.type):
            matrix[number, d] = pc.cast(column, pa.float64()).to_numpy()
        else:
            matrix[number, d], choices[path] = coded(column.to_pylist(), _listed(listed[path]))
    return matrix, choices


def _listed(spec: Any) -> Sequence[Any]:
    """Values a plan lists for a parameter, in its order; none where it names a distribution."""
    if isinstance(spec, Mapping):
        spec = spec.get("choice")
    return spec if isinstance(spec, list | tuple) else ()


def _plain(type_: Any) -> Any:
    """Type of the cells of a column, dictionaries undone."""
    return type_.value_type if pa.types.is_dictionary(type_) else type_


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
