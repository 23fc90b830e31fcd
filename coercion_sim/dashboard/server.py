"""The server: solara's own, in this process, reachable from this machine alone."""

from __future__ import annotations

import socket
import threading
import warnings
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import solara.server.settings
import solara.settings
import uvicorn

from coercion_sim.dashboard.ports import HOST, free_socket
from coercion_sim.dashboard.setting import Setting

#: Where solara would fetch what it does not have on disk: nowhere, so that nothing leaves this machine.
_NOWHERE = "http://127.0.0.1:9/"
_PAGE = "coercion_sim.dashboard.page"


def serve(setting: Setting, port: int, say: Callable[[str], None], *, open_browser: bool = False) -> None:
    """Serve the dashboard until interrupted; `say` is called with its address once it can be opened.

    Raises
    ------
    InvalidInput
        Where no port is free from `port` on.
    """
    _stay_here(setting.scenario.title)
    from coercion_sim.dashboard.page import show

    show(setting)
    listening = free_socket(port)
    address = f"http://{HOST}:{listening.getsockname()[1]}"

    def ready() -> None:
        say(address)
        if open_browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    config = uvicorn.Config(_app(), log_level="error", timeout_graceful_shutdown=1, lifespan="on")
    with suppress(KeyboardInterrupt):
        _Server(config, ready).run(sockets=[listening])


class _Server(uvicorn.Server):
    """A server that says when it can be reached."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def _app() -> Any:
    """Solara's application with our page, for requests that name this machine only."""
    from solara.server import app as solara_app
    from solara.server import patch
    from solara.server.starlette import app
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    # Solara gives every session settings of matplotlib of its own, through a dictionary that matplotlib 3.11 reads
    # wrongly. Figures here are drawn one at a time in a style of their own (`pictures`): the true one will do.
    patch.patch_matplotlib = _nothing
    solara_app.apps["__default__"] = solara_app.AppScript(_PAGE)
    return TrustedHostMiddleware(app, allowed_hosts=[HOST, "localhost"])


def _nothing() -> None:
    """Stand in for what is not to be done."""


def _stay_here(title: str) -> None:
    """Settings of solara: nothing fetched from elsewhere, nothing reported, no hot reload."""
    solara.settings.assets.cdn = _NOWHERE
    solara.settings.assets.proxy = True
    solara.settings.main.check_hooks = "off"  # of Mesa's components; nothing a user could mend
    server = solara.server.settings
    server.telemetry.mixpanel_enable = False
    server.assets.fontawesome_enabled = False
    server.main.mode = "production"
    server.theme.title = title
    server.theme.show_banner = False
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")  # ours are lax, as they should be here
