"""Labels, tags, ties, elasticities, digests of a world; everything wrong with its data in one error."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.errors import WorldError
from coercion_sim.world import Alliance, World, unknown
from support.worlds import random_worlds

FLOWS = np.array(
    [[[6.0, 1.0, 2.0], [2.0, 3.0, 1.0], [1.0, 1.0, 4.0]], [[3.0, 2.0, 1.0], [1.0, 5.0, 1.0], [2.0, 1.0, 8.0]]]
)


def small(**changes) -> World:
    """Three states, two sectors, two commitments between the same pair."""
    fields = {
        "alliances": (
            Alliance("AUS", "USA", "Accord", "alignment", 0.3),
            Alliance("USA", "AUS", "Pact", "defence", 0.8, "1951"),
        ),
        "groups": {"CLUB": ("AUS", "USA")},
        "competitors": {"USA": ("CHN",)},
        "tags": {"coal": ("goods", "B05"), "law": ("services",)},
        "elasticity_sets": {"one": np.array([2.0, 3.0])},
    }
    return World.from_flows("small", ("AUS", "USA", "CHN"), ("coal", "law"), FLOWS, [12.0, 3.0], **(fields | changes))


# ------------------------------------------------------------------ look-ups


def test_states_are_found_by_position_and_strangers_get_the_nearest_name():
    world = small()
    assert [world.state_index(state) for state in world.states] == [0, 1, 2]
    with pytest.raises(WorldError) as caught:
        world.state_index("AUT")
    (problem,) = caught.value.problems
    assert (problem.found, problem.allowed, problem.suggestion) == ("'AUT'", "AUS, USA, CHN", "AUS")


@pytest.mark.parametrize(
    ("names", "positions"),
    [
        ("coal", [0]),
        ("goods", [0]),
        ("all", [0, 1]),
        (("law", "coal"), [0, 1]),
        (("law", "services", "law"), [1]),
        (["B05"], [0]),
        ((), []),
    ],
)
def test_sectors_are_named_one_by_one_or_by_tag(names, positions):
    assert small().sector_indices(names).tolist() == positions


def test_goods_are_what_no_tag_calls_services():
    assert small().goods.tolist() == [0]
    assert small(tags={}).goods.tolist() == [0, 1]
    assert small(tags={"coal": ("services",), "law": ("services",)}).goods.tolist() == []
    assert [small().is_service(s) for s in ("coal", "law", "nothing")] == [False, True, False]


def test_goods_trade_is_both_ways_and_abroad():
    assert small().goods_trade(FLOWS).tolist() == [[0.0, 3.0, 3.0], [3.0, 0.0, 2.0], [3.0, 2.0, 0.0]]


def test_a_share_of_imports_is_of_what_is_bought_abroad():
    world = small()
    assert world.import_share("CHN", "AUS").tolist() == pytest.approx([2 / 3, 1 / 2])
    assert world.import_share("AUS", "USA", "CHN").tolist() == [1.0, 1.0]
    flows = FLOWS.copy()
    flows[0, 1:, 0] = 0.0
    bare = World.from_flows("bare", world.states, world.sectors, flows, [12.0, 3.0])
    assert bare.import_share("AUS", "USA").tolist() == pytest.approx([0.0, 1 / 3])


def test_positions_of_sectors_cannot_be_written():
    world = small()
    with pytest.raises(ValueError, match="read-only"):
        world.sector_indices("all")[0] = 1
    assert world.sector_indices("all").tolist() == [0, 1]


def test_an_unknown_sector_lists_sectors_and_tags():
    with pytest.raises(WorldError) as caught:
        small().sector_indices("cole")
    (problem,) = caught.value.problems
    assert problem.allowed == "coal, law, B05, goods, services, all"
    assert problem.suggestion == "coal"
    assert small().all_tags == ("B05", "goods", "services")


def test_an_unknown_label_is_described_with_at_most_sixty_others():
    problem = unknown("state", "s7x", [f"s{k}" for k in range(100)])
    assert problem.message == "unknown state"
    assert problem.allowed is not None
    assert problem.allowed.endswith("s59, ...")
    assert problem.suggestion == "s7"
    assert unknown("state", "zzz", ("AUS",)).suggestion is None


# ------------------------------------------------------------------ other elasticities


@pytest.mark.parametrize(
    ("elasticity", "theta"), [("one", [2, 3]), (5.0, [5, 5]), ([7.0, 8.0], [7, 8])]
)  # fmt: skip
def test_another_elasticity_changes_theta_alone(elasticity, theta):
    world = small()
    other = world.with_elasticity(elasticity)
    np.testing.assert_array_equal(other.trade_elasticity, theta)
    np.testing.assert_array_equal(world.trade_elasticity, [12, 3])
    np.testing.assert_array_equal(other.flows, world.flows)
    assert (other.alliances, other.tags, other.name) == (world.alliances, world.tags, world.name)


def test_unknown_and_impossible_elasticities_are_refused():
    with pytest.raises(WorldError) as caught:
        small().with_elasticity("ones")
    assert caught.value.problems[0].suggestion == "one"
    with pytest.raises(WorldError) as caught:
        small().with_elasticity([4.0, -1.0])
    assert (caught.value.problems[0].key, caught.value.problems[0].found) == ("trade_elasticity", "[law] = -1")


# ------------------------------------------------------------------ the digest


@given(random_worlds(), st.data())
def test_the_digest_changes_with_any_number_the_economy_sees(world, data):
    field = data.draw(st.sampled_from(["flows", "trade_elasticity", "tariff"]))
    values = np.array(getattr(world, field))
    at = data.draw(st.integers(0, values.size - 1))
    values.flat[at] = np.nextafter(values.flat[at], np.inf)
    assert replace(world, **{field: values}).digest != world.digest
    assert replace(world).digest == world.digest


def test_the_digest_knows_tags_and_labels_but_no_treaties_or_names():
    world = small()
    assert len(world.digest) == 32
    assert replace(world, alliances=(), groups={}, name="other", year=1999, repairs=("x",)).digest == world.digest
    assert replace(world, tags={"coal": ("goods",)}).digest != world.digest
    assert replace(world, states=("AUS", "USA", "JPN"), competitors={}).digest != world.digest


# ------------------------------------------------------------------ everything wrong at once


def bad(array: np.ndarray, at: tuple[int, ...], value: float) -> np.ndarray:
    out = np.array(array)
    out[at] = value
    return out


@pytest.mark.parametrize(
    ("changes", "key", "found"),
    [
        ({"flows": bad(FLOWS, (1, 2, 0), -3.0)}, "flows", "[law, CHN, AUS] = -3"),
        ({"flows": bad(FLOWS, (0, 1, 2), np.nan)}, "flows", "[coal, USA, CHN]"),
        ({"flows": bad(FLOWS, (0, 1, 2), np.inf)}, "flows", "[coal, USA, CHN]"),
        ({"flows": FLOWS[:, :2]}, "flows", "(2, 2, 3)"),
        ({"tariff": np.full((2, 3, 3), -1.0)}, "tariff", "[coal, AUS, AUS] = -1 and 17 more"),
        ({"tariff": np.zeros((2, 3))}, "tariff", "(2, 3)"),
        ({"trade_elasticity": np.array([4.0, 0.0])}, "trade_elasticity", "[law] = 0"),
        ({"trade_elasticity": np.array([4.0, np.nan])}, "trade_elasticity", "[law]"),
        ({"value_added_share": np.ones((3, 2))}, "value_added_share", "(3, 2)"),
        ({"value_added_share": bad(np.ones((2, 3)), (0, 2), 0.5)}, "value_added_share", "[coal, CHN] = 0.5"),
        ({"input_share": np.zeros((2, 3, 2))}, "input_share", "(2, 3, 2)"),
        ({"gdp_recorded": np.ones(2)}, "gdp_recorded", "(2,)"),
        ({"ideal_point": np.ones(4)}, "ideal_point", "(4,)"),
        ({"democracy": np.ones((3, 1))}, "democracy", "(3, 1)"),
        ({"elasticity_sets": {"one": np.ones(3)}}, "elasticity_sets.one", "(3,)"),
        ({"alliances": (Alliance("AUS", "USA", "", "defence", 1.5),)}, "alliance AUS-USA", "1.5"),
        ({"states": ("AUS", "AUS", "CHN")}, None, "'AUS'"),
        ({"sectors": ("law", "law")}, None, "'law'"),
        ({"groups": {"CLUB": ("AUS", "JPN")}}, None, "'JPN'"),
        ({"competitors": {"USA": ("RUS",)}}, None, "'RUS'"),
        ({"alliances": (Alliance("AUS", "UAS", "", "defence", 0.5),)}, None, "'UAS'"),
    ],
)
def test_each_wrong_value_is_named_with_its_cell(changes, key, found):
    with pytest.raises(WorldError) as caught:
        replace(small(), **changes)
    assert (key, found) in {(problem.key, problem.found) for problem in caught.value.problems}


def test_missing_attributes_may_be_nan_but_economic_arrays_may_not():
    world = small(gdp_recorded=[np.nan, 1.0, 2.0], ideal_point=[np.nan] * 3, democracy=[0.0, np.nan, 1.0])
    assert np.isnan(world.gdp_recorded[0])
    with pytest.raises(WorldError):
        small(tariff=np.full((2, 3, 3), np.nan))


def test_a_world_needs_states_and_sectors():
    with pytest.raises(WorldError) as caught:
        World.from_flows("none", (), (), np.zeros((0, 0, 0)), 4.0)
    assert len(caught.value.problems) == 2


# ------------------------------------------------------------------ at a glance


def test_the_text_names_sizes_and_foreign_trade():
    world = small(year=2019)
    foreign = sum(FLOWS[j, i, n] for j in range(2) for i in range(3) for n in range(3) if i != n)
    first, states, sectors = repr(replace(world, flows=FLOWS * 1e6)).splitlines()
    for words in ("'small' of 2019", "3 states", "2 sectors", "2 alliances", f"{foreign * 1e3:,.0f} billion"):
        assert words in first
    assert states.split(": ")[1].split() == list(world.states)
    assert sectors.split(": ")[1].split() == list(world.sectors)


def test_the_frame_has_one_row_a_flow_in_the_order_of_the_array():
    frame = small().frame()
    assert frame["value"].tolist() == FLOWS.ravel().tolist()
    assert frame.iloc[5].tolist() == ["coal", "USA", "CHN", 1.0]


def test_the_notebook_form_escapes_names_and_adds_up_foreign_trade():
    world = replace(small(state_names={"AUS": "<b>Oz</b>"}), flows=FLOWS * 1e3)
    html = world._repr_html_()
    assert "<b>" not in html
    exports, imports = 1 + 2 + 2 + 1, 2 + 1 + 1 + 2
    gdp = FLOWS[:, 0].sum()
    assert f"&lt;b&gt;Oz&lt;/b&gt;</th><td>{gdp:.1f}</td><td>{exports:.1f}</td><td>{imports:.1f}</td>" in html
    assert html.count("<tr") == 4


@given(random_worlds())
def test_any_world_shows_itself(world):
    assert repr(world).startswith(f"World {world.name!r}: {len(world.states)} states")
    assert len(world.frame()) == world.flows.size
    assert world._repr_html_().count("<tr") == 1 + len(world.states)


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"flows": [[["a", "b"], [1, 2]]]}, "flows"),
        ({"flows": [[[1, 2], [3]]]}, "flows"),
        ({"flows": np.ones((1, 2, 2)) + 1j}, "flows"),
        ({"trade_elasticity": [4.0, 3.0]}, "trade_elasticity"),
        ({"trade_elasticity": "high"}, "trade_elasticity"),
        ({"tariff": [[["none"]]]}, "tariff"),
        ({"final_share": [["x", "y"]]}, "final_share"),
    ],
)
def test_what_is_no_array_of_numbers_of_its_shape_is_named(fields: dict, key: str) -> None:
    given_ = {"flows": np.ones((1, 2, 2)), "trade_elasticity": 4.0} | fields
    with pytest.raises(WorldError) as refused:
        World.from_flows("two", ["A", "B"], ["goods"], **given_)
    assert refused.value.problems[0].key == key
