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


def headings(names: Sequence[str], width: int, gap: str) -> list[str]:
    """Lines that name columns flush right; names joined by + take a line for each part."""
    parts = [[p + " +" for p in name.split("+")[:-1]] + [name.split("+")[-1]] for name in names]
    deep = max(len(p) for p in parts)
    rows = [[""] * (deep - len(p)) + p for p in parts]
    return ["".join(gap + fit(row[line], width).rjust(width) for row in rows) for line in range(deep)]


def fit(text: str, width: int) -> str:
    """Cut a text to a width, saying so."""
    return text if len(text) <= width else text[: width - 1] + "…"


def fit_apart(labels: Sequence[str], width: int) -> list[str]:
    """Cut labels to a width; those that would read alike are cut in the middle instead."""
    cut = [fit(label, width) for label in labels]
    head = width // 2
    return [
        label[:head] + "…" + label[len(label) - (width - head - 1) :]
        if len(label) > width and len({full for full, other in zip(labels, cut, strict=True) if other == short}) > 1
        else short
        for label, short in zip(labels, cut, strict=True)
    ]


def number(value: float, decimals: int) -> str:
    """Write one number with a fixed count of decimals and no negative zero; a dash where it is missing."""
    if math.isnan(value):
        return "-"
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0.0 else text


def decimals(size: float) -> int:
    """Three digits of a small number, at most four decimals; none from 100 on."""
    return 4 if 0 < size < 0.05 else 3 if size < 1 else 2 if size < 100 else 0
