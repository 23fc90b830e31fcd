"""The principal branch of logit equilibria, followed from even choice to the rationality asked for (Turocy 2005).

The branch is a curve ``F(x, t) = 0`` in the unknowns x and the share t of rationality. It may turn back in t, so it is
followed by its length (pseudo-arclength continuation; Allgower and Georg 2003, chapters 2 and 6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array

if TYPE_CHECKING:
    from scipy.sparse import sparray
    from scipy.sparse.linalg import SuperLU

#: Steps tried along the branch, and Newton steps back to it after each.
STEPS, CORRECTIONS = 600, 6
#: Length of a step, in root mean square of the unknowns: first, least, most.
FIRST, LEAST, MOST = 0.02, 1e-9, 1.0
#: A step is too long where the branch is found farther away than this part of it, or turns by more than this cosine;
#: the latter down to a length at which it is a corner (probabilities have a floor).
ASIDE, COSINE, CORNER = 0.5, 0.8, 1e-5
#: How near to the branch a long and a short step have to come; its end is met to the tolerance asked for.
NEAR, LONG = (1e-4, 1e-7), 1e-3


class Branch(Protocol):
    """A curve of solutions."""

    def start(self) -> Array:
        """Return the unknowns (n,) at t = 0."""
        ...

    def linearised(self, z: Array) -> tuple[Array, sparray]:
        """Return F, (n,), at the unknowns and t, (n + 1,), and its derivatives, (n, n + 1)."""
        ...


def principal_branch(branch: Branch, tolerance: float) -> Array:
    """Follow a branch and return the unknowns where it reaches t = 1, ``max |F| <= tolerance``.

    Returns the last point met, which is no solution, where the branch is lost.
    """
    z = np.append(branch.start(), 0.0)
    ahead = np.zeros(len(z))
    ahead[-1] = 1.0
    weight = np.full(len(z), 1.0 / (len(z) - 1))
    weight[-1] = 1.0
    tangent, length = _tangent(branch.linearised(z)[1], ahead, weight), FIRST
    side = np.sign(tangent[-1])
    tangent *= side
    for _ in range(STEPS):
        last = z[-1] + length * tangent[-1] >= 1.0
        step = (1.0 - z[-1]) / tangent[-1] if last else length
        normal, near = (ahead, tolerance) if last else (weight * tangent, NEAR[int(length < LONG)])
        guess = z + step * tangent
        met, jacobian, corrections = _corrected(branch, guess, normal, near)
        turned = None
        if met is not None and jacobian is not None and (last or met[-1] < 1.0):
            turned = _turned(side, jacobian, tangent, weight, met - guess, step)
        if met is None or turned is None:
            length = step / 4.0
            if length < LEAST:
                break
            continue
        z, tangent = met, turned
        if last:
            break
        length = min(length * (2.0 if corrections <= 3 else 1.0), MOST)
    return z[:-1]


def _turned(side: float, jacobian: sparray, tangent: Array, weight: Array, aside: Array, step: float) -> Array | None:
    """Tangent where a step ended; None where it ended too far `aside` or, unless it is short, turned too sharply."""
    if not np.sqrt(weight @ aside**2) <= ASIDE * step:
        return None
    turned: Array = side * _tangent(jacobian, weight * tangent, weight)
    return None if weight * tangent @ turned < COSINE and step > CORNER else turned


def _bordered(jacobian: sparray, row: Array) -> SuperLU:
    from scipy.sparse import csc_array, vstack
    from scipy.sparse.linalg import splu

    return splu(csc_array(vstack([jacobian, csc_array(row[None])])))


def _tangent(jacobian: sparray, row: Array, weight: Array) -> Array:
    """Direction of the branch, of length 1 in the weighted norm.

    Its sign is that of the determinant with `row` below the derivatives, so that it never turns round on the branch,
    whatever the row (Allgower and Georg 2003, section 2.1).
    """
    right = np.zeros(len(row))
    right[-1] = 1.0
    factors = _bordered(jacobian, row)
    direction: Array = factors.solve(right)
    sign = _parity(factors.perm_r) * _parity(factors.perm_c) * np.prod(np.sign(factors.U.diagonal()))
    tangent: Array = sign * direction / np.sqrt(weight @ direction**2)
    return tangent


def _parity(permutation: npt.NDArray[np.int32]) -> int:
    """1 for an even permutation, -1 for an odd one: every cycle of even length is odd."""
    unseen, parity = set(range(len(permutation))), 1
    while unseen:
        at, length = unseen.pop(), 1
        while (at := int(permutation[at])) in unseen:
            unseen.remove(at)
            length += 1
        parity *= -1 if length % 2 == 0 else 1
    return parity


def _corrected(branch: Branch, z: Array, normal: Array, near: float) -> tuple[Array | None, sparray | None, int]:
    """Newton's method back to the branch, in the plane through z with this normal; None where it diverges."""
    before = np.inf
    for step in range(CORRECTIONS):
        f, jacobian = branch.linearised(z)
        size = np.abs(f).max()
        if size <= near:
            return z, jacobian, step
        if not size < 10.0 * before:
            break
        before = size
        z = z - _bordered(jacobian, normal).solve(np.append(f, 0.0))
    return None, None, CORRECTIONS
