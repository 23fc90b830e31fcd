"""What a headless browser has recorded: errors on its console, and every request it made."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--window-size=1280,900",
)
#: What is to be recorded.
LOGGING = {"browser": "ALL", "performance": "ALL"}


def severe(chrome: Chrome) -> list[str]:
    """Errors on the console since last asked."""
    return [entry["message"] for entry in chrome.get_log("browser") if entry["level"] == "SEVERE"]


def addresses(chrome: Chrome) -> list[str]:
    """Addresses of all requests since the last call, web sockets included.

    Images inside the page (`data:`) and pages of the browser itself (its new tab) are left out.
    """
    requests: list[str] = []
    for entry in chrome.get_log("performance"):
        message: dict[str, Any] = json.loads(entry["message"])["message"]
        parameters = message["params"]
        if message["method"] == "Network.requestWillBeSent":
            requests.append(parameters["request"]["url"])
        elif message["method"] == "Network.webSocketCreated":
            requests.append(parameters["url"])
    own = ("data", "blob", "about", "chrome", "chrome-untrusted")
    return [address for address in requests if urlsplit(address).scheme not in own]


def hosts(chrome: Chrome) -> set[str]:
    """Hosts of all requests since the last call."""
    return {urlsplit(address).hostname or address for address in addresses(chrome)}


def checker() -> str:
    """Text of axe-core, from the package that carries it."""
    spec = find_spec("axe_playwright_python")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("axe-playwright-python is not installed (extra `browser`)")
    return (Path(spec.submodule_search_locations[0]) / "axe.min.js").read_text("utf-8")
