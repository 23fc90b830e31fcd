"""A world of one's own: flows and elasticities in any usual form give the same world, and mistakes have their line."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.errors import WorldError
from coercion_sim.world import World, load_world, save_world
from coercion_sim.world.own_data import UNITS
from support.worlds import random_world

STATES = ("CHN", "ROU", "USA")
FLOWS = {
    "farming": ((200.0, 1.0, 5.0), (1.0, 20.0, 1.0), (20.0, 1.0, 100.0)),
    "industry": ((900.0, 10.0, 100.0), (4.0, 60.0, 4.0), (60.0, 5.0, 900.0)),
}
LONG = [
    (STATES[i], STATES[n], sector, value)
    for sector, table in FLOWS.items()
    for i, row in enumerate(table)
    for n, value in enumerate(row)
]
HEADER = "exporter,importer,sector,value"
ELASTICITIES = "sector,elasticity\nfarming,4\nindustry,6\n"


def text_of(rows: list[tuple[Any, ...]] = LONG, header: str = HEADER) -> str:
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"


@pytest.fixture
def own(tmp_path: Path) -> Any:
    """Write a file and return its path: ``own("flows.csv", text)``."""

    def write(name: str, text: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def refusal(*arguments: Any, **options: Any) -> WorldError:
    with pytest.raises(WorldError) as caught:
        World.from_csv(*arguments, **options)
    return caught.value


def test_flows_and_elasticities_are_a_world(own: Any) -> None:
    world = World.from_csv(own("flows.csv", text_of()), own("e.csv", ELASTICITIES))
    assert (world.name, world.states, world.sectors) == ("flows", STATES, ("farming", "industry"))
    np.testing.assert_array_equal(world.flows, list(FLOWS.values()))
    assert world.trade_elasticity.tolist() == [4.0, 6.0]
    assert world.state_names["ROU"] == "Romania"
    assert world.tags == {"farming": ("goods",), "industry": ("goods",)}
    np.testing.assert_array_equal(world.value_added_share, 1.0)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (text_of(header="a,b,s,v"), {"columns": {"exporter": "a", "importer": "b", "sector": "s", "value": "v"}}),
        (text_of(header="Origin,Destination,Industry,Flow"), {}),
        (text_of(list(reversed(LONG))), {}),
        (text_of().replace(",", ";").replace(".0\n", ",0\n"), {}),
        (text_of([(*row[:3], row[3] * 1000) for row in LONG]), {"unit": "thousand"}),
        (text_of([(*row[:3], row[3] / 1.25) for row in LONG]), {"unit": 1.25}),
        (text_of([(*r, 2019) for r in LONG] + [(*r[:3], 9, 2020) for r in LONG], f"{HEADER},year"), {"year": 2019}),
        (text_of([({"CHN": "China", "USA": "United States", "ROU": "rou"}[a], b, c, v) for a, b, c, v in LONG]), {}),
        (text_of(LONG).encode("utf-16"), {}),
        (text_of(LONG).replace("farming", "farming ").encode("utf-8-sig"), {}),
    ],
)  # fmt: skip
def test_the_same_table_in_other_forms_is_the_same_world(own: Any, text: str | bytes, options: dict[str, Any]) -> None:
    plain = World.from_csv(own("plain.csv", text_of()), 5)
    other = World.from_csv(own("other.csv", text), "5", **options)
    assert (other.states, other.sectors) == (plain.states, plain.sectors)
    np.testing.assert_allclose(other.flows, plain.flows, rtol=1e-12)


def test_a_matrix_of_exporters_by_importers_is_the_same_world(own: Any) -> None:
    rows = [(sector, STATES[i], *row) for sector, table in FLOWS.items() for i, row in enumerate(table)]
    world = World.from_csv(own("matrix.csv", text_of(rows, f"sector,exporter,{','.join(STATES)}")), 4)
    np.testing.assert_array_equal(world.flows, list(FLOWS.values()))
    one = [(STATES[i], *row) for i, row in enumerate(FLOWS["farming"])]
    single = World.from_csv(own("one.csv", text_of(one, f"exporter,{','.join(STATES)}")), 4)
    assert single.sectors == ("goods",)
    np.testing.assert_array_equal(single.flows[0], FLOWS["farming"])
    frame = pd.DataFrame(FLOWS["farming"], index=list(STATES), columns=list(STATES))
    np.testing.assert_array_equal(World.from_frame(frame, 4).flows, single.flows)
    for corner in ("", "Ausfuhr aus"):  # as spreadsheets have it, in another order of the columns
        turned = [(row[0], *row[:0:-1]) for row in one]
        other = World.from_csv(own("corner.csv", text_of(turned, f"{corner},{','.join(STATES[::-1])}")), 4)
        np.testing.assert_array_equal(other.flows, single.flows)
    with_total = [(*row, sum(row[1:])) for row in one]
    error = refusal(own("total.csv", text_of(with_total, f",{','.join(STATES)},Total")), 4)
    assert "importer: is a total" in str(error)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3), st.integers(2, 4))
def test_the_frame_of_any_world_gives_its_flows_back(seed: int, S: int, N: int) -> None:
    world = random_world(seed, S, N)
    back = World.from_frame(world.frame(), dict(zip(world.sectors, world.trade_elasticity.tolist(), strict=True)))
    assert (back.states, back.sectors) == (world.states, world.sectors)
    np.testing.assert_array_equal(back.flows, world.flows)
    np.testing.assert_array_equal(back.trade_elasticity, world.trade_elasticity)


def test_gross_output_gives_home_sales(own: Any) -> None:
    abroad = own("abroad.csv", text_of([row for row in LONG if row[0] != row[1]]))
    output = [(s, sector, sum(FLOWS[sector][i])) for sector in FLOWS for i, s in enumerate(STATES)]
    world = World.from_csv(abroad, 4, gross_output=own("out.csv", text_of(output, "state,sector,output")))
    np.testing.assert_allclose(world.flows, list(FLOWS.values()), rtol=1e-12)
    assert "--gross-output" in str(refusal(abroad, 4))
    low = own("low.csv", text_of([(s, sector, 1) for s, sector, _ in output], "state,sector,output"))
    assert "at least the exports, 6" in str(refusal(abroad, 4, gross_output=low))
    full = own("full.csv", text_of())
    assert "home sales already" in str(refusal(full, 4, gross_output=low))


def test_inputs_tariffs_gdp_and_alliances_join(own: Any) -> None:
    world = World.from_csv(
        own("flows.csv", text_of()),
        4,
        inputs=own("io.csv", "state,user,input,share\nall,industry,farming,0.02\nChina,industry,farming,0.05\n"),
        tariffs=own("t.csv", "exporter,importer,sector,rate\nall,USA,all,0.1\nall,CHN,farming,2.5\n"),
        gdp=own("g.csv", "state,gdp\nChina,1200\nROU,80\nUSA,11\nBRA,5\n"),
        alliances=own("a.csv", "a,b,strength,type,since\nRomania,USA,0.8,defence,2004\nUSA,BRA,0.5,defence,1947\n"),
    )
    assert world.input_share[0, 1].tolist() == [0.05, 0.02, 0.02]
    np.testing.assert_allclose(world.value_added_share[1], [0.95, 0.98, 0.98])
    assert world.tariff[:, :, 2].tolist() == [[0.1, 0.1, 0.0]] * 2
    assert world.tariff[0, :, 0].tolist() == [0.0, 2.5, 2.5]
    assert world.gdp_recorded.tolist() == [1200.0, 80.0, 11.0]
    assert [(x.a, x.b, x.strength, x.since) for x in world.alliances] == [("ROU", "USA", 0.8, "2004")]
    notes = " ".join(world.repairs)
    assert "line 3: 2.5" in notes
    assert f"USA {world.baseline.gdp[2] / 11:.3g}" in notes


def test_services_are_recognised_or_named(own: Any) -> None:
    flows = own(
        "flows.csv", text_of([*LONG, *((a, b, "Business services", v) for a, b, s, v in LONG if s == "farming")])
    )
    world = World.from_csv(flows, 4)
    assert world.sector_names["Business_services"] == "Business services"
    assert world.tags["Business_services"] == ("services",)
    assert world.sector_indices("goods").tolist() == [1, 2]
    named = World.from_csv(flows, 4, services=["farming"])
    assert named.tags["Business_services"] == ("goods",)
    with pytest.raises(WorldError, match="did you mean farming"):
        World.from_csv(flows, 4, services=["farmin"])


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (text_of([*LONG, LONG[3]]), 20, r"ROU to CHN, farming: is in two rows; found 1 on line 5, 1 on line 20"),
        (text_of([*LONG, ("China", "USA", "farming", 5)]), 20, r"line 4, 5 on line 20"),
        (text_of([(*row[:3], "much") if at == 4 else row for at, row in enumerate(LONG)]), 6, "value: is not a number"),
        (text_of([(*row[:3], "") if at == 4 else row for at, row in enumerate(LONG)]), 6, "value: is empty"),
        (text_of([*LONG, ("WLD", "USA", "farming", 126)]), 20, "exporter: is a total"),
        (text_of([*LONG, ("", "USA", "farming", 126)]), 20, "exporter: label missing"),
        (text_of([("CNH", *r[1:]) if r[:2] == ("CHN", "USA") else r for r in LONG]), None, "CNH: the state buys"),
        (text_of([*LONG, ("CHN", "USA", "Farming", 1)]), None, "two spellings of one sector"),
        (text_of([(*row[:3], 0) if row[0] == "ROU" else row for row in LONG]), None, "ROU: the state sells nothing"),
        (text_of([(*row[:3], f"1,{100 + at}") for at, row in enumerate(LONG)]).replace(",", ";", 3), 2, "a row needs"),
        (text_of([(*row, 2000 + at) for at, row in enumerate(LONG)], f"{HEADER},year"), 1, "holds several years"),
        (text_of(header="exporter,importer,sector,euros"), 1, "value: no column for it"),
    ],
)  # fmt: skip
def test_wrong_tables_of_flows_are_refused_with_their_place(own: Any, text: str, line: int | None, says: str) -> None:
    path = own("flows.csv", text)
    error = refusal(path, 4)
    assert error.problems[0].file == str(path)
    assert line is None or error.problems[0].line == line
    with pytest.raises(WorldError, match=says):
        raise error


@pytest.mark.parametrize(
    ("option", "text", "says"),
    [
        ("elasticities", "sector,elasticity\nfarming,4\n", "no elasticity; found industry"),
        (
            "elasticities",
            ELASTICITIES + "frming,5\n",
            "4: sector: unknown sector; found 'frming'.*did you mean farming",
        ),
        ("elasticities", "sector,elasticity\nall,4\nfarming,-1\n", "3: elasticity: out of range"),
        ("elasticities", ELASTICITIES + "farming,5\n", "lines 2 and 4"),
        ("elasticities", "sector,sigma\nfarming,4\n", "elasticity: no column for it"),
        ("inputs", "state,user,input,share\nall,farming,industry,1.2\n", "share: out of range"),
        ("inputs", "state,user,input,share\nall,farming,industry,.5\nall,farming,farming,.5\n", "no value added"),
        ("tariffs", "exporter,importer,sector,rate\nall,XYZ,all,.1\n", "unknown state; found 'XYZ'"),
        ("gdp", "state,gdp\nUSA,-3\n", "2: gdp: GDP of USA must be above 0"),
        ("alliances", "a,b,strength\nUSA,ROU,80\n", "strength: out of range; found 80"),
        ("alliances", "a,b,strength\nUSA,ROU,.8\nROU,USA,.8\n", "lines 2 and 3"),
    ],
)
def test_wrong_tables_that_join_are_refused_with_their_place(own: Any, option: str, text: str, says: str) -> None:
    options = {"elasticities": 4, option: own("joins.csv", text)}
    with pytest.raises(WorldError, match=says):
        World.from_csv(own("flows.csv", text_of()), **options)


@pytest.mark.parametrize("unit", ["euro", "-1", "0"])
def test_an_unknown_unit_is_refused(own: Any, unit: str) -> None:
    assert ", ".join(UNITS) in str(refusal(own("flows.csv", text_of()), 4, unit=unit))


def test_wrong_names_of_columns_are_refused(own: Any) -> None:
    flows = own("flows.csv", text_of())
    assert "did you mean value" in str(refusal(flows, 4, columns={"value": "valu"}))
    assert "did you mean value" in str(refusal(flows, 4, columns={"valu": "value"}))


def test_an_ambiguous_comma_is_asked_about(own: Any) -> None:
    text = text_of([(*row[:3], f"1,{int(row[3]):03d}") for row in LONG]).replace(",", ";").replace("1;", "1,")
    flows = own("flows.csv", text)
    assert "decimal comma or thousands" in str(refusal(flows, 4))
    assert World.from_csv(flows, 4, decimal=",").flows[0, 0, 0] == 1.2


def test_slips_near_a_country_are_noted_where_they_trade(own: Any) -> None:
    more = [("RUO", "USA", "farming", 2), ("USA", "RUO", "farming", 2), ("RUO", "RUO", "farming", 9)]
    world = World.from_csv(own("flows.csv", text_of([*LONG, *more])), 4)
    assert any("RUO (near ROU)" in note for note in world.repairs)
    assert any("of 32 (sector, exporter, importer) cells" in note for note in world.repairs)


def test_two_letters_of_a_country_there_by_its_code_are_noted(own: Any) -> None:
    rows = [(*("RO" if x == "ROU" and r[2] == "farming" else x for x in r[:2]), *r[2:]) for r in LONG]
    assert any("RO (near ROU)" in note for note in World.from_csv(own("flows.csv", text_of(rows)), 4).repairs)


def test_elasticities_of_another_unit_are_noted(own: Any) -> None:
    flows = own("flows.csv", text_of())
    note = next(note for note in World.from_csv(flows, {"farming": 400.0, "industry": 6.0}).repairs if "0.5-50" in note)
    assert "farming 400" in note
    assert "industry" not in note
    assert any("0.5-50" in note for note in World.from_csv(flows, 0.2).repairs)
    assert not any("0.5-50" in note for note in World.from_csv(flows, own("e.csv", ELASTICITIES)).repairs)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (gzip.compress(text_of().encode(), mtime=0), "gzip.*unpack"),
        (b"PK\x03\x04" + bytes(20) + b"\xff", "workbook or a zip archive.*CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "workbook.*CSV"),
        (b"PAR1\x15\x04\x90", "Parquet"),
        (b"Trade of my region\n\n" + text_of().encode(), "1: must name the columns; found 'Trade of my region'"),
        (b"My table\n" + text_of().replace(",", ";").replace(".0\n", ",5\n").encode(), "1: must name the columns"),
    ],
)
def test_what_is_no_table_has_its_remedy(own: Any, raw: bytes, says: str) -> None:
    with pytest.raises(WorldError, match=says):
        World.from_csv(own("flows.csv", raw), 4)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs an endless file")
def test_an_endless_table_is_refused_unread() -> None:
    assert "is a device" in str(refusal("/dev/zero", 4))


def test_a_frame_with_a_column_twice_is_refused() -> None:
    frame = pd.DataFrame(LONG, columns=HEADER.split(","))
    with pytest.raises(WorldError, match="value: column named twice"):
        World.from_frame(pd.concat([frame, 2 * frame[["value"]]], axis=1), 4)


def test_labels_that_are_no_countries_stay(own: Any) -> None:
    words = {"CHN": "north", "ROU": "nor", "USA": "far south"}
    rows = [(words[a], words[b], s, v) for a, b, s, v in LONG]
    assert World.from_csv(own("flows.csv", text_of(rows)), 4).states == ("far_south", "nor", "north")


# ------------------------------------------------------------------ defaults that make any world usable


def test_all_sectors_are_goods_where_none_is_tagged() -> None:
    flows = np.array(list(FLOWS.values()))
    plain = World.from_flows("w", STATES, tuple(FLOWS), flows, 4.0)
    assert plain.sector_indices("goods").tolist() == [0, 1]
    tagged = World.from_flows(
        "w", STATES, tuple(FLOWS), flows, 4.0, tags={"farming": ("services",), "industry": ("C",)}
    )
    assert tagged.sector_indices("goods").tolist() == [1]
    assert tagged.sector_indices("C").tolist() == [1]


def test_a_world_saved_without_tags_has_goods_again(tmp_path: Path) -> None:
    folder = save_world(
        World.from_flows("w", STATES, tuple(FLOWS), np.array(list(FLOWS.values())), 4.0), tmp_path / "w"
    )
    labels = folder / "labels.toml"
    labels.write_text(labels.read_text("utf-8").replace('tags = ["goods"]', "tags = []"), encoding="utf-8")
    assert load_world(folder).sector_indices("goods").tolist() == [0, 1]


def test_states_are_found_by_name() -> None:
    world = load_world("pacific-2019")
    assert world.state_index("China") == world.state_index("CHN")
    assert world.state_label("united states") == "USA"
    with pytest.raises(WorldError, match="did you mean VNM"):
        world.state_index("Vietnm")
