"""The error raised for a malformed or unsolvable game."""

from __future__ import annotations

from coercion_sim.errors import InvalidInput


class GameError(InvalidInput):
    """A game, its file, or the rationality asked for cannot be used; each problem names the path in the tree."""
