"""One run, ready to play: a replicate of a job, or a run of results again, and the trade flows it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from coercion_sim.analysis.records import Tabular
from coercion_sim.arrays import Array, abroad
from coercion_sim.errors import InvalidInput, Problem, ResultsError, nearest
from coercion_sim.experiments import Results, by_this_code, job_of
from coercion_sim.wording import count

if TYPE_CHECKING:
    from coercion_sim.experiments import Job
    from coercion_sim.model import CoercionModel
    from coercion_sim.policies import PolicyFiles
    from coercion_sim.scenario import Scenario
    from coercion_sim.world import World


@contextmanager
def model_of(
    job: Job,
    replicate: int,
    *,
    strategic: bool = False,
    policy: str | None = None,
    point: int = 0,
    burdens: bool = True,
) -> Iterator[tuple[CoercionModel, Scenario]]:
    """Build the model of one replicate under a policy (None: the job's first), and its scenario with the values drawn.

    It is the run of `simulate` with the same seed. The model is released at the end of the block. With `strategic`,
    states choose even where the scenario is scripted; without `burdens` no quarter is run again without each answer.
    """
    from coercion_sim.model import build_model, release

    values = dict(job.design.of_replicate(replicate, point)) | ({"conduct": "strategic"} if strategic else {})
    resolved = job.scenario.with_values(values)
    name = job.design.policies[0] if policy is None else policy
    model = build_model(resolved, job.world, name, job.design.seed, replicate=replicate, burdens=burdens)
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
    results: Results, policy: str, replicate: int = 0, point: int = 0, *, policy_files: PolicyFiles = (),
    world: World | None = None,
) -> Iterator[Replay]:  # fmt: skip
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
    for name, number, size in (("replicate", replicate, results.replicates), ("point", point, results.points)):
        if not 0 <= number < size:
            problems.append(Problem(f"no such {name}", found=str(number), allowed=f"0 to {size - 1}"))
    InvalidInput.refuse(problems)
    runs = results.table("runs", ["point", "replicate", "policy", "status"])
    mine = runs.filter(
        (pc.field("point") == point) & (pc.field("replicate") == replicate) & (pc.field("policy") == policy)
    )
    if mine.column("status").to_pylist() != ["ok"]:
        raise NotReplayable(f"replicate {replicate} at point {point} under {policy}: that run did not finish")


@dataclass(frozen=True, eq=False, repr=False)
class TradeChange(Tabular):
    """Goods trade between states, net of tariffs, at current prices.

    Attributes
    ----------
    before, after : (N, N)
        Sales of the row's state to the column's, US$ million a year, services and sales at home left out.
    quarter
        Label of the quarter of `after`.
    measures
        Coercive measures in force in it: (by, on).
    same_code
        Whether the results were made by this very code.
    """

    states: tuple[str, ...]
    before: Array
    after: Array
    quarter: str
    measures: tuple[tuple[str, str], ...]
    same_code: bool

    @property
    def headline(self) -> str:
        """Quarter, and the number of coercive measures in force in it."""
        return f"{self.quarter}: {count(len(self.measures), 'measure')}"

    def records(self) -> list[dict[str, Any]]:
        """One record for each exporter and importer, US$ million a year."""
        pairs = ((i, j) for i in range(len(self.states)) for j in range(len(self.states)) if i != j)
        return [
            {"exporter": self.states[i], "importer": self.states[j]}
            | {"before": float(self.before[i, j]), "after": float(self.after[i, j])}
            for i, j in pairs
        ]

    @property
    def change(self) -> Array:
        """``after - before``, (N, N)."""
        gap: Array = self.after - self.before
        return gap


def trade_change(
    results: Results, policy: str, replicate: int = 0, point: int = 0, quarter: str | None = None
) -> TradeChange:
    """Play one run of results again and read its flows of goods; tables do not hold them.

    Parameters
    ----------
    quarter
        Label; if None, the quarter in which trade differs most from before, among those with coercive measures in
        force if any has.

    Raises
    ------
    InvalidInput
        For a quarter, policy, replicate or point the results do not have.
    ResultsError
        As `replayed`.
    """
    if quarter is not None and quarter not in results.quarters:
        allowed = f"{results.quarters[0]} to {results.quarters[-1]}"
        near = nearest(quarter, results.quarters)
        raise InvalidInput(Problem("no such quarter", found=repr(quarter), allowed=allowed, suggestion=near))
    last = len(results.quarters) - 1 if quarter is None else results.quarters.index(quarter)
    with replayed(results, policy, replicate, point) as run:
        model, world = run.model, run.model.world
        while model.quarter <= last and model.quarter < model.quarters:
            model.step()
        before = abroad(world.flows[world.goods].sum(axis=0))
        after = [abroad(record.actual.flows[world.goods].sum(axis=0)) for record in model.history]
        at = last
        if quarter is None:
            pressed = [q for q, record in enumerate(model.history) if record.pressed]
            at = max(pressed or range(last + 1), key=lambda q: float(np.abs(after[q] - before).sum()))
        measures = tuple(sorted({(m.by, m.on) for m in model.history[at].pressed}))
        return TradeChange(tuple(world.states), before, after[at], results.quarters[at], measures, run.same_code)
