"""Attributes of states by hand: GDP of blocs, treaties, groups, elasticity sets; and the README a build writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coercion_sim.errors import WorldError
from coercion_sim.world import World, build_world_folder, load_world, read_labels, save_world
from coercion_sim.world.build.aggregate import aggregate
from coercion_sim.world.build.attributes import Members, alliances, groups, ideal_points, read_members
from coercion_sim.world.build.inputs import published_elasticities, with_product_elasticities
from coercion_sim.world.build.reading import read_spec, read_trade
from coercion_sim.world.build.recipe import WorldSpec


@pytest.fixture
def spec(tiny) -> WorldSpec:
    return read_spec(tiny[0])


@pytest.fixture
def members(tiny, spec: WorldSpec) -> Members:
    path = tiny[1] / "trade.csv"
    return read_members(tiny[1] / "macro.csv", aggregate(read_trade(path), spec, path), spec)


def test_gdp_of_states_adds_up_to_the_source(members: Members) -> None:
    assert members.whole == {"AAA": 4000, "BLOC": 4000, "DDD": 4000, "ROW": 4000}
    assert members.recorded["BLOC"] == {"BBB": 3000, "CCC": 1000}
    assert members.recorded["ROW"] == {"EEE": 1000}  # the source's own ROW is no economy with a vote
    assert sum(members.whole.values()) == 4000 + 3000 + 1000 + 4000 + 1000 + 3000
    assert members.notes == ()


def test_own_gdp_comes_out_of_the_source_s_rest_of_the_world(tiny, spec: WorldSpec, tmp_path: Path) -> None:
    path, own = tiny[1] / "trade.csv", tmp_path / "own.csv"
    aggregated = aggregate(read_trade(path), spec, path)
    own.write_text("iso3,gdp_musd_2019\nFFF,500\n", encoding="utf-8")
    read = read_members(tiny[1] / "macro.csv", aggregated, spec, own)
    assert read.recorded["ROW"] == {"EEE": 1000, "FFF": 500}
    assert read.whole["ROW"] == 4000
    own.write_text("iso3,gdp_musd_2019\nAAA,1\n", encoding="utf-8")
    with pytest.raises(WorldError, match="AAA"):
        read_members(tiny[1] / "macro.csv", aggregated, spec, own)


def test_gdp_by_year_gives_the_rest_what_its_recorded_members_say(tiny, spec: WorldSpec) -> None:
    path, years = tiny[1] / "trade.csv", tiny[1] / "years.csv"
    aggregated = aggregate(read_trade(path), spec, path)
    rows = "AAA,2018,1\nAAA,2019,4000\nBBB,2019,3000\nCCC,2019,1000\nDDD,2019,4000\nEEE,2019,1000\n"
    years.write_text("iso3,year,gdp_musd\n" + rows, encoding="utf-8")
    read = read_members(years, aggregated, spec)
    output = dict(zip(aggregated.economies, aggregated.output.sum(axis=0), strict=True))
    assert read.whole["AAA"] == 4000
    assert read.whole["ROW"] == pytest.approx(1000 * (output["EEE"] + output["FFF"]) / output["EEE"])
    assert any("ROW: 1 of 2 members" in note for note in read.notes)
    years.write_text("iso3,year,gdp\nAAA,2019,4000\n", encoding="utf-8")
    with pytest.raises(WorldError, match="gdp_musd_2019: column missing"):
        read_members(years, aggregated, spec)


def test_states_far_from_their_recorded_gdp_need_a_reason(tiny, tmp_path: Path) -> None:
    _, folder = build_world_folder(*tiny, tmp_path / "out", {"gdp_reasons": {"BLOC": "it is tiny"}})
    text = (folder / "README.md").read_text(encoding="utf-8")
    world = load_world(folder)
    ratio = world.baseline.gdp / world.gdp_recorded
    assert f"median {np.median(ratio):.3f}, standard deviation {ratio.std():.3f}" in text
    far = {state for state, x in zip(world.states, ratio, strict=True) if not 0.8 <= x <= 1.1}
    unexplained = text.split("without a known reason: ")[1].split(".\n")[0]
    assert far - {"BLOC"} == {entry.split()[0] for entry in unexplained.split(", ")}
    assert "- BLOC" in text


def test_ideal_points_are_of_the_year_and_weighted_by_gdp(tiny, spec: WorldSpec, members: Members) -> None:
    points = ideal_points(tiny[1] / "points.csv", members, spec)
    np.testing.assert_allclose(points[:2], [1.0, (3000 * 0.5 - 1000 * 0.5) / 4000])
    assert np.isnan(points[2:]).all()


def test_a_bloc_is_in_a_group_with_over_half_of_its_gdp(tiny, spec: WorldSpec, members: Members) -> None:
    path = tiny[1] / "groups.csv"
    assert groups([path], members, spec) == ({"CLUB": ("AAA", "BLOC"), "PAIR": ("DDD",)}, ())
    path.write_text("group,iso3\nCLUB_2020,CCC\nPAIR,DDD\n", encoding="utf-8")
    inside, notes = groups([path], members, spec)
    assert inside == {"PAIR": ("DDD",)}
    assert "CLUB" in notes[0]
    path.write_text("group,iso3\nCLUB_2021,AAA\nPAIR,DDD\n", encoding="utf-8")
    with pytest.raises(WorldError, match="did you mean CLUB_2021"):
        groups([path], members, spec)


def test_a_treaty_with_a_member_counts_by_its_gdp(tiny, spec: WorldSpec, members: Members) -> None:
    path = tiny[1] / "alliances.csv"
    links = alliances([path], members, spec)
    assert [(x.a, x.b, x.type) for x in links] == [("AAA", "BLOC", "defence"), ("AAA", "DDD", "alignment")]
    assert [x.strength for x in links] == pytest.approx([0.8 * 3 / 4, 0.3])
    head = "iso3_a,iso3_b,commitment,since,type,strength_0_1\n"
    path.write_text(f"{head}AAA,BBB,Pact,1950,defence,0.8\nCCC,AAA,Late pact,1960,defence,0.4\n", encoding="utf-8")
    (both,) = alliances([path], members, spec)
    assert both.strength == pytest.approx(0.8 * 0.75 + 0.4 * 0.25)
    assert both.since == "1950"
    path.write_text(f"{head}AAA,BLOC,Whole,1950,defence,0.8\nAAA,BBB,Part,1950,defence,0.8\n", encoding="utf-8")
    with pytest.raises(WorldError, match="AAA BLOC"):
        alliances([path], members, spec)


def test_published_elasticities_name_their_source_and_their_fallbacks(tiny, spec: WorldSpec) -> None:
    path = tiny[1] / "elasticities.csv"
    sets, citations, notes = published_elasticities(path, spec)
    np.testing.assert_array_equal(sets["someone_2020"], [5, 6, 4, 5])  # grain has its parent's
    assert citations == {"someone_2020": "Someone (2020)"}
    assert len(notes) == 1
    assert "SERV 4" in notes[0]
    text = path.read_text(encoding="utf-8")
    path.write_text("\n".join(line for line in text.splitlines() if "C24" not in line) + "\n", encoding="utf-8")
    with pytest.raises(WorldError, match=r"someone_2020\.C24"):
        published_elasticities(path, spec)


@pytest.mark.parametrize(("row", "theta", "kept"), [("gro,7.5", 7.5, 0), ("gro,", 5.0, 1)])
def test_a_product_s_own_elasticity_replaces_its_parent_s(tiny, tmp_path, row: str, theta: float, kept: int) -> None:
    spec = read_spec(tiny[0], {"grain.gtap": "gro"})
    path = tmp_path / "gtap.csv"
    path.write_text(f"gtap_sector,trade_elasticity\n{row}\n", encoding="utf-8")
    values, notes = with_product_elasticities(path, np.array([5.0, 6.0, 4.0, 5.0]), spec)
    np.testing.assert_array_equal(values, [5, 6, 4, theta])
    assert len(notes) == kept
    path.write_text("gtap_sector,trade_elasticity\nwht,7\n", encoding="utf-8")
    with pytest.raises(WorldError, match=r"grain\.gtap"):
        with_product_elasticities(path, np.ones(4), spec)


def test_the_readme_has_a_row_for_each_state_sector_product_and_fact(tiny, tmp_path: Path) -> None:
    world, folder = build_world_folder(*tiny, tmp_path / "out", {"split.floor": 0.2})
    text = (folder / "README.md").read_text(encoding="utf-8")
    for label in (*world.states, *world.sectors):
        assert f"| {label} |" in text
    assert text.count("| corn |") == 8
    assert "--set split.floor=0.2" in text
    for repair in world.repairs:
        assert f"- {repair}" in text
    sections = [line for line in text.splitlines() if line.startswith("## ")]
    assert len(sections) == len(set(sections)) >= 5


def test_labels_that_a_world_lacks_survive_loading_and_saving(tiny, tmp_path: Path) -> None:
    _, folder = build_world_folder(*tiny, tmp_path / "out")
    labels = read_labels(folder)
    assert labels.codes == {"farm": "A01", "steel": "C24", "services": "SERV", "grain": "A01"}
    assert labels.parents == {"grain": "farm"}
    again = save_world(load_world(folder), tmp_path / "again", labels=labels)
    assert (again / "labels.toml").read_bytes() == (folder / "labels.toml").read_bytes()
    assert read_labels(again) == labels


def test_a_world_is_not_written_over_somebody_s_own_readme(tmp_path: Path) -> None:
    world = World.from_flows("two", ["A", "B"], ["goods"], [[[80.0, 20.0], [10.0, 90.0]]], 4.0)
    own = tmp_path / "README.md"
    own.write_text("my notes\n")
    with pytest.raises(WorldError, match="would lose it"):
        save_world(world, tmp_path)
    assert own.read_text() == "my notes\n"
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    own.unlink()
    save_world(world, tmp_path)
    save_world(world, tmp_path)  # its own README is replaced
    assert "my notes" not in own.read_text()
