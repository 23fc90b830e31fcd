"""Random numbers keyed by event: the only place that makes generators.

Every draw is a function of (root seed, replicate, purpose, state or dyad, quarter). A rule that draws once more shifts
nobody else's luck, and two policies under one seed meet the same luck (common random numbers).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from coercion_sim.arrays import Array

#: Points of one Sobol' sequence; scipy's default of 30 bits.
SOBOL_BITS = 30


def generator(root_seed: int, *event: str | int | tuple[str, ...]) -> np.random.Generator:
    """Return a fresh generator for one event: Philox (Salmon et al. 2011) keyed by a 128-bit BLAKE2b hash of the event.

    Equal arguments give equal draws; the hash is over a canonical JSON text, so that ``("a", "bc")`` and
    ``("ab", "c")`` differ, and neither process, platform nor order of calls matters.
    """
    text = json.dumps([int(root_seed), *event], ensure_ascii=True, separators=(",", ":"))
    key = int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "little")
    return np.random.Generator(np.random.Philox(key=key))


@dataclass(frozen=True)
class Streams:
    """The luck of one replicate under one root seed."""

    root_seed: int
    replicate: int

    def generator(self, purpose: str, who: str | Iterable[str] = "", quarter: int = 0) -> np.random.Generator:
        """Return the generator of one event: for `who` (a state, or a dyad in order) in `quarter`, for one purpose."""
        names = (who,) if isinstance(who, str) else tuple(who)
        return generator(self.root_seed, int(self.replicate), purpose, names, int(quarter))

    def uniform(self, purpose: str, who: str | Iterable[str] = "", quarter: int = 0) -> float:
        """Draw one number uniform on [0, 1) for one event; the same call gives the same number."""
        return float(self.generator(purpose, who, quarter).random())


def sobol_points(root_seed: int, dimensions: int, n: int, first: int = 0) -> Array:
    """Points first, ..., first + n - 1 (n, dimensions) of this seed's scrambled Sobol' sequence, coordinates in (0, 1).

    Joe and Kuo's (2008) sequence from ``scipy.stats.qmc``, with a linear matrix scramble and a digital shift per
    dimension (Matousek 1998), both keyed by (root seed, dimension). So a point is `sobol_point` of its index whatever
    `n`, and the first d coordinates are the same whatever the dimensions: a replicate keeps its world when replicates
    or uncertain parameters are added.
    """
    return _sobol(root_seed, dimensions, first, n)


def sobol_point(root_seed: int, dimensions: int, index: int) -> Array:
    """Point `index` (dimensions,) of the scrambled Sobol' sequence of this seed."""
    point: Array = _sobol(root_seed, dimensions, index, 1)[0]
    return point


def _sobol(root_seed: int, dimensions: int, first: int, n: int) -> Array:
    """Points first, ..., first + n - 1 of the sequence: bits ``y = L x + e`` modulo 2, then the middle of the cell."""
    if dimensions < 0 or first < 0 or n < 0 or first + n > 2**SOBOL_BITS:
        raise ValueError(f"no such Sobol' points: dimensions {dimensions}, from {first}, {n} of them")
    if dimensions == 0 or n == 0:
        return np.zeros((n, dimensions))
    from scipy.stats import qmc

    engine = qmc.Sobol(d=dimensions, scramble=False, bits=SOBOL_BITS)
    if first:
        engine.fast_forward(first)
        plain = engine.random(n)
    else:  # the first call warns unless it asks for a power of 2; one point, then the rest, never does
        plain = np.vstack([engine.random(1), engine.random(n - 1)]) if n > 1 else engine.random(1)
    powers = 2.0 ** np.arange(SOBOL_BITS - 1, -1, -1)
    points = np.empty((n, dimensions))
    for d in range(dimensions):
        draws = generator(root_seed, "sobol", d)
        lower = np.tril(draws.integers(0, 2, size=(SOBOL_BITS, SOBOL_BITS)), -1) + np.eye(SOBOL_BITS, dtype=np.int64)
        shift = draws.integers(0, 2, size=SOBOL_BITS)
        number = np.rint(plain[:, d] * 2.0**SOBOL_BITS).astype(np.int64)
        bits = number[:, None] >> np.arange(SOBOL_BITS - 1, -1, -1) & 1
        points[:, d] = (((bits @ lower.T + shift) % 2) @ powers + 0.5) / 2.0**SOBOL_BITS
    return points
