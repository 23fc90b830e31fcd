"""Tables and paragraphs as text: within the terminal's width, or at full width, one row a line, in a file or a pipe."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

from coercion_sim.wording import MINUS, NOTHING

#: Width of what goes to a file or a pipe, and the widest paragraph.
WIDE, PROSE = 10_000, 100
#: Shortest cut of a label.
_SHORTEST = 24
_GAP = 2


def screen_width() -> int:
    """Columns of the terminal; in a file or a pipe, what ``COLUMNS`` asks for, else `WIDE`."""
    if sys.stdout.isatty():
        return shutil.get_terminal_size().columns
    wanted = os.environ.get("COLUMNS", "")
    return int(wanted) if wanted.isdecimal() and int(wanted) > 0 else WIDE


def table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, left: Collection[int] = (0,), indent: str = "",
    width: int | None = None, shortest: int = _SHORTEST,
) -> list[str]:  # fmt: skip
    """Lines of a table: columns in `left` start at the left, numbers end at the right, and no row wraps.

    Where it is too wide its labels are cut, none below `shortest`, so that they stay distinct; where that is not
    enough, its columns follow each other in several tables, the first column repeated.
    """
    room = (screen_width() if width is None else width) - len(indent)
    columns = [[plain(cell) for cell in column] for column in zip(*rows, strict=True)]
    if not columns:
        return []
    headings = [heading.replace(" %", "\u00a0%") for heading in headings]
    widths = _widths(headings, columns, left, room, shortest)
    for c in left:
        columns[c] = fit_apart(columns[c], widths[c])
    blocks, used = [[0]], widths[0]  # columns that stand beside each other, the first in every block
    for c, width_of in enumerate(widths[1:], start=1):
        if used + _GAP + width_of > room and len(blocks[-1]) > 1:
            blocks.append([0])
            used = widths[0]
        blocks[-1].append(c)
        used += _GAP + width_of
    lines = [line for block in blocks for line in ("", *_laid_out(headings, columns, widths, left, block))][1:]
    return [(indent + line).rstrip() for line in lines]


def _widths(
    headings: Sequence[str], columns: Sequence[Sequence[str]], left: Collection[int], room: int, shortest: int
) -> list[int]:
    """Widths of columns: headings break over several lines first, then labels are cut, until the table fits."""
    body = [max(map(len, cells)) for cells in columns]
    word = [max(map(len, heading.split(" "))) for heading in headings]
    widths = [max(len(heading), cells) for heading, cells in zip(headings, body, strict=True)]
    broken = {c: max(word[c], body[c]) for c in range(len(widths))}
    cut = {c: max(word[c], shortest) for c in sorted(left, key=lambda c: -broken[c])}
    for c, least in (*sorted(broken.items(), key=lambda item: item[1] - widths[item[0]]), *cut.items()):
        excess = sum(widths) + _GAP * (len(widths) - 1) - room
        widths[c] = max(min(least, widths[c]), widths[c] - max(excess, 0))
    return widths


def _laid_out(
    headings: Sequence[str], columns: Sequence[Sequence[str]], widths: Sequence[int], left: Collection[int],
    block: Sequence[int],
) -> list[str]:  # fmt: skip
    """Lines of a block of columns, their headings broken to the widths."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    laid = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, show_header=any(headings[c] for c in block))
    for c in block:
        broken = "\n".join(textwrap.wrap(headings[c], max(widths[c], 1), break_on_hyphens=False))
        side: Literal["left", "right"] = "left" if c in left else "right"
        laid.add_column(Text(broken.replace("\u00a0", " ")), justify=side, vertical="bottom", no_wrap=True)
    for row in zip(*(columns[c] for c in block), strict=True):
        laid.add_row(*(Text(cell) for cell in row))
    console = Console(width=WIDE, color_system=None, legacy_windows=False)
    with console.capture() as text:
        console.print(laid)
    return text.get().splitlines()


def entries(rows: Sequence[Mapping[str, str]], heads: Sequence[str], width: int | None = None) -> list[str]:
    """Rows with long texts: a table in a pipe; on a terminal the columns of `heads`, the others below as paragraphs."""
    room = screen_width() if width is None else width
    names = list(rows[0]) if rows and room >= WIDE else heads
    lines = table(names, [[row[name] for name in names] for row in rows], left=range(len(names)), width=room)
    if names is not heads:
        return lines
    laid = lines[: len(lines) - len(rows)]
    for line, row in zip(lines[len(laid) :], rows, strict=True):
        below = (text for name, text in row.items() if text and (name not in heads or text not in line))
        laid += [line, *(part for text in below for part in paragraph(text, "    ", "    ", room))]
    return laid


def paragraph(text: str, indent: str = "", rest: str | None = None, width: int | None = None) -> list[str]:
    """Lines of a paragraph, at most `PROSE` columns; lines after the first have `rest`, two spaces more by default."""
    room = min(screen_width() if width is None else width, PROSE)
    below = indent + "  " if rest is None else rest
    wrapper = textwrap.TextWrapper(
        room, initial_indent=indent, subsequent_indent=below, break_on_hyphens=False, break_long_words=False
    )
    return wrapper.wrap(plain(text))


def paragraphs(texts: Iterable[str], indent: str = "", rest: str | None = None) -> list[str]:
    """Lines of several paragraphs, one below the other."""
    return [line for text in texts for line in paragraph(text, indent, rest)]


def plain(text: str) -> str:
    """Text for a terminal: signs that every code page has, so that a number can be read by a program."""
    return text.replace(MINUS, "-").replace(NOTHING, "-").replace("∞", "inf")


def fit(text: str, width: int) -> str:
    """Text cut to a width, marked where it was cut."""
    return text if len(text) <= width else text[: width - 1] + "…"


def fit_apart(labels: Sequence[str], width: int) -> list[str]:
    """Labels cut to a width; those that would read alike are cut in the middle instead."""
    cut = [fit(label, width) for label in labels]
    head = width // 2
    return [
        label[:head] + "…" + label[len(label) - (width - head - 1) :]
        if len(label) > width and len({full for full, other in zip(labels, cut, strict=True) if other == short}) > 1
        else short
        for label, short in zip(labels, cut, strict=True)
    ]
