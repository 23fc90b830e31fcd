"""One run, ready to play: a replicate of a job, or a run of results again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from coercion_sim.errors import InvalidInput, Problem, ResultsError, nearest
from coercion_sim.experiments import Results, by_this_code, job_of

if TYPE_CHECKING:
    from coercion_sim.experiments import Job
    from coercion_sim.model import CoercionModel
    from coercion_sim.policies import PolicyFiles
    from coercion_sim.scenario import Scenario
    from coercion_sim.world import World


@contextmanager
def model_of(
    job: Job, replicate: int, *, strategic: bool = False, policy: str | None = None, point: int = 0
) -> Iterator[tuple[CoercionModel, Scenario]]:
    """Build the model of one replicate under a policy (None: the job's first), and its scenario with the values drawn.

    It is the run of `simulate` with the same seed. The model is released at the end of the block. With `strategic`,
    states choose even where the scenario is scripted.
    """
    from coercion_sim.model import build_model, release

    values = dict(job.design.of_replicate(replicate, point)) | ({"conduct": "strategic"} if strategic else {})
    resolved = job.scenario.with_values(values)
    name = job.design.policies[0] if policy is None else policy
    model = build_model(resolved, job.world, name, job.design.seed, replicate=replicate)
    try:
        yield model, resolved
    finally:
        release(model)


class NotReplayable(ResultsError):
    """A run of sound results cannot be played again: it failed, or its scenario, policies or world are missing."""


@dataclass(frozen=True)
class Replay:
    """A run ready to be played again.

    Attributes
    ----------
    model
        Before its first quarter.
    scenario
        With the values of the point and of the replicate.
    same_code
        Whether the results were made by this very code; if not, the run may come out otherwise.
    """

    model: CoercionModel
    scenario: Scenario
    same_code: bool


@contextmanager
def replayed(
    results: Results,
    policy: str,
    replicate: int = 0,
    point: int = 0,
    *,
    policy_files: PolicyFiles = (),
    world: World | None = None,
) -> Iterator[Replay]:
    """Yield one run of results, ready to play; the model is released at the end of the block.

    Raises
    ------
    InvalidInput
        For a policy, replicate or point not in the results.
    NotReplayable
        Where that run failed, or its scenario, policies or world cannot be loaded again.
    """
    _check_run(results, policy, replicate, point)
    try:
        job = job_of(results, policy_files=policy_files or results.policy_files, world=world)
        job.scenario.build_policy(policy)
    except (ResultsError, InvalidInput) as error:
        raise NotReplayable(str(error)) from None
    with model_of(job, replicate, policy=policy, point=point) as (model, scenario):
        yield Replay(model, scenario, by_this_code(results, job))


def _check_run(results: Results, policy: str, replicate: int, point: int) -> None:
    problems = []
    if policy not in results.policies:
        allowed, near = ", ".join(results.policies), nearest(policy, results.policies)
        problems.append(Problem("policy not in these results", found=repr(policy), allowed=allowed, suggestion=near))
    for name, number, count in (("replicate", replicate, results.replicates), ("point", point, results.points)):
        if not 0 <= number < count:
            problems.append(Problem(f"no such {name}", found=str(number), allowed=f"0 to {count - 1}"))
    if problems:
        raise InvalidInput(problems)
    runs = results.table("runs", ["point", "replicate", "policy", "status"])
    mine = runs.filter(
        (pc.field("point") == point) & (pc.field("replicate") == replicate) & (pc.field("policy") == policy)
    )
    if mine.column("status").to_pylist() != ["ok"]:
        raise NotReplayable(f"replicate {replicate} at point {point} under {policy}: that run did not finish")
