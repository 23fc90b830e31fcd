"""A measure is data: one sector or several, one size that must be given, dates and a phase-in."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.economy import KINDS, NON_ECONOMIC, PURPOSES, Measure, MeasureKind
from coercion_sim.errors import MeasureError

kinds = st.sampled_from([kind for kind in KINDS.values() if kind.high > kind.low])


@pytest.mark.parametrize(
    ("given_", "kept"), [("coal", ("coal",)), (["coal", "wine"], ("coal", "wine")), (("all",), ("all",))]
)
def test_one_name_is_one_sector_and_a_sequence_is_several(given_, kept: tuple[str, ...]) -> None:
    assert Measure("import_ban", "CHN", "AUS", given_, 0.0).sectors == kept
    assert Measure("import_ban", "CHN", "AUS", given_, 0.0) == Measure("import_ban", "CHN", "AUS", kept, 0.0)


def test_all_sectors_are_meant_where_none_are_named() -> None:
    assert Measure("import_ban", "CHN", "AUS", size=0.5).sectors == ("all",)


def test_measures_that_state_the_share_left_are_equal_by_value_pickled_too() -> None:
    half = Measure("import_ban", "CHN", "AUS", "wine", left=0.5)
    again = pickle.loads(pickle.dumps(half))
    assert again == half == Measure("import_ban", "CHN", "AUS", "wine", left=0.5, size=-math.nan)
    assert len({half, again}) == 1
    assert half != replace(half, left=0.4)
    assert half != replace(half, left=None, size=0.5)
    assert half != "half"


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_size_must_be_given_unless_the_kind_has_none(kind: MeasureKind) -> None:
    if kind.high == kind.low:
        assert Measure(kind.name, "USA", "CHN").size == kind.low
        return
    with pytest.raises(MeasureError) as caught:
        Measure(kind.name, "USA", "CHN")
    (problem,) = caught.value.problems
    assert kind.size in problem.message
    assert problem.allowed == f"{kind.low:g} to {kind.high:g} ({kind.unit})"


@pytest.mark.parametrize(
    ("kind", "size"), [("import_ban", 1.0), ("export_control", 1.0), ("import_tariff", 0.0), ("transfer", 0.0)]
)
def test_the_neutral_size_of_a_kind_is_one_it_takes(kind: str, size: float) -> None:
    assert KINDS[kind].neutral == size
    assert Measure(kind, "USA", "CHN", size=KINDS[kind].neutral).size == size


@given(kinds, st.floats(allow_nan=False))
def test_a_size_is_taken_exactly_where_it_lies_in_the_range_of_its_kind(kind: MeasureKind, size: float) -> None:
    if kind.low <= size <= kind.high:
        assert Measure(kind.name, "USA", "CHN", size=size).size == size
    else:
        with pytest.raises(MeasureError, match=kind.size):
            Measure(kind.name, "USA", "CHN", size=size)


@given(st.integers(0, 20), st.integers(0, 20) | st.none(), st.integers(1, 12), st.integers(0, 60))
def test_strength_grows_in_equal_steps_while_in_force(start: int, length: int | None, phase: int, quarter: int) -> None:
    until = None if length is None else start + length
    measure = Measure("import_ban", "A", "B", "x", 0.0, start, until, phase)
    inside = start <= quarter and (until is None or quarter <= until)
    assert measure.in_force(quarter) == inside
    assert measure.strength(quarter) == (min(1.0, (quarter - start + 1) / phase) if inside else 0.0)


def test_everything_wrong_with_a_measure_comes_at_once_with_the_nearest_word() -> None:
    with pytest.raises(MeasureError) as caught:
        Measure("import_bann", "CHN", "CHN", "coal", 2.0, start=-1, until=-2, phase_in=0, purpose="coerce", name="m")
    problems = caught.value.problems
    assert len(problems) == 6
    assert {p.key for p in problems} == {"m"}
    assert [p.suggestion for p in problems if p.suggestion] == ["import_ban", "coercion"]


def test_kinds_and_purposes_are_the_model_s() -> None:
    assert {kind.size for kind in KINDS.values()} == {"rate", "open", "factor", "amount", "loss"}
    assert set(NON_ECONOMIC) == {name for name, kind in KINDS.items() if kind.size == "loss"}
    assert PURPOSES[0] == "coercion"
    assert all(kind.low <= kind.high and kind.side in ("importer", "exporter", "none") for kind in KINDS.values())


@pytest.mark.parametrize("key", ["size", "left", "transit", "transit_cost"])
def test_text_in_place_of_a_number_is_named(key: str) -> None:
    with pytest.raises(MeasureError, match=f"{key} must be a number; found '0.1'"):
        Measure("import_ban", "CHN", "AUS", **{key: "0.1"})
