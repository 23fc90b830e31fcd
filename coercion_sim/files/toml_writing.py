"""Values written as TOML that `tomllib` reads back unchanged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def toml_text(text: str) -> str:
    """Return a TOML basic string: quotes, backslashes and control characters escaped."""
    short = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(short.get(c) or (c if c.isprintable() else f"\\U{ord(c):08x}") for c in text) + '"'


def toml_list(words: Sequence[str]) -> str:
    """Return a list of text on one line."""
    return "[" + ", ".join(toml_text(word) for word in words) + "]"


def toml_table(table: Mapping[str, str | float | Sequence[str]]) -> str:
    """Return an inline table of text, numbers and lists of text; keys must be bare."""
    return "{ " + ", ".join(f"{key} = {_value(value)}" for key, value in table.items()) + " }"


def _value(value: str | float | Sequence[str]) -> str:
    if isinstance(value, str):
        return toml_text(value)
    return repr(float(value)) if isinstance(value, float | int) else toml_list(value)


def toml_block(key: str, items: Sequence[str]) -> list[str]:
    """Return the lines of an array with one item a line."""
    return ["", f"{key} = [", *(f"  {item}," for item in items), "]"]
