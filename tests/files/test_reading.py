"""Every file comes in one way: text, data, the line of each key, or one problem with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coercion_sim.errors import InvalidInput, ScenarioError, WorldError
from coercion_sim.files import read_json, read_toml

READERS = {"toml": (read_toml, b"a = 1\n[t]\nb = [2,\n3]\n"), "json": (read_json, b'{"a": 1,\n"t": {"b":\n[2,\n3]}}')}


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("toml", {("a",): 1, ("t",): 2, ("t", "b"): 3, ("t", "b", 0): 3, ("t", "b", 1): 4}),
        ("json", {("a",): 1, ("t",): 2, ("t", "b"): 2, ("t", "b", 0): 3, ("t", "b", 1): 4}),
    ],
)
@pytest.mark.parametrize("spoil", [lambda raw: raw, lambda raw: b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r\n")])
def test_a_document_has_the_data_and_the_line_of_every_key(tmp_path: Path, kind: str, lines: dict, spoil) -> None:
    read, raw = READERS[kind]
    path = tmp_path / f"file.{kind}"
    path.write_bytes(spoil(raw))
    document = read(path, "shown")
    assert document.data == document.written == {"a": 1, "t": {"b": [2, 3]}}
    assert document.folder == tmp_path
    assert {key: line for key, (_, line) in document.origins.items()} == lines
    assert {file for file, _ in document.origins.values()} == {"shown"}
    assert "\r" not in document.text


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    ("raw", "line", "says"),
    [
        (None, None, "no such file"),
        (b"", None, "is empty"),
        (b" \n", None, "is empty"),
        (b"# ok\n\xff", 2, "not text in UTF-8"),
        ("a".encode("utf-16"), None, "UTF-16"),
        (b"a = 1\n{", None, "is not valid"),
        (b"[" * 100_000, None, "is not valid"),
    ],
)
def test_what_cannot_be_read_is_one_problem_of_the_class_asked_for(tmp_path: Path, kind, raw, line, says) -> None:
    path = tmp_path / f"file.{kind}"
    if raw is not None:
        path.write_bytes(raw)
    with pytest.raises(ScenarioError, match=says) as caught:
        READERS[kind][0](path, example="an example", error=ScenarioError)
    (problem,) = caught.value.problems
    assert problem.file == str(path)
    assert line is None or problem.line == line
    assert problem.allowed == ("an example" if says == "is empty" else None)


def test_a_folder_and_an_endless_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="not a recipe file"):
        read_toml(tmp_path, what="recipe", error=WorldError)
    (tmp_path / "large.toml").write_bytes(b"#" * 5_000_001)
    with pytest.raises(InvalidInput, match="larger than 5 MB"):
        read_toml(tmp_path / "large.toml")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('{"a": 1,\n "b": [}', 2, "not valid JSON"),
        ('{"a": 1, "a": 2}', None, "given twice"),
        ('{"a": NaN}', None, "NaN is not a number"),
        ("[1]", None, "one object"),
    ],
)
def test_json_that_python_would_take_is_refused(tmp_path: Path, text: str, line: int | None, says: str) -> None:
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=says) as caught:
        read_json(tmp_path / "x.json")
    assert caught.value.problems[0].line == line


def test_dates_are_text(tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text("a = [{ d = 2020-05-19 }]", encoding="utf-8")
    assert read_toml(tmp_path / "d.toml").data == {"a": [{"d": "2020-05-19"}]}


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf"]), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def paths(value: Any, at: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """Every path of parsed data."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    items = list(items)
    return {(*at, key) for key, _ in items}.union(*(paths(item, (*at, key)) for key, item in items))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(max_size=5), values, max_size=4), st.sampled_from([None, 0, 2]))
def test_all_keys_of_any_json_have_their_line(tmp_path: Path, data: dict[str, Any], indent: int | None) -> None:
    text = json.dumps(data, indent=indent)
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    document = read_json(tmp_path / "x.json")
    assert document.data == data
    assert set(document.origins) == paths(data)
    lines = text.split("\n")
    for path, (_, line) in document.origins.items():
        if isinstance(path[-1], str):
            assert json.dumps(path[-1]) + ":" in lines[line - 1]
