"""Running results again: the job of a results folder, and whether random runs of it come out the same bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coercion_sim.errors import CoercionSimError, InvalidInput, ResultsError
from coercion_sim.experiments.design.design import Cell, Design, Job, RunFunction
from coercion_sim.experiments.design.sampling import draws_of
from coercion_sim.experiments.design.stopping import StoppingRule
from coercion_sim.experiments.engine.tasks import perform, run_function
from coercion_sim.experiments.store.folder import open_results
from coercion_sim.experiments.store.manifest import identity, world_hash
from coercion_sim.experiments.store.parts import read_points
from coercion_sim.experiments.store.results import Results
from coercion_sim.experiments.store.tables import schema
from coercion_sim.files import sha256
from coercion_sim.policies import PolicyFiles, load_policies
from coercion_sim.rng import generator
from coercion_sim.scenario import restore_scenario
from coercion_sim.world import load_world

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario
    from coercion_sim.world import World


def job_of(results: Results, *, policy_files: PolicyFiles = (), world: World | None = None) -> Job:
    """Return the job of results in a folder, or of an experiment of one point in memory, to replay its runs.

    A world given in memory, and policies from files, must be given again.

    Raises
    ------
    ResultsError
        As `rebuild`; for a sweep in memory, which has no table of points.
    """
    if results.folder is None and results.points > 1:
        raise ResultsError("a run of a sweep in memory cannot be played again; write the sweep to a folder")
    return rebuild(results.folder, results.manifest, policy_files=policy_files, world=world)


def by_this_code(results: Results, job: Job) -> bool:
    """Whether the package's present code made the results, so that a replayed run is the same run."""
    same: bool = identity(job)["package"] == results.manifest["identity"]["package"]
    return same


def rebuild(
    folder: Path | None,
    manifest: Mapping[str, Any],
    *,
    policy_files: PolicyFiles = (),
    world: World | None = None,
    run: RunFunction | None = None,
) -> Job:
    """Return the job of a results folder from its manifest and its table of points alone.

    Without a folder the manifest is that of an experiment of one point.

    Raises
    ------
    ResultsError
        Where the world is missing or has changed, or this version does not accept the scenario.
    """
    where = str(folder) if folder is not None else "results in memory"
    scenario = _scenario(where, manifest, policy_files)
    if world is None:
        try:
            world = load_world(scenario.world_source)
        except CoercionSimError as error:
            raise ResultsError(f"{where}: its world cannot be read: {error}") from None
    if world_hash(world) != manifest["identity"]["world"]:
        raise ResultsError(f"{where}: was made with another world than {scenario.world!r} is now")
    return Job(design_of(folder, manifest, scenario), scenario, world, run_function(run))


def design_of(folder: Path | None, manifest: Mapping[str, Any], scenario: Scenario) -> Design:
    """Return the design of results: their points as one table, in their order."""
    design = manifest["design"]
    seed = int(design["seed"])
    draws = draws_of(scenario, seed, at_defaults=design["drawn"] == "defaults")
    stopping = StoppingRule(**design["stopping"]) if design["stopping"] else None
    blocks = (read_points(folder),) if folder is not None else ()
    policies, tables = tuple(design["policies"]), tuple(design["tables"])
    return Design(policies, seed, draws, int(design["replicates"]), blocks, stopping, tables)


def _scenario(where: str, manifest: Mapping[str, Any], policy_files: PolicyFiles) -> Scenario:
    try:
        return restore_scenario(manifest["scenario"]["source"], policies=load_policies(policy_files))
    except InvalidInput as error:
        needed = ", ".join(dict.fromkeys(origin["file"] for origin in manifest["outside_policies"].values()))
        hint = f" (its policies came from {needed}: name them with --policy-file)" if needed else ""
        raise ResultsError(f"{where}: its scenario is not accepted{hint}: {error}") from None


# ------------------------------------------------------------------ verification


@dataclass(frozen=True)
class VerifiedRun:
    """One run performed again; `differs` names the first column that differs, empty where none does."""

    point: int
    policy: str
    replicate: int
    differs: str = ""


@dataclass(frozen=True)
class Verification:
    """Runs performed again, and files checked.

    Attributes
    ----------
    runs
        Runs performed again.
    damaged
        Files whose hash differs from the manifest's; no run is performed then.
    same_code
        Whether the package's present code made the results; if not, differences may come from the change of code.
    """

    folder: Path
    runs: tuple[VerifiedRun, ...]
    damaged: tuple[str, ...]
    same_code: bool

    @property
    def sound(self) -> bool:
        """Whether every file is whole and every run is the same."""
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
    """Run `runs` finished runs again, chosen at random under `seed`, and compare every table bit for bit.

    The folder suffices: its manifest has the scenario, its table of points the points. A world given in memory, and
    policies from files, must be given again.

    Raises
    ------
    ResultsError
        Where the folder cannot be opened, or its world or scenario cannot be loaded.
    """
    opened = results if isinstance(results, Results) else open_results(results)
    if opened.folder is None:
        raise ResultsError("results in memory cannot be verified; write them to a folder")
    files = opened.manifest["files"].items()
    damaged = tuple(name for name, entry in files if sha256(opened.folder / name) != entry["sha256"])
    job = rebuild(opened.folder, opened.manifest, policy_files=policy_files, world=world, run=run)
    chosen = () if damaged else _chosen(opened, runs, seed)
    verified = tuple(_again(opened, job, cell) for cell in chosen)
    return Verification(opened.folder, verified, damaged, by_this_code(opened, job))


def _chosen(results: Results, runs: int, seed: int) -> tuple[Cell, ...]:
    """Choose finished runs at random; return them in their order."""
    keys = results.table("runs", ["point", "replicate", "policy", "status"])
    keys = keys.filter(pc.equal(keys.column("status"), "ok"))
    count = min(max(runs, 0), keys.num_rows)
    rows = np.sort(generator(seed, "verify").choice(keys.num_rows, size=count, replace=False))
    taken = keys.take(pa.array(rows, pa.int64())).to_pylist()
    return tuple(Cell(row["point"], row["replicate"], (row["policy"],)) for row in taken)


def _again(results: Results, job: Job, cell: Cell) -> VerifiedRun:
    """Perform one run again and compare it."""
    again = perform(job, [cell]).rows.part(0, 1, [cell.point])
    typed = {name: table.cast(schema(name, job.design.columns)) for name, table in again.items()}
    return VerifiedRun(cell.point, cell.policies[0], cell.replicate, _difference(results, cell, typed))


def _difference(results: Results, cell: Cell, again: dict[str, pa.Table]) -> str:
    """Name the first column that differs as ``table.column``; empty where none does."""
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
