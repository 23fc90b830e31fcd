"""A recipe is checked whole: types with their lines, and everything its labels contradict."""

from __future__ import annotations

import pytest

from coercion_sim.errors import WorldError
from coercion_sim.world.build.aggregate import by_code, membership
from coercion_sim.world.build.reading import read_spec
from coercion_sim.world.build.recipe import RoundingSpec, WorldSpec


def changed(tiny, old: str, new: str):
    recipe, _ = tiny
    text = recipe.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    recipe.write_text(text.replace(old, new, 1), encoding="utf-8")
    return recipe


def test_a_recipe_has_its_labels_in_order_and_defaults(tiny) -> None:
    spec = read_spec(tiny[0])
    assert isinstance(spec, WorldSpec)
    assert spec.state_ids == ("AAA", "BLOC", "DDD", "ROW")
    assert spec.sector_ids == ("farm", "steel", "services", "grain")
    assert spec.parents == (0, 1, 2, 0)
    assert [state.economies for state in spec.states] == [("AAA",), ("BBB", "CCC"), ("DDD",), ()]
    assert (spec.split.floor, spec.caps.inputs, spec.rounding.flows) == (0.10, 0.90, 5)
    assert by_code(spec) is spec
    assert membership(spec).tolist() == [[float(i == j) for j in range(4)] for i in range(4)]


@pytest.mark.parametrize(
    ("old", "new", "key", "suggestion"),
    [
        ('{ id = "DDD"', '{ id = "AAA"', "states", None),
        ('"CCC"]', '"AAA"]', "states.members", None),
        ('id = "steel"', 'id = "farm"', "sectors", None),
        ('code = "C24"', 'code = "A01"', "sectors.code", None),
        ('{ id = "DDD", name = "Delta" }', '{ id = "DDD", name = "Delta", rest = true }', "states.rest", None),
        ('parent = "A01"', 'parent = "A02"', "products.grain.parent", "A01"),
        ('name = "Farm", elasticity_class = "low"', 'name = "Farm", elasticity_class = "lo"',
         "sectors.farm.elasticity_class", "low"),
        ('users = ["farm"]', 'users = ["frm"]', "products.grain.users", "farm"),
        ("{ A01 = 1.25 }", "{ A02 = 1.25 }", "split.fob_factor", "A01"),
        ('{ AAA = ["DDD"] }', '{ AAA = ["DDE"] }', "competitors", "DDD"),
        ('products = "facts.csv"', "", "data.products", None),
    ],
)  # fmt: skip
def test_labels_that_contradict_each_other_are_named_with_the_nearest(tiny, old, new, key, suggestion) -> None:
    recipe = changed(tiny, old, new)
    with pytest.raises(WorldError) as caught:
        read_spec(recipe)
    problem = next(p for p in caught.value.problems if p.key == key)
    assert problem.suggestion == suggestion
    assert problem.file == str(recipe)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("year = 2019", 'year = "2019"', "year"),
        ("low = 3.0", "low = 0", "elasticity.classes.low"),
        ('name = "tiny"', 'name = "9 lives"', "name"),
        ("rest = true", "rest = 1", "states.ROW.rest"),
        ('trade = "trade.csv"', "trade = 3", "data.trade"),
    ],
)
def test_types_and_ranges_have_their_line(tiny, old, new, key) -> None:
    recipe = changed(tiny, old, new)
    with pytest.raises(WorldError) as caught:
        read_spec(recipe)
    (problem,) = caught.value.problems
    assert problem.key == key
    assert new in recipe.read_text(encoding="utf-8").split("\n")[problem.line - 1]


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("grain.grade", "export_grade", lambda spec: spec.products[0].grade),
        ("products.grain.grade", "export_grade", lambda spec: spec.products[0].grade),
        ("split.floor", 0.2, lambda spec: spec.split.floor),
        ("elasticity.classes.low", 5.0, lambda spec: spec.elasticity.classes["low"]),
        ("AAA.name", "First", lambda spec: spec.states[0].name),
    ],
)
def test_single_values_are_replaced_by_dotted_path(tiny, key, value, read) -> None:
    assert read(read_spec(tiny[0], {key: value})) == value


def test_a_table_left_at_its_defaults_can_be_set(tiny) -> None:
    recipe = tiny[0]
    assert "[rounding]" not in recipe.read_text("utf-8")
    before = read_spec(recipe)
    after = read_spec(recipe, {"rounding.flows": 3})
    assert (before.rounding.flows, after.rounding.flows) == (RoundingSpec().flows, 3)
    assert after.model_copy(update={"rounding": before.rounding}) == before
    for key in ("rounding.flow", "roundings.flows"):
        with pytest.raises(WorldError, match="key"):
            read_spec(recipe, {key: 3})


def test_a_replaced_value_that_does_not_fit_is_of_set(tiny) -> None:
    with pytest.raises(WorldError) as caught:
        read_spec(tiny[0], {"split.floor": 2.0})
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.key, problem.allowed) == ("--set", None, "split.floor", "0 to 1")


def test_a_joined_sector_stands_for_its_codes(tiny) -> None:
    recipe = changed(tiny, 'code = "C24"', 'codes = ["C24", "C25"]')
    spec = read_spec(recipe)
    fine = by_code(spec)
    assert spec.sectors[1].code == "C24+C25"
    assert fine.sector_ids == ("farm", "steel_C24", "steel_C25", "services", "grain")
    assert membership(spec).sum(axis=0).tolist() == [1.0] * 5
    assert membership(spec).sum(axis=1).tolist() == [1.0, 2.0, 1.0, 1.0]


def test_a_recipe_is_laid_over_its_base(tiny) -> None:
    recipe, _ = tiny
    (recipe.parent / "own").mkdir()
    recipe.write_text(recipe.read_text("utf-8") + '\n[own]\nmacro = "own.csv"\n', encoding="utf-8")
    above = recipe.parent / "own" / "later.toml"
    text = 'base = "../build.toml"\nname = "later"\nyear = 2020\nproducts = []\n[data]\ntrade = "later.csv"\n'
    above.write_text(text, encoding="utf-8")
    before, after = read_spec(recipe), read_spec(above)
    assert (after.name, after.year, after.data.trade, after.products) == ("later", 2020, "later.csv", ())
    assert after.own.macro == "../own.csv"
    changed = {"name", "year", "products", "data", "own"}
    assert after.model_dump(exclude=changed) == before.model_dump(exclude=changed)
    assert after.data.model_copy(update={"trade": "trade.csv"}) == before.data


def test_an_empty_value_takes_an_entry_of_the_base_away(tiny) -> None:
    recipe, _ = tiny
    above = recipe.parent / "later.toml"
    above.write_text('base = "build.toml"\n[competitors]\nAAA = []\n[groups]\nPAIR = ""\n', encoding="utf-8")
    before, after = read_spec(recipe), read_spec(above)
    assert set(before.competitors) - set(after.competitors) == {"AAA"}
    assert set(before.groups) - set(after.groups) == {"PAIR"}


@pytest.mark.parametrize("base", ['"later.toml"', "3", '"absent.toml"'])
def test_a_base_that_is_no_other_recipe_is_refused(tiny, base) -> None:
    path = tiny[0].parent / "later.toml"
    path.write_text(f'name = "later"\nbase = {base}\n', encoding="utf-8")
    with pytest.raises(WorldError) as caught:
        read_spec(path)
    (problem,) = caught.value.problems
    assert (problem.key, problem.line) == ("base", 2) or problem.file.endswith("absent.toml")


def test_a_mistake_in_a_base_has_the_line_of_the_base(tiny) -> None:
    recipe, _ = tiny
    recipe.write_text(recipe.read_text("utf-8").replace("low = 3.0", "low = -3.0"), encoding="utf-8")
    above = recipe.parent / "later.toml"
    above.write_text('base = "build.toml"\nyear = 2020\n', encoding="utf-8")
    with pytest.raises(WorldError) as caught:
        read_spec(above)
    (problem,) = caught.value.problems
    assert problem.file == str(recipe)
    assert "low = -3.0" in recipe.read_text("utf-8").split("\n")[problem.line - 1]
