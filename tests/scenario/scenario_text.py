"""The small scenario that tests change in one place at a time."""

from __future__ import annotations

SMALL = """\
schema = 1
name = "small"
world = "tiny"
start = "2020Q1"
quarters = 8
policies = ["stand_alone", "respond_as_allies"]

[economy]
factor_mobility = 1.5

[actors]
coercer = "CHN"
target = "AUS"

[[measures]]
name = "coal"
kind = "import_ban"
by = "CHN"
on = "AUS"
sectors = ["coal"]
open = 0.1
from = "2020Q2"
until = "2021Q1"

[policy.respond_as_allies]
fraction = 0.5
"""


def line_of(text: str, fragment: str) -> int:
    """Line on which a fragment that stands once begins."""
    assert text.count(fragment) == 1, fragment
    return text[: text.index(fragment)].count("\n") + 1
