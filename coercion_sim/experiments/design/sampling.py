"""Points in the unit cube: draws of a scenario's uncertain parameters, and designs over the parameters of a sweep.

A design is a pure function of (seed, dimensions, size). Rows are points, columns are parameters, every coordinate lies
in [0, 1). A parameter takes its quantile there.

================= ============= ======================================= ===================================
way               rows          extends without redrawing               another parameter at the end
================= ============= ======================================= ===================================
random            n             any n                                   leaves the other coordinates
sobol             n = 2^m       doubling                                leaves the other coordinates
latin_hypercube   n             never: n fixes the cells                leaves the other coordinates
saltelli          N (D + 2)     doubling N                              redraws the second matrix
morris            r (D + 1)     any r                                   redraws
================= ============= ======================================= ===================================
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.rng import generator, sobol_points

if TYPE_CHECKING:
    from coercion_sim.scenario import Uncertain

#: Value of a parameter.
Value = float | int | str | bool

#: Largest number below 1, where quantiles at 1 are taken.
BELOW_ONE: Final = float(np.nextafter(1.0, 0.0))

#: Replicates computed at a time: a Sobol' engine costs more to set up than a few hundred points.
_CHUNK = 512


@dataclass(frozen=True)
class Draws:
    """Uncertain parameters of every replicate, at the points of a scrambled Sobol' sequence.

    Attributes
    ----------
    uncertain
        The parameters, in the scenario's order. Parameter d takes coordinate d of the points.
    seed
        Root seed of the sequence.
    at_defaults
        Every parameter keeps its default.
    """

    uncertain: tuple[Uncertain, ...]
    seed: int
    at_defaults: bool = False

    def of_replicate(self, replicate: int) -> dict[str, Value]:
        """Value of every uncertain parameter in one replicate; the same whatever the number of replicates."""
        if self.at_defaults:
            return {u.path: u.default for u in self.uncertain}
        own = _points(self.seed, len(self.uncertain), replicate // _CHUNK)[replicate % _CHUNK]
        return {u.path: u.at(own[d]) for d, u in enumerate(self.uncertain)}


@lru_cache(maxsize=16)
def _points(seed: int, dimensions: int, chunk: int) -> Sequence[Sequence[float]]:
    """Points of one chunk of replicates."""
    points = sobol_points(seed, dimensions, _CHUNK, chunk * _CHUNK)
    return tuple(tuple(row) for row in points.tolist())


def block_seed(seed: int, first_path: str) -> int:
    """Seed of one block of a plan, keyed by the plan's seed and the block's first parameter.

    A parameter varies in one block only. So blocks are independent of each other and of the replicates' draws, and
    neither their order nor another block changes a point.
    """
    return int(generator(seed, "plan-block", first_path).integers(0, 2**63))


def random(seed: int, dimensions: int, n: int) -> Array:
    """Return `n` points drawn independently and uniformly, (n, dimensions); one stream per dimension."""
    return _columns(dimensions, n, lambda d: generator(seed, "plan-random", d).random(n))


def sobol(seed: int, dimensions: int, n: int) -> Array:
    """Return the first `n` points (n, dimensions) of a scrambled Sobol' sequence; see `rng.sobol_points`.

    Raises
    ------
    ValueError
        Unless n is a power of two: only then is every dimension's every dyadic cell hit equally often (Owen 2020).
    """
    _power_of_two(n)
    return sobol_points(seed, dimensions, n)


def latin_hypercube(seed: int, dimensions: int, n: int) -> Array:
    """Return a Latin hypercube of `n` points (n, dimensions): one point in each of n equal cells of each dimension.

    ``x_kd = (pi_d(k) + u_kd) / n`` with pi_d a random permutation of 0..n-1 and u uniform (McKay, Beckman and Conover
    1979, eq. 2). One stream per (n, dimension): the cells depend on n, so that a larger hypercube shares no point.
    """

    def column(d: int) -> Array:
        draws = generator(seed, "plan-latin-hypercube", n, d)
        return (draws.permutation(n) + draws.random(n)) / n

    return np.minimum(_columns(dimensions, n, column), BELOW_ONE)


def saltelli(seed: int, dimensions: int, n: int) -> Array:
    """Return the design for Sobol' indices of first and total order, (n (dimensions + 2), dimensions).

    Two matrices A and B are the first and second half of the columns of one scrambled Sobol' sequence in 2D
    dimensions. For each base point k: A_k, then A_k with its coordinate i from B_k for i = 1..D, then B_k
    (Saltelli et al. 2010, "radial" estimators; the order in which SALib's analysis without second order reads runs).

    Raises
    ------
    ValueError
        Unless n is a power of two.
    """
    _power_of_two(n)
    base = sobol_points(seed, 2 * dimensions, n)
    a, b = base[:, :dimensions], base[:, dimensions:]
    rows = np.repeat(a[:, None, :], dimensions + 2, axis=1)
    each = np.arange(dimensions)
    rows[:, each + 1, each] = b
    rows[:, dimensions + 1, :] = b
    return rows.reshape(n * (dimensions + 2), dimensions)


def morris(seed: int, dimensions: int, trajectories: int, levels: int = 4) -> Array:
    """Return trajectories for elementary effects, (trajectories (dimensions + 1), dimensions) (Morris 1991, section 3).

    Each starts at a point of the grid {0, 1/(p-1), ..., 1} and changes one parameter at a time, in random order, by
    ``delta = p / (2 (p - 1))`` up or down, staying inside. With p even every level is equally likely. One stream per
    trajectory. A coordinate of exactly 1 becomes the largest number below it.

    Raises
    ------
    ValueError
        Unless `levels` is even and at least 2.
    """
    if levels < 2 or levels % 2:
        raise ValueError(f"levels must be even and at least 2, not {levels}")
    half = levels // 2
    rows = np.empty((trajectories, dimensions + 1, dimensions))
    for t in range(trajectories):
        draws = generator(seed, "plan-morris", t)
        low = draws.integers(0, half, dimensions)
        up = draws.integers(0, 2, dimensions).astype(bool)
        step_of = np.empty(dimensions, dtype=np.int64)  # at which step each parameter moves
        step_of[draws.permutation(dimensions)] = np.arange(dimensions)
        moved = np.arange(dimensions + 1)[:, None] > step_of
        rows[t] = (low + half * (moved == up)) / (levels - 1)
    return np.minimum(rows.reshape(-1, dimensions), BELOW_ONE)


def _columns(dimensions: int, n: int, column: Callable[[int], Array]) -> Array:
    """Matrix (n, dimensions) of one column per dimension."""
    points = np.empty((n, dimensions))
    for d in range(dimensions):
        points[:, d] = column(d)
    return points


def _power_of_two(n: int) -> None:
    if n < 1 or n & (n - 1):
        raise ValueError(f"the number of points must be a power of two, not {n}")
