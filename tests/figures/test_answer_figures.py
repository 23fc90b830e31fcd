"""Answers as pictures: marks, bars and lines are the numbers of the answer, by policy, state and quarter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from coercion_sim.analysis import Answer, StateEffect, WhatIf
from coercion_sim.analysis.answer.cells import COLUMNS
from coercion_sim.economy import Measure
from coercion_sim.figures import COLUMN_WIDTH, FULL_WIDTH, marks
from coercion_sim.figures import answer as module
from coercion_sim.figures.answer import _bars, _lines, answer_chart, draw_what_if
from support.figures import check_text, close, drawn, line_of, panels, words_of

POLICIES = ("stand_alone", "respond_as_allies")
MEASURES = (Measure("import_ban", "CHN", "AUS", ("coal",), 0.0, name="coal ban"),)


@pytest.fixture(scope="module")
def answer() -> Answer:
    """Forty draws: pressed in 20 to 98 % of disputes alone, half as often with allies, who pay 3 US$ billion."""
    values = np.zeros((2, 40, len(COLUMNS)))
    column = {name: i for i, name in enumerate(COLUMNS)}
    pressed = np.linspace(0.2, 0.98, 40)
    for p, factor in enumerate((1.0, 0.5)):
        values[p, :, column["pressed"]] = factor * pressed
        values[p, :, column["gets_its_way"]] = factor * pressed**2
        values[p, :, column["burden_usd"]] = 3.0 * p
    empty: dict[str, dict[str, float]] = {p: {} for p in POLICIES}
    return Answer(
        "dispute", "A dispute", "Would it press?", "CHN", "AUS", POLICIES, dict.fromkeys(POLICIES, ()),
        {"CHN": "China", "AUS": "Australia"}, 40, 0, values, empty, empty, empty, (0.0, 0.0), 1400.0, "posterior", {},
    )  # fmt: skip


def test_marks_are_mean_chances_and_lines_the_range_over_draws(answer: Answer) -> None:
    figure = drawn(answer_chart, answer)
    (ax,) = panels(figure)
    spots = [line for line in ax.lines if len(line.get_xdata()) == 1]
    ranges = [line for line in ax.lines if len(line.get_xdata()) == 2]
    each = [(p, name) for p in POLICIES for name in ("pressed", "gets_its_way")]
    assert [float(s.get_xdata()[0]) for s in spots] == pytest.approx(
        [100 * answer.column(n, p).mean() for p, n in each]
    )
    ends = [np.quantile(100 * answer.column(n, p), [0.05, 0.95]) for p, n in each]
    assert [list(line.get_xdata()) for line in ranges] == [pytest.approx(end) for end in ends]
    assert [float(s.get_ydata()[0]) for s in spots] == pytest.approx([-0.14, 0.14, 0.86, 1.14])
    assert ax.get_xlim() == (0.0, 100.0)


def test_burdens_stand_beside_their_policy_and_the_chances_in_the_title(answer: Answer) -> None:
    figure = drawn(answer_chart, answer)
    (ax,) = panels(figure)
    assert [(t.get_position()[1], t.get_text()) for t in ax.texts] == [(0, "0"), (1, "3.0")]
    words = words_of(figure)
    assert words.title == "Does China press Australia?"
    alone, allied = words.numbers.removeprefix("Pressed:").split(",")
    assert close(alone, 59.0)
    assert close(allied, 30.0)  # 29.5, with the digits of its range
    assert "40 draws" in words.caption
    check_text(figure)


def effects(periods: tuple[str, ...], income: Callable[[int, str], float]) -> WhatIf:
    states = ("AUS", "CHN", "USA", "JPN", "KOR", "IND", "NZL", "FRA", "DEU")
    rows = tuple(StateEffect(p, s, income(i, s), 0.0, 0.0, 0.0) for i, p in enumerate(periods) for s in states)
    return WhatIf("small", MEASURES, periods, rows, ())


def captured(monkeypatch: pytest.MonkeyPatch, tmp_path: Any, answer: WhatIf, **options: Any) -> Figure:
    """The figure that `draw_what_if` writes."""
    kept: list[Figure] = []
    monkeypatch.setattr(module, "picture", lambda figure, form: kept.append(figure) or b"picture")
    path = draw_what_if(answer, tmp_path / "new" / "what.png", **options)
    assert path.read_bytes() == b"picture"
    return kept[0]


def test_bars_of_the_long_run_are_the_states_most_affected(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    sizes = {"AUS": -0.9, "CHN": -0.2, "USA": 0.1, "JPN": 0.3, "KOR": -0.4, "IND": 0.05, "NZL": 0.6, "FRA": 0.01}
    answer = effects(("long run",), lambda _, s: sizes.get(s, 0.0))
    (ax,) = captured(monkeypatch, tmp_path, answer).axes
    assert [t.get_text() for t in ax.get_yticklabels()] == ["AUS", "NZL", "KOR", "JPN", "CHN", "USA", "IND"]
    assert [bar.get_width() for bar in ax.patches] == [-0.9, 0.6, -0.4, 0.3, -0.2, 0.1, 0.05]
    colours = {bar.get_width() < 0: bar.get_facecolor() for bar in ax.patches}
    assert colours[True] != colours[False]
    assert ax.get_title(loc="left") == "coal ban"
    assert ax.yaxis_inverted()
    (chosen,) = captured(monkeypatch, tmp_path, answer, states=("FRA", "AUS")).axes
    assert [bar.get_width() for bar in chosen.patches] == [0.01, -0.9]


def test_lines_go_through_the_quarters_to_the_mark_of_the_long_run() -> None:
    periods = ("1", "2", "3", "long run")
    answer = effects(periods, lambda i, s: -(i + 1.0) * (2.0 if s == "AUS" else 0.5))
    income = {(s.period, s.state): s.real_income for s in answer.states}
    ax = Figure().subplots()
    _lines(ax, answer, ("AUS", "CHN"), income)
    for state, mark in marks(("AUS", "CHN")).items():
        (path,) = [line for line in ax.lines if line.get_label() == state]
        assert list(path.get_xdata()) == [1, 2, 3]
        assert list(path.get_ydata()) == [income[p, state] for p in periods[:-1]]
        end = line_of(ax, mark)
        assert (float(end.get_xdata()[0]), float(end.get_ydata()[0])) == (4.0, income["long run", state])
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["AUS", "CHN"]


@pytest.mark.parametrize("width", [COLUMN_WIDTH, FULL_WIDTH])
def test_rows_of_the_chart_are_the_policies_at_any_width(answer: Answer, width: float) -> None:
    (ax,) = panels(drawn(answer_chart, answer, width=width))
    assert [t.get_text().replace("\n", " ") for t in ax.get_yticklabels()] == ["stand alone", "respond as allies"]


def test_a_bar_of_nothing_is_no_loss() -> None:
    ax = Figure().subplots()
    answer = effects(("long run",), lambda _, s: 0.0)
    _bars(ax, answer, ("AUS", "CHN"), {("long run", "AUS"): 0.0, ("long run", "CHN"): -0.1})
    gain, loss = (bar.get_facecolor() for bar in ax.patches)
    assert gain != loss
