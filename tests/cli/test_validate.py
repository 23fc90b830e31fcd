"""`validate` prints and writes what the experiments return."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coercion_sim.cli.app import run as command_line


def test_one_experiment_as_table_page_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    assert command_line(["validate", "--only", "first_order", "--out", str(page)]) == 0
    assert "1 of 1 checks pass" in capsys.readouterr().out
    assert "| largest gap | 0 | under 1e-09 | at most 1e-06 | pass |" in page.read_text(encoding="utf-8")
    assert command_line(["validate", "--only", "first_order", "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert answer["name"] == "first_order"
    assert answer["checks"][0]["passed"] is True


def test_nothing_to_validate_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["validate"]) == 2
    assert command_line(["validate", "--only", "first_orders"]) == 3
    assert "first_order" in capsys.readouterr().err
