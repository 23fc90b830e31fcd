"""Units, lists and names of states, sectors and policies in words."""

from __future__ import annotations

import pytest

from coercion_sim.outcomes import DERIVED, TABLES
from coercion_sim.wording import (
    capital,
    listing,
    policy_label,
    possessive,
    sector_name,
    spaced,
    span,
    state_name,
    the,
    trade_left,
    under,
    unit_words,
    verb,
    with_unit,
)


def test_no_unit_of_the_catalogue_is_shown_as_its_code() -> None:
    units = {entry.unit for entries in (*TABLES.values(), DERIVED) for entry in entries}
    assert not [unit for unit in units if "_" in unit_words(unit) or "percent" in unit_words(unit)]
    assert unit_words("pct_gdp a year") == "% of GDP a year"
    assert unit_words("log percent") == "log %"


def test_a_label_has_its_unit_unless_that_says_nothing() -> None:
    assert with_unit("Loss", "pct_gdp") == "Loss (% of GDP)"
    assert with_unit("Share", "share") == "Share"


@pytest.mark.parametrize(("items", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), ("abc", "a, b and c")])
def test_lists(items: list[str], text: str) -> None:
    assert listing(list(items)) == text
    assert listing(["a", "b"], "or") == "a or b"


def test_a_list_whose_items_have_commas_is_told_apart_by_semicolons() -> None:
    assert listing(["textiles, leather", "wine"]) == "textiles, leather; and wine"
    assert listing(["a", "b, c", "d"], "or") == "a; b, c; or d"
    assert listing(["a, b"]) == "a, b"


def test_what_a_measure_leaves_of_a_trade() -> None:
    assert trade_left(0.03) == "3 % of the trade left"
    assert trade_left(0.35, at_least=True) == "at least 35 % of the trade left"
    assert trade_left(0.0, at_least=True) == trade_left(0.0) == "no trade left"


def test_names_of_states_and_sectors() -> None:
    assert the("United States") == "the United States"
    assert the("Japan") == "Japan"
    assert state_name({"USA": "United States"}, "USA") == "United States"
    assert state_name({}, "USA") == "USA"
    assert sector_name({}, "iron_ore") == "Iron ore"
    assert sector_name({"iron_ore": "Iron ores"}, "iron_ore") == "Iron ores"
    assert [possessive(name) for name in ("China", "United States")] == ["China's", "United States'"]


def test_policies_as_labels_and_in_sentences() -> None:
    assert policy_label("respond_as_allies+integrate_economies") == "respond as allies + integrate economies"
    assert [under(policy) for policy in ("stand_alone", "my_policy")] == ["standing alone", "under my policy"]


def test_small_words() -> None:
    assert capital("real GDP") == "Real GDP"
    assert spaced("a_b") == "a b"
    assert [verb("exceeds", plural) for plural in (False, True)] == ["exceeds", "exceed"]
    assert [span(labels) for labels in (["2020Q2"], ["2020Q2", "2020Q3", "2020Q4"])] == ["2020Q2", "2020Q2–2020Q4"]
