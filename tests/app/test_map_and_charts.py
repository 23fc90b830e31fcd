"""Places on the map of the page, its arrows, and numbers of its charts."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("shiny", reason="the extra `app` is not installed")

from coercion_sim.app.drawings import CAPITALS, bar, line_chart, network, places


@given(st.lists(st.sampled_from(sorted(CAPITALS)), min_size=2, max_size=20, unique=True))
def test_no_two_states_share_a_place_and_all_are_on_the_map(states: list[str]) -> None:
    spot = places(states)
    assert set(spot) == set(states)
    at = list(spot.values())
    assert all(math.dist(a, b) > 0.08 for i, a in enumerate(at) for b in at[:i])
    assert all(abs(x) <= 1.6 and abs(y) <= 1.0 for x, y in at)


def test_states_without_a_capital_stand_on_a_ring() -> None:
    spot = places([f"X{i}" for i in range(8)])
    assert len(set(spot.values())) == 8


def test_arrows_run_from_who_acts_to_whom() -> None:
    at = places(["CHN", "AUS", "USA"])
    svg = str(network(["CHN", "AUS", "USA"], {"CHN": "coercer"}, {("CHN", "AUS"): "presses"}, "<words>"))
    (x1, y1, x2, y2) = (float(re.search(rf'{name}="([-\d.]+)"', svg)[1]) for name in ("x1", "y1", "x2", "y2"))  # type: ignore[index]
    assert (x2 - x1) * (at["AUS"][0] - at["CHN"][0]) >= 0
    assert (y2 - y1) * (at["AUS"][1] - at["CHN"][1]) <= 0  # a picture counts downwards
    assert "&lt;words&gt;" in svg
    assert "<words>" not in svg


def test_lines_of_a_chart_end_at_their_values() -> None:
    svg = str(line_chart(["a", "b", "c"], {"one": [0.0, -1.0, -2.0], "two": [0.0, 0.5, 1.0]}, "caption"))
    lines = [
        [tuple(map(float, point.split(","))) for point in points.split()]
        for points in re.findall(r'points="([^"]+)"', svg)
    ]
    assert [len(line) for line in lines] == [3, 3]
    below, above = (line[-1][1] - line[0][1] for line in lines)
    assert below == pytest.approx(-2.0 * above, rel=1e-2)


def test_few_states_without_a_capital_stand_below_the_map() -> None:
    spot = places([*sorted(CAPITALS)[:9], "X1"])
    assert spot["X1"][1] == pytest.approx(-0.95, abs=0.2)
    assert spot["X1"][1] == min(y for _, y in spot.values())


def test_ties_to_states_off_the_map_are_left_out_and_roles_are_classes() -> None:
    svg = str(network(["CHN", "AUS"], {"CHN": "coercer", "AUS": "target seat"}, {("CHN", "PRK"): "presses"}, "words"))
    assert "<line" not in svg
    assert 'class="disc coercer"' in svg
    assert 'class="disc target seat"' in svg


def test_a_chart_has_a_line_at_zero_only_between_its_ends() -> None:
    def grid(*values: float) -> list[str]:
        return re.findall(r'class="end"[^>]*>([^<]+)<', str(line_chart(["a", "b"], {"one": values}, "caption")))

    assert [len(grid(*values)) for values in ((-1.0, 1.0), (0.0, 2.0), (-2.0, -1.0), ())] == [3, 2, 2, 2]


def test_a_name_of_two_parts_takes_two_rows_beside_its_line() -> None:
    svg = str(line_chart(["a", "b"], {"one": [0.0, 1.0], "two": [0.0, 0.0], "one\nhelped": [0.0, 0.9]}, "caption"))
    rows = dict(re.findall(r'<text x="[\d.]+" y="([\d.]+)" class="name[^>]*>([^<]+)<', svg))
    assert list(rows.values()) == ["one", "two", "one", "helped"]
    upper, lower, third, fourth = map(float, rows)
    assert lower - 13 >= fourth == third + 13 >= upper + 26


def test_names_of_lines_that_end_alike_stand_apart() -> None:
    svg = str(line_chart(["a", "b"], {"one": [0.0, 1.0], "two": [0.5, 1.0], "three": [0.2, 1.0]}, "caption"))
    heights = [float(y) for y in re.findall(r'<text x="[\d.]+" y="([\d.]+)" class="name', svg)]
    assert len(heights) == 3
    assert min(abs(a - b) for i, a in enumerate(heights) for b in heights[:i]) >= 13


@pytest.mark.parametrize(
    ("value", "largest", "width"), [(1.0, 2.0, "50.0%"), (-4.0, 2.0, "100.0%"), (1.0, 0.0, "0.0%")]
)
def test_a_bar_is_as_wide_as_its_share_of_the_largest(value: float, largest: float, width: str) -> None:
    assert f"width: {width}" in str(bar(value, largest))
