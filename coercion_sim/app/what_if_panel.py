"""The place to try numbers: the scenario's script under a policy, with every uncertain number on a slider."""

from __future__ import annotations

from typing import Any

from htmltools import TagList, tags
from shiny import Inputs, Outputs, module, reactive, render, ui
from shiny import Session as Browser

from coercion_sim.app.charts import line_chart
from coercion_sim.app.game_views import plain_table
from coercion_sim.app.setting import MOST_SLIDERS, Dial, Setting
from coercion_sim.errors import CoercionSimError
from coercion_sim.model import QuarterRecord, build_model, release
from coercion_sim.wording import fixed, spaced


def played(setting: Setting, policy: str, values: dict[str, float], replicate: int = 0) -> list[QuarterRecord]:
    """Every quarter of the run with these numbers, burdens left out: that of ``run --defaults`` with them replaced."""
    resolved = setting.scenario.with_values(values)
    model = build_model(resolved, setting.world, policy, setting.seed, replicate=replicate, burdens=False)
    try:
        while model.quarter < model.quarters:
            model.step()
        return list(model.history)
    finally:
        release(model)


def tried(setting: Setting, policy: str, values: dict[str, float]) -> list[QuarterRecord] | str:
    """The run, or why it has no equilibrium."""
    try:
        return played(setting, policy, values)
    except CoercionSimError as error:
        return str(error)


def effects(setting: Setting, history: list[QuarterRecord], state: str) -> list[float]:
    """Effect of coercion and answers on a state's real income by quarter, percent of its GDP a year."""
    n = setting.world.state_index(state)
    return [float(r.actual.welfare_pct_gdp[n] - r.without.welfare_pct_gdp[n]) for r in history]


def _control(at: int, dial: Dial) -> Any:
    label = f"{dial.words} ({dial.unit})" if dial.unit else dial.words
    if dial.choices:
        return ui.input_select(f"dial_{at}", label, {str(c): str(c) for c in dial.choices}, selected=str(dial.default))
    return ui.input_slider(f"dial_{at}", label, dial.low, dial.high, dial.default, step=dial.step)


@module.ui
def what_if_ui(setting: Setting) -> Any:
    """Sliders at the side, the paths in the middle."""
    controls = [_control(i, d) for i, d in enumerate(setting.dials)]
    more = controls[MOST_SLIDERS:]
    policies = {name: words for words, name in setting.choices.items()}
    return ui.layout_sidebar(
        ui.sidebar(
            ui.input_select("policy", "Policy", policies),
            ui.input_select("against", "Compared with", policies, selected=setting.policies[-1]),
            *controls[:MOST_SLIDERS],
            tags.details(tags.summary(f"{len(more)} more numbers"), *more) if more else None,
            width=300, resizable=False, title="Numbers",
        ),
        ui.output_ui("paths"),
    )  # fmt: skip


@module.server
def what_if_server(input: Inputs, output: Outputs, session: Browser, setting: Setting) -> None:
    """Plays the run again when a number is moved."""

    @reactive.calc
    def values() -> dict[str, float]:
        return {d.path: d.value(float(input[f"dial_{i}"]())) for i, d in enumerate(setting.dials)}

    @reactive.calc
    def run() -> list[QuarterRecord] | str:
        return tried(setting, input.policy(), values())

    @reactive.calc
    def other() -> list[QuarterRecord] | str:
        return tried(setting, input.against(), values())

    @render.ui
    def paths() -> Any:
        one, two = run(), other()
        if isinstance(one, str) or isinstance(two, str):
            return tags.p(one if isinstance(one, str) else two, class_="trouble", role="alert")
        scenario = setting.scenario
        parties = [s for s in dict.fromkeys((scenario.target, scenario.coercer)) if s in setting.world.states]
        lines = {setting.state(s): effects(setting, one, s) for s in parties}
        if input.against() != input.policy():
            lines |= {f"{setting.state(s)}, {spaced(input.against())}": effects(setting, two, s) for s in parties[:1]}
        caption = "Effect of coercion and of the answers on real income, % of GDP a year, by quarter"
        states = [s for s in setting.world.states if s != "ROW"]
        rows = sorted(
            (
                (setting.state(s), sum(effects(setting, one, s)) / 4.0, sum(effects(setting, two, s)) / 4.0)
                for s in states
            ),
            key=lambda row: -abs(row[1]),
        )
        heads = ("State", f"{spaced(input.policy())}", f"{spaced(input.against())}")
        top = [(name, fixed(a, 3), fixed(b, 3)) for name, a, b in rows[:12]]
        return TagList(
            line_chart(list(setting.quarters), lines, caption),
            plain_table("Real income over all quarters, % of a year's GDP", heads, top),
            plain_table("Measures in the last quarter with pressure", ("By", "On", "Measure"), _in_force(setting, one)),
        )


def _in_force(setting: Setting, history: list[QuarterRecord]) -> list[tuple[str, ...]]:
    """Measures of the last quarter in which anybody was pressed."""
    last = next((r for r in reversed(history) if r.pressed), None)
    if last is None:
        return []
    return [
        (setting.state(m.by), setting.state(m.on), f"{spaced(m.kind)} on {', '.join(map(setting.sector, m.sectors))}")
        for m in (*last.pressed, *last.taken)
    ]
