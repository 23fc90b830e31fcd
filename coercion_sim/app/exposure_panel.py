"""The place to look who can hurt whom: an embargo of one state on each other, and the goods behind it."""

from __future__ import annotations

from typing import Any

import numpy as np
from htmltools import TagList, tags
from shiny import Inputs, Outputs, module, reactive, render, ui
from shiny import Session as Browser

from coercion_sim.app.charts import bar
from coercion_sim.app.game_views import plain_table
from coercion_sim.app.setting import Setting
from coercion_sim.dispute import effect_store
from coercion_sim.errors import CoercionSimError
from coercion_sim.model import embargo
from coercion_sim.wording import fixed, percent

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
            tags.tr(
                tags.th(name, scope="row"), tags.td(fixed(loss, 2), bar(loss, largest)), tags.td(fixed(own, 3)),
                tags.td(fixed(loss / own, 0) if own > 0 and loss > 0 else "-"),
            )
            for name, loss, own in rows()
        ]  # fmt: skip
        coercer = setting.state(input.coercer())
        heads = ("State", "Its loss, % of GDP", f"Loss of {coercer}, % of GDP", "Ratio")
        caption = f"Long-run loss if {coercer} stopped goods trade both ways with one state"
        return tags.div(
            tags.table(
                tags.caption(caption), tags.thead(tags.tr(*(tags.th(h, scope="col") for h in heads))),
                tags.tbody(*body), class_="table table-sm",
            ),
            class_="wide", tabindex="0", role="region", aria_label=caption,
        )  # fmt: skip

    @render.ui
    def goods() -> Any:
        if input.target() == input.coercer():
            return tags.p("Choose two states.")
        coercer, target = setting.state(input.coercer()), setting.state(input.target())
        heads = ("Good", "US$ million", f"share of exports of {target}", f"share of imports of {coercer}")
        return TagList(
            plain_table(
                f"What {target} sells to {coercer}", heads, goods_between(setting, input.coercer(), input.target())
            )
        )
