"""Snapshots, the log and the tables of words, by hand; and the settings a dashboard opens with."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from coercion_sim.dashboard import Acting, DashboardModel, Dial, Entry, Setting, Snapshot, open_setting
from coercion_sim.dashboard.map import CAPITALS, places
from coercion_sim.dashboard.panels import (
    MOST_ACTING,
    MOST_BURDENS,
    MOST_ENTRIES,
    PathData,
    acting_table,
    heading,
    log_table,
    paths_figure,
    quarter_axis,
    shade_pressure,
    tiles,
)
from coercion_sim.dashboard.snapshot import at_start, blank, of_last_quarter, ties, what_it_is
from coercion_sim.errors import InvalidInput
from coercion_sim.figures import house
from support.dashboard_runs import mean, play


@pytest.fixture(scope="module")
def run(setting: Setting) -> DashboardModel:
    model = DashboardModel(setting, policy="respond_as_allies")
    play(model, 3)
    return model


def shot(setting: Setting, **changes: Any) -> Snapshot:
    return replace(blank(setting), **changes)


def number_of(html: str, key: str) -> float:
    found = re.search(rf'id="cs-{key}" data-value="([^"]*)"', html)
    assert found
    return float(found[1])


def test_a_blank_snapshot_has_no_quarters_and_zero_means(setting: Setting) -> None:
    empty = blank(setting)
    assert empty.played == 0
    assert empty.mean(empty.income, "AUS") == 0.0
    assert empty.trade.shape == (len(setting.world.states),) * 2
    assert empty.size == pytest.approx(setting.world.baseline.gdp)


def test_snapshots_are_the_records_of_the_model(run: DashboardModel) -> None:
    now, history = run.snapshot, run._model.history  # type: ignore[union-attr]
    assert now.played == len(history) == 3
    for q, record in enumerate(history):
        income = record.actual.welfare_pct_gdp - record.adjustment - record.toll.cooperation_loss
        assert now.income[q] == pytest.approx(income)
        assert now.pressed[q] == bool(record.pressed)
    at = now.states.index("AUS")
    assert now.mean(now.income, "AUS") == pytest.approx(now.income[:, at].mean())


def test_tiles_are_means_over_the_quarters_played(setting: Setting, run: DashboardModel) -> None:
    html = tiles(setting, run.snapshot, None)
    assert number_of(html, "target-income") == pytest.approx(mean(run, "income", "AUS"))
    assert number_of(html, "coercer-effect") == pytest.approx(mean(run, "effect", "CHN"))
    burden = (run.snapshot.burden @ run.snapshot.size).mean() / 100.0
    assert number_of(html, "burden") == pytest.approx(burden)
    assert "before the last change" not in html
    assert tiles(setting, run.snapshot, run.snapshot).count("before the last change") == 5


def test_the_heading_has_quarter_policy_and_luck(setting: Setting, run: DashboardModel) -> None:
    html = heading(run)
    assert f">{setting.quarters[2]}<" in html
    assert f"3 of {len(setting.quarters)}" in html
    assert "respond as allies" in html


def test_measures_in_force_are_listed_pressure_first_and_counted_beyond_the_most(setting: Setting) -> None:
    ban = Acting("CHN", "AUS", "import ban on coal", "coercion")
    help_ = Acting("USA", "AUS", "import subsidy", "help")
    html = acting_table(setting, shot(setting, acting=(ban, help_)))
    assert html.index("Pressure") < html.index("Help")
    assert html.count("<tr class=") == 2
    many = acting_table(setting, shot(setting, acting=(ban,) * (MOST_ACTING + 4)))
    assert "and 4 more" in many
    assert many.count("<tr class=") == MOST_ACTING
    assert "<table" not in acting_table(setting, blank(setting))


def test_ties_are_pressure_where_any_measure_is(setting: Setting) -> None:
    pairs = ties(
        (Acting("CHN", "AUS", "x", "help"), Acting("CHN", "AUS", "y", "coercion"), Acting("USA", "AUS", "z", "help"))
    )
    assert pairs == {("CHN", "AUS"): True, ("USA", "AUS"): False}


def test_the_log_is_newest_first_escaped_and_cut(setting: Setting) -> None:
    entries = tuple(Entry(q, "CHN", "AUS", "pressure", f"<b>{q}") for q in (-1, 0, 2, 1))
    html = log_table(setting, shot(setting, log=entries))
    assert [int(q) for q in re.findall(r"&lt;b&gt;(-?\d)", html)] == [2, 1, 0, -1]
    assert "<b>" not in html
    assert "at the start" in html
    long = log_table(setting, shot(setting, log=entries * MOST_ENTRIES))
    assert f"and {3 * MOST_ENTRIES} more" in long
    assert "<table" not in log_table(setting, blank(setting))


@pytest.mark.parametrize(
    ("kind", "size", "end"),
    [
        ("import_tariff", 0.25, ", 25 %"),
        ("import_ban", 0.05, ", 5 % left open"),
        ("import_ban", 0.0, ", nothing left open"),
        ("transfer", 1200.0, " of US$ 1,200 million a year"),
        ("statement", 0.0, ""),
    ],
)
def test_measures_have_their_size_with_its_unit(setting: Setting, kind: str, size: float, end: str) -> None:
    m = SimpleNamespace(kind=kind, size=size, sectors=("coal",))
    words = what_it_is(m, setting)  # type: ignore[arg-type]
    assert words == f"{kind.replace('_', ' ')} on coal{end}"


def test_many_goods_are_counted(setting: Setting) -> None:
    m = SimpleNamespace(kind="statement", size=0.0, sectors=tuple("abcde"))
    assert what_it_is(m, setting) == "statement on 5 goods"  # type: ignore[arg-type]


def test_what_begins_and_ends_in_a_quarter_is_logged(setting: Setting) -> None:
    model = DashboardModel(setting, policy="stand_alone")
    play(model, len(setting.quarters))
    begun = [e for e in model.snapshot.log if e.kind == "pressure"]
    assert [(e.quarter, e.who, e.on) for e in begun] == [(1, "CHN", "AUS")]
    assert all(e.quarter == len(setting.quarters) - 1 for e in of_last_quarter(model._model, setting))  # type: ignore[arg-type]
    assert all(e.quarter == -1 for e in at_start(model._model))  # type: ignore[arg-type]


def test_dials_have_labels_steps_and_whole_values() -> None:
    dial = Dial("economy.x", "Mobility", "elasticity", 1.0, 2.0, 0.01, 1.5)
    assert dial.label(1.25) == "Mobility: 1.25 elasticity"
    assert dial.value(1.2500000000001) == 1.25
    assert replace(dial, whole=True).value(2.4) == 2
    assert replace(dial, unit="").label(1.5) == "Mobility: 1.50"


def test_a_setting_knows_quarters_names_and_policies(setting: Setting) -> None:
    assert len(setting.quarters) == setting.scenario.quarters
    assert (setting.state("AUS"), setting.state("XYZ")) == ("Australia", "XYZ")
    assert setting.choices == {"stand alone": "stand_alone", "respond as allies": "respond_as_allies"}
    assert [d.path for d in setting.dials] == [u.path for u in setting.scenario.uncertain]
    for dial in setting.dials:
        assert dial.low <= dial.default <= dial.high
        assert dial.low < dial.low + dial.step <= dial.high


def test_errors_of_a_setting_are_those_of_a_run(tiny_file: Any) -> None:
    with pytest.raises(InvalidInput, match="stand_alon"):
        open_setting(tiny_file, policies=["stand_alon"])


def test_every_capital_is_a_place_on_earth_and_neighbours_are_apart() -> None:
    assert all(-180.0 <= x <= 180.0 and -90.0 <= y <= 90.0 for x, y in CAPITALS.values())
    spots = places(("AUS", "NZL", "CHN", "JPN", "KOR", "USA"))
    points = np.array(list(spots.values()))
    gaps = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)) + 9.0 * np.eye(len(points))
    assert gaps.min() >= 0.16
    assert np.abs(points[:, 0]).max() <= 1.6
    assert np.abs(points[:, 1]).max() <= 1.0
    ring = places(("a", "b", "c", "d"))
    assert ring["a"] == pytest.approx((0.0, 0.85))


def test_paths_are_the_series_and_earlier_runs_are_thin(setting: Setting, run: DashboardModel) -> None:
    names = {s: setting.state(s) for s in run.snapshot.states}
    data = PathData(setting.quarters, names, "AUS", "CHN", ["USA"], run.snapshot, run.snapshot)
    with house():
        income, effect, burden = paths_figure(data).axes
    by_label = {line.get_label(): line for line in effect.lines}
    at = run.snapshot.states.index("CHN")
    assert by_label["China"].get_ydata() == pytest.approx(run.snapshot.effect[:, at])
    thin = [line for line in income.lines if line.get_linewidth() == 0.9]
    assert len(thin) == 3
    assert len([line for line in burden.lines if len(line.get_xdata()) == 3]) <= MOST_BURDENS


def test_quarters_are_labelled_about_seven_times_and_shaded_under_pressure() -> None:
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    quarter_axis(ax, [f"q{i}" for i in range(20)])
    assert [t.get_text() for t in ax.get_xticklabels()] == [f"q{i}" for i in range(0, 20, 3)]
    shade_pressure(ax, (False, True, True))
    assert [patch.get_x() for patch in ax.patches] == [0.5, 1.5]


def test_the_next_free_port_is_taken() -> None:
    pytest.importorskip("solara")
    from coercion_sim.dashboard.server import HOST, free_socket

    with socket.socket() as busy:
        busy.bind((HOST, 0))
        busy.listen()
        port = busy.getsockname()[1]
        taken = free_socket(port)
        assert taken.getsockname()[1] > port
        assert taken.getsockname()[0] == HOST
        taken.close()
