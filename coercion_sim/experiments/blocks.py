"""Blocks of a design: parameters that vary together, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coercion_sim.experiments.draws import Value


@dataclass(frozen=True)
class Block:
    """Rows of values for some parameters; blocks are crossed with one another."""

    how: str
    paths: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    described: Mapping[str, Any] = field(default_factory=dict)
