"""`world build` on a recipe of two states, and every part of what `world show` prints of the result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coercion_sim.cli.app import run as command_line
from coercion_sim.world import load_world, show_state, show_world

RECIPE = """
name = "pair"
title = "Two states"
year = 2019
states = [{ id = "AAA", name = "Alpha" }, { id = "ROW", name = "Rest", rest = true }]
sectors = [
  { id = "farm", code = "A01", name = "Farm", elasticity_class = "low" },
  { id = "services", code = "SERV", name = "Services", elasticity_class = "low" },
]
competitors = { AAA = ["ROW"] }
groups = { CLUB = "CLUB" }
[data]
trade = "trade.csv"
sectors = "sectors.csv"
inputs = "inputs.csv"
inputs_world = "world.csv"
macro = "macro.csv"
ideal_points = "points.csv"
alliances = "ties.csv"
groups = "groups.csv"
[caps]
inputs = 0.9
[elasticity]
classes = { low = 3.0 }
"""
FLOWS = {"A01": ((1000.0, 300.0), (100.0, 4000.0)), "SERV": ((2000.0, 10.0), (20.0, 9000.0))}
SHARES = "iso3,using_sector,input_sector,input_share_of_gross_output\n"
FILES = {
    "trade.csv": "exporter,importer,sector,value_musd\n"
    + "".join(
        f"{a},{b},{code},{values[i][n]}\n"
        for code, values in FLOWS.items()
        for i, a in enumerate(("AAA", "BBB"))
        for n, b in enumerate(("AAA", "BBB"))
    ),
    "sectors.csv": "sector,io16\nA01,FARM\nSERV,SERV\n",
    "inputs.csv": SHARES + "AAA,FARM,FARM,0.2\nAAA,SERV,FARM,0.1\n",
    "world.csv": SHARES + "WLD,FARM,FARM,0.3\nWLD,SERV,FARM,0.1\n",
    "macro.csv": "iso3,gdp_musd_2019\nAAA,2500\nBBB,9000\nROW,500\n",
    "points.csv": "iso3,year,ideal_point\nAAA,2019,1.25\n",
    "ties.csv": "iso3_a,iso3_b,commitment,since,type,strength_0_1\nAAA,ZZZ,Pact,1950,defence,0.5\n",
    "groups.csv": "group,iso3\nCLUB,AAA\n",
}


@pytest.fixture
def recipe(tmp_path: Path) -> list[str]:
    """Arguments of `world build` for the recipe; the world goes to ``built``."""
    (tmp_path / "data").mkdir()
    for name, text in FILES.items():
        (tmp_path / "data" / name).write_text(text, encoding="utf-8")
    (tmp_path / "build.toml").write_text(RECIPE, encoding="utf-8")
    built = str(tmp_path / "built")
    return ["world", "build", str(tmp_path / "build.toml"), "--data", str(tmp_path / "data"), "--out", built]


def test_a_build_is_written_and_counted(recipe: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(recipe) == 0
    world = load_world(recipe[-1])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"pair: 2 states, 2 sectors; {len(world.repairs)} repairs and notes"
    assert lines[-1].endswith(recipe[-1])
    assert world.flows.tolist() == [[list(row) for row in FLOWS[code]] for code in FLOWS]
    assert world.input_share[0, :, 0].tolist() == [0.2, 0.1]
    assert sorted(p.name for p in Path(recipe[-1]).iterdir()) == ["README.md", "arrays.npz", "labels.toml"]


@pytest.mark.parametrize(
    ("change", "share"), [("caps.inputs=0.15", 0.15), ("caps.inputs = 0.05", 0.05), ("title=plain words", 0.2)]
)
def test_a_value_of_the_recipe_is_replaced_and_reported(
    recipe: list[str], change: str, share: float, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line([*recipe, "--set", change]) == 0
    world = load_world(recipe[-1])
    assert world.input_share[0, 0, 0] == pytest.approx(share)
    key = change.partition("=")[0].strip()
    assert any(key in repair for repair in world.repairs)
    assert key in capsys.readouterr().out


@pytest.mark.parametrize(
    "change",
    ["caps.inputs", "=1", "caps.inptus=0.5", "caps.inputs=2", "caps.inputs=word", "year=" + "9" * 5_000],
    ids=["no value", "no key", "misspelt", "too large", "word", "huge"],
)
def test_a_change_that_cannot_be_made_builds_nothing(
    recipe: list[str], change: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line([*recipe, "--set", change]) == 3
    assert "Traceback" not in capsys.readouterr().err
    assert not Path(recipe[-1]).exists()


@pytest.mark.parametrize("name", list(FILES))
def test_each_missing_file_is_named(recipe: list[str], name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (Path(recipe[4]) / name).unlink()
    assert command_line(recipe) == 3
    assert name in capsys.readouterr().err
    assert not Path(recipe[-1]).exists()


def test_the_screen_of_a_world_has_the_numbers_of_its_rows(
    recipe: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    command_line(recipe)
    capsys.readouterr()
    assert command_line(["world", "show", recipe[-1], "--repairs"]) == 0
    text = capsys.readouterr().out
    world = load_world(recipe[-1])
    view = show_world(world)
    for row in view.states:
        line = next(line for line in text.splitlines() if line.startswith(row.state))
        for value in (row.gdp, row.exports, row.imports):
            assert f"{value:,.0f}" in line
        assert f"{row.openness:.2f}" in line
    for sector in view.sectors:
        line = next(line for line in text.splitlines() if line.startswith(sector.sector))
        assert f"{sector.world_exports:,.0f}" in line
        assert sector.largest_exporter in line
    words = " ".join(text.split())
    assert "CLUB (1)" in words
    assert all(" ".join(repair.split()) in words for repair in world.repairs)
    assert max(map(len, text.splitlines())) <= 100


def test_the_screen_of_a_state_has_its_partner_and_record(
    recipe: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    command_line(recipe)
    capsys.readouterr()
    assert command_line(["world", "show", recipe[-1], "--state", "AAA"]) == 0
    words = capsys.readouterr().out.split()
    view = show_state(load_world(recipe[-1]), "AAA")
    assert {"1.25", "CLUB", "310", "120", f"{view.row.gdp:,.0f}"} <= {word.strip("(),") for word in words}
    assert command_line(["world", "show", recipe[-1], "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["states"]
    assert [row["exports"] for row in rows] == [310.0, 120.0]


@pytest.mark.parametrize("top", ["0", "1001", "many"])
def test_an_impossible_number_of_rows_is_a_usage_error(top: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["world", "show", "pacific-2019", "--state", "AUS", "--top", top]) == 2
    assert "--top" in capsys.readouterr().err
