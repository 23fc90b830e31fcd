"""The points of a design as a table: which number each has, its content, and its parameters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from coercion_sim.errors import ResultsError
from coercion_sim.experiments.blocks import Block
from coercion_sim.experiments.design import Design
from coercion_sim.experiments.parts import describe_file
from coercion_sim.experiments.tables import PARAMETER
from coercion_sim.files import write_whole
from coercion_sim.outcomes import POINT

POINTS = "points.parquet"


def points_table(design: Design) -> pa.Table:
    """One row for every point: `point`, `key` (a hash of its content), ``param.`` columns of what is varied.

    `values` has the same exactly, as JSON.
    """
    values = [design.of_point(point) for point in range(design.points)]
    columns: dict[str, Any] = {
        POINT.name: pa.array(range(design.points), pa.int64()),
        "key": pa.array(list(design.point_keys()), pa.string()),
        "values": pa.array([json.dumps(row) for row in values], pa.string()),
    }
    for path in design.varied:
        number = design.columns[path] == "float"
        cells = [float(row[path]) if number else str(row[path]) for row in values]
        columns[PARAMETER + path] = pa.array(cells, pa.float64() if number else pa.string())
    return pa.table(columns)


def write_points(folder: Path, design: Design) -> dict[str, Any]:
    """Write the table; return what the manifest says of it."""
    table = points_table(design)
    write_whole(folder / POINTS, lambda path: pq.write_table(table, path, compression="zstd"))
    return describe_file(folder / POINTS, table.num_rows)


def read_point_keys(folder: Path) -> list[str]:
    """Hash of the content of every point of results, by number."""
    return _column(folder, "key")


def read_points(folder: Path) -> Block:
    """Points of results as one block: exactly the values they were run with, whatever the blocks they came from."""
    values = [json.loads(text) for text in _column(folder, "values")]
    paths = tuple(values[0])
    return Block("table", paths, tuple(tuple(row[path] for path in paths) for row in values))


def _column(folder: Path, name: str) -> list[str]:
    try:
        keys: list[str] = pq.read_table(folder / POINTS, columns=[name]).column(name).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise ResultsError(f"{folder / POINTS}: cannot be read ({error})") from None
    return keys
