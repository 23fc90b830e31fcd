"""Parts of a build against second methods: sums kept, shares kept, weights by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.errors import WorldError
from coercion_sim.world.build.aggregate import aggregate, join_flows, join_inputs, join_mean
from coercion_sim.world.build.attributes import Members, recorded_gdp
from coercion_sim.world.build.inputs import cap_use, elasticities_by_class, expand, family_columns, fill, read_inputs
from coercion_sim.world.build.pipeline import significant
from coercion_sim.world.build.reading import read_spec, read_trade, with_home_sales
from coercion_sim.world.build.recipe import HomeSpec, SplitSpec
from coercion_sim.world.build.report import bullets, markdown_table
from coercion_sim.world.build.split import fit_product, read_facts, split, take_out

MEMBER = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


def drawn(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.1, 2.0, shape)


@given(st.integers(0, 10**6))
def test_joining_keeps_all_trade_and_all_money_spent_on_inputs(seed: int) -> None:
    flows, inputs = drawn(seed, 3, 2, 2), drawn(seed + 1, 3, 3, 2) / 10
    joined = join_flows(flows, MEMBER)
    np.testing.assert_allclose(joined[0], flows[0] + flows[1])
    np.testing.assert_allclose(joined.sum(axis=0), flows.sum(axis=0))
    before = np.einsum("kjn,jn->n", inputs, flows.sum(axis=2))
    after = np.einsum("kjn,jn->n", join_inputs(inputs, flows, MEMBER), joined.sum(axis=2))
    np.testing.assert_allclose(after, before)


def test_a_joined_mean_weighs_its_codes() -> None:
    mean = join_mean(np.array([2.0, 6.0, 5.0]), np.array([3.0, 1.0, 7.0]), MEMBER)
    np.testing.assert_allclose(mean, [3.0, 5.0])


@given(st.lists(st.floats(-1e12, 1e12, allow_nan=False), min_size=1, max_size=6), st.integers(2, 12))
def test_rounding_keeps_the_digits_asked_for(values: list[float], digits: int) -> None:
    rounded = significant(np.array(values), digits)
    np.testing.assert_allclose(rounded, values, rtol=10.0 ** (1 - digits), atol=1e-300)
    np.testing.assert_array_equal(significant(rounded, digits), rounded)
    assert np.isnan(significant(np.array([np.nan]), digits)).all()


def test_aggregation_loses_no_trade_and_refuses_what_it_would_lose(tiny) -> None:
    recipe, data = tiny
    trade, spec = read_trade(data / "trade.csv"), read_spec(recipe)
    made = aggregate(trade, spec, data / "trade.csv")
    assert made.flows.sum() == pytest.approx(trade.value.sum())
    assert made.output.sum() == pytest.approx(trade.value.sum())
    assert made.state_of["BBB"] == made.state_of["CCC"] == "BLOC"
    assert made.state_of["EEE"] == made.state_of["FFF"] == "ROW"
    with pytest.raises(WorldError, match="did you mean BBB"):
        aggregate(trade, read_spec(recipe, {"BLOC.members": ["BBBB", "CCC"]}), data / "trade.csv")


def test_input_columns_of_a_bloc_are_its_members_weighted_by_output(tiny) -> None:
    recipe, data = tiny
    spec = read_spec(recipe)
    made = aggregate(read_trade(data / "trade.csv"), spec, data / "trade.csv")
    tables = read_inputs(data, spec.data)
    columns, notes = family_columns(tables, made, spec)
    assert columns.shape == (3, 3, 4)
    at = {e: k for k, e in enumerate(made.economies)}
    weights = made.output[1, [at["BBB"], at["CCC"]]]
    np.testing.assert_allclose(columns[:, 1, 1], np.array([0.10, 0.15, 0.20]) * (weights @ [0.5, 1.5]) / weights.sum())
    np.testing.assert_allclose(columns[:, 0, 3], [0.08, 0.12, 0.16])  # the rest has the world average
    assert len(notes) == 1


def test_a_product_fits_its_totals_and_known_flows(tiny) -> None:
    recipe, data = tiny
    spec, facts = read_spec(recipe), read_facts(data / "facts.csv")
    made = aggregate(read_trade(data / "trade.csv"), spec, data / "trade.csv")
    flows, scale = fit_product(spec.products[0], facts, made.flows[0], spec.state_ids, spec.split)
    foreign = flows * (1 - np.eye(4))
    np.testing.assert_allclose(foreign.sum(axis=1), [50, 20, 0, 0], atol=1e-8)
    np.testing.assert_allclose(foreign.sum(axis=0), [0, 0, 40 * scale, 24 * scale], atol=1e-8)
    assert scale == pytest.approx(70 / 64)
    assert flows[0, 2] == 30  # the flow that is known
    np.testing.assert_allclose(np.diag(flows), [50, 0, 5, 0])  # half of output at home; home sales given
    parts, trades = split(made.flows, facts, spec)
    np.testing.assert_allclose(parts[0] + trades[0].taken, made.flows[0])
    assert (parts[0] >= spec.split.floor * made.flows[0] - 1e-12).all()
    np.testing.assert_allclose(parts[3], flows / 1.25)


def test_home_sales_are_what_output_leaves(tiny) -> None:
    recipe, data = tiny
    path = data / "totals.csv"
    path.write_text("exporter,importer,value_musd\nA,B,10\nB,A,95\nA,A,7\n", encoding="utf-8")
    trade = read_trade(path, only="GOODS")
    assert set(trade.sector) == {"GOODS"}
    whole, notes = with_home_sales(trade, {"A": 50.0, "B": 50.0}, HomeSpec(output_over_gdp=2.0))
    cells = {(e, i): v for e, i, v in zip(whole.exporter, whole.importer, whole.value, strict=True)}
    assert cells == {("A", "B"): 10, ("B", "A"): 95, ("A", "A"): 90, ("B", "B"): 0.1 * 100}
    assert "raised: B" in notes[-1]
    with pytest.raises(WorldError, match="GDP of every economy"):
        with_home_sales(trade, {"A": 50.0}, HomeSpec(output_over_gdp=2.0))
    with pytest.raises(WorldError, match="one sector only"):
        read_spec(recipe, {"home": {"output_over_gdp": 2.0}})


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("corn,AAA,,exporter", "corn,AAB,,exporter", "did you mean AAA"),
        ("exporter,50", "exporters,50", "did you mean exporter"),
        ("importer,40", "importer,-40", "out of range"),
        ("domestic_share,0.5", "domestic_share,1", "0 <= share < 1"),
        ("corn,AAA,DDD,flow", "corn,AAA,DDX,flow", "did you mean DDD"),
        ("corn,AAA,DDD,flow", "corn,AAA,AAA,flow", "sells to itself"),
    ],
)
def test_facts_that_cannot_be_are_refused(tiny, old: str, new: str, says: str) -> None:
    recipe, data = tiny
    path = data / "facts.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    spec = read_spec(recipe)
    with pytest.raises(WorldError, match=says):
        fit_product(spec.products[0], read_facts(path), np.ones((4, 4)), spec.state_ids, spec.split)


def test_the_default_elasticity_is_that_of_the_class(tiny) -> None:
    np.testing.assert_array_equal(elasticities_by_class(read_spec(tiny[0])), [3, 12, 3, 12])


def test_a_mean_over_members_needs_enough_of_the_gdp() -> None:
    members = Members({"B": {"X": 3.0, "Y": 1.0}}, {"B": 8.0}, ())
    assert members.mean("B", {"X": 1.0, "Y": 5.0}, coverage=0.4) == pytest.approx(2.0)
    assert np.isnan(members.mean("B", {"X": 1.0, "Y": 5.0}, coverage=0.5))
    assert np.isnan(members.mean("B", {}, coverage=0.0))


# ------------------------------------------------------------------ capping, filling, taking out


@given(st.integers(0, 10**6), st.floats(0.1, 0.9))
def test_no_use_is_above_its_limit_and_what_was_below_stays(seed: int, limit: float) -> None:
    inputs, Y = drawn(seed, 3, 3, 2) / 4, drawn(seed + 1, 3, 2)
    X = drawn(seed + 2, 3, 2)
    capped, notes = cap_use(inputs, X, Y, limit, ("a", "b", "c"), ("AUS", "CHN"))
    before, after = (np.einsum("kjn,jn->kn", x, Y) for x in (inputs, capped))
    np.testing.assert_allclose(after, np.minimum(before, limit * X))
    assert bool(notes) == bool((before > limit * X).any())
    if notes:
        assert f"in {int((before > limit * X).sum())} (input, state) cells" in notes[0]


def test_an_input_with_a_stated_share_is_met_and_its_family_gives_the_difference(tiny) -> None:
    recipe, data = tiny
    text = recipe.read_text().replace('class = "high", users = ["farm"] }', 'class = "high", intermediate = 0.5 }')
    (recipe.parent / "filled.toml").write_text(text)
    spec = read_spec(recipe.parent / "filled.toml")
    tables = read_inputs(data, spec.data)
    aggregated = aggregate(read_trade(data / "trade.csv"), spec, data / "trade.csv")
    flows, _ = split(aggregated.flows, read_facts(data / "facts.csv"), spec)
    columns, _ = family_columns(tables, aggregated, spec)
    wide, _ = expand(columns, tables, flows, spec)
    filled, notes = fill(wide, tables, flows, spec)
    grain, X, Y = spec.sector_ids.index("grain"), flows.sum(axis=1), flows.sum(axis=2)
    bought = X[grain] > 0
    np.testing.assert_allclose((filled[grain] * Y).sum(axis=0)[bought], 0.5 * X[grain][bought])
    np.testing.assert_allclose(filled[:, :, bought].sum(axis=0), wide[:, :, bought].sum(axis=0), rtol=1e-9)
    assert notes[0].startswith("Inputs of grain scaled by")


@pytest.mark.parametrize(("overflow", "size"), [("keep", 8.0), ("cut", 4.5)])
def test_a_product_takes_at_most_what_the_floor_leaves(overflow: str, size: float) -> None:
    settings = SplitSpec(floor=0.1, overflow=overflow)
    taken, given = take_out(np.full((2, 2), 5.0), np.array([[12.0, 1.5], [0.0, 3.0]]), 1.5, settings)
    np.testing.assert_allclose(given, [[4.5, 1.0], [0.0, 2.0]])
    np.testing.assert_allclose(taken, [[size, 1.0], [0.0, 2.0]])


def test_recorded_gdp_takes_the_recipes_own_economies_out_of_the_rest(tiny, tmp_path: Path) -> None:
    spec = read_spec(tiny[0])
    (tmp_path / "macro.csv").write_text("iso3,year,gdp_musd\nAAA,2019,100\nAAA,2018,90\nROW,2019,50\nBBB,2019,\n")
    (tmp_path / "own.csv").write_text("iso3,gdp_musd_2019\nEEE,20\n")
    assert recorded_gdp(tmp_path / "macro.csv", spec, None) == {"AAA": 100.0, "ROW": 50.0}
    assert recorded_gdp(tmp_path / "macro.csv", spec, tmp_path / "own.csv") == {"AAA": 100.0, "ROW": 30.0, "EEE": 20.0}
    (tmp_path / "own.csv").write_text("iso3,gdp_musd_2019\nAAA,20\n")
    with pytest.raises(WorldError, match="economies already in the data; found AAA"):
        recorded_gdp(tmp_path / "macro.csv", spec, tmp_path / "own.csv")
    assert recorded_gdp(None, spec, None) == {}


def test_lists_and_tables_are_written_as_markdown() -> None:
    assert bullets(["one", "two"]) == "- one\n- two"
    assert bullets([]) == "None."
    assert markdown_table(("a", "b"), [("1|2", "3")]).splitlines() == ["| a | b |", "| --- | --- |", "| 1/2 | 3 |"]
