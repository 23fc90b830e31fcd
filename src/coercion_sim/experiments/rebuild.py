"""From a results folder back to the job it came from: to check runs, or to put parts together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercion_sim.errors import CoercionSimError, InvalidInput, ResultsError
from coercion_sim.experiments.design import Design
from coercion_sim.experiments.draws import draws_of
from coercion_sim.experiments.job import Job, RunFunction
from coercion_sim.experiments.manifest import world_hash
from coercion_sim.experiments.points import read_points
from coercion_sim.experiments.precision import Precision
from coercion_sim.policies import PolicyFiles, load_policies
from coercion_sim.scenario import restore_scenario
from coercion_sim.world import load_world

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario
    from coercion_sim.world import World


def rebuild(
    folder: Path,
    manifest: Mapping[str, Any],
    *,
    policy_files: PolicyFiles = (),
    world: World | None = None,
    run: RunFunction | None = None,
) -> Job:
    """Return the job whose results a folder holds, from its manifest and its table of points alone.

    Raises
    ------
    ResultsError
        Where the world is not there or is not the one of the results, or this version does not accept the scenario.
    """
    scenario = _scenario(folder, manifest, policy_files)
    if world is None:
        try:
            world = load_world(scenario.world_source)
        except CoercionSimError as error:
            raise ResultsError(f"{folder}: its world cannot be read: {error}") from None
    if world_hash(world) != manifest["identity"]["world"]:
        raise ResultsError(f"{folder}: was made with another world than {scenario.world!r} is now")
    if run is None:
        from coercion_sim.model import run_once

        run = run_once
    return Job(design_of(folder, manifest, scenario), scenario, world, run)


def design_of(folder: Path, manifest: Mapping[str, Any], scenario: Scenario) -> Design:
    """Return the design of results: their points as one table, in their order."""
    said = manifest["design"]
    draws = draws_of(scenario, int(said["seed"]), at_defaults=said["drawn"] == "defaults")
    precision = Precision(**said["precision"]) if said["precision"] else None
    blocks = (read_points(folder),)
    policies, tables = tuple(said["policies"]), tuple(said["tables"])
    return Design(policies, int(said["seed"]), draws, int(said["replicates"]), blocks, precision, tables)


def _scenario(folder: Path, manifest: Mapping[str, Any], policy_files: PolicyFiles) -> Scenario:
    try:
        return restore_scenario(manifest["scenario"]["source"], policies=load_policies(policy_files))
    except InvalidInput as error:
        needed = ", ".join(origin["file"] for origin in manifest["outside_policies"].values())
        hint = f" (its policies came from {needed}: name them with --policy-file)" if needed else ""
        raise ResultsError(f"{folder}: its scenario is not accepted{hint}: {error}") from None
