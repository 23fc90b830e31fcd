"""The network shows the flows of the very run the results came from, before and when they differ most."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch

from coercion_sim import figures as views
from coercion_sim.analysis import trade_change
from coercion_sim.errors import InvalidInput, ResultsError
from coercion_sim.experiments import Results, simulate
from coercion_sim.figures import COLUMN_WIDTH, FULL_WIDTH, trade_network
from coercion_sim.figures.network import LISTED, largest_changes, make_ring
from coercion_sim.scenario import load_scenario
from fakes.tiny import tiny_world, write_tiny
from support.figure_runs import ran, swept, text
from support.figures import all_text, check_text, close, words_of
from support.figures import drawn as draw_once
from support.stores import payoff_tables_in_memory

pytestmark = pytest.mark.slow  # many disputes are solved


@pytest.fixture(scope="module")
def results() -> Results:
    return ran(strategic=False)


def drawn(results: Results, width: float = FULL_WIDTH, **options: object):  # type: ignore[no-untyped-def]
    return draw_once(trade_network, results, width=width, **options)


def panel(figure, letter: str) -> Axes:  # type: ignore[no-untyped-def]
    return next(ax for ax in figure.findobj(Axes) if ax.get_title(loc="left").startswith(letter))


def test_flows_before_are_the_world_s_goods_and_after_are_the_run_s(results: Results) -> None:
    """Exports of goods and services together are in the table of states; the tiny world's services stay free."""
    world = tiny_world()
    trade = trade_change(results, "stand_alone", 1)
    foreign = 1.0 - np.eye(4)
    assert trade.before == pytest.approx(world.flows[:2].sum(axis=0) * foreign)
    table = results.frame("states")
    step = results.quarters.index(trade.quarter)
    mine = table[(table.policy == "stand_alone") & (table.replicate == 1) & (table.step == step)].set_index("state")
    for i, state in enumerate(world.states):
        bloc = [n for n, s in enumerate(world.states) if s in ("AUS", "USA", "JPN") and n != i]
        both = trade.after + trade.after.T
        index = (both[i, bloc].sum() - both[i, 1] * (i != 1)) / both[i].sum()
        assert mine.loc[state, "integration_index"] == pytest.approx(index, rel=1e-12)
    assert trade.same_code
    assert trade.measures == (("CHN", "AUS"),)


def test_the_quarter_is_that_of_the_largest_change_or_the_one_asked_for(results: Results) -> None:
    every = {q: trade_change(results, "stand_alone", quarter=q) for q in results.quarters}
    size = {q: float(np.abs(t.change).sum()) for q, t in every.items()}
    assert trade_change(results, "stand_alone").quarter == max(size, key=lambda q: size[q])
    assert size[results.quarters[0]] == pytest.approx(0.0, abs=1e-3)
    assert f"{results.quarters[3]}: change" in panel(drawn(results, quarter=results.quarters[3]), "b").get_title(
        loc="left"
    )


def test_bars_are_the_largest_changes_in_billions(results: Results) -> None:
    trade = trade_change(results, "stand_alone")
    pairs = largest_changes(trade)
    values = np.sort(trade.change.ravel() / 1e3)
    bars = [patch.get_width() for patch in panel(drawn(results), "c").patches if hasattr(patch, "get_width")]
    bars = [b for b in bars if b not in (0.0, 1.0)]  # shading of rows
    falls = [v for v in values[:LISTED] if v < 0]
    rises = [v for v in values[-LISTED:] if v > 0]
    assert bars == pytest.approx([*falls, *rises])
    assert trade.states[pairs[0][0]] == "AUS"  # coal of Australia, shut out of China
    assert trade.states[pairs[0][1]] == "CHN"


def test_arrows_go_from_seller_to_buyer(results: Results) -> None:
    trade = trade_change(results, "stand_alone")
    ring = make_ring(results, trade, largest_changes(trade))
    change = ring.pooled(trade.change)
    arrows = [a for a in panel(drawn(results), "b").patches if isinstance(a, FancyArrowPatch)]
    widest = max(arrows, key=lambda a: a.get_linewidth())
    i, j = np.unravel_index(np.argmax(np.abs(change)), change.shape)
    ends = widest._posA_posB
    assert ends[0] == pytest.approx(ring.at(int(i)))
    assert ends[1] == pytest.approx(ring.at(int(j)))
    assert (ring.labels[int(i)], ring.labels[int(j)]) == ("Australia", "China")


def test_states_without_a_place_share_one(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coercion_sim.figures.network.MOST", 2)
    trade = trade_change(results, "stand_alone")
    ring = make_ring(results, trade, largest_changes(trade))
    assert ring.labels == ("Australia", "China", "all others")
    pooled = ring.pooled(trade.before)
    assert pooled[0, 2] == pytest.approx(trade.before[0, 2] + trade.before[0, 3])
    check_text(drawn(results, COLUMN_WIDTH))


def test_key_numbers_are_the_largest_fall_and_rise(results: Results) -> None:
    trade = trade_change(results, "stand_alone")
    fall, rise = words_of(drawn(results)).numbers.split(";")
    assert "largest fall, Australia → China, US$ " in fall
    for line, value in ((fall, trade.change.min()), (rise, trade.change.max())):
        amount = line.partition("US$")[2].replace("\u00a0", " ")
        assert close(amount, value / (1e3 if "billion" in amount else 1.0))


@pytest.mark.slow
@pytest.mark.parametrize("width", [COLUMN_WIDTH, FULL_WIDTH])
def test_text_is_whole_and_says_that_it_is_one_world(results: Results, width: float) -> None:
    figure = drawn(results, width, policy="respond_as_allies", replicate=2)
    check_text(figure)
    words = all_text(figure)
    for piece in ("US$ billion a year", "One run (replicate 2)", "n = 1, seed 11", "China on Australia"):
        assert piece in words
    assert "another version" not in words


@pytest.mark.slow
def test_a_strategic_run_and_one_in_memory_can_be_played_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    with payoff_tables_in_memory():
        made = ran(strategic=True)
        assert "largest fall, " in words_of(drawn(made)).numbers
        path = write_tiny(tmp_path_factory.mktemp("memory"), text(strategic=False, quarters=4))
        kept = simulate(load_scenario(path), "stand_alone", replicates=1)
        assert "Australia" in all_text(drawn(kept))


def test_where_no_trade_changes_there_is_nothing_to_show(results: Results) -> None:
    with pytest.raises(views.NothingToShow, match="no trade changes in replicate 0 under stand alone"):
        trade_network(results, quarter=results.quarters[0])  # the ban begins in the second


def test_what_is_not_there_is_refused(results: Results) -> None:
    with pytest.raises(InvalidInput, match="no such replicate"):
        trade_network(results, replicate=9)
    with pytest.raises(InvalidInput, match="no such quarter"):
        trade_network(results, quarter="1999Q1")
    with pytest.raises(InvalidInput, match="did you mean stand_alone"):
        trade_network(results, policy="stand_alon")
    grid = (("grid", (("economy.factor_mobility", (1.2, 1.5)),), 0),)
    with pytest.raises(ResultsError, match="sweep in memory cannot be played again"):
        trade_network(swept(grid, replicates=1, strategic=False), replicate=0)
