"""Disputes with random numbers of the size of the default world's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from coercion_sim.dispute import DisputeGame, DisputeParameters


def make_dispute(
    seed: int, K: int = 2, n: int = 1, M: int = 2, mu: float = 0.5, nu: float = 0.5, **parameters: Any
) -> DisputeGame:
    """Return a dispute with random numbers of the size of the default world's."""
    rng = np.random.default_rng(seed)
    profile = (K, *[M] * n)
    v_target, v_coercer = rng.uniform(0.2, 1.2), rng.uniform(0.05, 0.3)
    return DisputeGame(
        packages=tuple(f"p{k}" for k in range(K)),
        allies=tuple(f"ally{i}" for i in range(n)),
        options=("none", "compensate", "retaliate", "both")[:M],
        coercer_cost=rng.uniform(0.0, 0.05, (2, *profile)),
        target_effect=-rng.uniform(0.0, 1.0, (2, *profile)),
        ally_cost=rng.uniform(0.0, 0.05, (n, 2, *profile)),
        shortfall=rng.uniform(0.0, 1.0, (n, M)),
        pledge=rng.uniform(0.0, 0.1, n),
        interest=rng.uniform(0.003, 0.03, n),
        reliability=rng.uniform(0.0, 1.0, n),
        stake_coercer=v_coercer * np.array([1 / 3, 3.0]),
        stake_target=v_target * np.array([1 / 3, 3.0]),
        belief_target=mu,
        belief_coercer=nu,
        parameters=DisputeParameters(**parameters),
    )


def with_rules(game: DisputeGame, **parameters: Any) -> DisputeGame:
    """Return the dispute under other parameters."""
    return replace(game, parameters=replace(game.parameters, **parameters))
