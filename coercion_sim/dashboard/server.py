"""The server: solara's own, in this process, for this machine and the holder of the token alone."""

from __future__ import annotations

import errno
import secrets
import socket
import threading
import warnings
import webbrowser
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

import solara.server.settings
import solara.settings
import uvicorn

from coercion_sim.dashboard.setting import Setting
from coercion_sim.errors import InvalidInput, Problem

HOST = "127.0.0.1"
#: Ports tried after the one given.
MORE_PORTS = 20
#: Name of the token in the address; sessions at a time; how long a closed one is kept for its page to come back.
TOKEN = "token"
MOST_SESSIONS = 8
_KEPT = "1m"


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
    taken, token = listening.getsockname()[1], secrets.token_urlsafe(16)
    address = f"http://{HOST}:{taken}/?{TOKEN}={token}"

    def ready() -> None:
        say(address)
        if open_browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    config = uvicorn.Config(Gate(_app(), taken, token), log_level="error", timeout_graceful_shutdown=1, lifespan="on")
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


class Gate:
    """Lets in who has the token, from this machine and from pages of this server alone.

    The token stands in the address that is printed, and then in a cookie. `Host` and `Origin` must be this server's, on
    web sockets too: a page from elsewhere in the user's browser could else read and drive the dashboard.

    Parameters
    ----------
    most
        Sessions at a time; a page that asks for another is refused.
    """

    def __init__(self, app: Any, port: int, token: str, most: int = MOST_SESSIONS) -> None:
        self.app = app
        self.token = token
        self.cookie = f"{TOKEN}-{port}"
        self.hosts = {f"{name}:{port}" for name in (HOST, "localhost")}
        self.most = most

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get(TOKEN, [""])[0]
        refused = self.refused(scope, headers, given)
        if refused is not None:
            await _refuse(scope, send, *refused)
            return

        async def with_cookie(message: Any) -> None:
            if message["type"] == "http.response.start" and self.knows(given):
                cookie = f"{self.cookie}={self.token}; Path=/; HttpOnly; SameSite=Strict"
                message = {**message, "headers": [*message["headers"], (b"set-cookie", cookie.encode())]}
            await send(message)

        await self.app(scope, receive, with_cookie)

    def refused(self, scope: Any, headers: Mapping[str, str], given: str) -> tuple[int, str] | None:
        """Status and reason where a request is refused."""
        if headers.get("host", "") not in self.hosts:
            return 400, "Another host than this server."
        origin = headers.get("origin")
        if origin is not None and origin not in {f"http://{host}" for host in self.hosts}:
            return 403, "A page from elsewhere."
        cookies = [part.strip().partition("=") for part in headers.get("cookie", "").split(";")]
        if not self.knows(given or {name: value for name, _, value in cookies}.get(self.cookie, "")):
            return 403, "Open the whole address that `coercion-sim dashboard` printed, token and all."
        if scope["type"] == "websocket" and self._is_one_too_many(scope["path"]):
            return 503, "Too many sessions; close one and wait a minute."
        return None

    def knows(self, token: str) -> bool:
        """Whether this is the token."""
        return secrets.compare_digest(token.encode(), self.token.encode())

    def _is_one_too_many(self, path: str) -> bool:
        """Whether a web socket asks for a new session beyond the `most` allowed."""
        from solara.server.kernel_context import contexts

        return len(contexts) >= self.most and not any(part in contexts for part in path.split("/"))


async def _refuse(scope: Any, send: Any, status: int, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
        return
    body = reason.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _app() -> Any:
    """Solara's application with our page."""
    from solara.server import app as solara_app
    from solara.server import patch
    from solara.server.starlette import app

    # Solara gives every session settings of matplotlib of its own, through a dictionary that matplotlib 3.11 reads
    # wrongly. Figures here are drawn one at a time in a style of their own (`pictures`): the true one will do.
    patch.patch_matplotlib = _nothing
    solara_app.apps["__default__"] = solara_app.AppScript(_PAGE)
    return app


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
    server.kernel.cull_timeout = _KEPT
    server.theme.title = title
    server.theme.show_banner = False
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")  # ours are lax, as they should be here
