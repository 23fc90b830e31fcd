"""The shipped world pacific-2019: its shape, its identities, and the facts it was built to hold."""

import numpy as np
import pytest

from coercion_sim.world import load_world, read_labels, show_state, show_world, world_folder
from coercion_sim.world.build.pipeline import build

PACIFIC = world_folder("pacific-2019")

STATES = [
    "AUS", "CHN", "USA", "JPN", "KOR", "IND", "NZL", "TWN", "VNM", "IDN", "PHL", "SGP", "MYS", "THA",
    "CAN", "GBR", "EU", "RUS", "BRA", "CHL", "SAU", "BGD", "ARG", "UKR", "ZAF", "PER", "TUR", "ROW",
]  # fmt: skip
PRODUCTS = ["barley", "cotton", "wool", "logs", "lobster", "wine", "beef", "lng", "iron_ore", "copper_ores"]

#: Share of each product's value that its sector could not give above the floor, percent (PROVENANCE of the data).
BEYOND_FLOOR = {
    "barley": 2, "cotton": 4, "wool": 5, "lng": 6, "iron_ore": 9, "logs": 10, "copper_ores": 11, "lobster": 22,
}  # fmt: skip

#: Australia's share of China's imports (model.md §5 and the notes behind it).
CHINA_BUYS = {
    "iron_ore": 0.63, "lng": 0.46, "coal": 0.38, "wool": 0.73, "copper_ores": 0.07, "beef": 0.22, "wine": 0.33,
    "lobster": 0.37, "logs": 0.05, "cotton": 0.23, "barley": 0.27,
}  # fmt: skip


@pytest.fixture(scope="module")
def world():
    return load_world("pacific-2019")


def flows(world, sector):
    return world.flows[world.sectors.index(sector)]


def test_shape_and_order(world):
    assert world.shape == (42, 28)
    assert list(world.states) == STATES
    assert list(world.sectors[27:32]) == ["electricity", "transport", "travel", "finance", "other_services"]
    assert list(world.sectors[32:]) == PRODUCTS
    assert world.sectors[3] == "coal"
    assert world.year == 2019


def test_nobody_buys_without_a_supplier_and_empty_sectors_stay_empty(world):
    b = world.baseline
    assert ((b.share.sum(axis=1) > 0) == (b.spending > 0)).all()
    assert (world.input_share[:, b.sales <= 0] == 0).all()
    use = np.einsum("kjn,jn->kn", world.input_share, b.sales)
    assert (use[b.spending <= 0] == 0).all()


@pytest.mark.parametrize("sector", CHINA_BUYS)
def test_australias_share_of_chinas_imports(world, sector):
    aus, chn = world.states.index("AUS"), world.states.index("CHN")
    imports = flows(world, sector)[:, chn].copy()
    imports[chn] = 0.0
    assert imports[aus] / imports.sum() == pytest.approx(CHINA_BUYS[sector], abs=0.006)


def test_chinas_share_of_australian_barley(world):
    sold = {(d.sector, d.partner): d.share_of_trade for d in show_state(world, "AUS", top=2000).export_dependence}
    assert sold["barley", "CHN"] == pytest.approx(408.5 / 725, abs=1e-3)


def integration(world):
    """Goods trade with the bloc less that with China over all foreign goods trade (model.md §6), bloc's order."""
    goods = world.flows[world.sector_indices("goods")].sum(axis=0) * (1 - np.eye(28))
    both = goods + goods.T
    bloc = [world.states.index(s) for s in ("AUS", "USA", "JPN", "KOR", "NZL")]
    return ((both[:, bloc].sum(axis=1) - both[:, world.states.index("CHN")]) / both.sum(axis=1))[bloc]


def test_only_new_zealand_trades_more_with_the_bloc_than_with_china(world):
    aus, usa, jpn, kor, nzl = integration(world)
    assert aus < min(usa, kor) < max(usa, kor) < jpn < 0 < nzl


def test_elasticity_classes_and_sets(world):
    theta = dict(zip(world.sectors, world.trade_elasticity, strict=True))
    assert {theta[s] for s in ("coal", "barley", "cotton", "wool", "lng", "iron_ore", "copper_ores")} == {12.0}
    assert {theta[s] for s in ("logs", "lobster", "beef", "agriculture", "iron_steel", "chemicals")} == {5.0}
    assert {theta[s] for s in ("wine", "food", "electronics", "travel", "other_services")} == {3.0}
    assert len(world.elasticity_sets) == 10  # the classes, eight published sets, one by product
    np.testing.assert_array_equal(world.elasticity_sets["uniform_4"], np.full(42, 4.0))
    cp = dict(zip(world.sectors, world.elasticity_sets["caliendo_parro_2015"], strict=True))
    assert cp["barley"] == cp["agriculture"]
    by_product = dict(zip(world.sectors, world.elasticity_sets["fontagne_2022_products"], strict=True))
    assert by_product["cotton"] == 12.044


def test_ties_and_groups(world):
    assert world.alliance_strength("AUS", "USA") == 0.9
    assert world.alliance_strength("USA", "EU") == pytest.approx(0.959, abs=0.001)  # Sweden has no treaty
    assert world.groups["QUAD"] == ("AUS", "USA", "JPN", "IND")
    assert "EU" in world.groups["NATO"]
    assert "EU" in world.groups["G7"]
    assert "ROW" not in {s for members in world.groups.values() for s in members}
    assert {world.competitors[s] for s in ("AUS", "USA", "JPN", "KOR", "NZL", "CAN", "GBR", "EU", "TWN")} == {("CHN",)}


def test_missing_ideal_points_are_missing(world):
    missing = {s for s, x in zip(world.states, world.ideal_point, strict=True) if np.isnan(x)}
    assert missing == {"TWN", "ROW"}


def test_no_column_that_may_not_be_shipped(world):
    assert world.democracy is None
    assert read_labels("pacific-2019").attributes == ("gdp_recorded", "ideal_point")
    with np.load(PACIFIC / "arrays.npz") as stored:
        assert not [key for key in stored.files if "democ" in key or "vdem" in key or "atop" in key]
    recipe = (PACIFIC / "build.toml").read_text(encoding="utf-8").casefold()
    assert "atop_2018" not in recipe
    assert "democracy_2010" not in recipe


def test_the_readme_says_what_must_be_said():
    text = (PACIFIC / "README.md").read_text(encoding="utf-8")
    for phrase in (
        "Tariffs are zero", "APPROXIMATED", "CC BY 4.0", "by using industry", "ASSUMPTION", "CC0", "to be verified",
        "coercion-sim world build scenarios/worlds/pacific-2019/build.toml --data",
    ):  # fmt: skip
        assert phrase in text
    rows = [line.split("|") for line in text.splitlines() if line.startswith(("| barley | ", "| rock_lobster | "))]
    facts = [row for row in rows if len(row) == 8]
    assert facts
    assert all(row[5].strip() in "ABC" and row[6].strip().isdigit() for row in facts)


def test_views_add_up(world):
    view = show_world(world)
    assert [row.state for row in view.states] == STATES
    assert sum(row.exports for row in view.states) == pytest.approx(sum(row.imports for row in view.states))
    assert sum(row.exports for row in view.states) == pytest.approx(sum(row.world_exports for row in view.sectors))
    australia = show_state(world, "AUS")
    assert (australia.export_dependence[0].sector, australia.export_dependence[0].partner) == ("iron_ore", "CHN")
    assert australia.partners[0].partner == "CHN"
    assert australia.competitors == ("CHN",)
    assert [tie.partner for tie in australia.ties][:2] == ["USA", "NZL"]
    assert australia.imbalance == pytest.approx(australia.row.imports - australia.row.exports)


# ------------------------------------------------------------------ against the data it was built from


@pytest.fixture(scope="module")
def built(shared_world_data):
    return build(PACIFIC / "build.toml", shared_world_data)


@pytest.mark.parametrize("product", BEYOND_FLOOR)
def test_products_meet_the_floor_as_often_as_recorded(built, product):
    trade = next(trade for trade in built.trades if trade.spec.id == product)
    assert 100 * trade.beyond_floor == pytest.approx(BEYOND_FLOOR[product], abs=0.55)


def test_wine_and_beef_hardly_meet_the_floor(built):
    assert all(trade.beyond_floor < 0.01 for trade in built.trades if trade.spec.id in ("wine", "beef"))


def test_integration_is_as_recorded_where_sectors_keep_their_totals(shared_world_data):
    """model.md §6. Keeping products whole above the floor moves AUS to -.118 and NZL to +.050."""
    cut = build(PACIFIC / "build.toml", shared_world_data, {"split.overflow": "cut"}).world
    np.testing.assert_allclose(integration(cut), [-0.11, -0.05, -0.01, -0.05, 0.06], atol=0.005)


def test_all_logs_can_be_built_instead_of_export_grade(built, shared_world_data):
    other = build(PACIFIC / "build.toml", shared_world_data, {"logs.grade": "all"})
    share = {}
    for name, world in (("export_grade", built.world), ("all", other.world)):
        logs = flows(world, "logs")[world.states.index("AUS")]
        share[name] = logs[world.states.index("AUS")] / logs.sum()
    assert share["export_grade"] == pytest.approx(0.25, abs=1e-3)
    assert share["all"] == pytest.approx(0.78, abs=1e-3)
