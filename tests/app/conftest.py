"""A setting on the small world, made once."""

from __future__ import annotations

import pytest

from coercion_sim.app import Setting, open_setting
from fakes.tiny import GAME, SCENARIO, write_tiny


@pytest.fixture(scope="session")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    return open_setting(write_tiny(tmp_path_factory.mktemp("tiny"), SCENARIO + GAME))
