"""The frame: text is broken to measure, legends fit, panels lie between title and caption."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coercion_sim.figures.style.frame import (
    LEGEND_SIZE,
    Words,
    axis_label,
    entry,
    few_ticks,
    framed,
    is_wide,
    legend_of,
    panel_title,
    row_axis,
    row_height,
    row_labels,
    settle,
    text_width,
    time_axis,
    time_label,
    width_of,
    wrap,
)
from coercion_sim.figures.style.house import house, marks, new_figure
from support.figures import words_of

WORDS = Words("A title of what is drawn", "Median: stand alone 0.5 [0.4, 0.6].", "n = 3 replicates, seed 7.")
YEARS = tuple(f"{2020 + q // 4}Q{q % 4 + 1}" for q in range(40))


def axes() -> Axes:
    return Figure(figsize=(4, 3)).subplots()


@given(st.lists(st.text("abcdef", min_size=1, max_size=9), min_size=1, max_size=30), st.floats(0.8, 4.0))
def test_wrapped_text_keeps_every_word_and_no_line_is_wider(words: list[str], width: float) -> None:
    text = wrap(" ".join(words), width, 7.0)
    assert text.split() == words
    assert all(text_width(line, 7.0) <= width for line in text.split("\n"))


def test_a_word_wider_than_the_line_and_lines_beyond_the_most_end_in_an_ellipsis() -> None:
    assert wrap("w" * 80, 1.0, 7.0).endswith("…")
    assert text_width(wrap("w" * 80, 1.0, 7.0), 7.0) <= 1.0
    cut = wrap("one two three four five six seven eight", 0.7, 7.0, most=2)
    assert cut.count("\n") == 1
    assert cut.endswith("…")


def test_numbers_keep_their_percent_sign_and_intervals_their_ends() -> None:
    for width in np.linspace(0.5, 3.0, 12):
        lines = wrap("Mean 0.15 [0.07, 0.24] and 81 % of all", float(width), 7.0).split("\n")
        assert not any(line.startswith(("%", "0.24]")) for line in lines)


def test_text_width_grows_with_text_size_and_weight() -> None:
    assert text_width("ab ab", 7.0) == pytest.approx(2 * text_width("ab", 7.0) + text_width(" ", 7.0) - 0.0, rel=0.01)
    assert text_width("abc", 14.0) == pytest.approx(2 * text_width("abc", 7.0), rel=0.05)
    assert text_width("abc", 7.0, "bold") > text_width("abc", 7.0)


def test_row_labels_carry_roles_whole_and_tell_equal_names_apart() -> None:
    long = "The United Republic of Greater Australia and its many Dependencies"
    first, second = row_labels([long + " A", long + " B"], 3.5)
    assert first != second
    assert second.endswith("(2)")
    assert row_labels(["Peru"], 7.0, ["target"]) == ["Peru (target)"]
    cut = row_labels([long], 3.5, ["coercer"])[0]
    assert cut.endswith("…\n(coercer)")
    assert row_labels(["Peru"], 7.0, [""]) == ["Peru"]


def test_rows_are_higher_for_more_marks_and_for_two_lines() -> None:
    assert row_height(["a"], 6) == pytest.approx(0.45)
    assert row_height(["a\nb"], 1) == 0.26
    assert row_height(["a"], 1) == pytest.approx(0.20)


def test_axis_labels_have_their_unit_on_the_line_or_below_it() -> None:
    assert axis_label("Loss", "pct_gdp", 3.0) == "Loss (% of GDP)"
    assert axis_label("Loss of the target", "pct_gdp", 1.0).split("\n")[-1] == "(% of GDP)"
    assert axis_label("Loss (present value)", "pct_gdp", 0.9).split("\n")[-1] == "(% of GDP)"
    assert axis_label("Cohesion", "probability", 3.0) == "Cohesion"
    assert axis_label("Loss", "", 3.0) == "Loss"


def test_panel_titles_are_lettered_in_order() -> None:
    assert panel_title(0, "Income", 3.0) == "a\u00a0\u00a0Income"
    assert panel_title(25, "x", 3.0)[0] == "z"
    assert panel_title(26, "x", 3.0)[0] == "a"


@pytest.mark.parametrize("width", [3.5, 7.0])
def test_panels_lie_between_the_head_and_the_caption(width: float) -> None:
    with house():
        figure = new_figure(width)
        inks = marks(["a", "b"])
        body = framed(figure, 2.0, WORDS, [entry(inks[p], p, line=True) for p in inks])
        ax = body.subplots()
        settle(figure)
    assert words_of(figure) == WORDS
    assert figure.get_figwidth() == width
    assert body.bbox.height / figure.dpi == pytest.approx(2.0, abs=0.01)
    top, _, bottom = figure.subfigs
    assert bottom.bbox.y1 <= ax.bbox.y0 < ax.bbox.y1 <= top.bbox.y0 + 1
    (legend,) = top.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]
    assert legend.get_texts()[0].get_fontsize() == LEGEND_SIZE
    assert top.get_window_extent().y0 <= legend.get_window_extent().y0


def test_without_key_numbers_the_head_is_lower() -> None:
    with house():
        heights = []
        for numbers in ("", WORDS.numbers):
            figure = new_figure(5.5)
            framed(figure, 2.0, WORDS._replace(numbers=numbers))
            heights.append(figure.get_figheight())
    assert heights[1] - heights[0] == pytest.approx(0.126 + 0.02, abs=0.01)


def test_a_part_of_a_figure_keeps_its_height() -> None:
    whole = Figure(figsize=(7, 9), layout="constrained")
    _, lower = whole.subfigures(2, 1)
    framed(lower, 2.0, WORDS)
    assert tuple(whole.get_size_inches()) == (7, 9)
    assert width_of(lower) == pytest.approx(7.0)
    assert is_wide(lower)
    assert not is_wide(new_figure(3.5))


def test_legends_take_as_many_columns_as_fit() -> None:
    inks = marks([f"policy number {i}" for i in range(6)])
    with house():
        columns = []
        for width in (3.5, 7.0):
            figure = new_figure(width)
            framed(figure, 1.0, WORDS, [entry(mark, p, line=False) for p, mark in inks.items()])
            columns.append(figure.subfigs[0].legends[0]._ncols)
    assert columns == [2, 5] or columns[0] < columns[1]


def test_settled_figures_have_rounded_positions_and_no_engine() -> None:
    with house():
        figure = new_figure(7.0)
        ax = framed(figure, 2.0, WORDS).subplots()
        settle(figure)
    assert figure.get_layout_engine() is None or type(figure.get_layout_engine()).__name__ == "PlaceHolderLayoutEngine"
    assert all(round(x, 6) == pytest.approx(x, abs=1e-12) for x in ax.get_position().bounds)


def test_rows_are_named_from_the_top_and_every_other_one_is_shaded() -> None:
    ax = axes()
    row_axis(ax, ["a", "b", "c"])
    assert ax.get_ylim() == (2.5, -0.5)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b", "c"]
    assert len(ax.patches) == 2


def test_ticks_are_few() -> None:
    ax = axes()
    ax.plot([0.0, 1.0], [0.0, 1.0])
    few_ticks(ax, 4)
    assert len(ax.get_xticks()) <= 6


@pytest.mark.parametrize(
    ("count", "most", "labels"),
    [
        (4, 10, ["2020Q1", "2020Q2", "2020Q3", "2020Q4"]),
        (8, 10, ["2020Q1", "2020Q3", "2021Q1", "2021Q3"]),
        (8, 3, ["2020Q1", "2021Q1"]),
        (12, 10, ["2020", "2021", "2022"]),
        (40, 5, ["2020", "2022", "2024", "2026", "2028"]),
    ],
)
def test_time_axes_are_labelled_by_year_or_quarter(count: int, most: int, labels: list[str]) -> None:
    ax = axes()
    time_axis(ax, YEARS[:count], most)
    assert [t.get_text() for t in ax.get_xticklabels()] == labels
    assert [
        YEARS[int(at)].startswith(t.get_text()) for at, t in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True)
    ]
    assert ax.get_xlim() == (-0.6, count - 0.4)


def test_time_labels_say_what_ticks_are() -> None:
    assert time_label(YEARS[:4]) == "Quarter"
    assert time_label(YEARS, short=True) == "Year"
    assert time_label(YEARS).startswith("Year (")


def test_legend_entries_look_like_their_policy() -> None:
    mark = marks(["a", "b"])["b"]
    line, range_ = entry(mark, "b", line=True), entry(mark, "b", line=False)
    assert (line.get_color(), line.get_marker(), line.get_label()) == (mark.colour, mark.marker, "b")
    assert line.get_linestyle() != range_.get_linestyle() == "-"


def test_policies_have_legend_entries_unless_one_is_alone() -> None:
    inks = marks(("stand_alone", "respond_as_allies"))
    entries = legend_of(inks, line=True)
    assert [e.get_label() for e in entries] == ["stand alone", "respond as allies"]
    assert [e.get_color() for e in entries] == [mark.colour for mark in inks.values()]
    assert legend_of(dict([*inks.items()][:1]), line=True) == []
