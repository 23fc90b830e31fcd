"""Payoff tables kept in a folder: read back as they were, solved again where a file is damaged or nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from coercion_sim.dispute import PayoffQuestion, PayoffTable, Screen, payoff_store, payoff_table
from coercion_sim.economy import EconomyParameters
from support.small import small_world

WORLD, PLAIN = small_world(), EconomyParameters()
CHINA = PayoffQuestion("CHN", "AUS", ("USA",), screen=Screen("off"), names=("narrow", "grey_zone"), required_cut=0.1)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep the tables of this process in a folder of the test."""
    monkeypatch.setenv("COERCION_SIM_CACHE", str(tmp_path / "tables"))
    payoff_store.cache_clear()
    yield tmp_path / "tables"
    payoff_store.cache_clear()


def later(question: PayoffQuestion = CHINA) -> PayoffTable:
    """Return the table that another process would get."""
    payoff_store.cache_clear()
    return payoff_table(WORLD, PLAIN, question)


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def assert_same(one: PayoffTable, other: PayoffTable) -> None:
    for field in fields(PayoffTable):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if field.name == "effects":
            assert a.keys() == b.keys()
            for name in a:
                np.testing.assert_array_equal(a[name], b[name])
        elif isinstance(a, np.ndarray):
            np.testing.assert_array_equal(a, b)
            assert a.dtype == b.dtype
        else:
            assert a == b, field.name


def mark(path: Path, value: float) -> None:
    """Put a number no economy gives into a stored table."""
    with np.load(path) as stored:
        arrays = dict(stored)
    np.savez(path, **(arrays | {"gdp": np.full_like(arrays["gdp"], value)}))


def test_a_table_is_read_back_as_it_was(folder: Path) -> None:
    first = payoff_table(WORLD, PLAIN, CHINA)
    assert len(first.trade_cut_measures) == 2
    assert_same(later(), first)


def test_within_a_process_a_table_is_one_object_and_across_them_it_is_read(folder: Path) -> None:
    first = payoff_table(WORLD, PLAIN, CHINA)
    assert payoff_table(WORLD, PLAIN, replace(CHINA)) is first
    mark(only_file(folder), 123.0)
    assert payoff_table(WORLD, PLAIN, CHINA) is first
    assert (later().gdp == 123.0).all()


@pytest.mark.parametrize("damage", ["empty", "text", "half", "byte", "key"])
def test_a_damaged_file_is_a_miss_and_is_written_anew(folder: Path, damage: str) -> None:
    first = payoff_table(WORLD, PLAIN, CHINA)
    path = only_file(folder)
    whole = path.read_bytes()
    middle = len(whole) // 2
    broken = {
        "empty": b"", "text": b"no table", "half": whole[:middle],
        "byte": whole[:middle] + bytes(255 - b for b in whole[middle : middle + 64]) + whole[middle + 64 :],
    }  # fmt: skip
    if damage == "key":
        np.savez(path, labels=np.array("{}"))
    else:
        path.write_bytes(broken[damage])
    assert_same(later(), first)
    assert only_file(folder).stat().st_size == len(whole)


def test_another_question_or_economy_is_another_file(folder: Path) -> None:
    payoff_table(WORLD, PLAIN, CHINA)
    payoff_table(WORLD, PLAIN, replace(CHINA, required_cut=0.0))
    payoff_table(WORLD, replace(PLAIN, factor_mobility=1.4), CHINA)
    assert len(list(folder.iterdir())) == 3
    assert {p.suffix for p in folder.iterdir()} == {".npz"}


def test_a_folder_that_cannot_be_written_costs_only_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("COERCION_SIM_CACHE", str(blocked / "tables"))
    payoff_store.cache_clear()
    found = payoff_table(WORLD, PLAIN, CHINA)
    assert [p.name for p in found.packages] == ["narrow", "grey_zone"]
    assert_same(later(), found)
    payoff_store.cache_clear()


def test_an_empty_folder_name_keeps_tables_in_memory_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COERCION_SIM_CACHE", "")
    payoff_store.cache_clear()
    store = payoff_store()
    assert store.folder is None
    assert payoff_table(WORLD, PLAIN, CHINA) is payoff_table(WORLD, PLAIN, CHINA)
    payoff_store.cache_clear()


def test_the_oldest_table_in_memory_is_dropped_first(folder: Path) -> None:
    store = payoff_store()
    store.folder, store.most = None, 2
    first = payoff_table(WORLD, PLAIN, CHINA)
    solved = 0

    def solve() -> PayoffTable:
        nonlocal solved
        solved += 1
        return first

    for key in ("a", "b", "a", "c"):
        store.get(key, CHINA, solve)
    assert solved == 3
    assert len(store.tables) <= 2
    assert "c" in store.tables
