"""A place that cannot be written is the user's to change, not our bug."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coercion_sim.cli.app import run
from fakes.tiny import SCENARIO, write_tiny


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


@pytest.mark.parametrize(
    "command",
    [
        ("answer", "australia-2020", "--figure", "{}.png"),
        ("shock", "pacific-2019", "--ban", "CHN:AUS:wine", "--csv", "{}.csv"),
        ("shock", "pacific-2019", "--ban", "CHN:AUS:wine", "--plot", "{}.png"),
        ("deter", "australia-2020", "--out", "{}"),
        ("play", "australia-2020", "--save", "{}.json"),
        ("report", "missing", "--out", "{}.html"),
        ("validate", "--benchmarks", "--out", "{}.md"),
    ],
)
def test_a_place_that_takes_no_file_is_refused_before_any_work(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """In a folder of the kernel, which root too may not write to, and below a file."""
    below = tmp_path / "file"
    below.write_text("", encoding="utf-8")
    for folder in (below, *([Path("/proc")] if Path("/proc").is_dir() else [])):
        assert run([part.format(folder / "x") for part in command]) == 2
        assert f"no folder that can be written to: {folder}" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("encoding", ["cp1252", "iso8859-2", "utf-8"])
def test_a_title_the_terminal_cannot_write_loses_its_letters_and_nothing_else(tmp_path: Path, encoding: str) -> None:
    title = "A quarrel 中国 🚀 Австралия"
    path = write_tiny(tmp_path, SCENARIO.replace("A small quarrel", title))
    done = subprocess.run(
        [sys.executable, "-m", "coercion_sim", "compare", str(path), "--no-figures", "--workers", "1",
         "--out", str(tmp_path / "out")],
        env=os.environ | {"PYTHONIOENCODING": encoding}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = done.stdout.decode(encoding)
    assert (title in said) == (encoding == "utf-8")
    assert "A quarrel" in said
    assert title in next((tmp_path / "out").rglob("manifest.json")).read_text("utf-8")
