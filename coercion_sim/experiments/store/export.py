"""Results tables in other forms: labelled arrays of xarray, files of Stata, a table for notebooks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from coercion_sim.arrays import Places
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments.store.tables import PARAMETER, entry_of
from coercion_sim.files import write_whole
from coercion_sim.notebook import html_table
from coercion_sim.outcomes import KEYS
from coercion_sim.outcomes import column as column_of
from coercion_sim.wording import NOTHING, capital, interval, listing, policy_label, unit_words, with_unit

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

#: Table -> columns that name a row besides policy, point and replicate. Events and disputes have no array form.
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
    name: str, table: pa.Table, labels: Mapping[str, Sequence[Any]], manifest: Mapping[str, Any]
) -> xr.Dataset:
    """Return a table as an `xarray.Dataset`.

    Parameters
    ----------
    name
        Name of the table in the data dictionary.
    labels
        Column -> its labels in order; those of other columns stand as they first appear.
    manifest
        Manifest of the results; scenario, seed, world and key become attributes of the data set.

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
    made = xr.Dataset(variables, coordinates, {"table": name, **_about(manifest)})
    if "quarter" in axes and "quarter" in labels:
        made = made.assign_coords(step=("quarter", np.arange(shape[axes.index("quarter")])))
    return made


def _about(manifest: Mapping[str, Any]) -> dict[str, Any]:
    scenario = manifest["scenario"]
    return {
        "scenario": scenario["name"], "title": scenario.get("title") or "", "seed": manifest["design"]["seed"],
        "world": manifest["world"]["name"], "key": manifest.get("key") or "",
    }  # fmt: skip


def _placed(column: pa.ChunkedArray, labels: Sequence[Any] | None) -> tuple[Any, Places]:
    """Labels of one axis, and the place of every row on it."""
    coded = column.combine_chunks().dictionary_encode()
    present = coded.dictionary.to_pylist()
    known: Any = list(dict.fromkeys([*(labels or ()), *present]))
    where = np.array([known.index(label) for label in present], dtype=np.intp)
    known = known or np.array([], dtype=str if pa.types.is_string(column.type) else np.int64)
    return known, where[coded.indices.to_numpy(zero_copy_only=False)] if len(column) else np.zeros(0, dtype=np.intp)


def _spread(column: pa.ChunkedArray, flat: Places, shape: tuple[int, ...]) -> npt.NDArray[Any]:
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


#: Letters of a name, of a label and of a short text in Stata's format 118.
_NAME, _LABEL, _TEXT = 32, 80, 2045
#: Words Stata keeps for itself.
_RESERVED = {"in", "if", "using", "with", "int", "long", "float", "double", "byte", "strL"}


def write_stata(folder: Path, tables: Iterable[tuple[str, pa.Table]], manifest: Mapping[str, Any]) -> list[Path]:
    """Write each table as ``<table>.dta`` (format 118: Stata 14 and later); return the paths.

    Missing numbers are Stata's ``.``. Names end at 32 letters, labels at 80: the label, its unit, else the key of a
    parameter. Scenario, key and the time the results were finished stand in the file: the same results, the same bytes.
    """
    heading = f"{manifest['scenario']['name']} {manifest.get('key') or ''}".strip()
    finished = manifest.get("finished")
    when = datetime.fromisoformat(finished).astimezone(UTC) if finished else datetime(1970, 1, 1, tzinfo=UTC)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, table in tables:
        names = stata_names(table.column_names)
        frame = table.to_pandas().rename(columns=names)
        labels = {names[column]: _label(name, column) for column in table.column_names}
        long = []
        for column in frame.columns:
            if frame[column].dtype.kind == "f":
                frame[column] = frame[column].where(np.isfinite(frame[column]))
            elif frame[column].dtype.kind not in "iub":
                frame[column] = frame[column].astype(object).where(frame[column].notna(), "")
                if frame[column].map(lambda text: len(text.encode())).max() > _TEXT:
                    long.append(column)
        path = folder / f"{name}.dta"
        more: dict[str, Any] = {"data_label": f"{name}: {heading}"[:_LABEL], "time_stamp": when}
        write_whole(
            path,
            lambda temporary, frame=frame, labels=labels, long=long, more=more: frame.to_stata(  # type: ignore[misc]
                temporary, write_index=False, version=118, variable_labels=labels, convert_strl=long, **more
            ),
        )
        paths.append(path)
    return paths


def stata_names(columns: Iterable[str]) -> dict[str, str]:
    """Return column -> its name in Stata: letters, digits and ``_``, 32 at most, each once.

    Parameters lose ``param.``; of a name too long the end stays, which names the number.
    """
    taken: dict[str, str] = {}
    for column in columns:
        name = re.sub(r"\W", "_", column.removeprefix(PARAMETER), flags=re.ASCII)[-_NAME:].lstrip("_") or "v"
        name = f"v_{name}"[:_NAME] if name[0].isdigit() or name in _RESERVED else name
        number, free = 2, name
        while free in taken.values():
            free = f"{name[: _NAME - len(str(number)) - 1]}_{number}"
            number += 1
        taken[column] = free
    return taken


def _label(table: str, column: str) -> str:
    entry = entry_of(table, column)
    words = column.removeprefix(PARAMETER) if column.startswith(PARAMETER) else with_unit(entry.words, entry.unit)
    return capital(words)[:_LABEL]


def medians_html(frame: pd.DataFrame, outcomes: Sequence[str], policies: Sequence[str]) -> str:
    """Median and 5-95 % range over draws of each outcome by policy as an HTML table; a dash without a finished run."""
    cells = frame.groupby("policy").quantile([0.5, 0.05, 0.95])
    rows = []
    for entry in map(column_of, outcomes):
        levels = [cells[entry.name].get(policy) for policy in policies]
        texts = [NOTHING if level is None else interval(*level) for level in levels]
        rows.append([capital(entry.words), unit_words(entry.unit), *texts])
    head = ["Outcome", "Unit", *map(policy_label, policies)]
    return html_table("Median [5-95 % range over draws]", head, rows)
