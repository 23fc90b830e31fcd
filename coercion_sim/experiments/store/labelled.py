"""A results table as a labelled array of xarray: one dimension for each column that names a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments.store.tables import PARAMETER, entry_of
from coercion_sim.outcomes import KEYS
from coercion_sim.wording import listing, unit_words

if TYPE_CHECKING:
    import xarray as xr

#: Table -> columns that name a row besides policy, point and replicate. Events and disputes lie on no grid.
GRIDS: Mapping[str, tuple[str, ...]] = {
    "runs": (),
    "outcomes": (),
    "quarters": ("quarter",),
    "states": ("quarter", "state"),
    "sectors": ("quarter", "coercer", "target", "sector"),
    "facts": ("fact", "state"),
}
_RUN = ("policy", "point", "replicate")
_INSTALL = "pip install 'coercion-sim[analysis]'"


def axes_of(name: str) -> tuple[str, ...]:
    """Return the columns that name a row of a table: the dimensions of its arrays.

    Raises
    ------
    InvalidInput
        Where the rows of the table lie on no grid.
    """
    if name not in GRIDS:
        message = "rows of this table lie on no grid; take frame()"
        raise InvalidInput(Problem(message, key="to_xarray", found=name, allowed=", ".join(GRIDS)))
    return (*_RUN, *GRIDS[name])


def to_dataset(
    name: str, table: pa.Table, labels: Mapping[str, Sequence[Any]], attributes: Mapping[str, Any]
) -> xr.Dataset:
    """Return a table as an `xarray.Dataset`.

    Parameters
    ----------
    name
        Name of the table in the data dictionary.
    labels
        Column -> its labels in order; those of other columns stand as they first appear.
    attributes
        Attributes of the data set.

    Returns
    -------
    xarray.Dataset
        Dimensions policy, point, replicate and those of `GRIDS`. Variables have the attributes `units`, `long_name` and
        `description` of the catalogue. A cell without a row is NaN, an empty text in a column of texts.

    Raises
    ------
    InvalidInput
        Where xarray is not installed, or two rows have the same labels; and as `axes_of`.
    """
    axes = axes_of(name)
    try:
        import xarray as xr
    except ImportError:
        raise InvalidInput(Problem("xarray is not installed", key="to_xarray", allowed=_INSTALL)) from None
    places, coordinates = [], {}
    for axis in axes:
        places.append(_placed(table.column(axis), labels.get(axis)))
        coordinates[axis] = places[-1][0]
    shape = tuple(len(of) for of, _ in places)
    flat = np.ravel_multi_index([at for _, at in places], shape) if table.num_rows else np.zeros(0, dtype=np.intp)
    if len(np.unique(flat)) < len(flat):
        message = f"two rows have the same {listing(axes)}; take frame()"
        raise InvalidInput(Problem(message, key="to_xarray", found=name))
    named = {key.name for key in KEYS} | {"step", *axes}
    variables = {
        column: (axes, _spread(table.column(column), flat, shape), _described(name, column))
        for column in table.column_names
        if column not in named
    }
    made = xr.Dataset(variables, coordinates, {"table": name, **attributes})
    if "quarter" in axes and "quarter" in labels:
        made = made.assign_coords(step=("quarter", np.arange(shape[axes.index("quarter")])))
    return made


def _placed(column: pa.ChunkedArray, labels: Sequence[Any] | None) -> tuple[Any, npt.NDArray[np.intp]]:
    """Labels of one axis, and the place of every row on it."""
    coded = column.combine_chunks().dictionary_encode()
    present = coded.dictionary.to_pylist()
    known: Any = list(dict.fromkeys([*(labels or ()), *present]))
    where = np.array([known.index(label) for label in present], dtype=np.intp)
    known = known or np.array([], dtype=str if pa.types.is_string(column.type) else np.int64)
    return known, where[coded.indices.to_numpy(zero_copy_only=False)] if len(column) else np.zeros(0, dtype=np.intp)


def _spread(column: pa.ChunkedArray, flat: npt.NDArray[np.intp], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Values of a column at their places of the grid."""
    size = int(np.prod(shape))
    if pa.types.is_string(column.type):
        texts = np.full(size, "", dtype=object)
        texts[flat] = [text or "" for text in column.to_pylist()]
        return texts.reshape(shape)
    values = column.to_numpy()
    whole = values.dtype.kind in "iu" and len(flat) == size
    numbers = np.zeros(size, values.dtype) if whole else np.full(size, np.nan)
    numbers[flat] = values
    return numbers.reshape(shape)


def _described(table: str, name: str) -> dict[str, str]:
    entry = entry_of(table, name)
    words = name.removeprefix(PARAMETER) if name.startswith(PARAMETER) else entry.words
    return {"units": unit_words(entry.unit), "long_name": words, "description": entry.definition}
