"""The page: the answer first, then three places, one Shiny app."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from shiny import App, Inputs, Outputs, ui
from shiny import Session as Browser
from starlette.requests import Request

from coercion_sim.app.answer_panel import answer_server, answer_ui
from coercion_sim.app.exposure_panel import exposure_server, exposure_ui
from coercion_sim.app.play_panel import Table, play_server, play_ui
from coercion_sim.app.server import Tokens
from coercion_sim.app.setting import Setting
from coercion_sim.app.what_if_panel import what_if_server, what_if_ui


def make_app(setting: Setting, draws: int, tokens: Tokens) -> App:
    """Make the app of a setting; every browser that opens it sits at one table."""
    table = Table()

    def page(request: Request) -> Any:
        return _page(setting, tokens.leads(request.url.query, request.cookies))

    def server(input: Inputs, output: Outputs, session: Browser) -> None:
        def leads() -> bool:
            return tokens.leads(session.clientdata.url_search(), session.http_conn.cookies)

        answer_server("answer", setting, draws)
        play_server("play", setting, table, leads)
        what_if_server("what_if", setting)
        exposure_server("exposure", setting)

    app: Any = App(page, server)
    return app


def _page(setting: Setting, leads: bool) -> Any:
    style = files("coercion_sim.app").joinpath("app.css").read_text("utf-8")
    return ui.page_navbar(
        ui.nav_panel("Answer", answer_ui("answer", setting)),
        ui.nav_panel("Play", play_ui("play", setting, leads)),
        ui.nav_panel("What if", what_if_ui("what_if", setting)),
        ui.nav_panel("Who can hurt whom", exposure_ui("exposure", setting)),
        title=setting.scenario.name,
        id="place",
        lang="en",
        window_title=setting.scenario.title or setting.scenario.name,
        header=ui.head_content(ui.tags.style(style), ui.tags.link(rel="icon", href="data:,")),
    )
