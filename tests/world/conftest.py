"""A recipe and data small enough to build in milliseconds and to check by hand; and where the shared data are."""

import os
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]

RECIPE = """
name = "tiny"
title = "A world to check by hand"
year = 2019
states = [
  { id = "AAA", name = "Alpha" },
  { id = "BLOC", name = "A bloc of two", members = ["BBB", "CCC"] },
  { id = "DDD", name = "Delta" },
  { id = "ROW", name = "Rest", rest = true },
]
sectors = [
  { id = "farm", code = "A01", name = "Farm", elasticity_class = "low" },
  { id = "steel", code = "C24", name = "Steel", elasticity_class = "high" },
  { id = "services", code = "SERV", name = "Services", elasticity_class = "low" },
]
products = [
  { id = "grain", fact = "corn", parent = "A01", name = "Grain", elasticity_class = "high", users = ["farm"] },
]
competitors = { AAA = ["DDD"] }
groups = { CLUB = "CLUB_2020", PAIR = "PAIR" }

[data]
trade = "trade.csv"
sectors = "sectors.csv"
inputs = "inputs.csv"
inputs_world = "inputs_world.csv"
macro = "macro.csv"
products = "facts.csv"
ideal_points = "points.csv"
alliances = "alliances.csv"
groups = "groups.csv"
elasticities = "elasticities.csv"

[split]
fob_factor = { A01 = 1.25 }

[elasticity]
classes = { low = 3.0, high = 12.0 }
"""

SECTORS = "sector,io16\nA01,FARM\nC24,STEEL\nSERV,SERV\n"

# BBB sells all its farm goods to CCC, AAA and DDD; EEE and FFF are the rest of the world.
FACTS = """product,state,partner,role,value,source,grade
corn,AAA,,exporter,50,a page,A
corn,BLOC,,exporter,20,a page,B
corn,DDD,,importer,40,a page,C
corn,ROW,,importer,24,a page,C
corn,AAA,DDD,flow,30,a page,A
corn,AAA,,producer_domestic_share,0.5,a guess,C
corn,AAA,,producer_domestic_share_export_grade,0.2,a guess,C
corn,DDD,,domestic_sales,5,a guess,C
"""


def trade_rows() -> str:
    """Flows among six economies: large at home, smaller abroad, each cell different."""
    economies = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")
    lines = ["exporter,importer,sector,value_musd"]
    for j, sector in enumerate(("A01", "C24", "SERV")):
        for i, exporter in enumerate(economies):
            for n, importer in enumerate(economies):
                value = 1000 * (j + 1) + 10 * i if i == n else 40 + 3 * i + 5 * n + 7 * j
                lines.append(f"{exporter},{importer},{sector},{value}")
    return "\n".join(lines) + "\n"


def input_rows(economies: dict[str, float]) -> str:
    """Input columns in which each family uses `scale` times the same mix."""
    lines = ["iso3,using_sector,input_sector,input_share_of_gross_output"]
    mix = {"FARM": 0.10, "STEEL": 0.15, "SERV": 0.20}
    for economy, scale in economies.items():
        for using in mix:
            lines += [f"{economy},{using},{family},{share * scale:.6f}" for family, share in mix.items()]
    return "\n".join(lines) + "\n"


FILES = {
    "trade.csv": trade_rows(),
    "sectors.csv": SECTORS,
    "inputs.csv": input_rows({"AAA": 1.0, "BBB": 0.5, "CCC": 1.5}),
    "inputs_world.csv": input_rows({"WLD": 0.8}),
    "macro.csv": "iso3,gdp_musd_2019\nAAA,4000\nBBB,3000\nCCC,1000\nDDD,4000\nEEE,1000\nROW,3000\n",
    "facts.csv": FACTS,
    "points.csv": "iso3,year,ideal_point\nAAA,2019,1.0\nAAA,2018,9.0\nBBB,2019,0.5\nCCC,2019,-0.5\nEEE,2019,2.0\n",
    "alliances.csv": (
        "iso3_a,iso3_b,commitment,since,type,strength_0_1\n"
        "AAA,BBB,Pact,1950,defence,0.8\nBBB,CCC,Inner pact,1960,defence,1.0\n"
        "AAA,EEE,Far pact,1970,defence,0.9\nDDD,AAA,Accord,1980,alignment,0.3\n"
    ),
    "groups.csv": "group,iso3\nCLUB_2020,AAA\nCLUB_2020,BBB\nPAIR,CCC\nPAIR,DDD\nPAIR,EEE\n",
    "elasticities.csv": (
        "sector,source_name,trade_elasticity,is_fallback_4,citation\n"
        "A01,someone_2020,5,0,Someone (2020)\nC24,someone_2020,6,0,Someone (2020)\n"
        "SERV,someone_2020,4,1,Someone (2020)\n"
    ),
}


@pytest.fixture
def tiny(tmp_path: Path) -> tuple[Path, Path]:
    """(recipe, data folder) of the tiny world."""
    data = tmp_path / "data"
    data.mkdir()
    for name, text in FILES.items():
        (data / name).write_text(text, encoding="utf-8")
    recipe = tmp_path / "build.toml"
    recipe.write_text(RECIPE, encoding="utf-8")
    return recipe, data


@pytest.fixture(scope="session")
def shared_world_data() -> Path:
    """Folder of the shared world data; skips where it is absent."""
    root = Path(os.environ.get("COERCION_SIM_SHARED", REPO.parent / "shared"))
    folder = root / "data" / "world"
    if not folder.is_dir():
        pytest.skip(f"shared data not found at {folder}; set COERCION_SIM_SHARED")
    return folder
