"""Many runs: design, execution on workers, the results folder with its manifest."""

from coercion_sim.experiments.api import make_job, simulate
from coercion_sim.experiments.blocks import Block
from coercion_sim.experiments.cluster import dask_pool
from coercion_sim.experiments.design import Design, make_design
from coercion_sim.experiments.execute import Progress
from coercion_sim.experiments.experiment import (
    InterruptedRun,
    Outcome,
    Workers,
    keyed_folder,
    run_in_memory,
    run_into,
)
from coercion_sim.experiments.feed import Shard
from coercion_sim.experiments.files import sha256, write_text
from coercion_sim.experiments.job import Job, RunFunction, RunRecord
from coercion_sim.experiments.manifest import content_key, world_hash
from coercion_sim.experiments.parallel import in_processes
from coercion_sim.experiments.pools import available_cores
from coercion_sim.experiments.results import Results, open_results
from coercion_sim.experiments.sharding import merge_shards, parse_shard, shard_folder
from coercion_sim.experiments.verify import Verification, VerifiedRun, verify

__all__ = [
    "Block",
    "Design",
    "InterruptedRun",
    "Job",
    "Outcome",
    "Progress",
    "Results",
    "RunFunction",
    "RunRecord",
    "Shard",
    "Verification",
    "VerifiedRun",
    "Workers",
    "available_cores",
    "content_key",
    "dask_pool",
    "in_processes",
    "keyed_folder",
    "make_design",
    "make_job",
    "merge_shards",
    "open_results",
    "parse_shard",
    "run_in_memory",
    "run_into",
    "sha256",
    "shard_folder",
    "simulate",
    "verify",
    "world_hash",
    "write_text",
]
