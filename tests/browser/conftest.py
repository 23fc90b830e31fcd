"""Headless Chromium for checks of what a browser shows; skipped, with the reason, where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.browser import FLAGS, LOGGING

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[Chrome]:
    """A fresh browser that records its console and every request: read them with `support.browser`."""
    pytest.importorskip("selenium", reason="selenium is not installed (extra `test`)")
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next((path for path in map(shutil.which, names) if path), None)
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip(f"{'Chromium' if browser is None else 'chromedriver'} is not installed on this machine")
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = browser
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", LOGGING)
    chrome = Chrome(options=options, service=ChromeService(driver))
    chrome.set_page_load_timeout(60)
    try:
        yield chrome
    finally:
        chrome.quit()
