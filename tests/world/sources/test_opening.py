"""Files as people have them: archives in archives, years in names, rows of numbers, each fault with its place."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.errors import WorldError
from coercion_sim.world.sources.opening import (
    finite,
    header_cells,
    need_columns,
    number_rows,
    open_source,
    text_lines,
    year_of_file,
)

TEXT = b"a,b\n1,2\n"


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def content(path: Path, wanted: str = r"\.csv$", year: int | None = None) -> tuple[str, bytes]:
    with open_source(path, wanted, year) as (name, stream):
        return name, stream.read()


@pytest.mark.parametrize(
    ("data", "inside"),
    [
        (TEXT, ""),
        (gzip.compress(TEXT, mtime=0), ""),
        (zipped({"readme.txt": b"no", "t.csv": TEXT}), "/t.csv"),
        (zipped({"folder/T.CSV": TEXT}), "/folder/T.CSV"),
        (zipped({"t.csv": gzip.compress(TEXT, mtime=0)}), "/t.csv"),
        (zipped({"inner.zip": zipped({"t.csv": TEXT})}), "/inner.zip/t.csv"),
    ],
    ids=["plain", "gzip", "zip", "folder", "gzip in zip", "zip in zip"],
)
def test_the_same_text_comes_out_of_every_wrapping(tmp_path: Path, data: bytes, inside: str) -> None:
    path = tmp_path / "data"
    path.write_bytes(data)
    assert content(path) == (f"{path}{inside}", TEXT)


@pytest.mark.parametrize(("year", "name"), [(2018, "t_2018.csv"), (2021, "t_2020-2022.csv"), (2022, "t_2020-2022.csv")])
def test_of_several_files_that_of_the_year_is_read(tmp_path: Path, year: int, name: str) -> None:
    files = {"t_2018.csv": b"2018", "t_2020-2022.csv": b"2020", "t_20199.csv": b"no year"}
    (tmp_path / "all.zip").write_bytes(zipped(files))
    assert content(tmp_path / "all.zip", year=year) == (f"{tmp_path / 'all.zip'}/{name}", files[name])


@pytest.mark.parametrize(
    ("data", "year", "fault"),
    [
        (zipped({"a.csv": b"", "b.csv": b""}), None, "several such files; give --year; found a.csv, b.csv"),
        (zipped({"a_2018.csv": b"", "b_2018.csv": b""}), 2018, "year 2018: contains several"),
        (zipped({"a_2018.csv": b"", "b_2019.csv": b""}), 2020, "year 2020: contains no such file"),
        (zipped({f"{k}.txt": b"" for k in range(10)}), None, "7.txt and 2 more"),
        (b"PK\x03\x04 and no more", None, "cannot be read"),
        ("a,b\n".encode("utf-16"), None, "is saved as UTF-16; save it as UTF-8"),
        (gzip.compress(TEXT * 9, mtime=0)[:-9], None, "is damaged"),
    ],
    ids=["several", "several of the year", "none of the year", "none", "no zip", "UTF-16", "cut short"],
)
def test_what_cannot_be_opened_is_named(tmp_path: Path, data: bytes, year: int | None, fault: str) -> None:
    (tmp_path / "f").write_bytes(data)
    with pytest.raises(WorldError) as error:
        content(tmp_path / "f", year=year)
    assert fault in str(error.value)
    assert str(tmp_path / "f") in str(error.value)


def test_a_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="is a folder; name the file in it"):
        content(tmp_path)
    with pytest.raises(WorldError, match="No such file"):
        content(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "year", "expected"),
    [
        ("ICIO2021_2015.csv", None, 2015),
        ("BACI_HS17_Y2019_V202501.csv", 2019, 2019),
        ("some.zip/2016_SML.csv", None, 2016),
        ("no year.csv", 2017, 2017),
        ("from 2016 to 2018.csv", 2017, 2017),
    ],
)
def test_the_year_is_that_of_the_name(name: str, year: int | None, expected: int) -> None:
    assert year_of_file(name, year) == expected


@pytest.mark.parametrize(
    ("name", "year", "fault"),
    [("table.csv", None, "has no year in its name"), ("2015.csv", 2016, "is of another year; found 2015"),
     ("2015_2016.csv", None, "found 2015, 2016")],
)  # fmt: skip
def test_a_year_that_the_name_does_not_give_is_refused(name: str, year: int | None, fault: str) -> None:
    with pytest.raises(WorldError, match=fault):
        year_of_file(name, year)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_header_is_split_at_the_commonest_separator(separator: str) -> None:
    line = separator.join(["\ufeffA", '"b c"', " d "]).encode() + b"\r\n"
    assert header_cells(line, "f") == (["A", "b c", "d"], separator)


def test_a_header_in_an_old_code_page_is_read_and_an_empty_one_refused() -> None:
    assert header_cells("Größe,é".encode("cp1252"), "f")[0] == ["Größe", "é"]
    with pytest.raises(WorldError, match="f: is empty"):
        header_cells(b"\n", "f")


def test_every_missing_column_is_named_with_the_nearest() -> None:
    need_columns(["year", "value"], ("value",), "f")
    with pytest.raises(WorldError) as error:
        need_columns(["yeer", "value", "x"], ("year", "value", "sector"), "f")
    assert [(p.key, p.line, p.suggestion) for p in error.value.problems] == [("year", 1, "yeer"), ("sector", 1, None)]


@given(st.lists(st.lists(st.floats(-1e9, 1e9), min_size=3, max_size=3), min_size=1, max_size=5), st.sampled_from(",;"))
def test_rows_of_numbers_come_back_with_labels_and_lines(rows: list[list[float]], separator: str) -> None:
    lines = [separator.join([f'"r{k}"', *map(repr, row)]) for k, row in enumerate(rows)]
    stream = io.BytesIO("\n\n".join(lines).encode())
    read = list(number_rows(stream, "f", ["label", "a", "b", "c"], separator))
    assert [line for line, _, _ in read] == list(range(2, 2 + 2 * len(rows), 2))  # blank lines count as lines
    assert [labels for _, labels, _ in read] == [[f"r{k}"] for k in range(len(rows))]
    np.testing.assert_allclose([values for _, _, values in read], rows, rtol=1e-12)


def test_a_quoted_number_is_read_the_slow_way() -> None:
    (row,) = number_rows(io.BytesIO(b'x,"1.5",2\n'), "f", ["label", "a", "b"], ",")
    assert row[2].tolist() == [1.5, 2.0]


@pytest.mark.parametrize(
    ("row", "fault"),
    [(b"x,1\n", "f:2: a row needs 3 cells; found 2"), (b"x,1,2,3\n", "a row needs 3 cells; found 4"),
     (b"x,1,..\n", "f:2: b: is not a number; found '..'"), (b"x,inf,2\n", "f:2: a: is not a number; found 'inf'")],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_named(row: bytes, fault: str) -> None:
    with pytest.raises(WorldError) as error:
        list(number_rows(io.BytesIO(row), "f", ["label", "a", "b"], ","))
    assert fault in str(error.value)


def test_one_number_is_parsed_or_named() -> None:
    assert finite(" 1e3 ", "f", 4, "v") == 1000.0
    for text in ("", "nan", "-inf", "1,5"):
        with pytest.raises(WorldError, match="f:4: v: is not a number"):
            finite(text, "f", 4, "v")


def test_text_loses_its_mark_and_bytes_that_are_no_text() -> None:
    assert list(text_lines(io.BytesIO(b"\xef\xbb\xbfa\r\nb\xff\n"))) == ["a\r\n", "b\ufffd\n"]
