"""Small scenarios whose states choose, with payoff tables in memory, and one set of their results a session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coercion_sim.experiments import Results
from fakes.tiny import DETERRABLE, SCENARIO, write_tiny
from support.figure_runs import ran
from support.stores import payoff_tables_in_memory


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One dispute, China against Australia, with payoff tables kept for the module."""
    with payoff_tables_in_memory():
        yield write_tiny(tmp_path_factory.mktemp("tiny"), SCENARIO + DETERRABLE)


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
