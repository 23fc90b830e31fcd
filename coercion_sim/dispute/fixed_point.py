"""Fixed points of many small problems at once: damped iteration, then Anderson's acceleration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
#: Maps (n, B) unknowns of the problems at these positions, (B,), to their images, (n, B).
Map = Callable[[Array, npt.NDArray[np.int64]], Array]


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
    past: list[tuple[Array, Array]] = []
    for step in range(effort.most):
        f = image(x, live) - x
        size = np.abs(f).max(axis=0)
        residual[live], whole[:, live] = size, x
        going = size > effort.tolerance
        if not going.any():
            break
        if not going.all():
            live, x, f = live[going], x[:, going], f[:, going]
            past = [(a[:, going], b[:, going]) for a, b in past]
        if step >= effort.damped:
            past = [*past, (x, f)][-effort.memory - 1 :]
        x = _next(x, f, past, effort.damping)
    return whole, residual


def _next(x: Array, f: Array, past: list[tuple[Array, Array]], damping: float) -> Array:
    """One step: damped, less what the differences of the past explain of f."""
    step: Array = x + damping * f
    if len(past) < 2:
        return step
    dx, df = (np.stack([late[i] - early[i] for early, late in pairwise(past)]) for i in (0, 1))
    gram = np.einsum("aib,cib->bac", df, df)
    gram += (1e-12 * np.trace(gram, axis1=1, axis2=2) + 1e-300)[:, None, None] * np.eye(len(df))
    weight = np.linalg.solve(gram, np.einsum("aib,ib->ba", df, f)[..., None])[..., 0]
    step -= np.einsum("ba,aib->ib", weight, dx + damping * df)
    return step
