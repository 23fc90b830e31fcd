"""Two places to look: the script with every uncertain number on a slider, and who can hurt whom."""

from __future__ import annotations

from typing import Any

import numpy as np
from htmltools import TagList, tags
from shiny import Inputs, Outputs, module, reactive, render, ui
from shiny import Session as Browser

from coercion_sim.app.drawings import bar, line_chart
from coercion_sim.app.game_views import plain_table
from coercion_sim.app.setting import MOST_SLIDERS, Dial, Setting
from coercion_sim.dispute import effect_store
from coercion_sim.errors import CoercionSimError
from coercion_sim.model import QuarterRecord, build_model, embargo, release
from coercion_sim.wording import fixed, listing, percent, policy_label, spaced

# ------------------------------------------------------------------ what if


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
            against = policy_label(input.against())
            lines |= {f"{setting.state(s)}\n{against}": effects(setting, two, s) for s in parties[:1]}
        caption = "Effect of coercion and of the answers on real income, % of GDP a year, by quarter"
        totals = {
            s: [sum(effects(setting, run, s)) / 4.0 for run in (one, two)] for s in setting.world.states if s != "ROW"
        }
        heads = ("State", policy_label(input.policy()), policy_label(input.against()))
        hardest = sorted(totals, key=lambda s: -abs(totals[s][0]))[:12]
        top = [(setting.state(s), *(fixed(x, 3) for x in totals[s])) for s in hardest]
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
        (
            setting.state(m.by),
            setting.state(m.on),
            spaced(m.kind) + (f" on {listing([*map(setting.sector, m.sectors)])}" if m.sectors else ""),
        )
        for m in (*last.pressed, *last.taken)
    ]


# ------------------------------------------------------------------ who can hurt whom


#: Goods listed.
MOST_GOODS = 12


def hurt(setting: Setting, coercer: str, target: str) -> tuple[float, float]:
    """Long-run loss of the target and of the coercer if it stopped goods trade both ways, percent of own GDP.

    Raises
    ------
    CoercionSimError
        Where a buyer is left without a supplier.
    """
    world = setting.scenario.apply_to(setting.world)
    effect = effect_store().long_run(world, setting.scenario.economy_parameters(), embargo(coercer, target))
    return tuple(-float(effect[world.state_index(s)]) for s in (target, coercer))  # type: ignore[return-value]


def goods_between(setting: Setting, coercer: str, target: str) -> list[tuple[str, ...]]:
    """Largest sales of the target to the coercer: US$ million, share of its exports, and of the coercer's imports."""
    world = setting.world
    c, t = world.state_index(coercer), world.state_index(target)
    sold = world.flows[:, t, c]
    abroad = world.flows[:, t].sum(axis=1) - world.flows[:, t, t]
    bought = world.flows[:, :, c].sum(axis=1) - world.flows[:, c, c]
    rows: list[tuple[str, ...]] = []
    for j in np.argsort(-sold)[:MOST_GOODS]:
        if sold[j] > 0:
            shares = (percent(sold[j] / abroad[j]), percent(sold[j] / bought[j]))
            rows.append((setting.sector(world.sectors[j]), f"{sold[j]:,.0f}", *shares))
    return rows


@module.ui
def exposure_ui(setting: Setting) -> Any:
    """A selector above two tables."""
    states = {s: setting.state(s) for s in setting.world.states if s != "ROW"}
    first = setting.scenario.coercer if setting.scenario.coercer in states else next(iter(states))
    target = setting.scenario.target if setting.scenario.target in states else next(s for s in states if s != first)
    return ui.TagList(
        tags.div(
            ui.input_select("coercer", "Who could press", states, selected=first),
            ui.input_select("target", "Goods of", states, selected=target),
            class_="selectors",
        ),
        ui.output_ui("losses"),
        ui.output_ui("goods"),
    )


@module.server
def exposure_server(input: Inputs, output: Outputs, session: Browser, setting: Setting) -> None:
    """Computes an embargo on every state when another coercer is chosen."""

    @reactive.calc
    def rows() -> list[tuple[str, float, float]]:
        made = []
        for state in setting.world.states:
            if state in ("ROW", input.coercer()):
                continue
            try:
                made.append((setting.state(state), *hurt(setting, input.coercer(), state)))
            except CoercionSimError:
                made.append((setting.state(state), float("nan"), float("nan")))
        return sorted(made, key=lambda row: -row[1] if row[1] == row[1] else 1.0)

    @render.ui
    def losses() -> Any:
        largest = max((abs(row[1]) for row in rows() if row[1] == row[1]), default=0.0)
        body = [
            (name, TagList(fixed(loss, 2), bar(loss, largest)), fixed(own, 3),
             fixed(loss / own, 0) if own > 0 and loss > 0 else "-")
            for name, loss, own in rows()
        ]  # fmt: skip
        coercer = setting.state(input.coercer())
        heads = ("State", "Its loss, % of GDP", f"Loss of {coercer}, % of GDP", "Ratio")
        return plain_table(f"Long-run loss if {coercer} stopped goods trade both ways with one state", heads, body)

    @render.ui
    def goods() -> Any:
        if input.target() == input.coercer():
            return tags.p("Choose two states.")
        coercer, target = setting.state(input.coercer()), setting.state(input.target())
        heads = ("Good", "US$ million", f"share of exports of {target}", f"share of imports of {coercer}")
        body = goods_between(setting, input.coercer(), input.target())
        return plain_table(f"What {target} sells to {coercer}", heads, body)
