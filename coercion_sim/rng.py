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

#: Bits of a Sobol' coordinate; a sequence has 2^30 points.
SOBOL_BITS = 30
#: Primitive polynomial (its bits) and first direction numbers of coordinates 2 to 40 of Joe and Kuo (2008), file
#: new-joe-kuo-6.21201: more than a scenario has uncertain numbers, and scipy.stats takes .5 s to load for its own.
JOE_KUO: tuple[tuple[int, tuple[int, ...]], ...] = (
    (3, (1,)), (7, (1, 3)), (11, (1, 3, 1)), (13, (1, 1, 1)), (19, (1, 1, 3, 3)), (25, (1, 3, 5, 13)),
    (37, (1, 1, 5, 5, 17)), (41, (1, 1, 5, 5, 5)), (47, (1, 1, 7, 11, 19)), (55, (1, 1, 5, 1, 1)),
    (59, (1, 1, 1, 3, 11)), (61, (1, 3, 5, 5, 31)), (67, (1, 3, 3, 9, 7, 49)), (91, (1, 1, 1, 15, 21, 21)),
    (97, (1, 3, 1, 13, 27, 49)), (103, (1, 1, 1, 15, 7, 5)), (109, (1, 3, 1, 15, 13, 25)),
    (115, (1, 1, 5, 5, 19, 61)), (131, (1, 3, 7, 11, 23, 15, 103)), (137, (1, 3, 7, 13, 13, 15, 69)),
    (143, (1, 1, 3, 13, 7, 35, 63)), (145, (1, 3, 5, 9, 1, 25, 53)), (157, (1, 3, 1, 13, 9, 35, 107)),
    (167, (1, 3, 1, 5, 27, 61, 31)), (171, (1, 1, 5, 11, 19, 41, 61)), (185, (1, 3, 5, 3, 3, 13, 69)),
    (191, (1, 1, 7, 13, 1, 19, 1)), (193, (1, 3, 7, 5, 13, 19, 59)), (203, (1, 1, 3, 9, 25, 29, 41)),
    (211, (1, 3, 5, 13, 23, 1, 55)), (213, (1, 3, 7, 3, 13, 59, 17)), (229, (1, 3, 1, 3, 5, 53, 69)),
    (239, (1, 1, 5, 5, 23, 33, 13)), (241, (1, 1, 7, 7, 1, 61, 123)), (247, (1, 1, 7, 9, 13, 61, 49)),
    (253, (1, 3, 3, 5, 3, 55, 33)), (285, (1, 3, 1, 15, 31, 13, 49, 245)), (299, (1, 3, 5, 15, 31, 59, 63, 97)),
    (301, (1, 3, 1, 11, 11, 11, 77, 249)),
)  # fmt: skip


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

    Joe and Kuo's (2008) sequence, that of ``scipy.stats.qmc``, with a linear matrix scramble and a digital shift per
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
    plain = (
        _own_numbers(dimensions, first, n) if dimensions <= len(JOE_KUO) + 1 else _scipy_numbers(dimensions, first, n)
    )
    powers = 2.0 ** np.arange(SOBOL_BITS - 1, -1, -1)
    points = np.empty((n, dimensions))
    for d in range(dimensions):
        draws = generator(root_seed, "sobol", d)
        lower = np.tril(draws.integers(0, 2, size=(SOBOL_BITS, SOBOL_BITS)), -1) + np.eye(SOBOL_BITS, dtype=np.int64)
        shift = draws.integers(0, 2, size=SOBOL_BITS)
        bits = plain[:, d, None] >> np.arange(SOBOL_BITS - 1, -1, -1) & 1
        points[:, d] = (((bits @ lower.T + shift) % 2) @ powers + 0.5) / 2.0**SOBOL_BITS
    return points


def _own_numbers(dimensions: int, first: int, n: int) -> npt.NDArray[np.int64]:
    """Coordinates of points first, ..., first + n - 1 before the scramble, times 2^30, (n, dimensions).

    ``x_n = XOR_j v_j [bit j of the Gray code n XOR n // 2]`` (Antonov and Saleev 1979).
    """
    index = np.arange(first, first + n)
    gray = index ^ index >> 1
    numbers = np.zeros((n, dimensions), dtype=np.int64)
    for d in range(dimensions):
        for j, v in enumerate(_directions(d)):
            numbers[:, d] ^= np.where(gray >> j & 1, v, 0)
    return numbers


def _directions(d: int) -> list[int]:
    """Direction numbers v_j of coordinate d, j = 0 to 29, times 2^30.

    ``m_j = m_{j-s} XOR 2^s m_{j-s} XOR (XOR_k 2^k a_k m_{j-k})``, a primitive polynomial of degree s with coefficients
    a_k, and ``v_j = m_j 2^(29-j)``; every m_j of the first coordinate is 1 (Joe and Kuo 2008, eq. 2).
    """
    if d == 0:
        return [1 << SOBOL_BITS - 1 - j for j in range(SOBOL_BITS)]
    polynomial, given = JOE_KUO[d - 1]
    s, m = len(given), list(given)
    for j in range(s, SOBOL_BITS):
        new = m[j - s]
        for k in range(1, s + 1):
            new ^= (polynomial >> s - k & 1) * m[j - k] << k
        m.append(new)
    return [number << SOBOL_BITS - 1 - j for j, number in enumerate(m)]


def _scipy_numbers(dimensions: int, first: int, n: int) -> npt.NDArray[np.int64]:
    """The same from scipy, which has the direction numbers of 21,201 coordinates."""
    from scipy.stats import qmc

    engine = qmc.Sobol(d=dimensions, scramble=False, bits=SOBOL_BITS)
    if first:
        engine.fast_forward(first)
        plain = engine.random(n)
    else:  # the first call warns unless it asks for a power of 2; one point, then the rest, never does
        plain = np.vstack([engine.random(1), engine.random(n - 1)]) if n > 1 else engine.random(1)
    numbers: npt.NDArray[np.int64] = np.rint(plain * 2.0**SOBOL_BITS).astype(np.int64)
    return numbers
