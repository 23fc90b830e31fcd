"""A world of four states and a scenario on it, as files: the whole way from TOML to results in under a second."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from coercion_sim.world import Alliance, World, save_world

STATES = ("AUS", "CHN", "USA", "JPN")
SECTORS = ("coal", "wine", "services")

SCENARIO = """\
schema = 1
name = "tiny"
title = "A small quarrel"
world = "tiny_world"
start = "2020Q3"
quarters = 4
replicates = 3
seed = 11
policies = ["stand_alone", "respond_as_allies"]

[actors]
coercer = "CHN"
target = "AUS"

[economy]
elasticities = "world"
factor_mobility = { uniform = [1.2, 1.5], default = 1.5 }

[[measures]]
name = "coal"
kind = "import_ban"
by = "CHN"
on = "AUS"
sectors = ["coal"]
open = 0.05
from = "2020Q4"
"""
#: Pressure that pays, in one dispute; and the same on a target that help can keep from giving in.
GAME = """
[dispute]
stake_target = 0.3
stake_coercer = 0.2
screen = "share"
screen_supply_share = 0.9
"""
DETERRABLE = f"""{GAME}
cost_once = 0.01
cost_year = 0.0
reliability = 0.9
"""


def tiny_world() -> World:
    """Four states that all trade; Australia and the other two are allies."""
    home = np.array([10.0, 100.0, 150.0, 40.0])
    flows = np.empty((3, 4, 4))
    flows[:] = np.sqrt(np.outer(home, home)) / 40.0
    flows[0, 0, 1:] *= 4.0
    flows[:, np.arange(4), np.arange(4)] = home
    alliances = (Alliance("AUS", "USA", "pact", "defence", 0.9), Alliance("AUS", "JPN", "pact", "defence", 0.6))
    tags = {"coal": ("goods",), "wine": ("goods",), "services": ("services",)}
    names = {"AUS": "Australia", "CHN": "China", "USA": "United States", "JPN": "Japan"}
    return World.from_flows(
        "tiny_world",
        STATES,
        SECTORS,
        1000.0 * flows,
        [8.0, 4.0, 3.0],
        alliances=alliances,
        tags=tags,
        state_names=names,
    )


def write_tiny(folder: Path, text: str = SCENARIO) -> Path:
    """Write the world and the scenario to a folder; return the scenario's path."""
    save_world(tiny_world(), folder / "tiny_world")
    path = folder / "tiny.toml"
    path.write_text(text.replace('world = "tiny_world"', 'world = "./tiny_world"'), "utf-8")
    return path
