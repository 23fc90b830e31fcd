"""What a solver returns: frozen records that print as the game vectors' own `expected` entries."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.errors import GameError, Problem, nearest
from coercion_sim.games.flat_tree import FlatTree
from coercion_sim.games.nodes import FrozenDict

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
        For logit the fixed-point residual ``max |p - softmax(lambda u)|`` at the rationality asked for, or the error in
        payoffs where play no longer moves by what rounding can show. For `nash` and `spe` the largest gain from
        deviating. Payoffs are in units of the differences in play. For play given by the user, in payoff units.
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


Rationality: TypeAlias = float | Mapping[str, float]


def relative_rationality(Lambda: float, stakes: Mapping[str, float]) -> dict[str, float]:
    """Return lambda_j = Lambda / m_j: noise in proportion to what the mover has at stake.

    Scaling all payoffs and stakes together then changes no choice. Keys are players or information sets (so that two
    types of one player can have their own stake).
    """
    wrong = [f"{name}={stake!r}" for name, stake in stakes.items() if not stake > 0.0]
    if wrong:
        raise GameError(Problem("a stake must be positive", found=", ".join(wrong)))
    return {name: Lambda / stake for name, stake in stakes.items()}


def by_infoset(flat: FlatTree, rationality: Rationality, source: str | None = None) -> Array:
    """Return lambda_h (H,) for each information set; a value given for an information set beats its player's.

    Raises
    ------
    GameError
        A rationality is negative or not a number, a name is unknown, or a mover has none.
    """
    if not isinstance(rationality, Mapping):
        given: dict[str, float] = dict.fromkeys(flat.players, float(rationality))
    else:
        given = {name: float(value) for name, value in rationality.items()}
    known = [*flat.players, *flat.infosets]
    problems = [
        Problem(
            "no such player or information set", source, None, "rationality", repr(name), None, nearest(name, known)
        )
        for name in given
        if name not in known
    ]
    problems += [
        Problem("not a rationality", source, None, f"rationality.{name}", repr(value), "0 or more, infinity included")
        for name, value in given.items()
        if math.isnan(value) or value < 0.0
    ]
    players = [flat.players[number] for number in flat.infoset_player]
    without = {p for h, p in zip(flat.infosets, players, strict=True) if h not in given and p not in given}
    message = "no rationality given for a player who moves"
    problems += [Problem(message, source, None, f"rationality.{player}") for player in sorted(without)]
    GameError.refuse(problems)
    lambdas = [given.get(h, given.get(p, math.nan)) for h, p in zip(flat.infosets, players, strict=True)]
    return np.array(lambdas, dtype=np.float64)
