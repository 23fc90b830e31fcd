"""Beliefs: Bayes over types, Beta over reliability with forgetting; clipped so that no belief is ever beyond recall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coercion_sim.errors import Problem
from coercion_sim.games import FrozenDict, GameError

BELIEF_FLOOR, BELIEF_CEILING = 0.02, 0.98
PROBABILITY_FLOOR = 1e-12


def clip_belief(belief: float, floor: float = BELIEF_FLOOR, ceiling: float = BELIEF_CEILING) -> float:
    """Return the belief moved into [floor, ceiling]: nobody is ever certain, so evidence can still speak."""
    return min(max(belief, floor), ceiling)


def bayes(prior: Mapping[str, float], likelihood: Mapping[str, float]) -> FrozenDict[str, float]:
    """Return the posterior over types after an observation, unclipped.

    `posterior(t) = prior(t) l(t) / sum_s prior(s) l(s)`. Likelihoods below 1e-12 count as 1e-12, so that what every
    type was almost sure not to do leaves a belief (the prior) and not 0/0. Averaged over observations at their
    predicted probabilities the posterior is the prior (a martingale).

    Raises
    ------
    GameError
        Types differ, a number is not a probability, or the prior does not sum to 1.
    """
    if set(prior) != set(likelihood):
        found, allowed = ", ".join(sorted(likelihood)), ", ".join(sorted(prior))
        raise GameError(Problem("prior and likelihood must name the same types", found=found, allowed=allowed))
    bad = [f"{name}={p!r}" for part in (prior, likelihood) for name, p in part.items() if not 0.0 <= p <= 1.0]
    if bad or abs(sum(prior.values()) - 1.0) > 1e-9:
        found = ", ".join(bad) or f"sum {sum(prior.values()):.12g}"
        raise GameError(Problem("not probabilities, or the prior does not sum to 1", found=found))
    weight = {name: p * max(likelihood[name], PROBABILITY_FLOOR) for name, p in prior.items()}
    total = sum(weight.values())
    return FrozenDict({name: w / total for name, w in weight.items()})


def update_resolve(belief: float, p_if_high: float, p_if_low: float) -> float:
    """Return the belief that a state is the high type (resolved, firm) after an act, clipped to [.02, .98].

    `belief p_high / (belief p_high + (1 - belief) p_low)` with the probabilities each type had of acting so.
    """
    posterior = bayes({"high": belief, "low": 1.0 - belief}, {"high": p_if_high, "low": p_if_low})
    return clip_belief(posterior["high"])


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
        What forgetting returns to: Beta(2, 2), mean one half.
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

    def update(self, kept: float = 0.0, broken: float = 0.0, phi: float = 1.0) -> Reliability:
        """Return the belief after `kept` and `broken` pledges; phi in [0, 1] of earlier evidence is remembered.

        `alpha' = prior_alpha + phi (alpha - prior_alpha) + kept`, beta alike; phi = 1 is conjugate Bayes.
        """
        if kept < 0.0 or broken < 0.0 or not 0.0 <= phi <= 1.0:
            found = f"kept {kept}, broken {broken}, phi {phi}"
            raise GameError(Problem("counts must be at least 0 and phi between 0 and 1", found=found))
        return Reliability(
            fade(self.alpha, self.prior_alpha, phi) + kept,
            fade(self.beta, self.prior_beta, phi) + broken,
            self.prior_alpha,
            self.prior_beta,
        )

    @property
    def mean(self) -> float:
        """Expected reliability `alpha / (alpha + beta)`, unclipped."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def expected(self) -> float:
        """The mean clipped to [.02, .98], as the game uses it."""
        return clip_belief(self.mean)
