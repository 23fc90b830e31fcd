"""The page: SolaraViz with its controls at the side, and the panels that follow the run."""

from __future__ import annotations

import time
from typing import Any

import solara
from mesa.visualization import SolaraViz

from coercion_sim.dashboard.adapter import DashboardModel
from coercion_sim.dashboard.controls import Controls, FoldedDials
from coercion_sim.dashboard.panels import Look, Panels, Working
from coercion_sim.dashboard.setting import Setting

#: What the server of this process shows; solara finds a page by the name of its module, so it cannot be handed over.
_shown: list[Setting] = []

#: Seconds a control has to rest before the run is played again, and between quarters while it plays.
_REST, _PLAY_MS = 0.2, 250


def show(setting: Setting) -> None:
    """Say what `Page` is about, before the server starts."""
    _shown[:] = [setting]


@solara.component
def Page() -> None:
    """One browser window: a run of its own, with controls of its own."""
    setting = _shown[0]
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
    """Play the run again, as far as it had come, when a control was moved; a later move overtakes an earlier one."""
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
        new.before, new.working = (old.shown if old.steps else None), working
        model.value = new

    solara.lab.use_task(again, dependencies=[wanted], prefer_threaded=True)
