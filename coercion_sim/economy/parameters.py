"""How the economy responds: the parameters of model.md §2 and §3, in one frozen record."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from coercion_sim.errors import InvalidInput, Problem

Closure = Literal["additive", "multiplicative", "zero"]


@dataclass(frozen=True)
class EconomyParameters:
    """Parameters of the equilibrium and of the adjustment between quarters.

    Attributes
    ----------
    factor_mobility
        kappa >= 1, dispersion of factors' aptitude over sectors; infinity is one mobile factor
        (Galle, Rodriguez-Clare and Yi 2023). Default 1.5, range 1.05-1.5.
    adjustment_rate
        nu in (0, 1], share of buyers free to switch each quarter (Arkolakis, Eaton and Kortum 2012); 1 is the static
        model. Default 0.25, range 0.1-0.5.
    closure
        What happens to trade imbalances: ``additive``, ``multiplicative`` or ``zero``.
    smoothing
        Share in [0, 1] of lost export revenue the rest of the world lends in a shock (Obstfeld and Rogoff 1996).
    tolerance
        Largest residual of log wages, log prices and spending accepted as solved.
    max_sweeps
        Sweeps after which a solve is given up with an error.
    """

    factor_mobility: float = 1.5
    adjustment_rate: float = 0.25
    closure: Closure = "additive"
    smoothing: float = 0.0
    tolerance: float = 1e-9
    max_sweeps: int = 2000

    def __post_init__(self) -> None:
        problems = []
        if not self.factor_mobility >= 1.0:
            problems.append(
                Problem(
                    "out of range", key="factor_mobility", found=str(self.factor_mobility), allowed=">= 1, inf allowed"
                )
            )
        if not 0.0 < self.adjustment_rate <= 1.0:
            problems.append(
                Problem(
                    "out of range", key="adjustment_rate", found=str(self.adjustment_rate), allowed="above 0, at most 1"
                )
            )
        if self.closure not in ("additive", "multiplicative", "zero"):
            problems.append(
                Problem(
                    "unknown closure", key="closure", found=repr(self.closure), allowed="additive, multiplicative, zero"
                )
            )
        if not 0.0 <= self.smoothing <= 1.0:
            problems.append(Problem("out of range", key="smoothing", found=str(self.smoothing), allowed="0 to 1"))
        if not 0.0 < self.tolerance <= 1e-4:
            problems.append(
                Problem("out of range", key="tolerance", found=str(self.tolerance), allowed="above 0, at most 1e-4")
            )
        if problems:
            raise InvalidInput(problems)

    @property
    def one_factor(self) -> bool:
        """Whether factors move freely between sectors (kappa infinite)."""
        return math.isinf(self.factor_mobility)
