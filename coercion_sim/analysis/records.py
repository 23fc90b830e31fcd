"""Answers as records: flat dictionaries that become a pandas table, a notebook's table or CSV text."""

from __future__ import annotations

import csv
import io
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

Record = Mapping[str, Any]


class Tabular(ABC):
    """An answer that consists of records.

    `frame` returns them as a pandas table, which a notebook shows; `headline` is the one line of the repr.
    """

    __slots__ = ()

    @abstractmethod
    def records(self) -> Sequence[Record]:
        """Rows as flat dictionaries with the same keys."""

    @property
    @abstractmethod
    def headline(self) -> str:
        """The answer in one line."""

    def frame(self) -> pd.DataFrame:
        """Return the records as a pandas table."""
        import pandas as pd

        return pd.DataFrame(list(self.records()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.headline})"

    def _repr_html_(self) -> str:
        html: str = self.frame().to_html(index=False, max_rows=60)
        return html


def flat(row: Any, *without: str) -> dict[str, Any]:
    """Fields of a dataclass by name, one level deep, some left out."""
    return {field.name: getattr(row, field.name) for field in fields(row) if field.name not in without}


def to_csv(records: Iterable[Record]) -> str:
    """Records as CSV text with one header line; missing numbers are empty, infinite ones ``inf``; empty for none."""
    rows = list(records)
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: "" if isinstance(v, float) and math.isnan(v) else v for k, v in r.items()} for r in rows)
    return text.getvalue()
