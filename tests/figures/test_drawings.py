"""Parts of figures drawn on axes of the caller: positions, widths and numbers are those of the data given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from coercion_sim.analysis import BeliefPath, TradeChange
from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import Results
from coercion_sim.figures import (
    COLUMN_WIDTH,
    FULL_WIDTH,
    KINDS,
    NothingToShow,
    Request,
    Written,
    figures_of,
    house,
    marks,
    write_figures,
)
from coercion_sim.figures.beliefs import MOST, Learned, draw_belief_paths, draw_beliefs
from coercion_sim.figures.deterrence_map import draw_map
from coercion_sim.figures.distributions import Samples, samples
from coercion_sim.figures.game_tree import draw_tree
from coercion_sim.figures.map_cells import COERCION, Cells, Scale, frontier
from coercion_sim.figures.network import (
    GAIN,
    LINES,
    LISTED,
    LOSS,
    Ring,
    draw_changes,
    draw_pairs,
    draw_trade,
    largest,
    largest_changes,
    make_ring,
    ring_legend,
)
from coercion_sim.figures.style.captions import value_text
from coercion_sim.figures.style.data import Bar, measure_bars
from coercion_sim.figures.style.house import HouseFigure, new_figure
from coercion_sim.figures.trade import Indices
from coercion_sim.figures.tree_rows import Step, TreeRow
from support.figures import numbers_in

Maker = Callable[..., Results]
STATES = ("AUS", "CHN", "USA", "NZL")
BEFORE = np.array([[0, 9e3, 2e3, 1e3], [6e3, 0, 8e3, 500], [1e3, 7e3, 0, 250], [750, 1.5e3, 250, 0]], float)
CHANGE = np.array([[0, -6e3, 1.5e3, 500], [-1e3, 0, 300, 0], [750, -200, 0, 0], [0, 100, 0, 0]], float)


def trade(**changes: Any) -> TradeChange:
    made = TradeChange(STATES, BEFORE, BEFORE + CHANGE, "2021Q1", (("CHN", "AUS"),), True)
    return replace(made, **changes)


def axes(width: float = FULL_WIDTH) -> Axes:
    return Figure(figsize=(width, 3.0)).subplots()


def named(results: Results, **actors: Any) -> Results:
    """The small results of a scenario with a bloc."""
    scenario = {"name": "dispute", "content": {"actors": actors}}
    return replace(results, manifest={**results.manifest, "scenario": scenario})


# ------------------------------------------------------------------ trade


def test_bars_of_pairs_are_the_changes_in_billions(small: Results) -> None:
    made, pairs = trade(), largest_changes(trade())
    ax = draw_pairs(axes(), small, made, pairs)
    bars = [bar for bar in ax.patches if bar.get_height() == 0.55]  # the others are bands behind the rows
    assert len(pairs) == 3 + LISTED
    widths = [bar.get_width() for bar in bars]
    assert widths == pytest.approx([CHANGE[pair] / 1e3 for pair in pairs])
    assert [tuple(bar.get_facecolor()[:3]) for bar in bars] == [to_rgb(GAIN if width > 0 else LOSS) for width in widths]
    assert [bar.get_y() + bar.get_height() / 2 for bar in bars] == pytest.approx(range(len(pairs)))
    for text, pair in zip(ax.texts, pairs, strict=True):
        value, share = numbers_in(text.get_text())[:2]
        assert value == pytest.approx(CHANGE[pair] / 1e3, rel=5e-3)
        assert share == pytest.approx(100 * CHANGE[pair] / BEFORE[pair], abs=0.51)
    low, high = ax.get_xlim()
    assert low < min(widths) < max(widths) < high


def test_without_sales_before_a_bar_has_no_share(small: Results) -> None:
    nothing = BEFORE.copy()
    nothing[0, 1] = 0.0
    ax = draw_pairs(axes(), small, trade(before=nothing, after=nothing + CHANGE), [(0, 1)])
    assert numbers_in(ax.texts[0].get_text()) == [-6.0]
    narrow = draw_pairs(axes(COLUMN_WIDTH), small, trade(), [(0, 1)])
    assert "%" not in narrow.texts[0].get_text()


def test_largest_changes_are_falls_first_then_rises() -> None:
    pairs = largest_changes(trade())
    falls = [pair for pair in pairs if CHANGE[pair] < 0]
    assert pairs[: len(falls)] == falls == [(0, 1), (1, 0), (2, 1)]
    rises = [CHANGE[pair] for pair in pairs[len(falls) :]]
    assert rises == sorted(rises)
    assert rises[-1] == 1.5e3
    assert len(rises) == LISTED


@given(st.lists(st.floats(-5.0, 5.0), min_size=16, max_size=16), st.integers(1, 20))
def test_the_largest_cells_are_those_of_a_sorted_list(values: list[float], most: int) -> None:
    given_values = np.array(values).reshape(4, 4)
    cells = largest(given_values, most)
    wanted = sorted((v for v in values if v > 0.0), reverse=True)[:most]
    assert [given_values[cell] for cell in cells] == wanted
    assert len(set(cells)) == len(cells)


def four(**changes: Any) -> Ring:
    return replace(Ring(STATES, ((0,), (1,), (2,), (3,)), ("target", "coercer", "bloc", "")), **changes)


def test_places_stand_clockwise_on_the_unit_circle() -> None:
    assert [four().at(i) for i in range(4)] == [
        pytest.approx(spot, abs=1e-12) for spot in ((0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0))
    ]


def test_pooled_flows_are_sums_over_the_groups() -> None:
    ring = four(labels=("a", "b"), groups=((0, 2), (1, 3)), roles=("", ""))
    pooled = ring.pooled(BEFORE)
    for i, j in ((0, 1), (1, 0)):
        assert pooled[i, j] == pytest.approx(sum(BEFORE[a, b] for a in ring.groups[i] for b in ring.groups[j]))
    assert np.diag(pooled).tolist() == [0.0, 0.0]
    assert four().pooled(BEFORE) == pytest.approx(BEFORE)


def test_lines_of_trade_are_both_ways_and_as_wide_as_their_share() -> None:
    ring = four()
    ax = draw_trade(axes(), ring, trade())
    both = {(i, j): BEFORE[i, j] + BEFORE[j, i] for i in range(4) for j in range(i + 1, 4)}
    order = sorted(both, key=lambda pair: -both[pair])
    lines = [line for line in ax.lines if len(line.get_xdata()) == 2]
    assert len(lines) == len(order) <= LINES
    for line, (i, j) in zip(lines, order, strict=True):
        assert line.get_xydata() == pytest.approx(np.array([ring.at(i), ring.at(j)]))
        assert line.get_linewidth() == pytest.approx(max(6.0 * both[i, j] / 15e3, 0.3))
    assert numbers_in(ax.get_xlabel()) == [15.0]
    assert [t.get_text() for t in ax.texts] == list(STATES)
    assert len(ax.lines) == len(order) + 4  # and a mark a place


def test_states_that_share_a_place_have_no_line_before() -> None:
    ring = Ring(("AUS", "CHN", "all others"), ((0,), (1,), (2, 3)), ("target", "coercer", ""))
    ax = draw_trade(axes(), ring, trade())
    (line,) = [line for line in ax.lines if len(line.get_xdata()) == 2]
    assert line.get_xydata() == pytest.approx(np.array([ring.at(0), ring.at(1)]))


def test_arrows_of_change_are_falls_and_rises_by_width() -> None:
    ax = draw_changes(axes(), four(), trade())
    arrows = [p for p in ax.patches if isinstance(p, FancyArrowPatch)]
    thick = {(i, j): 6.0 * abs(CHANGE[i, j]) / 6e3 for i in range(4) for j in range(4)}
    falls = sorted((c for c in thick if CHANGE[c] < 0 and thick[c] >= 0.15), key=lambda c: CHANGE[c])
    rises = sorted((c for c in thick if CHANGE[c] > 0 and thick[c] >= 0.15), key=lambda c: -CHANGE[c])
    assert [a.get_linewidth() for a in arrows] == pytest.approx([max(0.6 * thick[c], 0.5) for c in (*falls, *rises)])
    assert [tuple(a.get_edgecolor()[:3]) for a in arrows] == [to_rgb(LOSS)] * len(falls) + [to_rgb(GAIN)] * len(rises)
    assert {a.get_linestyle() == "-" for a in arrows[len(falls) :]} == {True}
    assert numbers_in(ax.get_xlabel()) == [6.0]


def test_the_ring_has_the_target_on_top_and_its_bloc_on_both_sides(small: Results) -> None:
    results = named(small, bloc=["AUS", "USA", "NZL"])
    ring = make_ring(results, trade(), largest_changes(trade()))
    assert ring.labels == ("Australia", "United States", "China", "New Zealand")
    assert ring.roles == ("target", "bloc", "coercer", "bloc")
    assert [STATES[group[0]] for group in ring.groups] == ["AUS", "USA", "CHN", "NZL"]
    labels = [entry.get_label() for entry in ring_legend(ring)]
    assert labels == ["target", "coercer", "bloc", "sales rise", "sales fall"]
    alone = make_ring(named(small), trade(), [])
    assert set(alone.roles) == {"target", "coercer", ""}


def test_more_states_than_places_share_one(small: Results) -> None:
    states = (*STATES, *(f"X{i:02d}" for i in range(12)), "ROW")
    n = len(states)
    flows = np.arange(n * n, dtype=float).reshape(n, n) * (1 - np.eye(n))
    ring = make_ring(named(small), trade(states=states, before=flows, after=flows), [])
    assert len(ring.labels) == 12
    assert "all others" in ring.labels
    assert sorted(i for group in ring.groups for i in group) == list(range(n))
    shared = ring.groups[ring.labels.index("all others")]
    assert states.index("ROW") in shared
    traders = np.argsort(-(flows.sum(0) + flows.sum(1)))
    assert not set(shared) & set([i for i in traders if states[i] not in ("ROW", "AUS", "CHN")][:9])


# ------------------------------------------------------------------ tree


def rows() -> list[TreeRow]:
    return [
        TreeRow(0, -1, 0.75, "China presses", Step("", "", "coercer", 0.75, 0.1234, played=True)),
        TreeRow(1, 0, 0.7497, "Australia resists", Step("", "", "target", 0.9996, -0.5, played=True)),
        TreeRow(1, 0, 0.0003, "2 others", Step("", "", "end", 0.0004, over=True)),
        TreeRow(0, -1, 0.25, "China does not press", Step("", "", "coercer", 0.25, 0.0, over=True)),
    ]


def test_rows_of_a_tree_have_their_text_and_numbers_in_order() -> None:
    ax = draw_tree(Figure(figsize=(FULL_WIDTH, 2.0)).add_axes((0, 0, 1, 1)), rows(), FULL_WIDTH)
    cells = [t.get_text() for t in ax.texts]
    assert len(cells) == 3 + 4 * 4
    body = [cells[i : i + 4] for i in range(3, len(cells), 4)]
    assert [line[0] for line in body] == [row.text for row in rows()]
    assert [line[1] for line in body] == ["75.0", ">99.9", "<0.1", "25.0"]
    assert [line[2] for line in body] == ["75.0", "75.0", "<0.1", "25.0"]
    assert [line[3] for line in body] == ["+0.123", "−0.500", "", "0"]
    narrow = draw_tree(Figure(figsize=(COLUMN_WIDTH, 2.0)).add_axes((0, 0, 1, 1)), rows(), COLUMN_WIDTH)
    assert len(narrow.texts) == 2 + 3 * 4  # without a column of worth


def test_branches_hang_from_their_parent_as_thick_as_they_are_likely() -> None:
    ax = draw_tree(Figure(figsize=(FULL_WIDTH, 2.0)).add_axes((0, 0, 1, 1)), rows(), FULL_WIDTH)
    branches = [line for line in ax.lines if len(line.get_xdata()) == 3]
    assert [line.get_linewidth() for line in branches] == pytest.approx([0.5 + 2.5 * 0.9996, 0.5 + 2.5 * 0.0004])
    spots = [line.get_xydata()[0] for line in ax.lines if len(line.get_xdata()) == 1]
    assert [spot[0] for spot in spots] == pytest.approx([0.2, 0.35, 0.35, 0.2])
    assert np.diff([spot[1] for spot in spots]) == pytest.approx([-0.165] * 3)
    for line, child in zip(branches, (1, 2), strict=True):
        x, y = line.get_data()
        assert (x[0], y[0]) == pytest.approx(tuple(spots[0]))
        assert (x[2], y[2]) == pytest.approx(tuple(spots[child]))
    assert branches[0].get_color() != branches[1].get_color()  # the course of the run


# ------------------------------------------------------------------ beliefs


def ends(n: int = 60) -> Learned:
    rng = np.random.default_rng(5)
    roles = ("target", "coercer")
    return Learned(
        policies=("stand_alone", "respond_as_allies", "integrate_economies"),
        policy=rng.integers(0, 3, n),
        belief={role: rng.random(n) for role in roles},
        true={role: rng.integers(0, 2, n) for role in roles},
        order={role: rng.integers(1, 5, n) for role in roles},
        date=rng.integers(0, 12, n),
    )


@pytest.mark.parametrize("by", ["order", "date"])
@pytest.mark.parametrize(("role", "true"), [("target", 1), ("coercer", 0)])
def test_beliefs_are_means_and_ranges_of_each_group(small: Results, role: str, true: int, by: Any) -> None:
    data, inks = ends(), marks(small.policies)
    ax = draw_beliefs(axes(), small, data, role, true, by, inks)
    x = data.order[role] if by == "order" else data.date
    for number, (policy, mark) in enumerate(inks.items()):
        mine = (data.policy == number) & (data.true[role] == true)
        (line,) = [q for q in ax.lines if q.get_color() == mark.colour and q.get_marker() == mark.marker]
        assert np.round(line.get_xdata()).tolist() == sorted(set(x[mine].tolist()))
        groups = [data.belief[role][mine & (x == v)] for v in np.unique(x[mine])]
        assert line.get_ydata() == pytest.approx([g.mean() for g in groups])
        ranges = [q.get_ydata() for q in ax.lines if q.get_color() == mark.colour and q is not line]
        assert np.array(ranges).ravel() == pytest.approx(
            np.array([np.quantile(g, [0.05, 0.95]) for g in groups if len(g) > 1]).ravel()
        )
        assert data.of(role, true, policy) == pytest.approx(data.belief[role][mine])
    if by == "order":
        here = data.true[role] == true
        labels = [t.get_text() for t in ax.get_xticklabels()]
        assert labels == [f"{v}\n({int((here & (x == v)).sum())})" for v in range(1, 5)]


def test_more_times_than_are_drawn_are_left_out_and_an_empty_panel_says_so(small: Results) -> None:
    data = ends()
    late = replace(data, order={role: data.order[role] + MOST for role in data.order})
    ax = draw_beliefs(axes(), small, late, "target", 1, "order", marks(small.policies))
    assert [t.get_text() for t in ax.texts] == ["no such dispute"]
    assert len(ax.get_xticks()) == MOST
    assert ax.get_ylim() == (-0.03, 1.03)


def test_a_course_begins_half_a_quarter_before_the_first_move(small: Results) -> None:
    paths = [
        BeliefPath(
            "CHN", "AUS", (2, 3, 4), (0.5, 0.6, 0.7, 0.9), (0.5, 0.4, 0.3, 0.2), True, False, True, "lifted", True
        ),
        BeliefPath("CHN", "USA", (6,), (0.5, 0.1), (0.2, 0.8), False, True, True, "conceded", True),
    ]
    inks = list(marks(["0", "1"]).values())
    for name in ("target_resolved", "coercer_firm"):
        ax = draw_belief_paths(axes(), paths, name, inks, small.quarters)
        first, second = ax.lines[:2]
        assert first.get_xdata() == pytest.approx([1.5, 2.0, 3.0, 4.0])
        assert second.get_xdata() == pytest.approx([5.5, 6.0])
        assert first.get_ydata() == pytest.approx(getattr(paths[0], name))
        assert (first.get_color(), second.get_color()) == (inks[0].colour, inks[1].colour)


# ------------------------------------------------------------------ maps and other data


def cells(outcome: str = COERCION, **changes: Any) -> Cells:
    x = Scale("a", np.array([-0.5, 0.5, 1.5, 2.5]), ("0", "0.1", "0.5"))
    y = Scale("b", np.array([-0.5, 0.5, 1.5]), ("1", "2"))
    mean, count = np.array([[1.0, 0.75, 0.0], [1.0, np.nan, 0.25]]), np.array([[8, 8, 8], [8, 0, 8]])
    made = Cells(outcome, x, y, {"p": mean}, {"p": count}, {}, {}, ())
    return replace(made, **changes)


def test_a_map_draws_the_means_with_numbers_and_ticks() -> None:
    ax = axes()
    mesh = draw_map(ax, cells(), "p", 0.5, width=4.0)
    values = np.ma.filled(mesh.get_array(), np.nan).reshape(2, 3)
    assert np.array_equal(values, cells().mean["p"], equal_nan=True)
    assert mesh.get_clim() == (0.0, 1.0)
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0", "0.1", "0.5"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["1", "2"]
    assert [float(t.get_text()) for t in ax.texts] == [100.0, 75.0, 0.0, 100.0, 25.0]
    (lines,) = [c for c in ax.collections if isinstance(c, LineCollection)]
    drawn = {tuple(map(tuple, segment)) for segment in lines.get_segments()}
    assert drawn == {((1.5, -0.5), (1.5, 0.5))}


def test_the_frontier_leaves_unknown_cells_alone() -> None:
    assert frontier(cells(), "p", 0.5) == [((1.5, -0.5), (1.5, 0.5))]
    assert frontier(cells(), "p", 2.0) == []
    assert set(frontier(cells(), "p", 0.2)) == {((1.5, -0.5), (1.5, 0.5)), ((1.5, 0.5), (2.5, 0.5))}


def test_colours_of_another_outcome_span_its_means() -> None:
    loss = cells("target_loss_pv", mean={"p": np.array([[2.0, 3.0, 4.0], [5.0, 6.0, 7.0]])})
    assert loss.spread == (2.0, 7.0)
    assert draw_map(axes(), loss, "p", None).get_clim() == (2.0, 7.0)
    flat = cells("target_loss_pv", mean={"p": np.full((2, 3), 2.0)})
    assert draw_map(axes(), flat, "p", None).get_clim() == (2.0, 3.0)


def test_centres_of_classes_are_means_or_geometric_means() -> None:
    assert Scale("a", np.array([0.0, 1.0, 3.0]), ()).centres == pytest.approx([0.5, 2.0])
    assert Scale("a", np.array([0.01, 1.0, 100.0]), (), logarithmic=True).centres == pytest.approx([0.1, 10.0])


def test_a_logarithmic_scale_has_powers_of_ten() -> None:
    ax = axes()
    draw_map(ax, cells(x=Scale("a", np.array([0.01, 0.1, 1.0, 10.0]), (), logarithmic=True)), "p", None)
    assert ax.get_xscale() == "log"
    assert ax.get_xticks() == pytest.approx([0.01, 0.1, 1.0, 10.0])
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0.01", "0.1", "1", "10"]


@pytest.mark.parametrize(("value", "text"), [(0.1, "0.1"), (-2.5, "−2.5"), (1234.0, "1.23e+03"), (0.0, "0")])
def test_values_of_a_parameter_have_three_digits(value: float, text: str) -> None:
    assert value_text(value) == text


def test_the_lowest_index_is_that_of_each_draw_and_quarter() -> None:
    values = np.random.default_rng(2).random((5, 4, 3))
    indices = Indices({"p": values}, ("AUS", "USA", "JPN"), "CHN")
    assert indices.lowest("p") == pytest.approx(np.min(values, axis=2))
    assert indices.end("p") == pytest.approx(np.median(values[:, 3], axis=0))


def test_samples_are_values_or_differences_of_runs(small: Results) -> None:
    levels, apart = samples(small, "target_loss_pv"), samples(small, "target_loss_pv", paired=True)
    assert isinstance(levels, Samples)
    frame = small.frame("outcomes").set_index(["policy", "replicate"]).target_loss_pv
    for policy, values in levels.values.items():
        assert np.sort(values) == pytest.approx(np.sort(frame[policy].to_numpy()))
    assert (levels.against, apart.against) == ("", "stand_alone")
    for policy, values in apart.values.items():
        assert np.sort(values) == pytest.approx(np.sort((frame[policy] - frame["stand_alone"]).to_numpy()))
    assert "stand_alone" not in apart.values


def test_bars_of_measures_are_their_quarters(small: Results) -> None:
    bars = measure_bars(small)
    assert all(isinstance(bar, Bar) for bar in bars)
    spans = sorted(span for bar in bars for span in bar.spans)
    assert spans == [(2, 9), (2, 9), (4, 11)]


def test_new_figures_are_square_and_show_themselves() -> None:
    figure = new_figure(2.5)
    assert isinstance(figure, HouseFigure)
    assert figure.get_size_inches().tolist() == [2.5, 2.5]


# ------------------------------------------------------------------ kinds


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_draws_or_gives_its_reason(kind: str, small: Results) -> None:
    """File stems begin with the kind; a table that is missing is the reason before anything is drawn."""
    entry = KINDS[kind]
    missing = [table for table in entry.tables if table not in small.tables]
    if missing:
        with pytest.raises(NothingToShow, match=missing[0]):
            figures_of(small, kind, Request())
        return
    if kind == "sensitivity":  # results of one point, in which nothing varies
        with pytest.raises(NothingToShow):
            list(figures_of(small, kind, Request()))
        return
    stems = [stem for stem, _ in figures_of(small, kind, Request())]
    assert stems
    assert all(stem.partition("-")[0] == kind for stem in stems)
    assert len(set(stems)) == len(stems)


def test_options_of_one_run_reach_the_drawing(small: Results) -> None:
    request = Request(replicate=2, point=1, quarter="2021Q1")
    for kind in ("network", "game_tree"):
        ((_, draw),) = figures_of(small, kind, request)
        assert (draw.keywords["replicate"], draw.keywords["point"]) == (2, 1)  # type: ignore[attr-defined]
        assert draw.keywords["policy"] is None  # type: ignore[attr-defined]
        assert draw.keywords.get("quarter") == ("2021Q1" if kind == "network" else None)  # type: ignore[attr-defined]
        ((_, one),) = figures_of(small.only(policies=["respond_as_allies"]), kind, request)
        assert one.keywords["policy"] == "respond_as_allies"  # type: ignore[attr-defined]
    ((_, draw),) = figures_of(small.only(policies=["respond_as_allies"]), "beliefs", request)
    assert draw.keywords == {"policies": ("respond_as_allies",), "replicate": 2, "point": 1}  # type: ignore[attr-defined]


def test_paths_take_the_states_asked_for_and_refuse_others(small: Results) -> None:
    ((stem, draw),) = figures_of(small, "paths", Request(outcomes=("burden",), states=("USA",)))
    assert stem == "paths-burden"
    assert draw.args[1:] == ("burden", ("USA",))  # type: ignore[attr-defined]
    with pytest.raises(InvalidInput) as caught:
        list(figures_of(small, "paths", Request(states=("USB", "AUS"))))
    (problem,) = caught.value.problems
    assert (problem.key, problem.found, problem.suggestion) == ("--state", "'USB'", "USA")


def test_what_was_written_is_listed_with_what_was_not(make_results: Maker, tmp_path: Any) -> None:
    with house():
        made = write_figures(make_results(1, helping=False), tmp_path, ("svg",), kinds=["burdens"])
    assert isinstance(made, Written)
    assert made.paths == ()
    assert list(made.left_out) == ["burdens"]
