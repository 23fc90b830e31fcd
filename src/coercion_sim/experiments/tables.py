"""Rows of results: typed by the data dictionary, one set of tables per run, the same bytes for the same run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from coercion_sim.errors import CoercionSimError
from coercion_sim.experiments.design import Design, Value
from coercion_sim.scenario import TABLES

#: Prefix of the columns of `runs` that hold uncertain parameters.
PARAMETER = "param."

_TYPES = {"str": pa.string(), "int": pa.int64(), "float": pa.float64()}


@dataclass(frozen=True)
class RunRows:
    """What one (policy, replicate) left: a status and its tables, each an Arrow table in the house schema."""

    policy: str
    replicate: int
    status: str
    tables: Mapping[str, pa.Table]


def schema(table: str, parameters: Mapping[str, str] | None = None) -> pa.Schema:
    """Arrow schema of a results table, unit and meaning in the metadata of each field.

    `parameters` (path -> ``float`` or ``str``) adds the ``param.`` columns of `runs`.
    """
    fields = [pa.field(c.name, _TYPES[c.type], metadata={"unit": c.unit, "meaning": c.meaning}) for c in TABLES[table]]
    if table == "runs":
        fields += [
            pa.field(
                PARAMETER + path,
                _TYPES[kind],
                metadata={"unit": "as in the scenario", "meaning": f"uncertain parameter {path}"},
            )
            for path, kind in (parameters or {}).items()
        ]
    return pa.schema(fields)


def finished_rows(design: Design, policy: str, replicate: int, tables: Mapping[str, Mapping[str, Any]]) -> RunRows:
    """Type the tables of one run record; every column of the data dictionary must be there, and no other.

    Missing numbers (NaN) become nulls. The parameters come from the design, so that failed runs have them too.
    """
    made = {}
    types = design.column_types()
    for name in TABLES:
        columns = {key: values for key, values in tables[name].items() if not key.startswith(PARAMETER)}
        if name == "runs":
            columns |= {
                PARAMETER + path: [_cell(value, types[path])] for path, value in design.of_replicate(replicate).items()
            }
        made[name] = _typed(name, schema(name, types), columns)
    status = made["runs"].column("status")[0].as_py()
    return RunRows(policy, replicate, status, made)


def failed_rows(design: Design, policy: str, replicate: int, error: str) -> RunRows:
    """Record a failed run: one row of `runs` with its error, nothing in the other tables."""
    empty: dict[str, dict[str, Any]] = {name: {c.name: [] for c in TABLES[name]} for name in TABLES}
    empty["runs"] = {c.name: [None] for c in TABLES["runs"]}
    empty["runs"] |= {
        "policy": [policy], "replicate": [replicate], "seed": [design.seed], "status": ["failed"], "error": [error],
    }  # fmt: skip
    return finished_rows(design, policy, replicate, empty)


def _typed(name: str, want: pa.Schema, columns: Mapping[str, Any]) -> pa.Table:
    """Make one table, or say which columns are wrong."""
    wrong = sorted(set(want.names) ^ set(columns))
    if wrong:
        raise CoercionSimError(f"table {name!r} of a run does not match the data dictionary: {', '.join(wrong)}")
    arrays = [pa.array(columns[field.name], type=field.type, from_pandas=True) for field in want]
    table = pa.Table.from_arrays(arrays, schema=want)
    return table.sort_by("step") if "step" in want.names else table


def _cell(value: Value, kind: str) -> float | str:
    """One parameter value as its column holds it."""
    return float(value) if kind == "float" else str(value)


# ------------------------------------------------------------------ many runs


def pack(runs: Sequence[RunRows]) -> pa.Table:
    """Several runs as one Arrow table, one row per run, each of its tables a cell of serialised bytes."""
    columns: dict[str, Any] = {
        "policy": [run.policy for run in runs],
        "replicate": [run.replicate for run in runs],
        "status": [run.status for run in runs],
    }
    columns |= {
        name: pa.array([_to_bytes(run.tables[name]) for run in runs], type=pa.large_binary()) for name in TABLES
    }
    return pa.table(columns)


def unpack(packed: pa.Table) -> Iterator[RunRows]:
    """Return the runs packed by `pack`, in their order."""
    for row in packed.to_pylist():
        yield RunRows(row["policy"], row["replicate"], row["status"], {name: _from_bytes(row[name]) for name in TABLES})


def _to_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _from_bytes(data: bytes) -> pa.Table:
    return pa.ipc.open_stream(data).read_all()
