"""Experiments for scripts and notebooks: one function from a scenario to results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from coercion_sim.experiments.design import make_design
from coercion_sim.experiments.execute import Progress
from coercion_sim.experiments.experiment import run_in_memory, run_into
from coercion_sim.experiments.folder import keyed_folder
from coercion_sim.experiments.job import Job, RunFunction
from coercion_sim.experiments.results import Results
from coercion_sim.policies import PolicyFiles, load_policies
from coercion_sim.scenario import load_scenario
from coercion_sim.world import load_world

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario
    from coercion_sim.world import World


def simulate(
    scenario: str | Path | Scenario,
    policy: str | Sequence[str] | None = None,
    *,
    replicates: int | None = None,
    seed: int | None = None,
    overrides: Iterable[str] = (),
    at_defaults: bool = False,
    policy_files: PolicyFiles = (),
    world: World | None = None,
    workers: int = 1,
    out: str | Path | None = None,
    force: bool = False,
    progress: Progress | None = None,
    run: RunFunction | None = None,
) -> Results:
    """Run a scenario under one policy, several, or (None) all it names, and return the results.

    Parameters
    ----------
    scenario
        A shipped name, a path to a TOML file, or a loaded `Scenario`.
    policy
        A policy or a sequence of them; ``"a+b"`` runs two at once.
    replicates, seed
        As the scenario says where None. Replicate k draws the same world whatever their number.
    overrides
        ``"key=value"`` texts applied to a scenario given by name or path.
    at_defaults
        Leave every uncertain parameter at its default; one replicate unless more are asked for.
    policy_files
        Python files whose policies to know besides (`coercion_sim.policies.load_policies`).
    world
        Use this world in place of the one the scenario names.
    workers
        Processes; 1 runs here. The results do not depend on it.
    out
        Folder under which ``<scenario>/<key>/`` is written; None keeps the results in memory.
    force
        Run again what a finished folder already holds.
    progress
        Called with (runs done, runs in all, runs failed) after each replicate.
    run
        What runs the model once; None is ``coercion_sim.model.run_once``.

    Raises
    ------
    InvalidInput
        For a scenario, policy or override that cannot be used; nothing is written then.

    Notes
    -----
    A run that fails is a row of the ``runs`` table with its error: look at ``results.failed``.
    """
    job = make_job(
        scenario,
        policy,
        replicates=replicates,
        seed=seed,
        overrides=overrides,
        at_defaults=at_defaults,
        policy_files=policy_files,
        world=world,
        run=run,
    )
    if out is None:
        made = run_in_memory(job, workers=workers, progress=progress).results
    else:
        made = run_into(keyed_folder(Path(out), job), job, workers=workers, progress=progress, force=force).results
    files = (policy_files,) if isinstance(policy_files, str | Path) else tuple(policy_files)
    return replace(made, policy_files=files)


def make_job(
    scenario: str | Path | Scenario,
    policy: str | Sequence[str] | None = None,
    *,
    replicates: int | None = None,
    seed: int | None = None,
    overrides: Iterable[str] = (),
    at_defaults: bool = False,
    policy_files: PolicyFiles = (),
    world: World | None = None,
    run: RunFunction | None = None,
) -> Job:
    """Load, check and design everything an experiment needs; whatever is wrong with the input is said here."""
    extra = load_policies(policy_files)
    if isinstance(scenario, str | Path):
        loaded = load_scenario(scenario, tuple(overrides), policies=extra)
    else:
        loaded = scenario.knowing(extra) if extra else scenario
    policies = (policy,) if isinstance(policy, str) else policy
    design = make_design(loaded, policies=policies, replicates=replicates, seed=seed, at_defaults=at_defaults)
    if run is None:
        from coercion_sim.model import run_once

        run = run_once
    return Job(design, loaded, world if world is not None else load_world(loaded.world_source), run)
