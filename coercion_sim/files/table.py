"""The base of every table of a user's file, and the kinds of values that several tables share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_QUARTER = re.compile(r"(\d{4})[Qq]([1-4])")


class Table(BaseModel):
    """Base of every table: frozen, unknown keys refused, no guessing of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True, allow_inf_nan=False)


@dataclass(frozen=True, order=True)
class Quarter:
    """One quarter of a year, written ``2020Q2``. Adding n moves n quarters on; a difference counts quarters."""

    year: int
    number: int

    @classmethod
    def parse(cls, label: str) -> Quarter:
        """Read ``2020Q2``; raises ValueError for anything else."""
        match = _QUARTER.fullmatch(label.strip())
        if match is None:
            raise ValueError(f"{label!r} is not a quarter such as 2020Q2")
        return cls(int(match[1]), int(match[2]))

    def __add__(self, quarters: int) -> Quarter:
        year, number = divmod(self.year * 4 + self.number - 1 + quarters, 4)
        return Quarter(year, number + 1)

    def __sub__(self, other: Quarter) -> int:
        return (self.year - other.year) * 4 + self.number - other.number

    def __str__(self) -> str:
        return f"{self.year:04d}Q{self.number}"


def suggest_quarter(text: str) -> str | None:
    """Guess the quarter meant by a date (``2020-05-19``), month (``2020-05``) or slip (``2020-Q2``, ``Q2 2020``)."""
    if match := re.fullmatch(r"\s*(\d{4})-(\d\d?)(?:-\d\d?.*)?", text):
        month = int(match[2])
        return str(Quarter(int(match[1]), (month + 2) // 3)) if 1 <= month <= 12 else None
    year, number = re.search(r"\d{4}", text), re.search(r"[Qq]\s*([1-4])", text)
    return str(Quarter(int(year[0]), int(number[1]))) if year and number else None


def _list(value: object) -> object:
    """Take one word for a list of one."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _quarter(value: object) -> object:
    """Spell a quarter one way, and refuse any other text."""
    if value is None:
        return None
    if not isinstance(value, str) or _QUARTER.fullmatch(value.strip()) is None:
        raise ValueError("not a quarter")
    return value.strip().upper()


Label = Annotated[str, Field(min_length=1)]
Labels = Annotated[tuple[Label, ...], BeforeValidator(_list)]
QuarterLabel = Annotated[str, BeforeValidator(_quarter)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]


def unit_of(unit: str) -> dict[str, Any]:
    """Return the `json_schema_extra` of a field that states its unit in the dictionary and the JSON Schema."""
    return {"unit": unit}
