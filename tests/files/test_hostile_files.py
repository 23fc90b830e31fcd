"""Encodings, line ends, size and nesting of files; every mistake of a large file at once; writing that fails midway."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import Field

from coercion_sim.errors import GameError, InvalidInput, Problem
from coercion_sim.files import (
    Document,
    Label,
    Origin,
    Piece,
    Table,
    code_hash,
    put_in_place,
    read_json,
    read_toml,
    sha256,
    validate,
    validate_all,
    write_bytes,
    write_text,
    write_whole,
)

PLACES = """\
top = 1
a.b."c d" = 2

[t.deep]
x.y = 3
list = [
  { k = 4 },
  { k = 5, m.n = 6 },
]

[[row]]
id = "one"
[[row.part]]
w = 7
[[row.part]]
w = 8

[[row]]
[row.inner]
z = 9
"""
#: Every value of `PLACES` by path: the line it stands on.
LINES = {
    ("top",): 1,
    ("a", "b", "c d"): 2,
    ("t", "deep", "x", "y"): 5,
    ("t", "deep", "list", 0, "k"): 7,
    ("t", "deep", "list", 1, "k"): 8,
    ("t", "deep", "list", 1, "m", "n"): 8,
    ("row", 0, "id"): 12,
    ("row", 0, "part", 0, "w"): 14,
    ("row", 0, "part", 1, "w"): 16,
    ("row", 1, "inner", "z"): 20,
}


# ------------------------------------------------------------------ text


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_neither_byte_order_mark_nor_line_ends_move_a_place(tmp_path: Path, mark: bytes, end: bytes) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(mark + PLACES.encode().replace(b"\n", end))
    document = read_toml(path, "p.toml")
    for key, line in LINES.items():
        origin: Origin = document.origin(key)
        assert origin == ("p.toml", line)
    assert document.text == PLACES


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"])
@pytest.mark.parametrize("read", [read_toml, read_json])
def test_other_encodings_are_one_problem_and_never_other_text(
    tmp_path: Path, coding: str, read: Callable[..., Document]
) -> None:
    path = tmp_path / "p"
    path.write_bytes('{"name": "é"}\n'.encode(coding))
    with pytest.raises(InvalidInput) as caught:
        read(path, error=GameError)
    (problem,) = caught.value.problems
    assert problem.file == str(path)
    assert isinstance(caught.value, GameError)
    assert ("UTF-16" in problem.message) == (coding in ("utf-16", "utf-32"))


@pytest.mark.parametrize("at", [0, 1, 7])
def test_the_line_of_a_byte_that_is_no_text_is_counted(tmp_path: Path, at: int) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(b"# fine\n" * at + b"x = '\xe9'\n")
    with pytest.raises(InvalidInput) as caught:
        read_toml(path)
    assert caught.value.problems[0].line == at + 1


@pytest.mark.parametrize(("size", "read"), [(5_000_000, True), (5_000_001, False)])
def test_the_size_limit_is_five_million_bytes(tmp_path: Path, size: int, read: bool) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(b"a = 1\n" + b"#" * (size - 6))
    if read:
        assert read_toml(path).data == {"a": 1}
    else:
        with pytest.raises(InvalidInput, match="5 MB"):
            read_toml(path)


@pytest.mark.parametrize("read", [read_toml, read_json])
@pytest.mark.parametrize("raw", ["{" * 9_000, "[" * 9_000, "a = " + "[" * 9_000, '{"a":' * 9_000, "a = " + "9" * 9_000])
def test_deep_nesting_and_huge_numbers_are_one_problem(tmp_path: Path, read: Callable[..., Document], raw: str) -> None:
    path = tmp_path / "p"
    path.write_text(raw, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        read(path)
    assert [problem.file for problem in caught.value.problems] == [str(path)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_document_or_one_problem(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "p"
    path.write_bytes(raw)
    for read in (read_toml, read_json):
        problems: tuple[Problem, ...] = ()
        document = Document(None, {})
        try:
            document = read(path)
        except InvalidInput as refused:
            problems = refused.problems
        assert [problem.file for problem in problems] == ([] if document.file else [str(path)])
        assert set(document.data) == {key[0] for key in document.origins}


# ------------------------------------------------------------------ every mistake at once


class Deep(Table):
    size: int = Field(ge=0, le=9)
    label: Label = "x"


class Row(Table):
    name: Label
    deep: Deep
    more: tuple[Deep, ...] = ()


class File(Table):
    year: int
    rows: tuple[Row, ...] = Field((), alias="row")


MISTAKES = """\
yaer = 2020
[[row]]
name = "first"
[row.deep]
size = 10
[[row]]
name = ""
deep = { size = 1, lable = "y" }
more = [
  { size = 1 },
  { size = "two" },
  { sise = 3 },
]
[[row]]
name = 4
"""


def test_validate_finds_every_mistake_with_line_and_nearest_key(tmp_path: Path) -> None:
    path = tmp_path / "f.toml"
    path.write_text(MISTAKES, encoding="utf-8")
    file, problems = validate(File, read_toml(path, "f.toml"))
    assert file is None
    assert {problem.file for problem in problems} == {"f.toml"}
    found = {(problem.line, problem.key): problem.suggestion for problem in problems}
    assert found == {
        (1, "yaer"): "year",
        (None, "year"): None,
        (5, "row.first.deep.size"): None,
        (7, "row[2].name"): None,
        (8, "row[2].deep.lable"): "label",
        (11, "row[2].more[2].size"): None,
        (12, "row[2].more[3].size"): None,
        (12, "row[2].more[3].sise"): "size",
        (15, "row[3].name"): None,
        (14, "row[3].deep"): None,
    }


def test_the_same_mistakes_of_json_have_the_same_keys(tmp_path: Path) -> None:
    path = tmp_path / "f.toml"
    path.write_text(MISTAKES, encoding="utf-8")
    document = read_toml(path)
    (tmp_path / "f.json").write_text(json.dumps(document.data, indent=1), encoding="utf-8")
    (_, first), (_, second) = (validate(File, d) for d in (document, read_json(tmp_path / "f.json")))
    assert {(p.key, p.message, p.suggestion) for p in first} == {(p.key, p.message, p.suggestion) for p in second}


def test_many_tables_are_validated_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "f.toml"
    path.write_text("[a]\nsize = 1\n[b]\nsize = 99\n[c]\nsize = 2\nname = 'kept'\n", encoding="utf-8")
    document = read_toml(path, "f")
    pieces = [Piece(("a",), Deep, document.data["a"]), Piece(("b",), Deep, document.data["b"])]
    pieces += [Piece(("d",), Deep, "word"), Piece((), File, document.data, ("a", "b", "c"))]
    (a, none), (b, too_large), (d, no_table), (whole, missing) = validate_all(document, pieces)
    assert (a, none, b, d, whole) == (Deep(size=1), [], None, None, None)
    assert [(p.line, p.key, p.found) for p in too_large] == [(4, "b.size", "99")]
    assert [p.allowed for p in no_table] == ["[d]"]
    assert "year" in {p.key for p in missing}


def test_tables_are_frozen() -> None:
    deep = Deep(size=1)
    with pytest.raises(ValueError, match="frozen"):
        deep.size = 2  # type: ignore[misc]


# ------------------------------------------------------------------ writing


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_a_failure_of_the_disk_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "kept"
    write_text(path, "old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        write_bytes(path, b"new")
    monkeypatch.undo()
    assert path.read_text("utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["kept"]


def test_an_interrupt_while_writing_leaves_no_half_file(tmp_path: Path) -> None:
    def stop(temporary: Path) -> None:
        temporary.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "new", stop)
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_not_there_under_its_name_before_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new"
    seen = []

    def write(temporary: Path) -> None:
        temporary.write_bytes(b"whole")
        seen.append((path.exists(), temporary.parent == path.parent))

    write_whole(path, write)
    assert seen == [(False, True)]
    assert path.read_bytes() == b"whole"


def test_nothing_is_put_in_place_of_a_file_by_one_that_is_missing(tmp_path: Path) -> None:
    write_text(tmp_path / "old", "old")
    with pytest.raises(FileNotFoundError):
        put_in_place(tmp_path / "missing", tmp_path / "old")
    assert (tmp_path / "old").read_text("utf-8") == "old"


@given(st.binary(max_size=50))
def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "hashed"
    write_bytes(path, raw)
    assert sha256(path) == hashlib.sha256(raw).hexdigest()


def test_the_hash_of_code_ignores_line_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = code_hash(("files", "errors.py"))
    read = Path.read_bytes
    try:
        code_hash.cache_clear()
        monkeypatch.setattr(Path, "read_bytes", lambda path: read(path).replace(b"\n", b"\r\n"))
        assert code_hash(("files", "errors.py")) == plain
        code_hash.cache_clear()
        monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"#")
        assert code_hash(("files", "errors.py")) != plain
    finally:
        code_hash.cache_clear()
