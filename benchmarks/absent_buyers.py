"""Whether buyers absent from the base year decide who takes banned goods: the tables of docs/model.md, section 8.

    python benchmarks/absent_buyers.py

Foreign flows of every good are raised to at least `phi` times what gravity predicts, and fitted to the old exports and
imports of every state again, so that the world stays an equilibrium. Then the record experiment, and a product outside
it: Taiwan's pineapples, of which China bought 91 % until March 2021 (`pineapples.csv`).
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

import cases
from coercion_sim.arrays import Array
from coercion_sim.economy import EconomyParameters, Measure, Shock, compile_shock, next_quarter, start_market
from coercion_sim.world import World, load_world, split_product
from coercion_sim.world.build.split import ras
from timing import print_table

GOODS = ("coal", "barley", "cotton", "copper_ores", "wine", "lobster", "logs", "beef")
#: Exporters of which some flow is typed, not fitted (`product_facts_2019.csv`). Products not named: Australia's.
TYPED = {"coal": (), "cotton": ("AUS", "USA"), "lobster": ("AUS", "NZL", "USA"), "logs": ("AUS", "EU", "NZL", "RUS")}
#: Largest shares in the gain of Australia's forestry exports to others than China, 2019 to 2021 (OECD ICIO, 2025).
RECORDED = {"IND": 0.36, "KOR": 0.36, "THA": 0.09, "MYS": 0.07, "VNM": 0.07}
PHIS = (0.0, 0.1, 0.25, 0.5, 1.0)
#: Factor mobility and elasticity of substitution between inputs, beside the defaults.
SETTINGS = ((1.5, 1.0), (1.2, 1.0), (1.05, 1.0), (1.5, 0.3), (1.2, 0.3))
QUARTERS = 5


def gravity(world: World, j: int, pattern: str) -> Array:
    """Foreign trade of a good as gravity predicts it, (N, N): seller and buyer effects times a pattern.

    The Poisson pseudo-maximum likelihood (Santos Silva and Tenreyro 2006) of two sets of effects and an offset holds
    every row and column total (Fally 2015), so that proportional fitting solves it. The pattern is 1 (``effects``) or
    the trade of all other goods (``all goods``), which carries distance and ties.
    """
    apart = 1.0 - np.eye(len(world.states))
    traded = world.flows[j] * apart
    goods = world.sector_indices(("goods",))
    offset = apart if pattern == "effects" else (world.flows[goods].sum(axis=0) - world.flows[j]) * apart
    return ras(offset, traded.sum(axis=1), traded.sum(axis=0))


def floored(world: World, phi: float, pattern: str) -> World:
    """Return the world with foreign flows of goods at least `phi` times gravity's, exports and imports as they were."""
    apart = 1.0 - np.eye(len(world.states))
    flows = world.flows.copy()
    for j in world.sector_indices(("goods",)):
        old = world.flows[j] * apart
        raised = np.maximum(old, phi * gravity(world, int(j), pattern))
        flows[j] += ras(raised, old.sum(axis=1), old.sum(axis=0)) - old
    return replace(world, flows=flows)


def gained(world: World, shock: Shock, target: str, coercer: str, kappa: float, sigma: float) -> dict[str, Array]:
    """Quantity gained by buyer over that lost in the coercer's market, mean of quarters 2 to 5: good -> (N,)."""
    paths = []
    for each in (shock, Shock.none(world)):
        market = start_market(world, EconomyParameters(factor_mobility=kappa, input_substitution=sigma))
        sold = []
        for _ in range(QUARTERS):
            market = next_quarter(market, each)
            sold.append(market.equilibrium.quantities[:, world.state_index(target)])
        paths.append(np.array(sold[1:]))
    change = paths[0] - paths[1]
    lost = -change[:, :, world.state_index(coercer)]
    hit = [j for j in range(len(world.sectors)) if (shock.open[j] < 1.0).any()]
    return {world.sectors[j]: (change[:, j] / lost[:, j, None]).mean(axis=0) for j in hit}


def elsewhere(world: World, gain: Array, target: str, coercer: str) -> Array:
    """What foreign buyers other than the coercer gained, (N,); its sum is the diverted share."""
    other = [s not in (target, coercer) for s in world.states]
    return np.where(other, gain, 0.0)


def record(world: World) -> None:
    """Print the record experiment for every floor, and at other parameters without one."""
    plain = [("none", 0.0, kappa, sigma) for kappa, sigma in SETTINGS]
    tried = [(pattern, phi, 1.5, 1.0) for pattern in ("effects", "all goods") for phi in PHIS[1:]]
    goods = world.flows[world.sector_indices(("goods",))]
    traded = goods.sum() - np.trace(goods, axis1=1, axis2=2).sum()
    rows = []
    for pattern, phi, kappa, sigma in (*plain, *tried):
        made = floored(world, phi, pattern) if phi else world
        gain = gained(made, cases.flagship_shocks(made)["the record's bans"], "AUS", "CHN", kappa, sigma)
        abroad = {good: elsewhere(made, gain[good], "AUS", "CHN") for good in GOODS}
        shares = (f"{abroad[good].sum():.2f}" for good in GOODS)
        logs = abroad["logs"] / abroad["logs"].sum()
        where = sum(min(share, logs[world.state_index(buyer)]) for buyer, share in RECORDED.items())
        moved = float(np.maximum(made.flows - world.flows, 0.0).sum() / traded)
        rows.append((pattern, f"{phi:g}", f"{kappa:g}", f"{sigma:g}", *shares, f"{where:.2f}", f"{moved:.3f}"))
    print_table(("gravity", "phi", "kappa", "sigma", *GOODS, "logs where they went", "trade in goods moved"), rows)


def overridden(world: World) -> None:
    """Print where a floor of a quarter raises trade, and how many cells are empty though both sides trade the good."""
    rows = []
    for good in GOODS:
        j, at = world.sectors.index(good), [world.state_index(s) for s in TYPED.get(good, ("AUS",))]
        traded, predicted = world.flows[j] * (1.0 - np.eye(len(world.states))), gravity(world, j, "effects")
        up = np.maximum(0.25 * predicted - traded, 0.0)
        empty = int(((traded == 0) & (predicted > 0)).sum())
        typed = up[at].sum() / up.sum() if up.any() else 0.0
        rows.append((good, f"{up.sum() / traded.sum():.4f}", f"{typed:.2f}", str(empty)))
    print_table(("good", "raised, of its trade", "of that in rows with a typed flow", "cells empty"), rows)


def pineapples(world: World) -> None:
    """Print the diverted share of Taiwan's pineapples by home share and floor; the record is about .55."""
    with (Path(__file__).parent / "pineapples.csv").open(encoding="utf-8") as file:
        facts = list(csv.DictReader(file))
    rows = []
    for home in (0.89, 0.5, 0.25):
        changed = [{**f, "value": home} if (f["state"], f["role"]) == ("TWN", "home_share") else f for f in facts]
        made = split_product(world, "pineapples", out_of="agriculture", facts=changed, users=("food", "travel"),
                             overflow="keep", price_factor=1.3)  # fmt: skip
        for phi in PHIS:
            lifted = floored(made, phi, "all goods") if phi else made
            shock = compile_shock(lifted, [Measure("import_ban", "CHN", "TWN", ("pineapples",), 0.0)])
            shares = []
            for kappa, sigma in ((1.5, 1.0), (1.2, 0.3)):
                gain = gained(lifted, shock, "TWN", "CHN", kappa, sigma)["pineapples"]
                shares.append(f"{elsewhere(lifted, gain, 'TWN', 'CHN').sum():.2f}")
            rows.append((f"{home:g}", f"{phi:g}", *shares))
    print_table(("home share", "phi", "kappa 1.5, sigma 1", "kappa 1.2, sigma .3"), rows)


if __name__ == "__main__":
    base = load_world("pacific-2019")
    for table in (record, overridden, pineapples):
        table(base)
        print()
