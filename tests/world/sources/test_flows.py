"""BACI, ITPD-E and tidy files: sums, codes, and every value that cannot be understood named with its place."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coercion_sim.errors import WorldError
from coercion_sim.world.codes import countries, hs_sectors, sector_of_hs
from coercion_sim.world.sources import opening
from coercion_sim.world.sources.table import SourceTable, economy_codes
from coercion_sim.world.sources.trade_tables import HOME_FLOOR, read_baci, read_itpd, read_tidy, with_home_sales
from support.source_layouts import BACI_ROWS, ITPD_ROWS, write

BACI = "BACI_HS17_Y2019_V202501.csv"


def cell(table: SourceTable, sector: str, exporter: str, importer: str) -> float:
    s, i, n = table.sectors.index(sector), table.economies.index(exporter), table.economies.index(importer)
    return float(table.flows[s, i, n])


def test_baci_in_million_dollars_by_industry(tmp_path: Path) -> None:
    table = read_baci(write(tmp_path / BACI, BACI_ROWS))
    assert table.year == 2019
    assert set(table.economies) == {"CHN", "USA", "TWN", "DEU"}
    assert cell(table, "A01", "CHN", "USA") == pytest.approx(1.5005)  # 10121 is 010121, live horses
    assert cell(table, "C27", "CHN", "USA") == pytest.approx(2.5)
    assert cell(table, "B06", "USA", "CHN") == pytest.approx(0.10025)
    assert cell(table, "C26", "TWN", "CHN") == pytest.approx(4.0)  # 490 is Taiwan
    assert cell(table, "C31T33", "DEU", "TWN") == pytest.approx(0.005)  # 9999AA
    assert table.flows.sum() == pytest.approx(8.12575)
    assert not np.einsum("snn->", table.flows)


def test_baci_from_the_zip_of_a_revision(tmp_path: Path) -> None:
    path = tmp_path / "BACI_HS17_V202501.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("country_codes_V202501.csv", "country_code,country_name\n4,Afghanistan\n")
        archive.writestr("product_codes_HS17_V202501.csv", "code,description\n010121,Horses\n")
        archive.writestr("BACI_HS17_Y2018_V202501.csv", "no")
        archive.writestr(BACI, BACI_ROWS)
    assert read_baci(path, 2019).flows.sum() == pytest.approx(8.12575)
    with pytest.raises(WorldError, match="several such files"):
        read_baci(path)
    with pytest.raises(WorldError, match="no such file"):
        read_baci(path, 2017)


@pytest.mark.parametrize(
    ("row", "line", "words"),
    [
        ("2019,156,842,850110,x,1", 4, ("v: is not a number", "'x'")),
        ("2019,156,842,850110,,1", 4, ("v: is not a number",)),
        ("2019,156,842,850110,nan,1", 4, ("v: is not a number",)),
        ("2019,156,842,850110,-5,1", 4, ("v: is below 0", "-5")),
        ("2019,156,842,85,5,1", 4, ("k: is not in the table of products", "'85'")),
        ("2019,156,842,770110,5,1", 4, ("k: is not in the table of products",)),
        ("2019,,842,850110,5,1", 4, ("i: is empty",)),
        ("year,156,842,850110,5,1", 4, ("t: is not a year",)),
        ("2019,156,842,850110,5", 4, ("a row needs 6 cells",)),
        ("2019,156,842,10121,5,1", 2, ("listed 2 times", "156 842 10121", "lines 2, 4")),
    ],
)
def test_baci_errors_name_file_line_and_column(tmp_path: Path, row: str, line: int, words: tuple[str, ...]) -> None:
    rows = BACI_ROWS.splitlines()
    path = write(tmp_path / BACI, "\n".join([*rows[:3], row, *rows[4:]]) + "\n")
    with pytest.raises(WorldError) as caught:
        read_baci(path, 2019)
    problem = caught.value.problems[0]
    assert problem.file == str(path)
    assert problem.line == line
    assert all(word in str(problem) for word in words)


def test_a_year_that_is_not_there_and_a_column_that_is_not(tmp_path: Path) -> None:
    path = write(tmp_path / BACI, BACI_ROWS)
    with pytest.raises(WorldError, match=r"no rows of 2018; found 2019"):
        read_baci(path, 2018)
    with pytest.raises(WorldError, match=r"k: column missing"):
        read_baci(write(path, BACI_ROWS.replace("t,i,j,k,v,q", "t,i,j,hs6,v,q")))


def test_an_unknown_area_keeps_its_code_and_is_said(tmp_path: Path) -> None:
    table = read_baci(write(tmp_path / BACI, BACI_ROWS.replace("2019,276,490", "2019,837,490")))
    assert "837" in table.economies
    assert any("837 (0.03% of trade)" in note for note in table.notes)


def test_codes_of_states_that_ended(tmp_path: Path) -> None:
    assert economy_codes("baci", 1997)["58"] == "BLX"
    assert "58" not in economy_codes("baci", 2019)
    assert economy_codes("baci", 2019)["842"] == economy_codes("baci", 2019)["840"] == "USA"
    assert economy_codes("icio", 2019)["CN1"] == "CHN"
    assert economy_codes("figaro", 2019)["EL"] == "GRC"
    assert economy_codes("cow", 2018)["255"] == "DEU"


@pytest.mark.parametrize("kind", ["baci", "cow", "icio", "figaro"])
def test_no_code_means_two_economies_in_one_year(kind: str) -> None:
    for year in (1995, 2005, 2012, 2020):
        valid = [c for c in countries() if int(c.first_year or 0) <= year <= int(c.last_year or 9999)]
        codes = [code for c in valid for code in getattr(c, kind).split(";") if code]
        assert len(codes) == len(set(codes))
        assert len(codes) > 45


def test_counts_of_the_code_table() -> None:
    filled = {kind: sum(bool(getattr(c, kind)) for c in countries()) for kind in ("baci", "cow", "icio", "figaro")}
    assert filled["icio"] == 80  # and ROW: the 81 areas of the 2025 edition
    assert filled["figaro"] == 49  # and FIGW1: the 50 areas of the 25th edition
    assert filled["cow"] >= 195
    assert filled["baci"] >= 226


@pytest.mark.parametrize(
    ("code", "sector"),
    [
        ("080929", "A01"), ("80929", "A01"), ("020130", "C10T12"), ("260111", "B07"), ("270112", "B05"),
        ("271111", "B06"), ("271019", "C19"), ("440320", "A02"), ("440710", "C16"), ("854231", "C26"),
        ("870323", "C29"), ("870190", "C28"), ("880240", "C302T309"), ("890120", "C301"), ("720711", "C24A"),
        ("740311", "C24B"), ("720449", "E"), ("300490", "C21"), ("220421", "C10T12"), ("030617", "C10T12"),
        ("030632", "A03"), ("520100", "A01"), ("281820", "C24B"), ("271600", "D"), ("9999AA", "C31T33"),
        ("770000", None), ("12", None), ("", None),
    ],
)  # fmt: skip
def test_industries_of_known_products(code: str, sector: str | None) -> None:
    assert sector_of_hs(code) == sector


def test_every_chapter_has_an_industry() -> None:
    assert {code for code in hs_sectors() if len(code) == 2} == {f"{n:02d}" for n in range(1, 100)} - {"77"}
    goods = {
        "A01", "A02", "A03", "B05", "B06", "B07", "B08", "C10T12", "C13T15", "C16", "C17_18", "C19", "C20", "C21",
        "C22", "C23", "C24A", "C24B", "C25", "C26", "C27", "C28", "C29", "C301", "C302T309", "C31T33",
    }  # fmt: skip
    assert goods <= set(hs_sectors().values()) <= goods | {"D", "E", "J58T60", "M", "R"}


OUTPUT = "iso3,sector,gross_output_musd\n" + "".join(
    f"{e},{s},{x}\n"
    for e, s, x in (
        ("CHN", "A01", 5), ("CHN", "C27", 50), ("CHN", "C26", 0.01), ("TWN", "C26", 800), ("USA", "B06", 60),
        ("ROW", "C31T33", 9), ("USA", "D", 99), ("ROW", "D", 1), ("CHN", "D", 1), ("TWN", "D", 1),
    )
)  # fmt: skip


def test_home_sales_are_output_less_exports(tmp_path: Path) -> None:
    traded = read_baci(write(tmp_path / BACI, BACI_ROWS))
    table = with_home_sales(traded, write(tmp_path / "output.csv", OUTPUT))
    assert table.economies == ("CHN", "TWN", "USA", "ROW")
    assert cell(table, "C27", "CHN", "CHN") == pytest.approx(50 - 2.5)
    assert cell(table, "C26", "TWN", "TWN") == pytest.approx(800 - 4.0)
    assert cell(table, "D", "USA", "USA") == 99  # not traded: all at home
    assert cell(table, "C26", "CHN", "CHN") == pytest.approx(HOME_FLOOR * 0.02)
    assert any("in 1 cells, raised: C26 of CHN" in note for note in table.notes)
    assert any("joined to ROW: DEU" in note for note in table.notes)
    off = 1.0 - np.eye(4)
    assert (table.flows * off).sum() == pytest.approx(8.12575)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("ROW,C31T33,9\nUSA,D,99\nROW,D,1\n", "", ("1 economy", "DEU")),
        ("USA,B06,60\n", "", ("no gross output of 1 cell with exports", "B06 of USA")),
        ("USA,B06,60", "USA,B06,sixty", ("gross_output_musd: is not a number", "'sixty'")),
        ("USA,B06,60", "USA,B06,-60", ("gross_output_musd: must be 0 or more", "-60")),
        ("USA,B06,60", "USA,D,99", ("listed twice", "lines 6 and 8")),
        ("USA,B06,60", "UAS,B06,60", ("unknown economy; found UAS", "USA")),
    ],
)
def test_a_table_of_output_with_a_mistake(tmp_path: Path, old: str, new: str, words: tuple[str, ...]) -> None:
    assert old in OUTPUT
    traded = read_baci(write(tmp_path / BACI, BACI_ROWS))
    with pytest.raises(WorldError) as caught:
        with_home_sales(traded, write(tmp_path / "output.csv", OUTPUT.replace(old, new)))
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize("release", [1, 2, 3])
def test_itpd_of_any_release(tmp_path: Path, release: int) -> None:
    text = ITPD_ROWS.replace("_dynamic_code", "_iso3_dynamic") if release == 3 else ITPD_ROWS
    if release == 1:
        rows = [line.split(",") for line in ITPD_ROWS.splitlines()]
        text = "\n".join(",".join([row[0], *row[2:3], *row[4:]]) for row in rows) + "\n"
    table = read_itpd(write(tmp_path / f"ITPD_E_R0{release}.csv", text), 2019)
    assert table.sectors == ("1", "170")
    assert table.sector_names == {"1": "Wheat", "170": "Other services, n.e.c."}
    assert table.services == {"170"}
    assert table.classes["1"] == "reference"
    assert cell(table, "1", "AUS", "CHN") == 80.5
    assert cell(table, "170", "CHN", "CHN") == 5000
    assert table.flows.sum() == pytest.approx(8692.5)
    with pytest.raises(WorldError, match=r"give --year; found 2018, 2019"):
        read_itpd(tmp_path / f"ITPD_E_R0{release}.csv")


def test_tidy_with_names_of_countries_and_of_columns(tmp_path: Path) -> None:
    path = write(
        tmp_path / "own.csv", "from;to;good;musd\nChina;Taiwan;chips;5\nTWN;chn;chips;9,5\n".replace("9,5", "9.5")
    )
    columns = {"exporter": "from", "importer": "to", "sector": "good", "value": "musd"}
    table = read_tidy(path, 2020, columns)
    assert set(table.economies) == {"CHN", "TWN"}
    assert cell(table, "chips", "TWN", "CHN") == 9.5
    with pytest.raises(WorldError, match="give --year"):
        read_tidy(path, None, columns)
    with pytest.raises(WorldError, match="exporter: column missing"):
        read_tidy(path, 2020)


@example(rows=[("A", "A", "x", 0)], block=60)
@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ABCD"), st.sampled_from("ABCD"), st.sampled_from("xyz"), st.integers(0, 10**6)),
        min_size=1, max_size=40, unique_by=lambda row: row[:3],
    ),
    st.sampled_from([60, 200, 10_000]),
)  # fmt: skip
def test_any_blocks_give_the_same_sums(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str, int]], block: int
) -> None:
    path = tmp_path_factory.mktemp("tidy") / "own.csv"
    write(path, "exporter,importer,sector,value\n" + "".join(f"{e},{i},{s},{v}\n" for e, i, s, v in rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "BLOCK", block)
        table = read_tidy(path, 2020)
    for exporter, importer, sector, value in rows:
        assert cell(table, sector, exporter, importer) == value
    assert table.flows.sum() == sum(row[3] for row in rows)
