"""Iterative proportional fitting (RAS): the matrix nearest a prior that has given row and column totals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array
from coercion_sim.errors import Problem, WorldError


def ras(
    matrix: npt.ArrayLike, rows: npt.ArrayLike, cols: npt.ArrayLike, *, tolerance: float = 1e-11,
    sweeps: int = 20_000, what: str = "matrix", labels: tuple[Sequence[str], Sequence[str]] | None = None,
) -> Array:  # fmt: skip
    """Scale rows and columns of a prior in turn until both margins hold; return the fitted matrix, (I, N).

    ``fitted[i, n] = r_i prior[i, n] s_n`` with r and s such that ``fitted.sum(1) = rows``, ``fitted.sum(0) = cols``:
    the matrix of least relative entropy from the prior with these margins (Deming and Stephan 1940; Bacharach 1965).
    A zero of the prior stays zero.

    Parameters
    ----------
    matrix : (I, N)
        Prior, >= 0, any scale.
    rows, cols : (I,), (N,)
        Totals to reach, >= 0, in the unit wanted; their sums must agree to 1e-9.
    tolerance
        Largest miss of any row total accepted, as a share of the grand total (columns hold exactly after each sweep).
    sweeps
        How many times both margins may be scaled before the fit is given up.
    what, labels
        Names for error messages: the matrix, its rows and columns.

    Raises
    ------
    WorldError
        For negative or non-finite numbers, shapes or sums that disagree, a total above 0 without any cell to put it in,
        and margins that the zeros of the prior do not allow (no convergence).
    """
    prior = np.array(matrix, dtype=np.float64)
    r, c = np.array(rows, dtype=np.float64), np.array(cols, dtype=np.float64)
    problems = _problems(prior, r, c, what, labels)
    WorldError.refuse(problems)
    total = float(r.sum())
    if total == 0.0:
        return np.zeros_like(prior)
    fitted = prior * ((r > 0)[:, None] & (c > 0)[None, :])
    fitted *= total / fitted.sum()
    miss = np.inf
    for _ in range(sweeps):
        fitted *= _ratio(r, fitted.sum(axis=1))[:, None]
        fitted *= _ratio(c, fitted.sum(axis=0))[None, :]
        miss = float(np.abs(fitted.sum(axis=1) - r).max()) / total
        if miss <= tolerance:
            return fitted
    message = f"{what}: proportional fitting did not converge; the zeros of the prior do not allow these totals"
    missed = f"a row total missed by {miss:.1e} of the grand total after {sweeps} sweeps"
    raise WorldError(Problem(message, found=missed, allowed=f"at most {tolerance:.0e}"))


def _ratio(wanted: Array, reached: Array) -> Array:
    """Return wanted / reached, 0 where reached is 0."""
    return np.divide(wanted, reached, out=np.zeros_like(wanted), where=reached > 0)


def _problems(
    prior: Array, r: Array, c: Array, what: str, labels: tuple[Sequence[str], Sequence[str]] | None
) -> list[Problem]:
    """Everything that makes a fit impossible before it is tried."""
    if prior.ndim != 2 or prior.shape != (r.size, c.size):
        return [Problem(f"{what}: wrong shape", found=str(prior.shape), allowed=f"({r.size}, {c.size})")]
    named = (("prior", prior), ("row totals", r), ("column totals", c))
    problems = [
        Problem(f"{what}: {name} must be finite and not negative")
        for name, a in named
        if not np.isfinite(a).all() or (a < 0).any()
    ]
    if problems:
        return problems
    if abs(r.sum() - c.sum()) > 1e-9 * max(r.sum(), c.sum()):
        problems.append(Problem(f"{what}: row and column totals disagree", found=f"{r.sum():.10g} and {c.sum():.10g}"))
    for axis, totals, other in ((0, r, c), (1, c, r)):
        usable = (prior if axis == 0 else prior.T) * (other > 0)
        for at in np.flatnonzero((totals > 0) & (usable.sum(axis=1) == 0)):
            name = labels[axis][int(at)] if labels else str(at)
            side = ("row", "column")[axis]
            problems.append(
                Problem(f"{what}: {side} {name} has a total of {totals[at]:.6g} and no cell above 0 to put it in")
            )
    return problems
