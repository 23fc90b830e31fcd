"""Tables against their models: every mistake at once, each with file, line, key and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from coercion_sim.errors import spell
from coercion_sim.files import (
    Document,
    Labels,
    Name,
    Piece,
    QuarterLabel,
    Table,
    allowed,
    keys,
    number_field,
    put,
    read_toml,
    validate,
    validate_all,
)


class Row(Table):
    name: Name
    share: float = Field(0.5, ge=0, le=1)


class Whole(Table):
    count: int = Field(gt=0, description="how many")
    kind: Literal["grid", "random"] = "grid"
    start: QuarterLabel | None = None
    states: Labels = ()
    rows: tuple[Row, ...] = Field((), alias="row")
    limit: float | None = number_field(None, "years", "limit", ge=None, lt=9)
    on: bool = True


TEXT = """\
count = 3
kind = "grid"
start = "2020q2"
states = "AUS"
[[row]]
name = "one"
share = 1
"""


def read(folder: Path, text: str = TEXT) -> Document:
    (folder / "whole.toml").write_text(text, encoding="utf-8")
    return read_toml(folder / "whole.toml", "whole.toml")


def test_a_right_file_becomes_its_model(tmp_path: Path) -> None:
    whole, problems = validate(Whole, read(tmp_path))
    assert problems == []
    assert whole == Whole(count=3, start="2020Q2", states=("AUS",), rows=(Row(name="one", share=1.0),))


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "message", "allowed_", "suggestion"),
    [
        ("count = 3", "cuont = 3", 1, "cuont", "unknown key", "count, kind, start, states, row, limit, on", "count"),
        ("count = 3", "", None, "count", "must be given", "how many", None),
        ("count = 3", "count = 0", 1, "count", "out of range", "above 0", None),
        ("count = 3", "count = 1.5", 1, "count", "must be a whole number", "a whole number, above 0", None),
        ("share = 1", "share = nan", 7, "row.one.share", "is not a number", "0 to 1", None),
        ("count = 3", "count = true", 1, "count", "must be a whole number", "a whole number, above 0", None),
        ('"grid"', '"gird"', 2, "kind", "not one of the values allowed", "grid, random", "grid"),
        ("2020q2", "2020-05-19", 3, "start", "not a quarter", "a quarter such as 2020Q2", "2020Q2"),
        ('"AUS"', "7", 4, "states", "must be a list", None, None),
        ('"AUS"', '["AUS", 7]', 4, "states[2]", "must be text in quotes", None, None),
        ("share = 1", "share = 2", 7, "row.one.share", "out of range", "0 to 1", None),
        ("share = 1", "shard = 1", 7, "row.one.shard", "unknown key", "name, share", "share"),
        ('"one"', '"o e"', 6, "row.o e.name", "has a character that is not allowed", "letters, digits, - and _", None),
    ],
)
def test_each_mistake_has_its_place_and_remedy(
    tmp_path: Path, old: str, new: str, line: int | None, key: str, message: str, allowed_: str, suggestion: str
) -> None:
    whole, problems = validate(Whole, read(tmp_path, TEXT.replace(old, new)))
    assert whole is None
    problem = next(p for p in problems if p.key == key)
    assert (problem.file, problem.line, problem.message) == ("whole.toml", line, message)
    assert (problem.allowed, problem.suggestion) == (allowed_, suggestion)


def test_all_mistakes_come_at_once_and_right_tables_are_kept(tmp_path: Path) -> None:
    document = read(tmp_path, TEXT.replace("count = 3", "count = 0\nlimit = 9.5").replace("share = 1", 'share = "x"'))
    _, problems = validate(Whole, document)
    assert {(p.key, p.line) for p in problems} == {("count", 1), ("limit", 2), ("row.one.share", 8)}
    rows = [Piece(("row", i), Row, row) for i, row in enumerate([{"name": "a"}, {"name": 1}, 7])]
    (first, none), (second, one), (third, other) = validate_all(document, rows)
    assert (first.name, none, second, third) == ("a", [], None, None)
    assert [p.message for p in (*one, *other)] == ["must be text in quotes", "must be a table"]


def test_part_of_a_document_is_validated_with_keys_beside_the_model_s(tmp_path: Path) -> None:
    document = read(tmp_path)
    row, problems = validate(Row, document, ("row", 0))
    assert (row, problems) == (Row(name="one", share=1.0), [])
    assert validate(Whole, read(tmp_path, "extends = 1\ncount = 2"), also=("extends",)) == (Whole(count=2), [])
    _, (problem,) = validate(Row, document, ("absent",))
    assert (problem.key, problem.message) == ("absent.name", "must be given")


def test_what_a_key_takes_is_read_off_its_field() -> None:
    fields = Whole.model_fields
    assert keys(Whole) == ("count", "kind", "start", "states", "row", "limit", "on")
    assert [allowed(fields[name]) for name in ("count", "kind", "limit", "on")] == [
        "above 0",
        "grid, random",
        "below 9",
        "",
    ]
    assert fields["limit"].json_schema_extra == {"unit": "years"}


def test_a_value_laid_over_a_document_has_its_own_origin_and_copies_only_what_it_changes(tmp_path: Path) -> None:
    document = read(tmp_path)
    changed = document.with_value(("row", 0, "share"), 5, "--set")
    assert changed.data["row"][0]["share"] == 5
    assert document.data["row"][0]["share"] == 1
    assert changed.written is document.written
    _, (problem,) = validate(Whole, changed)
    assert (problem.file, problem.line, problem.key) == ("--set", None, "row.one.share")
    assert changed.origin(("row", 0, "name")) == ("whole.toml", 6)
    assert changed.origin(("nowhere",)) == ("whole.toml", None)
    assert put({}, ("a", "b"), 1) == {"a": {"b": 1}}


def test_data_without_a_file_have_problems_without_a_place() -> None:
    _, (problem,) = validate(Row, Document(None, {"name": "a", "share": 7}))
    assert (problem.file, problem.line, problem.key, problem.found) == (None, None, "share", "7")


def test_values_are_spelt_as_in_toml() -> None:
    assert (spell(True), spell("x"), len(spell("y" * 200))) == ("true", "'x'", 80)
