"""The page, one Shiny app: the answer first, computed once and kept, then three places."""

from __future__ import annotations

import asyncio
import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from htmltools import Tag, TagList, tags
from shiny import App, Inputs, Outputs, module, reactive, render, ui
from shiny import Session as Browser
from starlette.requests import Request

from coercion_sim.analysis import HEADINGS, answer, first_screen, how_sure, how_to_read, policy_rows
from coercion_sim.app.game_links import game_of_link
from coercion_sim.app.game_views import plain_table
from coercion_sim.app.look_panels import exposure_server, exposure_ui, what_if_server, what_if_ui
from coercion_sim.app.play_panel import Table, play_server, play_ui
from coercion_sim.app.server import Tokens
from coercion_sim.app.setting import Setting
from coercion_sim.dispute import payoff_store
from coercion_sim.experiments import available_cores, content_key, make_job
from coercion_sim.files import write_text

# ------------------------------------------------------------------ the answer


def computed(setting: Setting, draws: int) -> dict[str, Any]:
    """The answer's screen as plain data, from the store of payoff tables where it was computed before."""
    kept = _place(setting, draws)
    if kept is not None and kept.exists():
        try:
            screen: dict[str, Any] = json.loads(kept.read_text("utf-8"))
            return screen
        except ValueError:
            kept.unlink()
    a = answer(
        setting.source, setting.policies, draws=draws, seed=setting.seed, overrides=setting.overrides,
        policy_files=setting.policy_files, workers=available_cores(),
    )  # fmt: skip
    screen = {"draws": a.draws, "sentences": first_screen(a), "rows": policy_rows(a)}
    screen |= {"read": how_to_read(), "sure": how_sure(a)}
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_text(kept, json.dumps(screen))
    return screen


def _place(setting: Setting, draws: int) -> Path | None:
    """File of this answer: its name is a hash of everything it depends on."""
    folder = payoff_store().folder
    if folder is None:
        return None
    job = make_job(
        setting.source, setting.policies, replicates=draws, seed=setting.seed, overrides=setting.overrides,
        policy_files=setting.policy_files,
    )  # fmt: skip
    key = f"{content_key(job)} {setting.seed} {draws} {setting.policies}"
    return folder.parent / "answers" / f"{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}.json"


def answer_view(screen: dict[str, Any]) -> Tag:
    """The answer as a page has it."""
    sentences = [TagList(tags.dt(head), tags.dd(text)) for head, text in screen["sentences"].items()]
    return tags.section(
        tags.dl(*sentences, class_="answer"),
        plain_table("Policies side by side", ("Policy", *HEADINGS[1:]), [tuple(row) for row in screen["rows"]]),
        tags.p(screen["read"], class_="note"),
        tags.p(f"How sure: {screen['sure']}", class_="note"),
        tags.p(f"{screen['draws']} draws of the uncertain numbers and stakes; each is one exact game.", class_="note"),
    )


@module.ui
def answer_ui(setting: Setting) -> Any:
    """The question, and the place of its answer."""
    scenario = setting.scenario
    return ui.TagList(
        tags.h1(scenario.title or scenario.name), tags.p(scenario.question, class_="question"), ui.output_ui("screen")
    )


@module.server
def answer_server(input: Inputs, output: Outputs, session: Browser, setting: Setting, draws: int) -> None:
    """Computes the answer beside the page."""

    @reactive.extended_task
    async def task() -> dict[str, Any]:
        return await asyncio.to_thread(computed, setting, draws)

    @reactive.effect
    def _start() -> None:
        task()

    @render.ui
    def screen() -> Any:
        if task.status() in ("initial", "running"):
            return tags.p("The answer is being computed; the other places work meanwhile.", role="status")
        if task.status() == "error":
            return tags.p(f"No answer: {task.error.get()}", role="alert")
        return answer_view(task.result())


# ------------------------------------------------------------------ the page


def make_app(setting: Setting, draws: int, tokens: Tokens) -> App:
    """Make the app of a setting; every browser that opens it sits at one table."""
    table = Table()

    def page(request: Request) -> Any:
        return _page(setting, tokens.leads(request.url.query, request.cookies))

    def server(input: Inputs, output: Outputs, session: Browser) -> None:
        def leads() -> bool:
            return tokens.leads(session.clientdata.url_search(), session.http_conn.cookies)

        @reactive.effect
        def _() -> None:
            if game_of_link(session.clientdata.url_search()):
                ui.update_navset("place", selected="Play")

        answer_server("answer", setting, draws)
        play_server("play", setting, table, leads)
        what_if_server("what_if", setting)
        exposure_server("exposure", setting)

    app: Any = App(page, server)
    return app


#: Bootstrap's dark colours where the reader's system is dark.
THEME = """
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => { document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light"; };
dark.addEventListener("change", follow); follow();
"""


def _page(setting: Setting, leads: bool) -> Any:
    style = files("coercion_sim.app").joinpath("app.css").read_text("utf-8")
    return ui.page_navbar(
        ui.nav_panel("Answer", answer_ui("answer", setting)), ui.nav_panel("Play", play_ui("play", setting, leads)),
        ui.nav_panel("What if", what_if_ui("what_if", setting)),
        ui.nav_panel("Who can hurt whom", exposure_ui("exposure", setting)),
        title=setting.scenario.name, id="place", lang="en",
        window_title=setting.scenario.title or setting.scenario.name,
        header=ui.head_content(ui.tags.style(style), ui.tags.script(THEME), ui.tags.link(rel="icon", href="data:,")),
    )  # fmt: skip
