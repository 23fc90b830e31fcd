"""A scenario and a model small enough to reason about: two states, one product, known numbers."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from coercion_sim.dispute import DisputeSettings
from coercion_sim.economy import Measure
from coercion_sim.errors import ConvergenceError
from coercion_sim.outcomes import KEYS, OUTCOMES, POINT, TABLES
from coercion_sim.policies import get_policy
from coercion_sim.rng import Streams
from coercion_sim.scenario import Report
from coercion_sim.world import World

STATES = ("CHN", "AUS", "USA")
SECTORS = ("coal", "wine", "services")


def tiny_world() -> World:
    """Three states, three sectors, everybody sells to everybody."""
    flows = np.ones((3, 3, 3)) + 9.0 * np.eye(3)
    tags = {"coal": ("goods",), "wine": ("goods",), "services": ("services",)}
    return World.from_flows("tiny", STATES, SECTORS, flows, np.full(3, 4.0), tags=tags)


@dataclass(frozen=True)
class Uniform:
    path: str
    low: float
    high: float
    default: float

    def at(self, u: float) -> float:
        return self.low + (self.high - self.low) * u


@dataclass(frozen=True)
class FakeScenario:
    """What the experiments room asks of a scenario."""

    name: str = "fake"
    title: str = "A small case"
    report: Report = field(default_factory=Report)
    policies: tuple[str, ...] = ("stand_alone", "respond_as_allies")
    replicates: int = 4
    seed: int = 7
    quarters: int = 6
    coercer: str = "CHN"
    target: str = "AUS"
    conduct: str = "scripted"
    dispute: DisputeSettings = field(default_factory=DisputeSettings)
    loss: float = 1.0
    help: float = 0.25
    uncertain: tuple[Uniform, ...] = (Uniform("loss", 1.0, 2.0, 1.5), Uniform("help", 0.1, 0.3, 0.2))
    fail_at: tuple[tuple[str, int], ...] = ()
    trouble: str = ""
    pause: float = 0.0
    given: Mapping[str, float] = field(default_factory=dict)

    def with_values(self, values: Mapping[str, float]) -> FakeScenario:
        return replace(self, **values, given=dict(values))

    def one_run(self, policies: object) -> bool:
        return not self.uncertain and self.conduct == "scripted"

    def content(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "quarters": self.quarters,
            "loss": self.loss,
            "help": self.help,
            "fail_at": [list(run) for run in self.fail_at],
        }

    @property
    def source(self) -> dict[str, Any]:
        return {"file": "fake.toml", "folder": ".", "horizon": self.quarters, "data": {}}

    def quarter_label(self, step: int) -> str:
        return f"{2020 + (step + 2) // 4}Q{(step + 2) % 4 + 1}"

    def measures_as_data(self) -> tuple[Measure, ...]:
        return (Measure("import_ban", self.coercer, self.target, ("coal",), 0.0, start=1, name="coal"),)

    def build_policy(self, name: str) -> Any:
        return get_policy(name)()


@dataclass(frozen=True)
class Record:
    tables: dict[str, dict[str, list[Any]]]


def fake_run(scenario: FakeScenario, world: World, policy: str, replicate: int, seed: int) -> Record:
    """Australia loses `loss` x (1 + luck) from quarter 1 on; under respond_as_allies the USA pays for part of it."""
    trouble(scenario, policy, replicate)
    time.sleep(scenario.pause)
    luck = Streams(seed, replicate).uniform("loss", "AUS")
    answered = scenario.help if "respond_as_allies" in policy else 0.0
    tables = {name: {c.name: [] for c in columns if c is not POINT} for name, columns in TABLES.items()}
    for step in range(scenario.quarters):
        key = {"policy": policy, "replicate": replicate, "quarter": scenario.quarter_label(step), "step": step}
        hit = float(step >= 1)
        loss = hit * scenario.loss * (1.0 + luck)
        for state, income, burden in (
            ("CHN", -0.1 * loss, 0.0),
            ("AUS", answered - loss, 0.0),
            ("USA", -answered, answered),
        ):
            add(tables["states"], key, state=state, real_income=income, coercion_effect=income, burden=burden * hit,
                real_factor_income=0.0, real_gdp=0.0, help_paid=0.0, help_received=0.0, adjustment_cost=0.0,
                security_loss=0.0, cooperation_loss=0.0,
                integration_index=0.0, exports=0.0)  # fmt: skip
        add(tables["sectors"], key, coercer="CHN", target="AUS", sector="coal", lost_quantity=10.0 * hit,
            gained_quantity=hit * step, lost_value=0.0, gained_value=0.0, supplier_price=0.0)  # fmt: skip
        add(tables["quarters"], key, coercive_measures=int(hit), responses=0, help_total=answered, help_ceiling=0.0,
            sweeps=3, residual=1e-12)  # fmt: skip
        if step == 1:
            add(tables["events"], key, event="measure_starts", state="CHN", on="AUS", text="coal")
    add(tables["outcomes"], {}, policy=policy, replicate=replicate,
        **{c.name: float(luck) for c in OUTCOMES if c not in KEYS})  # fmt: skip
    add(tables["runs"], {}, policy=policy, replicate=replicate, seed=seed, status="ok", error="", sweeps=3,
        worst_residual=1e-12, cut_needed=0.0)  # fmt: skip
    return Record(tables)


def add(columns: dict[str, list[Any]], key: dict[str, Any], **values: Any) -> None:
    """Append one row."""
    for name, value in (key | values).items():
        columns[name].append(value)


def trouble(scenario: FakeScenario, policy: str, replicate: int) -> None:
    """Go wrong where the scenario says so: fail, break, be interrupted, or kill the worker."""
    if (policy, replicate) in scenario.fail_at:
        if scenario.trouble == "bug":
            raise ZeroDivisionError("nothing to divide by")
        if scenario.trouble == "exit":
            sys.exit(0)
        if scenario.trouble == "die":
            os._exit(1)
        if scenario.trouble.startswith("interrupt once"):
            flag = Path(scenario.trouble.removeprefix("interrupt once "))
            if not flag.exists():
                flag.touch()
                raise KeyboardInterrupt
            return
        if scenario.trouble == "wait":
            time.sleep(60)
        raise ConvergenceError("no equilibrium found")
