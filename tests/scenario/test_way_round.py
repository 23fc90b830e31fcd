"""Keys `via`, `transit` and `transit_cost` of a measure in a scenario file."""

from __future__ import annotations

import pytest
from scenario_text import SMALL

AROUND = 'open = 0.1\nvia = "JPN"\ntransit = 0.3\ntransit_cost = 1.2'


def test_a_way_round_reaches_the_measure(bench) -> None:
    (measure, *_) = bench.load(SMALL.replace("open = 0.1", AROUND)).measures_as_data()
    assert (measure.size, measure.via, measure.transit, measure.transit_cost) == (0.1, "JPN", 0.3, 1.2)
    (plain, *_) = bench.load(SMALL).measures_as_data()
    assert (plain.via, plain.transit, plain.transit_cost) == ("", 0.0, 1.0)


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ('via = "JPN"', "", "via", "must be given"),
        ("transit = 0.3\n", "", "transit", "must be given"),
        ('via = "JPN"', 'via = "CHN"', "via", "third state"),
        ('via = "JPN"', 'via = "XYZ"', "via", "unknown state"),
        ("transit = 0.3", "transit = 1.3", "transit", "out of range"),
        ("transit_cost = 1.2", "transit_cost = 0.2", "transit_cost", "out of range"),
        ("open = 0.1", "left = 0.1", "via", "cannot be given with left"),
        ('kind = "import_ban"', 'kind = "import_tariff"', "via", "has no way round"),
    ],
)
def test_a_way_round_is_checked(bench, old: str, new: str, key: str, says: str) -> None:
    text = SMALL.replace("open = 0.1", AROUND).replace(old, new)
    if "tariff" in new:
        text = text.replace("open = 0.1", "rate = 0.1")
    found = [p for p in bench.problems(text) if p.key == f"measures.coal.{key}"]
    assert [says in p.message or says in str(p) for p in found] == [True], bench.problems(text)
