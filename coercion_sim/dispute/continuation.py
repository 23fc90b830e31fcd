"""The principal branch of logit equilibria, followed from even choice to the rationality asked for (Turocy 2005).

The branch is a curve ``F(x, t) = 0`` in the unknowns x and the share t of rationality. It may turn back in t, so it is
followed by its length (pseudo-arclength continuation; Allgower and Georg 2003, chapters 2 and 6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import sparray
    from scipy.sparse.linalg import SuperLU

Array = npt.NDArray[np.float64]
#: Steps along the branch, and Newton steps back to it after each.
_STEPS, _CORRECTIONS = 400, 6
#: Length of a step, in root mean square of the unknowns: first, least, most.
_FIRST, _LEAST, _MOST = 0.02, 1e-7, 1.0
#: How near to the branch a step has to come; its end is met to the tolerance asked for.
_NEAR = 1e-4


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
    tangent, length = _tangent(branch.linearised(z)[1], ahead, weight), _FIRST
    for _ in range(_STEPS):
        last = z[-1] + length * tangent[-1] >= 1.0
        step = (1.0 - z[-1]) / tangent[-1] if last else length
        normal, near = (ahead, tolerance) if last else (weight * tangent, max(tolerance, _NEAR))
        met, jacobian, corrections = _corrected(branch, z + step * tangent, normal, near)
        if met is None or jacobian is None:
            length = step / 4.0
            if length < _LEAST:
                break
            continue
        z = met
        if last:
            break
        tangent = _tangent(jacobian, weight * tangent, weight)
        length = min(length * (2.0 if corrections <= 3 else 1.0), _MOST)
    return z[:-1]


def _bordered(jacobian: sparray, row: Array) -> SuperLU:
    from scipy.sparse import csc_array, vstack
    from scipy.sparse.linalg import splu

    return splu(csc_array(vstack([jacobian, csc_array(row[None])])))


def _tangent(jacobian: sparray, row: Array, weight: Array) -> Array:
    """Direction of the branch, of length 1 in the weighted norm, that goes on in the direction of `row`."""
    right = np.zeros(len(row))
    right[-1] = 1.0
    direction: Array = _bordered(jacobian, row).solve(right)
    return direction / np.sqrt(weight @ direction**2)


def _corrected(branch: Branch, z: Array, normal: Array, near: float) -> tuple[Array | None, sparray | None, int]:
    """Newton's method back to the branch, in the plane through z with this normal; None where it diverges."""
    before = np.inf
    for step in range(_CORRECTIONS):
        f, jacobian = branch.linearised(z)
        size = np.abs(f).max()
        if size <= near:
            return z, jacobian, step
        if not size < 10.0 * before:
            break
        before = size
        z = z - _bordered(jacobian, normal).solve(np.append(f, 0.0))
    return None, None, _CORRECTIONS
