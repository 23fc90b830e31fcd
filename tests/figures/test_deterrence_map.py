"""The map shows the share of runs with pressure in every cell of two parameters, and the frontier between them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, QuadMesh

from coercion_sim import figures as views
from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import Results
from coercion_sim.figures import COLUMN_WIDTH, FULL_WIDTH
from coercion_sim.figures.deterrence_map import deterrence_map, parameter_unit
from coercion_sim.figures.map_cells import frontier, map_cells
from support.figure_runs import swept
from support.figures import all_text, check_text, close, words_of
from support.figures import drawn as draw_once
from support.sweeps import block, sweep

COST, STAKE = "dispute.cost_once", "dispute.stake_coercer"
GRID = (("grid", ((COST, (0.0, 0.1, 0.5)), (STAKE, (0.02, 0.2))), 0),)


@pytest.fixture(scope="module")
def results() -> Results:
    return swept(GRID, replicates=3)


def drawn(results: Results, width: float = FULL_WIDTH, **options: object):  # type: ignore[no-untyped-def]
    return draw_once(deterrence_map, results, width=width, **options)


def made_up() -> Results:
    """Pressure exactly where x > y; a third parameter plays no part. Not a run of the model: a map to know by heart."""
    rows = np.random.default_rng(3).random((400, 3)).tolist()
    parameters = {name: {"uniform": [0, 1]} for name in "xyz"}
    pressed = {"alone": lambda s, k: {"attempts": 2.0 * (s["x"] > s["y"]), "target_loss_pv": s["x"]}}
    how = block("random", rows, ["x", "y", "z"], parameters=parameters)
    return sweep([how], pressed, replicates=1, scenario={"name": "made", "content": {"conduct": "strategic"}})


@pytest.mark.slow
def test_cells_are_shares_of_runs_with_an_attempt(results: Results) -> None:
    runs, outcomes = results.frame("runs"), results.frame("outcomes")
    table = outcomes.merge(runs, on=["point", "policy", "replicate"])
    panels = [ax for ax in drawn(results).findobj(Axes) if ax.get_visible() and ax.get_title(loc="left")]
    differ = set()
    for policy, ax in zip(results.policies, panels, strict=True):
        mine = table[table.policy == policy]
        share = (mine.attempts >= 1).groupby([mine[f"param.{STAKE}"], mine[f"param.{COST}"]]).mean().unstack()
        (mesh,) = [c for c in ax.collections if isinstance(c, QuadMesh)]
        assert np.asarray(mesh.get_array()) == pytest.approx(share.to_numpy())
        assert [t.get_text() for t in ax.texts] == [f"{100 * v:.0f}" for v in share.to_numpy().ravel()]
        assert [t.get_text() for t in ax.get_xticklabels()] == ["0", "0.1", "0.5"]
        differ |= set(share.to_numpy().ravel().tolist())
    assert len(differ) > 2  # a map with something on it


@pytest.mark.slow
def test_a_mean_of_another_outcome_and_other_axes(results: Results) -> None:
    cells = map_cells(results, "target_loss_pv", ("stand_alone",), (STAKE, COST))
    table = results.frame("outcomes").merge(results.frame("runs"), on=["point", "policy", "replicate"])
    mine = table[table.policy == "stand_alone"]
    mean = mine.groupby([f"param.{COST}", f"param.{STAKE}"]).target_loss_pv.mean().unstack()
    assert cells.mean["stand_alone"] == pytest.approx(mean.to_numpy())
    assert cells.count["stand_alone"].tolist() == [[3, 3]] * 3
    words = all_text(drawn(results, outcome="target_loss_pv", level=0.01))
    assert "frontier" not in words or "0.010" in words


def test_the_frontier_runs_between_cells_on_either_side_of_its_level() -> None:
    made = made_up()
    cells = map_cells(made, "coercion", ("alone",))
    values, edges = cells.mean["alone"], frontier(cells, "alone", 0.5)
    assert edges
    x, y = cells.x.edges, cells.y.edges
    for (x0, y0), (x1, y1) in edges:
        r, c = np.searchsorted(y, (y0 + y1) / 2, "right") - 1, np.searchsorted(x, (x0 + x1) / 2, "right") - 1
        other = (r, int(np.argmin(abs(x - x0))) - 1) if x0 == x1 else (int(np.argmin(abs(y - y0))) - 1, c)
        here = (r, int(np.argmin(abs(x - x0)))) if x0 == x1 else (int(np.argmin(abs(y - y0))), c)
        assert (values[here] < 0.5) != (values[other] < 0.5)
    ax = next(a for a in drawn(made).findobj(Axes) if a.get_title(loc="left"))
    (line,) = [c for c in ax.collections if isinstance(c, LineCollection)]
    assert len(line.get_segments()) == len(edges)


def test_dots_mark_cells_whose_interval_holds_the_level() -> None:
    """Pressed in none, four and eight of eight replicates: only the middle is not told from a half."""
    rows = [[x, y] for x in (0.0, 4.0, 8.0) for y in (0.0, 1.0)]
    rules = {"alone": lambda s, k: {"attempts": float(k < s["x"])}}
    made = sweep(
        [block("grid", rows, ["x", "y"])], rules, 8, scenario={"name": "made", "content": {"conduct": "strategic"}}
    )
    cells = map_cells(made, "coercion", ("alone",))
    assert cells.low["alone"][0] == pytest.approx([0.0, 0.5 - cells.high["alone"][0, 1] + 0.5, 0.588590], abs=1e-4)
    ax = next(a for a in drawn(made).findobj(Axes) if a.get_title(loc="left"))
    at = np.atleast_1d(ax.lines[0].get_xdata())
    assert len(at) == 2
    assert ((at > 0.5) & (at < 1.5)).all()


@pytest.mark.slow
@pytest.mark.parametrize("width", [COLUMN_WIDTH, FULL_WIDTH])
def test_text_is_whole_with_units_sample_and_seed(results: Results, width: float) -> None:
    figure = drawn(results, width)
    check_text(figure)
    words = all_text(figure)
    for piece in ("% of GDP", "n = 18 draws (6 points of the design x 3 replicates)", "seed 11", "scenario tiny"):
        assert piece in words


def test_units_come_from_the_data_dictionary() -> None:
    assert parameter_unit(COST) == "% of GDP"
    assert parameter_unit("measures.coal.open") == "share"
    assert parameter_unit("nonsense.key") == ""


def test_one_parameter_or_none_is_no_map() -> None:
    one = sweep([block("grid", [[0.1], [0.2]], ["x"])], {"alone": lambda s, k: {}})
    with pytest.raises(views.NothingToShow, match="varies two parameters; this one varies x alone"):
        deterrence_map(one)
    with pytest.raises(views.NothingToShow, match="no parameter is varied here"):
        deterrence_map(sweep([], {"alone": lambda s, k: {}}))


def test_scripted_pressure_is_no_result_but_its_losses_are() -> None:
    vary = ("economy.factor_mobility", (1.2, 1.5)), ("measures.coal.open", (0.05, 0.5))
    scripted = swept((("grid", vary, 0),), replicates=1, strategic=False)
    with pytest.raises(views.NothingToShow, match="pressure is scripted"):
        deterrence_map(scripted)
    cells = map_cells(scripted, "target_loss_pv", ("stand_alone",)).mean["stand_alone"]
    text = words_of(drawn(scripted, outcome="target_loss_pv")).numbers.partition("stand alone")[2].partition(";")[0]
    assert close(text, cells.min(), cells.max())


@pytest.mark.slow
def test_wrong_names_are_refused_with_the_nearest(results: Results) -> None:
    with pytest.raises(InvalidInput, match="did you mean attempts"):
        deterrence_map(results, outcome="attempt")
    with pytest.raises(InvalidInput, match=rf"did you mean {COST}"):
        deterrence_map(results, axes=("dispute.cost_onc", STAKE))
    with pytest.raises(InvalidInput, match="two different axes"):
        deterrence_map(results, axes=(COST, COST))
    for level in (7.0, float("nan")):
        with pytest.raises(InvalidInput, match="share of runs between 0 and 1"):
            deterrence_map(results, level=level)


@pytest.mark.slow
def test_the_map_says_where_the_script_presses_too(results: Results) -> None:
    """Two quarters are played by the script here: what goes on from it is pressure in every run."""
    note = "Pressure that continues from the script counts as well."
    scenario = results.manifest["scenario"]
    content = scenario["content"]
    dispute = {**content["dispute"], "scripted_until": results.quarters[2]}
    begun = replace(
        results,
        manifest=results.manifest | {"scenario": scenario | {"content": content | {"dispute": dispute}}},
        _cache={},
    )
    assert note in all_text(drawn(begun))
    assert note not in all_text(drawn(results))
