"""The dashboard in headless Chromium, started by its command: controls act, nothing fails, nothing leaves here."""

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

from fakes.tiny import write_tiny
from support.browser import hosts, severe

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """Address of the dashboard, started as a user starts it, on a port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "coercion_sim", "dashboard", *arguments, "--port", str(port)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", line)
            assert found, line
            yield found[0]
        finally:
            process.terminate()
            process.wait(20)


class Screen:
    """What a user sees and does."""

    def __init__(self, chrome: Chrome, address: str) -> None:
        self.chrome = chrome
        chrome.get(address)
        self.until(lambda: self.text("cs-quarter"), "the page did not load")

    def until(self, condition: Callable[[], Any], otherwise: str) -> Any:
        """Wait until a condition holds, a minute at most."""
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.chrome, 60, poll_frequency=0.05).until(lambda _: condition(), otherwise)

    def text(self, element: str) -> str:
        """Text of an element by its id; empty where it is not there (yet)."""
        script = "const e = document.getElementById(arguments[0]); return e ? e.textContent : ''"
        return str(self.chrome.execute_script(script, element))

    def number(self, element: str) -> float:
        """Number a tile shows, in full."""
        script = "const e = document.getElementById(arguments[0]); return e ? e.dataset.value : 'nan'"
        return float(self.chrome.execute_script(script, element))

    @property
    def played(self) -> int:
        """Quarters played."""
        return int((self.text("cs-played") or "-1").split(" ")[0])

    def click(self, label: str) -> None:
        """Press the button with this label."""

        def pressed() -> bool:
            script = """
            const b = [...document.querySelectorAll('button')].find(b => b.textContent.trim() === arguments[0]);
            if (!b || b.disabled) return false;
            b.click();
            return true;"""
            return bool(self.chrome.execute_script(script, label))

        self.until(pressed, f"no button {label} to press")

    def choose(self, label: str, item: str) -> None:
        """Open the selector with this label and take an item."""
        from selenium.webdriver.common.by import By

        at = f"//div[contains(@class, 'v-select')][.//label[normalize-space()='{label}']]//div[@role='button']"
        self.chrome.find_element(By.XPATH, at).click()
        entry = f"//div[@role='option'][normalize-space()='{item}']"
        found = self.until(lambda: self.chrome.find_elements(By.XPATH, entry), f"no {item} to choose")
        self.until(found[0].is_displayed, f"{item} stays hidden")
        found[0].click()

    def slide(self, label: str, key: str, times: int) -> None:
        """Move the slider whose label begins so by pressing a key."""
        from selenium.webdriver.common.by import By

        at = f"//div[contains(@class, 'v-input__slider')][.//label[starts-with(normalize-space(), '{label}')]]"
        thumb = self.chrome.find_element(By.XPATH, f"{at}//*[@role='slider']")
        for _ in range(times):
            thumb.send_keys(key)

    def pictures(self) -> list[str]:
        """Addresses of the pictures."""
        script = "return [...document.querySelectorAll('.cs-panel img')].map(i => i.naturalWidth > 0 ? i.src : '')"
        return [str(address) for address in self.chrome.execute_script(script)]


def test_step_play_slider_policy(chromium: Chrome, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    with served(str(write_tiny(tmp_path))) as address:
        screen = Screen(chromium, address)
        assert screen.text("cs-quarter") == "before 2020Q3"
        blank = screen.until(lambda: all(p := screen.pictures()) and p, "pictures did not load")

        screen.click("Step")
        screen.until(lambda: screen.played == 1, "a step did not advance")
        screen.click("▶")
        screen.until(lambda: screen.played == 4, "playing did not reach the end")
        assert screen.text("cs-quarter") == "2021Q2"
        assert "Import ban on coal" in chromium.page_source
        screen.until(lambda: all(p != b for p, b in zip(screen.pictures(), blank, strict=True)), "pictures stood still")
        alone, drawn = screen.number("cs-target-income"), screen.pictures()
        assert alone < -0.1

        screen.slide("Factor mobility", Keys.ARROW_LEFT, 20)
        screen.until(lambda: abs(screen.number("cs-target-income") - alone) > 1e-4, "the slider changed nothing")
        assert screen.played == 4
        assert "before the last change" in chromium.page_source
        screen.until(lambda: screen.pictures()[1] != drawn[1], "the plots stood still")

        moved = screen.number("cs-target-income")
        screen.choose("Policy", "respond as allies")
        screen.until(lambda: screen.text("cs-policy") == "respond as allies", "the policy did not change")
        screen.until(lambda: screen.number("cs-burden") > 0.0, "nobody answers")
        assert screen.number("cs-target-income") > moved

        screen.click("Reset")
        screen.until(lambda: screen.played == 0, "Reset did not begin anew")
        assert screen.text("cs-policy") == "respond as allies"
        screen.click("Step")
        screen.until(lambda: screen.played == 1, "no step after Reset")

        assert severe(chromium) == []
        assert hosts(chromium) == {"127.0.0.1"}


@pytest.mark.parametrize("width", [1280, 800])
def test_a_shipped_scenario_fits_the_window(chromium: Chrome, width: int) -> None:
    chromium.set_window_size(width, 900)
    with served("korea-2017") as address:
        screen = Screen(chromium, address)
        for quarter in range(1, 4):
            screen.click("Step")
            screen.until(lambda quarter=quarter: screen.played == quarter, f"step {quarter} did not advance")
        screen.until(lambda: all(screen.pictures()), "pictures did not load")
        assert screen.number("cs-target-effect") < 0.0
        inside = chromium.execute_script(
            "const w = document.documentElement.clientWidth;"
            "const boxes = [...document.querySelectorAll('.cs-panel, .cs-tile')];"
            "return boxes.length > 6 && boxes.every(e => e.getBoundingClientRect().right <= w)"
        )
        assert inside
        assert severe(chromium) == []
        assert hosts(chromium) == {"127.0.0.1"}
