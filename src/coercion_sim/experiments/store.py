"""Where finished runs go: parts while an experiment runs, whole sorted tables at its end."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from coercion_sim.errors import ResultsError
from coercion_sim.experiments.design import Design
from coercion_sim.experiments.files import put_in_place, sha256, write_whole
from coercion_sim.experiments.tables import RunRows, pack, schema, unpack
from coercion_sim.scenario import TABLES

PARTS = "parts"

#: Rows gathered before a row group is written; fixed, so that file bytes depend on the rows alone.
_ROW_GROUP = 100_000


class Parts(Protocol):
    """Finished replicates, each with the runs of all its policies."""

    def finished(self) -> tuple[int, ...]:
        """Replicates there are, sorted."""

    def add(self, replicate: int, runs: Sequence[RunRows]) -> None:
        """Keep one replicate."""

    def read(self, replicate: int) -> tuple[RunRows, ...]:
        """Return the runs of one replicate."""

    def clear(self) -> None:
        """Forget them all."""


@dataclass(frozen=True)
class MemoryParts:
    """Parts kept in memory."""

    kept: dict[int, tuple[RunRows, ...]] = field(default_factory=dict)

    def finished(self) -> tuple[int, ...]:
        """Replicates there are, sorted."""
        return tuple(sorted(self.kept))

    def add(self, replicate: int, runs: Sequence[RunRows]) -> None:
        """Keep one replicate."""
        self.kept[replicate] = tuple(runs)

    def read(self, replicate: int) -> tuple[RunRows, ...]:
        """Return the runs of one replicate."""
        return self.kept[replicate]

    def clear(self) -> None:
        """Forget them all."""
        self.kept.clear()


@dataclass(frozen=True)
class FolderParts:
    """Parts kept as files, one per replicate, each written whole; what a killed experiment resumes from."""

    folder: Path

    def finished(self) -> tuple[int, ...]:
        """Replicates there are, sorted."""
        return tuple(
            sorted(int(path.stem.removeprefix("replicate-")) for path in self.folder.glob("replicate-*.arrow"))
        )

    def add(self, replicate: int, runs: Sequence[RunRows]) -> None:
        """Write one replicate as an Arrow file, one row per run."""
        packed = pack(runs)

        def write(path: Path) -> None:
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, packed.schema) as writer:
                writer.write_table(packed)

        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._path(replicate), write)

    def read(self, replicate: int) -> tuple[RunRows, ...]:
        """Return the runs of one replicate."""
        path = self._path(replicate)
        try:
            with pa.OSFile(str(path), "rb") as source:
                return tuple(unpack(pa.ipc.open_file(source).read_all()))
        except (OSError, pa.ArrowException) as error:
            raise ResultsError(
                f"{path}: cannot be read ({error}); run the same command with --force to start again"
            ) from None

    def clear(self) -> None:
        """Remove the files and their folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, replicate: int) -> Path:
        return self.folder / f"replicate-{replicate:08d}.arrow"


# ------------------------------------------------------------------ parts to tables


def in_order(parts: Parts, design: Design) -> Iterator[RunRows]:
    """Every finished run, by policy in the design's order, then by replicate."""
    finished = [k for k in parts.finished() if k < design.replicates]
    for policy in design.policies:
        for replicate in finished:
            yield from (run for run in parts.read(replicate) if run.policy == policy)


def merge_in_memory(parts: Parts, design: Design) -> dict[str, pa.Table]:
    """All tables of the finished runs."""
    types = design.column_types()
    runs = list(in_order(parts, design))
    return {
        name: pa.concat_tables(
            [schema(name, types).empty_table(), *(run.tables[name] for run in runs)]
        ).combine_chunks()
        for name in TABLES
    }


def merge_into(folder: Path, parts: Parts, design: Design) -> dict[str, dict[str, Any]]:
    """Write the tables of the finished runs to `folder`, each whole; return bytes, rows and hash of each file.

    Runs are streamed: no more than a row group and one part is in memory.
    """
    types = design.column_types()
    temporary = {name: folder / f".{name}.parquet.tmp" for name in TABLES}
    try:
        writers = {name: _TableWriter(path, schema(name, types)) for name, path in temporary.items()}
        try:
            for run in in_order(parts, design):
                for name, writer in writers.items():
                    writer.add(run.tables[name])
        finally:
            for writer in writers.values():
                writer.close()
        for name, path in temporary.items():
            put_in_place(path, folder / f"{name}.parquet")
    finally:
        for path in temporary.values():
            path.unlink(missing_ok=True)
    return {f"{name}.parquet": describe_file(folder / f"{name}.parquet", writers[name].rows) for name in TABLES}


class _TableWriter:
    """One Parquet file under construction, with fixed settings and row groups of fixed size."""

    def __init__(self, path: Path, want: pa.Schema) -> None:
        self.rows = 0
        self._schema = want
        self._gathered: list[pa.Table] = []
        self._waiting = 0
        self._file = pq.ParquetWriter(
            path, want, compression="zstd", version="2.6", use_dictionary=True, write_statistics=True
        )

    def add(self, table: pa.Table) -> None:
        """Gather the rows of one run, and write a row group once there are enough."""
        self._gathered.append(table)
        self._waiting += table.num_rows
        if self._waiting >= _ROW_GROUP:
            self._flush()

    def close(self) -> None:
        """Write what is left and the footer."""
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        table = pa.concat_tables([self._schema.empty_table(), *self._gathered]).combine_chunks()
        if table.num_rows:
            self._file.write_table(table, row_group_size=table.num_rows)
        self.rows += table.num_rows
        self._gathered, self._waiting = [], 0


def write_csv(
    folder: Path, tables: Mapping[str, pa.Table] | Iterable[tuple[str, pa.Table]]
) -> dict[str, dict[str, Any]]:
    """Write tables as CSV files with one header line (missing numbers empty); return bytes, rows and hash of each."""
    described = {}
    for name, table in dict(tables).items():
        path = folder / f"{name}.csv"
        write_whole(path, lambda temporary, table=table: pyarrow.csv.write_csv(table, str(temporary)))  # type: ignore[misc]
        described[path.name] = describe_file(path, table.num_rows)
    return described


def describe_file(path: Path, rows: int) -> dict[str, Any]:
    """What the manifest says of one file."""
    return {"sha256": sha256(path), "bytes": path.stat().st_size, "rows": rows}
