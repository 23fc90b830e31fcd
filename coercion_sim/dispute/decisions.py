"""A decision as a record: who chose what among which alternatives, at which odds, and what the draw was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Alternative:
    """One thing a mover could do: its worth in percent of own GDP, term by term, and its probability."""

    label: str
    value: float
    probability: float
    terms: Mapping[str, float]


@dataclass(frozen=True)
class Decision:
    """One choice in one dispute.

    Attributes
    ----------
    quarter
        Counted from 0.
    coercer, target
        The dispute.
    move
        ``press``, ``package``, ``answer``, ``impose``, ``help``, ``review`` (the target), ``accept``
        (an offer to settle) and ``lift`` (the coercer).
    mover, rule
        Who chose, and how it decides (logit, rational, rule, learning).
    alternatives, draw, chosen
        What it could do, the uniform number drawn, what it did.
    beliefs
        mu and nu when it chose.
    """

    quarter: int
    coercer: str
    target: str
    move: str
    mover: str
    rule: str
    alternatives: tuple[Alternative, ...]
    draw: float
    chosen: str
    beliefs: tuple[float, float]


def pick(probabilities: Sequence[float], draw: float) -> int:
    """Position of the alternative in whose part of [0, 1) the draw falls."""
    edges = np.cumsum(np.asarray(probabilities, dtype=np.float64))
    return min(int(np.searchsorted(edges / edges[-1], draw, side="right")), len(edges) - 1)
