"""`world show` prints what the world room returns."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from coercion_sim.cli.app import run as command_line
from coercion_sim.world import show_state
from fakes.tiny import tiny_world, write_tiny


@pytest.fixture
def world(tmp_path: Path) -> str:
    write_tiny(tmp_path)
    return str(tmp_path / "tiny_world")


def test_a_world_shows_every_state_and_sector(world: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["world", "show", world]) == 0
    words = capsys.readouterr().out.split()
    for label in (*tiny_world().states, *tiny_world().sectors):
        assert label in words


def test_a_state_shows_what_it_depends_on(world: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["world", "show", world, "--state", "AUS", "--top", "2"]) == 0
    text = capsys.readouterr().out
    best = show_state(tiny_world(), "AUS", 2).export_dependence[0]
    first = next(line for line in text.splitlines() if line.startswith(best.sector))
    assert first.split()[:3] == [best.sector, best.partner, f"{best.value:,.0f}"]
    assert "pact" in text


def test_json_is_the_view_itself(world: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["world", "show", world, "--state", "AUS", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["row"]["state"] == "AUS"
    assert said["ties"][0]["strength"] == 0.9


def test_exposure_is_that_of_the_economy(world: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["world", "show", world, "--exposure", "--json"]) == 0
    matrix = np.array(json.loads(capsys.readouterr().out)["exposure"])
    np.testing.assert_allclose(matrix.sum(axis=1), 1.0, atol=1e-12)  # all productivities by 1 %: real incomes by 1 %
    assert command_line(["world", "show", world, "--exposure", "--state", "AUS", "--top", "1"]) == 0
    n, states = tiny_world().state_index("AUS"), tiny_world().states
    partner = max((s for s in states if s != "AUS"), key=lambda s: abs(matrix[n, states.index(s)]))
    row = capsys.readouterr().out.splitlines()[1].split()
    assert row[0] == partner
    assert float(row[1].replace("−", "-")) == pytest.approx(1000 * matrix[n, states.index(partner)], abs=0.051)
    assert command_line(["world", "show", world, "--exposure"]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines() if line} >= set(states)


def test_an_unknown_state_gets_the_nearest(world: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["world", "show", world, "--state", "AUT"]) == 3
    assert "AUS" in capsys.readouterr().err


def test_a_recipe_that_is_missing_builds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "built"
    arguments = ["world", "build", str(tmp_path / "none.toml"), "--data", str(tmp_path), "--out", str(out)]
    assert command_line(arguments) == 3
    assert "none.toml" in capsys.readouterr().err
    assert not out.exists()
