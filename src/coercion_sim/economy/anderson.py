"""Anderson acceleration of a fixed-point map, with an incremental Gram matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
#: A map x -> (x + step, residual). The residual is the caller's own measure of how far x is from solving.
Map = Callable[[Array], tuple[Array, float]]

MEMORY = 8
#: A residual this many times the best so far means the extrapolation has left the basin: start afresh.
GROWTH = 20.0


@dataclass(frozen=True, eq=False)
class FixedPoint:
    """Where the iteration ended: the point, its residual, the sweeps used, and whether that is a solution."""

    point: Array
    residual: float
    sweeps: int
    converged: bool


def fixed_point(step: Map, start: Array, tolerance: float, max_sweeps: int, memory: int = MEMORY) -> FixedPoint:
    """Iterate ``x <- step(x)`` with Anderson mixing (Anderson 1965; type II, Walker and Ni 2011, eq. 3.3).

    Parameters
    ----------
    step
        Returns the next plain iterate and the residual at the point it was given.
    start : (n,)
        First point.
    tolerance
        The iteration ends when the residual is at most this.
    max_sweeps
        Calls of `step` allowed.
    memory
        Differences kept.

    Returns
    -------
    FixedPoint
        With ``converged=False`` where the sweeps ran out or the map returned numbers that are not finite.
    """
    x = start
    d_f = np.empty((memory, start.size))
    d_g = np.empty((memory, start.size))
    gram = np.zeros((memory, memory))
    held = 0
    slot = 0
    g_last = f_last = None
    best_x, best = x, np.inf
    since_restart = 0
    for sweep in range(1, max_sweeps + 1):
        g, residual = step(x)
        if residual <= tolerance:
            return FixedPoint(x, residual, sweep, True)
        if not np.isfinite(residual):
            if since_restart == 0:
                break
            x, held, slot, g_last, since_restart = best_x, 0, 0, None, 0
            continue
        if residual < best:
            best_x, best = x, residual
        elif residual > GROWTH * best and since_restart > memory:
            x, held, slot, g_last, since_restart = g, 0, 0, None, 0
            best_x, best = x, residual
            continue
        f = g - x
        if g_last is not None and f_last is not None:
            np.subtract(f, f_last, out=d_f[slot])
            np.subtract(g, g_last, out=d_g[slot])
            held = max(held, slot + 1)
            row = _dots(d_f[:held], d_f[slot])
            gram[slot, :held] = row
            gram[:held, slot] = row
            slot = (slot + 1) % memory
            x = g - np.einsum("i,ij->j", _weights(gram[:held, :held], _dots(d_f[:held], f)), d_g[:held])
        else:
            x = g
        g_last, f_last = g, f
        since_restart += 1
    return FixedPoint(best_x, float(best), max_sweeps if np.isfinite(best) else 0, False)


def _dots(rows: Array, vector: Array) -> Array:
    """Dot products of long rows without BLAS, whose answer in the last bit depends on its number of threads."""
    dots: Array = np.einsum("ij,j->i", rows, vector)
    return dots


def _weights(gram: Array, right: Array) -> Array:
    """Solve the small normal equations; rows are scaled and a whisper of ridge keeps nearly parallel history apart."""
    scale = 1.0 / np.sqrt(np.maximum(np.diagonal(gram), 1e-300))
    scaled = gram * scale[:, None] * scale
    scaled.flat[:: len(scale) + 1] += 1e-14
    weights: Array = scale * np.linalg.solve(scaled, scale * right)
    return weights
