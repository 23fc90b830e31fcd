"""Many runs: design, execution on workers, the results folder with its manifest."""

from coercion_sim.experiments.api import make_job, simulate
from coercion_sim.experiments.blocks import Block
from coercion_sim.experiments.cluster import dask_pool
from coercion_sim.experiments.design import Design, make_design
from coercion_sim.experiments.execute import Progress
from coercion_sim.experiments.experiment import InterruptedRun, Outcome, Workers, run_in_memory, run_into
from coercion_sim.experiments.feed import Shard
from coercion_sim.experiments.folder import keyed_folder
from coercion_sim.experiments.job import Job, RunFunction, RunRecord
from coercion_sim.experiments.manifest import content_key, world_hash
from coercion_sim.experiments.opening import open_results
from coercion_sim.experiments.parallel import in_processes
from coercion_sim.experiments.plan import Plan
from coercion_sim.experiments.plan_flags import plan_from_flags
from coercion_sim.experiments.plan_reading import load_plan, plan_from
from coercion_sim.experiments.plan_resolving import check_plan
from coercion_sim.experiments.pools import available_cores
from coercion_sim.experiments.precision import Precision
from coercion_sim.experiments.rebuild import by_this_code, job_of
from coercion_sim.experiments.results import Results
from coercion_sim.experiments.sharding import merge_shards, parse_shard, shard_folder
from coercion_sim.experiments.sweeps import Estimate, Sweep, estimate, make_sweep, sweep
from coercion_sim.experiments.verify import Verification, VerifiedRun, verify

__all__ = [
    "Block",
    "Design",
    "Estimate",
    "InterruptedRun",
    "Job",
    "Outcome",
    "Plan",
    "Precision",
    "Progress",
    "Results",
    "RunFunction",
    "RunRecord",
    "Shard",
    "Sweep",
    "Verification",
    "VerifiedRun",
    "Workers",
    "available_cores",
    "by_this_code",
    "check_plan",
    "content_key",
    "dask_pool",
    "estimate",
    "in_processes",
    "job_of",
    "keyed_folder",
    "load_plan",
    "make_design",
    "make_job",
    "make_sweep",
    "merge_shards",
    "open_results",
    "parse_shard",
    "plan_from",
    "plan_from_flags",
    "run_in_memory",
    "run_into",
    "shard_folder",
    "simulate",
    "sweep",
    "verify",
    "world_hash",
]
