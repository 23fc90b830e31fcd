"""Beliefs: Bayes over types, Beta over reliability with forgetting; clipped so that evidence can always move them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array
from coercion_sim.errors import GameError, Problem

#: Whose type a belief is about: mu is about a target's resolve, nu about a coercer's firmness.
Role = Literal["target", "coercer"]
#: Coercer, target and the quarter in which a dispute arose.
DisputeKey: TypeAlias = tuple[str, str, int]

BELIEF_FLOOR, BELIEF_CEILING = 0.02, 0.98
PROBABILITY_FLOOR = 1e-12


def posterior(belief: npt.ArrayLike, p_low: npt.ArrayLike, p_high: npt.ArrayLike, *, clip: bool = True) -> Array:
    """Return P(high type) after an act that the low type does with `p_low`, the high type with `p_high`.

    `belief p_high / (belief p_high + (1 - belief) p_low)`, probabilities floored at 1e-12 (0/0 otherwise). Clipped to
    [.02, .98], except that a belief that starts outside (a known type) stays where it is. All arguments broadcast.
    """
    prior = np.asarray(belief, dtype=np.float64)
    low = (1.0 - prior) * np.maximum(p_low, PROBABILITY_FLOOR)
    high = prior * np.maximum(p_high, PROBABILITY_FLOOR)
    after: Array = np.asarray(high / (high + low))
    if clip:
        after = np.clip(after, np.minimum(prior, BELIEF_FLOOR), np.maximum(prior, BELIEF_CEILING))
    return after


@lru_cache(maxsize=64)
def _revised(belief: float, p_low: float, p_high: float) -> float:
    """`posterior` of single numbers, unclipped; a public act revises the same belief of every state."""
    return float(posterior(belief, p_low, p_high, clip=False))


def fade(belief: float, prior: float, phi: float) -> float:
    """Return the belief one period later without news: `prior + phi (belief - prior)`, phi in [0, 1] kept."""
    return prior + phi * (belief - prior)


@dataclass(frozen=True)
class Reliability:
    """Beta belief about how often an ally keeps its pledges.

    Attributes
    ----------
    alpha, beta
        Counts of kept and broken pledges, prior included; both positive.
    prior_alpha, prior_beta
        Counts to which forgetting returns: Beta(2, 2), mean one half.
    """

    alpha: float = 2.0
    beta: float = 2.0
    prior_alpha: float = 2.0
    prior_beta: float = 2.0

    def __post_init__(self) -> None:
        if min(self.alpha, self.beta, self.prior_alpha, self.prior_beta) <= 0.0:
            raise GameError(
                Problem("parameters of a Beta belief must be positive", found=repr((self.alpha, self.beta)))
            )

    @classmethod
    def prior(cls, mean: float, weight: float) -> Reliability:
        """Return the belief about an ally of whom nothing is known: ``Beta(m w, (1 - m) w)``."""
        counts = mean * weight, (1.0 - mean) * weight
        return cls(*counts, *counts)

    def update(self, kept: float = 0.0, broken: float = 0.0, phi: float = 1.0) -> Reliability:
        """Return the belief after `kept` and `broken` pledges; phi in [0, 1] of earlier evidence is remembered.

        `alpha' = prior_alpha + phi (alpha - prior_alpha) + kept`, beta alike; phi = 1 is conjugate Bayes.
        """
        if kept < 0.0 or broken < 0.0 or not 0.0 <= phi <= 1.0:
            values = f"kept {kept}, broken {broken}, phi {phi}"
            raise GameError(Problem("counts must be at least 0 and phi between 0 and 1", found=values))
        return Reliability(
            fade(self.alpha, self.prior_alpha, phi) + kept,
            fade(self.beta, self.prior_beta, phi) + broken,
            self.prior_alpha,
            self.prior_beta,
        )

    @property
    def mean(self) -> float:
        """Expected reliability `alpha / (alpha + beta)`."""
        return self.alpha / (self.alpha + self.beta)


@dataclass
class Beliefs:
    """What one government believes of others.

    In a dispute it holds (mu, nu), from its opening until it ends; the last ones become the reputation of the two
    states, which fades towards the prior while they are at peace. Acts are public: all governments see the same.

    Attributes
    ----------
    prior_target, prior_coercer
        P(resolved) and P(firm) of a state about which nothing is known.
    prior_reliability
        Of an ally about which nothing is known.
    reputation
        (role, state) -> P(resolved as a target) or P(firm as a coercer), from disputes that ended.
    in_dispute
        Dispute -> (mu, nu), the last ones where it has ended.
    reliabilities
        Ally -> belief about its word.
    """

    prior_target: float = 0.5
    prior_coercer: float = 0.5
    prior_reliability: Reliability = Reliability()
    reputation: dict[tuple[Role, str], float] = field(default_factory=dict)
    in_dispute: dict[DisputeKey, tuple[float, float]] = field(default_factory=dict)
    reliabilities: dict[str, Reliability] = field(default_factory=dict)

    def about(self, role: Role, state: str) -> float:
        """P(resolved) of a state as a target, or P(firm) as a coercer, at the opening of a dispute."""
        return self.reputation.get((role, state), self.prior_target if role == "target" else self.prior_coercer)

    def observe(
        self, dispute: DisputeKey, before: tuple[float, float], role: Role, p_low: float, p_high: float
    ) -> None:
        """Revise the belief about one side after its act, of probability `p_low` or `p_high` by its type."""
        mu, nu = self.in_dispute.get(dispute, before)
        if role == "target":
            mu = _revised(mu, p_low, p_high)
        else:
            nu = _revised(nu, p_low, p_high)
        self.in_dispute[dispute] = mu, nu

    def conclude(self, dispute: DisputeKey, before: tuple[float, float]) -> None:
        """Make the last beliefs of a dispute the reputations of its two sides, clipped to [.02, .98].

        A belief outside before the dispute (a known type) stays where it is.
        """
        coercer, target, _ = dispute
        sides: tuple[tuple[Role, str], ...] = (("target", target), ("coercer", coercer))
        for side, first, last in zip(sides, before, self.in_dispute.get(dispute, before), strict=True):
            low, high = min(first, BELIEF_FLOOR), max(first, BELIEF_CEILING)
            self.reputation[side] = min(max(last, low), high)

    def fade(self, phi: float, disputing: Collection[str]) -> None:
        """Let reputations drift a quarter towards the prior, but for states in a dispute."""
        for (role, state), belief in self.reputation.items():
            if state not in disputing:
                prior = self.prior_target if role == "target" else self.prior_coercer
                self.reputation[role, state] = fade(belief, prior, phi)

    def reliability(self, ally: str) -> Reliability:
        """Belief about an ally's word."""
        return self.reliabilities.get(ally, self.prior_reliability)
