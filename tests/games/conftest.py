"""Where the shared game vectors are, and the trees the tests build."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(os.environ.get("COERCION_SIM_SHARED", Path(__file__).resolve().parents[2].parent / "shared"))


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
