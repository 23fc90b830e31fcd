"""Fixed points of many small problems at once: damped iteration, Anderson's acceleration, Newton's method."""

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
    newton
        Steps of Newton's method for the problems that acceleration leaves.
    tolerance
        Largest distance of an unknown from its image.
    """

    damping: float = 0.3
    damped: int = 15
    most: int = 100
    memory: int = 5
    newton: int = 60
    tolerance: float = 1e-8


def fixed_points(image: Map, start: Array, effort: Effort = Effort(), polish: Map | None = None) -> tuple[Array, Array]:
    """Find fixed points of B problems, each by Anderson's method and, where that fails, by Newton's.

    Parameters
    ----------
    image
        The map.
    start : (n, B)
        Where the iteration sets out.
    polish
        A smoother map with the same fixed points, for Newton's method; `image` if None.

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
    x, residual = _accelerated(image, start, effort)
    left = np.flatnonzero(residual > effort.tolerance)
    if len(left) and effort.newton:
        for begin in (x[:, left], start[:, left]):
            left_now = residual[left] > effort.tolerance
            polished, rest = _newton(polish or image, begin[:, left_now], left[left_now], effort)
            better = rest < residual[left[left_now]]
            at = left[left_now][better]
            x[:, at], residual[at] = polished[:, better], rest[better]
            if not (residual[left] > effort.tolerance).any():
                break
    return x, residual


def _accelerated(image: Map, start: Array, effort: Effort) -> tuple[Array, Array]:
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


def _newton(image: Map, start: Array, at: npt.NDArray[np.int64], effort: Effort) -> tuple[Array, Array]:
    """Newton's method with numerical derivatives and step halving, all problems side by side."""
    x, live = start.copy(), np.ones(start.shape[1], dtype=bool)
    f = image(x, at) - x
    for _ in range(effort.newton):
        live &= np.abs(f).max(axis=0) > effort.tolerance
        if not live.any():
            break
        on = np.flatnonzero(live)
        moved, value = _newton_step(image, x[:, on], f[:, on], at[on])
        live[on] = (moved != x[:, on]).any(axis=0)
        x[:, on], f[:, on] = moved, value
    return x, np.abs(f).max(axis=0)


def _newton_step(image: Map, x: Array, f: Array, at: npt.NDArray[np.int64]) -> tuple[Array, Array]:
    n, B = x.shape
    width = 1e-7
    columns = x[:, :, None] + width * np.eye(n)[:, None, :]
    there = image(columns.reshape(n, -1), np.repeat(at, n)) - columns.reshape(n, -1)
    jacobian = np.nan_to_num((there.reshape(n, B, n) - f[:, :, None]) / width).transpose(1, 0, 2)
    try:
        direction = -np.linalg.solve(jacobian, f.T[..., None])[..., 0].T
    except np.linalg.LinAlgError:
        direction = -np.linalg.solve(jacobian - 1e-8 * np.eye(n), f.T[..., None])[..., 0].T
    size, length, open_ = np.linalg.norm(f, axis=0), np.ones(B), np.ones(B, dtype=bool)
    x, f = x.copy(), f.copy()
    for _ in range(12):
        trial = x + length * direction
        value = image(trial, at) - trial
        good = open_ & (np.linalg.norm(value, axis=0) < size * (1.0 - 1e-4 * length))
        x[:, good], f[:, good] = trial[:, good], value[:, good]
        open_ &= ~good
        if not open_.any():
            break
        length = np.where(open_, length / 2.0, length)
    return x, f
