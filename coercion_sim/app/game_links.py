"""A game as a file and as a link that replays it."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs

from htmltools import Tag, tags

from coercion_sim.analysis import Session


def link_of(game: Session) -> str:
    """Query of an address that replays a game."""
    text = json.dumps(game.game.model_dump(mode="json"), separators=(",", ":"))
    return "?game=" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def kept_view(game: Session) -> Tag:
    """The game as a file and as a link."""
    text = base64.b64encode(json.dumps(game.game.model_dump(mode="json"), indent=1).encode()).decode()
    return tags.p(
        tags.a("Save the game", href=f"data:application/json;base64,{text}", download="game.json"),
        tags.br(),
        tags.a("Link that replays this game", href=link_of(game)),
    )


def game_of_link(search: str) -> str:
    """JSON text of the game in a query; empty without one."""
    packed = parse_qs(search.lstrip("?")).get("game", [""])[0]
    try:
        return base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode("utf-8")
    except ValueError:
        return ""
