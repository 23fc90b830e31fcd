"""Sums of long files and of matrices row by row, against sums by hand; codes of industries and their names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.errors import WorldError
from coercion_sim.world.sources.long import LongLayout, LongSum, read_long
from coercion_sim.world.sources.matrix import FINAL, OTHER, TOTAL, VALUE, Layout, MatrixSum, Place, read_matrix
from coercion_sim.world.sources.table import elasticity_class, industry_name, isic, need_year

LONG = LongLayout("i", "n", "k", "v", "t", r"\.csv$", lambda x: x if x in ("AUS", "CHN") else None, lambda x: x or None)
rows = st.lists(
    st.tuples(st.sampled_from(["AUS", "CHN", "XXX"]), st.sampled_from(["AUS", "CHN"]), st.sampled_from(["A01", "H49"])),
    unique=True, min_size=1, max_size=12,
)  # fmt: skip


def written(path: Path, lines: list[str], head: str = "t,i,n,k,v") -> Path:
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


@settings(max_examples=30, deadline=None)
@given(rows, st.floats(0.5, 2000.0))
def test_a_long_file_is_summed_by_sector_and_pair(tmp_path_factory: pytest.TempPathFactory, keys, unit: float) -> None:
    path = tmp_path_factory.mktemp("long") / "t.csv"
    lines = [f"2019,{i},{n},{k},{at + 1}" for at, (i, n, k) in enumerate(keys)]
    layout = LongLayout("i", "n", "k", "v", "t", LONG.wanted, LONG.economy, LONG.sector, unit)
    sums = read_long(written(path, lines), layout)
    table = sums.table(known=("AUS", "CHN"), source="s", licence="l")
    assert (sums.year, sums.rows, table.year) == (2019, len(keys), 2019)
    for at, (i, n, k) in enumerate(keys):
        cell = table.sectors.index(k), table.economies.index(i), table.economies.index(n)
        assert table.flows[cell] == pytest.approx(unit * (at + 1))
    assert table.flows.sum() == pytest.approx(unit * sum(range(1, len(keys) + 1)))
    assert table.services == frozenset(k for k in ("H49",) if k in table.sectors)
    assert any("XXX" in note for note in table.notes) == ("XXX" in table.economies)


def test_an_unknown_economy_has_its_part_of_trade_and_the_nearest_code(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", ["2019,AUZ,CHN,A01,1", "2019,AUS,CHN,A01,3"])
    table = read_long(path, LONG).table(known=("AUS", "CHN"), source="s", licence="l")
    parts = "Codes of economies that are not in the code table, taken as they are: AUZ (12.50% of trade)."
    assert table.notes == (parts, "AUZ is near AUS")


def test_rows_of_other_years_are_left_out_and_several_years_need_one(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", ["2018,AUS,CHN,A01,1", "2019.0,AUS,CHN,A01,3"])
    assert read_long(path, LONG, 2018).rows == 1
    with pytest.raises(WorldError, match="has several years; give --year; found 2018, 2019"):
        read_long(path, LONG)
    with pytest.raises(WorldError, match="has no rows of 2020"):
        read_long(path, LONG, 2020)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("2019,AUS,CHN,A01,-1", "t.csv:3: v: is below 0; found -1"),
        ("2019,AUS,CHN,A01,x", "t.csv:3: v: is not a number; found 'x'"),
        ("2019,,CHN,A01,1", "t.csv:3: i: is empty"),
        ("2019,AUS,CHN,,1", "t.csv:3: k: is not in the table of products; found ''"),
        ("19x,AUS,CHN,A01,1", "t.csv:3: t: is not a year; found '19x'"),
        ("2019,AUS,CHN,A01", "a row needs 5 cells; found 4"),
        ("2019,CHN,CHN,A01,7", "CHN CHN A01: flow listed 2 times; found lines 2, 3"),
    ],
)
def test_the_first_cell_that_cannot_be_understood_is_named(tmp_path: Path, line: str, fault: str) -> None:
    with pytest.raises(WorldError) as error:
        read_long(written(tmp_path / "t.csv", ["2019,CHN,CHN,A01,1", line]), LONG)
    assert fault in str(error.value)


def test_ten_of_many_repeated_flows_are_named_with_their_number(tmp_path: Path) -> None:
    lines = [f"2019,AUS,CHN,K{k},1" for k in range(12)]
    with pytest.raises(WorldError) as error:
        read_long(written(tmp_path / "t.csv", lines * 3), LONG)
    assert len(error.value.problems) == 10
    assert str(error.value.problems[0]).endswith(
        "AUS CHN K0: flow listed 3 times (12 such flows); found lines 2, 14, 26"
    )


def test_what_describes_a_product_is_that_of_its_first_row(tmp_path: Path) -> None:
    layout = LongLayout("i", "n", "k", "v", None, LONG.wanted, LONG.economy, LONG.sector, describe=("d",))
    path = written(tmp_path / "t.csv", ["AUS,CHN,7,1,wheat", "CHN,AUS,7,1,later", "CHN,AUS,8,1,coal"], "i,n,k,v,d")
    sums = read_long(path, layout)
    assert sums.descriptions == {("7", "d"): "wheat", ("8", "d"): "coal"}
    assert sums.year == 0
    assert isinstance(sums, LongSum)


# ------------------------------------------------------------------ matrices


def place(label: str) -> Place | None:
    area, _, kind = label.partition("_")
    accounts = {"TOT": ("", TOTAL), "VA": ("", VALUE), "DISC": ("", OTHER)}
    return accounts.get(label) or ((area, FINAL if kind == "FD" else kind) if kind in ("A", "G", "FD") else None)


def layout(unit: float = 1.0) -> Callable[[int, str], Layout]:
    return lambda year, name: Layout("s", "l", place, {"AU": "AUS", "CN": "CHN", "C2": "CHN"}, unit, (f"of {year}",))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 50), min_size=6, max_size=6), min_size=5, max_size=5), st.floats(0.5, 3.0))
def test_a_matrix_is_summed_over_uses_and_origins(
    tmp_path_factory: pytest.TempPathFactory, cells: list[list[int]], unit: float
) -> None:
    labels = ["AU_A", "AU_G", "CN_A", "CN_G"]
    columns = [*labels, "AU_FD", "CN_FD"]
    path = tmp_path_factory.mktemp("matrix") / "2019.csv"
    lines = [f"{label},{','.join(map(str, row))}" for label, row in zip([*labels, "VA"], cells, strict=True)]
    table = read_matrix(written(path, lines, f"V,{','.join(columns)}"), r"\.csv$", None, layout(unit))
    z = np.array(cells, dtype=float) * unit
    buyer = np.array([0, 0, 1, 1, 0, 1])
    assert (table.economies, table.sectors, table.year) == (("AUS", "CHN"), ("A", "G"), 2019)
    for k in range(2):
        for n in range(2):
            for i in range(2):
                assert table.flows[k, i, n] == pytest.approx(z[2 * i + k, buyer == n].sum())
            for j in range(2):
                assert table.inputs[k, j, n] == pytest.approx(z[[k, 2 + k], 2 * n + j].sum())
    np.testing.assert_allclose(table.gdp, [z[4, buyer == n].sum() for n in range(2)])
    assert table.notes[0] == "of 2019"


def test_parts_of_a_country_and_negative_cells_and_discrepancies_are_noted() -> None:
    columns = ["AU_A", "CN_A", "C2_A", "AU_FD", "DISC", "TOT"]
    made = MatrixSum(columns, layout()(2019, ""), "f")
    for line, (label, row) in enumerate(
        {"AU_A": [1, 2, 3, -9, 4, 1], "CN_A": [1, 1, 0, 0, 0, 2], "C2_A": [0, 0, 0, 0, 0, 0]}.items(), start=2
    ):
        made.add(label, np.array(row, dtype=float), line)
    table = made.result(2019, {"A": "Crops"})
    assert table.sector_names == {"A": "Crops"}
    np.testing.assert_allclose(table.flows, [[[0, 5], [1, 1]]])
    assert table.gdp is None
    assert table.notes[1] == "C2, CN added to CHN."
    assert "1 negative flows of the data, together US$ 8 million" in table.notes[2]
    assert table.notes[-1] == "Discrepancy columns, together US$ 4 million, left out."


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        (["AU_A", "CN_A", "AU_X"], "f:1: column label not understood; found AU_X"),
        (["AU_A", "CN_A", "AU_A"], "f:1: column listed twice; found AU_A"),
        (["AU_A", "CH_A"], "f:1: area not in the code table; found CH"),
        (["AU_A", "AU_FD"], "f:1: has no columns of industries of several areas"),
    ],
)
def test_a_header_without_meaning_is_refused(columns: list[str], fault: str) -> None:
    with pytest.raises(WorldError) as error:
        MatrixSum(columns, layout()(2019, ""), "f")
    assert fault in str(error.value)


@pytest.mark.parametrize(
    ("label", "row", "fault"),
    [
        ("AU_X", [0, 0, 0], "f:3: row label not understood; found 'AU_X'"),
        ("AU_G", [0, 0, 0], "f:3: row of an industry that has no column; found AU_G"),
        ("AU_A", [0, 0, 0], "f:3: AU_A: row listed twice; found lines 2 and 3"),
        ("CN_A", [400, 0, 403], "f:3: CN_A: row does not add up to its total; found 400 for 403"),
    ],
)
def test_a_row_without_meaning_is_refused(label: str, row: list[float], fault: str) -> None:
    made = MatrixSum(["AU_A", "CN_A", "TOT"], layout()(2019, ""), "f")
    made.add("AU_A", np.array([1.0, 2.0, 3.0]), 2)
    with pytest.raises(WorldError) as error:
        made.add(label, np.array(row, dtype=float), 3)
    assert fault in str(error.value)


def test_industries_with_a_column_and_no_row_are_named() -> None:
    made = MatrixSum(["AU_A", "CN_A"], layout()(2019, ""), "f")
    made.add("AU_A", np.array([1.0, 2.0]), 2)
    with pytest.raises(WorldError, match="f: 1 industry with a column and no row; found CN_A"):
        made.result(2019)


# ------------------------------------------------------------------ codes


@pytest.mark.parametrize(
    ("code", "as_isic", "name", "kind"),
    [
        ("C24A", "C24A", "Iron and steel", "reference"),
        ("10T12", "C10T12", "Food, beverages, tobacco", "differentiated"),
        ("05T06", "B05T06", "Mining (05T06)", "homogeneous"),
        ("C23PET", "C19", "Coke and refined petroleum", "homogeneous"),
        ("C01AGR", "A01", "Crops and animals", "reference"),
        ("97T98", "T97T98", "Households as employers (97T98)", "differentiated"),
        ("H49", "H49", "Land transport", "differentiated"),
        ("xyz", "xyz", "xyz", "differentiated"),
    ],
)
def test_codes_of_every_edition_become_isic(code: str, as_isic: str, name: str, kind: str) -> None:
    assert (isic(code), industry_name(code), elasticity_class(code)) == (as_isic, name, kind)


def test_the_only_year_of_a_file_needs_no_name() -> None:
    assert need_year(None, {2019}, "f") == need_year(2019, {2018, 2019}, "f") == 2019
    with pytest.raises(WorldError, match="has no rows of 2020; found none"):
        need_year(2020, set(), "f")
