"""What all tests share: the path to `support` and `oracle`, the game vectors, small results, fixed hypothesis draws."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

os.environ.pop("COLUMNS", None)  # a terminal's width, which xdist passes on

settings.register_profile(
    "coercion_sim", deadline=None, derandomize=True, max_examples=15, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("coercion_sim")

SHARED = Path(os.environ.get("COERCION_SIM_SHARED") or Path(__file__).resolve().parents[2] / "shared")


@pytest.fixture
def vector_folder() -> Path:
    folder = SHARED / "data" / "game_vectors"
    if not folder.is_dir():
        pytest.skip(f"no shared game vectors at {folder}; set COERCION_SIM_SHARED")
    return folder


@pytest.fixture
def closed_form_cases(vector_folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((vector_folder / "closed_forms.json").read_text())
    return data


@pytest.fixture(scope="session")
def make_results() -> Any:
    """Return the maker of results small enough to recompute by hand (`support.small_results`)."""
    from support.small_results import make

    return make


@pytest.fixture(scope="module")
def tables_in_memory() -> Iterator[None]:
    """Payoff tables that stay in memory (`support.stores`), kept for the module."""
    from support.stores import payoff_tables_in_memory

    with payoff_tables_in_memory():
        yield
