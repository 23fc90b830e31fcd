"""The shipped world world-40: many states, few sectors, rare earths with one dominant supplier."""

import numpy as np
import pytest

from coercion_sim import solve_equilibrium
from coercion_sim.economy import Measure
from coercion_sim.world import load_world, world_folder

FOLDER = world_folder("world-40")
USERS = ("electronics", "electrical", "machinery", "vehicles")


@pytest.fixture(scope="module")
def world():
    return load_world("world-40")


@pytest.fixture(scope="module")
def rare(world):
    return world.flows[world.sectors.index("rare_earths")]


def test_shape_and_order(world):
    assert world.shape == (25, 42)
    assert {"RUS", "CHN", "KAZ", "UKR", "TWN", "EUN", "EUO"} < set(world.states)
    assert world.states[-1] == "ROW"
    assert world.sectors[-1] == "rare_earths"


def test_china_dominates_rare_earths(world, rare):
    chn = world.state_index("CHN")
    foreign = rare - np.diag(np.diag(rare))
    assert foreign[chn].sum() / foreign.sum() == pytest.approx(0.55, abs=0.01)
    assert rare[chn].sum() / rare.sum() == pytest.approx(0.78, abs=0.01)
    for importer, share in (("USA", 302 / 400), ("DEU", 325 / 420), ("KOR", 171 / 230)):
        bought = foreign[:, world.state_index(importer)]
        assert bought[chn] / bought.sum() == pytest.approx(share, abs=0.005)


def test_rare_earths_are_an_input_of_their_users_alone(world, rare):
    k = world.sectors.index("rare_earths")
    users = [world.sectors.index(s) for s in USERS]
    assert (np.delete(world.input_share[k], users, axis=0) == 0).all()
    assert (world.input_share[k][users] > 0).any(axis=0).all()
    use = (world.input_share[k] * world.baseline.sales).sum(axis=0)
    np.testing.assert_allclose(use / rare.sum(axis=0), 0.97, rtol=1e-3)


def test_groups_and_treaties(world):
    assert world.groups["QUAD"] == ("AUS", "USA", "JPN", "IND")
    assert set(world.groups["NATO"]) == {
        "USA", "CAN", "GBR", "DEU", "FRA", "ITA", "ESP", "NLD", "BEL", "POL", "CZE", "LTU", "EUN", "NOR", "TUR",
    }  # fmt: skip
    assert set(world.groups["G7"]) == {"USA", "JPN", "CAN", "GBR", "DEU", "FRA", "ITA"}
    assert set(world.groups["FIVE_EYES"]) == {"AUS", "USA", "NZL", "CAN", "GBR"}
    assert "EUO" in world.groups["EU"]
    assert world.alliance_strength("KAZ", "RUS") == 0.8
    assert world.alliance_strength("JPN", "USA") == 0.95
    assert not [a for a in world.alliances if "ROW" in (a.a, a.b)]


def test_missing_ideal_points_are_missing(world):
    missing = {s for s, x in zip(world.states, world.ideal_point, strict=True) if np.isnan(x)}
    assert missing == {"TWN", "EUN", "EUO", "ROW"}
    assert world.democracy is None


def test_bans_of_china_and_russia_have_an_answer(world):
    others = [s for s in world.states if s not in ("CHN", "ROW")]
    stop = [Measure("export_ban", "CHN", s, ("rare_earths",), 0.02) for s in others]
    after = solve_equilibrium(world, stop)
    assert after.status == "converged"
    assert after.welfare_pct_gdp[world.state_index("KOR")] < 0
    gas = [Measure("export_ban", "RUS", s, ("oil_gas",), 0.0) for s in world.groups["EU"]]
    after = solve_equilibrium(world, gas)
    assert after.status == "converged"
    assert after.welfare_pct_gdp[world.state_index("RUS")] < after.welfare_pct_gdp[world.state_index("DEU")] < 0
