"""Many runs: plans and designs, execution on workers, the results folder with its manifest."""

from coercion_sim.experiments.design.design import Block, Cell, Design, Job, RunFunction, make_design
from coercion_sim.experiments.design.stopping import StoppingRule
from coercion_sim.experiments.engine.experiment import (
    InterruptedRun,
    Outcome,
    Progress,
    Workers,
    run_in_memory,
    run_into,
)
from coercion_sim.experiments.engine.pools import available_cores, dask_pool, in_processes
from coercion_sim.experiments.engine.progress import clock, reporting
from coercion_sim.experiments.engine.scheduler import Shard
from coercion_sim.experiments.engine.shards import merge_shards, parse_shard, shard_folder
from coercion_sim.experiments.engine.sweeps import Estimate, Sweep, estimate, make_job, make_sweep, simulate, sweep
from coercion_sim.experiments.engine.tasks import perform
from coercion_sim.experiments.engine.verify import Verification, VerifiedRun, by_this_code, job_of, verify
from coercion_sim.experiments.plan.model import Plan
from coercion_sim.experiments.plan.reading import load_plan, plan_from, plan_from_flags
from coercion_sim.experiments.plan.resolving import check_plan
from coercion_sim.experiments.store.folder import open_results
from coercion_sim.experiments.store.manifest import content_key, world_hash
from coercion_sim.experiments.store.ownership import keyed_folder
from coercion_sim.experiments.store.results import Results

__all__ = [
    "Block", "Cell", "Design", "Estimate", "InterruptedRun", "Job", "Outcome", "Plan", "Progress", "Results",
    "RunFunction", "Shard", "StoppingRule", "Sweep", "Verification", "VerifiedRun", "Workers",
    "available_cores", "by_this_code", "check_plan", "clock", "content_key", "dask_pool", "estimate", "in_processes",
    "job_of", "keyed_folder", "load_plan", "make_design", "make_job", "make_sweep", "merge_shards", "open_results",
    "parse_shard", "perform", "plan_from", "plan_from_flags", "reporting", "run_in_memory", "run_into", "shard_folder",
    "simulate", "sweep", "verify", "world_hash",
]  # fmt: skip
