"""A visitor of the app without a browser: its web socket, the inputs it sends and the page it is sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any

#: Controls of the page as it loads.
INPUTS: dict[str, Any] = {
    "place": "Play", "play-seats": ["AUS"], "play-mine": "AUS", "play-policy": "respond_as_allies", "play-draw": None,
    "play-advice": False, "play-begin:shiny.action": 0, "play-deal:shiny.action": 0, "play-undo:shiny.action": 0,
    "play-pause:shiny.action": 0, "play-propose:shiny.action": 0, "play-terms": "settlement", "play-size": 0.5,
    "play-goods": [], "what_if-policy": "stand_alone", "what_if-against": "respond_as_allies", "what_if-dial_0": 1.5,
    "exposure-coercer": "CHN", "exposure-target": "AUS",
}  # fmt: skip
#: Parts of the page that the server fills in.
OUTPUTS = ("answer-screen", "play-board", "play-kept", "what_if-paths", "exposure-losses", "exposure-goods")
#: Seconds to wait for a part to change.
PATIENCE = 240


class Visitor:
    """One open page; `async with` opens and closes it.

    Attributes
    ----------
    shown
        Part of the page -> its HTML.
    notes
        Notifications, one text each.
    closed
        Whether the server refused or ended the web socket.
    """

    def __init__(self, app: Any, search: str = "", cookie: str = "", **inputs: Any) -> None:
        self.app, self.search, self.inputs = app, search, INPUTS | inputs
        self.headers = [(b"host", b"127.0.0.1:8765")] + ([(b"cookie", cookie.encode())] if cookie else [])
        self.shown: dict[str, str] = {}
        self.notes: list[str] = []
        self.closed = False
        self._sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._new = asyncio.Event()

    async def __aenter__(self) -> Visitor:
        scope = {
            "type": "websocket", "path": "/websocket/", "raw_path": b"/websocket/", "root_path": "", "scheme": "ws",
            "headers": self.headers, "query_string": self.search.lstrip("?").encode(), "subprotocols": [],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8765), "http_version": "1.1",
        }  # fmt: skip
        self._sent.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(self.app(scope, self._sent.get, self._take))
        seen = {f".clientdata_output_{name}_hidden": False for name in OUTPUTS}
        url = {".clientdata_url_search": self.search, ".clientdata_url_protocol": "http:", ".clientdata_pixelratio": 1}
        self._say("init", self.inputs | seen | url)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None):
        self._sent.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(self._task, PATIENCE)

    def _say(self, method: str, data: dict[str, Any]) -> None:
        text = json.dumps({"method": method, "data": data})
        self._sent.put_nowait({"type": "websocket.receive", "text": text})

    async def _take(self, message: dict[str, Any]) -> None:
        """Keeps what the page is sent."""
        if message["type"] == "websocket.close":
            self.closed = True
        said = json.loads(message.get("text") or "{}")
        for name, value in (said.get("values") or {}).items():
            self.shown[name] = value["html"] if isinstance(value, dict) else str(value)
        note = (said.get("notification") or {}).get("message") or {}
        if "html" in note:
            self.notes.append(str(note["html"]))
        self._new.set()

    def set(self, **inputs: Any) -> None:
        """Moves controls of the place Play."""
        self._say("update", {f"play-{name}": value for name, value in inputs.items()})

    def press(self, button: str, times: int = 1) -> None:
        """Presses a button of the place Play for the first, second ... time."""
        self._say("update", {f"play-{button}:shiny.action": times})

    async def until(self, words: str, part: str = "play-board", *, there: bool = True) -> str:
        """The part, once these words stand in it, or no longer do."""
        await self.waited(lambda: part in self.shown and (words in self.shown[part]) == there)
        return self.shown[part]

    async def noted(self, words: str) -> None:
        """Waits for a notification with these words."""
        await self.waited(lambda: any(words in note for note in self.notes))

    async def waited(self, condition: Callable[[], bool]) -> None:
        """Waits until the server has sent what makes a condition true."""

        async def met() -> None:
            while not condition():
                self._new.clear()
                await self._new.wait()

        await asyncio.wait_for(met(), PATIENCE)
