"""Results of the fake scenario in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from coercion_sim.experiments import Results, simulate
from fakes.experiment import FakeScenario, fake_run, tiny_world


@pytest.fixture
def made(tmp_path: Path) -> Results:
    return simulate(FakeScenario(), out=tmp_path / "results", world=tiny_world(), run=fake_run)  # type: ignore[arg-type]
