"""Dispute games for the tests: random ones of any small size, and one with the flagship's magnitudes."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np

from coercion_sim.dispute import DisputeGame, DisputeParameters


def random_game(seed: int, K: int = 2, n: int = 1, M: int = 2, **parameters: Any) -> DisputeGame:
    """Return a game with generic numbers: no two payoffs alike, every term of every payoff in use."""
    rng = np.random.default_rng(seed)
    shape = (2, K, *[M] * n)
    low = {"rationality": rng.uniform(0.5, 5), "cost_once": rng.uniform(0, 0.1), "cost_year": rng.uniform(0, 0.05)}
    shares = ("audience_back_down", "audience_lift", "audience_concede", "review", "last_quarter_bite")
    drawn = low | {name: rng.uniform(0.05, 0.95) for name in shares} | {"discount": rng.uniform(0.7, 1.0)}
    drawn["statement_cost"] = rng.uniform(0, 0.05)
    return DisputeGame(
        packages=tuple(f"package{k}" for k in range(K)),
        allies=tuple(f"ally{i}" for i in range(n)),
        options=tuple(f"option{m}" for m in range(M)),
        coercer_cost=rng.uniform(0, 0.3, shape),
        target_effect=rng.uniform(-1.2, 0.1, shape),
        ally_cost=rng.uniform(0, 0.08, (n, *shape)),
        shortfall=rng.uniform(0, 1, (n, M)),
        pledge=rng.uniform(0, 0.1, n),
        interest=rng.uniform(0.002, 0.05, n),
        reliability=rng.uniform(0, 1, n),
        stake_coercer=np.sort(rng.uniform(0.02, 0.9, 2)),
        stake_target=np.sort(rng.uniform(0.05, 1.5, 2)),
        belief_target=float(rng.uniform(0.02, 0.98)),
        belief_coercer=float(rng.uniform(0.02, 0.98)),
        parameters=DisputeParameters(**(drawn | parameters)),
        erosion=rng.uniform(0, 0.7, K),
    )


def flagship_game(
    *,
    v_t: float = 0.4,
    v_c: float = 0.1,
    spread_t: float = 9.0,
    spread_c: float = 9.0,
    loss: tuple[float, ...] = (0.05, 0.2, 0.45),
    own_cost: float = 0.0,
    allies: int = 2,
    pledge: float = 0.0,
    reliability: float = 1.0,
    **parameters: Any,
) -> DisputeGame:
    """Return a dispute of the flagship's size: three packages, allies that may stand aside, pay or retaliate.

    Payment covers a fifth of the target's loss at a small cost; a cut-off costs the coercer .04 a year, the ally .02.
    """
    K, M, n = len(loss), 3, allies
    shape = (2, K, *[M] * n)
    cost, effect, allied = np.full(shape, float(own_cost)), np.zeros(shape), np.zeros((n, *shape))
    for k, size in enumerate(loss):
        for r in itertools.product(range(M), repeat=n):
            at = (slice(None), k, *r)
            effect[at] = -size * np.array([1.0, 0.8]) * (1 - 0.2 * r.count(1))
            cost[at] += 0.04 * r.count(2)
            for i, answer in enumerate(r):
                allied[i][at] = (0.0, 0.01 * size, 0.02)[answer]
    return DisputeGame(
        packages=tuple(f"loss {size}" for size in loss), allies=tuple(f"ally{i}" for i in range(n)),
        options=("none", "pay", "cut"), coercer_cost=cost, target_effect=effect, ally_cost=allied,
        shortfall=np.array([[1.0, 0.5, 0.0]] * n).reshape(n, M), pledge=np.full(n, float(pledge)),
        interest=np.linspace(0.009, 0.005, n), reliability=np.full(n, float(reliability)),
        stake_coercer=v_c * spread_c ** np.array([-0.5, 0.5]), stake_target=v_t * spread_t ** np.array([-0.5, 0.5]),
        parameters=DisputeParameters(**parameters),
    )  # fmt: skip


def with_parameters(game: DisputeGame, **parameters: Any) -> DisputeGame:
    """Return the game with some of its parameters replaced."""
    return replace(game, parameters=replace(game.parameters, **parameters))
