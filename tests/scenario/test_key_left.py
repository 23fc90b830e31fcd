"""Key `left` of a measure in a scenario file: read, checked, and solved for when a run is built."""

from __future__ import annotations

import pytest
from scenario_text import SMALL


def test_a_share_left_reaches_the_measure(bench) -> None:
    (measure, *_) = bench.load(SMALL.replace("open = 0.1", "left = 0.1")).measures_as_data()
    assert measure.left == 0.1
    assert measure.size != measure.size  # not a number until it is solved for


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("open = 0.1\nleft = 0.1", "stands beside open"),
        ("left = 1.5", "out of range"),
        ("left = -0.1", "out of range"),
        ("left = 'a'", "number"),
    ],
)
def test_a_share_left_is_checked(bench, new: str, says: str) -> None:
    found = [p for p in bench.problems(SMALL.replace("open = 0.1", new)) if p.key == "measures.coal.left"]
    assert len(found) == 1
    assert says in found[0].message


def test_a_tariff_states_no_share_left(bench) -> None:
    text = SMALL.replace('kind = "import_ban"', 'kind = "import_tariff"').replace("open = 0.1", "left = 0.5")
    (found,) = [p for p in bench.problems(text) if p.key == "measures.coal.left"]
    assert found.suggestion == "rate"
