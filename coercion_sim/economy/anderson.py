"""Anderson acceleration of a fixed-point map, with an incremental Gram matrix; solutions stored by content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.economy.parameters import EconomyParameters

#: A map x -> (x + step, residual). The residual is the caller's own measure of how far x is from solving.
Map = Callable[[Array], tuple[Array, float]]

MEMORY = 8
#: A residual this many times the best so far means the extrapolation has left the basin: start afresh.
GROWTH = 20.0
#: Elements of the largest matrix in a product: OpenBLAS takes one thread for up to 9,216.
LARGEST_PRODUCT = 9000


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
    history = History(start.size, memory)
    g_last = f_last = None
    best_x, best = x, np.inf
    since_restart = 0
    for sweep in range(1, max_sweeps + 1):
        g, residual = step(x)
        if residual <= tolerance:
            return FixedPoint(x, residual, sweep, True)
        if not np.isfinite(residual):
            if history.filled == 0:  # not mixing but the step itself leads there: it would again
                break
            x, g_last, since_restart = best_x, None, 0
            history.clear()
            continue
        if residual < best:
            best_x, best = x, residual
        elif residual > GROWTH * best and since_restart > memory:
            x, g_last, since_restart = g, None, 0
            history.clear()
            best_x, best = x, residual
            continue
        f = g - x
        x = g
        if g_last is not None and f_last is not None:
            x = g - history.correction(f, f - f_last, g - g_last)
        g_last, f_last = g, f
        since_restart += 1
    return FixedPoint(best_x, float(best), max_sweeps if np.isfinite(best) else 0, False)


class History:
    """The last differences of f and g, and the step they suggest.

    Rows are cut into pieces of equal length and stored piece by piece, so that every product of BLAS is small: the
    last bit of a large one depends on the number of threads.
    """

    def __init__(self, size: int, memory: int) -> None:
        self.size = size
        pieces = -(-size * memory // LARGEST_PRODUCT)
        self.shape = (pieces, -(-size // pieces))
        self.d_f = np.zeros((pieces, memory, self.shape[1]))
        self.d_g = np.zeros((pieces, memory, self.shape[1]))
        self.gram = np.zeros((memory, memory))
        self.padded = np.zeros(self.shape)
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.filled = self.slot = 0
        self.right = np.zeros(self.gram.shape[0])

    def correction(self, f: Array, d_f: Array, d_g: Array) -> Array:
        """Take in a difference; return what Anderson mixing subtracts from g, (n,), at this f."""
        slot = self.slot
        self.d_f[:, slot] = self._cut(d_f)
        self.d_g[:, slot] = self._cut(d_g)
        self.filled = filled = max(self.filled, slot + 1)
        right = (self.d_f[:, :filled] @ self._cut(f)[:, :, None])[:, :, 0].sum(axis=0)
        # f differs from the f before by the row just added, so the new row's products with the others are at hand.
        row = right - self.right[:filled]
        row[slot] = np.einsum("i,i->", d_f, d_f)
        self.gram[slot, :filled] = row
        self.gram[:filled, slot] = row
        self.right[:filled] = right
        self.slot = (slot + 1) % self.gram.shape[0]
        weights = _weights(self.gram[:filled, :filled], right)
        step: Array = (weights @ self.d_g[:, :filled]).ravel()[: self.size]
        return step

    def _cut(self, vector: Array) -> Array:
        """The vector in pieces, the last filled up with zeros; valid until the next call."""
        self.padded.ravel()[: self.size] = vector
        return self.padded


def _weights(gram: Array, right: Array) -> Array:
    """Solve the small normal equations; rows are scaled and a whisper of ridge keeps nearly parallel history apart."""
    scale = 1.0 / np.sqrt(np.maximum(np.diagonal(gram), 1e-300))
    scaled = gram * scale[:, None] * scale
    scaled.flat[:: len(scale) + 1] += 1e-14
    try:
        weights: Array = scale * np.linalg.solve(scaled, scale * right)
    except np.linalg.LinAlgError:  # a history of numbers that are not finite, or all alike, suggests nothing
        return np.zeros_like(right)
    return weights


#: Solutions kept by a process; each is the vector of unknowns, 26 kB in a world of 28 states and 38 sectors.
MOST = 2500
#: Equilibria read off them that are kept as well, about 1 MB each: runs of one draw under several policies meet again.
MOST_READ = 64


class Solutions:
    """Points by content, the least recently used forgotten first.

    A key holds everything the solver sees, the point it sets out from included, so a stored point is the one that a new
    solve would reach, bit for bit.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.points: dict[str, FixedPoint] = {}
        self.read: dict[str, object] = {}
        self.hits = self.missed = 0

    def get(self, key: str) -> FixedPoint | None:
        """Return the solution of this key, or None."""
        solution = self.points.pop(key, None)
        if solution is None:
            self.missed += 1
            return None
        self.points[key] = solution
        self.hits += 1
        return solution

    def keep(self, key: str, solution: FixedPoint, read: object) -> None:
        """Remember a solution, and for a while the equilibrium read off it."""
        if len(self.points) >= self.most:
            self.points.pop(next(iter(self.points)))
        solution.point.setflags(write=False)
        self.points[key] = solution
        self.keep_read(key, read)

    def keep_read(self, key: str, read: object) -> None:
        """Remember an equilibrium in the place of the one used least recently."""
        self.read.pop(key, None)
        if len(self.read) >= MOST_READ:
            self.read.pop(next(iter(self.read)))
        self.read[key] = read


@lru_cache(maxsize=1)
def solutions() -> Solutions:
    """Return the solutions of this process, shared by all its runs."""
    return Solutions()


def solve_key(before: str, shock: str, parameters: EconomyParameters, start: Array | None) -> str:
    """Content of a solve: of what went before, of the shock, the parameters, and the point it sets out from.

    Empty, which is never remembered, where `before` or `shock` is: arrays that no list of measures made.
    """
    if not (before and shock):
        return ""
    digest = blake2b(f"{before} {shock} {astuple(parameters)!r}".encode(), digest_size=16)
    if start is not None:
        digest.update(start.tobytes())
    return digest.hexdigest()
