"""The server: solara's own, in this process, reachable from this machine alone."""

from __future__ import annotations

import errno
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

from coercion_sim.dashboard.setting import Setting
from coercion_sim.errors import InvalidInput, Problem

HOST = "127.0.0.1"
#: Ports tried after the one given.
MORE_PORTS = 20


def free_socket(port: int) -> socket.socket:
    """Listen on this machine alone, on the given port or, if it is taken, the next free one.

    Raises
    ------
    InvalidInput
        Where none of them is free.
    """
    last = min(port + MORE_PORTS, 65535)
    for tried in range(port, last + 1):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, tried))
            return listening
        except OSError as error:
            listening.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    raise InvalidInput(Problem("no free port", key="--port", found=f"{port} to {last}, all in use"))


#: Address from which solara fetches missing files: none, so that nothing leaves this machine.
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
    """A server that reports when it can be reached."""

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
    """Do nothing."""


def _stay_here(title: str) -> None:
    """Settings of solara: nothing fetched, nothing reported, no hot reload."""
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
