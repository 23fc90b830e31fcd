"""Experiments and sweeps for scripts and notebooks: one function from a scenario or a plan to results."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercion_sim.experiments.design.design import Block, Cell, Job, RunFunction, make_design
from coercion_sim.experiments.design.stopping import StoppingRule
from coercion_sim.experiments.engine.experiment import Outcome, Progress, Workers, run_in_memory, run_into
from coercion_sim.experiments.engine.progress import reporting
from coercion_sim.experiments.engine.scheduler import Shard
from coercion_sim.experiments.engine.shards import shard_folder
from coercion_sim.experiments.engine.tasks import perform, run_function
from coercion_sim.experiments.plan.model import Plan
from coercion_sim.experiments.plan.reading import load_plan, plan_from
from coercion_sim.experiments.plan.resolving import resolve_blocks, scenario_of
from coercion_sim.experiments.store.journal import encoded_size
from coercion_sim.experiments.store.ownership import keyed_folder, safe_name
from coercion_sim.experiments.store.results import Results
from coercion_sim.policies import PolicyFiles, load_policies
from coercion_sim.scenario import load_scenario
from coercion_sim.world import load_world

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario
    from coercion_sim.world import World

#: Parquet's size as a share of the journal's, which holds the same rows task by task (measured: 0.6 to 0.8, and less
#: where many runs are alike).
_PARQUET_SHARE = 0.65


#: Environment variable that turns the progress of functions off where it is ``0``.
PROGRESS = "COERCION_SIM_PROGRESS"


def simulate(
    scenario: str | Path | Scenario, policy: str | Sequence[str] | None = None, *, replicates: int | None = None,
    seed: int | None = None, overrides: Iterable[str] = (), at_defaults: bool = False, policy_files: PolicyFiles = (),
    world: World | None = None, workers: int = 1, out: str | Path | None = None, force: bool = False,
    progress: Progress | None = None, run: RunFunction | None = None,
) -> Results:  # fmt: skip
    """Run a scenario under one policy, several, or (None) all it names; a failed run is a row with its error.

    Parameters
    ----------
    scenario, overrides
        A shipped name or a path to a TOML file, changed by ``"key=value"`` texts; or a loaded `Scenario`.
    policy, policy_files
        A policy or a sequence of them; ``"a+b"`` runs two at once. Python files with further policies.
    replicates, seed
        The scenario's if None. Replicate k has the same draw and luck whatever their number.
    at_defaults
        Keep every uncertain parameter at its default; one replicate unless `replicates` asks for more.
    world, run
        World in place of the one the scenario names; function of one run in place of `coercion_sim.model.run_once`.
    workers
        Processes; 1 runs here. The results do not depend on it.
    out, force
        Root of the folder ``<scenario>/<key>/`` of the results, in memory if None; repeat the runs of a finished one.
    progress
        Called with (runs done, runs in all, runs failed) after each replicate. None shows a bar on a terminal and a
        few lines in a notebook, unless the environment has ``COERCION_SIM_PROGRESS=0``.

    Raises
    ------
    InvalidInput
        For a scenario, policy or override that cannot be used, before anything is written.
    """
    job = make_job(
        scenario, policy, replicates=replicates, seed=seed, overrides=overrides, at_defaults=at_defaults,
        policy_files=policy_files, world=world, run=run,
    )  # fmt: skip
    with default_progress(progress, job.scenario.name) as report:
        if out is None:
            results = run_in_memory(job, workers=workers, progress=report).results
        else:
            results = _noted(run_into(keyed_folder(Path(out), job), job, workers=workers, progress=report, force=force))
    files = (policy_files,) if isinstance(policy_files, str | Path) else tuple(policy_files)
    return replace(results, policy_files=files)


def make_job(
    scenario: str | Path | Scenario, policy: str | Sequence[str] | None = None, *, replicates: int | None = None,
    seed: int | None = None, overrides: Iterable[str] = (), at_defaults: bool = False, policy_files: PolicyFiles = (),
    world: World | None = None, run: RunFunction | None = None, strategic: bool = False,
) -> Job:  # fmt: skip
    """Load, check and design everything an experiment needs; arguments as of `simulate`.

    With `strategic` the design also draws the behaviour that a scripted scenario asks for where states choose.
    """
    own = load_policies(policy_files)
    if isinstance(scenario, str | Path):
        loaded = load_scenario(scenario, tuple(overrides), policies=own)
    else:
        loaded = scenario.knowing(own) if own else scenario
    policies = (policy,) if isinstance(policy, str) else policy
    designed = loaded.with_values({"conduct": "strategic"}) if strategic else loaded
    design = make_design(designed, policies=policies, replicates=replicates, seed=seed, at_defaults=at_defaults)
    return Job(design, loaded, world if world is not None else load_world(loaded.world_source), run_function(run))


# ------------------------------------------------------------------ sweeps


@dataclass(frozen=True)
class Sweep:
    """A plan laid out: its job, and the folder of its results."""

    plan: Plan
    job: Job

    @property
    def entries(self) -> dict[str, Any]:
        """Entries of the plan in the manifest, beside the design."""
        return {"name": self.plan.name, "question": self.plan.question, "plan": self.plan.file}

    def folder(self, root: Path, shard: Shard | None = None) -> Path:
        """Results folder under `root`: named after the plan, so that a longer plan finds its earlier runs."""
        folder = root / safe_name(self.plan.name)
        return folder if shard is None else shard_folder(folder, shard)

    def run(self, root: Path, *, shard: Shard | None = None, **settings: Any) -> Outcome:
        """Run into the folder, continuing from earlier runs; settings as of `run_into`."""
        return run_into(self.folder(root, shard), self.job, shard=shard, mend=False, more=self.entries, **settings)


@dataclass(frozen=True)
class Estimate:
    """Time and disk space of a sweep, estimated from `pilot` runs, which are not kept.

    Attributes
    ----------
    points, replicates, policies, runs
        Size of the design; `replicates` and `runs` at most where `at_most`, as a stopping rule may end earlier.
    seconds_per_run
        On this machine, one process; without the first of several draws, which also loads the model.
    seconds, megabytes
        In all, on `workers` processes, the first draw included; and on disk at the end.
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
    replicates: int | StoppingRule | None = None,
    seed: int | None = None,
    policies: Iterable[str] | None = None,
    policy_files: PolicyFiles = (),
    world: World | None = None,
    run: RunFunction | None = None,
) -> Sweep:
    """Load and check a plan and lay out its points.

    Parameters
    ----------
    plan
        A plan, a plan file, or a mapping in the same shape.
    replicates, seed, policies
        The plan's, or else the scenario's, if None.

    Raises
    ------
    InvalidInput
        With every mistake of the plan.
    """
    read = load_plan(plan) if isinstance(plan, str | Path) else plan if isinstance(plan, Plan) else plan_from(plan)
    scenario = scenario_of(read, policies=load_policies(policy_files) if policy_files else ())
    root = seed if seed is not None else read.seed
    count = replicates if replicates is not None else read.replicates
    named = tuple(policies) if policies is not None else read.policies
    blocks = resolve_blocks(read, scenario, root, policies=named, replicates=count)
    design = make_design(
        _with_all_drawn(scenario, blocks), policies=named, replicates=count, seed=root,
        at_defaults=read.uncertain == "defaults", blocks=blocks, tables=read.tables,
    )  # fmt: skip
    world = world if world is not None else load_world(scenario.world_source)
    return Sweep(read, Job(design, scenario, world, run_function(run)))


def _with_all_drawn(scenario: Scenario, blocks: Iterable[Block]) -> Scenario:
    """Return the scenario with the uncertain numbers of every point: behaviour too where states choose at some only."""
    conducts = {row[block.paths.index("conduct")] for block in blocks if "conduct" in block.paths for row in block.rows}
    return scenario.with_values({"conduct": "strategic"}) if "strategic" in conducts else scenario


def sweep(
    plan: Plan | str | Path | Mapping[str, Any], vary: Mapping[str, Iterable[Any]] | None = None, *,
    replicates: int | StoppingRule | None = None, seed: int | None = None, policies: Iterable[str] | None = None,
    policy_files: PolicyFiles = (), world: World | None = None, workers: int | Workers = 1,
    out: str | Path | None = None, force: bool = False, retry_failed: bool = False,
    progress: Progress | None = None, run: RunFunction | None = None,
) -> Results:  # fmt: skip
    """Run a sweep: every policy, in the same draws, at every point of a design.

    Parameters
    ----------
    plan
        A plan file (``.toml``), a mapping in its shape, a `Plan`; or with `vary`, a scenario.
    vary
        Dotted key -> values, crossed with one another: a grid on the scenario `plan` names.
    replicates, seed, policies
        The plan's, or else the scenario's, if None.
    workers
        Processes; 1 runs here. The results do not depend on it.
    out
        Root of the folder ``<plan's name>/``, which a later call continues; None keeps the results in memory.
    retry_failed
        Run failed runs again.

    Raises
    ------
    InvalidInput
        For a plan that cannot be used, before anything is written.
    ResultsError
        Where the folder holds something else.

    Examples
    --------
    >>> cs.sweep("korea-2017", {"economy.factor_mobility": [1.2, 1.5, 3.0]}, replicates=4)  # doctest: +SKIP
    """
    if vary is not None:
        grid = {"how": "grid", "parameters": {key: list(values) for key, values in vary.items()}}
        plan = {"scenario": str(plan), "vary": [grid]}
    laid_out = make_sweep(
        plan, replicates=replicates, seed=seed, policies=policies, policy_files=policy_files, world=world, run=run
    )
    with default_progress(progress, laid_out.plan.name) as report:
        if out is None:
            count = workers if isinstance(workers, int) else workers.count
            return run_in_memory(laid_out.job, workers=count, progress=report, more=laid_out.entries).results
        return _noted(laid_out.run(Path(out), workers=workers, force=force, retry_failed=retry_failed, progress=report))


def default_progress(progress: Progress | None, title: str) -> AbstractContextManager[Progress | None]:
    """Progress of a function called from Python: the caller's, else a bar on a terminal and lines in a notebook."""
    interactive = sys.stderr.isatty() or "ipykernel" in sys.modules
    if progress is not None or not interactive or os.environ.get(PROGRESS) == "0":
        return nullcontext(progress)
    return reporting(title, quiet=False)


def _noted(outcome: Outcome) -> Results:
    """Return the results of an experiment; warn of what its user should know about the folder."""
    for note in outcome.notes:
        warnings.warn(note, stacklevel=3)
    return outcome.results


def estimate(laid_out: Sweep, workers: int = 1, *, patience: float = 5.0) -> Estimate:
    """Run up to three cells, spread over the design, and scale up their time and size.

    The first cell loads the model and solves what later ones share: its time counts once, and not for the rate. The
    third is not started after `patience` seconds of the second.
    """
    design = laid_out.job.design
    last, most, each_cell = design.points - 1, design.replicates - 1, len(design.policies)
    spread = [(0, 0), (last // 2, min(1, most)), (last, min(2, most))]
    seconds: list[float] = []
    sizes: list[float] = []
    for point, replicate in dict.fromkeys(spread):
        done = perform(laid_out.job, [Cell(point, replicate, design.policies)])
        seconds.append(done.seconds / each_cell)
        sizes.append(encoded_size(done.rows) / each_cell)
        if sum(seconds[1:]) * each_cell >= patience:
            break
    warm = seconds[1:] or seconds
    each = sum(warm) / len(warm)
    first = max(0.0, (seconds[0] - each) * each_cell)
    size = sum(sizes) / len(sizes) * _PARQUET_SHARE
    return Estimate(
        design.points, design.replicates, each_cell, design.runs, design.stopping is not None,
        len(seconds) * each_cell, each, workers, first + each * design.runs / workers, size * design.runs / 1e6,
    )  # fmt: skip
