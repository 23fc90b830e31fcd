"""From results back to the job they came from: to check runs, to play one again, or to put parts together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercion_sim.errors import CoercionSimError, InvalidInput, ResultsError
from coercion_sim.experiments.design import Design
from coercion_sim.experiments.draws import draws_of
from coercion_sim.experiments.job import Job, RunFunction
from coercion_sim.experiments.manifest import identity, world_hash
from coercion_sim.experiments.points import read_points
from coercion_sim.experiments.precision import Precision
from coercion_sim.experiments.results import Results
from coercion_sim.policies import PolicyFiles, load_policies
from coercion_sim.scenario import restore_scenario
from coercion_sim.world import load_world

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario
    from coercion_sim.world import World


def job_of(results: Results, *, policy_files: PolicyFiles = (), world: World | None = None) -> Job:
    """Return the job of results in a folder, or of one experiment in memory, so that a run of it can be played again.

    A world that was given in memory, and policies from files, must be given again.

    Raises
    ------
    ResultsError
        As `rebuild`; for a sweep in memory, whose points are in no table.
    """
    if results.folder is None and results.points > 1:
        raise ResultsError("a run of a sweep in memory cannot be played again; write the sweep to a folder")
    return rebuild(results.folder, results.manifest, policy_files=policy_files, world=world)


def by_this_code(results: Results, job: Job) -> bool:
    """Whether results were made by the package's code as it is now, so that a run played again is the same run."""
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
    """Return the job whose results a folder holds, from its manifest and its table of points alone.

    Without a folder the manifest is that of an experiment of one point.

    Raises
    ------
    ResultsError
        Where the world is not there or is not the one of the results, or this version does not accept the scenario.
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
    if run is None:
        from coercion_sim.model import run_once

        run = run_once
    return Job(design_of(folder, manifest, scenario), scenario, world, run)


def design_of(folder: Path | None, manifest: Mapping[str, Any], scenario: Scenario) -> Design:
    """Return the design of results: their points as one table, in their order."""
    said = manifest["design"]
    draws = draws_of(scenario, int(said["seed"]), at_defaults=said["drawn"] == "defaults")
    precision = Precision(**said["precision"]) if said["precision"] else None
    blocks = (read_points(folder),) if folder is not None else ()
    policies, tables = tuple(said["policies"]), tuple(said["tables"])
    return Design(policies, int(said["seed"]), draws, int(said["replicates"]), blocks, precision, tables)


def _scenario(where: str, manifest: Mapping[str, Any], policy_files: PolicyFiles) -> Scenario:
    try:
        return restore_scenario(manifest["scenario"]["source"], policies=load_policies(policy_files))
    except InvalidInput as error:
        needed = ", ".join(dict.fromkeys(origin["file"] for origin in manifest["outside_policies"].values()))
        hint = f" (its policies came from {needed}: name them with --policy-file)" if needed else ""
        raise ResultsError(f"{where}: its scenario is not accepted{hint}: {error}") from None
