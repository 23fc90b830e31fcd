"""Running results again: the job of a results folder, and whether random runs of it come out the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coercion_sim.environment import environment, environments_differ
from coercion_sim.errors import CoercionSimError, InvalidInput, ResultsError
from coercion_sim.experiments.design.design import Cell, Design, Job, RunFunction
from coercion_sim.experiments.design.sampling import Draws
from coercion_sim.experiments.design.stopping import StoppingRule
from coercion_sim.experiments.engine.tasks import perform, run_function
from coercion_sim.experiments.store.changes import environment_of
from coercion_sim.experiments.store.folder import is_whole, open_results
from coercion_sim.experiments.store.manifest import MANIFEST, identity, recorded_key, world_hash
from coercion_sim.experiments.store.parts import read_points
from coercion_sim.experiments.store.results import Results
from coercion_sim.experiments.store.tables import schema
from coercion_sim.files import guarded
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
    draws = Draws(scenario.uncertain, seed, design["drawn"] == "defaults")
    stopping = StoppingRule(**design["stopping"]) if design["stopping"] else None
    blocks = (read_points(folder),) if folder is not None else ()
    policies, tables = tuple(design["policies"]), tuple(design["tables"])
    return Design(policies, seed, draws, int(design["replicates"]), blocks, stopping, tables)


def _scenario(where: str, manifest: Mapping[str, Any], policy_files: PolicyFiles) -> Scenario:
    try:
        with guarded(where, "scenario in its manifest", ResultsError):
            return restore_scenario(manifest["scenario"]["source"], policies=load_policies(policy_files))
    except InvalidInput as error:
        needed = ", ".join(dict.fromkeys(origin["file"] for origin in manifest["outside_policies"].values()))
        hint = f" (its policies came from {needed}: name them with --policy-file)" if needed else ""
        raise ResultsError(f"{where}: its scenario is not accepted{hint}: {error}") from None


# ------------------------------------------------------------------ verification


#: Largest difference of two numbers called equal, as a share of the larger one or, below 1, of 1 (percent, mostly).
TOLERANCE = 1e-9
#: Columns about the solver's effort: they may change with the last digits, and no finding rests on them.
_EFFORT = {("runs", "sweeps"), ("runs", "worst_residual"), ("quarters", "sweeps"), ("quarters", "residual")}

Verdict = Literal["identical", "equal", "different"]


@dataclass(frozen=True)
class VerifiedRun:
    """One run performed again.

    Attributes
    ----------
    differs
        First column that differs in any bit, empty where none does.
    largest
        Largest difference of a number, as a share of the larger one or, below 1, of 1; infinite where text, counts or
        rows differ.
    """

    point: int
    policy: str
    replicate: int
    differs: str = ""
    largest: float = 0.0


@dataclass(frozen=True)
class Verification:
    """Runs performed again, and files checked.

    Attributes
    ----------
    runs
        Runs performed again.
    damaged
        Files that are not the ones the manifest names; the manifest itself where its key is not of what it records.
    same_code
        Whether the present code of package and policies made the results.
    environment
        What differs between the environment of the results and the present one: name -> "1.26.4, now 2.4.6".
    """

    folder: Path
    runs: tuple[VerifiedRun, ...]
    damaged: tuple[str, ...]
    same_code: bool
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """`identical` bit for bit; `equal` to 1e-9 where environment or code are others; else `different`."""
        if self.damaged:
            return "different"
        if not any(run.differs for run in self.runs):
            return "identical"
        close = all(run.largest <= TOLERANCE for run in self.runs)
        return "equal" if close and (self.environment or not self.same_code) else "different"

    @property
    def sound(self) -> bool:
        """Whether every file is whole and every run came out identical, or equal under other versions."""
        return self.verdict != "different"


def verify(
    results: Results | str | Path,
    runs: int = 5,
    *,
    seed: int = 0,
    policy_files: PolicyFiles = (),
    world: World | None = None,
    run: RunFunction | None = None,
) -> Verification:
    """Run `runs` finished runs again, chosen at random under `seed`, and compare every table.

    The folder suffices: its manifest has the scenario, its table of points the points. A world given in memory, and
    policies from files, must be given again.

    Raises
    ------
    ResultsError
        Where the folder cannot be opened, or its world or scenario cannot be loaded.
    """
    kept = results if isinstance(results, Results) else open_results(results, hashes=False)
    if kept.folder is None:
        raise ResultsError("results in memory cannot be verified; write them to a folder")
    damaged = tuple(name for name, entry in kept.manifest["files"].items() if not is_whole(kept.folder / name, entry))
    damaged += () if kept.manifest["key"] == recorded_key(kept.manifest) else (MANIFEST,)
    job = rebuild(kept.folder, kept.manifest, policy_files=policy_files, world=world, run=run)
    chosen = () if damaged else _chosen(kept, runs, seed)
    verified = tuple(_again(kept, job, cell) for cell in chosen)
    others = environments_differ(environment_of(kept.manifest), environment())
    return Verification(kept.folder, verified, damaged, by_this_code(kept, job), others)


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
    return VerifiedRun(cell.point, cell.policies[0], cell.replicate, *_difference(results, cell, typed))


def _difference(results: Results, cell: Cell, again: dict[str, pa.Table]) -> tuple[str, float]:
    """Name the first column that differs as ``table.column``, and give the largest difference of all."""
    mine = (
        (pc.field("point") == cell.point)
        & (pc.field("replicate") == cell.replicate)
        & (pc.field("policy") == cell.policies[0])
    )
    first, largest = "", 0.0
    for name, table in again.items():
        with guarded(f"{results.folder}/{name}", "", ResultsError):
            kept = results.dataset(name).to_table(filter=mine).select(table.column_names)
        if kept.num_rows != table.num_rows:
            return first or f"{name} ({kept.num_rows} rows, now {table.num_rows})", math.inf
        for column in table.column_names:
            old, new = (x.column(column).combine_chunks() for x in (kept, table))
            if not old.equals(new):
                first = first or f"{name}.{column}"
                largest = max(largest, 0.0 if (name, column) in _EFFORT else _distance(old, new))
    return first, largest


def _distance(old: pa.Array, new: pa.Array) -> float:
    """Largest |a - b| / max(1, |a|, |b|); infinite where other things than numbers differ, or gaps do."""
    if not pa.types.is_floating(old.type) or not pa.types.is_floating(new.type):
        return math.inf
    a, b = (np.asarray(x.to_numpy(zero_copy_only=False), dtype=np.float64) for x in (old, new))
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):
        share = np.where(same, 0.0, np.abs(a - b) / np.maximum(1.0, np.maximum(np.abs(a), np.abs(b))))
    return float(np.max(np.nan_to_num(share, nan=math.inf), initial=0.0))
