"""What a headless browser has recorded: errors on its console, and every request it made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

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
    """Addresses of all requests since last asked, web sockets among them; images inside the page (`data:`) left out."""
    found: list[str] = []
    for entry in chrome.get_log("performance"):
        message: dict[str, Any] = json.loads(entry["message"])["message"]
        parameters = message["params"]
        if message["method"] == "Network.requestWillBeSent":
            found.append(parameters["request"]["url"])
        elif message["method"] == "Network.webSocketCreated":
            found.append(parameters["url"])
    return [address for address in found if urlsplit(address).scheme not in ("data", "blob", "about", "chrome")]


def hosts(chrome: Chrome) -> set[str]:
    """Hosts asked for anything since last asked."""
    return {urlsplit(address).hostname or address for address in addresses(chrome)}
