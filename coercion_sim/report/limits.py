"""The limits of the model, from the one list that reports print and the documentation links to."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Limit:
    """One limit: an anchor, what it is called, and what it means for a reader."""

    key: str
    heading: str
    text: str


def limits() -> tuple[Limit, ...]:
    """All limits, in the order they are printed."""
    text = (files("coercion_sim.report") / "limits.toml").read_text("utf-8")
    return tuple(Limit(**entry) for entry in tomllib.loads(text)["limit"])
