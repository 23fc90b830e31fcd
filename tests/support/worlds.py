"""Random worlds and shocks, valid by construction, and hypothesis strategies over them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from coercion_sim.economy import Shock
from coercion_sim.world import World


def random_world(
    seed: int,
    S: int = 2,
    N: int = 3,
    *,
    tariffs: bool = True,
    inputs: bool = True,
    imbalances: bool = True,
    zeros: bool = False,
) -> World:
    """Draw a world of S sectors and N states in which every identity of model.md §1 holds.

    Flows are lognormal with a home bias. `zeros` empties some foreign flows and, from two sectors on, the whole output
    of one (sector, state). Intermediate use is held below 80 % of spending, so final demand stays above 0.
    """
    rng = np.random.default_rng(seed)
    flows = rng.lognormal(0.0, 1.0, (S, N, N)) * 10.0
    flows += flows.sum(axis=2)[:, :, None] * np.eye(N) * rng.uniform(0.5, 2.0, (S, N))[:, :, None]
    if zeros:
        ring = np.eye(N) + np.roll(np.eye(N), 1, axis=0)
        flows *= (rng.random((S, N, N)) > 0.3) | (ring > 0)
        if S > 1:
            flows[rng.integers(S), rng.integers(N), :] = 0.0
    flows *= rng.lognormal(0.0, 0.7, N)[None, :, None]
    flows = _balance(flows)
    if imbalances:
        flows *= rng.uniform(0.75, 1.35, (N, N))[None]
    tariff = rng.uniform(-0.05, 0.4, (S, N, N)) * (1 - np.eye(N)) if tariffs else np.zeros((S, N, N))
    gamma = np.zeros((S, S, N))
    if inputs:
        gamma = rng.dirichlet(np.ones(S), (S, N)).transpose(2, 0, 1) * rng.uniform(0.2, 0.7, (S, N))
        spending = ((1 + tariff) * flows).sum(axis=1)
        use = np.einsum("kjn,jn->kn", gamma, flows.sum(axis=2))
        scale = np.minimum(1.0, np.divide(0.8 * spending, use, out=np.ones((S, N)), where=use > 0))
        gamma = gamma * scale[:, None, :]
    return World.from_flows(
        f"random-{seed}",
        [f"N{i}" for i in range(N)],
        [f"s{j}" for j in range(S)],
        flows,
        rng.uniform(1.5, 9.0, S),
        input_share=gamma,
        tariff=tariff,
    )


def _balance(flows: np.ndarray) -> np.ndarray:
    """Scale exports up and imports down state by state until every state's total trade balances (Osborne 1960)."""
    N = flows.shape[1]
    foreign = flows.sum(axis=0) * (1 - np.eye(N))
    x = np.ones(N)
    for _ in range(2000):
        scaled = foreign * x[:, None] / x[None, :]
        x *= (scaled.sum(axis=0) / scaled.sum(axis=1)) ** 0.25  # a square root would swing for ever with two states
    return np.where(np.eye(N) > 0, flows, flows * (x[:, None] / x[None, :])[None])


def random_shock(
    world: World,
    seed: int,
    *,
    tariffs: bool = True,
    bans: bool = True,
    barriers: bool = True,
    transfers: bool = True,
    productivity: bool = True,
    size: float = 1.0,
) -> Shock:
    """Draw a bit of everything: duties and subsidies, complete and porous bans, icebergs, money, productivity."""
    rng = np.random.default_rng(seed + 10_000)
    S, N = world.shape
    foreign = 1 - np.eye(N)
    shock = Shock.none(world)
    tariff, barrier, open_share = shock.tariff, shock.barrier, shock.open
    A, money = shock.productivity, shock.transfer
    if tariffs:
        hit = (rng.random((S, N, N)) < 0.4) * foreign
        tariff = np.maximum(tariff + hit * rng.uniform(-0.2, 0.8, (S, N, N)) * size, -0.5)
    if barriers:
        barrier = 1 + (rng.random((S, N, N)) < 0.4) * foreign * rng.uniform(-0.1, 0.6, (S, N, N)) * size
    if bans:
        open_share = random_open(world, rng)
    if transfers:
        money = rng.normal(0.0, 0.005 * size, N) * world.baseline.gdp.min()
        money = money - money.mean()
    if productivity:
        A = np.exp(rng.normal(0.0, 0.05 * size, (S, N)))
    return Shock(tariff, barrier, open_share, A, money)


def random_open(world: World, rng: np.random.Generator) -> np.ndarray:
    """Open shares (S, N, N): an eighth of foreign flows banned, an eighth porous; nobody is left without a supplier."""
    S, N = world.shape
    draw = rng.random((S, N, N))
    open_share = np.where(draw < 0.125, 0.0, np.where(draw < 0.25, rng.uniform(0.1, 0.9, (S, N, N)), 1.0))
    open_share[:, np.arange(N), np.arange(N)] = 1.0
    left = (world.baseline.share * open_share).sum(axis=1) > 0.05
    open_share = np.where(left[:, None, :], open_share, 1.0)
    links = (world.baseline.share * open_share * (1 - np.eye(N))).sum(axis=0)
    lonely = (links.sum(axis=0) < 0.05) | (links.sum(axis=1) < 0.05)
    return np.where(lonely[None, :, None] | lonely[None, None, :], 1.0, open_share)


def random_worlds(max_sectors: int = 3, max_states: int = 4) -> st.SearchStrategy[World]:
    """Every kind of random world; hypothesis shrinks towards one sector, two states and no complications."""
    return st.builds(
        random_world,
        seed=st.integers(0, 10_000),
        S=st.integers(1, max_sectors),
        N=st.integers(2, max_states),
        tariffs=st.booleans(),
        inputs=st.booleans(),
        imbalances=st.booleans(),
        zeros=st.booleans(),
    )


def seeds() -> st.SearchStrategy[int]:
    """Seeds for shocks."""
    return st.integers(0, 10_000)


#: Factor mobility from nearly stuck to free.
MOBILITIES = (1.05, 1.5, 3.0, float("inf"))
CLOSURES = ("additive", "multiplicative", "zero")
