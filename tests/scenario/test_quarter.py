"""Quarters: counted, ordered and spelt."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.files import QUARTER
from coercion_sim.scenario import Quarter

quarters = st.builds(Quarter, st.integers(1000, 2500), st.integers(1, 4))


@given(quarters, st.integers(-400, 400))
def test_adding_and_subtracting_are_inverse(quarter: Quarter, steps: int) -> None:
    later = quarter + steps
    assert later - quarter == steps
    assert (later > quarter) == (steps > 0)
    assert Quarter.parse(str(later)) == later


def test_the_year_turns_after_the_fourth_quarter() -> None:
    assert str(Quarter.parse("2020Q4") + 1) == "2021Q1"
    assert str(Quarter.parse("2020Q1") + -1) == "2019Q4"


@pytest.mark.parametrize("text", ["2020", "2020Q5", "2020Q0", "20Q1", "Q12020", "2020Q1 extra", ""])
def test_what_is_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a quarter"):
        Quarter.parse(text)


@given(st.integers(1000, 9999), st.integers(1, 4))
def test_quarters_are_ordered_as_time(year: int, number: int) -> None:
    quarter = Quarter(year, number)
    assert re.fullmatch(QUARTER, str(quarter))
    assert sorted([quarter + 1, quarter, quarter + -1]) == [quarter + -1, quarter, quarter + 1]
    assert quarter - Quarter(1000, 1) == (year - 1000) * 4 + number - 1
