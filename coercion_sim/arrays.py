"""Types of arrays (numbers, whole numbers, positions, true and false), quotients by what may be 0, foreign flows."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]


def ratio(above: npt.ArrayLike, below: Array, empty: float = 0.0) -> Array:
    """``above / below`` where the divisor is above 0, else `empty`; shapes broadcast."""
    quotient: Array = np.full(np.broadcast_shapes(np.shape(above), below.shape), empty)
    return np.divide(above, below, out=quotient, where=below > 0)


def quotient(part: float, whole: float, empty: float = 0.0) -> float:
    """``part / whole`` where the whole is above 0, else `empty`."""
    return part / whole if whole > 0 else empty


def abroad(flows: Array) -> Array:
    """Flows (..., N, N) between states: those within a state set to 0."""
    foreign: Array = flows * (1.0 - np.eye(flows.shape[-1]))
    return foreign
