"""The cheapest model that goes through the whole engine: what is left of a run's time is the engine's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from coercion_sim.experiments import Job, make_design
from coercion_sim.outcomes import POINT, TABLES
from coercion_sim.policies import get_policy
from coercion_sim.scenario import Report
from coercion_sim.world import World

QUARTERS = 4
STATES = ("CHN", "AUS")
_ROWS = {"runs": 1, "outcomes": 1, "states": QUARTERS * len(STATES), "quarters": QUARTERS, "events": 1}


@dataclass(frozen=True)
class Between:
    """A number somewhere between two."""

    path: str
    low: float
    high: float
    default: float

    def at(self, u: float) -> float:
        """Quantile at u."""
        return self.low + (self.high - self.low) * u


@dataclass(frozen=True)
class SmallScenario:
    """What the engine asks of a scenario, and nothing that takes time."""

    name: str = "small"
    title: str = "The cheapest case"
    report: Report = field(default_factory=Report)
    policies: tuple[str, ...] = ("stand_alone", "respond_as_allies")
    replicates: int = 1000
    seed: int = 5
    quarters: int = QUARTERS
    coercer: str = "CHN"
    target: str = "AUS"
    conduct: str = "scripted"
    loss: float = 1.5
    uncertain: tuple[Between, ...] = (Between("loss", 1.0, 2.0, 1.5),)

    @property
    def source(self) -> dict[str, Any]:
        """What a manifest says of the file."""
        return {"file": "small.toml", "folder": ".", "horizon": self.quarters, "data": {}}

    def with_values(self, values: Mapping[str, Any]) -> SmallScenario:
        """Return the scenario at these values."""
        return replace(self, **values)

    def content(self) -> dict[str, Any]:
        """What decides the numbers."""
        return {"name": self.name, "quarters": self.quarters}

    def quarter_label(self, step: int) -> str:
        """Label of a quarter."""
        return f"{2020 + step // 4}Q{step % 4 + 1}"

    def measures_as_data(self) -> tuple[Any, ...]:
        """No measures."""
        return ()

    def build_policy(self, name: str) -> Any:
        """Return the policy of this name."""
        return get_policy(name)()


@dataclass(frozen=True)
class SmallRecord:
    """What a run leaves."""

    tables: dict[str, dict[str, list[Any]]]


def small_world() -> World:
    """Two states, one product."""
    return World.from_flows("small", STATES, ("coal",), np.ones((1, 2, 2)), np.full(1, 4.0), tags={"coal": ("goods",)})


def small_run(scenario: SmallScenario, world: World, policy: str, replicate: int, seed: int) -> SmallRecord:
    """Fill every column: rows of `states` and `quarters` for four quarters, one event, one row of outcomes."""
    tables: dict[str, dict[str, list[Any]]] = {}
    for name, columns in TABLES.items():
        rows = _ROWS.get(name, 0)
        values = {"str": ["coal"] * rows, "int": [0] * rows, "float": [scenario.loss] * rows}
        table = {c.name: values[c.type] for c in columns if c is not POINT}
        table["policy"], table["replicate"] = [policy] * rows, [replicate] * rows
        if "step" in table:
            table["step"] = [n * QUARTERS // rows for n in range(rows)]
            table["quarter"] = [scenario.quarter_label(step) for step in table["step"]]
        tables[name] = table
    tables["runs"] |= {"seed": [seed], "status": ["ok"], "error": [""]}
    return SmallRecord(tables)


def small_job(runs: int) -> Job:
    """A job of so many runs (rounded up to whole worlds)."""
    scenario = SmallScenario()
    worlds = -(-runs // len(scenario.policies))
    return Job(make_design(scenario, replicates=worlds), scenario, small_world(), small_run)  # type: ignore[arg-type]
