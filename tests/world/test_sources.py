"""Files of data: each mistake has its file, line and column."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from coercion_sim.errors import WorldError
from coercion_sim.world.build.reading import number, read_rows, read_trade


def write(folder: Path, text: str | bytes, name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_rows_are_read_by_header_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    for raw in (b"a,b\n1,x\n2,y\n", b"\xef\xbb\xbfa,b\r\n1,x\r\n2,y\r\n"):
        assert read_rows(write(tmp_path, raw), ("b",)) == [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}]


@pytest.mark.parametrize(
    ("raw", "line", "says"),
    [
        (b"a,bb\n1,2\n", 1, "b: column missing.*did you mean bb"),
        (b"a,b\n1\n", 2, "needs 2 cells"),
        (b"a,b\n1,2,3\n", 2, "needs 2 cells"),
        (b"a,b\n", 1, "no rows"),
        (b"a,b\n\xff,1\n", 2, "UTF-8.*cp1252"),
        (b"a,b\n\0,1\n", 2, "is not text"),
        (b'a,b\n"x,1\n', None, "not a text file in CSV"),
        (b"a,a\n1,2\n", 1, "a: column named twice"),
    ],
)
def test_malformed_rows_are_refused(tmp_path: Path, raw: bytes, line: int | None, says: str) -> None:
    path = write(tmp_path, raw)
    with pytest.raises(WorldError, match=says) as caught:
        read_rows(path, ("a", "b"))
    assert (caught.value.problems[0].file, caught.value.problems[0].line) == (str(path), line)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="no such file"):
        read_rows(tmp_path / "none.csv", ("a",))
    with pytest.raises(WorldError, match="no such file"):
        read_trade(tmp_path / "none.parquet")


def test_numbers_are_finite_and_an_empty_cell_is_nan(tmp_path: Path) -> None:
    assert number(" 1.5 ", tmp_path, 1, "x") == 1.5
    assert np.isnan(number("  ", tmp_path, 1, "x"))
    for text in ("lots", "inf", "nan"):
        with pytest.raises(WorldError) as caught:
            number(text, tmp_path, 7, "x")
        assert (caught.value.problems[0].line, caught.value.problems[0].key) == (7, "x")


TRADE = {"exporter": ["A", "B"], "importer": ["B", "A"], "sector": ["x", "y"], "value_musd": [1.5, -2.0]}


def test_trade_is_the_same_from_csv_and_parquet(tmp_path: Path) -> None:
    rows = zip(*TRADE.values(), strict=True)
    text = ",".join(TRADE) + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)
    pq.write_table(pa.table(TRADE), tmp_path / "trade.parquet")
    a, b = read_trade(write(tmp_path, text, "trade.csv")), read_trade(tmp_path / "trade.parquet")
    for name in ("exporter", "importer", "sector", "value"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    np.testing.assert_array_equal(a.value, TRADE["value_musd"])


def test_trade_without_a_value_or_a_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="missing or not finite") as caught:
        read_trade(write(tmp_path, "exporter,importer,sector,value_musd\nA,B,x,1\nA,B,y,\n", "t.csv"))
    assert caught.value.problems[0].line == 3
    pq.write_table(pa.table({"exporter": ["A"]}), tmp_path / "short.parquet")
    with pytest.raises(WorldError, match=r"not a Parquet file|value_musd"):
        read_trade(tmp_path / "short.parquet")
    write(tmp_path, b"PAR1 no", "broken.parquet")
    with pytest.raises(WorldError, match="not a Parquet file"):
        read_trade(tmp_path / "broken.parquet")
