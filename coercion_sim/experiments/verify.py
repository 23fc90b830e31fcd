"""Whether results can be had again: some runs, taken at random, are run anew and compared bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coercion_sim.errors import ResultsError
from coercion_sim.experiments.job import Cell, Job, RunFunction
from coercion_sim.experiments.manifest import identity
from coercion_sim.experiments.opening import open_results
from coercion_sim.experiments.rebuild import rebuild
from coercion_sim.experiments.results import Results
from coercion_sim.experiments.tables import schema
from coercion_sim.files import sha256
from coercion_sim.rng import generator

if TYPE_CHECKING:
    from coercion_sim.policies import PolicyFiles
    from coercion_sim.world import World


@dataclass(frozen=True)
class VerifiedRun:
    """One run done again; `differs` names the first column that is not the same, empty where all are."""

    point: int
    policy: str
    replicate: int
    differs: str = ""


@dataclass(frozen=True)
class Verification:
    """What came of it.

    Attributes
    ----------
    runs
        Runs done again.
    damaged
        Files whose hash is not the manifest's; no run is done again then.
    same_code
        Whether the package's code is that of the results; where it is not, differences may have that reason.
    """

    folder: Path
    runs: tuple[VerifiedRun, ...]
    damaged: tuple[str, ...]
    same_code: bool

    @property
    def sound(self) -> bool:
        """Whether every file is whole and every run came out the same."""
        return not self.damaged and not any(run.differs for run in self.runs)


def verify(
    results: Results | str | Path,
    runs: int = 5,
    *,
    seed: int = 0,
    policy_files: PolicyFiles = (),
    world: World | None = None,
    run: RunFunction | None = None,
) -> Verification:
    """Run `runs` finished runs again, taken at random under `seed`, and compare every table bit for bit.

    Nothing is needed but the folder: the scenario is in its manifest, the points in its table of points. A world that
    was given in memory, and policies from files, must be given again.

    Raises
    ------
    ResultsError
        Where the folder cannot be opened, or its world or scenario cannot be had again.
    """
    found = results if isinstance(results, Results) else open_results(results)
    if found.folder is None:
        raise ResultsError("results in memory cannot be verified; write them to a folder")
    damaged = tuple(
        name for name, said in found.manifest["files"].items() if sha256(found.folder / name) != said["sha256"]
    )
    job = rebuild(found.folder, found.manifest, policy_files=policy_files, world=world, run=run)
    same_code = identity(job)["package"] == found.manifest["identity"]["package"]
    chosen = () if damaged else _chosen(found, runs, seed)
    return Verification(found.folder, tuple(_again(found, job, cell) for cell in chosen), damaged, same_code)


def _chosen(results: Results, runs: int, seed: int) -> tuple[Cell, ...]:
    """Finished runs taken at random, in their order."""
    keys = results.table("runs", ["point", "replicate", "policy", "status"])
    keys = keys.filter(pc.equal(keys.column("status"), "ok"))
    count = min(max(runs, 0), keys.num_rows)
    rows = np.sort(generator(seed, "verify").choice(keys.num_rows, size=count, replace=False))
    taken = keys.take(pa.array(rows, pa.int64())).to_pylist()
    return tuple(Cell(row["point"], row["replicate"], (row["policy"],)) for row in taken)


def _again(results: Results, job: Job, cell: Cell) -> VerifiedRun:
    """Run one run again and look for a difference."""
    again = job.perform([cell]).rows.part(0, 1, [cell.point])
    typed = {name: table.cast(schema(name, job.design.columns)) for name, table in again.items()}
    return VerifiedRun(cell.point, cell.policies[0], cell.replicate, _difference(results, cell, typed))


def _difference(results: Results, cell: Cell, again: dict[str, pa.Table]) -> str:
    """First column that is not the same, as ``table.column``; empty where all are."""
    mine = (
        (pc.field("point") == cell.point)
        & (pc.field("replicate") == cell.replicate)
        & (pc.field("policy") == cell.policies[0])
    )
    for name, table in again.items():
        kept = results.dataset(name).to_table(filter=mine)
        if kept.num_rows != table.num_rows:
            return f"{name} ({kept.num_rows} rows, now {table.num_rows})"
        for column in table.column_names:
            if not kept.column(column).combine_chunks().equals(table.column(column).combine_chunks()):
                return f"{name}.{column}"
    return ""
