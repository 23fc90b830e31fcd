"""The server: the page on this machine alone, behind a token, for a limited number of browsers."""

from __future__ import annotations

import errno
import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import uvicorn

from coercion_sim.errors import InvalidInput, Problem

HOST = "127.0.0.1"
#: Every address of this machine.
EVERYWHERE = "0.0.0.0"
#: Ports tried after the one given.
MORE_PORTS = 20
#: Pages open at once; each keeps a game.
MOST_SESSIONS = 40
COOKIE = "coercion_sim_token"


def free_socket(port: int, host: str = HOST) -> socket.socket:
    """Listen on an address of this machine, on the given port or, if it is taken, the next free one.

    Raises
    ------
    InvalidInput
        Where none of them is free, or the address is not one of this machine.
    """
    last = min(port + MORE_PORTS, 65535)
    for tried in range(port, last + 1):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, tried))
            listening.listen()
            return listening
        except OSError as error:
            listening.close()
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                allowed = "an address of this machine, or 0.0.0.0 for all of them"
                raise InvalidInput(
                    Problem("cannot be listened on", key="--share", found=host, allowed=allowed)
                ) from None
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    raise InvalidInput(Problem("no free port", key="--port", found=f"{port} to {last}, all in use"))


@dataclass(frozen=True)
class Tokens:
    """Secrets of one start.

    Attributes
    ----------
    facilitator
        Opens the page and leads the table.
    players
        Opens the page for seats alone; empty where nobody else was invited, and everybody leads.
    """

    facilitator: str
    players: str = ""

    @classmethod
    def fresh(cls, *, shared: bool) -> Tokens:
        """New secrets, for players too where the page is shared."""
        return cls(secrets.token_urlsafe(16), secrets.token_urlsafe(16) if shared else "")

    def given(self, query: str, cookies: Mapping[str, str]) -> str:
        """The token of a request, that of its address first; empty where it has none of this start."""
        given = parse_qs(query.lstrip("?")).get("token", [""])[0] or cookies.get(COOKIE, "")
        known = [token for token in (self.facilitator, self.players) if token]
        return given if any(secrets.compare_digest(given.encode(), token.encode()) for token in known) else ""

    def leads(self, query: str, cookies: Mapping[str, str]) -> bool:
        """Whether a browser may begin, pause and rewind."""
        return not self.players or self.given(query, cookies) == self.facilitator


class Guard:
    """Lets requests through that name this server, come from its own pages and carry its token.

    A page elsewhere cannot read or drive the app: a foreign Host or Origin is refused, and without the token, which the
    first address opened turns into a cookie of the strict kind, nothing is served.

    Attributes
    ----------
    app
        The application behind it.
    hosts
        Names under which it may be called; None: any, as where other machines were invited.
    tokens
        The secrets of this start.
    most
        Web sockets open at once.
    """

    def __init__(self, app: Any, hosts: tuple[str, ...] | None, tokens: Tokens, most: int = MOST_SESSIONS) -> None:
        self.app = app
        self.hosts = hosts
        self.tokens = tokens
        self.most = most
        self.open = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Passes a request on, or refuses it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope.get("query_string", b"").decode("latin-1")
        cookies = {name: kept.value for name, kept in SimpleCookie(headers.get("cookie", "")).items()}
        token = self.tokens.given(query, cookies)
        if not (_once(scope["headers"]) and self._lets_in(headers, token)) or (
            scope["type"] == "websocket" and self.open >= self.most
        ):
            await _refuse(scope, receive, send)
        elif scope["type"] == "websocket":
            self.open += 1
            try:
                await self.app(scope, receive, send)
            finally:
                self.open -= 1
        else:
            await self.app(scope, receive, _with_cookie(send, token) if "token" in parse_qs(query) else send)

    def _lets_in(self, headers: dict[str, str], token: str) -> bool:
        host, origin = headers.get("host", ""), headers.get("origin")
        try:
            named, asking = urlsplit(f"//{host}").hostname, None if origin is None else urlsplit(origin).netloc
        except ValueError:  # half an address, such as ``http://[::1``
            return False
        foreign = self.hosts is not None and named not in self.hosts
        return bool(token) and not foreign and asking in (None, host)


def _once(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether Host and Origin stand at most once each: of two, another program may read the other."""
    names = [name.lower() for name, _ in headers]
    return names.count(b"host") <= 1 and names.count(b"origin") <= 1


def _with_cookie(send: Any, token: str) -> Any:
    """Sends the token of the address back as a cookie."""
    cookie = f"{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/".encode()

    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = message | {"headers": [*message.get("headers", ()), (b"set-cookie", cookie)]}
        await send(message)

    return sending


async def _refuse(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    body = b"Open the address that the command printed; it carries the token of this start."
    await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})


def serve(
    app: Any, tokens: Tokens, port: int, say: Callable[[str, str], None], *, share: str | None = None,
    open_browser: bool = False,
) -> None:  # fmt: skip
    """Serve the app until interrupted.

    Parameters
    ----------
    say
        Called once the app can be opened, with its address and that of the players; empty where nobody was invited.
    share
        An address of this machine on which others may join; None: this machine alone.

    Raises
    ------
    InvalidInput
        Where no port is free from `port` on.
    """
    listening = free_socket(port, share or HOST)
    host = _own_address() if share == EVERYWHERE else share or HOST
    root = f"http://{host}:{listening.getsockname()[1]}/?token="
    address, players = root + tokens.facilitator, root + tokens.players if tokens.players else ""
    guarded = Guard(app, (HOST, "localhost") if share is None else None, tokens)

    def ready() -> None:
        say(address, players)
        if open_browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    config = uvicorn.Config(guarded, log_level="error", timeout_graceful_shutdown=1, lifespan="on")
    with suppress(KeyboardInterrupt):
        _Server(config, ready).run(sockets=[listening])


def _own_address() -> str:
    """Address by which others on the network reach this machine; the loopback where it is on none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address: choosing a route sends nothing
        except OSError:
            return HOST
        return str(probe.getsockname()[0])


class _Server(uvicorn.Server):
    """A server that reports when it can be reached."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()
