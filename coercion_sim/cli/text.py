"""Tables as plain text: aligned, wrapped to a terminal, one row a line where the output is a file or a pipe."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence

_GAP = "  "
_LEAST = 24


def table(rows: Sequence[Mapping[str, str]], width: int | None = None) -> str:
    """Lay rows out under their headings; the last column wraps at `width` (None: the terminal's, or never)."""
    if not rows:
        return ""
    if width is None and sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
    headings = list(rows[0])
    lines = [headings, *([row.get(heading, "") for heading in headings] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(headings))]
    if width is not None:
        _shrink(widths, width)
    shown = []
    for number, line in enumerate(lines):
        cells = [textwrap.wrap(cell, widths[i], break_on_hyphens=False) or [""] for i, cell in enumerate(line)]
        for k in range(max(map(len, cells))):
            parts = (cell[k] if k < len(cell) else "" for cell in cells)
            shown.append(_GAP.join(part.ljust(widths[i]) for i, part in enumerate(parts)).rstrip())
        if number == 0:
            shown.append(_GAP.join("-" * w for w in widths))
    return "\n".join(shown)


def _shrink(widths: list[int], width: int) -> None:
    """Narrow the widest columns until the table fits, none below a readable width."""
    while sum(widths) + len(_GAP) * (len(widths) - 1) > width:
        widest = max(range(len(widths)), key=widths.__getitem__)
        if widths[widest] <= _LEAST:
            return
        widths[widest] -= 1
