"""Rows of tables before they are a world: totals, cells twice, negatives, spellings, other tables that join them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.errors import Problem, WorldError
from coercion_sim.files import TextTable
from coercion_sim.world.audit import Audit, Trade, audit_cells, not_above_zero, without_negatives
from coercion_sim.world.labels import with_kinds
from coercion_sim.world.own_data import own_fields
from coercion_sim.world.own_rows import OwnLabels, OwnRows
from coercion_sim.world.own_tables import TableForm, column, label_of, merged_labels, need, read_flows, state_codes


def trade(rows: list[tuple[str, str, str, float]]) -> Trade:
    exporter, importer, sector, value = (np.array(x) for x in zip(*rows, strict=True))
    return Trade("t.csv", exporter, importer, sector, value.astype(float), np.arange(2, 2 + len(rows)))


def table(text: str, file: str = "t.csv") -> TextTable:
    head, *rows = (tuple(line.split(",")) for line in text.split())
    return TextTable(file, head, tuple(rows), tuple(range(2, 2 + len(rows))))


SOUND = [("AUS", "CHN", "coal", 5.0), ("CHN", "AUS", "coal", 2.0), ("AUS", "AUS", "coal", 90.0)]


# ------------------------------------------------------------------ the audit of rows


def test_sound_rows_pass_and_each_fault_has_its_line() -> None:
    assert audit_cells(trade(SOUND)) == Audit()
    wrong = audit_cells(trade([*SOUND, ("World", "CHN", "coal", 7.0), ("AUS", "", "coal", 1.0), SOUND[1]]))
    assert [(p.line, p.key) for p in wrong.problems] == [(6, "importer"), (5, "exporter"), (7, "CHN to AUS, coal")]
    assert wrong.problems[2].found == "2 on line 3, 2 on line 7"


@pytest.mark.parametrize("label", ["WLD", "All countries", "total", "_T"])
def test_labels_of_totals_are_refused_in_any_spelling(label: str) -> None:
    (problem,) = audit_cells(trade([*SOUND, (label, "CHN", "coal", 7.0), (label, "AUS", "coal", 7.0)])).problems
    assert problem.message == "is a total in 2 rows, which would be counted twice"


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=30))
def test_only_negative_flows_change_and_all_are_named(values: list[float]) -> None:
    rows = trade([("AUS", "CHN", f"s{k}", value) for k, value in enumerate(values)])
    kept, notes = without_negatives(rows)
    np.testing.assert_array_equal(kept.value, np.maximum(values, 0.0))
    below = [value for value in values if value < 0]
    assert len(notes) == bool(below)
    if below:
        assert notes[0].startswith(f"{len(below)} negative flows of the data")
        assert f"line {2 + values.index(below[0])}, AUS to CHN, s{values.index(below[0])}" in notes[0]


def test_cells_are_replaced_and_new_ones_stand_on_no_line() -> None:
    rows = trade(SOUND)
    home = rows.exporter == rows.importer
    made = rows.with_cells(~home, *(np.array([x]) for x in ("AUS", "AUS", "iron")), np.array([7.0]))
    assert made.line.tolist() == [2, 3, 0]
    assert [made.cell(at) for at in range(3)] == ["AUS to CHN, coal", "CHN to AUS, coal", "AUS to AUS, iron"]
    assert made.value.sum() == 14.0


def test_audits_add_up_and_refuse_with_every_problem() -> None:
    both = Audit((Problem("one"),), ("a",)) + Audit((Problem("two"),), ("b",))
    assert both.notes == ("a", "b")
    with pytest.raises(WorldError) as error:
        both.accepted()
    assert [p.message for p in error.value.problems] == ["one", "two"]
    assert Audit(notes=("a",)).accepted() == ("a",)


def test_gdp_must_be_above_zero_or_missing() -> None:
    problems = not_above_zero(
        "g.csv", {"AUS": (0.0, 2), "CHN": (math.nan, 3), "USA": (1.0, 4), "JPN": (-2.0, 5)}, "gdp"
    )
    assert [(p.line, p.found) for p in problems] == [(2, "0"), (5, "-2")]


# ------------------------------------------------------------------ labels


def test_words_become_codes_where_half_of_them_are_countries() -> None:
    assert state_codes(["Japan", "viet nam", "Rest of world", "Narnia"]) == {
        "Japan": "JPN", "viet nam": "VNM", "Rest of world": "ROW", "Narnia": "Narnia",
    }  # fmt: skip
    assert state_codes(["Japan", "Narnia", "Middle Earth"]) == {
        "Japan": "Japan", "Narnia": "Narnia", "Middle Earth": "Middle_Earth",
    }  # fmt: skip


@given(st.text(max_size=12))
def test_a_label_has_nothing_that_options_part_lists_with(word: str) -> None:
    label = label_of(word)
    assert not set(label) & set(" ,:;/=")
    assert label_of(label) == label


def test_two_spellings_of_one_label_are_refused_but_not_two_names_of_a_country() -> None:
    assert merged_labels({"Japan": "JPN", "JPN": "JPN"}, "state", "f") == []
    (problem,) = merged_labels({"Iron ore": "Iron_ore", "iron-ore": "iron_ore"}, "sector", "f")
    assert (problem.message, problem.found) == ("two spellings of one sector", "'Iron ore' and 'iron-ore'")


def test_labels_of_flows_are_sorted_and_look_words_up() -> None:
    rows = trade([("Rest of world", "Japan", "Iron ore", 1.0), ("Japan", "China", "Coal", 2.0)])
    labels = OwnLabels.of(rows)
    assert (labels.states, labels.sectors) == (("CHN", "JPN", "ROW"), ("Coal", "Iron_ore"))
    assert labels.sector_names == {"Coal": "Coal", "Iron_ore": "Iron ore"}
    assert labels.state_names["JPN"] == "Japan"
    assert [labels.state(word) for word in ("Japan", "JPN", "china", "USA")] == [1, 1, 0, None]
    assert [labels.sector(word) for word in ("Iron ore", "Iron_ore", "iron")] == [1, 1, None]
    applied, notes = labels.applied(rows)
    assert applied.exporter.tolist() == ["ROW", "JPN"]
    assert notes == ("Read as codes: 'China' as CHN, 'Japan' as JPN, 'Rest of world' as ROW.",)


def test_all_are_goods_where_none_is_tagged_so() -> None:
    assert with_kinds("ab", {"a": ("services",)}) == {"a": ("services",), "b": ("goods",)}
    tagged = {"a": ("goods",), "b": ()}
    assert with_kinds("ab", tagged) == tagged


# ------------------------------------------------------------------ tables that join


LABELS = OwnLabels.of(trade([("AUS", "CHN", "coal", 1.0), ("CHN", "AUS", "iron", 2.0)]))


def joined(text: str, *keys: str) -> OwnRows:
    return OwnRows(LABELS, table(text, "x.csv"), "x", keys, TableForm())


def test_words_of_a_table_become_positions() -> None:
    rows = joined("state,sector,share\nchina,coal,0.5\nall,iron,0.25\nAUS,all,", "state", "sector", "share")
    assert rows.places("state", "state", all_of=True) == [1, None, 0]
    assert rows.places("sector", "sector", all_of=True) == [0, 1, None]
    values = rows.numbers("share", 0.0, 1.0)
    assert values[:2] == [0.5, 0.25]
    assert math.isnan(values[2])
    assert [(p.line, p.key, p.message) for p in rows.problems] == [(4, "share", "is empty")]


def test_every_fault_of_a_table_comes_at_once_in_the_order_of_lines() -> None:
    rows = joined("state,share\nJPN,2\nall,0.5\nAUS,0.5\nCHN,0.5", "state", "share")
    rows.numbers("share", 0.0, 1.0)
    rows.places("state", "state")
    with pytest.raises(WorldError) as error:
        rows.once([0, 1, 1, 1])
    assert [(p.line, p.message) for p in error.value.problems] == [
        (2, "out of range"), (2, "unknown state"), (3, "unknown state"), (5, "is in two rows"),
    ]  # fmt: skip
    assert error.value.problems[-1].found == "lines 4 and 5"


@pytest.mark.parametrize(
    ("header", "key", "named", "expected"),
    [
        ("Origin,dest,v", "exporter", {}, "Origin"),
        ("Origin,dest,v", "value", {"value": "v"}, "v"),
        ("Origin,dest,v", "value", {"value": "w"}, None),
        ("iso3_o,Flow,TRADE", "value", {}, "Flow"),
        ("a,b", "sector", {}, None),
    ],
)
def test_a_column_is_recognised_by_its_usual_names(
    header: str, key: str, named: dict[str, str], expected: str | None
) -> None:
    assert column(table(f"{header}\n{header}"), key, named) == expected


def test_every_column_that_is_missing_is_named() -> None:
    with pytest.raises(WorldError) as error:
        need(table("exporter,x\na,b"), "exporter", "importer", "value", columns={})
    assert [p.key for p in error.value.problems] == ["importer", "value"]
    assert str(error.value.problems[1].allowed).endswith("; or name yours, value=NAME")


# ------------------------------------------------------------------ flows


LONG = "from,to,industry,flow,year\nAUS,CHN,coal,5,2019\nCHN,AUS,coal,2,2019\nCHN,AUS,coal,3,2018"


def test_long_form_and_matrix_form_are_the_same_trade() -> None:
    long, unused = read_flows(table(LONG), TableForm(year=2019))
    matrix, _ = read_flows(table("exporter,sector,AUS,CHN\nAUS,coal,0,5\nCHN,coal,2,0"), TableForm())
    cells = {long.cell(at): long.value[at] for at in range(2)}
    assert cells == {"AUS to CHN, coal": 5.0, "CHN to AUS, coal": 2.0}
    assert {matrix.cell(at): matrix.value[at] for at in range(4) if matrix.value[at]} == cells
    assert unused == ()


@pytest.mark.parametrize(
    ("text", "form", "fault"),
    [
        (LONG, {}, "holds several years; found 2018, 2019"),
        (LONG, {"year": 2020}, "has no rows of the year; found 2020; allowed: 2018, 2019"),
        (LONG, {"year": 2019, "columns": {"valu": "flow"}}, "valu: no such column to name"),
        (LONG, {"year": 2019, "columns": {"value": "flows"}}, "value: no such column; found flows"),
        ("exporter,importer,value\na,b,\nb,a,1", {}, "t.csv:2: value: is empty"),
        ("exporter,sector,a,b\na,x,1,\nb,x,1,2", {}, "t.csv:2: b: is empty"),
    ],
)
def test_flows_that_cannot_be_read_are_refused(text: str, form: dict[str, Any], fault: str) -> None:
    with pytest.raises(WorldError) as error:
        read_flows(table(text), TableForm(**form))
    assert fault in str(error.value)


def test_a_frame_with_an_index_is_a_matrix_of_one_sector() -> None:
    frame = pd.DataFrame([[0.0, 5.0], [2.0, 0.0]], index=["AUS", "CHN"], columns=["AUS", "CHN"])
    made, _ = read_flows(frame, TableForm())
    assert set(made.sector) == {"goods"}
    assert made.value.sum() == 7.0
    with pytest.raises(WorldError, match="flows: has no rows"):
        read_flows(frame.iloc[:0], TableForm())


def test_fields_of_a_world_have_shares_that_sum_to_one(tmp_path: Path) -> None:
    flows = pd.DataFrame(
        [(i, n, s, 10.0 if i == n else 2.0) for i in ("AUS", "CHN") for n in ("AUS", "CHN") for s in ("coal", "serv")],
        columns=["exporter", "importer", "sector", "value"],
    )
    inputs = tmp_path / "io.csv"
    inputs.write_text("state,user,input,share\nall,coal,serv,0.2\nCHN,coal,serv,0.4\n")
    made = own_fields(flows, {"coal": 5.0, "serv": 3.0}, unit="billion", inputs=inputs)
    np.testing.assert_allclose(made["value_added_share"] + made["input_share"].sum(axis=0), 1.0)
    np.testing.assert_allclose(made["input_share"][1, 0], [0.2, 0.4])
    assert made["flows"].max() == 10_000.0
    assert made["trade_elasticity"].tolist() == [5.0, 3.0]
    assert made["tags"] == {"coal": ("goods",), "serv": ("services",)}
    assert "Taken for services: serv; all other sectors are goods." in made["repairs"]


@pytest.mark.parametrize(
    ("elasticities", "services", "faults"),
    [({"cole": 5.0, "srv": 1.0}, None, ["coal", "serv"]), (4.0, ["service", "serf"], ["serv", "serv"])],
)
def test_every_unknown_sector_is_named_with_the_nearest(
    elasticities: Any, services: list[str] | None, faults: list[str]
) -> None:
    rows = [(i, n, s, 1.0) for i in ("AUS", "CHN") for n in ("AUS", "CHN") for s in ("coal", "serv")]
    flows = pd.DataFrame(rows, columns=["exporter", "importer", "sector", "value"])
    with pytest.raises(WorldError) as error:
        own_fields(flows, elasticities, services=services)
    assert [p.suggestion for p in error.value.problems] == faults
