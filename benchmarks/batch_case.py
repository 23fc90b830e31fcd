"""The model as a user of `mesa.batch_run` would wrap it: made from keywords, its outcomes collected at the end."""

from __future__ import annotations

from typing import Any

import mesa
from mesa.datacollection import DataCollector

from coercion_sim.experiments import make_job
from coercion_sim.model import CoercionModel
from coercion_sim.model.collect import collect
from coercion_sim.model.run import build_model
from coercion_sim.outcomes import KEYS, OUTCOMES

NAMES = tuple(c.name for c in OUTCOMES if c not in KEYS)


class BatchModel(mesa.Model):
    """One run. `batch_run` makes a model per run and hands it keywords, so the scenario is loaded here each time.

    Parameters
    ----------
    scenario, conduct
        A shipped name or a path, and how states behave.
    policy, replicate
        Which run it is: it draws the world that the same run of a sweep has.
    """

    def __init__(self, scenario: str, conduct: str, policy: str, replicate: int) -> None:
        job = make_job(scenario, policy, replicates=replicate + 1, overrides=[f"conduct={conduct}"])
        super().__init__(rng=replicate)
        self.key = (policy, replicate, job.design.seed)
        self.scenario = job.scenario.with_values(job.design.of_replicate(replicate))
        self.inner: CoercionModel = build_model(self.scenario, job.world, policy, self.key[2], replicate=replicate)
        self.outcomes: dict[str, Any] = {}
        self.datacollector = DataCollector({name: [_outcome, [self, name]] for name in NAMES})

    def step(self) -> None:
        """Play a quarter; after the last, read the outcomes off."""
        self.inner.step()
        if self.inner.quarter >= self.inner.quarters:
            self.running = False
            tables = collect(self.inner, self.scenario, *self.key).tables
            self.outcomes = {name: tables["outcomes"][name][0] for name in NAMES}
        self.datacollector.collect(self)


def _outcome(model: BatchModel, name: str) -> Any:
    return model.outcomes.get(name)
