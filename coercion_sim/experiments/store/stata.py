"""Results tables as files of Stata: names it can take, labels with units from the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from coercion_sim.experiments.store.tables import PARAMETER, entry_of
from coercion_sim.files import write_whole
from coercion_sim.wording import capital, with_unit

#: Letters of a name, of a label and of a short text in Stata's format 118.
_NAME, _LABEL, _TEXT = 32, 80, 2045
#: Words Stata keeps for itself.
_RESERVED = {"in", "if", "using", "with", "int", "long", "float", "double", "byte", "strL"}


def write_stata(folder: Path, tables: Iterable[tuple[str, pa.Table]], heading: str, written_at: datetime) -> list[Path]:
    """Write each table as ``<table>.dta`` (format 118: Stata 14 and later); return the paths.

    Missing numbers are Stata's ``.``. Names end at 32 letters, labels at 80: the label, its unit, else the key of a
    parameter. `heading` and `written_at` stand in the file, so that the same results give the same bytes.
    """
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
        more: dict[str, Any] = {"data_label": f"{name}: {heading}"[:_LABEL], "time_stamp": written_at}
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
