"""The panels beside the controls: heading, numbers, map, plots, measures in force, log."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import solara
from mesa.visualization.utils import update_counter

from coercion_sim.dashboard.charts import PathData, paths_figure
from coercion_sim.dashboard.network import NetworkData, network_figure
from coercion_sim.dashboard.pictures import picture
from coercion_sim.dashboard.setting import Setting
from coercion_sim.dashboard.snapshot import Snapshot, ties
from coercion_sim.dashboard.words import acting_table, heading, log_table, tiles


@solara.component
def Panels(model: Any) -> None:
    """Everything that follows the run; drawn anew when a quarter was played or the model replaced."""
    update_counter.get()
    run = model.value
    setting, now, earlier = run.setting, run.shown, run.before
    others, set_others = solara.use_state(_others(setting))
    map_address = solara.use_memo(lambda: picture(lambda: network_figure(_network(setting, now))), [now])
    plots_address = solara.use_memo(
        lambda: picture(lambda: paths_figure(_paths(setting, now, earlier, others))), [now, earlier, tuple(others)]
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
        _panel("What happened and what was decided, newest first", log_table(setting, now), "cs-log")


@solara.component
def Look() -> None:
    """The style sheet."""
    solara.Style((files("coercion_sim.dashboard") / "dashboard.css").read_text("utf-8"))


@solara.component
def Working(working: Any) -> None:
    """A line that says so while a quarter is being computed; it takes a moment to appear."""
    classes = ["cs-working", "cs-on"] if working.value else ["cs-working"]
    solara.HTML(tag="div", unsafe_innerHTML="Computing a quarter …", classes=classes)


def _others(setting: Setting) -> list[str]:
    """States shown besides target and coercer at first: the two largest allies of the target, of those tied to it."""
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
