"""The locator finds every key of any TOML text, on the line it stands on."""

from __future__ import annotations

import json
import tomllib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.files import KeyPath
from coercion_sim.files.document import toml_lines

TRICKY = '''\
# a comment with [brackets] and = signs
top = 1
"quoted key" = "text with # no comment and ] bracket"
a.b.c = 3   # a dotted key
long = """
[not.a.table]
fake = 1 \\"""
"""
literal = \'\'\'
[[also]] = not
\'\'\'
list = [
  1,
  # between
  [2, 3], { x = 4,
    }, 'five, # six',
]
inline = { p = 1, q.r = { s = [true, false] } }
when = 1979-05-27T07:32:00Z

[table]
key = 'C:\\path'

[table."sub.table".deep]
k = -inf
[[things]]
name = "one"
[things.inner]
z = 1
[[things.parts]]
w = 1
[[things.parts]]
w = 2
[[things]]
name = "two"
'''.replace("\n    }, 'five", " }, 'five")  # TOML 1.0 keeps inline tables on one line; the comma before } goes too


def paths_of(value: Any, at: KeyPath = ()) -> set[KeyPath]:
    """Every path of parsed data."""
    found = {at} if at else set()
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found |= paths_of(item, (*at, key))
    return found


def test_a_text_of_every_construction_is_located_whole() -> None:
    text = TRICKY.replace("x = 4, }", "x = 4 }")
    lines = toml_lines(text)
    assert set(lines) == paths_of(tomllib.loads(text))

    def at(fragment: str, nth: int = 0) -> int:
        start = -1
        for _ in range(nth + 1):
            start = text.index(fragment, start + 1)
        return text[:start].count("\n") + 1

    assert lines["quoted key",] == at('"quoted key"')
    assert lines["a", "b", "c"] == at("a.b.c")
    assert lines["list", 1, 0] == at("[2, 3]")
    assert lines["list", 3] == at("'five")
    assert lines["inline", "q", "r", "s", 1] == at("inline =")
    assert lines["when",] == at("when =")
    assert lines["table", "sub.table", "deep", "k"] == at("k = -inf")
    assert lines["things", 0, "parts", 1, "w"] == at("w = 2")
    assert lines["things", 1] == at("[[things]]", 1)
    assert lines["things", 1, "name"] == at('name = "two"')


keys = st.text("abcdefghij_-0123456789", min_size=1, max_size=6)
scalars = st.one_of(
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12),
)
arrays = st.lists(scalars, max_size=4)
tables = st.recursive(
    st.dictionaries(keys, scalars | arrays, max_size=4),
    lambda inner: st.dictionaries(
        keys, scalars | arrays | inner | st.lists(inner.filter(bool), min_size=1, max_size=3), max_size=4
    ),
    max_leaves=12,
)


def spell(value: Any, breaks: bool) -> str:
    """Write a scalar or an array, over several lines or on one."""
    if isinstance(value, list):
        gap = "\n    " if breaks else " "
        return "[" + ",".join(gap + spell(item, breaks) for item in value) + ("\n" if breaks else "") + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else repr(value)


def emit(table: dict[str, Any], at: tuple[str, ...], breaks: bool) -> list[str]:
    """Write a table as TOML: scalars first, then tables and arrays of tables."""
    lines = []
    later = []
    for key, value in table.items():
        nested = isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict))
        if nested:
            later.append((key, value))
        else:
            lines.append(f'"{key}" = {spell(value, breaks)}  # [x] = "y"')
    for key, value in later:
        name = ".".join(f'"{part}"' for part in (*at, key))
        for item in value if isinstance(value, list) else [value]:
            lines.append(f"[[{name}]]" if isinstance(value, list) else f"[{name}]")
            lines += emit(item, (*at, key), breaks)
    return lines


@settings(max_examples=100, deadline=None)
@given(tables, st.booleans())
def test_all_paths_and_only_they_are_found_each_on_its_line(table: dict[str, Any], breaks: bool) -> None:
    text = "\n".join(emit(table, (), breaks)) + "\n"
    parsed = tomllib.loads(text)
    assert parsed == table
    lines = toml_lines(text)
    assert set(lines) == paths_of(parsed)
    written = text.split("\n")
    for path, line in lines.items():
        named = [part for part in path if isinstance(part, str)]
        if isinstance(path[-1], str) and not isinstance(at_path(parsed, path), dict):
            shown = written[line - 1]
            assert f'"{named[-1]}"' in shown


def at_path(value: Any, path: KeyPath) -> Any:
    for part in path:
        value = value[part]
    return value
