"""Only pages of this start, on this machine, are served."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="the extra `app` is not installed")

from coercion_sim.app import server
from coercion_sim.app.server import COOKIE, HOST, Guard, Tokens, free_socket
from coercion_sim.errors import InvalidInput

TOKEN = "secret"


async def _app(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    kind = "websocket.accept" if scope["type"] == "websocket" else "http.response.start"
    await send({"type": kind, "status": 200, "headers": []})


def asked(guard: Guard, kind: str = "http", query: str = "", **headers: str) -> list[dict[str, Any]]:
    """Messages a request gets."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect" if kind == "websocket" else "http.request"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    pairs = [(name.encode(), value.encode()) for name, value in ({"host": "127.0.0.1:8765"} | headers).items()]
    asyncio.run(guard({"type": kind, "headers": pairs, "query_string": query.encode()}, receive, send))
    return sent


@pytest.fixture
def guard() -> Guard:
    return Guard(_app, ("127.0.0.1", "localhost"), Tokens(TOKEN), most=1)


def test_the_token_opens_the_page_and_becomes_a_strict_cookie(guard: Guard) -> None:
    (start,) = asked(guard, query=f"token={TOKEN}")
    cookie = dict(start["headers"])[b"set-cookie"].decode()
    assert start["status"] == 200
    assert TOKEN in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert asked(guard, cookie=f"{COOKIE}={TOKEN}")[0]["status"] == 200


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {}),
        ("token=other", {}),
        ("", {"cookie": f"{COOKIE}=other"}),
        (f"token={TOKEN}", {"host": "evil.example:8765"}),
        (f"token={TOKEN}", {"origin": "http://evil.example"}),
        (f"token={TOKEN}", {"origin": "null"}),
        (f"token={TOKEN}", {"origin": "http://[::1"}),
        (f"token={TOKEN}", {"host": "[::1"}),
        (f"token={TOKEN}", {"host": "127.0.0.1.evil.example"}),
        (f"token={TOKEN}", {"origin": "http://127.0.0.1:9999"}),
        (f"token={TOKEN}", {"Host": "evil.example"}),
        (f"token={TOKEN}", {"origin": "http://evil.example", "Origin": "http://127.0.0.1:8765"}),
    ],
)
def test_everything_else_is_refused(guard: Guard, query: str, headers: dict[str, str]) -> None:
    assert asked(guard, query=query, **headers)[0]["status"] == 403
    assert asked(guard, "websocket", query=query, **headers)[0]["type"] == "websocket.close"


def test_own_pages_may_open_a_web_socket_and_no_more_than_so_many(guard: Guard) -> None:
    own = {"origin": "http://127.0.0.1:8765", "cookie": f"{COOKIE}={TOKEN}"}
    assert asked(guard, "websocket", **own)[0]["type"] == "websocket.accept"
    assert guard.open == 0
    guard.open = 1
    assert asked(guard, "websocket", **own)[0]["type"] == "websocket.close"


def test_a_port_in_use_gives_the_next_and_a_strange_address_is_named() -> None:
    with free_socket(18765) as first, free_socket(first.getsockname()[1]) as second:
        assert second.getsockname()[1] > first.getsockname()[1]
        assert first.getsockname()[0] == "127.0.0.1"
    with pytest.raises(InvalidInput, match="listened"):
        free_socket(18765, "203.0.113.7")
    assert socket.getdefaulttimeout() is None


def test_a_shared_page_has_two_secrets_and_one_leads() -> None:
    tokens = Tokens.fresh(shared=True)
    shared = Guard(_app, None, tokens)
    for token in (tokens.facilitator, tokens.players):
        (start,) = asked(shared, query=f"token={token}")
        assert start["status"] == 200
        assert token in dict(start["headers"])[b"set-cookie"].decode()
        assert asked(shared, cookie=f"{COOKIE}={token}")[0]["status"] == 200
    assert asked(shared, query="token=")[0]["status"] == 403
    assert tokens.leads(f"?token={tokens.facilitator}", {})
    assert tokens.leads("", {COOKIE: tokens.facilitator})
    assert not tokens.leads(f"?token={tokens.players}", {COOKIE: tokens.facilitator})
    assert not tokens.leads("", {COOKIE: tokens.players})
    assert not tokens.leads("", {})


def test_alone_everybody_leads() -> None:
    tokens = Tokens.fresh(shared=False)
    assert tokens.players == ""
    assert tokens.leads("", {})
    assert tokens.given("?token=", {}) == ""


def test_a_page_that_fails_gives_its_place_back() -> None:
    async def breaks(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("broken")

    own = Guard(breaks, ("127.0.0.1",), Tokens(TOKEN), most=1)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="broken"):
            asked(own, "websocket", cookie=f"{COOKIE}={TOKEN}")
    assert own.open == 0


def test_the_start_and_end_of_the_server_itself_pass_without_a_token(guard: Guard) -> None:
    assert asked(guard, "lifespan")[0]["type"] == "http.response.start"  # what the application behind it sends


def test_a_token_in_the_address_wins_over_the_cookie_of_an_earlier_start(guard: Guard) -> None:
    tokens = Tokens("leader", "players")
    assert tokens.given("token=players", {COOKIE: "leader"}) == "players"
    assert tokens.given("token=", {COOKIE: "leader"}) == "leader"
    assert tokens.given("", {COOKIE: "é"}) == ""
    assert asked(guard, query=f"token={TOKEN}", cookie=f"{COOKIE}=old")[0]["status"] == 200


def test_a_page_without_the_token_in_its_address_sets_no_cookie(guard: Guard) -> None:
    (start,) = asked(guard, cookie=f"{COOKIE}={TOKEN}")
    assert b"set-cookie" not in dict(start["headers"])


def test_where_no_port_is_free_the_range_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MORE_PORTS", 0)
    with free_socket(18800) as taken:
        port = taken.getsockname()[1]
        if port != 18800:
            pytest.skip("another program listens there")
        with pytest.raises(InvalidInput, match=f"{port} to {port}"):
            free_socket(port)


def test_a_machine_on_no_network_is_reached_by_its_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nowhere(socket.socket):
        def connect(self, address: Any) -> None:
            raise OSError("network is unreachable")

    monkeypatch.setattr(server.socket, "socket", Nowhere)
    assert server._own_address() == HOST


def test_every_start_has_secrets_of_its_own() -> None:
    known = {token for _ in range(5) for token in vars(Tokens.fresh(shared=True)).values()}
    assert len(known) == 10
    assert min(map(len, known)) >= 20
