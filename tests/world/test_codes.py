"""The table of countries: every code once, names that people type, slips of the finger."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.world.codes import countries, country_code, country_name, misspelt_code, of_two_letters, state_label


def test_every_code_stands_once_and_no_name_means_two_countries() -> None:
    rows = countries()
    assert len(rows) == len({row.iso3 for row in rows}) == 254
    assert all(len(row.iso3) == 3 and row.iso3.isupper() and row.name for row in rows)
    for row in rows:
        for word in (row.iso3, row.name, *row.other_names):
            assert country_code(word) == row.iso3


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("China", "CHN"), ("taiwan", "TWN"), ("Lithuania", "LTU"), ("Viet Nam", "VNM"), ("Türkiye", "TUR"),
        ("cote d'ivoire", "CIV"), ("Côte d’Ivoire", "CIV"), ("the Netherlands", "NLD"), ("U.S.", "USA"), ("usa", "USA"),
        ("Korea, Rep.", "KOR"), ("Namibia", "NAM"), ("Atlantis", None), ("", None),
    ],
)  # fmt: skip
def test_names_people_use(word: str, code: str | None) -> None:
    assert country_code(word) == code


def test_the_name_of_a_code() -> None:
    assert country_name("LTU") == "Lithuania"
    assert country_name("ROW") == "ROW"


def test_a_world_names_its_states_first() -> None:
    states, names = ("CHN", "EUN", "north"), {"EUN": "European Union (north)", "north": "China"}
    assert state_label("China", states, names) == "north"
    assert state_label("china", states, {}) == "CHN"
    assert state_label("european union north", states, names) == "EUN"
    assert state_label("Lithuania", states, names) is None
    assert state_label("NORTH", states, names) == "north"


@pytest.mark.parametrize(
    ("code", "near"),
    [("CNH", "CHN"), ("ROM", "ROU"), ("chn", "CHN"), ("CHN", None), ("UAS", "USA"), ("XYZ", None), ("CN1", None)],
)
def test_slips_of_one_letter_or_one_swap(code: str, near: str | None) -> None:
    assert misspelt_code(code, ("CHN", "ROU", "USA")) == near


def test_codes_of_two_letters_are_those_of_eurostat() -> None:
    assert [of_two_letters(code) for code in ("DE", "EL", "UK", "XX")] == ["DEU", "GRC", "GBR", None]


@given(st.text(string.ascii_uppercase, min_size=3, max_size=3), st.integers(0, 1))
def test_a_swap_of_neighbours_is_recognised_both_ways(code: str, at: int) -> None:
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert misspelt_code(swapped, (code,)) == (None if swapped == code else code)
