"""The economy: measures to prices, trade and real income, at once or by quarters. Functions of arrays, no agents."""

from coercion_sim.economy.adjustment import Market, next_quarter, start_market
from coercion_sim.economy.anderson import Solutions, solutions
from coercion_sim.economy.closed_forms import FirstOrder, exposure, power_over_inputs
from coercion_sim.economy.elasticities import HIGHEST_SUBSTITUTION
from coercion_sim.economy.equilibrium import Equilibrium
from coercion_sim.economy.measures import (
    KINDS,
    LEAVE_A_SHARE,
    NON_ECONOMIC,
    PURPOSES,
    Measure,
    MeasureKind,
    unlikely_rate,
)
from coercion_sim.economy.parameters import EconomyParameters, NearSubstitutes, ShortRun, Stuck
from coercion_sim.economy.share_left import size_shares_left, solve_shares_left
from coercion_sim.economy.shock import Shock, compile_shock
from coercion_sim.economy.solver import solve_equilibrium

__all__ = [
    "HIGHEST_SUBSTITUTION",
    "KINDS",
    "LEAVE_A_SHARE",
    "NON_ECONOMIC",
    "PURPOSES",
    "EconomyParameters",
    "Equilibrium",
    "FirstOrder",
    "Market",
    "Measure",
    "MeasureKind",
    "NearSubstitutes",
    "Shock",
    "ShortRun",
    "Solutions",
    "Stuck",
    "compile_shock",
    "exposure",
    "next_quarter",
    "power_over_inputs",
    "size_shares_left",
    "solutions",
    "solve_equilibrium",
    "solve_shares_left",
    "start_market",
    "unlikely_rate",
]
