"""A document keeps the place of every key: spelt as users do, moved with the key, found from below."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.errors import spell
from coercion_sim.files import Document, KeyPath, Origin, has, put
from coercion_sim.files.document import toml_lines
from coercion_sim.files.explaining import suggest_quarter

TEXT = """\
top = 1
[[measures]]
name = "coal"
open = 0.1
sectors = ["a", "b"]
[[measures]]
open = 0.2
[policy.alone]
states = [{ id = "AUS", name = "Australia" }, { other = 1 }]
"""


@pytest.fixture
def document() -> Document:
    import tomllib

    data = tomllib.loads(TEXT)
    return Document("f.toml", data, Path("folder"), TEXT, data, toml_lines)


@pytest.mark.parametrize(
    ("path", "dotted", "line"),
    [
        (("top",), "top", 1),
        (("measures", 0), "measures.coal", 2),
        (("measures", 0, "open"), "measures.coal.open", 4),
        (("measures", 0, "sectors", 1), "measures.coal.sectors[2]", 5),
        (("measures", 0, "absent"), "measures.coal.absent", 2),
        (("measures", 1, "open"), "measures[2].open", 7),
        (("measures", 9), "measures[10]", 2),
        (("policy", "alone", "states", 0, "id"), "policy.alone.states.AUS.id", 9),
        (("policy", "alone", "states", 1, "x"), "policy.alone.states[2].x", 9),
        (("nowhere",), "nowhere", None),
        ((), "", None),
    ],
)
def test_a_path_is_spelt_as_users_do_and_has_the_line_of_the_nearest_table(
    document: Document, path: KeyPath, dotted: str, line: int | None
) -> None:
    assert document.dotted(path) == dotted
    origin: Origin = document.origin(path)
    assert origin == ("f.toml", line)
    problem = document.problem(path, "wrong", 7, "a rule", "a hint")
    assert (problem.file, problem.line, problem.key) == ("f.toml", line, dotted or None)
    assert (problem.message, problem.found, problem.allowed, problem.suggestion) == ("wrong", "7", "a rule", "a hint")


def test_the_spelling_of_a_key_can_be_given(document: Document) -> None:
    assert document.problem(("top",), "wrong", key="vary[1].x").key == "vary[1].x"


def test_lines_are_counted_only_where_a_place_is_needed() -> None:
    counted = []

    def locate(text: str) -> dict[KeyPath, int]:
        counted.append(text)
        return {("a",): 1}

    document = Document("f", {"a": 1}, text="a = 1", locate=locate)
    assert counted == []
    assert document.origin(("a",)) == ("f", 1)
    assert document.origin(("b",)) == ("f", None)
    assert counted == ["a = 1"]


def test_a_value_laid_over_takes_the_places_below_with_it(document: Document) -> None:
    changed = document.with_value(("measures", 0, "sectors"), ["z"], "--set")
    assert changed.data["measures"][0]["sectors"] == ["z"]
    assert changed.origin(("measures", 0, "sectors", 1)) == ("--set", None)
    assert changed.origin(("measures", 0, "open")) == ("f.toml", 4)
    assert document.data["measures"][0]["sectors"] == ["a", "b"]
    again = changed.with_value(("top",), 2, "other")
    assert (again.origin(("top",)), again.written["top"]) == (("other", None), 1)


keys = st.text("abc", min_size=1, max_size=2)
tables = st.recursive(
    st.integers(), lambda inner: st.dictionaries(keys, inner, max_size=3) | st.lists(inner, max_size=3), max_leaves=8
)


def frozen(value: Any) -> Any:
    """A copy that cannot share parts."""
    if isinstance(value, dict):
        return {key: frozen(item) for key, item in value.items()}
    return [frozen(item) for item in value] if isinstance(value, list) else value


@given(st.dictionaries(keys, tables, max_size=3), st.lists(keys, min_size=1, max_size=3), st.integers())
def test_putting_a_value_changes_that_value_alone_and_never_the_original(
    data: dict[str, Any], path: list[str], value: int
) -> None:
    before = frozen(data)
    place: Any = data
    for part in path[:-1]:
        place = place.get(part, {}) if isinstance(place, dict) else place
        if isinstance(place, list):
            return  # a list takes positions
    after = put(data, tuple(path), value)
    assert data == before
    place = after
    for part in path:
        assert has(place, part)
        place = place[part]
    assert place == value
    untouched = {key: item for key, item in after.items() if key != path[0]}
    assert untouched == {key: item for key, item in before.items() if key != path[0]}


@pytest.mark.parametrize(
    ("place", "part", "there"),
    [({"a": 1}, "a", True), ({"a": 1}, "b", False), ([1], 0, True), ([1], 1, False), ([1], "a", False), (3, 0, False)],
)
def test_a_part_is_there_in_tables_by_key_and_in_lists_by_position(place: object, part: str | int, there: bool) -> None:
    assert has(place, part) == there


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (False, "false"), (1.5, "1.5"), ("a", "'a'"), ([1, "b"], "[1, 'b']")]
)
def test_values_are_spelt_as_in_toml(value: object, text: str) -> None:
    assert spell(value) == text
    assert len(spell("long" * 100)) == 80


@pytest.mark.parametrize(
    ("text", "meant"),
    [("2020-05-19", "2020Q2"), ("2020-12", "2020Q4"), ("2020-Q3", "2020Q3"), ("Q1 2021", "2021Q1"), ("soon", None)],
)
def test_slips_are_understood(text: str, meant: str | None) -> None:
    assert suggest_quarter(text) == meant
