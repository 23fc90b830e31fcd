"""Golden numbers: a small scenario gives today what it gave when its numbers were written down."""

from __future__ import annotations

import json
from typing import Any

import pytest

from golden.make import GOLDEN, POLICIES, golden_tables

TOLERANCE = 1e-9
HOW = (
    "If the change of results is meant, run `python tests/golden/make.py`, read `git diff tests/golden`, "
    "and say in the commit what changed and why."
)


@pytest.fixture(scope="module")
def now() -> dict[str, Any]:
    return golden_tables()


@pytest.fixture(scope="module")
def then() -> dict[str, Any]:
    return json.loads(GOLDEN.read_text(encoding="utf-8"))


def differences(then: list[Any], now: list[Any]) -> list[str]:
    """Rows that differ, by more than TOLERANCE of the larger of 1 and the number where they are numbers."""
    if len(then) != len(now):
        return [f"{len(then)} rows then, {len(now)} now"]
    return [f"row {i}: {a!r} then, {b!r} now" for i, (a, b) in enumerate(zip(then, now, strict=True)) if not same(a, b)]


def same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= TOLERANCE * max(1.0, abs(a))
    return type(a) is type(b) and a == b


@pytest.mark.parametrize("table", ["runs", "states", "sectors", "quarters", "events"])
@pytest.mark.parametrize("policy", POLICIES)
def test_the_numbers_are_those_written_down(now: dict[str, Any], then: dict[str, Any], policy: str, table: str) -> None:
    assert now[policy][table].keys() == then[policy][table].keys(), HOW
    changed = {name: differences(then[policy][table][name], column) for name, column in now[policy][table].items()}
    changed = {name: rows for name, rows in changed.items() if rows}
    listed = "\n".join(f"{table}.{name}: {rows[0]} ({len(rows)} rows differ)" for name, rows in changed.items())
    assert not changed, f"{policy} differs:\n{listed}\n{HOW}"


def test_what_is_written_down_is_what_is_played_and_not_trivial(now: dict[str, Any], then: dict[str, Any]) -> None:
    assert list(then) == list(now) == list(POLICIES), HOW
    answered = then[POLICIES[1]]
    assert max(answered["states"]["burden"]) > 0.1
    assert max(answered["states"]["adjustment_cost"]) > 0.01
    assert max(answered["quarters"]["help_total"]) > 1.0
    assert answered["runs"]["cut_needed"][0] > 0.01


def test_a_change_beyond_the_tolerance_is_seen() -> None:
    assert differences([1.0, 250.0], [1.0 + 5e-10, 250.0 + 2e-7]) == []
    assert len(differences([1.0, 250.0], [1.0 + 2e-9, 250.0 - 3e-7])) == 2
    assert differences([0.5], [0.5, 0.5]) == ["1 rows then, 2 now"]
    assert len(differences([1.0, "coal", 3], [None, "wine", 3])) == 2
