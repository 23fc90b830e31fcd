"""A world small enough to check by hand: five states, four sectors, round numbers; runs and scenarios on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from coercion_sim.economy import EconomyParameters, Measure
from coercion_sim.model import CoercionModel
from coercion_sim.policies import Policy, StandAlone
from coercion_sim.scenario import Scenario, load_scenario
from coercion_sim.world import Alliance, World, save_world

STATES = ("AUS", "CHN", "USA", "JPN", "ROW")
SECTORS = ("coal", "wine", "parts", "services")

#: US$ million a year; rows exporters, columns importers, in the order of STATES.
FLOWS = {
    "coal": [[120, 80, 5, 60, 15], [0, 900, 0, 5, 10], [1, 10, 400, 15, 20], [0, 0, 0, 20, 0], [2, 10, 20, 40, 500]],
    "wine": [[60, 70, 20, 5, 20], [0, 150, 0, 0, 5], [5, 20, 300, 10, 30], [0, 0, 5, 50, 0], [10, 10, 60, 20, 400]],
    "parts": [
        [400, 50, 20, 10, 30],
        [60, 6000, 400, 200, 500],
        [60, 250, 9000, 150, 600],
        [40, 150, 250, 3000, 200],
        [50, 50, 600, 200, 8000],
    ],
    "services": [
        [1500, 5, 20, 10, 30],
        [5, 9000, 40, 20, 100],
        [30, 80, 20000, 60, 300],
        [10, 10, 60, 5000, 50],
        [20, 5, 250, 40, 15000],
    ],
}
#: Input k (row) per unit of output of j (column), the same in every state.
INPUTS = [[0, 0, 0.02, 0.005], [0, 0, 0, 0], [0.1, 0.1, 0.3, 0.1], [0.2, 0.2, 0.2, 0.2]]
ALLIANCES = (
    Alliance("AUS", "USA", "treaty", "defence", 0.9),
    Alliance("AUS", "JPN", "partnership", "alignment", 0.5),
    Alliance("USA", "JPN", "treaty", "defence", 0.9),
    Alliance("AUS", "ROW", "talks", "consultation", 0.2),
)
#: Quarters the bans of `BANS` are in force.
FIRST, LAST = 1, 5
BANS = (
    Measure("import_ban", "CHN", "AUS", ("coal",), 0.02, FIRST, LAST, name="coal"),
    Measure("import_ban", "CHN", "AUS", ("wine",), 0.03, FIRST, LAST, name="wine"),
)


def small_world() -> World:
    """Build it: a tariff of 5 % on wine everywhere, elasticities 12, 3, 4 and 3, Japan the weaker ally."""
    inputs = np.repeat(np.array(INPUTS, dtype=float)[:, :, None], len(STATES), axis=2)
    tariff = np.zeros((4, 5, 5))
    tariff[1] = 0.05 * (1 - np.eye(5))
    return World.from_flows(
        "small",
        STATES,
        SECTORS,
        np.array([FLOWS[sector] for sector in SECTORS], dtype=float),
        [12.0, 3.0, 4.0, 3.0],
        input_share=inputs,
        tariff=tariff,
        alliances=ALLIANCES,
        tags={s: ("services",) if s == "services" else ("goods",) for s in SECTORS},
    )


def play(
    world: World,
    policy: Policy | None = None,
    *,
    script: Sequence[Measure] = BANS,
    quarters: int = 9,
    burdens: bool = True,
    parameters: EconomyParameters | None = None,
) -> CoercionModel:
    """Return a model after its last quarter; stand_alone unless a policy is given."""
    model = CoercionModel(
        world, parameters or EconomyParameters(), script, policy or StandAlone(), quarters, burdens=burdens
    )
    while model.quarter < model.quarters:
        model.step()
    return model


SCENARIO = """\
schema = 1
name = "small"
world = "./world"
start = "2020Q1"
quarters = 9
policies = ["stand_alone", "respond_as_allies"]

[economy]
elasticities = "world"

[actors]
coercer = "CHN"
target = "AUS"
bloc = ["AUS", "USA", "JPN"]

[[measures]]
name = "coal"
kind = "import_ban"
by = "CHN"
on = "AUS"
sectors = ["coal"]
open = 0.02
from = "2020Q2"
until = "2021Q2"

[[measures]]
name = "wine"
kind = "import_ban"
by = "CHN"
on = "AUS"
sectors = ["wine"]
open = 0.03
from = "2020Q2"
until = "2021Q2"

[policy.respond_as_allies]
instruments = ["statement", "absorb", "compensate", "retaliate"]
retaliate_open = 0.1

[policy.integrate_economies]
margin = 0.1
phase = 4
"""


def small_scenario(folder: Path, overrides: Iterable[str] = ()) -> Scenario:
    """Write the small world and a scenario on it into a folder, and load the scenario."""
    if not (folder / "world").exists():
        save_world(small_world(), folder / "world")
    path = folder / "small.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return load_scenario(path, tuple(overrides))


def columns(model: CoercionModel, what: str) -> np.ndarray:
    """One array of every quarter's equilibrium of this run, stacked over quarters."""
    return np.array([getattr(record.actual, what) for record in model.history])


#: Every number of an equilibrium that a run may differ in.
NUMBERS = ("flows", "price_hat", "wage_hat", "unit_cost_hat", "income", "tariff_revenue", "share", "spending", "sales")


def assert_same_economy(one: CoercionModel, other: CoercionModel) -> None:
    """Every economic number of two runs is the same, bit for bit."""
    assert len(one.history) == len(other.history) > 0
    for what in NUMBERS:
        np.testing.assert_array_equal(columns(one, what), columns(other, what), err_msg=what)
