"""Stub until the plan side lands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Precision:
    until: str
    half_width: float
    at_most: int
    confidence: float = 0.95
    of: str = "level"

    def described(self) -> dict[str, Any]:
        return dict(vars(self))


def looks(p):
    return (4, 8, p.at_most)


def enough(values, p, look):
    return look >= 1
