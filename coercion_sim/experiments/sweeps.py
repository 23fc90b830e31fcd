"""Sweeps: from a plan to the job and the folder it is run in, and what it will take."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercion_sim.experiments.design import make_design
from coercion_sim.experiments.execute import Progress
from coercion_sim.experiments.experiment import Outcome, Workers, run_in_memory, run_into
from coercion_sim.experiments.feed import Shard
from coercion_sim.experiments.folder import safe_name
from coercion_sim.experiments.job import Cell, Job, RunFunction
from coercion_sim.experiments.journal import encoded_size
from coercion_sim.experiments.plan import Plan
from coercion_sim.experiments.plan_reading import load_plan, plan_from
from coercion_sim.experiments.plan_resolving import resolve_blocks, scenario_of
from coercion_sim.experiments.precision import Precision
from coercion_sim.experiments.results import Results
from coercion_sim.experiments.sharding import shard_folder
from coercion_sim.policies import PolicyFiles, load_policies
from coercion_sim.world import load_world

if TYPE_CHECKING:
    from coercion_sim.world import World

#: Parquet's size as a share of the journal's, which holds the same rows task by task (measured: 0.6 to 0.8, and less
#: where many runs are alike).
_PARQUET_SHARE = 0.65


@dataclass(frozen=True)
class Sweep:
    """A plan made ready: what is to be run, and where it goes."""

    plan: Plan
    job: Job

    @property
    def said(self) -> dict[str, Any]:
        """What the manifest says of the plan beside the design."""
        return {"name": self.plan.name, "question": self.plan.question, "plan": self.plan.file}

    def folder(self, root: Path, shard: Shard | None = None) -> Path:
        """Results folder under `root`: named after the plan, so that a plan that has grown finds what it had."""
        folder = root / safe_name(self.plan.name)
        return folder if shard is None else shard_folder(folder, shard)

    def run(self, root: Path, *, shard: Shard | None = None, **settings: Any) -> Outcome:
        """Run into the folder, going on from what is there; settings as of `run_into`."""
        return run_into(self.folder(root, shard), self.job, shard=shard, mend=False, more=self.said, **settings)


@dataclass(frozen=True)
class Estimate:
    """What a sweep will take, from runs made to see: `pilot` of them, which are not kept.

    Attributes
    ----------
    points, replicates, policies, runs
        Size of the design; `replicates` and `runs` at most, where a precision may stop earlier.
    seconds_per_run
        On this machine, one process; the first run of a process left out, if there was another.
    seconds, megabytes
        In all, on `workers` processes, and on disk at the end.
    """

    points: int
    replicates: int
    policies: int
    runs: int
    at_most: bool
    pilot: int
    seconds_per_run: float
    workers: int
    seconds: float
    megabytes: float


def make_sweep(
    plan: Plan | str | Path | Mapping[str, Any],
    *,
    replicates: int | Precision | None = None,
    seed: int | None = None,
    policies: Iterable[str] | None = None,
    policy_files: PolicyFiles = (),
    world: World | None = None,
    run: RunFunction | None = None,
) -> Sweep:
    """Load, check and lay out everything a plan asks for; whatever is wrong with it is said here, all at once.

    Parameters
    ----------
    plan
        A plan, a plan file, or a mapping in the same shape.
    replicates, seed, policies
        As the plan says, or else the scenario, where None.
    """
    read = load_plan(plan) if isinstance(plan, str | Path) else plan if isinstance(plan, Plan) else plan_from(plan)
    extra = load_policies(policy_files)
    scenario = scenario_of(read, policies=extra)
    root = seed if seed is not None else read.seed
    count = replicates if replicates is not None else read.replicates
    named = tuple(policies) if policies is not None else read.policies
    blocks = resolve_blocks(read, scenario, root, policies=named, replicates=count)
    design = make_design(
        scenario, policies=named, replicates=count, seed=root, at_defaults=read.uncertain == "defaults",
        blocks=blocks, tables=read.tables,
    )  # fmt: skip
    if run is None:
        from coercion_sim.model import run_once

        run = run_once
    return Sweep(read, Job(design, scenario, world if world is not None else load_world(scenario.world_source), run))


def sweep(
    plan: Plan | str | Path | Mapping[str, Any],
    vary: Mapping[str, Iterable[Any]] | None = None,
    *,
    replicates: int | Precision | None = None,
    seed: int | None = None,
    policies: Iterable[str] | None = None,
    policy_files: PolicyFiles = (),
    world: World | None = None,
    workers: int | Workers = 1,
    out: str | Path | None = None,
    force: bool = False,
    retry_failed: bool = False,
    progress: Progress | None = None,
    run: RunFunction | None = None,
) -> Results:
    """Run a sweep: every policy, in the same worlds, at every point of a design.

    Parameters
    ----------
    plan
        A plan file (``.toml``), a mapping in its shape, a `Plan`; or with `vary`, a scenario.
    vary
        Dotted key -> values, crossed with one another: a grid on the scenario `plan` names.
    replicates, seed, policies
        As the plan says, or else the scenario, where None.
    workers
        Processes; 1 runs here. The results do not depend on it.
    out
        Folder under which ``<plan's name>/`` is written and gone on with; None keeps the results in memory.
    retry_failed
        Run failed runs again.

    Raises
    ------
    InvalidInput
        For a plan that cannot be used; nothing is written then.
    ResultsError
        Where the folder holds something else.

    Examples
    --------
    >>> cs.sweep("korea-2017", {"economy.factor_mobility": [1.2, 1.5, 3.0]}, replicates=4)  # doctest: +SKIP
    """
    if vary is not None:
        grid = {"how": "grid", "parameters": {key: list(values) for key, values in vary.items()}}
        plan = {"scenario": str(plan), "vary": [grid]}
    made = make_sweep(
        plan, replicates=replicates, seed=seed, policies=policies, policy_files=policy_files, world=world, run=run
    )
    if out is None:
        count = workers if isinstance(workers, int) else workers.count
        return run_in_memory(made.job, workers=count, progress=progress, more=made.said).results
    return made.run(Path(out), workers=workers, force=force, retry_failed=retry_failed, progress=progress).results


def estimate(made: Sweep, workers: int = 1, *, patience: float = 5.0) -> Estimate:
    """Run a few worlds, spread over the design and not kept, and scale up what they took.

    Stops after `patience` seconds, or three worlds; one world at least is run.
    """
    design = made.job.design
    last = design.points - 1
    cells = [Cell(0, 0, design.policies), Cell(last // 2, 1, design.policies), Cell(last, 2, design.policies)]
    seconds: list[float] = []
    sizes: list[float] = []
    began = time.perf_counter()
    for cell in cells:
        if cell.replicate < design.replicates or not seconds:
            done = made.job.perform([cell])
            seconds.append(done.seconds / len(design.policies))
            sizes.append(encoded_size(done.rows) / len(design.policies))
        if time.perf_counter() - began > patience:
            break
    warm = seconds[1:] or seconds
    each = sum(warm) / len(warm)
    size = sum(sizes) / len(sizes) * _PARQUET_SHARE
    return Estimate(
        design.points, design.replicates, len(design.policies), design.runs, design.precision is not None,
        len(seconds) * len(design.policies), each, workers, each * design.runs / workers, size * design.runs / 1e6,
    )  # fmt: skip
