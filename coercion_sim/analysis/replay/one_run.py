"""The model of one replicate, ready to play: the very run `simulate` makes with the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coercion_sim.experiments import Job
    from coercion_sim.model import CoercionModel
    from coercion_sim.scenario import Scenario


@contextmanager
def model_of(
    job: Job, replicate: int, *, strategic: bool = False, policy: str | None = None, point: int = 0
) -> Iterator[tuple[CoercionModel, Scenario]]:
    """Give the model of one replicate under a policy (None: the job's first), and its scenario with the values drawn.

    The model lets go of what it holds at the end of the block. With `strategic`, states choose even where the scenario
    is scripted.
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
