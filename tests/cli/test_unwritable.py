"""A place that cannot be written is the user's to change, not our bug."""

from __future__ import annotations

from pathlib import Path

import pytest

from coercion_sim.cli.app import run


def test_an_output_folder_that_is_a_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("here first", encoding="utf-8")
    arguments = [
        "run",
        "australia-2020",
        "--policy",
        "stand_alone",
        "--defaults",
        "--set",
        "quarters=2",
        "--workers",
        "1",
    ]
    assert run([*arguments, "--quiet", "--out", str(blocked / "inside")]) == 3
    said = capsys.readouterr().err
    assert str(blocked) in said
    assert "cannot be read or written" in said
    assert blocked.read_text(encoding="utf-8") == "here first"
