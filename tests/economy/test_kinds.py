"""The table of kinds of measures: every range at its ends, and rates that were likely meant in percent."""

from __future__ import annotations

import math

import pytest

from coercion_sim.economy import Measure, unlikely_rate
from coercion_sim.economy.measures import KINDS
from coercion_sim.errors import MeasureError

#: Kind -> lowest and highest size (model.md, section 4).
RANGES = {
    "import_tariff": (0, 1000), "import_subsidy": (0, 0.9), "import_ban": (0, 1), "export_ban": (0, 1),
    "import_barrier": (1, 1e6), "export_control": (1, 1e6), "facilitation": (0.01, 1), "transfer": (0, 1e9),
    "statement": (0, 0), "military": (0, 100), "disinformation": (0, 100),
}  # fmt: skip


def test_every_kind_has_a_range_here() -> None:
    assert set(RANGES) == set(KINDS)


@pytest.mark.parametrize("kind", RANGES)
def test_a_size_is_taken_at_the_ends_of_its_range_and_refused_beyond(kind: str) -> None:
    low, high = RANGES[kind]
    for size in (low, high):
        assert Measure(kind, "A", "B", size=size).size == size
    for size in (math.nextafter(low, -math.inf), math.nextafter(high, math.inf)):
        with pytest.raises(MeasureError, match="out of range"):
            Measure(kind, "A", "B", size=size)


@pytest.mark.parametrize("kind", sorted(set(RANGES) - {"statement"}))
def test_a_size_has_to_be_given(kind: str) -> None:
    with pytest.raises(MeasureError, match="must be given"):
        Measure(kind, "A", "B")
    assert Measure("statement", "A", "B").size == 0.0


def test_a_measure_of_plain_defaults_acts_at_once_for_good_and_goes_no_way_round() -> None:
    plain = Measure("import_ban", "A", "B", "all", 0.5)
    assert (plain.start, plain.until, plain.phase_in, plain.purpose) == (0, None, 1, "coercion")
    assert (plain.via, plain.transit, plain.transit_cost, plain.left) == ("", 0.0, 1.0, None)
    assert plain.acts == ("import_ban", "A", "B", ("all",), 0.5)
    assert [plain.strength(quarter) for quarter in (-1, 0, 1000)] == [0.0, 1.0, 1.0]


def test_only_a_tariff_above_200_percent_was_likely_meant_in_percent() -> None:
    assert unlikely_rate("import_tariff", 2.0) == ""
    assert "a tariff of 201 %" in unlikely_rate("import_tariff", 2.01)
    assert "a tariff of 2,500 %" in unlikely_rate("import_tariff", 25.0)
    assert unlikely_rate("import_subsidy", 25.0) == ""
