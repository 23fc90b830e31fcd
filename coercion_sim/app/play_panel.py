"""The place to play: a seat at a table that other browsers may share, options as cards, a timeline to go back on."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs

from htmltools import Tag, TagList, tags
from shiny import Inputs, Outputs, module, reactive, render, ui
from shiny import Session as Browser

from coercion_sim.analysis import Debrief, Session, Turn, play
from coercion_sim.app.map import network
from coercion_sim.app.setting import Setting
from coercion_sim.errors import CoercionSimError
from coercion_sim.wording import capital, fixed, quantity, spaced

#: Seat of somebody who watches every seat, takes moves back and pauses the table.
FACILITATOR = "facilitator"


@dataclass
class Table:
    """A game that one or several browsers play.

    Attributes
    ----------
    game
        None before it was begun.
    version
        Grows with every change, so that all browsers look again.
    paused
        Whether the facilitator has stopped the seats.
    """

    game: Session | None = None
    version: int = 0
    paused: bool = False

    def changed(self, game: Session | None = None) -> None:
        """Puts another position on the table, or shows the same one anew."""
        self.game = self.game if game is None else game
        self.version += 1


def link_of(game: Session) -> str:
    """Query of an address that replays a game."""
    text = json.dumps(game.game.model_dump(mode="json"), separators=(",", ":"))
    return "?game=" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _kept(game: Session) -> Tag:
    """The game as a file and as a link."""
    text = base64.b64encode(json.dumps(game.game.model_dump(mode="json"), indent=1).encode()).decode()
    return tags.p(
        tags.a("Save the game", href=f"data:application/json;base64,{text}", download="game.json"),
        tags.br(),
        tags.a("Link that replays this game", href=link_of(game)),
    )


def game_of_link(search: str) -> str:
    """JSON text of the game in a query; empty without one."""
    packed = parse_qs(search.lstrip("?")).get("game", [""])[0]
    try:
        return base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode("utf-8")
    except ValueError:
        return ""


# ------------------------------------------------------------------ what a position looks like


def option_cards(turn: Turn, ns: Any, *, advice: bool, paused: bool) -> Tag:
    """One card for each option of a turn, with the button that takes it."""
    cards = []
    for at, o in enumerate(turn.options):
        worth = [tags.dt("Expected worth"), tags.dd(f"{fixed(o.value, 3)} % of GDP"), tags.dd(_money(o.value_usd))]
        if o.low == o.low and o.low != o.high:
            worth += [
                tags.dt("Range over the other side's type"),
                tags.dd(f"{fixed(o.low, 3)} to {fixed(o.high, 3)} %"),
            ]
        if advice:
            worth += [tags.dt("The equilibrium takes it"), tags.dd(f"{fixed(100.0 * o.probability, 0)} %")]
        parts = [tags.li(f"{name}: {fixed(value, 3)} %") for name, value in o.terms.items()]
        press = json.dumps(ns("choice"))
        cards.append(
            tags.article(
                tags.h3(capital(spaced(o.label))),
                tags.p(o.measures) if o.measures else None,
                tags.dl(*worth),
                tags.details(tags.summary("Parts of the worth"), tags.ul(*parts)) if parts else None,
                tags.button(
                    f"Choose: {spaced(o.label)}", class_="btn btn-primary", type="button",
                    disabled="" if paused else None,
                    onclick=f"Shiny.setInputValue({press}, {at}, {{priority: 'event'}})",
                ),
                class_="option",
            )
        )  # fmt: skip
    return tags.div(*cards, class_="options")


def turn_view(turn: Turn, names: dict[str, str]) -> Tag:
    """What the government of a turn knows, above its options."""
    facts = [tags.h2(f"{turn.quarter}: {names.get(turn.seat, turn.seat)}"), tags.p(turn.question, class_="question")]
    if turn.measures:
        first, later = turn.loss
        cost = f"{quantity(-first, 'pct_gdp')} ({_money(-turn.loss_usd[0])}) in the first year"
        facts.append(tags.p(f"Measures: {'; '.join(turn.measures)}."))
        facts.append(
            tags.p(f"Without help they cost {names[turn.target]} {cost}, {fixed(-later, 2)} % in the long run.")
        )
    if turn.answers:
        did = "; ".join(f"{names.get(ally, ally)}: {spaced(what)}" for ally, what in turn.answers.items())
        facts.append(tags.p(f"Allies so far: {did}."))
    stake = f"Your stake is {fixed(turn.stake, 2)} % of GDP. " if turn.stake == turn.stake else ""
    beliefs = (
        f"the target is resolved {fixed(100 * turn.resolved, 0)} %, the coercer is firm {fixed(100 * turn.firm, 0)} %"
    )
    return tags.section(*facts, tags.p(f"{stake}Everybody believes: {beliefs}."), aria_live="polite")


def debrief_view(end: Debrief, names: dict[str, str]) -> Tag:
    """The page at the end, fit to be printed."""
    endings = [
        tags.li(
            f"{pair}{f' ({package})' if package else ''}: {spaced(ending)}, {quarters} quarters in force."
            f" The coercer was {'firm' if firm else 'soft'}, the target {'resolved' if resolved else 'irresolute'}."
        )
        for (pair, package, ending, quarters), (_, firm, resolved) in zip(end.endings, end.types, strict=True)
    ]
    alone = "; ".join(f"{pair} {spaced(ending)}, {quarters} quarters" for pair, _, ending, quarters in end.instead)
    heads = ("Quarter", "Seat", "Chosen", "Worth, % GDP", "Best", "Worth, % GDP", "Given up, US$ m", "Equilibrium, %")
    rows = [
        (d.quarter, names.get(d.seat, d.seat), spaced(d.chosen), fixed(d.value, 3), spaced(d.best),
         fixed(d.best_value, 3), f"{d.regret_usd:,.0f}", fixed(100 * d.equilibrium, 0))
        for d in end.decisions
    ]  # fmt: skip
    incomes = [(names.get(s, s), fixed(x, 3), f"{end.incomes_usd[s]:,.0f}") for s, x in end.incomes.items()]
    return tags.section(
        tags.h2("Debrief"),
        tags.ul(*endings) if endings else tags.p("No dispute arose."),
        tags.p(f"With the same luck, the equilibrium would have ended so: {alone or 'no dispute'}."),
        plain_table("What each decision was worth when it was taken", heads, rows),
        plain_table("Real income over the game", ("State", "% of a year's GDP", "US$ million"), incomes),
        id="debrief",
    )


def plain_table(caption: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Tag:
    """A table with a caption and heads of columns and rows."""
    body = [tags.tr(tags.th(row[0], scope="row"), *(tags.td(cell) for cell in row[1:])) for row in rows]
    return tags.div(
        tags.table(
            tags.caption(caption), tags.thead(tags.tr(*(tags.th(h, scope="col") for h in heads))), tags.tbody(*body),
            class_="table table-sm",
        ),
        class_="wide", tabindex="0", role="region", aria_label=caption,
    )  # fmt: skip


def _money(millions: float) -> str:
    return quantity(millions, "US$ million") if millions == millions else ""


def _picture(setting: Setting, game: Session) -> Tag:
    """Who presses and who helps, as far as the game has come."""
    turn, names = game.turn, {s: setting.state(s) for s in setting.world.states}
    coercer, target = (turn.coercer, turn.target) if turn else (setting.scenario.coercer, setting.scenario.target)
    roles = {coercer or "": "coercer", target or "": "target"}
    ties = {(coercer or "", target or ""): "presses"} if turn and turn.package else {}
    helping = {a for a, did in (turn.answers if turn else {}).items() if did != "none"}
    ties |= {(ally, target or ""): "helps" for ally in helping}
    roles |= dict.fromkeys(helping, "ally") | {s: f"{roles.get(s, '')} seat" for s in game.game.seats}
    who = f"{names.get(coercer or '', 'Nobody')} presses {names.get(target or '', 'nobody')}"
    helpers = f", helped by {', '.join(names[s] for s in sorted(helping))}" if helping else ""
    caption = f"{who}{helpers}." if ties else "Nobody is pressed now."
    return network([s for s in setting.world.states if s != "ROW"], roles, ties, caption)


# ------------------------------------------------------------------ the panel


@module.ui
def play_ui(setting: Setting) -> Any:
    """Controls at the side, the table in the middle."""
    states = {s: setting.state(s) for s in setting.world.states if s != "ROW"}
    target = setting.scenario.target or next(iter(states))
    goods = {s: setting.sector(s) for s in setting.world.sectors if "services" not in setting.world.tags.get(s, ())}
    policies = {name: words for words, name in setting.choices.items()}
    return ui.layout_sidebar(
        ui.sidebar(
            ui.input_selectize("seats", "Seats of the table", states, selected=[target], multiple=True),
            ui.input_select("mine", "I am", {FACILITATOR: "Facilitator (sees all)", **states}, selected=target),
            ui.input_select("policy", "What allies agreed on", policies),
            ui.input_action_button("begin", "Begin", class_="btn-primary"),
            ui.input_switch("advice", "Show what the equilibrium does", value=False),
            ui.input_action_button("undo", "Take back"),
            ui.input_action_button("pause", "Pause or go on"),
            ui.input_file("file", "Open a saved game", accept=[".json"]),
            tags.details(
                tags.summary("Propose terms"),
                ui.input_select(
                    "terms", "Terms",
                    {"settlement": "Settle at a share of the stake", "pledge": "Pledge, % of GDP",
                     "statement": "Joint statement", "package": "Own package of bans, share left"},
                ),
                ui.input_numeric("size", "Size", 0.5, min=0, max=10, step=0.05),
                ui.input_selectize("goods", "Goods of the package", goods, multiple=True),
                ui.input_action_button("propose", "Propose"),
            ),
            ui.output_ui("kept"),
            width=280, resizable=False, title="Table",
        ),
        ui.output_ui("board"),
        class_="play",
    )  # fmt: skip


@module.server
def play_server(input: Inputs, output: Outputs, session: Browser, setting: Setting, table: Table) -> None:
    """Reacts to the controls; the position on the table is the same in every browser."""
    acts = _Acts(setting, table)

    @reactive.poll(lambda: table.version, 0.4)
    def version() -> int:
        return table.version

    async def act(change: Callable[[], Any]) -> None:
        """Makes a change beside the page; what is wrong with it is shown to this browser alone."""
        try:
            await asyncio.to_thread(change)
        except CoercionSimError as error:
            ui.notification_show(str(error), type="error", duration=8)

    def on(button: Any, change: Callable[[], Callable[[], Any]]) -> None:
        """Acts when a control is used; its other inputs are read at that moment."""

        @reactive.effect
        @reactive.event(button)
        async def _() -> None:
            await act(change())

    on(session.clientdata.url_search, lambda: partial(acts.replay, game_of_link(session.clientdata.url_search())))
    on(input.begin, lambda: partial(acts.begin, list(input.seats()), input.mine(), input.policy()))
    on(input.choice, lambda: partial(acts.choose, input.mine(), int(input.choice())))
    on(input.undo, lambda: acts.undo)
    on(input.back, lambda: partial(acts.back, int(input.back())))
    on(input.pause, lambda: acts.pause)
    on(input.file, lambda: partial(acts.load, input.file()))
    on(input.propose, lambda: partial(acts.propose, input.terms(), input.size(), list(input.goods())))

    @render.ui
    def kept() -> Any:
        version()
        return None if table.game is None else _kept(table.game)

    @render.ui
    def board() -> Any:
        version()
        return _board(setting, table, input.mine(), session.ns, advice=input.advice())


@dataclass(frozen=True)
class _Acts:
    """What the controls do to the table."""

    setting: Setting
    table: Table

    def begin(self, seats: list[str], mine: str, policy: str) -> None:
        s = self.setting
        people = seats or [state for state in (mine,) if state != FACILITATOR]
        self.table.changed(
            play(str(s.source), people, policy=policy, seed=s.seed, overrides=s.overrides, policy_files=s.policy_files)
        )

    def choose(self, mine: str, at: int) -> None:
        game = self.table.game
        if game is None or game.turn is None or self.table.paused or mine not in (game.turn.seat, *_sole(game)):
            return
        game.step(game.turn.options[at].label)
        self.table.changed()

    def undo(self) -> None:
        if self.table.game is not None:
            self.table.game.undo()
            self.table.changed()

    def back(self, moves: int) -> None:
        if self.table.game is not None:
            self.table.changed(self.table.game.branch(moves))

    def pause(self) -> None:
        self.table.paused = not self.table.paused
        self.table.changed()

    def load(self, chosen: Any) -> None:
        if chosen:
            self.table.changed(Session.load(chosen[0]["datapath"], policy_files=self.setting.policy_files))

    def replay(self, text: str) -> None:
        if not text:
            return
        with TemporaryDirectory() as folder:
            path = Path(folder) / "game.json"
            path.write_text(text, encoding="utf-8")
            self.table.changed(Session.load(path, policy_files=self.setting.policy_files))

    def propose(self, kind: str, size: float | None, goods: list[str]) -> None:
        if self.table.game is not None:
            self.table.game.propose(kind, float(size or 0.0), goods)
            self.table.changed()


def _board(setting: Setting, table: Table, mine: str, ns: Any, *, advice: bool) -> Any:
    """The position as one browser sees it."""
    game, names = table.game, {s: setting.state(s) for s in setting.world.states}
    if game is None:
        return tags.p("Choose the seats of the table and press Begin. The others decide by their rules.")
    parts: list[Any] = [tags.p("The table is paused.", class_="paused")] if table.paused else []
    parts.append(_picture(setting, game))
    if game.turn is None:
        parts.append(debrief_view(game.debrief(), names))
    elif mine in (FACILITATOR, game.turn.seat, *_sole(game)):
        watching = table.paused or (mine == FACILITATOR and not _sole(game))
        parts += [turn_view(game.turn, names), option_cards(game.turn, ns, advice=advice, paused=watching)]
    else:
        parts.append(tags.p(f"{names.get(game.turn.seat, game.turn.seat)} decides.", aria_live="polite"))
    return TagList(*parts, _timeline(game, ns))


def _sole(game: Session) -> tuple[str, ...]:
    """The facilitator decides too where one browser has every seat: nobody else is there to."""
    return (FACILITATOR,) if len(game.game.seats) == 1 else ()


def _timeline(game: Session, ns: Any) -> Tag:
    """What happened, and the moves one can go back to."""
    press = json.dumps(ns("back"))
    moves = [
        tags.li(
            f"{m.quarter} {m.seat}: {spaced(m.choice)} ",
            tags.button(
                "Go back here", type="button", class_="btn btn-sm btn-outline-secondary",
                aria_label=f"Go back to {m.quarter}, {m.seat}: {spaced(m.choice)}",
                onclick=f"Shiny.setInputValue({press}, {i}, {{priority: 'event'}})",
            ),
        )
        for i, m in enumerate(game.game.moves)
    ]  # fmt: skip
    seen = [tags.li(event) for event in reversed(game.events)]
    return tags.section(
        tags.h2("What happened"), tags.ul(*seen) if seen else tags.p("Nothing yet."),
        tags.h2("Moves"), tags.ol(*moves) if moves else tags.p("None yet."), class_="timeline",
    )  # fmt: skip
