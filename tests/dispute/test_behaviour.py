"""The table of behaviour: inside its ranges, named keys stay, documented ranges are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import pytest
from pydantic import ValidationError

from coercion_sim.dispute import (
    BEHAVIOUR_RANGES,
    POSTERIOR_ROWS,
    WEIGHED_NUMBERS,
    DisputeParameters,
    DisputeSettings,
    behaviour_draws,
)

DOCS = Path(__file__).parents[2] / "docs"


def test_every_row_lies_in_the_ranges() -> None:
    columns = behaviour_draws()
    assert set(columns) == set(BEHAVIOUR_RANGES)
    for name, (_, low, high) in BEHAVIOUR_RANGES.items():
        assert len(columns[name]) == POSTERIOR_ROWS
        assert low <= min(columns[name]) < max(columns[name]) <= high


def test_numbers_are_those_a_game_or_its_beliefs_take() -> None:
    assert set(BEHAVIOUR_RANGES) < set(DisputeSettings.model_fields)
    assert set(WEIGHED_NUMBERS) < set(BEHAVIOUR_RANGES)
    of_game = {name for name in BEHAVIOUR_RANGES if hasattr(DisputeParameters(), name)}
    assert of_game <= set(WEIGHED_NUMBERS)


def test_defaults_lie_in_the_ranges() -> None:
    settings = DisputeSettings()
    for name, (_, low, high) in BEHAVIOUR_RANGES.items():
        assert low <= getattr(settings, name) <= high, name


def test_documented_ranges_are_those_drawn_from() -> None:
    """The table of docs/disputes.md: keys, defaults and ranges, several in one cell."""
    text = (DOCS / "disputes.md").read_text("utf-8").partition("### Parameters")[2].partition("## ")[0]
    checked = set()
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        names = [n for n in re.findall(r"`(\w+)`", cells[0]) if n in BEHAVIOUR_RANGES]
        ranges = re.findall(r"([\d.]+)-([\d.]+)", cells[2]) if len(cells) > 2 else []
        for name, (low, high) in zip(names, ranges * len(names) if len(ranges) == 1 else ranges, strict=False):
            assert BEHAVIOUR_RANGES[name][1:] == (float(low), float(high)), name
            checked.add(name)
    assert checked == set(BEHAVIOUR_RANGES)


def test_row_fills_in_what_the_file_leaves_open() -> None:
    row = DisputeSettings(row=5, rationality=4.5)
    columns = behaviour_draws()
    assert row.rationality == 4.5
    for name in set(BEHAVIOUR_RANGES) - {"rationality"}:
        assert getattr(row, name) == columns[name][5]
    assert DisputeSettings().rationality == DisputeSettings(draws="fixed").rationality


@pytest.mark.parametrize("draws", ["fixed", "prior"])
def test_a_row_is_one_of_the_posterior_only(draws: Literal["fixed", "prior"]) -> None:
    with pytest.raises(ValidationError, match="posterior"):
        DisputeSettings(draws=draws, row=5)


@pytest.mark.parametrize("row", [-1, POSTERIOR_ROWS, 2.5])
def test_no_such_row(row: float) -> None:
    with pytest.raises(ValidationError, match="row"):
        DisputeSettings(row=row)
