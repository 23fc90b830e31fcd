"""Types of arrays (of numbers, whole numbers, positions, true and false), and quotients where the divisor may be 0."""

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
