"""What a solver returns: frozen records that print as the game vectors' own `expected` entries."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from coercion_sim.games.frozen import FrozenDict

Form = Literal["behavior", "profile"]
CONVERGED = "converged"


@dataclass(frozen=True)
class Solution:
    """One solution of a game.

    Attributes
    ----------
    method
        `logit`, `spe`, `logit_limit_sequential` or `nash`.
    rationality
        lambda, one number or by player or information set; None where the method has none.
    form
        Whether `strategies` is a `behavior` (by information set) or a `profile` (by player).
    strategies
        Probabilities of every action or strategy.
    payoffs
        Expected payoff of every player.
    outcome_probs
        Probability of every outcome, in the order of the game.
    residual
        For logit the fixed-point residual max |p - softmax(lambda u)|; otherwise the largest gain from deviating, in
        payoff units.
    status
        `converged`, or why not.
    notes
        What a reader should know: ties, broken symmetry.
    path
        Outcomes of positive probability (pure play only).
    """

    method: str
    rationality: float | Mapping[str, float] | None
    form: Form
    strategies: Mapping[str, Mapping[str, float]]
    payoffs: Mapping[str, float]
    outcome_probs: Mapping[str, float]
    residual: float
    status: str = CONVERGED
    notes: tuple[str, ...] = ()
    path: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        strategies = FrozenDict({name: FrozenDict(choice) for name, choice in self.strategies.items()})
        object.__setattr__(self, "strategies", strategies)
        object.__setattr__(self, "payoffs", FrozenDict(self.payoffs))
        object.__setattr__(self, "outcome_probs", FrozenDict(self.outcome_probs))
        if isinstance(self.rationality, Mapping):
            object.__setattr__(self, "rationality", FrozenDict(self.rationality))

    @property
    def converged(self) -> bool:
        """Whether the solver vouches for this solution."""
        return self.status == CONVERGED

    def to_dict(self) -> dict[str, Any]:
        """Return the solution as JSON-ready data in the shape of a game vector's expected entry."""
        out: dict[str, Any] = {"method": self.method}
        if isinstance(self.rationality, Mapping):
            out["lambda"] = {name: _finite(value) for name, value in self.rationality.items()}
        elif self.rationality is not None:
            out["lambda"] = _finite(self.rationality)
        out[self.form] = {name: dict(choice) for name, choice in self.strategies.items()}
        out["payoffs"] = dict(self.payoffs)
        out["outcome_probs"] = dict(self.outcome_probs)
        if self.path:
            out["path"] = list(self.path)
        return {**out, "residual": self.residual, "status": self.status, "notes": list(self.notes)}


def _finite(value: float) -> float | str:
    """JSON has no infinity: an infinite rationality is written as text."""
    return value if math.isfinite(value) else "infinity"


@dataclass(frozen=True)
class EquilibriumList:
    """Nash equilibria of a game, and whether the list is known to be complete (`status` says)."""

    equilibria: tuple[Solution, ...]
    status: str
    method: str = "nash"
    notes: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """Return the list as JSON-ready data: `nash` as in a game vector, worst residual, status."""
        rows = []
        for solution in self.equilibria:
            row = solution.to_dict()
            rows.append({key: row[key] for key in (solution.form, "payoffs", "outcome_probs", "residual", "status")})
        return {
            "method": self.method,
            "nash": rows,
            "residual": max((s.residual for s in self.equilibria), default=0.0),
            "status": self.status,
            "notes": list(self.notes),
        }
