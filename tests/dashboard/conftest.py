"""A setting on the small world, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from coercion_sim.dashboard import Setting, open_setting
from fakes.tiny import write_tiny


@pytest.fixture(scope="session")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    return open_setting(write_tiny(tmp_path_factory.mktemp("tiny")))


@pytest.fixture
def tiny_file(tmp_path: Path) -> Path:
    return write_tiny(tmp_path)
