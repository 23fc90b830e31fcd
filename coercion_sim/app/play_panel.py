"""The place to play: a seat at a table that other browsers may share, options as cards, a timeline to go back on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from htmltools import TagList, tags
from shiny import Inputs, Outputs, module, reactive, render, ui
from shiny import Session as Browser

from coercion_sim.analysis import Hidden, Role, Session, play
from coercion_sim.app.game_links import game_of_link, kept_view
from coercion_sim.app.game_views import (
    debrief_view,
    hidden_view,
    option_cards,
    picture,
    sheet_view,
    terms_agreed,
    timeline,
    turn_view,
)
from coercion_sim.app.setting import Setting
from coercion_sim.errors import CoercionSimError

#: Why nothing happens yet.
WAIT = "Computing what pressure would cost in this draw: some seconds, at first up to a minute."
#: Seconds between looks at what others did at the table.
POLL = 0.4
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
    advice
        Whether seats see what the equilibrium does.
    """

    game: Session | None = None
    version: int = 0
    paused: bool = False
    advice: bool = False
    _known: dict[str, Any] = field(default_factory=dict)

    def changed(self, game: Session | None = None) -> None:
        """Puts another position on the table, or shows the same one anew; sheets and types are made here, beside it."""
        self.game = self.game if game is None else game
        if self.game is not None:
            self.roles()
            self.hidden()
        self.version += 1

    def roles(self) -> tuple[Role, ...]:
        """Sheets of the seats of the game."""
        assert self.game is not None
        made: tuple[Role, ...] = self._once("roles", self.game.roles)
        return made

    def hidden(self) -> Hidden:
        """Types of the draw on the table, and how the equilibrium ends."""
        assert self.game is not None
        made: Hidden = self._once("hidden", self.game.hidden)
        return made

    def _once(self, what: str, make: Callable[[], Any]) -> Any:
        """Value for the terms of the game on the table, made once: moves do not change it."""
        terms = None if self.game is None else self.game.game.model_copy(update={"moves": ()})
        if self._known.get("terms") != terms:
            self._known = {"terms": terms}
        if what not in self._known:
            self._known[what] = make()
        return self._known[what]


# ------------------------------------------------------------------ the panel


@module.ui
def play_ui(setting: Setting, leads: bool = True) -> Any:
    """Controls at the side, the table in the middle; those of the table for whoever leads it."""
    states = {s: setting.state(s) for s in setting.world.states if s != "ROW"}
    target = setting.scenario.target or next(iter(states))
    goods = {s: setting.sector(s) for s in setting.world.sectors if not setting.world.is_service(s)}
    policies = {name: words for words, name in setting.choices.items()}
    everybody = {FACILITATOR: "Facilitator (sees all)", **states} if leads else states
    mine = ui.input_select("mine", "I am", everybody, selected=target)
    controls = [
        ui.input_selectize("seats", "Seats of the table", states, selected=[target], multiple=True), mine,
        ui.input_select("policy", "What allies agreed on", policies),
        ui.input_numeric("draw", "Draw (empty: the first with a decision)", None, min=0, step=1),
        ui.input_action_button("begin", "Begin", class_="btn-primary"), ui.input_action_button("deal", "Next draw"),
        ui.input_switch("advice", "Show what the equilibrium does", value=False),
        ui.input_action_button("undo", "Take back"), ui.input_action_button("pause", "Pause or go on"),
        ui.input_file("file", "Open a saved game", accept=[".json"]),
    ]  # fmt: skip
    return ui.layout_sidebar(
        ui.sidebar(
            *(controls if leads else [mine]),
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
            open={"desktop": "open", "mobile": "always-above"},
        ),
        ui.output_ui("board"),
        class_="play",
    )  # fmt: skip


@module.server
def play_server(
    input: Inputs, output: Outputs, session: Browser, setting: Setting, table: Table, leads: Callable[[], bool]
) -> None:
    """Reacts to the controls of one browser at the table; `leads`: whether it may begin, pause and rewind."""
    acts = _Acts(setting, table)

    acted = reactive.value(0)

    @reactive.poll(lambda: table.version, POLL)
    def others() -> int:
        return table.version

    def version() -> int:
        """Version of the table: one's own acts are seen at once, those of others at the next poll."""
        return int(acted()) + int(others())

    def on(button: Any, change: Callable[[], Callable[[], Any]], *, leader: bool = True, slow: bool = False) -> None:
        """Acts beside the page when a control is used; what is wrong with it is shown to this browser alone."""

        @reactive.effect
        @reactive.event(button)
        async def _() -> None:
            if leader and not leads():
                return
            act = change()  # reads the other inputs at this moment
            waiting = ui.notification_show(WAIT, duration=None) if slow else None
            try:
                await asyncio.to_thread(act)
                acted.set(table.version)
            except CoercionSimError as error:
                ui.notification_show(str(error), type="error", duration=8)
            finally:
                if waiting:
                    ui.notification_remove(waiting)

    def mine() -> str:
        """The seat of this browser; nobody where it claims to lead and does not."""
        seat = str(input.mine())
        return seat if leads() or seat != FACILITATOR else ""

    on(session.clientdata.url_search, lambda: partial(acts.replay, game_of_link(session.clientdata.url_search())))
    on(input.begin, lambda: partial(acts.begin, list(input.seats()), mine(), input.policy(), input.draw()), slow=True)
    on(input.choice, lambda: partial(acts.choose, mine(), int(input.choice())), leader=False)
    on(input.deal, lambda: acts.deal, slow=True)
    on(input.advice, lambda: partial(acts.advise, bool(input.advice())))
    on(input.undo, lambda: acts.undo)
    on(input.back, lambda: partial(acts.back, int(input.back())))
    on(input.pause, lambda: acts.pause)
    on(input.file, lambda: partial(acts.load, input.file()))
    on(input.propose, lambda: partial(acts.propose, input.terms(), input.size(), list(input.goods())), leader=False)

    @render.ui
    def kept() -> Any:
        version()
        return None if table.game is None else kept_view(table.game)

    @render.ui
    def board() -> Any:
        version()
        return _board(setting, table, mine(), session.ns, leads=leads())


@dataclass(frozen=True)
class _Acts:
    """What the controls do to the table."""

    setting: Setting
    table: Table

    def begin(self, seats: list[str], mine: str, policy: str, draw: float | None) -> None:
        s = self.setting
        people = seats or [state for state in (mine,) if state != FACILITATOR]
        game = play(
            str(s.source), people, policy=policy, replicate=None if draw is None else max(0, int(draw)), seed=s.seed,
            overrides=s.overrides, policy_files=s.policy_files,
        )  # fmt: skip
        self.table.changed(game)

    def deal(self) -> None:
        if self.table.game is not None:
            self.table.changed(self.table.game.deal())

    def advise(self, given: bool) -> None:
        self.table.advice = given
        self.table.changed()

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


def _board(setting: Setting, table: Table, mine: str, ns: Any, *, leads: bool) -> Any:
    """The position as one browser sees it."""
    game, names = table.game, setting.scenario.actors.names(setting.world)
    if game is None:
        begins = "Choose the seats of the table and press Begin. The others decide by their rules."
        return tags.p(begins if leads else "Say who you are and wait: the facilitator begins the game.")
    parts: list[Any] = [tags.p("The table is paused.", class_="paused")] if table.paused else []
    parts.append(picture(setting, game))
    if game.game.proposals:
        parts.append(tags.p(terms_agreed(game, setting.sector), class_="note"))
    parts += [sheet_view(role) for role in table.roles() if mine in (FACILITATOR, role.seat)]
    parts += [hidden_view(table.hidden(), names)] if mine == FACILITATOR else []
    if game.turn is None:
        parts.append(debrief_view(game.debrief(), names))
    elif mine in (FACILITATOR, game.turn.seat, *_sole(game)):
        watching = table.paused or (mine == FACILITATOR and not _sole(game))
        parts += [turn_view(game.turn), option_cards(game.turn, ns, advice=table.advice, paused=watching)]
    else:
        who, you = (names.get(seat, seat) for seat in (game.turn.seat, mine))
        parts.append(tags.p(f"{who} decides, and you are {you}: “I am” says for whom you decide.", aria_live="polite"))
    return TagList(*parts, timeline(game, ns, rewinds=leads))


def _sole(game: Session) -> tuple[str, ...]:
    """The facilitator decides too where one browser has every seat: nobody else is there to."""
    return (FACILITATOR,) if len(game.game.seats) == 1 else ()
