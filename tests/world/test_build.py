"""Building a small world: totals conserved, products taken out as the recipe says, links capped, blocs averaged."""

import time

import numpy as np
import pytest

from coercion_sim.errors import WorldError
from coercion_sim.world import build_world
from coercion_sim.world.build.aggregate import aggregate
from coercion_sim.world.build.inputs import cap
from coercion_sim.world.build.pipeline import build, significant
from coercion_sim.world.build.reading import read_spec, read_trade

FLOOR = 0.10


def aggregated(tiny):
    recipe, data = tiny
    path = data / "trade.csv"
    return aggregate(read_trade(path), read_spec(recipe), path)


def with_text(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_small_world_builds_well_under_a_second(tiny):
    build_world(*tiny)  # imports
    start = time.perf_counter()
    world = build_world(*tiny)
    assert time.perf_counter() - start < 0.5
    assert world.shape == (4, 4)
    assert world.states == ("AAA", "BLOC", "DDD", "ROW")
    assert world.sectors == ("farm", "steel", "services", "grain")


def test_aggregation_conserves_each_sector_total(tiny):
    trade, made = read_trade(tiny[1] / "trade.csv"), aggregated(tiny)
    for j, code in enumerate(("A01", "C24", "SERV")):
        assert made.flows[j].sum() == pytest.approx(trade.value[trade.sector == code].sum(), rel=1e-14)
        assert made.output[j].sum() == pytest.approx(made.flows[j].sum(), rel=1e-14)


def test_trade_inside_a_bloc_becomes_domestic(tiny):
    made = aggregated(tiny)
    inside = 1000 + 10 + 1000 + 20 + (40 + 3 + 10) + (40 + 6 + 5)  # BBB and CCC at home and between them, farm goods
    assert made.flows[0, 1, 1] == inside


def test_every_economy_without_a_state_goes_to_the_rest(tiny):
    made = aggregated(tiny)
    assert {e for e, state in made.state_of.items() if state == "ROW"} == {"EEE", "FFF"}


def test_negative_flows_are_set_to_zero_and_reported(tiny):
    recipe, data = tiny
    with_text(data / "trade.csv", "AAA,DDD,C24,62", "AAA,DDD,C24,-62")
    world = build_world(recipe, data)
    assert world.flows[1, 0, 2] == 0
    assert any("1 negative flows" in repair and "62" in repair for repair in world.repairs)


def test_splitting_conserves_the_sector_cell_by_cell_where_the_sector_can_give(tiny):
    built, before = build(*tiny), aggregated(tiny).flows
    after = built.trades[0]
    rest = before[0] - after.taken
    assert (after.taken <= (1 - FLOOR) * before[0] + 1e-12).all()
    np.testing.assert_allclose(built.world.flows[0], rest, rtol=1e-4)
    np.testing.assert_allclose(built.world.flows[3], after.flows, rtol=1e-4)
    inside = after.flows <= (1 - FLOOR) * before[0]
    np.testing.assert_allclose((rest + after.flows)[inside], before[0][inside], rtol=1e-14)
    np.testing.assert_array_equal(built.world.flows[1], significant(before[1], 5))


@pytest.mark.parametrize("overflow", ["keep", "cut"])
def test_a_product_too_large_for_its_sector_leaves_the_floor(tiny, overflow):
    recipe, data = tiny
    with_text(data / "facts.csv", "corn,AAA,DDD,flow,30", "corn,AAA,DDD,flow,50")
    with_text(data / "facts.csv", "corn,DDD,,importer,40", "corn,DDD,,importer,60")
    with_text(data / "facts.csv", "corn,AAA,,exporter,50", "corn,AAA,,exporter,70")
    with_text(data / "trade.csv", "AAA,DDD,A01,55", "AAA,DDD,A01,20")
    built = build(recipe, data, {"split.overflow": overflow})
    cell, wanted = 20.0, 50.0 / 1.25
    assert built.world.flows[0, 0, 2] == pytest.approx(FLOOR * cell)
    assert built.world.flows[3, 0, 2] == pytest.approx(wanted if overflow == "keep" else (1 - FLOOR) * cell)
    trade = built.trades[0]
    beyond = (trade.fob.sum() / 1.25 - trade.taken.sum()) / (trade.fob.sum() / 1.25)
    assert trade.beyond_floor == pytest.approx(beyond)
    assert trade.beyond_floor > 0.05
    if overflow == "cut":
        total = built.world.flows[0] + built.world.flows[3]
        expected = aggregated(tiny).flows[0]
        np.testing.assert_allclose(total, expected, rtol=2e-4)


def test_fitted_trade_has_the_recorded_totals_and_known_flows(tiny):
    trade = build(*tiny).trades[0]
    foreign = trade.fob - np.diag(np.diag(trade.fob))
    np.testing.assert_allclose(foreign.sum(axis=1), [50, 20, 0, 0], atol=1e-6)
    scale = 70 / 64
    np.testing.assert_allclose(foreign.sum(axis=0), [0, 0, 40 * scale, 24 * scale], atol=1e-6)
    assert trade.import_scale == pytest.approx(scale)
    assert foreign[0, 2] == 30


def test_home_sales_follow_from_shares_or_are_given(tiny):
    recipe, data = tiny
    home = np.diag(build(recipe, data).trades[0].fob)
    np.testing.assert_allclose(home, [50, 0, 5, 0])  # share 0.5 of AAA's output; DDD's given in money
    graded = np.diag(build(recipe, data, {"grain.grade": "export_grade"}).trades[0].fob)
    np.testing.assert_allclose(graded, [12.5, 0, 5, 0])  # 50 x 0.2 / 0.8


def test_a_changed_recipe_is_reported(tiny):
    world = build_world(*tiny, {"grain.grade": "export_grade"})
    assert "Recipe changed: grain.grade = export_grade." in world.repairs


def test_input_columns_sum_to_one_and_only_named_users_buy_a_product(tiny):
    world = build_world(*tiny)
    total = world.value_added_share + world.input_share.sum(axis=0)
    np.testing.assert_allclose(total, 1.0, atol=1e-12)
    farm, grain = 0, 3
    assert (world.input_share[grain, 1:, :] == 0).all()  # steel, services and grain itself buy none
    assert world.input_share[grain, farm, 0] > 0
    # the farm family is divided in proportion to absorption where both members may be bought
    X = world.flows.sum(axis=1)
    ratio = world.input_share[grain, farm, 0] / world.input_share[farm, farm, 0]
    assert ratio == pytest.approx(X[grain, 0] / X[farm, 0], rel=1e-4)
    # and is the published share altogether; a product uses its parent's column
    assert world.input_share[[farm, grain], farm, 0].sum() == pytest.approx(0.10, rel=1e-4)
    assert world.input_share[1, grain, 0] == pytest.approx(0.15, rel=1e-4)


def test_a_bloc_averages_its_members_columns_by_output(tiny):
    world, made = build_world(*tiny), aggregated(tiny)
    steel, bloc = 1, 1
    at = {e: k for k, e in enumerate(made.economies)}
    weights = np.array([made.output[steel, at["BBB"]], made.output[steel, at["CCC"]]])
    expected = 0.20 * (weights @ [0.5, 1.5]) / weights.sum()
    assert world.input_share[2, steel, bloc] == pytest.approx(expected, rel=1e-4)
    assert world.input_share[2, steel, 2] == pytest.approx(0.20 * 0.8, rel=1e-4)  # DDD: world average
    assert any("DDD, ROW are the world average" in repair for repair in world.repairs)


def test_caps_leave_final_demand_and_value_added(tiny):
    spec = read_spec(tiny[0])
    flows = np.abs(np.random.default_rng(3).normal(size=(4, 4, 4))) + 0.1
    inputs = np.random.default_rng(4).uniform(0.0, 0.6, (4, 4, 4))
    capped, notes = cap(inputs, flows, spec)
    X, Y = flows.sum(axis=1), flows.sum(axis=2)
    assert (np.einsum("kjn,jn->kn", capped, Y) <= 0.97 * X * (1 + 1e-12)).all()
    assert (capped.sum(axis=0) <= 0.90 + 1e-12).all()
    assert (np.einsum("kjn,jn->kn", inputs, Y) > 0.97 * X).any()
    assert any("97%" in note for note in notes)
    assert any("90%" in note for note in notes)
    small, quiet = cap(inputs * 1e-3, flows, spec)
    np.testing.assert_array_equal(small, inputs * 1e-3)
    assert quiet == ()


def test_baseline_identities_hold(tiny):
    world = build_world(*tiny)
    b = world.baseline
    assert abs(b.imbalance.sum()) < 1e-9 * b.spending.sum()
    assert (b.final_demand >= 0).all()
    np.testing.assert_allclose(b.final_share.sum(axis=0), 1.0, atol=1e-12)
    assert (world.tariff == 0).all()


def test_attributes_of_a_bloc_weigh_its_members_by_gdp(tiny):
    world = build_world(*tiny)
    points = dict(zip(world.states, world.ideal_point, strict=True))
    assert points["AAA"] == 1.0  # of 2019, not 2018
    assert points["BLOC"] == pytest.approx((3000 * 0.5 - 1000 * 0.5) / 4000)
    assert np.isnan(points["DDD"])  # not recorded: missing, not 0
    assert np.isnan(points["ROW"])  # only a quarter of its GDP is recorded
    assert world.alliance_strength("AAA", "BLOC") == pytest.approx(0.8 * 0.75)  # CCC has no treaty
    assert world.alliance_strength("AAA", "DDD") == 0.3
    assert world.alliance_strength("AAA", "ROW") == 0.0
    assert world.groups == {"CLUB": ("AAA", "BLOC"), "PAIR": ("DDD",)}
    assert world.democracy is None
    np.testing.assert_allclose(world.gdp_recorded, [4000, 4000, 4000, 4000])


def test_a_bloc_with_unrecorded_members_is_grossed_up_and_said_so(tiny):
    recipe, data = tiny
    with_text(data / "macro.csv", "CCC,1000\n", "")
    world, made = build_world(recipe, data), aggregated(tiny)
    output = dict(zip(made.economies, made.output.sum(axis=0), strict=True))
    expected = 3000 * (output["BBB"] + output["CCC"]) / output["BBB"]
    assert world.gdp_recorded[1] == pytest.approx(expected, rel=1e-4)
    assert world.gdp_recorded.sum() == pytest.approx(4000 + 3000 + 4000 + 1000 + 3000, rel=1e-4)
    assert any("grossed up" in repair for repair in world.repairs)


def test_products_take_their_parents_elasticity_in_published_sets(tiny):
    world = build_world(*tiny)
    np.testing.assert_array_equal(world.trade_elasticity, [3, 12, 3, 12])
    np.testing.assert_array_equal(world.elasticity_sets["rauch"], world.trade_elasticity)
    np.testing.assert_array_equal(world.elasticity_sets["someone_2020"], [5, 6, 4, 5])


def test_a_family_is_picked_by_its_code(tiny):
    world = build_world(*tiny)
    assert list(world.sector_indices("A01")) == [0, 3]
    assert list(world.sector_indices("goods")) == [0, 1, 3]
    assert list(world.sector_indices("product")) == [3]


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("build.toml", '"CCC"]', '"CCD"]', "did you mean CCC"),
        ("build.toml", 'users = ["farm"]', 'users = ["frm"]', "did you mean farm"),
        ("build.toml", 'parent = "A01"', 'parent = "A02"', "did you mean A01"),
        (
            "build.toml",
            "classes = {",
            "clases = {",
            r"build.toml:3\d: elasticity.clases: unknown key.*did you mean classes",
        ),
        ("build.toml", 'fact = "corn"', 'fact = "korn"', "did you mean corn"),
        ("build.toml", ", rest = true", "", "belongs to no state"),
        ("build.toml", "year = 2019", "year = ", "build.toml:4"),
        ("data/facts.csv", "corn,ROW,,importer,24", "corn,RWO,,importer,24", "did you mean ROW"),
        ("data/facts.csv", "flow,30", "flow,90", "exceed total"),
        ("data/facts.csv", "domestic_share,0.5", "domestic_share,1.5", "0 <= share < 1"),
        ("data/facts.csv", "exporter,50", "exporter,fifty", "facts.csv:2"),
        ("data/sectors.csv", "C24,STEEL", "C25,STEEL", "no family"),
        ("data/inputs.csv", "input_sector", "input", "input_sector: column missing"),
        ("data/trade.csv", "AAA,AAA,C24,2000", "AAA,AAA,C24,lots", "trade.csv:38"),
        ("data/trade.csv", "AAA,AAA,C24,2000", "AAA,AAA,C99,2000", "would be lost"),
        ("data/elasticities.csv", "C24,someone_2020,6", "C24,someone_2020,0", "not above 0"),
    ],
)
def test_what_is_wrong_with_recipe_or_data_is_said_and_where(tiny, file, old, new, says):
    recipe, data = tiny
    with_text(recipe.parent / file, old, new)
    with pytest.raises(WorldError, match=says):
        build_world(recipe, data)


def test_a_missing_folder_or_file_is_named(tiny):
    recipe, data = tiny
    with pytest.raises(WorldError, match="no such folder"):
        build_world(recipe, data / "nowhere")
    (data / "macro.csv").unlink()
    with pytest.raises(WorldError, match=r"macro\.csv"):
        build_world(recipe, data)
    with pytest.raises(WorldError, match=r"split\.overfow: unknown key.*did you mean overflow"):
        build_world(recipe, data, {"split.overfow": "cut"})


@pytest.mark.parametrize("key", ["nothing.here", "name.x", "states.AAA", "grain.grade.deep", "grian.grade"])
def test_a_change_must_name_a_value_of_the_recipe(tiny, key):
    with pytest.raises(WorldError, match=key):
        build_world(*tiny, {key: "cut"})


def test_all_contradictions_of_a_recipe_come_at_once(tiny):
    recipe, data = tiny
    with_text(recipe, 'users = ["farm"]', 'users = ["frm"]')
    with_text(recipe, 'AAA = ["DDD"]', 'AAA = ["DDE"]')
    with pytest.raises(WorldError) as caught:
        build_world(recipe, data)
    assert len(caught.value.problems) == 2
