"""Sectors made of several codes, files beside the recipe, and a stated share of intermediate use."""

import numpy as np
import pytest

from coercion_sim.errors import WorldError
from coercion_sim.world import build_world
from coercion_sim.world.build.aggregate import by_code, join_inputs, membership
from coercion_sim.world.build.pipeline import build
from coercion_sim.world.build.reading import read_spec

JOINED = '{ id = "things", codes = ["A01", "C24"], name = "Farm and steel", elasticity_class = "low" },'


def with_text(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def joined(recipe):
    text = recipe.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if '"steel"' not in line]
    at = next(k for k, line in enumerate(lines) if '"farm", code' in line)
    lines[at] = "  " + JOINED
    recipe.write_text("\n".join(lines).replace('users = ["farm"]', 'users = ["things"]') + "\n", encoding="utf-8")


def test_a_recipe_without_joined_sectors_is_its_own_detail(tiny):
    spec = read_spec(tiny[0])
    assert by_code(spec) is spec
    np.testing.assert_array_equal(membership(spec), np.eye(4))


def test_joined_sectors_are_the_sum_of_their_codes(tiny):
    recipe, data = tiny
    fine = build_world(recipe, data)
    joined(recipe)
    coarse = build_world(recipe, data)
    assert coarse.sectors == ("things", "services", "grain")
    np.testing.assert_allclose(coarse.flows[0], fine.flows[0] + fine.flows[1], rtol=1e-4)
    np.testing.assert_allclose(coarse.flows[2], fine.flows[3], rtol=1e-4)
    b = coarse.baseline
    assert (b.final_demand >= 0).all()
    np.testing.assert_allclose(coarse.value_added_share + coarse.input_share.sum(axis=0), 1.0, atol=1e-12)


def test_money_spent_on_inputs_survives_the_joining(tiny):
    recipe, _ = tiny
    joined(recipe)
    spec = read_spec(recipe)
    rng = np.random.default_rng(1)
    flows, inputs = rng.uniform(1, 2, (4, 4, 4)), rng.uniform(0, 0.1, (4, 4, 4))
    member = membership(spec)
    coarse = join_inputs(inputs, flows, member)
    Y = flows.sum(axis=2)
    before = np.einsum("kjn,jn->kn", inputs, Y)
    after = np.einsum("kjn,jn->kn", coarse, member @ Y)
    np.testing.assert_allclose(after, member @ before, rtol=1e-13)


def test_an_empty_joined_sector_buys_nothing():
    flows, inputs = np.ones((2, 1, 1)), np.full((2, 2, 1), 0.2)
    flows[:] = 0.0
    assert (join_inputs(inputs, flows, np.ones((1, 2))) == 0).all()


def test_tags_codes_and_published_elasticities_of_a_joined_sector(tiny):
    recipe, data = tiny
    joined(recipe)
    built = build(recipe, data)
    assert list(built.world.sector_indices("C24")) == [0]
    assert list(built.world.sector_indices("A01")) == [0, 2]
    assert built.source_labels.codes == {"things": "A01+C24", "services": "SERV", "grain": "A01"}
    assert built.source_labels.parents == {"grain": "things"}
    theta = built.world.elasticity_sets["someone_2020"]
    assert 5 < theta[0] < 6
    assert theta[2] == 5
    np.testing.assert_array_equal(built.world.elasticity_sets["rauch"], built.world.trade_elasticity)


def test_code_and_codes_exclude_each_other(tiny):
    recipe, data = tiny
    with_text(recipe, 'code = "C24"', 'code = "C24", codes = ["C25"]')
    with pytest.raises(WorldError, match=r"sectors\.steel\.code"):
        build_world(recipe, data)


def test_a_code_in_two_sectors_is_refused(tiny):
    recipe, data = tiny
    with_text(recipe, 'code = "C24"', 'codes = ["C24", "A01"]')
    with pytest.raises(WorldError, match="listed twice"):
        build_world(recipe, data)


def test_users_buy_the_stated_share_of_a_product(tiny):
    recipe, data = tiny
    with_text(recipe, 'users = ["farm"]', 'users = ["farm"], intermediate = 0.6')
    world = build_world(recipe, data)
    use = (world.input_share[3] * world.baseline.sales).sum(axis=0)
    X = world.baseline.spending[3]
    np.testing.assert_allclose(use[X > 0], 0.6 * X[X > 0], rtol=1e-4)
    # the family's total is what it was
    assert world.input_share[[0, 3], 0, 0].sum() == pytest.approx(0.10, rel=1e-4)
    assert any("60%" in repair and "grain" in repair for repair in world.repairs)


def test_files_beside_the_recipe_are_read_after_the_data(tiny):
    recipe, data = tiny
    text = recipe.read_text(encoding="utf-8").replace(
        "[split]",
        '[own]\nmacro = "own_gdp.csv"\ngroups = "own_groups.csv"\nalliances = "own_ties.csv"\n'
        'products = "own_facts.csv"\n\n[split]',
    )
    recipe.write_text(text.replace('products = "facts.csv"\n', ""), encoding="utf-8")
    here = recipe.parent
    (here / "own_facts.csv").write_text((data / "facts.csv").read_text(encoding="utf-8"), encoding="utf-8")
    (here / "own_gdp.csv").write_text("iso3,gdp_musd_2019,source,grade\nFFF,500,a page,A\n", encoding="utf-8")
    (here / "own_groups.csv").write_text("group,iso3\nCLUB_2020,DDD\n", encoding="utf-8")
    head = "iso3_a,iso3_b,commitment,since,type,strength_0_1\n"
    (here / "own_ties.csv").write_text(head + "DDD,BLOC,Pact,1990,defence,0.7\n", encoding="utf-8")
    world = build_world(recipe, data)
    assert world.gdp_recorded.sum() == pytest.approx(16000, rel=1e-4)  # taken out of the others, not added
    assert world.groups["CLUB"] == ("AAA", "BLOC", "DDD")
    assert world.alliance_strength("DDD", "BLOC") == 0.7
    (here / "own_ties.csv").write_text(head + "AAA,BLOC,Pact,1990,defence,0.7\n", encoding="utf-8")
    with pytest.raises(WorldError, match="counted with those of its members"):
        build_world(recipe, data)
    (here / "own_ties.csv").write_text(head + "DDD,BLOC,Pact,1990,defence,0.7\n", encoding="utf-8")
    (here / "own_gdp.csv").write_text("iso3,gdp_musd_2019\nAAA,500\n", encoding="utf-8")
    with pytest.raises(WorldError, match="already in the data"):
        build_world(recipe, data)
