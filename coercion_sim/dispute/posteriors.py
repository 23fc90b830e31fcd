"""Bayes on what was done in a dispute, for one belief or a whole array of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coercion_sim.dispute.beliefs import BELIEF_CEILING, BELIEF_FLOOR, PROBABILITY_FLOOR
from coercion_sim.dispute.game import Array


def posterior(belief: npt.ArrayLike, p_low: npt.ArrayLike, p_high: npt.ArrayLike, *, clip: bool = True) -> Array:
    """Return P(high type) after an act that the low type does with `p_low`, the high type with `p_high`.

    `belief p_high / (belief p_high + (1 - belief) p_low)`, probabilities floored at 1e-12. Clipped to [.02, .98],
    except that a belief which starts outside (a type that is known) is not pulled inside. All arguments broadcast.
    """
    prior = np.asarray(belief, dtype=np.float64)
    low = (1.0 - prior) * np.maximum(p_low, PROBABILITY_FLOOR)
    high = prior * np.maximum(p_high, PROBABILITY_FLOOR)
    after: Array = np.asarray(high / (high + low))
    if clip:
        after = np.clip(after, np.minimum(prior, BELIEF_FLOOR), np.maximum(prior, BELIEF_CEILING))
    return after


def posterior_target(mu: npt.ArrayLike, act_by_type: Array, *, clip: bool = True) -> Array:
    """Return P(target is resolved) after an act of probability `act_by_type` (2, ...) by s."""
    return posterior(mu, act_by_type[0], act_by_type[1], clip=clip)


def posterior_coercer(nu: npt.ArrayLike, act_by_type: Array, *, clip: bool = True) -> Array:
    """Return P(coercer is firm) after an act of probability `act_by_type` (2, ...) by c."""
    return posterior(nu, act_by_type[0], act_by_type[1], clip=clip)
