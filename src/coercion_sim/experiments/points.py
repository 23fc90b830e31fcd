"""The points of a design as a table: which number each has, its content, and its parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from coercion_sim.errors import ResultsError
from coercion_sim.experiments.design import Design
from coercion_sim.experiments.files import write_whole
from coercion_sim.experiments.parts import describe_file
from coercion_sim.experiments.tables import PARAMETER
from coercion_sim.scenario import POINT

POINTS = "points.parquet"


def points_table(design: Design) -> pa.Table:
    """One row for every point: `point`, `key` (a hash of its content) and ``param.`` columns of what is varied."""
    values = [design.of_point(point) for point in range(design.points)]
    columns: dict[str, Any] = {
        POINT.name: pa.array(range(design.points), pa.int64()),
        "key": pa.array(list(design.point_keys()), pa.string()),
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
    """Content of every point of finished results, by number."""
    try:
        keys: list[str] = pq.read_table(folder / POINTS, columns=["key"]).column("key").to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise ResultsError(f"{folder / POINTS}: cannot be read ({error})") from None
    return keys
