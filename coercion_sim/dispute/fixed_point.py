"""Fixed points of many small problems at once: damped iteration, then Anderson's acceleration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array

#: Maps (n, B) unknowns of the problems at these positions, (B,), to their images, (n, B).
Map = Callable[[Array, npt.NDArray[np.int64]], Array]
#: Problems solved are put aside once no more than this share of those at hand is not.
_LIVE = 0.875


@dataclass(frozen=True)
class Effort:
    """How long to try.

    Attributes
    ----------
    damping
        Part of the way to the image that a step goes.
    damped
        Steps of plain damped iteration before acceleration. They choose the fixed point where several exist: the
        one that beliefs drift to from the starting point.
    most
        Steps in all.
    memory
        Steps Anderson's method looks back.
    tolerance
        Largest distance of an unknown from its image.
    """

    damping: float = 0.3
    damped: int = 15
    most: int = 100
    memory: int = 5
    tolerance: float = 1e-8


def fixed_points(image: Map, start: Array, effort: Effort = Effort()) -> tuple[Array, Array]:
    """Find fixed points of B problems by damped iteration and Anderson's method.

    Parameters
    ----------
    image
        The map.
    start : (n, B)
        Where the iteration sets out.

    Returns
    -------
    x : (n, B)
        The last iterates.
    residual : (B,)
        ``max |image(x) - x|``. Above the tolerance x is no fixed point.

    Notes
    -----
    Anderson (1965), type II, in the form of Walker and Ni (2011), on the normal equations of `memory` differences.
    """
    whole, residual = start.copy(), np.full(start.shape[1], np.inf)
    live, x = np.arange(start.shape[1]), start.copy()
    past = _Past(effort.memory, *start.shape)
    for step in range(effort.most):
        f = image(x, live) - x
        size = np.abs(f).max(axis=0)
        residual[live], whole[:, live] = size, x
        going = size > effort.tolerance
        if not going.any():
            break
        if going.sum() <= _LIVE * len(going):
            live, x, f = live[going], x[:, going], f[:, going]
            past.keep(going)
        change = effort.damping * f
        if step >= effort.damped:
            change -= past.explained(x, f, effort.damping)
        x = x + change
    return whole, residual


class _Past:
    """The last differences of f, and of x + damping f, of B problems: (B, memory, n), a row a step.

    Products of the differences of f with each other, (B, memory, memory), grow by a row a step.
    """

    def __init__(self, memory: int, n: int, B: int) -> None:
        self.d_f, self.d_g = np.zeros((B, memory, n)), np.zeros((B, memory, n))
        self.gram = np.zeros((B, memory, memory))
        self.last: tuple[Array, Array] | None = None
        self.steps = 0

    def keep(self, going: npt.NDArray[np.bool_]) -> None:
        """Forget the problems that are solved."""
        self.d_f, self.d_g, self.gram = self.d_f[going], self.d_g[going], self.gram[going]
        if self.last is not None:
            self.last = self.last[0][going], self.last[1][going]

    def explained(self, x: Array, f: Array, damping: float) -> Array:
        """Take in a step; return what the differences so far explain of the next one, (n, B)."""
        x, f = np.ascontiguousarray(x.T), np.ascontiguousarray(f.T)
        if self.last is None:
            self.last = x, f
            return np.zeros_like(f.T)
        memory = self.gram.shape[1]
        slot, self.steps = self.steps % memory, self.steps + 1
        d_f, d_g = self.d_f[:, : self.steps], self.d_g[:, : self.steps]
        d_f[:, slot] = f - self.last[1]
        d_g[:, slot] = x - self.last[0] + damping * d_f[:, slot]
        self.last = x, f
        gram = self.gram[:, : self.steps, : self.steps]
        gram[:, slot] = np.matmul(d_f, d_f[:, slot, :, None])[..., 0]
        gram[:, :, slot] = gram[:, slot]
        small = 1e-12 * np.trace(gram, axis1=1, axis2=2) + 1e-300
        weight = np.linalg.solve(gram + small[:, None, None] * np.eye(gram.shape[1]), np.matmul(d_f, f[..., None]))
        explained: Array = np.matmul(weight.transpose(0, 2, 1), d_g)[:, 0].T
        return explained
