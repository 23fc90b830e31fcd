"""Columns of numbers as text."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence


def aligned(rows: Sequence[Sequence[str]], left: Collection[int] = (0,)) -> list[str]:
    """Lines of equal columns; those in `left` start at the left, the rest (numbers) end at the right."""
    widths = [max(len(row[c]) for row in rows) for c in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(w) if c in left else cell.rjust(w) for c, (cell, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def number(value: float, decimals: int) -> str:
    """Write one number with a fixed count of decimals and no negative zero; a dash where it is missing."""
    if math.isnan(value):
        return "-"
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0.0 else text
