"""Quarters count as the calendar does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.files import Quarter
from coercion_sim.files.explaining import suggest_quarter

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


@pytest.mark.parametrize(
    ("text", "meant"),
    [("2020-05-19", "2020Q2"), ("2020-12", "2020Q4"), ("2020-Q3", "2020Q3"), ("Q1 2021", "2021Q1"), ("soon", None)],
)
def test_slips_are_understood(text: str, meant: str | None) -> None:
    assert suggest_quarter(text) == meant
