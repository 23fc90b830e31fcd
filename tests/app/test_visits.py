"""Visits to the app without a browser: what the page is sent when its controls are used, by one person or several."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("shiny", reason="the extra `app` is not installed")

from coercion_sim.analysis import play
from coercion_sim.app import Setting, page, play_panel
from coercion_sim.app.game_links import link_of
from coercion_sim.app.page import make_app
from coercion_sim.app.play_panel import FACILITATOR
from coercion_sim.app.server import COOKIE, Guard, Tokens
from coercion_sim.cli.app import run
from coercion_sim.wording import fixed
from support.stores import payoff_tables_in_memory
from support.visitor import Visitor

Visits = Callable[[Coroutine[Any, Any, None]], None]
ALONE = Tokens("secret")
SHARED = Tokens("leader", "players")


@pytest.fixture(autouse=True)
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Payoffs in memory, and no answer: it has tests of its own."""
    monkeypatch.setattr(page, "computed", lambda *_: {"draws": 1, "sentences": {}, "rows": [], "read": "", "sure": ""})
    with payoff_tables_in_memory():
        yield


@pytest.fixture(scope="module")
def visits() -> Iterator[Visits]:
    """Runs what visitors do; Shiny's lock belongs to the first event loop that takes it, so that all share one."""
    with asyncio.Runner() as runner:
        yield runner.run


def kept(visitor: Visitor) -> dict[str, Any]:
    """The game in the file that the page offers."""
    text = visitor.shown["play-kept"].partition("base64,")[2].partition('"')[0]
    return dict(json.loads(base64.b64decode(text)))


def as_coercer(app: Any, **inputs: Any) -> Visitor:
    """A page on which China alone is seated in draw 0."""
    return Visitor(app, **{"play-seats": ["CHN"], "play-mine": "CHN", "play-draw": 0} | inputs)


def test_a_game_is_begun_played_taken_back_and_kept_as_a_file_and_a_link(setting: Setting, visits: Visits) -> None:
    async def course() -> None:
        async with as_coercer(make_app(setting, 1, ALONE)) as china:
            await china.until("press Begin")
            china.press("begin")
            first = await china.until("Choose: press")
            assert "None yet." in first
            assert any("Computing" in note for note in china.notes)
            china.set(choice=1)
            end = await china.until("Debrief")
            assert "China did not press" in end
            assert "What else can be tried" in end
            await china.until("Link that replays", "play-kept")
            assert [m["choice"] for m in kept(china)["moves"]] == ["do not press"]
            china.press("undo")
            await china.until("Choose: press")
            china.set(choice=0)
            await china.until("with which measures")
            china.set(back=0)
            assert "None yet." in await china.until("Choose: do not press")

    visits(course())


def test_a_link_opens_the_game_it_holds_and_half_a_link_opens_none(setting: Setting, visits: Visits) -> None:
    game = play(str(setting.source), "CHN", policy="respond_as_allies", seed=1, replicate=0)
    game.step("do not press")

    async def course() -> None:
        async with Visitor(make_app(setting, 1, ALONE), search=link_of(game)) as reader:
            assert "China did not press" in await reader.until("Debrief")
        async with Visitor(make_app(setting, 1, ALONE), search="?game=e30") as reader:
            await reader.noted("scenario")
            await reader.until("press Begin")

    visits(course())


def test_advice_and_pause_change_what_the_seat_sees(setting: Setting, visits: Visits) -> None:
    async def course() -> None:
        async with as_coercer(make_app(setting, 1, ALONE)) as china:
            china.press("begin")
            assert "equilibrium takes it" not in await china.until("Choose: press")
            china.set(advice=True)
            await china.until("The equilibrium takes it")
            china.press("pause")
            assert (await china.until("The table is paused.")).count("disabled") == 2
            china.set(choice=1)
            china.press("pause", 2)
            assert "Debrief" not in await china.until("paused", there=False)

    visits(course())


def test_terms_are_proposed_or_the_reason_is_shown_to_whoever_asked(setting: Setting, visits: Visits) -> None:
    async def course() -> None:
        async with as_coercer(make_app(setting, 1, ALONE)) as china:
            china.press("begin")
            await china.until("Choose: press")
            china.set(terms="package", goods=["coal"], size=-1.0)
            china.press("propose")
            await china.noted("size")
            assert "Choose: press" in china.shown["play-board"]
            china.set(terms="settlement", size=0.4)
            china.press("propose", 2)
            await china.waited(lambda: bool(kept(china)["proposals"]))
            proposals = kept(china)["proposals"]
            assert [(p["kind"], p["size"], p["seat"]) for p in proposals] == [("settlement", 0.4, "CHN")]
            assert "settling at 0.4 of the stake (China)" in china.shown["play-board"]

    visits(course())


def test_another_draw_is_dealt_and_a_seat_without_a_part_is_refused(setting: Setting, visits: Visits) -> None:
    async def course() -> None:
        async with as_coercer(make_app(setting, 1, ALONE)) as china:
            china.press("begin")
            await china.until("Draw 0 of seed")
            china.press("deal")
            assert "Choose: press" in await china.until("Draw 0 of seed", there=False)
            china.set(seats=["NOBODY"])
            china.press("begin", 2)
            await china.noted("no such state")

    visits(course())


def test_ones_own_moves_are_seen_without_waiting_for_the_next_look(
    setting: Setting, visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play_panel, "POLL", 3600.0)

    async def course() -> None:
        async with as_coercer(make_app(setting, 1, ALONE)) as china:
            china.press("begin")
            await china.until("Choose: press")
            china.set(choice=0)
            await china.until("with which measures")

    visits(course())


# ------------------------------------------------------------------ several people


def test_two_people_at_one_table_see_their_own_turns_and_no_options_of_the_other(
    setting: Setting, visits: Visits
) -> None:
    async def course() -> None:
        app = make_app(setting, 1, ALONE)
        async with as_coercer(app, **{"play-seats": ["CHN", "AUS"]}) as china, Visitor(app) as australia:
            china.press("begin")
            await china.until("Choose: press")
            assert "Choose:" not in await australia.until("China decides, and you are Australia")
            australia.set(choice=0)
            china.set(choice=0)
            await china.until("with which measures")
            china.set(choice=0)
            await australia.until("Choose: resist")
            assert "Choose:" not in await china.until("Australia decides, and you are China")
            assert "Sheet: Australia" in australia.shown["play-board"]
            assert "Sheet: Australia" not in china.shown["play-board"]

    visits(course())


def test_players_of_a_shared_table_cannot_lead_it_whatever_their_page_sends(setting: Setting, visits: Visits) -> None:
    async def course() -> None:
        app = make_app(setting, 1, SHARED)
        lead = {"cookie": f"{COOKIE}=leader", "play-mine": FACILITATOR, "play-seats": ["CHN"], "play-draw": 0}
        player = {"cookie": f"{COOKIE}=players", "play-mine": "CHN"}
        async with Visitor(app, **lead) as leader, Visitor(app, **player) as china:
            await china.until("wait: the facilitator begins")
            china.press("begin")
            leader.press("begin")
            assert "What no seat knows" in await leader.until("Choose: press")
            assert "What no seat knows" not in await china.until("Choose: press")
            china.set(choice=0)
            await china.until("with which measures")
            china.press("undo")
            china.press("pause")
            china.set(mine=FACILITATOR, back=0)
            assert "What no seat knows" not in await china.until("decides, and you are")
            assert "Go back here" not in china.shown["play-board"]
            assert "paused" not in leader.shown["play-board"]
            leader.set(back=0)
            await leader.until("Press Australia to change")

    visits(course())


def test_pages_beyond_the_most_are_refused_and_a_closed_one_makes_room(setting: Setting, visits: Visits) -> None:
    async def course() -> None:
        guard = Guard(make_app(setting, 1, ALONE), ("127.0.0.1",), ALONE, most=2)
        mine = {"cookie": f"{COOKIE}=secret"}
        async with Visitor(guard, **mine) as first:
            await first.until("press Begin")
            async with Visitor(guard, **mine) as second:
                await second.until("press Begin")
                assert guard.open == 2
                async with Visitor(guard, **mine) as third:
                    await third.waited(lambda: third.closed)
                    assert third.shown == {}
            assert guard.open == 1
            async with Visitor(guard, **mine) as fourth:
                await fourth.until("press Begin")
            async with Visitor(guard, cookie=f"{COOKIE}=other") as stranger:
                await stranger.waited(lambda: stranger.closed)
        assert guard.open == 0

    visits(course())


def test_who_opens_a_page_late_sees_the_game_as_it_stands(setting: Setting, visits: Visits) -> None:
    async def course() -> None:
        app = make_app(setting, 1, ALONE)
        async with as_coercer(app) as china:
            china.press("begin")
            await china.until("Choose: press")
            china.set(choice=0)
            await china.until("with which measures")
        async with as_coercer(app) as again:
            assert "press" in await again.until("with which measures")

    visits(course())


# ------------------------------------------------------------------ one engine, three doors


def test_a_whole_game_has_the_same_outcomes_on_the_page_the_terminal_and_in_python(
    setting: Setting, visits: Visits, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    choices, page_says, saved = ("press", "1", "resist", "impose"), {}, tmp_path / "game.json"
    python = play(str(setting.source), ["CHN", "AUS"], policy="respond_as_allies", seed=setting.seed, replicate=0)
    for choice in choices:
        python.step(choice)
    while python.turn is not None:
        python.step(python.turn.options[-1].label)

    async def course() -> None:
        async with as_coercer(make_app(setting, 1, ALONE), **{"play-seats": ["CHN", "AUS"]}) as one:
            one.press("begin")
            for move in python.game.moves:
                one.set(mine=move.seat)
                board = await one.until(f"Choose: {move.choice.replace('_', ' ')}")
                labels = re.findall("Choose: ([^<]+)<", board)
                one.set(choice=labels.index(move.choice.replace("_", " ")))
                await one.until(board[-200:], there=False)
            page_says["debrief"] = await one.until("What each decision was worth")
            saved.write_text(json.dumps(kept(one)))

    visits(course())
    assert run(["play", str(setting.source), "--moves", str(saved), "--json"]) == 0
    terminal = json.loads(capsys.readouterr().out)["debrief"]
    end, cells = python.debrief(), re.findall("<t[dh][^>]*>([^<]*)</t", page_says["debrief"])
    assert min(end.incomes.values()) < -1e-3
    assert terminal["incomes"] == pytest.approx(dict(end.incomes), abs=1e-9)
    assert terminal["incomes_usd"] == pytest.approx(dict(end.incomes_usd), abs=1e-9)
    for theirs, ours in zip(terminal["decisions"], end.decisions, strict=True):
        assert [theirs[name] for name in ("value", "best_value", "regret_usd", "equilibrium")] == pytest.approx(
            [ours.value, ours.best_value, ours.regret_usd, ours.equilibrium], abs=1e-9
        )
    shown = [cells[i : i + 3] for i in range(len(cells))]
    for state, effect in end.incomes.items():
        assert [setting.state(state), fixed(effect, 3), fixed(end.incomes_usd[state], 0)] in shown
    for decision in end.decisions:
        assert {fixed(decision.value, 3), fixed(decision.best_value, 3)} <= set(cells)


# ------------------------------------------------------------------ the other places


def test_what_if_follows_its_sliders_and_exposure_its_selectors(setting: Setting, visits: Visits) -> None:
    async def course() -> None:
        async with Visitor(make_app(setting, 1, ALONE)) as reader:
            before = await reader.until("Real income over all quarters", "what_if-paths")
            reader._say("update", {"what_if-dial_0": 1.2, "exposure-coercer": "USA", "exposure-target": "JPN"})
            await reader.until("What Japan sells to United States", "exposure-goods")
            await reader.until("if United States stopped", "exposure-losses")
            await reader.waited(lambda: reader.shown["what_if-paths"] != before)
            reader._say("update", {"exposure-target": "USA"})
            await reader.until("Choose two states.", "exposure-goods")

    visits(course())


def test_an_answer_that_fails_says_why_and_the_other_places_work(
    setting: Setting, visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("no draw has an equilibrium")

    monkeypatch.setattr(page, "computed", fails)

    async def course() -> None:
        async with Visitor(make_app(setting, 1, ALONE)) as reader:
            await reader.until("No answer: no draw has an equilibrium", "answer-screen")
            assert "press Begin" in await reader.until("press Begin")

    visits(course())
