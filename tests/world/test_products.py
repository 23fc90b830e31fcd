"""Products are found by word: the sector that holds them, with their heading."""

from __future__ import annotations

import re

import pytest

from coercion_sim.errors import WorldError
from coercion_sim.world import load_world, product_place
from coercion_sim.world.codes import _headings, sector_of_hs


def test_every_product_has_a_heading_and_an_industry() -> None:
    for word, code in _headings().items():
        assert re.fullmatch(r"\d{4}|\d{6}", code), word
        assert sector_of_hs(code.ljust(6, "0")) is not None, word


@pytest.mark.parametrize(
    ("word", "sector", "code"),
    [
        ("cherries", "agriculture", "HS 0809"), ("cherry", "agriculture", "HS 0809"),
        ("pinapples", "agriculture", "HS 0804"), ("Salmon", "agriculture", "HS 0302"),
        ("chips", "electronics", "HS 8542"), ("cars", "vehicles", "HS 8703"),
        ("milk_powder", "food", "HS 0402"), ("steel", "metals", "HS 7208"),
    ],
)  # fmt: skip
def test_a_word_is_placed_in_its_sector(word: str, sector: str, code: str) -> None:
    world = load_world("world-40")
    with pytest.raises(WorldError) as caught:
        world.sector_indices(word)
    (problem,) = caught.value.problems
    assert problem.suggestion == sector
    assert code in problem.message


def test_a_word_that_is_no_product_or_has_no_place_has_none() -> None:
    assert product_place("unobtainium", ["x"], {"x": ("A01",)}) is None
    assert product_place("cherries", ["x"], {"x": ("goods",)}) is None
