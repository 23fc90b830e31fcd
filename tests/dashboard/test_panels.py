"""What the panels show, as data: controls, headings, tables, map and plots."""

from __future__ import annotations

import re

import numpy as np
import pytest

from coercion_sim.dashboard import Acting, DashboardModel, Setting, Snapshot, open_setting
from coercion_sim.dashboard.map import GAIN, LOSS, NetworkData, draw_network, places
from coercion_sim.dashboard.panels import PathData, acting_table, heading, log_table, paths_figure, tiles
from coercion_sim.dashboard.setting import Dial
from coercion_sim.dashboard.snapshot import ties
from coercion_sim.figures import house
from coercion_sim.scenario import list_scenarios
from support.dashboard_runs import play


@pytest.fixture(scope="module")
def run(setting: Setting) -> DashboardModel:
    model = DashboardModel(setting, policy="respond_as_allies")
    play(model, 3)
    return model


def test_a_dial_for_every_uncertain_number_in_order() -> None:
    korea = open_setting("korea-2017")
    assert [d.path for d in korea.dials] == [u.path for u in korea.scenario.uncertain]
    mobility = next(d for d in korea.dials if d.path == "economy.factor_mobility")
    assert (mobility.low, mobility.high, mobility.default) == (1.05, 1.5, 1.5)
    assert mobility.label(1.2) == "Factor mobility between sectors: 1.20 elasticity"
    cars = next(d for d in korea.dials if d.path == "measures.cars.open")
    assert cars.label(0.6) == "Cars: share left open: 0.600 share"


@pytest.mark.parametrize("name", list_scenarios())
def test_dials_reach_their_default_in_steps(name: str) -> None:
    for dial in open_setting(name).dials:
        steps = (dial.default - dial.low) / dial.step
        assert abs(steps - round(steps)) < 1e-6, dial


def test_whole_numbers_stay_whole() -> None:
    dial = Dial("policy.x.phase", "Phase", "quarters", 1.0, 8.0, 1.0, 4.0, whole=True)
    assert repr(dial.value(3.0)) == "3"


def test_heading_names_quarter_and_policy(run: DashboardModel) -> None:
    text = re.sub("<[^>]*>", " ", heading(run))
    assert "2021Q1" in text
    assert "3 of 4 quarters played" in text
    assert "respond as allies" in text


def test_tiles_carry_the_mean_so_far(run: DashboardModel, setting: Setting) -> None:
    found = re.search('id="cs-target-income" data-value="([^"]*)"', tiles(setting, run.snapshot, None))
    assert found
    aus = run.snapshot.states.index("AUS")
    assert float(found[1]) == pytest.approx(run.snapshot.income[:, aus].mean())
    assert "before the last change" in tiles(setting, run.snapshot, run.snapshot)


def test_tables_are_escaped_and_newest_first(run: DashboardModel, setting: Setting) -> None:
    log = log_table(setting, run.snapshot)
    quarters = re.findall(r"<td>(\d{4}Q\d)</td>", log)
    assert quarters == sorted(quarters, reverse=True)
    assert set(quarters) == {"2020Q4", "2021Q1"}
    strange = Snapshot(**{**vars(run.snapshot), "acting": (Acting("CHN", "AUS", "<script>", "coercion"),)})
    assert "&lt;script&gt;" in acting_table(setting, strange)


def test_words_only_draw_no_arrow() -> None:
    acting = (
        Acting("CHN", "AUS", "import ban", "coercion"),
        Acting("USA", "CHN", "statement", "statement"),
        Acting("USA", "AUS", "transfer", "compensate"),
    )
    assert ties(acting) == {("CHN", "AUS"): True, ("USA", "AUS"): False}


def test_map_draws_gain_loss_and_pressure() -> None:
    from matplotlib.figure import Figure
    from matplotlib.patches import Circle, FancyArrowPatch

    trade = np.array([[0.0, -100.0, 0.0], [0.0, 0.0, 0.0], [50.0, 0.5, 0.0]])
    size, income = np.array([4.0, 16.0, 1.0]), np.array([-0.3, 0.0, 0.1])
    data = NetworkData(("AUS", "CHN", "JPN"), {}, size, income, trade, {("CHN", "AUS"): True, ("JPN", "AUS"): False})
    ax = Figure().subplots()
    with house():
        assert draw_network(ax, data) == 0.5
    arrows = [p for p in ax.patches if isinstance(p, FancyArrowPatch)]
    lines = {p.get_linewidth(): p.get_edgecolor() for p in arrows if p.get_zorder() == 2}
    from matplotlib.colors import to_rgb

    # The largest change is widest and a loss, half of it a gain; a hundredth of it is not drawn.
    assert [tuple(lines[w][:3]) for w in sorted(lines)] == [to_rgb(GAIN), to_rgb(LOSS)]
    assert len([p for p in arrows if p.get_zorder() == 5]) == 2
    discs = [p for p in ax.patches if isinstance(p, Circle)]
    assert discs[1].get_radius() == pytest.approx(2.0 * discs[0].get_radius())


@pytest.mark.parametrize("name", ["korea-2017", "many-challengers"])
def test_states_stand_apart_on_the_map(name: str) -> None:
    states = open_setting(name).world.states
    spot = places(states)
    assert set(spot) == set(states)
    at = np.array(list(spot.values()))
    gap = np.hypot(*(at[:, None, :] - at[None, :, :]).transpose(2, 0, 1)) + np.eye(len(at))
    assert gap.min() > 0.12
    assert np.abs(at[:, 0]).max() <= 1.6 + 1e-9
    assert np.abs(at[:, 1]).max() <= 1.0 + 1e-9


def test_what_the_solver_leaves_is_not_shown(setting: Setting) -> None:
    model = DashboardModel(setting, policy="stand_alone")
    model.step()  # nobody presses yet
    assert not model.snapshot.trade.any()
    noise = Snapshot(**{**vars(model.snapshot), "income": model.snapshot.income + 1e-14})
    assert '"cs-target-income" data-value="1e-14">0<' in tiles(setting, noise, None)
    with house():
        figure = paths_figure(PathData(setting.quarters, {}, "AUS", "CHN", (), noise, None))
    assert figure.axes[0].get_ylim() == (-0.01, 0.01)


def test_unknown_states_stand_on_a_ring() -> None:
    spot = places([f"X{i}" for i in range(8)])
    assert {round((x / 1.3) ** 2 + (y / 0.85) ** 2, 9) for x, y in spot.values()} == {1.0}


def test_plots_show_the_run_so_far_and_shade_pressure(run: DashboardModel, setting: Setting) -> None:
    from matplotlib.patches import Rectangle

    names = {s: setting.state(s) for s in run.snapshot.states}
    data = PathData(setting.quarters, names, "AUS", "CHN", ("USA",), run.snapshot, run.snapshot)
    with house():
        figure = paths_figure(data)
    income, effect, burden = figure.axes
    paths = {line.get_label(): line for line in income.lines}
    np.testing.assert_array_equal(
        paths["Australia"].get_ydata(), run.snapshot.income[:, run.snapshot.states.index("AUS")]
    )
    assert {"Australia", "China", "United States"} <= set(paths)
    assert all(ax.get_ylabel() == "% of GDP" for ax in (income, effect, burden))
    shaded = [p for p in income.patches if isinstance(p, Rectangle)]
    assert [p.get_x() for p in shaded] == [0.5, 1.5]
