"""One replicate: every policy run on the same world. What a worker does."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from coercion_sim.errors import CoercionSimError
from coercion_sim.experiments.design import Design
from coercion_sim.experiments.tables import RunRows, failed_rows, finished_rows

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario
    from coercion_sim.world import World


class RunRecord(Protocol):
    """What a run leaves: the columns of every table of the data dictionary."""

    @property
    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Table name -> column name -> values."""


class RunFunction(Protocol):
    """One run of the model. Deterministic in its arguments."""

    def __call__(self, scenario: Scenario, world: World, policy: str, replicate: int, seed: int) -> RunRecord:
        """Run `policy` on the scenario as resolved for this replicate."""


@dataclass(frozen=True)
class Job:
    """All a worker needs to know, sent to it once: the design, the scenario, the world, and how to run the model."""

    design: Design
    scenario: Scenario
    world: World
    run: RunFunction

    def replicate(self, replicate: int) -> tuple[RunRows, ...]:
        """Run every policy of one replicate; a failure is a row with its error."""
        return tuple(self._one(policy, replicate) for policy in self.design.policies)

    def lost(self, replicate: int, error: str) -> tuple[RunRows, ...]:
        """Record a replicate whose worker died."""
        return tuple(failed_rows(self.design, policy, replicate, error) for policy in self.design.policies)

    def _one(self, policy: str, replicate: int) -> RunRows:
        design = self.design
        try:
            resolved = self.scenario.with_values(design.of_replicate(replicate))
            record = self.run(resolved, self.world, policy, replicate, design.seed)
            return finished_rows(design, policy, replicate, record.tables)
        except Exception as error:  # failure is data: whatever it is, the other runs go on
            return failed_rows(design, policy, replicate, describe(error))


def describe(error: Exception) -> str:
    """One error in words; for one not raised on purpose, also its type and where it arose."""
    if isinstance(error, CoercionSimError):
        return f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, {frames[-1].name})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"
