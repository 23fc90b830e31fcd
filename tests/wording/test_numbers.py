"""Every number is written by one rule: decimals from its uncertainty, a true minus, no zero with a sign."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.wording import (
    ABOUT_NOTHING,
    MINUS,
    MOST_DECIMALS,
    NOTHING,
    count,
    decimals,
    excludes_zero,
    fixed,
    immaterial,
    interval,
    number,
    p_value,
    percent,
    quantity,
)

SIZES = st.floats(-1e9, 1e9, allow_nan=False).filter(lambda x: x == 0.0 or abs(x) > 1e-7)
WIDTHS = st.floats(1.1e-6, 1e9)
PLACES = st.integers(-6, MOST_DECIMALS)


def read(text: str) -> float:
    """Number back from its text."""
    return float(text.replace(MINUS, "-").replace(",", "").replace("+", ""))


@given(SIZES, PLACES, st.booleans())
def test_a_written_number_reads_back_within_its_rounding(value: float, places: int, sign: bool) -> None:
    assert read(fixed(value, places, sign=sign)) == pytest.approx(value, abs=0.5001 * 10.0**-places + 1e-9 * abs(value))


@given(SIZES, SIZES, PLACES)
def test_order_is_kept(a: float, b: float, places: int) -> None:
    low, high = sorted((a, b))
    assert read(fixed(low, places)) <= read(fixed(high, places))


@given(SIZES, PLACES)
def test_a_zero_has_no_sign_and_any_other_number_its_own(value: float, places: int) -> None:
    text = fixed(value, places, sign=True)
    shown = read(text)
    assert text[0] == MINUS if shown < 0 else text[0] == "+" if shown > 0 else text[0] == "0"
    assert "-" not in text


@given(SIZES, WIDTHS)
def test_decimals_are_no_finer_than_the_uncertainty_warrants(value: float, half: float) -> None:
    low, high = value - half, value + half
    places = decimals(value, low, high)
    unit = 10.0**-places
    # At most two digits of the half-width, and a third only to keep an end from reading 0.
    assert unit >= half / (360.0 * 10) or places == MOST_DECIMALS or not excludes_zero(low, high)
    if not excludes_zero(low, high):
        assert (high - low) / 2 <= 35.6 * unit


@given(SIZES, WIDTHS)
def test_half_the_interval_keeps_a_digit(value: float, half: float) -> None:
    half = max(half, 1e-8 * abs(value))
    low, high = value - half, value + half
    places = decimals(value, low, high)
    assert places == MOST_DECIMALS or (high - low) / 2 >= 0.5 * 10.0**-places


@given(SIZES, WIDTHS, st.floats(0.0, 1.0))
def test_an_interval_holds_its_number(low: float, width: float, share: float) -> None:
    value = low + share * width
    text = interval(value, low, low + width, sign=True)
    if "[" in text:
        middle, ends = text.split(" [")
        first, last = ends.removesuffix("]").split(", ")
        assert read(first) <= read(middle) <= read(last)


@given(SIZES, WIDTHS)
def test_a_star_stands_exactly_where_the_interval_excludes_zero(value: float, half: float) -> None:
    low, high = value - half, value + half
    text = interval(value, low, high, star=True)
    assert text.endswith("*") == (excludes_zero(low, high) and text != "0")


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (-0.14812, -0.19333, -0.11444, "−0.15 [−0.19, −0.11]"),
        (0.1, 0.0, 0.2, "0.10 [0, 0.20]"),
        (2.0, 1.5, 2.5, "2.0 [1.5, 2.5]"),
        (123456.0, 121111.0, 125801.0, "123,500 [121,100, 125,800]"),
        (0.0004, -0.05, 0.05, "0.00 [−0.05, 0.05]"),
        (0.05, 0.0004, 0.1, "0.050 [0.000, 0.100]"),
        (0.0, 0.0, 0.0, "0"),
        (-0.5, -0.5 - 1e-12, -0.5 + 1e-12, "−0.500"),
        (1e-9, -1e-9, 1e-9, "0"),
        (3.0, math.nan, math.nan, "3.00"),
        (3.0, 3.0, 3.0, "3.00"),
        (math.nan, math.nan, math.nan, NOTHING),
    ],
)
def test_intervals(value: float, low: float, high: float, text: str) -> None:
    assert interval(value, low, high) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0862, "0.0862"), (1234.4, "1,234"), (9.996, "10.0"), (0.0, "0"), (-2.0, "−2.00"), (1e-8, "0"),
     (math.inf, "∞"), (-math.inf, "−∞"), (math.nan, NOTHING), (0.123456789, "0.123")],
)  # fmt: skip
def test_a_number_without_an_interval_has_three_digits(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("share", "low", "high", "text"),
    [
        (0.78, 0.712, 0.829, "78 % [71, 83]"),
        (0.782, 0.779, 0.785, "78.2 % [77.9, 78.5]"),
        (0.02, 0.004, 0.06, "2.0 % [0.4, 6.0]"),
        (0.784, math.nan, math.nan, "78 %"),
        (0.001, math.nan, math.nan, "under 1 %"),
        (0.999, math.nan, math.nan, "over 99 %"),
        (1.0, 1.0, 1.0, "100 %"),
        (0.0, math.nan, math.nan, "0 %"),
        (math.nan, math.nan, math.nan, NOTHING),
    ],
)
def test_shares_in_percent(share: float, low: float, high: float, text: str) -> None:
    assert percent(share, low, high) == text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (quantity(0.4242, "pct_gdp"), "0.424 % of GDP"),
        (quantity(0.42, "pct_gdp", 0.31, 0.55), "0.42 [0.30, 0.55] % of GDP".replace("0.30", "0.31")),
        (quantity(-1.5, "percent", sign=True), "−1.50 %"),
        (quantity(1234.0, "US$ million a year"), "US$ 1.23 billion a year"),
        (quantity(12.0, "US$ million"), "US$ 12.0 million"),
        (quantity(1234.0, "US$ million", about=True), "about US$ 1.2 billion"),
        (quantity(0.0314, "pct_gdp a year", about=True), "about 0.031 % of GDP a year"),
        (quantity(3.0, "count"), "3"),
        (quantity(3.1, "quarters"), "3.10 quarters"),
        (quantity(0.35, "share"), "0.350"),
    ],
)
def test_quantities_have_their_unit(text: str, wanted: str) -> None:
    assert text == wanted


def test_counts_and_probabilities_of_tests() -> None:
    assert [count(n, "policy", "policies") for n in (0, 1, 1200)] == ["0 policies", "1 policy", "1,200 policies"]
    assert [p_value(p) for p in (0.0004, 0.0321, math.nan)] == ["< 0.001", "0.032", NOTHING]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((0.000115,), ABOUT_NOTHING),
        ((-0.0049, -0.00499, 0.001), ABOUT_NOTHING),
        ((0.005,), "0.00500 % of GDP"),
        ((0.001, -0.02, 0.02), "0.001 [−0.020, 0.020] % of GDP"),
        ((0.0,), "0 % of GDP"),
    ],
)
def test_a_change_below_the_floor_is_about_nothing_and_one_that_may_be_large_is_not(
    change: tuple[float, ...], said: str
) -> None:
    assert immaterial(*change) == (said == ABOUT_NOTHING)
    assert quantity(change[0], "pct_gdp", *change[1:]) == said
