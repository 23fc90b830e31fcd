"""The page: SolaraViz with its controls at the side, and the panels that follow the run."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from threading import Lock
from typing import Any

import solara
from matplotlib.figure import Figure
from mesa.visualization import SolaraViz
from mesa.visualization.utils import update_counter

from coercion_sim.dashboard.adapter import DashboardModel
from coercion_sim.dashboard.map import NetworkData, network_figure
from coercion_sim.dashboard.panels import PathData, acting_table, heading, log_table, paths_figure, tiles
from coercion_sim.dashboard.setting import MOST_REPLICATES, MOST_SLIDERS, Dial, Setting
from coercion_sim.dashboard.snapshot import Snapshot, ties
from coercion_sim.figures import house, picture


@dataclass(frozen=True, eq=False)
class Controls:
    """Reactive values of the controls of one browser session."""

    setting: Setting
    policy: Any
    replicate: Any
    dials: dict[str, Any]

    @classmethod
    def of(cls, setting: Setting) -> Controls:
        """Everything at its default."""
        dials = {d.path: solara.reactive(d.default) for d in setting.dials}
        return cls(setting, solara.reactive(next(iter(setting.choices))), solara.reactive(0), dials)

    @property
    def values(self) -> dict[str, Any]:
        """Current choices, as keyword arguments of `DashboardModel`."""
        numbers = {path: value.value for path, value in self.dials.items()}
        return {"setting": self.setting, "policy": self.policy.value, "replicate": self.replicate.value, **numbers}

    def as_model_params(self, working: Any) -> dict[str, Any]:
        """`model_params` of SolaraViz: a control for the policy, the luck and the first dials.

        The other values follow unchanged. SolaraViz keeps the reactive values themselves until a control is moved;
        `DashboardModel` reads them.
        """
        entries: dict[str, Any] = {
            "policy": {"type": "Select", "label": "Policy", "value": self.policy, "values": list(self.setting.choices)},
            "replicate": {
                "type": "SliderInt",
                "label": f"Luck: replicate {self.replicate.value}",
                "value": self.replicate,
                "min": 0,
                "max": MOST_REPLICATES,
                "step": 1,
            },
        }
        dials = self.setting.dials
        entries |= {d.path: self._control(d) for d in dials[:MOST_SLIDERS]}
        rest = {d.path: self.dials[d.path] for d in dials[MOST_SLIDERS:]}
        return {"setting": self.setting, "working": working, **entries, **rest}

    def _control(self, dial: Dial) -> dict[str, Any]:
        value = self.dials[dial.path]
        if dial.choices:
            return {
                "type": "Select",
                "label": f"{dial.words}, {dial.unit}",
                "value": value,
                "values": list(dial.choices),
            }
        return {
            "type": "SliderInt" if dial.whole else "SliderFloat",
            "label": dial.label(value.value),
            "value": value,
            "min": dial.low,
            "max": dial.high,
            "step": dial.step,
        }


@solara.component
def FoldedDials(controls: Controls) -> None:
    """Controls of the dials beyond the first, folded away."""
    rest = controls.setting.dials[MOST_SLIDERS:]
    if not rest:
        return
    with solara.Details(f"{len(rest)} more numbers"), solara.Column():
        for dial in rest:
            value = controls.dials[dial.path]
            if dial.choices:
                solara.Select(f"{dial.words}, {dial.unit}", value=value, values=list(dial.choices))
            elif dial.whole:
                solara.SliderInt(dial.label(value.value), value=value, min=int(dial.low), max=int(dial.high))
            else:
                solara.SliderFloat(dial.label(value.value), value=value, min=dial.low, max=dial.high, step=dial.step)


#: Dots an inch: two for each pixel of a figure 7 inches wide on half a screen.
_DPI = 170
#: Matplotlib's settings are one for the whole process, and every browser window is served by threads of its own.
_ONE_AT_A_TIME = Lock()


def address(draw: Callable[[], Figure]) -> str:
    """Draw a figure in the house style and return it as a `data:` URL."""
    with _ONE_AT_A_TIME, house():
        data = picture(draw(), "png", dpi=_DPI)
    return f"data:image/png;base64,{b64encode(data).decode('ascii')}"


@solara.component
def Panels(model: Any) -> None:
    """Panels of the run; drawn anew when a quarter was played or the model replaced."""
    update_counter.get()
    run = model.value
    setting, now, earlier = run.setting, run.snapshot, run.before
    others, set_others = solara.use_state(_others(setting))
    map_address = solara.use_memo(lambda: address(lambda: network_figure(_network(setting, now))), [now])
    plots_address = solara.use_memo(
        lambda: address(lambda: paths_figure(_paths(setting, now, earlier, others))), [now, earlier, tuple(others)]
    )
    solara.HTML(tag="div", unsafe_innerHTML=heading(run), classes=["cs-head"])
    if run.trouble:
        solara.Error(f"The run stops here. {run.trouble}")
    solara.HTML(tag="div", unsafe_innerHTML=tiles(setting, now, earlier), classes=["cs-tiles"])
    with solara.Div(classes=["cs-panels"]):
        with solara.Div(classes=["cs-panel"]):
            _title("Who presses whom, and what changed in trade since the baseline")
            _image(map_address, "Map of states: size by GDP, colour by change of real income, lines by change of trade")
        with solara.Div(classes=["cs-panel"]):
            _title("Outcomes so far")
            _image(plots_address, "Paths of real income, effect of the coercion, and burdens by quarter")
            codes = {
                setting.state(s): s for s in now.states if s not in (setting.scenario.target, setting.scenario.coercer)
            }
            solara.SelectMultiple(
                "Also show",
                [setting.state(s) for s in others],
                list(codes),
                on_value=lambda names: set_others([codes[name] for name in names]),
                dense=True,
            )
        _panel("Measures in force", acting_table(setting, now), "cs-acting")
        _panel("Events and decisions, newest first", log_table(setting, now), "cs-log")


@solara.component
def Look() -> None:
    """The style sheet."""
    solara.Style((files("coercion_sim.dashboard") / "dashboard.css").read_text("utf-8"))


@solara.component
def Working(working: Any) -> None:
    """A line that appears while a quarter is computed, after a moment."""
    classes = ["cs-working", "cs-on"] if working.value else ["cs-working"]
    solara.HTML(tag="div", unsafe_innerHTML="Computing a quarter …", classes=classes)


def _others(setting: Setting) -> list[str]:
    """The two largest allies of the target, drawn besides target and coercer at first."""
    world, target = setting.world, setting.scenario.target
    tied = {s for a in world.alliances for s in (a.a, a.b) if target in (a.a, a.b)} - {target, setting.scenario.coercer}
    size = dict(zip(world.states, world.baseline.gdp, strict=True))
    return sorted((s for s in tied if s in size), key=lambda s: -size[s])[:2]


def _network(setting: Setting, now: Snapshot) -> NetworkData:
    income = now.income[-1] if now.played else 0.0 * now.size
    names = {s: setting.state(s) for s in now.states}
    return NetworkData(now.states, names, now.size, income, now.trade, ties(now.acting))


def _paths(setting: Setting, now: Snapshot, before: Snapshot | None, others: list[str]) -> PathData:
    names = {s: setting.state(s) for s in now.states}
    return PathData(setting.quarters, names, setting.scenario.target, setting.scenario.coercer, others, now, before)


def _title(text: str) -> None:
    solara.HTML(tag="h2", unsafe_innerHTML=text)


def _image(address: str, words: str) -> None:
    solara.HTML(tag="img", attributes={"src": address, "alt": words})


def _panel(title: str, table: str, name: str) -> None:
    with solara.Div(classes=["cs-panel"]):
        _title(title)
        solara.HTML(tag="div", unsafe_innerHTML=table, classes=["cs-scroll", name])


#: Setting served by this process; solara finds a page by the name of its module and passes no arguments.
_setting: list[Setting] = []

#: Seconds a control has to rest before the run is played again, and between quarters while it plays.
_REST, _PLAY_MS = 0.2, 250


def show(setting: Setting) -> None:
    """Set the setting of `Page`, before the server starts."""
    _setting[:] = [setting]


@solara.component
def Page() -> None:
    """One browser window: a run of its own, with controls of its own."""
    setting = _setting[0]
    solara.Title(f"{setting.scenario.title} - coercion-sim")
    working = solara.use_reactive(False)
    controls = solara.use_memo(lambda: Controls.of(setting), [])
    first = solara.use_memo(lambda: DashboardModel(**controls.values, working=working), [])
    model: Any = solara.use_reactive(first)
    _follow(controls, model, working)
    solara.use_effect(lambda: model.value.close, [model.value])
    SolaraViz(
        model,
        components=[],
        model_params=controls.as_model_params(working),
        name=setting.scenario.title,
        play_interval=_PLAY_MS,
    )
    with solara.Sidebar():
        FoldedDials(controls)
        Look()
    Panels(model)
    Working(working)


def _follow(controls: Controls, model: Any, working: Any) -> None:
    """Replay the run up to its last quarter when a control was moved; a later move overtakes an earlier one."""
    turn: Any = solara.use_ref(0)
    wanted = tuple(value for key, value in controls.values.items() if key != "setting")

    def again() -> None:
        turn.current += 1
        mine = turn.current
        old: DashboardModel = model.value
        if DashboardModel.chosen(**controls.values) == old.arguments:
            return
        time.sleep(_REST)
        if turn.current != mine:
            return
        working.value = True
        new = DashboardModel(**controls.values)
        while new.running and new.steps < model.value.steps and turn.current == mine:
            new.step()
        working.value = False
        if turn.current != mine:
            new.close()
            return
        old = model.value
        new.before, new.working = (old.snapshot if old.steps else None), working
        model.value = new

    solara.lab.use_task(again, dependencies=[wanted], prefer_threaded=True)
