"""Users' tables taken at no more than their word: what a table leaves open is asked, and what is not used is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coercion_sim.errors import WorldError
from coercion_sim.world import World

FLOWS = """exporter,importer,sector,value
USA,USA,AGR,100
USA,CHN,AGR,20
USA,ROU,AGR,1
CHN,USA,AGR,5
CHN,CHN,AGR,200
CHN,ROU,AGR,1
ROU,USA,AGR,1
ROU,CHN,AGR,1
ROU,ROU,AGR,20
"""


@pytest.fixture
def built(tmp_path: Path) -> Any:
    """Build a world from the text of flows and of tables that join: ``built(flows, gdp="state,gdp...")``."""

    def build(flows: str = FLOWS, form: dict[str, Any] | None = None, **tables: str) -> World:
        (tmp_path / "flows.csv").write_text(flows, encoding="utf-8")
        for name, text in tables.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        paths = {name: tmp_path / f"{name}.csv" for name in tables}
        return World.from_csv(tmp_path / "flows.csv", **{"elasticities": 4} | paths, **(form or {}))

    return build


def with_column(name: str, cells: list[str]) -> str:
    return "\n".join(f"{row},{cell}" for row, cell in zip(FLOWS.splitlines(), [name, *cells], strict=True))


@pytest.mark.parametrize(
    ("flows", "form", "line", "says"),
    [
        (FLOWS + FLOWS.splitlines()[0], {}, 11, "repeats the header"),
        (FLOWS.replace(",", ";").replace(";200", ";2.000").replace(";100", ";1.100"), {}, 2, "decimal point or thou"),
        (FLOWS.replace(",", "\t").replace("\t200", "\t2.000"), {}, 6, "decimal point or thousands"),
        (with_column("year", ["2019"] * 8 + [""]), {"year": 2019}, 10, "is empty"),
        (with_column("year", ["2019"] * 9), {"year": 2018}, 1, "has no rows of the year"),
        (FLOWS, {"year": 2019}, 1, "no column of years"),
        (FLOWS, {"columns": {"exporter": "exporter", "importer": "exporter"}}, 1, "named for two columns"),
        ("exporter,importer,value\nUSA,USA,4\n", {}, None, "needs two states or more"),
        (FLOWS.replace(",200", ",2e99").replace(",20\n", ",1e100\n"), {}, None, "larger than any economy"),
    ],
)  # fmt: skip
def test_tables_of_flows_that_leave_something_open_are_refused(
    built: Any, flows: str, form: dict[str, Any], line: int | None, says: str
) -> None:
    with pytest.raises(WorldError, match=says) as refused:
        built(flows, form=form)
    assert refused.value.problems[0].line == line


@pytest.mark.parametrize(
    "flows",
    [
        "\n".join(f"{row},," for row in FLOWS.splitlines()),
        "\n".join(row.replace("exporter", "exporter,").replace(",", ",,", 1) for row in FLOWS.splitlines()[1:]).join(
            ["exporter,,importer,sector,value\n", "\n"]
        ),
        with_column("year", ["2019.0"] * 9),
    ],
)
def test_blank_columns_and_years_as_decimals_change_nothing(built: Any, flows: str) -> None:
    world = built(flows, form={"year": 2019} if "year" in flows else {})
    np.testing.assert_array_equal(world.flows, built().flows)
    assert world.repairs == built().repairs


def test_thousands_and_decimals_are_read_as_named(built: Any) -> None:
    flows = FLOWS.replace(",", ";").replace(";200", ";2.125")
    assert built(flows, form={"decimal": "."}).flows[0, 0, 0] == 2.125
    with pytest.raises(WorldError, match="6: value: is not a number"):
        built(flows, form={"decimal": ","})
    assert built(FLOWS.replace(",", ";").replace(";200", ";0,125")).flows[0, 0, 0] == 0.125
    assert built(FLOWS.replace(",", ";").replace(";200", ";2.125").replace(";5", ";5.5")).flows[0, 0, 0] == 2.125


@pytest.mark.parametrize(
    ("table", "text", "says"),
    [
        ("gdp", "state,gdp\nUSA,120\nUnited States,900\n", "3: is in two rows; found lines 2 and 3"),
        ("gdp", "state,gdp\nUSA,120\nCNH,200\n", "3: state: unknown state; found 'CNH'; did you mean CHN"),
        ("gdp", "state,year,gdp\nUSA,2018,120\nUSA,2019,130\n", "holds several years"),
        ("elasticities", "sector,elasticity\nAGR,\n", "2: elasticity: is empty"),
        ("inputs", "state,user,input,share\nall,AGR,AGR,\n", "2: share: is empty"),
        ("tariffs", "exporter,importer,sector,rate\nROU,USA,AGR,\n", "2: rate: is empty"),
        ("tariffs", "exporter,importer,sector,rate\nUSA,USA,AGR,.2\n", "2: rate: a state has no tariff on itself"),
        ("alliances", "a,b,strength\nUSA,ROU,\n", "2: strength: is empty"),
        ("alliances", "a,b,strength\nUSA,RUO,1\n", "2: b: unknown state; found 'RUO'; did you mean ROU"),
        ("alliances", "a,b,strength\nUSA,United States,1\n", "2: a state has no treaty with itself"),
    ],
)
def test_tables_that_join_are_not_taken_on_trust(built: Any, table: str, text: str, says: str) -> None:
    with pytest.raises(WorldError, match=says):
        built(**{table: text})


@pytest.mark.parametrize(
    ("tables", "note"),
    [
        ({"gdp": "state,gdp\nUSA,125\nFRA,9\nROU,20\n"}, "compared with nothing: CHN."),
        ({"gdp": "state,gdp\nUSA,125\nFRA,9\nROU,20\n"}, "gdp.csv not in the world: FRA."),
        ({"alliances": "a,b,strength\nUSA,Yugoslavia,1\n"}, "alliances.csv not in the world: Yugoslavia."),
        ({"alliances": "a,b,strength,typ\nUSA,ROU,1,nato\n"}, "alliances.csv not used: typ."),
        ({"elasticities": "sector,sigma,theta\nAGR,5,4\n"}, "elasticities.csv not used: sigma."),
        ({"tariffs": "exporter,importer,sector,rate,note\nROU,USA,AGR,.1,x\n"}, "tariffs.csv not used: note."),
        ({"flows": FLOWS + "USA,XKQ,AGR,4\nXKQ,XKQ,AGR,8\n"}, "taken for a state of its own: XKQ"),
        ({"flows": FLOWS.replace(",200", ",2e9")}, "more than all states make"),
    ],
)
def test_what_a_table_says_and_a_world_does_not_use_is_noted(built: Any, tables: dict[str, str], note: str) -> None:
    assert any(note in repair for repair in built(**tables).repairs)
    assert not any(note in repair for repair in built().repairs)


def test_users_without_inputs_are_noted(built: Any) -> None:
    two = FLOWS + FLOWS.replace("AGR", "MAN").split("\n", 1)[1]
    world = built(two, inputs="state,user,input,share\nall,MAN,AGR,0.1\n")
    assert any("all output value added: AGR." in note for note in world.repairs)


def test_a_tariff_of_one_cell_holds_against_one_for_all_in_any_order(built: Any) -> None:
    rows = ["CHN,USA,AGR,0.25", "all,USA,all,0.05"]
    for order in (rows, rows[::-1]):
        world = built(tariffs="\n".join(["exporter,importer,sector,rate", *order]))
        assert world.tariff[0, :, 2].tolist() == [0.25, 0.05, 0.0]
