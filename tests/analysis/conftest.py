"""Small scenarios whose states choose, with payoff tables in memory, and one set of their results a session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coercion_sim.experiments import Results
from fakes.tiny import SCENARIO, write_tiny
from support.figure_runs import ran
from support.stores import payoff_tables_in_memory

#: Pressure that pays, on a target that help can keep from giving in.
GAME = """
[dispute]
cost_once = 0.01
cost_year = 0.0
stake_target = 0.3
stake_coercer = 0.2
screen = "share"
screen_supply_share = 0.9
reliability = 0.9
"""


@pytest.fixture
def tables_in_memory() -> Iterator[None]:
    with payoff_tables_in_memory():
        yield


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One dispute, China against Australia, with payoff tables kept for the module."""
    with payoff_tables_in_memory():
        yield write_tiny(tmp_path_factory.mktemp("tiny"), SCENARIO + GAME)


@pytest.fixture(scope="module")
def chosen() -> Iterator[Results]:
    """Four replicates of three policies, three targets pressed by choice, in a folder."""
    with payoff_tables_in_memory():
        yield ran(strategic=True)


@pytest.fixture(scope="module")
def scripted() -> Iterator[Results]:
    """Four replicates of three policies under scripted pressure, in a folder."""
    with payoff_tables_in_memory():
        yield ran(strategic=False)
