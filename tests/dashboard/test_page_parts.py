"""Page, server, snapshot, map and plots of the dashboard as data: every number is that of the run beside it."""

from __future__ import annotations

import re
import socket
from base64 import b64decode
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch

from coercion_sim.dashboard import DashboardModel, Dial, Setting, Snapshot, open_dashboard
from coercion_sim.dashboard.map import (
    ANSWER,
    GAIN,
    LEAST_EDGE,
    LOSS,
    MOST_ANSWERS,
    MOST_EDGES,
    PRESSURE,
    NetworkData,
    draw_network,
    network_figure,
    places,
    shades,
)
from coercion_sim.dashboard.panels import MOST_BURDENS, PathData, draw_burdens, draw_effect, draw_income, log_table
from coercion_sim.dashboard.setting import MOST_REPLICATES, MOST_SLIDERS
from coercion_sim.dashboard.snapshot import NOISE_USD, after, blank
from coercion_sim.errors import InvalidInput
from coercion_sim.figures import house, marks
from coercion_sim.model import run_once
from support.dashboard_runs import play


@pytest.fixture(scope="module")
def run(setting: Setting) -> DashboardModel:
    model = DashboardModel(setting, policy="respond_as_allies")
    play(model, 4)
    return model


@pytest.fixture(scope="module")
def table(setting: Setting) -> pd.DataFrame:
    """States by quarter of the same run, as `run_once` has them."""
    scenario = setting.scenario.with_values({d.path: d.default for d in setting.dials})
    made = run_once(scenario, setting.world, "respond_as_allies", 0, setting.seed)
    return pd.DataFrame(made.tables["states"])


def path_data(
    setting: Setting, now: Snapshot, before: Snapshot | None = None, others: tuple[str, ...] = ()
) -> PathData:
    names = {s: setting.state(s) for s in now.states}
    return PathData(setting.quarters, names, "AUS", "CHN", others, now, before)


def series(table: pd.DataFrame, state: str, column: str) -> np.ndarray:
    return table[table.state == state].sort_values("step")[column].to_numpy()


# ------------------------------------------------------------------ plots


@pytest.mark.parametrize(("draw", "column"), [(draw_income, "real_income"), (draw_effect, "coercion_effect")])
def test_lines_are_the_columns_of_the_table_of_states(
    setting: Setting, run: DashboardModel, table: pd.DataFrame, draw: Any, column: str
) -> None:
    ax = draw(Figure().subplots(), path_data(setting, run.snapshot, others=("USA",)))
    lines = {line.get_label(): line for line in ax.lines}
    wanted = {"Australia": "AUS", "China": "CHN"} | ({"United States": "USA"} if column == "real_income" else {})
    assert set(lines) == set(wanted)
    for words, state in wanted.items():
        assert lines[words].get_ydata() == pytest.approx(series(table, state, column))
        assert lines[words].get_xdata() == pytest.approx(range(4))
    colours = {s: m.colour for s, m in marks(["AUS", "CHN", "USA"]).items()}
    assert lines["Australia"].get_color() == colours["AUS"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(lines)


def test_the_run_before_is_pale_and_in_the_same_colours(setting: Setting, run: DashboardModel) -> None:
    before = replace(run.snapshot, income=run.snapshot.income - 1.0, effect=run.snapshot.effect - 1.0)
    for draw, name in ((draw_income, "income"), (draw_effect, "effect")):
        ax = draw(Figure().subplots(), path_data(setting, run.snapshot, before))
        now, ghosts = ax.lines[0::2], ax.lines[1::2]
        assert [line.get_color() for line in now] == [line.get_color() for line in ghosts]
        assert all(line.get_alpha() == 0.4 for line in ghosts)
        at = run.snapshot.states.index("AUS")
        assert ghosts[0].get_ydata() == pytest.approx(getattr(run.snapshot, name)[:, at] - 1.0)
        assert ax.get_legend().get_texts()[-1].get_text() == "before the last change"


def test_burdens_are_those_of_the_states_that_bear_most(
    setting: Setting, run: DashboardModel, table: pd.DataFrame
) -> None:
    ax = draw_burdens(Figure().subplots(), path_data(setting, run.snapshot))
    total = table.groupby("state").burden.apply(lambda x: x.abs().sum())
    order = total[total > 0.0].sort_values(ascending=False).index[:MOST_BURDENS]
    assert [line.get_label() for line in ax.lines] == [setting.state(s) for s in order]
    for line, state in zip(ax.lines, order, strict=True):
        assert line.get_ydata() == pytest.approx(series(table, state, "burden"))


def test_without_a_burden_the_panel_is_empty_and_says_so(setting: Setting) -> None:
    ax = draw_burdens(Figure().subplots(), path_data(setting, blank(setting)))
    assert not ax.lines
    assert ax.get_ylim() == (-0.01, 0.01)
    assert len(ax.texts) == 1


def test_states_outside_the_world_have_no_line(setting: Setting, run: DashboardModel) -> None:
    data = replace(path_data(setting, run.snapshot), target="", coercer="XYZ", others=("JPN", "USA", "AUS"))
    assert [line.get_label() for line in draw_income(Figure().subplots(), data).lines] == [
        setting.state(s) for s in ("JPN", "USA", "AUS")
    ]
    assert len(draw_effect(Figure().subplots(), data).lines) == 2  # two of the others stand in


# ------------------------------------------------------------------ map


def network(n: int = 4, **changes: Any) -> NetworkData:
    states = ("AUS", "CHN", "JPN", "USA")[:n]
    data = NetworkData(states, {}, np.array([4.0, 16.0, 9.0, 25.0])[:n], np.zeros(n), np.zeros((n, n)), {})
    return replace(data, **changes)


def drawn(data: NetworkData) -> tuple[Any, float]:
    ax = Figure().subplots()
    with house():
        return ax, draw_network(ax, data)


@pytest.mark.parametrize(
    ("largest", "limit"),
    [(0.0, 0.005), (0.004, 0.005), (0.07, 0.1), (0.11, 0.2), (0.21, 0.5), (0.5, 0.5), (0.51, 1.0), (7.0, 10.0)],
)
def test_the_colour_scale_ends_at_1_2_or_5(largest: float, limit: float) -> None:
    assert drawn(network(income=np.array([0.0, -largest, 0.0, 0.0])))[1] == pytest.approx(limit)


def test_discs_have_area_by_size_and_colour_by_income() -> None:
    income = np.array([-0.5, 0.25, 0.0, 0.5])
    ax, limit = drawn(network(income=income))
    discs = [p for p in ax.patches if isinstance(p, Circle)]
    radius = np.array([d.get_radius() for d in discs])
    assert radius == pytest.approx(0.125 * np.array([2.0, 4.0, 3.0, 5.0]) / 5.0)
    for disc, change in zip(discs, income, strict=True):
        assert disc.get_facecolor() == pytest.approx(shades()(0.5 + 0.5 * change / limit))
    assert [disc.center for disc in discs] == [
        pytest.approx(spot) for spot in places(("AUS", "CHN", "JPN", "USA")).values()
    ]
    assert [t.get_text() for t in ax.texts] == ["AUS", "CHN", "JPN", "USA"]


def test_small_states_stay_visible() -> None:
    ax, _ = drawn(network(size=np.array([1e-6, 1.0, 1.0, 1.0])))
    assert min(p.get_radius() for p in ax.patches if isinstance(p, Circle)) == 0.038


def test_the_scale_runs_from_loss_to_gain() -> None:
    assert shades()(0.0) == pytest.approx(to_rgba(LOSS))
    assert shades()(1.0) == pytest.approx(to_rgba(GAIN))


def test_lines_of_trade_are_as_wide_as_their_share_of_the_largest() -> None:
    trade = np.zeros((4, 4))
    trade[0, 1], trade[2, 1], trade[3, 0], trade[1, 3] = -200.0, 50.0, 100.0, 0.9 * LEAST_EDGE * 200.0
    ax, _ = drawn(network(trade=trade))
    lines = [p for p in ax.patches if isinstance(p, FancyArrowPatch) and p.get_zorder() == 2]
    assert [line.get_linewidth() for line in lines] == pytest.approx([0.4 + 4.6 * s for s in (1.0, 0.5, 0.25)])
    assert [tuple(line.get_edgecolor()[:3]) for line in lines] == [to_rgb(c) for c in (LOSS, GAIN, GAIN)]
    rng = np.random.default_rng(1)
    states = tuple(f"X{i}" for i in range(9))
    many = NetworkData(states, {}, np.ones(9), np.zeros(9), rng.uniform(1.0, 2.0, (9, 9)), {})
    ax, _ = drawn(many)
    assert len([p for p in ax.patches if isinstance(p, FancyArrowPatch)]) == MOST_EDGES


def test_arrows_are_pressure_and_answers_and_the_parties_are_ringed() -> None:
    ax, _ = drawn(network(ties={("CHN", "AUS"): True, ("USA", "AUS"): False, ("JPN", "LTU"): False}))
    arrows = [p for p in ax.patches if isinstance(p, FancyArrowPatch)]
    assert [tuple(a.get_edgecolor()[:3]) for a in arrows] == [to_rgb(ANSWER), to_rgb(ANSWER), to_rgb(PRESSURE)]
    ringed = [t.get_text() for t, p in zip(ax.texts, (p for p in ax.patches if isinstance(p, Circle)), strict=True)
              if p.get_linewidth() == 1.4]  # fmt: skip
    assert ringed == ["AUS", "CHN"]
    assert ax.texts[-1].get_text() == "LTU"  # a party outside the world has a white disc of its own
    answers = {(f"S{i}", "AUS"): False for i in range(MOST_ANSWERS + 5)}
    ax, _ = drawn(network(ties=answers))
    assert len([p for p in ax.patches if isinstance(p, FancyArrowPatch)]) == MOST_ANSWERS


def test_the_map_has_its_scale_and_the_widest_line_in_billions() -> None:
    trade = np.zeros((4, 4))
    trade[0, 1] = -2500.0
    with house():
        figure = network_figure(network(trade=trade, income=np.array([-0.3, 0.0, 0.0, 0.0])))
        still = network_figure(network())
    bar = figure.axes[1]
    assert [tick.get_text() for tick in bar.get_xticklabels()] == ["−0.500", "0", "+0.500"]
    assert [t.get_text() for t in figure.texts] == ["Thickest line: US$ 2.50 billion a year"]
    assert not still.texts
    assert len(figure.legends[0].get_texts()) == 4


def test_states_without_a_capital_stand_in_a_corner_while_they_are_few() -> None:
    known = ("AUS", "CHN", "JPN", "USA", "DEU", "BRA")
    spot = places((*known, "ROW"))
    assert spot["ROW"] == pytest.approx((-1.5, -0.95), abs=0.2)
    assert spot["USA"][0] > spot["JPN"][0] > spot["CHN"][0] > spot["DEU"][0]  # eastwards from the Atlantic
    assert spot["DEU"][1] > spot["AUS"][1]
    assert places(()) == {}


# ------------------------------------------------------------------ snapshots


def record(setting: Setting, **changes: Any) -> Any:
    n, flows = len(setting.world.states), np.array(setting.world.flows, copy=True)
    flows[0, 0, 1] += 10.0
    flows[0, 1, 0] += 0.5 * NOISE_USD
    now = SimpleNamespace(welfare_pct_gdp=np.arange(n) - 1.0, flows=flows)
    without = SimpleNamespace(welfare_pct_gdp=np.full(n, 0.25))
    toll = SimpleNamespace(cooperation_loss=np.full(n, 0.125))
    base = {"actual": now, "without": without, "adjustment": np.full(n, 0.5), "toll": toll}
    return SimpleNamespace(**(base | {"burden": np.full(n, 2.0), "pressed": (), "taken": ()} | changes))


def test_a_quarter_adds_income_effect_burden_and_trade(setting: Setting) -> None:
    first = blank(setting)
    now = after(first, record(setting), setting, ())
    assert now.income[0] == pytest.approx(np.arange(4) - 1.0 - 0.5 - 0.125)
    assert now.effect[0] == pytest.approx(np.arange(4) - 1.25)
    assert now.burden[0] == pytest.approx(np.full(4, 2.0))
    wanted = np.zeros((4, 4))
    wanted[0, 1] = 10.0
    assert now.trade == pytest.approx(wanted)  # the residue of the solver is none
    assert (now.played, now.pressed, now.acting) == (1, (False,), ())
    assert first.played == 0
    later = after(now, record(setting, burden=np.full(4, 4.0)), setting, ())
    assert later.mean(later.burden, "USA") == pytest.approx(3.0)
    assert later.burden[:, later.states.index("USA")] == pytest.approx([2.0, 4.0])


def test_measures_in_force_are_those_of_the_record(setting: Setting) -> None:
    ban = SimpleNamespace(kind="import_ban", size=0.0, sectors=("coal",), by="CHN", on="AUS", purpose="coercion")
    aid = SimpleNamespace(kind="transfer", size=30.0, sectors=(), by="USA", on="AUS", purpose="compensate")
    now = after(blank(setting), record(setting, pressed=(ban,), taken=(aid,)), setting, ())
    assert [(m.by, m.on, m.purpose) for m in now.acting] == [("CHN", "AUS", "coercion"), ("USA", "AUS", "compensate")]
    assert now.pressed == (True,)


def test_the_logbook_has_every_entry_of_the_run_once(setting: Setting, run: DashboardModel) -> None:
    log = run.snapshot.log
    html = log_table(setting, run.snapshot)
    assert html.count("<tr class=") == len(log) == len(set(log))
    quarters = [setting.quarters.index(q) for q in re.findall(r"<td>(\d{4}Q\d)</td>", html)]
    assert quarters == sorted((e.quarter for e in log if e.quarter >= 0), reverse=True)
    assert html.count('<tr class="cs-pressure">') == sum(e.kind == "pressure" for e in log)


# ------------------------------------------------------------------ page


def page() -> Any:
    pytest.importorskip("solara")
    from coercion_sim.dashboard import page

    return page


def test_controls_start_at_their_defaults_and_hand_over_every_argument(setting: Setting) -> None:
    controls = page().Controls.of(setting)
    values = controls.values
    assert values.pop("setting") is setting
    assert values == {"policy": "stand alone", "replicate": 0, **{d.path: d.default for d in setting.dials}}
    controls.replicate.value = 3
    controls.policy.value = "respond as allies"
    chosen = DashboardModel.chosen(**controls.values)
    assert (chosen["policy"], chosen["replicate"]) == ("respond_as_allies", 3)


def test_model_parameters_have_range_step_and_value_of_each_dial(setting: Setting) -> None:
    many = tuple(Dial(f"economy.x{i}", f"Number {i}", "share", 0.0, 1.0, 0.01, 0.5) for i in range(MOST_SLIDERS + 2))
    several = Dial("dispute.rule", "Rule", "kind", 1.0, 2.0, 1.0, 1.0, choices=(1.0, 2.0))
    whole = Dial("dispute.n", "Quarters", "", 1.0, 9.0, 1.0, 4.0, whole=True)
    given = replace(setting, dials=(several, whole, *many))
    params = page().Controls.of(given).as_model_params(None)
    assert params["policy"]["values"] == list(given.choices)
    assert (params["replicate"]["min"], params["replicate"]["max"]) == (0, MOST_REPLICATES)
    assert (params["dispute.rule"]["type"], params["dispute.rule"]["values"]) == ("Select", [1.0, 2.0])
    assert params["dispute.n"]["type"] == "SliderInt"
    slider = params["economy.x0"]
    assert (slider["type"], slider["min"], slider["max"], slider["step"]) == ("SliderFloat", 0.0, 1.0, 0.01)
    assert slider["label"] == many[0].label(0.5)
    sliders = [k for k, v in params.items() if isinstance(v, dict) and k not in ("policy", "replicate")]
    assert len(sliders) == MOST_SLIDERS
    assert params[many[-1].path].value == 0.5  # beyond the first, the reactive value itself


def test_a_drawing_becomes_a_png_in_the_page() -> None:
    address = page().address(lambda: Figure(figsize=(2.0, 1.0)))
    head, _, data = address.partition(",")
    assert head == "data:image/png;base64"
    png = b64decode(data)
    assert png.startswith(b"\x89PNG")
    assert (int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")) == (340, 170)


def test_the_two_largest_allies_are_drawn_at_first(setting: Setting) -> None:
    world = setting.world
    size = dict(zip(world.states, world.baseline.gdp, strict=True))
    tied = {s for a in world.alliances for s in (a.a, a.b) if "AUS" in (a.a, a.b)} - {"AUS", "CHN"}
    assert page()._others(setting) == sorted(tied, key=lambda s: -size[s])[:2]


def test_map_and_plots_are_of_the_snapshot(setting: Setting, run: DashboardModel) -> None:
    data = page()._network(setting, run.snapshot)
    assert data.income == pytest.approx(run.snapshot.income[-1])
    assert data.trade is run.snapshot.trade
    assert data.ties["CHN", "AUS"]
    assert not page()._network(setting, blank(setting)).income.any()
    paths = page()._paths(setting, run.snapshot, None, ["USA"])
    assert (paths.target, paths.coercer, paths.others, paths.before) == ("AUS", "CHN", ["USA"], None)
    assert paths.names["JPN"] == "Japan"


def test_the_style_sheet_fetches_nothing() -> None:
    from importlib.resources import files

    css = (files("coercion_sim.dashboard") / "dashboard.css").read_text("utf-8")
    assert ".cs-tile" in css
    assert not re.findall(r"@import|url\(", css)


# ------------------------------------------------------------------ server


def test_a_port_that_is_free_is_taken_as_asked() -> None:
    pytest.importorskip("solara")
    from coercion_sim.dashboard.server import HOST, free_socket

    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    with free_socket(port) as taken:
        assert taken.getsockname() == (HOST, port)


COOKIE = {"host": "127.0.0.1:80", "cookie": "token-80=secret"}


@pytest.mark.parametrize(
    ("kind", "path", "headers", "passes"),
    [
        ("http", "/?token=secret", {"host": "127.0.0.1:80"}, True),
        ("http", "/", {"host": "localhost:80", "cookie": "a=b; token-80=secret"}, True),
        ("http", "/", {"host": "127.0.0.1:80"}, False),
        ("http", "/?token=guess", {"host": "127.0.0.1:80"}, False),
        ("http", "/?token=secret", {"host": "evil.example:80"}, False),
        ("http", "/?token=secret", {}, False),
        ("http", "/?token=secret", {"host": "127.0.0.1:80", "origin": "http://evil.example"}, False),
        (
            "websocket",
            "/ws",
            {"host": "127.0.0.1:80", "cookie": "token-80=secret", "origin": "http://127.0.0.1:80"},
            True,
        ),
        (
            "websocket",
            "/ws",
            {"host": "127.0.0.1:80", "cookie": "token-80=secret", "origin": "http://127.0.0.1:81"},
            False,
        ),
        ("websocket", "/ws", {"host": "127.0.0.1:80", "cookie": "token-80=secret", "origin": "null"}, False),
        ("websocket", "/ws", {"host": "127.0.0.1:80", "origin": "http://127.0.0.1:80"}, False),
        ("websocket", "/ws", {"host": "127.0.0.1:80"}, False),
        ("lifespan", "", {}, True),
    ],
)
def test_the_gate_lets_in_its_own_pages_with_the_token_alone(
    kind: str, path: str, headers: dict[str, str], passes: bool
) -> None:
    pytest.importorskip("solara")
    from coercion_sim.dashboard.server import Gate

    sent = gate_answers(Gate(app_that_answers, 80, "secret"), kind, path, headers)
    first = sent[0]
    if passes:
        assert first["type"].endswith((".start", ".accept", ".complete"))
        assert any(b"token-80=secret" in value for _, value in first.get("headers", [])) == ("token=secret" in path)
    else:
        assert first.get("status", 403) in (400, 403)
        assert first["type"] in ("http.response.start", "websocket.close")


def test_sessions_are_capped_and_a_page_may_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("solara")
    import solara.server.settings
    from solara.server import kernel_context

    from coercion_sim.dashboard import server

    monkeypatch.setattr(kernel_context, "contexts", dict.fromkeys("ab"))
    gate = server.Gate(app_that_answers, 80, "secret", most=2)
    headers = {"host": "127.0.0.1:80", "cookie": "token-80=secret", "origin": "http://127.0.0.1:80"}
    for kernel, answer in (("a", "websocket.accept"), ("c", "websocket.close")):
        (first, *_) = gate_answers(gate, "websocket", f"/jupyter/api/kernels/{kernel}/channels", headers)
        assert first["type"] == answer
    monkeypatch.setattr(solara.server.settings.kernel, "cull_timeout", "24h")
    server._stay_here("title")
    assert solara.server.settings.kernel.cull_timeout == "1m"


async def app_that_answers(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The smallest application: it accepts whatever it is asked."""
    kind = {"http": "http.response.start", "websocket": "websocket.accept"}.get(
        scope["type"], "lifespan.startup.complete"
    )
    await send({"type": kind, "status": 200, "headers": []})


def gate_answers(gate: Any, kind: str, path: str, headers: dict[str, str]) -> list[dict[str, Any]]:
    """Messages that a request gets."""
    import asyncio

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    place, _, query = path.partition("?")
    scope = {
        "type": kind, "path": place, "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    asyncio.run(gate(scope, None, send))
    return sent


def test_no_free_port_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("solara")
    from coercion_sim.dashboard import server

    monkeypatch.setattr(server, "MORE_PORTS", 0)
    with socket.socket() as busy:
        busy.bind((server.HOST, 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(InvalidInput) as caught:
            server.free_socket(port)
    (problem,) = caught.value.problems
    assert problem.key == "--port"
    assert str(port) in str(problem.found)


def test_other_errors_of_a_socket_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("solara")
    from coercion_sim.dashboard import server

    monkeypatch.setattr(server, "HOST", "203.0.113.1")  # no address of this machine
    with pytest.raises(OSError, match=r".") as caught:
        server.free_socket(8765)
    assert not isinstance(caught.value, InvalidInput)


def test_the_dashboard_is_opened_with_its_checked_setting(tiny_file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("solara")
    served: list[tuple[Any, ...]] = []
    monkeypatch.setattr(
        "coercion_sim.dashboard.server.serve",
        lambda setting, port, say, *, open_browser: served.append((setting, port, say, open_browser)),
    )
    open_dashboard(tiny_file, 8123, print, policies=["stand_alone"], seed=5, open_browser=True)
    ((setting, port, say, browser),) = served
    assert (setting.policies, setting.seed, port, say, browser) == (("stand_alone",), 5, 8123, print, True)
    with pytest.raises(InvalidInput, match="no_such"):
        open_dashboard(tiny_file, 8123, print, policies=["no_such"])
    assert len(served) == 1
