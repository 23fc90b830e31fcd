"""Input-output tables of every edition against sums by plain loops; their traps; errors with file, line and column."""

from __future__ import annotations

import gzip
import importlib.util
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.errors import WorldError
from coercion_sim.world.sources.io_tables import DOLLARS_PER_EURO, read_figaro, read_icio, read_wiod
from coercion_sim.world.sources.table import SourceTable
from support.source_layouts import SmallTable, figaro_text, frame_text, icio_text, rdata_bytes, wiod_frame, write

PARTS = {"CN1": "CHN", "CN2": "CHN", "MX1": "MEX", "MX2": "MEX"}
COMPONENTS = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")


def small(edition: int = 2025, extended: bool = False, seed: int = 0) -> SmallTable:
    industries = {2016: ("C01T05AGR", "C23PET", "C95PVH"), 2021: ("01T02", "10T12", "35")}
    areas = ["AUS", "CHN", "MEX", "ROW"]
    table = SmallTable(
        areas + (list(PARTS) if extended else []), industries.get(edition, ("A01", "C24A", "T")), areas, 6, seed
    )
    for area in ("CHN", "MEX") if extended else ():
        table.empty(area)
    return table


def same(read: SourceTable, table: SmallTable, unit: float = 1.0) -> None:
    countries, flows, inputs, gdp = table.sums(PARTS)
    assert list(read.economies) == countries
    np.testing.assert_allclose(read.flows, np.maximum(flows, 0) * unit, rtol=1e-9)
    assert read.inputs is not None
    assert read.gdp is not None
    np.testing.assert_allclose(read.inputs, inputs * unit, rtol=1e-9)
    np.testing.assert_allclose(read.gdp, gdp * unit, rtol=1e-9)


@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize(
    ("edition", "file", "components"),
    [
        (2025, "2019_SML.csv", COMPONENTS),
        (2023, "2019.csv", (*COMPONENTS[:5], "DPABR")),
        (2021, "ICIO2021_2019.csv", (*COMPONENTS[:5], "DIRPA")),
        (2016, "ICIO2016_2019.csv", ("HC", "NPISH", "GGFC", "GFCF", "INVNT", "DIRP")),
    ],
)
def test_icio_equals_plain_sums(
    tmp_path: Path, edition: int, file: str, components: tuple[str, ...], extended: bool
) -> None:
    table = small(edition, extended)
    read = read_icio(write(tmp_path / file, icio_text(table, components, edition)))
    same(read, table)
    assert read.year == 2019
    expected = {2016: ("A01", "C19", "T"), 2021: ("A01T02", "C10T12", "D35")}
    assert read.sectors == expected.get(edition, ("A01", "C24A", "T"))
    assert any("CN1, CN2 added to CHN" in note for note in read.notes) == extended
    assert any("Discrepancy" in note for note in read.notes) == (edition == 2016)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_parts_of_a_country_never_count_twice(seed: int) -> None:
    table = small(extended=True, seed=seed)
    text = icio_text(table, COMPONENTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", lambda self, mode: io.BytesIO(text.encode()))
        patch.setattr(Path, "is_dir", lambda self: False)
        read = read_icio(Path("2019_SML.csv"))
    same(read, table)


@pytest.mark.parametrize("way", ["zip", "zip in zip", "gzip", "bom", "blanks", "semicolons"])
def test_a_table_may_be_packed_or_saved_in_many_ways(tmp_path: Path, way: str) -> None:
    table = small()
    text = icio_text(table, COMPONENTS)
    path = tmp_path / "2016-2022_SML.zip"
    if way == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("2018_SML.csv", "no")
            archive.writestr("2019_SML.CSV", text)
            archive.writestr("ReadMe.txt", "no")
    elif way == "zip in zip":
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as archive:
            archive.writestr("2019_SML.csv", text)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("2019_SML.zip", inner.getvalue())
            archive.writestr("2018_SML.zip", b"no")
    elif way == "gzip":
        path = tmp_path / "2019_SML.csv.gz"
        path.write_bytes(gzip.compress(text.encode()))
    else:
        changed = {
            "bom": "\ufeff" + text,
            "blanks": text.replace("AUS_A01", " AUS_A01 ").replace("\n", "\r\n"),
            "semicolons": text.replace(",", ";"),
        }
        path = write(tmp_path / "2019_SML.csv", changed[way])
    same(read_icio(path, 2019), table)


def test_stocks_run_down_are_named_by_cell(tmp_path: Path) -> None:
    table = small()
    table.final[0, 1, 2] = (0, 0, 0, 0, -500.0, 0)
    flows = table.sums(PARTS)[1]
    assert (flows < 0).sum() == 1
    read = read_icio(write(tmp_path / "2019.csv", icio_text(table, COMPONENTS)))
    assert read.flows[1, 0, 2] == 0
    note = next(note for note in read.notes if "negative" in note)
    assert "1 negative flows" in note
    assert "AUS to MEX, C24A: -" in note


def test_an_industry_without_output_is_named(tmp_path: Path) -> None:
    table = small()
    table.between[0, 2] = table.final[0, 2] = 0.0
    read = read_icio(write(tmp_path / "2019.csv", icio_text(table, COMPONENTS)))
    assert any("1 industry without output: T of AUS" in note for note in read.notes)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("\nAUS_C24A,", "\nAUS_C24A,x", 3, ("is not a number", "AUS_A01")),
        ("\nAUS_C24A,", "\nAUS_C24A,nan,", 3, ("needs 38 cells",)),
        ("\nAUS_C24A,", "\nAUS_A01,", 3, ("listed twice", "lines 2 and 3")),
        ("\nAUS_C24A,", "\nAUX_C24A,", 3, ("no column", "AUX_C24A")),
        ("\nVA,", "\nvalue added,", 14, ("row label not understood",)),
        ("AUS_A01,AUS_C24A,", "AUS_A01,AUS_A01,", 1, ("column listed twice",)),
        (",AUS_HFCE", ",ÄÖ_HFCE", 1, ("not in the code table",)),
    ],
)
def test_errors_name_the_place(tmp_path: Path, old: str, new: str, line: int, words: tuple[str, ...]) -> None:
    text = icio_text(small(), COMPONENTS)
    assert text.count(old) == 1
    path = write(tmp_path / "2019.csv", text.replace(old, new))
    with pytest.raises(WorldError) as caught:
        read_icio(path)
    problem = caught.value.problems[0]
    assert problem.file == str(path)
    assert problem.line == line
    assert all(word in str(problem) for word in words)


def test_a_row_that_misses_its_total_is_refused(tmp_path: Path) -> None:
    text = icio_text(small(), COMPONENTS)
    rows = text.splitlines()
    cells = rows[4].split(",")
    cells[3] = "999"
    path = write(tmp_path / "2019.csv", "\n".join([*rows[:4], ",".join(cells), *rows[5:]]))
    with pytest.raises(WorldError, match="does not add up") as caught:
        read_icio(path)
    assert caught.value.problems[0].line == 5


def test_a_table_cut_short_is_refused(tmp_path: Path) -> None:
    rows = icio_text(small(), COMPONENTS).splitlines()
    path = write(tmp_path / "2019.csv", "\n".join(rows[:9]))
    with pytest.raises(WorldError, match="4 industries with a column and no row"):
        read_icio(path)


def test_years_contradict(tmp_path: Path) -> None:
    path = write(tmp_path / "2018_SML.csv", icio_text(small(), COMPONENTS))
    with pytest.raises(WorldError, match="another year"):
        read_icio(path, 2019)
    with pytest.raises(WorldError, match="give --year"):
        read_icio(write(tmp_path / "table.csv", "x"))


def figaro_table() -> SmallTable:
    return SmallTable(("AT", "EL", "FIGW1", "UK"), ("A01", "C10T12", "D35"), ("AT", "EL", "FIGW1", "UK"), 5)


@pytest.mark.parametrize("product", [False, True])
def test_figaro_turns_euro_into_dollars(tmp_path: Path, product: bool) -> None:
    table = figaro_table()
    path = write(tmp_path / "matrix_eu-ic-io_ind-by-ind_25ed_2019.csv", figaro_text(table, product))
    read = read_figaro(path)
    codes = {"AT": "AUT", "EL": "GRC", "UK": "GBR", "FIGW1": "ROW"}
    assert read.economies == ("AUT", "GBR", "GRC", "ROW")
    countries, flows, inputs, gdp = table.sums(codes)
    assert tuple(countries) == read.economies
    assert DOLLARS_PER_EURO[2019] == 1.1195
    np.testing.assert_allclose(read.flows, np.maximum(flows, 0) * 1.1195, rtol=1e-9)
    np.testing.assert_allclose(read.inputs, inputs * 1.1195, rtol=1e-9)
    np.testing.assert_allclose(read.gdp, gdp * 1.1195, rtol=1e-9)
    assert read.sectors == ("A01", "C10T12", "D35")
    np.testing.assert_allclose(read_figaro(path, rate=2.0).flows.sum(), 2.0 / 1.1195 * read.flows.sum())


def test_figaro_of_a_year_without_rate_asks_for_one(tmp_path: Path) -> None:
    path = write(tmp_path / "matrix_eu-ic-io_ind-by-ind_30ed_2030.csv", figaro_text(figaro_table()))
    with pytest.raises(WorldError, match="give --rate"):
        read_figaro(path)
    assert read_figaro(path, rate=1.0).year == 2030


def wiod_table() -> SmallTable:
    return SmallTable(("AUS", "CHN", "ROW"), ("A01", "C10-C12", "U"), ("AUS", "CHN", "ROW"), 5)


@pytest.mark.parametrize("way", ["csv", "rdata 2", "rdata 3", "zip"])
def test_wiod_from_r_and_csv(tmp_path: Path, way: str) -> None:
    table = wiod_table()
    frame = wiod_frame(table)
    path = tmp_path / "WIOT2014_October16_ROW.RData"
    if way == "csv":
        path = write(path.with_suffix(".csv"), frame_text(frame))
    elif way == "zip":
        path = tmp_path / "WIOTS_in_R.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("WIOT2014_October16_ROW.RData", gzip.compress(rdata_bytes(frame)))
            archive.writestr("WIOT2013_October16_ROW.RData", b"no")
    else:
        path.write_bytes(gzip.compress(rdata_bytes(frame, version=int(way[-1]))))
    read = read_wiod(path, 2014)
    same(read, table)
    assert read.sectors == ("A01", "C10-C12", "U")
    assert read.sector_names["A01"] == "Industry A01"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_spoilt_r_file_is_a_named_error(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    raw = bytearray(rdata_bytes(wiod_frame(wiod_table())))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        raw = raw[: data.draw(st.integers(0, len(raw)))]
    path = tmp_path_factory.mktemp("r") / "WIOT2014_October16_ROW.RData"
    path.write_bytes(raw)
    caught = None
    try:
        read_wiod(path)
    except WorldError as error:
        caught = error
    assert caught is None or str(path) in str(caught)


def test_a_wiod_workbook_is_refused_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "WIOT2014_Nov16_ROW.xlsb"
    path.write_bytes(b"anything")
    with pytest.raises(WorldError, match=r"WIOTS_in_R\.zip"):
        read_wiod(path, 2014)


@pytest.mark.skipif(importlib.util.find_spec("pymrio") is None, reason="pymrio is not installed (extra `oracles`)")
@pytest.mark.parametrize("extended", [False, True])
def test_icio_against_pymrio(tmp_path: Path, extended: bool) -> None:
    pymrio = importlib.import_module("pymrio")
    table = small(2021, extended)
    path = write(tmp_path / "ICIO2021_2018.csv", icio_text(table, (*COMPONENTS[:5], "DIRPA"), 2021))
    theirs = pymrio.parse_oecd(path, 2018)
    read = read_icio(path)
    assert read.inputs is not None
    flows = theirs.Z.T.groupby(level=0).sum().T + theirs.Y.T.groupby(level=0).sum().T
    inputs = theirs.Z.groupby(level=1).sum()
    codes = ("01T02", "10T12", "35")
    for k, code in enumerate(codes):
        for n, buyer in enumerate(read.economies):
            for i, seller in enumerate(read.economies):
                assert read.flows[k, i, n] == pytest.approx(max(flows.loc[(seller, code), buyer], 0.0), rel=1e-9)
            for j, using in enumerate(codes):
                assert read.inputs[k, j, n] == pytest.approx(inputs.loc[code, (buyer, using)], rel=1e-9)
