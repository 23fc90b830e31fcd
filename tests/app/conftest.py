"""A setting on the small world, made once."""

from __future__ import annotations

import pytest

from coercion_sim.app import Setting, open_setting
from fakes.tiny import SCENARIO, write_tiny

#: Pressure that pays.
GAME = """
[dispute]
stake_target = 0.3
stake_coercer = 0.2
screen = "share"
screen_supply_share = 0.9
"""


@pytest.fixture(scope="session")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    return open_setting(write_tiny(tmp_path_factory.mktemp("tiny"), SCENARIO + GAME))
