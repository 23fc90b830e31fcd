"""The app in headless Chromium, started by its command: games as either side, two browsers at one table."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from coercion_sim.analysis import Session
from fakes.tiny import GAME, SCENARIO, write_tiny
from support.browser import checker, hosts, severe

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """Address of the app, started as a user starts it, on a port that is free."""
    with served_to_all(*arguments) as (address, _):
        yield address


@contextmanager
def served_to_all(*arguments: str) -> Iterator[tuple[str, str]]:
    """The same, and the address of players where it is shared."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "coercion_sim", "app", *arguments, "--draws", "1", "--port", str(port)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", line)
            assert address, line
            players = None
            if "--share" in arguments:
                players = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", process.stdout.readline())
            yield address[0], players[0] if players else ""
        finally:
            process.terminate()
            process.wait(20)


class Screen:
    """What a user sees and does."""

    def __init__(self, chrome: Chrome, address: str) -> None:
        self.chrome = chrome
        chrome.get(address)
        self.until(lambda: self.count("h1"), "the page did not load")

    def until(self, condition: Callable[[], Any], otherwise: str) -> Any:
        """Wait until a condition holds, five minutes at most."""
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.chrome, 300, poll_frequency=0.1).until(lambda _: condition(), otherwise)

    def count(self, selector: str) -> int:
        """Elements of a selector."""
        return int(self.chrome.execute_script("return document.querySelectorAll(arguments[0]).length", selector))

    def text(self, selector: str) -> str:
        """Text of the first element of a selector; empty where there is none."""
        script = "const e = document.querySelector(arguments[0]); return e ? e.textContent : ''"
        return str(self.chrome.execute_script(script, selector))

    def press(self, words: str, selector: str = "button") -> None:
        """Press the first element of a selector whose text begins so."""
        script = """
        const all = [...document.querySelectorAll(arguments[1])];
        const one = all.find(e => e.textContent.trim().startsWith(arguments[0]) && !e.disabled);
        if (one) one.click();
        return Boolean(one);"""
        self.until(lambda: self.chrome.execute_script(script, words, selector), f"nothing to press: {words}")

    def choose(self, value: str, control: str) -> None:
        """Take a value of a selector."""
        script = """
        const s = document.getElementById(arguments[0]);
        if (!s || ![...s.options].some(o => o.value === arguments[1])) return false;
        s.value = arguments[1]; s.dispatchEvent(new Event('change', {bubbles: true}));
        return true;"""
        self.until(lambda: self.chrome.execute_script(script, control, value), f"no {value} in {control}")

    def drag(self, control: str, pixels: int) -> None:
        """Move a slider as a hand does, once it is drawn: one not yet drawn loses a value set by script."""
        from selenium.webdriver import ActionChains

        find = """
        const handle = document.getElementById(arguments[0]).parentElement.querySelector('.irs-handle');
        return handle && handle.style.left ? handle : null;"""
        handle = self.until(lambda: self.chrome.execute_script(find, control), f"no slider {control}")
        ActionChains(self.chrome).drag_and_drop_by_offset(handle, pixels, 0).perform()

    def place(self, name: str) -> None:
        """Go to one of the places."""
        self.press(name, "a.nav-link")

    def begin(self) -> None:
        """Begin a game as the target."""
        self.place("Play")
        self.press("Begin")
        self.until(lambda: self.count(".option button"), "no game began")  # a selector has options too

    def play_on(self) -> None:
        """Take the last option until the debrief."""
        for _ in range(40):
            self.until(lambda: self.count(".option") or self.count("#debrief"), "the game stands still")
            if self.count("#debrief"):
                return
            before = self.text(".timeline")
            script = "const b = [...document.querySelectorAll('.option button')].at(-1); if (b) b.click(); return !!b"
            self.until(lambda script=script: self.chrome.execute_script(script), "no option")
            self.until(lambda before=before: self.text(".timeline") != before, "a choice changed nothing")


def test_a_game_is_played_taken_back_and_replayed_by_its_link(chromium: Chrome, tmp_path: Path) -> None:
    with served(str(write_tiny(tmp_path, SCENARIO + GAME)), "--policy", "respond_as_allies") as address:
        screen = Screen(chromium, address)
        screen.begin()
        assert "equilibrium takes it" not in screen.text(".options")
        first = screen.text(".options")
        screen.play_on()
        table = screen.text("#debrief table")
        link = str(
            chromium.execute_script(
                "return [...document.querySelectorAll('a')].find(a => a.textContent.startsWith('Link')).search"
            )
        )
        screen.press("Go back here")
        screen.until(lambda: screen.text(".options") == first, "the first turn did not come back")
        chromium.get(address.partition("?")[0] + link)
        open_place = "return document.querySelector('.nav-link.active')?.textContent"
        screen.until(lambda: chromium.execute_script(open_place) == "Play", "the link opens another place")
        screen.until(lambda: screen.text("#debrief table") == table, "the link shows another game")

        from coercion_sim.app.game_links import game_of_link

        (tmp_path / "game.json").write_text(game_of_link(link))
        end = Session.load(tmp_path / "game.json").debrief()
        for decision in end.decisions:
            assert f"{decision.value:.3f}".replace("-", "\u2212") in table
        assert severe(chromium) == []
        assert hosts(chromium) == {"127.0.0.1"}


def test_the_table_is_legible_in_the_dark_and_in_reach_on_a_phone(chromium: Chrome, tmp_path: Path) -> None:
    """Text of the board is light on dark, and nothing covers the button of an option at a width of 390 px."""
    brightness = "return getComputedStyle(document.querySelector(arguments[0])).color.match(/[0-9]+/g).map(Number)[0]"
    uncovered = """
        const b = document.querySelector('.option button'); b.scrollIntoView({block: 'center'});
        const r = b.getBoundingClientRect();
        return r.width > 0 && document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2) === b"""
    scheme = {"name": "prefers-color-scheme", "value": "dark"}
    with served(str(write_tiny(tmp_path, SCENARIO + GAME))) as address:
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        screen = Screen(chromium, address)
        screen.begin()
        for words in (".question", ".timeline h2", ".timeline p", ".navbar-brand", "#play-undo"):
            assert chromium.execute_script(brightness, words) > 160, words
        chromium.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
        )
        screen.until(lambda: chromium.execute_script(uncovered), "something covers the options")


def test_as_the_coercer_and_with_numbers_moved(chromium: Chrome, tmp_path: Path) -> None:
    with served(str(write_tiny(tmp_path, SCENARIO + GAME))) as address:
        screen = Screen(chromium, address)
        screen.place("Play")
        chromium.execute_script("document.getElementById('play-seats').selectize.setValue(['CHN'])")
        screen.choose("CHN", "play-mine")
        screen.begin()
        screen.play_on()
        assert "China" in screen.text("#debrief")
        screen.place("What if")
        screen.until(lambda: screen.count("figure.chart polyline") >= 2, "no chart")
        before = screen.text("#what_if-paths table")
        screen.drag("what_if-dial_0", -60)
        screen.until(lambda: screen.text("#what_if-paths table") != before, "the slider changed nothing")
        screen.place("Who can hurt whom")
        screen.until(lambda: screen.count(".bar") >= 3, "no losses")
        screen.place("Answer")
        screen.until(lambda: screen.count("dl.answer dt") >= 2, "no answer")
        assert severe(chromium) == []
        assert hosts(chromium) == {"127.0.0.1"}


def test_a_game_is_played_by_keyboard_alone(chromium: Chrome, tmp_path: Path) -> None:
    from selenium.webdriver import ActionChains, Keys

    focused = "return document.activeElement.textContent.trim()"

    def reach(words: str) -> None:
        """Tab to a button, from where the last one was."""
        for _ in range(80):
            ActionChains(chromium).send_keys(Keys.TAB).perform()
            if str(chromium.execute_script(focused)).startswith(words):
                return
        raise AssertionError(f"the keyboard does not reach {words}")

    def take(words: str) -> None:
        reach(words)
        ActionChains(chromium).send_keys(Keys.ENTER).perform()

    with served(str(write_tiny(tmp_path, SCENARIO + GAME))) as address:
        screen = Screen(chromium, address)
        reach("Answer")  # places are tabs: arrows move between them
        ActionChains(chromium).send_keys(Keys.ARROW_RIGHT).perform()
        take("Begin")
        screen.until(lambda: screen.count(".option button"), "no game began")
        for _ in range(20):
            before = screen.text("#play-board")
            take("Choose")
            screen.until(lambda before=before: screen.text("#play-board") != before, "a choice changed nothing")
            if screen.count("#debrief"):
                break
        assert screen.count("#debrief")
        take("Go back here")
        screen.until(lambda: screen.count(".option button"), "the keyboard cannot go back")


def test_two_browsers_share_a_table_and_a_stranger_is_refused(chromium: Chrome, tmp_path: Path) -> None:
    with served(str(write_tiny(tmp_path, SCENARIO + GAME))) as address:
        screen = Screen(chromium, address)
        screen.place("Play")
        chromium.execute_script("document.getElementById('play-seats').selectize.setValue(['CHN', 'AUS'])")
        screen.choose("CHN", "play-mine")
        screen.begin()
        first = chromium.current_window_handle
        chromium.switch_to.new_window("tab")
        other = Screen(chromium, address)
        other.place("Play")
        other.choose("AUS", "play-mine")
        other.until(lambda: "China decides" in other.text("#play-board"), "Australia does not see whose turn it is")
        second = chromium.current_window_handle
        chromium.switch_to.window(first)
        screen.press("Choose: press", ".option button")
        screen.until(lambda: "which measures" in screen.text("#play-board"), "no second decision")
        screen.press("Choose", ".option button")
        screen.until(lambda: "Australia decides" in screen.text("#play-board"), "China does not wait")
        chromium.switch_to.window(second)
        other.until(lambda: other.count(".option") == 2, "Australia has no choice")
        chromium.get(address.partition("?")[0].replace("127.0.0.1", "localhost"))
        assert "token" in chromium.page_source


def test_a_facilitator_leads_a_shared_table_and_players_decide(chromium: Chrome, tmp_path: Path) -> None:
    scenario = str(write_tiny(tmp_path, SCENARIO + GAME))
    with served_to_all(scenario, "--share", "127.0.0.1") as (address, players):
        assert players
        assert players != address
        leader = Screen(chromium, address)
        leader.place("Play")
        chromium.execute_script("document.getElementById('play-seats').selectize.setValue(['CHN', 'AUS'])")
        leader.choose("facilitator", "play-mine")
        leader.begin()
        leader.until(lambda: "What no seat knows" in leader.text("#play-board"), "the facilitator does not see all")
        assert leader.count(".option button:enabled") == 0
        first = chromium.current_window_handle
        chromium.switch_to.new_window("tab")
        player = Screen(chromium, players)
        player.place("Play")
        assert player.count("#play-begin, #play-undo, #play-pause, #play-seats") == 0
        assert player.count("#play-mine option[value=facilitator]") == 0
        player.choose("CHN", "play-mine")
        player.until(lambda: player.count(".option button:enabled"), "the seat cannot choose")
        player.until(lambda: "Sheet: China, coercer" in player.text("#play-board"), "no sheet")
        assert "What no seat knows" not in player.text("#play-board")
        second = chromium.current_window_handle
        chromium.switch_to.window(first)
        leader.press("Pause")
        leader.until(lambda: "paused" in leader.text("#play-board"), "not paused")
        chromium.switch_to.window(second)
        player.until(lambda: player.count(".option button:disabled"), "a paused seat can choose")
        chromium.execute_script("Shiny.setInputValue('play-pause', 99, {priority: 'event'})")
        chromium.execute_script("Shiny.setInputValue('play-mine', 'facilitator')")
        player.until(lambda: "decides" in player.text("#play-board"), "the board did not change")
        assert "What no seat knows" not in player.text("#play-board")
        chromium.switch_to.window(first)
        assert "paused" in leader.text("#play-board")
        leader.press("Pause")
        leader.until(lambda: "paused" not in leader.text("#play-board"), "still paused")
        chromium.switch_to.window(second)
        chromium.execute_script("Shiny.setInputValue('play-mine', 'CHN')")
        player.press("Choose: press", ".option button")
        player.until(lambda: "which measures" in player.text("#play-board"), "no second decision")
        assert player.count(".timeline button") == 0
        chromium.switch_to.window(first)
        leader.press("Go back here")
        leader.until(lambda: "Press Australia" in leader.text("#play-board"), "the facilitator cannot rewind")
        assert severe(chromium) == []
        assert hosts(chromium) == {"127.0.0.1"}


@pytest.mark.parametrize("width", [390, 1280])
def test_accessible_at_every_width(chromium: Chrome, tmp_path: Path, width: int) -> None:
    script = checker()
    chromium.set_window_size(width, 900)
    with served(str(write_tiny(tmp_path, SCENARIO + GAME))) as address:
        screen = Screen(chromium, address)
        for place, there in (("Answer", "dl.answer"), ("What if", "figure.chart"), ("Who can hurt whom", ".bar")):
            screen.place(place)
            screen.until(lambda there=there: screen.count(there), f"{place} is empty")
        screen.begin()
        for place in ("Answer", "Play", "What if", "Who can hurt whom"):
            screen.place(place)
            chromium.execute_script(script)
            run = "const done = arguments[0]; axe.run({runOnly: ['wcag2a', 'wcag2aa']}).then(r => done(r.violations))"
            wrong = chromium.execute_async_script(run)
            assert [(v["id"], [n["html"][:200] for n in v["nodes"][:3]]) for v in wrong] == [], place
