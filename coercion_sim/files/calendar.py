"""Quarters: the calendar of users' files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: Pattern of a quarter's label.
QUARTER: Final = r"^\d{4}[Qq][1-4]$"


@dataclass(frozen=True, order=True)
class Quarter:
    """One quarter of a year, written ``2020Q2``. Adding n moves n quarters on; a difference counts quarters."""

    year: int
    number: int

    @classmethod
    def parse(cls, label: str) -> Quarter:
        """Read ``2020Q2``; raises ValueError for anything else."""
        if re.fullmatch(QUARTER, label.strip()) is None:
            raise ValueError(f"{label!r} is not a quarter such as 2020Q2")
        return cls(int(label.strip()[:4]), int(label.strip()[5]))

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
