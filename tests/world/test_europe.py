"""The shipped world europe-2019: its shape, its identities, and what is known of Europe's energy in 2019."""

import numpy as np
import pytest

from coercion_sim import solve_equilibrium
from coercion_sim.economy import Measure
from coercion_sim.world import load_world, read_labels, world_folder

EUROPE = world_folder("europe-2019")
EU = ("DEU", "FRA", "ITA", "ESP", "NLD", "BEL", "POL", "CZE", "SWE", "LTU", "EUN", "EUO")
ENERGY = ("coal", "crude_oil", "pipeline_gas", "lng", "petroleum")


@pytest.fixture(scope="module")
def world():
    return load_world("europe-2019")


def outside(world, sector):
    """What the EU buys of a sector outside, by exporter."""
    bloc = [world.state_index(s) for s in EU]
    bought = world.flows[world.sectors.index(sector)][:, bloc].sum(axis=1)
    bought[bloc] = 0.0
    return dict(zip(world.states, bought, strict=True))


def russian_share(bought):
    return bought["RUS"] / sum(bought.values())


def test_shape_and_order(world):
    assert world.shape == (28, 27)
    assert world.states[:12] == EU
    assert world.states[-1] == "ROW"
    assert world.sectors[-3:] == ("crude_oil", "pipeline_gas", "lng")
    assert set(ENERGY) < set(world.sectors)


def test_russias_part_in_the_gas_of_the_eu(world):
    gas, lng = outside(world, "pipeline_gas"), outside(world, "lng")
    assert russian_share(gas) == pytest.approx(0.58, abs=0.02)
    every = sum(gas.values()) + sum(lng.values())
    assert gas["RUS"] / every == pytest.approx(0.45, abs=0.03)  # European Commission, third quarter of 2019, EU-28
    assert (gas["RUS"] + lng["RUS"]) / every == pytest.approx(0.475, abs=0.04)  # Kommersant, EU-28
    assert gas["NOR"] > gas["ROW"] > gas["GBR"]


def test_russias_part_in_germanys_pipeline_gas(world):
    bought = world.flows[world.sectors.index("pipeline_gas")][:, world.state_index("DEU")].copy()
    bought[world.state_index("DEU")] = 0.0
    assert bought[world.state_index("RUS")] / bought.sum() == pytest.approx(53.5 / 109.6, abs=1e-3)


def test_russias_part_in_crude_oil_and_coal(world):
    assert russian_share(outside(world, "crude_oil")) == pytest.approx(0.27, abs=0.03)
    assert russian_share(outside(world, "coal")) == pytest.approx(0.29, abs=0.02)


def test_what_families_of_the_trade_data_became(world):
    assert list(world.sector_indices("B06")) == sorted(
        world.sectors.index(s) for s in ("mining", "crude_oil", "pipeline_gas", "lng")
    )
    assert read_labels("europe-2019").codes["agriculture"] == "A01+A02+A03"
    assert read_labels("europe-2019").codes["lng"] == "B06"


def test_groups_and_treaties_cover_the_blocs(world):
    assert world.groups["EU"] == EU
    nato = set(world.groups["NATO"])
    assert nato == (set(EU) - {"SWE", "EUO"}) | {"GBR", "NOR", "TUR", "USA", "CAN"}
    assert world.groups["QUAD"] == ("USA", "JPN", "AUS", "IND")
    assert set(world.groups["G7"]) == {"DEU", "FRA", "ITA", "GBR", "USA", "CAN", "JPN"}
    assert world.alliance_strength("EUN", "USA") == world.alliance_strength("DEU", "USA") == 1.0
    assert world.alliance_strength("EUN", "EUO") == world.alliance_strength("FRA", "SWE") == 0.6
    assert world.alliance_strength("EUO", "USA") == 0.0
    for a in nato:
        assert all(world.alliance_strength(a, b) > 0 for b in nato - {a}), a
    assert {world.competitors[s] for s in EU} == {("RUS",)}


def test_missing_ideal_points_are_missing(world):
    missing = {s for s, x in zip(world.states, world.ideal_point, strict=True) if np.isnan(x)}
    assert missing == {"EUN", "EUO"}
    assert world.democracy is None


@pytest.mark.parametrize("sectors", [("pipeline_gas",), ENERGY])
def test_a_full_stop_of_russian_energy_has_an_answer(world, sectors):
    stop = [Measure("export_ban", "RUS", s, sectors, 0.0) for s in EU]
    after = solve_equilibrium(world, stop)
    assert after.status == "converged"
    loss = dict(zip(world.states, after.welfare_pct_gdp, strict=True))
    assert loss["RUS"] < min(loss["DEU"], loss["POL"]) < 0


def test_a_chinese_ban_has_an_answer(world):
    after = solve_equilibrium(world, [Measure("import_ban", "CHN", "LTU", ("goods",), 0.0)])
    assert after.status == "converged"
    assert after.welfare_pct_gdp[world.state_index("LTU")] < 0
