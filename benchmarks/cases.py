"""Worlds and shocks the economy is timed on. Published ones are read from the shared data folder."""

from __future__ import annotations

import csv
import math
import os
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

from coercion_sim.economy import EconomyParameters, Measure, Shock, compile_shock, solve_equilibrium
from coercion_sim.world import World

TOLERANCE = 1e-8
#: Caliendo and Parro's model: one mobile factor, no imbalances.
ONE_FACTOR = EconomyParameters(factor_mobility=math.inf, closure="zero", tolerance=TOLERANCE)
#: The flagship's defaults.
STUCK = EconomyParameters(tolerance=TOLERANCE)


class Absent(Exception):
    """The data of a case are not on this machine."""


def vectors(*parts: str) -> Path:
    """Path of a file of trade vectors under COERCION_SIM_SHARED, else beside the repository."""
    root = Path(os.environ.get("COERCION_SIM_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    path = root.joinpath("data", "trade_vectors", *parts)
    if not path.exists():
        raise Absent(f"no {'/'.join(parts)} (set COERCION_SIM_SHARED)")
    return path


def column(name: str, *parts: str) -> list[str]:
    """One column of a CSV file of trade vectors."""
    with vectors(*parts).open(newline="", encoding="utf-8") as file:
        return [row[name] for row in csv.DictReader(file)]


# ------------------------------------------------------------------ Caliendo and Parro, 31 regions x 40 sectors


def caliendo_parro() -> World:
    """Return the world of 1993 without imbalances, solved once so that it is an equilibrium."""
    with np.load(vectors("cp2015_nafta", "inputs.npz")) as z, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*slightly below 0.*")  # one input share of -0.0006, kept
        data = World.from_shares(
            "cp2015",
            column("region", "cp2015_nafta", "regions.csv"),
            column("sector", "cp2015_nafta", "sectors.csv"),
            spending_share=z["pi_nij"].transpose(2, 1, 0),
            spending=z["X_nj"].T / 1e6,
            tariff=z["tau_nij"].transpose(2, 1, 0),
            trade_elasticity=z["theta_j"],
            value_added_share=z["gamma_nj"].T,
            input_share=z["gamma_nkj"].transpose(1, 2, 0),
            final_share=z["alpha_nj"].T,
            value_added=z["wL_n"] / 1e6,
        )
        return solve_equilibrium(data, parameters=ONE_FACTOR).to_world()


def nafta(world: World) -> Shock:
    """Tariffs of 2005 among Canada, Mexico and the USA."""
    with np.load(vectors("cp2015_nafta", "inputs.npz")) as z:
        return replace(Shock.none(world), tariff=z["tau_nij_cfl"].transpose(2, 1, 0))


def coercion(world: World) -> Shock:
    """China adds 100 points of tariff on three Australian goods."""
    tariff = np.array(world.tariff)
    names = ("sector", "exporter", "importer", "tariff_new")
    rows = zip(*(column(name, "cp2015_coerce_chn_aus", "tariff_changes.csv") for name in names), strict=True)
    for sector, exporter, importer, rate in rows:
        tariff[world.sectors.index(sector), world.state_index(exporter), world.state_index(importer)] = float(rate)
    return replace(Shock.none(world), tariff=tariff)


def icebergs(world: World, factor: float, state: str | None = None) -> Shock:
    """Multiply the cost of every foreign flow, or of those of one state, by a factor."""
    barrier = np.full((*world.shape, world.shape[1]), factor)
    if state is not None:
        n = world.state_index(state)
        others = np.arange(world.shape[1]) != n
        barrier[np.ix_(range(world.shape[0]), np.flatnonzero(others), np.flatnonzero(others))] = 1.0
    diagonal = np.arange(world.shape[1])
    barrier[:, diagonal, diagonal] = 1.0
    return replace(Shock.none(world), barrier=barrier)


def near_autarky(world: World) -> dict[str, Shock]:
    """Shocks that leave next to no trade: to some states, to all, and by a range of factors."""
    found = {f"all foreign costs x {factor:g}": icebergs(world, factor) for factor in (3, 10, 1e4)}
    states = {
        name: s for name in ("Chile", "China", "USA", "Mexico") for s in world.states if s.lower() == name.lower()
    }
    for state in states.values():
        for factor in (2, 10, 1e4):
            found[f"{state} x {factor:g}"] = icebergs(world, factor, state)
    return found


# ------------------------------------------------------------------ the flagship world


def flagship_shocks(world: World) -> dict[str, Shock]:
    """Return shocks to a 28 x 38 world, from the mild to the severe."""
    hit = {"barley": 0.0, "copper_ores": 0.0, "coal": 0.02, "logs": 0.02, "wine": 0.03, "lobster": 0.05, "cotton": 0.4}
    record = [Measure("import_ban", "CHN", "AUS", (s,), open_) for s, open_ in {**hit, "beef": 0.65}.items()]
    bloc = ("AUS", "USA", "JPN", "KOR", "NZL")
    ties = [Measure("facilitation", a, b, ("goods",), 0.9, purpose="integrate") for a in bloc for b in bloc if a != b]
    embargo = [
        Measure("import_ban", "CHN", "AUS", ("goods",), 0.0),
        Measure("export_ban", "CHN", "AUS", ("goods",), 0.0),
    ]
    war = [Measure("import_tariff", a, b, ("goods",), 0.6) for a, b in (("USA", "CHN"), ("CHN", "USA"))]
    return {
        "the record's bans": compile_shock(world, record),
        "bloc of five, costs - 10 %": compile_shock(world, ties),
        "full goods embargo CHN-AUS": compile_shock(world, embargo),
        "60 % tariffs USA-CHN both ways": compile_shock(world, war),
        "all foreign costs x 2": icebergs(world, 2.0),
    }


# ------------------------------------------------------------------ one sector, 30 states


def gravity() -> tuple[World, Shock, float]:
    """Return gegravity's sample: 30 states, one sector; Australian exports to China at 1.5 times the cost; sigma."""
    folder = "gegravity_coerce_chn_aus_balanced"
    exporter, importer = column("exporter", folder, "bilateral.csv"), column("importer", folder, "bilateral.csv")
    trade = column("baseline_modeled_trade", folder, "bilateral.csv")
    b_hat = column("b_hat", folder, "bilateral.csv")
    states = list(dict.fromkeys(exporter))
    at = {state: i for i, state in enumerate(states)}
    flows, factor = np.zeros((1, len(states), len(states))), np.ones((1, len(states), len(states)))
    for i, n, value, b in zip(exporter, importer, trade, b_hat, strict=True):
        flows[0, at[i], at[n]] = float(value)
        factor[0, at[i], at[n]] = float(b)
    sigma = 5.0
    world = World.from_flows("gegravity sample", states, ["goods"], flows, sigma - 1.0)
    return world, replace(Shock.none(world), barrier=factor ** (1.0 / (1.0 - sigma))), sigma
