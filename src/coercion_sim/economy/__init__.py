"""The economy: measures to prices, trade and real income, at once or quarter by quarter. Functions of arrays, no agents."""

from coercion_sim.economy.measures import KINDS, PURPOSES, Measure, MeasureKind
from coercion_sim.economy.parameters import EconomyParameters
from coercion_sim.economy.shock import Shock, compile_shock

__all__ = ["KINDS", "PURPOSES", "EconomyParameters", "Measure", "MeasureKind", "Shock", "compile_shock"]
