"""Geoeconomic power: the loss of losing access to a supplier, in closed form."""

from __future__ import annotations

import math
from collections.abc import Sequence

from coercion_sim.errors import InvalidInput, Problem


def power_over_inputs(sectors: Sequence[tuple[float, float, float]], rho: float = 1.0) -> float:
    """Return the log loss of losing access to the coercer's varieties (Clayton-Maggiori-Schreger 2024, nested CES).

    Parameters
    ----------
    sectors
        (expenditure share beta_j, coercer's share of it omega_j, elasticity between varieties sigma_j > 1).
    rho
        Elasticity between sectors. Cutting off sector j raises its price index to `(1 - omega)^(-1/(sigma - 1))`; the
        loss is the log of the outer index, `log(1 - sum beta + sum beta P^(1-rho)) / (1 - rho)`, and
        `sum beta log P` for rho = 1 (Cobb-Douglas).
    """
    for beta, omega, sigma in sectors:
        if not (beta >= 0.0 and 0.0 <= omega < 1.0 and sigma > 1.0):
            allowed = "a share >= 0, a controlled share in [0, 1), an elasticity above 1"
            raise InvalidInput(Problem("cannot cut off this sector", found=f"{beta, omega, sigma}", allowed=allowed))
    logs = [(beta, -math.log1p(-omega) / (sigma - 1.0)) for beta, omega, sigma in sectors]
    if abs(rho - 1.0) < 1e-9:
        return math.fsum(beta * price for beta, price in logs)
    rise = math.fsum(beta * math.expm1((1.0 - rho) * price) for beta, price in logs)
    return math.log1p(rise) / (1.0 - rho)
