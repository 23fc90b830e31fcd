"""Figures by state: losses, burdens, paths, the course of the dispute, diverted trade; all against pandas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coercion_sim.analysis import what_if
from coercion_sim.economy import Measure
from coercion_sim.errors import InvalidInput, ResultsError
from coercion_sim.experiments import Results
from coercion_sim.figures import (
    COLUMN_WIDTH,
    FULL_WIDTH,
    NothingToShow,
    burdens,
    diverted_trade,
    draw_diverted,
    draw_measures,
    draw_path,
    draw_states,
    draw_what_if,
    losses_by_state,
    marks,
    paths,
    states_drawn,
    time_path,
)
from coercion_sim.figures.style.data import Observed
from coercion_sim.figures.trade import diverted_shares, meets
from fakes.tiny import tiny_world
from support.figures import check_text, close, drawn, line_of, panels, words_of

Maker = Callable[..., Results]
FIGURES: dict[str, Callable[..., Any]] = {
    "losses_by_state": losses_by_state,
    "diverted_trade": diverted_trade,
    "time_path": time_path,
    "burdens": burdens,
    "paths": paths,
}


def long_name(name: str) -> str:
    return f"The United Republic of Greater {name} and its Dependencies"


CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "one replicate": {"replicates": 1},
    "one policy": {"policies": ("stand_alone",)},
    "no baseline": {"policies": ("respond_as_allies", "integrate_economies")},
    "long names": {"names": long_name},
    "one run": {"replicates": 1, "policies": ("respond_as_allies",), "record": ()},
}


def under_measures(results: Results, state: str, outcome: str) -> pd.Series:
    """Mean over the quarters under measures, by policy and replicate."""
    frame = results.frame("states").query(f"state == '{state}' and 2 <= step <= 11")
    return frame.groupby(["policy", "replicate"])[outcome].mean()


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", FIGURES)
def test_no_text_is_cut_or_on_top_of_other_text(make_results: Maker, kind: str, case: str) -> None:
    results = make_results(**CASES[case])
    if kind == "burdens" and "respond_as_allies" not in results.policies:
        with pytest.raises(NothingToShow):
            FIGURES[kind](results)
        return
    figure = drawn(FIGURES[kind], results, width=COLUMN_WIDTH)
    check_text(figure)
    assert ("n = 1 replicate" if results.replicates == 1 else "n = 3 replicates") in words_of(figure).caption


@pytest.mark.slow
@pytest.mark.parametrize("kind", FIGURES)
def test_figures_draw_on_what_they_are_given_and_fit_a_page(small: Results, kind: str) -> None:
    check_text(drawn(FIGURES[kind], small, width=FULL_WIDTH))
    whole = Figure(figsize=(7, 9), layout="constrained")
    _, lower = whole.subfigures(2, 1)
    assert FIGURES[kind](small, figure=lower) is lower
    assert tuple(whole.get_size_inches()) == (7, 9)


def test_losses_are_means_under_measures_by_state_and_policy(small: Results) -> None:
    figure = drawn(losses_by_state, small)
    left, right = panels(figure)
    states = states_drawn(small)
    assert states == ("AUS", "CHN", "NZL", "USA")
    for ax, outcome in ((left, "coercion_effect"), (right, "real_income")):
        for policy, mark in marks(small.policies).items():
            means = [under_measures(small, state, outcome)[policy].mean() for state in states]
            assert line_of(ax, mark).get_xdata() == pytest.approx(means)
    assert [t.get_text().replace("\n", " ") for t in left.get_yticklabels()][:2] == [
        "Australia (target)",
        "China (coercer)",
    ]
    target = under_measures(small, "AUS", "coercion_effect")
    numbers = words_of(figure).numbers.split(";")
    for text, policy in zip(numbers, small.policies, strict=True):
        values = target[policy]
        assert close(text.partition(policy.replace("_", " "))[2], values.mean(), *np.quantile(values, [0.05, 0.95]))


def test_ranges_of_losses_are_quantiles_over_draws(many: Results) -> None:
    ax = draw_states(Figure().subplots(), many, "coercion_effect", ["AUS"], ["stand_alone"])
    values = under_measures(many, "AUS", "coercion_effect")["stand_alone"]
    ends = next(line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_linewidth() == 1.1)
    assert list(ends.get_xdata()) == pytest.approx(np.quantile(values, [0.05, 0.95]))


@pytest.mark.slow
def test_the_gain_from_integration_is_in_the_second_panel_only(small: Results, make_results: Maker) -> None:
    """Under integration the target gains 0.4 by trade and loses to the coercion."""
    left, right = panels(drawn(losses_by_state, small))
    mark = marks(small.policies)["integrate_economies"]
    loss = line_of(left, mark).get_xdata()[0]
    assert loss == pytest.approx(-0.9 * 0.1 * 1.1 * 1.2)
    assert line_of(right, mark).get_xdata()[0] == pytest.approx(loss + 0.4)
    same = make_results(policies=("stand_alone", "respond_as_allies"))
    assert len(panels(drawn(losses_by_state, same))) == 1
    assert len(panels(drawn(time_path, same))) == 3
    assert len(panels(drawn(time_path, small))) == 4


def test_the_states_with_the_largest_effects_follow_target_and_coercer(small: Results) -> None:
    assert states_drawn(small, others=1) == ("AUS", "CHN", "NZL")


def test_burdens_are_means_of_the_policies_in_which_somebody_pays(small: Results) -> None:
    figure = drawn(burdens, small)
    mark = marks(small.policies)["respond_as_allies"]
    for ax, outcome in zip(panels(figure), ("help_paid", "burden"), strict=True):
        means = [under_measures(small, s, outcome)["respond_as_allies"].mean() for s in ("USA", "NZL")]
        assert line_of(ax, mark).get_xdata() == pytest.approx(means)
        assert len([line for line in ax.lines if line.get_marker() != "None"]) == 1
    words = words_of(figure)
    paid = sum(under_measures(small, s, "help_paid")["respond_as_allies"] for s in ("USA", "NZL"))
    assert close(words.numbers.rpartition("respond as allies")[2], paid.mean()) or "[" in words.numbers
    assert "Nobody pays under stand alone and integrate economies." in words.caption


def test_paths_are_medians_and_bands_of_every_quarter(many: Results) -> None:
    figure = drawn(paths, many, "real_income", ["CHN"])
    every = panels(figure)
    assert len(every) == 3
    for ax, policy in zip(every, many.policies, strict=True):
        mine = many.frame("states").query(f"policy == '{policy}' and state == 'CHN'").groupby("step").real_income
        assert line_of(ax, marks(many.policies)[policy]).get_ydata() == pytest.approx(mine.median().to_numpy())
        corners = ax.collections[0].get_paths()[0].vertices
        edge = corners[np.isclose(corners[:, 0], 6.0)][:, 1]
        assert (edge.min(), edge.max()) == pytest.approx((mine.quantile(0.05)[6], mine.quantile(0.95)[6]))
        shaded = [p.get_x() + 0.5 for p in ax.patches if p.get_width() == 1.0]
        assert shaded == list(range(2, 12))


@pytest.mark.slow
def test_paths_of_several_states_have_a_row_each_and_the_baseline_in_grey(small: Results) -> None:
    every = panels(drawn(paths, small, "real_income", ["AUS", "CHN"]))
    assert len(every) == 6
    assert ["China" in ax.get_title(loc="left") for ax in every] == [False] * 3 + [True] * 3
    base = (
        small.frame("states").query("policy == 'stand_alone' and state == 'CHN'").groupby("step").real_income.median()
    )
    grey = [line for line in every[4].lines if line.get_color() == "#444444" and len(line.get_ydata()) == 12]
    assert grey[0].get_ydata() == pytest.approx(base.to_numpy())
    assert [bool(ax.get_xlabel()) for ax in every] == [False] * 3 + [True] * 3
    with pytest.raises(ResultsError, match="did you mean real_income"):
        paths(small, "real_incom")


def test_panels_above_the_last_row_have_their_quarters(make_results: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four panels, three across: the two without one below have an axis label."""
    for table in ("LEFT", "GAIN"):
        monkeypatch.setitem(make_results.__globals__[table], "silos", 0.5)  # type: ignore[attr-defined]
    results = make_results(policies=("stand_alone", "respond_as_allies", "integrate_economies", "silos"))
    assert [bool(ax.get_xlabel()) for ax in panels(drawn(paths, results))] == [False, True, True, True]


def test_the_course_is_the_median_path_of_target_and_coercer(small: Results) -> None:
    figure = drawn(time_path, small)
    frame = small.frame("states")
    for ax, (outcome, state) in zip(
        panels(figure), (("real_income", "AUS"), ("coercion_effect", "AUS"), ("coercion_effect", "CHN")), strict=False
    ):
        for policy, mark in marks(small.policies).items():
            mine = frame.query(f"policy == '{policy}' and state == '{state}'").groupby("step")[outcome].median()
            assert line_of(ax, mark).get_ydata() == pytest.approx(mine.to_numpy())
    mean = frame.query("state == 'AUS' and policy == 'stand_alone'").groupby("replicate").real_income.mean()
    first = words_of(figure).numbers.partition("stand alone")[2].partition(";")[0]
    assert close(first, mean.median(), *np.quantile(mean, [0.05, 0.95]))


def test_headings_of_the_course_tell_own_from_joint_coercion(small: Results) -> None:
    others = [{**small.manifest["measures"][0], "by": "NZL", "on": "USA"}]
    several = replace(small, manifest={**small.manifest, "measures": [*small.manifest["measures"], *others]})
    headings = [panels(drawn(time_path, r))[2].get_title(loc="left") for r in (small, several)]
    assert ["its own" in text for text in headings] == [True, False]


def test_measures_are_drawn_where_they_were_in_force(small: Results) -> None:
    ax = draw_measures(Figure().subplots(), small)
    rows = [label.get_text() for label in ax.get_yticklabels()]
    spans = [(box.x0, box.x1) for c in ax.collections for box in [p.get_extents() for p in c.get_paths()]]
    assert dict(zip(rows, spans, strict=True)) == {
        "Coal and lignite": (1.5, 9.5), "Wine": (1.5, 9.5), "Beef": (3.5, 11.5),
    }  # fmt: skip


@pytest.mark.parametrize("draw", [draw_states, draw_path, draw_diverted, draw_measures])
def test_panels_take_and_return_axes(small: Results, draw: Callable[..., Axes]) -> None:
    ax = Figure().subplots()
    assert draw(ax, small) is ax
    assert ax.has_data()


def diverted(results: Results) -> dict[str, pd.Series]:
    """Share of the lost quantity that others bought in quarters 2 to 5 of each measure, by replicate."""
    frame, shares = results.frame("sectors").query("policy == 'stand_alone'"), {}
    for sector, start in (("coal", 2), ("wine", 2), ("beef", 4)):
        rows = frame[(frame.sector == sector) & frame.step.between(start + 1, start + 4)]
        sums = rows.groupby("replicate")[["gained_quantity", "lost_quantity"]].sum()
        shares[sector] = sums.gained_quantity / sums.lost_quantity
    return shares


def test_diverted_shares_are_those_of_the_record_s_quarters(small: Results) -> None:
    figure = drawn(diverted_trade, small)
    (ax,) = panels(figure)
    shares = diverted(small)
    assert list(diverted_shares(small)) == ["coal", "beef", "wine"]
    line = line_of(ax, marks(small.policies)["stand_alone"])
    assert line.get_xdata() == pytest.approx([100 * shares[s].mean() for s in ("coal", "beef", "wine")])
    record = [float(x.get_xdata()[0]) for x in ax.lines if x.get_marker() == "D"]
    assert record == [78.0, 60.0]
    assert [t.get_text() for t in ax.texts] == ["B", "C"]
    words = words_of(figure)
    assert "1 of 2 products" in words.caption  # coal lies in its range, wine misses the record
    first = words.numbers.partition("Coal and lignite")[2].partition(";")[0]
    values = 100 * shares["coal"]
    assert close(first, values.mean(), *np.quantile(values, [0.05, 0.95]))


def test_without_a_record_there_is_no_legend_and_without_losses_no_figure(make_results: Maker) -> None:
    figure = drawn(diverted_trade, make_results(record=()))
    assert not figure.subfigs[0].legends
    with pytest.raises(NothingToShow, match="no sale of AUS to CHN was lost"):
        diverted_trade(make_results(pressure=False))
    with pytest.raises(NothingToShow, match="no state paid"):
        burdens(make_results(helping=False))


@pytest.mark.parametrize(("low", "high", "agree"), [(0.7, 1.0, True), (0.9, 1.0, False), (None, None, False)])
def test_model_and_record_meet_where_their_ranges_do(small: Results, low: float, high: float, agree: bool) -> None:
    assert meets(diverted_shares(small)["coal"], Observed(0.95, low, high, "A")) is agree


@pytest.mark.slow
def test_a_what_if_is_bars_of_the_long_run_or_lines_through_the_quarters(tmp_path: Path) -> None:
    world = tiny_world()
    ban = Measure("import_ban", by="CHN", on="AUS", sectors=("coal",), size=0.0)
    answer = what_if(world, [ban])
    for form, start in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")):
        path = draw_what_if(answer, tmp_path / "deep" / f"x.{form}")
        assert path.read_bytes().startswith(start)
    again = draw_what_if(answer, tmp_path / "again.svg", states=("AUS", "CHN"))
    assert again.read_bytes() != (tmp_path / "deep" / "x.svg").read_bytes()
    with pytest.raises(InvalidInput, match="png, svg, pdf"):
        draw_what_if(answer, tmp_path / "x.gif")
