"""Maps of made-up sweeps, and networks of made-up trade: every cell, frontier and bar follows from a known rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, QuadMesh
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from coercion_sim.analysis import TradeChange
from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import Results
from coercion_sim.figures import COLUMN_WIDTH, FULL_WIDTH, NothingToShow, deterrence_map, trade_network
from coercion_sim.figures import network as network_module
from coercion_sim.figures.deterrence_map import _decades
from coercion_sim.figures.map_cells import MOST_VALUES, map_cells
from coercion_sim.figures.network import LISTED, largest_changes
from support.figures import check_text, close, drawn, numbers_in, panels, words_of
from support.sweeps import block, sweep

Rule = Callable[[Mapping[str, Any], int], Mapping[str, float]]
CHOSEN = {"name": "made", "content": {"conduct": "strategic"}}


def pressed_if(test: Callable[[Mapping[str, Any], int], bool]) -> Rule:
    return lambda s, k: {"attempts": 2.0 * test(s, k), "target_loss_pv": float(s["x"])}


def grid(rule: Rule, xs: tuple[Any, ...], ys: tuple[Any, ...], replicates: int = 1, **more: Any) -> Results:
    """Every x with every y under one rule for two policies, the second with y counted one higher."""
    rows = [[x, y] for x in xs for y in ys]
    policies = {"stand_alone": rule, "respond_as_allies": lambda s, k: rule({**s, "y": s["y"] + 1}, k)}
    return sweep([block("grid", rows, ["x", "y"])], policies, replicates, scenario=CHOSEN, **more)


@pytest.fixture(scope="module")
def stairs() -> Results:
    """Pressure exactly where x > y."""
    return grid(pressed_if(lambda s, k: s["x"] > s["y"]), (0.0, 1.0, 2.0, 3.0), (0.0, 1.0, 2.0))


def meshes(figure: Figure) -> list[tuple[Axes, Any]]:
    every = [(ax, c) for ax in figure.findobj(Axes) for c in ax.collections if isinstance(c, QuadMesh)]
    return [(ax, mesh) for ax, mesh in every if ax.get_title(loc="left")]


def test_a_panel_a_policy_has_the_share_of_pressure_in_each_cell(stairs: Results) -> None:
    for shift, (ax, mesh) in enumerate(meshes(drawn(deterrence_map, stairs))):
        wanted = np.array([[float(x > y + shift) for x in range(4)] for y in range(3)])
        assert np.asarray(mesh.get_array()).reshape(3, 4) == pytest.approx(wanted)
        assert [t.get_text() for t in ax.texts] == [f"{100 * v:.0f}" for v in wanted.ravel()]
        (line,) = [c for c in ax.collections if isinstance(c, LineCollection)]
        neighbours = int(np.abs(np.diff(wanted)).sum() + np.abs(np.diff(wanted, axis=0)).sum())
        assert len(line.get_segments()) == neighbours


def test_key_numbers_count_cells_below_the_level_and_legends_name_it(stairs: Results) -> None:
    figure = drawn(deterrence_map, stairs, level=0.25)
    alone, allied = words_of(figure).numbers.split(";")
    assert alone.endswith("6 of 12")
    assert allied.endswith("9 of 12.")
    assert "Cells below 25 % of runs" in alone
    assert [t.get_text() for t in figure.subfigs[0].legends[0].get_texts()] == ["frontier: 25 % of runs"]
    check_text(figure)


def test_without_a_frontier_no_legend_and_the_range_of_the_cells(stairs: Results) -> None:
    figure = drawn(deterrence_map, stairs, outcome="target_loss_pv", width=COLUMN_WIDTH)
    assert not figure.subfigs[0].legends
    for text in words_of(figure).numbers.split(";"):
        assert close(text, 0.0, 3.0)
    lifted = drawn(deterrence_map, stairs, outcome="target_loss_pv", level=1.5)
    assert "frontier: 1.5" in lifted.subfigs[0].legends[0].get_texts()[0].get_text()


def test_policies_and_axes_are_those_asked_for_in_their_order(stairs: Results) -> None:
    figure = drawn(deterrence_map, stairs, policies="respond_as_allies", axes=("y", "x"))
    ((ax, mesh),) = meshes(figure)
    assert np.asarray(mesh.get_array()).reshape(4, 3) == pytest.approx(
        np.array([[float(x > y + 1) for y in range(3)] for x in range(4)])
    )
    assert "respond as allies" in ax.get_title(loc="left")
    with pytest.raises(InvalidInput, match="nobody"):
        deterrence_map(stairs, policies="nobody")
    with pytest.raises(InvalidInput, match="two different axes"):
        deterrence_map(stairs, axes=("x", "x"))
    with pytest.raises(InvalidInput, match="did you mean attempts"):
        deterrence_map(stairs, outcome="attempt")


@pytest.mark.parametrize("level", [0.0, 1.0, 7.0, float("nan")])
def test_a_level_is_a_share_of_runs(stairs: Results, level: float) -> None:
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        deterrence_map(stairs, level=level)


def test_words_stand_in_the_order_of_the_plan() -> None:
    made = grid(lambda s, k: {"attempts": float(s["x"] == "high"), "y": s["y"]}, ("low", "high"), (0, 1))
    design = made.manifest["design"]
    design["blocks"][0]["parameters"]["x"] = ["low", "high"]
    cells = map_cells(made, "coercion", ("stand_alone",))
    assert cells.x.labels == ("low", "high")
    assert cells.mean["stand_alone"].tolist() == [[0.0, 1.0], [0.0, 1.0]]


@pytest.mark.parametrize("log", [False, True])
def test_many_values_are_cut_into_equal_classes(log: bool) -> None:
    draws = np.random.default_rng(3).random((300, 3))
    draws[:, 0] = 10.0 ** (3 * draws[:, 0] - 2) if log else draws[:, 0]
    given_ = {p: {"uniform": [0, 1]} for p in "xyz"} | ({"x": {"log_uniform": [0.01, 10.0]}} if log else {})
    rows = block("random", draws.tolist(), ["x", "y", "z"], parameters=given_)
    made = sweep([rows], {"stand_alone": pressed_if(lambda s, k: s["x"] > s["y"])}, 1, scenario=CHOSEN)
    cells = map_cells(made, "coercion", ("stand_alone",))
    steps = np.diff(np.log(cells.x.edges) if log else cells.x.edges)
    assert steps == pytest.approx(np.full(len(steps), steps[0]))
    assert len(steps) <= MOST_VALUES
    assert cells.averaged == ("z",)
    assert cells.count["stand_alone"].sum() == 300
    inside = [(a, b) for a, b, _ in draws if cells.x.edges[0] <= a < cells.x.edges[1] and b < cells.y.edges[1]]
    assert cells.count["stand_alone"][0, 0] == len(inside)
    assert cells.mean["stand_alone"][0, 0] == pytest.approx(np.mean([a > b for a, b in inside]))
    check_text(drawn(deterrence_map, made, width=COLUMN_WIDTH))
    caption = words_of(drawn(deterrence_map, made)).caption
    assert "Averaged over z" in caption
    assert "same draw of luck" in caption


@given(st.floats(1e-6, 1e6), st.floats(1.5, 1e6))
def test_ticks_of_a_logarithmic_axis_lie_within_it_in_order(low: float, factor: float) -> None:
    ticks = _decades(low, low * factor)
    assert ticks == sorted(set(ticks))
    assert all(low <= tick <= low * factor for tick in ticks)
    if factor >= 1000.0:
        assert len(ticks) >= 3


# ------------------------------------------------------------------ trade of one run


def trade(states: int = 4, **changes: Any) -> TradeChange:
    """Trade of the first of AUS, CHN, USA and NZL; the largest fall is Australia's sales to China."""
    before = np.array([[0, 9e3, 2e3, 1e3], [6e3, 0, 8e3, 500], [1e3, 7e3, 0, 250], [750, 1.5e3, 250, 0]], float)
    change = np.array([[0, -6e3, 1.5e3, 500], [-1e3, 0, 300, 0], [750, -200, 0, 0], [0, 100, 0, 0]], float)
    names = ("AUS", "CHN", "USA", "NZL")[:states]
    made = TradeChange(names, before, before + change, "2021Q1", (("CHN", "AUS"),), True)
    return replace(made, **changes)


def network(monkeypatch: pytest.MonkeyPatch, results: Results, given_: TradeChange, **options: Any) -> Figure:
    monkeypatch.setattr(network_module, "trade_change", lambda *args: given_)
    return drawn(trade_network, results, **options)


def test_the_network_has_flows_arrows_and_bars_of_the_change(small: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = network(monkeypatch, small, trade(), replicate=0)
    before, after, bars = panels(figure)
    assert before.get_title(loc="left").startswith("a\u00a0")
    assert "2021Q1: change" in after.get_title(loc="left")
    arrows = [p for p in after.patches if isinstance(p, FancyArrowPatch)]
    large = np.abs(trade().change) >= 0.025 * 6e3  # a thinner arrow would not be seen
    assert len(arrows) == large.sum() == 7
    listed = [trade().change[pair] / 1e3 for pair in largest_changes(trade())]
    assert [b.get_width() for b in bars.patches if b.get_height() == 0.55] == pytest.approx(listed)
    assert len(listed) <= 2 * LISTED
    fall, rise = words_of(figure).numbers.split(";")
    assert "Australia → China" in fall
    assert "Australia → United States" in rise
    assert numbers_in(fall)[-1] == pytest.approx(-6.0)
    assert numbers_in(rise)[-1] == pytest.approx(1.5)


@pytest.mark.parametrize("width", [COLUMN_WIDTH, FULL_WIDTH])
def test_measures_in_force_are_named_up_to_three(small: Results, monkeypatch: pytest.MonkeyPatch, width: float) -> None:
    pairs = (("CHN", "AUS"), ("CHN", "USA"), ("CHN", "NZL"), ("USA", "CHN"), ("NZL", "CHN"))
    figure = network(monkeypatch, small, trade(measures=pairs), replicate=1, width=width)
    caption = words_of(figure).caption
    assert "China on Australia, China on United States, China on New Zealand and 2 more." in caption
    check_text(figure)
    calm = network(monkeypatch, small, trade(measures=(), same_code=False), replicate=2, width=width)
    assert "No coercive measure is in force then." in words_of(calm).caption
    assert "another version" in words_of(calm).caption


def test_a_run_without_a_change_is_no_network(small: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    same = trade()
    with pytest.raises(NothingToShow, match="no trade changes in replicate 0 under stand alone"):
        network(monkeypatch, small, replace(same, after=same.before), replicate=0, policy="stand_alone")
