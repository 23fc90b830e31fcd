"""The frame of a figure: title, key numbers and legend above the panels, the caption below, at any width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator

from coercion_sim.figures.style.house import PALE, Canvas, Mark, points
from coercion_sim.wording import policy_label, tied, with_unit

#: Points in the house style; `house.points` scales them where they are drawn and measured.
CAPTION_SIZE, LEGEND_SIZE, LABEL_SIZE, PANEL_SIZE, ROW_SIZE, NUMBERS_SIZE = 6.0, 7.0, 7.0, 7.5, 6.5, 7.0
#: Inches left free at the sides; line height as a multiple of the font size; points per inch.
_MARGIN, _LINE, _POINTS = 0.08, 1.3, 72.0


class Words(NamedTuple):
    """Text around the panels: a descriptive title, the key numbers with their intervals, and the caption."""

    title: str
    numbers: str
    caption: str


def width_of(figure: Canvas) -> float:
    """Width in inches of a figure or of a part of one."""
    return float(figure.bbox.width / figure.dpi)


def is_wide(figure: Canvas) -> bool:
    """Whether panels have room side by side."""
    return width_of(figure) > 5.0


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Width in inches of one line of text, word by word; `size` in points of the house style."""
    words, size = text.split(" "), points(size)
    # Families of the style in force, and the first font of each kind.
    font = (*rcParams["font.family"], *rcParams["font.serif"][:1], *rcParams["font.sans-serif"][:1])
    widths = sum(_word_width(word, size, weight, font) for word in words)
    return widths + (len(words) - 1) * _word_width(" ", size, weight, font)


@lru_cache(maxsize=4096)
def _word_width(text: str, size: float, weight: str, font: tuple[str, ...]) -> float:
    """Width of a word in inches in the style in force, whose fonts are `font`."""
    width, _, _ = text_to_path.get_text_width_height_descent(text, FontProperties(size=size, weight=weight), False)
    return float(width) / _POINTS


def wrap(text: str, width: float, size: float, weight: str = "normal", most: int = 99) -> str:
    """Break text into lines no wider than `width` inches; an ellipsis ends text that needs more than `most` lines.

    A number and its percent sign, and the ends of an interval, stay together.
    """
    lines: list[str] = []
    for word in tied(text).split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(joined, size, weight) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    cut = len(lines) > most
    lines = [_shortened(line, width, size, weight) for line in lines[:most]]
    if cut and not lines[-1].endswith("…"):
        lines[-1] = _shortened(f"{lines[-1]} …", width, size, weight)
    return "\n".join(lines)


def _balanced(text: str, width: float, size: float) -> str:
    """Bold text on no more lines than it needs, their lengths about even."""
    best = wrap(text, width, size, "bold")
    for tenths in range(1, int(10 * width)):
        tried = wrap(text, width - tenths / 10, size, "bold")
        if tried.count("\n") > best.count("\n") or "…" in tried:
            break
        best = tried
    return best


def _shortened(line: str, width: float, size: float, weight: str) -> str:
    """Line cut to a width, with an ellipsis in place of the rest."""
    if text_width(line, size, weight) <= width:
        return line
    kept = line.rstrip(" …")
    while len(kept) > 1 and text_width(f"{kept}…", size, weight) > width:
        kept = kept[:-1].rstrip()
    return f"{kept}…"


def row_labels(names: Sequence[str], width: float, roles: Sequence[str] | None = None) -> list[str]:
    """Names beside rows, on two lines at most; names cut to the same text are numbered.

    Parameters
    ----------
    width
        Of the figure, inches; labels take about a fifth of it.
    roles
        Text in brackets after each name, never cut; empty for none.
    """
    room = max(0.2 * width, 0.85)
    texts = []
    for name, role in zip(names, roles or [""] * len(names), strict=True):
        if not role:
            texts.append(wrap(name, room, ROW_SIZE, most=2))
        elif text_width(f"{name} ({role})", ROW_SIZE) <= room:
            texts.append(f"{name} ({role})")
        else:
            texts.append(f"{_shortened(name, room, ROW_SIZE, 'normal')}\n({role})")
    return [f"{text} ({texts[:i].count(text) + 1})" if texts.count(text) > 1 else text for i, text in enumerate(texts)]


def row_height(labels: Sequence[str], marks: int) -> float:
    """Height of a row in inches: room for its marks, and for two lines of text where a label has them."""
    return max(0.15 + 0.05 * marks, 0.26 if any("\n" in label for label in labels) else 0.0)


def entry(mark: Mark, label: str, *, line: bool) -> Any:
    """Legend entry of a policy: marker with its range, or line where the figure draws lines."""
    return Line2D(
        [], [], color=mark.colour, marker=mark.marker, linestyle=mark.line if line else "-", markersize=4, label=label
    )


def legend_of(marks: Mapping[str, Mark], *, line: bool) -> list[Any]:
    """Legend entries of policies; none of one alone."""
    return [entry(mark, policy_label(p), line=line) for p, mark in marks.items()] if len(marks) > 1 else []


def framed(figure: Canvas, body: float, words: Words, entries: Sequence[Any] = ()) -> SubFigure:
    """Put title, key numbers, legend and caption on a figure and return the part between, for the panels.

    Parameters
    ----------
    figure
        Empty. A whole figure gets the height it needs; a part of one keeps its height.
    body
        Height of the panels, inches.
    entries
        Legend entries, in as many columns as fit.
    """
    width = width_of(figure)
    inner = width - 2 * _MARGIN
    size = 9.0 if is_wide(figure) else 8.0
    title = _balanced(words.title, 0.95 * inner, size)  # in whole pixels, bold text may be a little wider
    numbers = wrap(words.numbers, inner, NUMBERS_SIZE) if words.numbers else ""
    caption = wrap(words.caption, inner, CAPTION_SIZE)
    columns = _columns(entries, inner)
    under_title = _height(title, size) + 0.06
    under_numbers = under_title + (_height(numbers, NUMBERS_SIZE) + 0.02 if numbers else 0.0)
    head = under_numbers - (-len(entries) // columns) * points(LEGEND_SIZE) * 1.6 / _POINTS + 0.08
    foot = _height(caption, CAPTION_SIZE) + 0.08
    if isinstance(figure, Figure):
        if figure.get_layout_engine() is None:
            figure.set_layout_engine("constrained", w_pad=0.06)
        figure.set_size_inches(width, head + body + foot)
    parts: Any = figure.subfigures(3, 1, height_ratios=[head, body, foot], hspace=0.0)
    top, middle, bottom = parts
    left, close = _MARGIN / width, _LINE - 0.1
    top.text(left, 1.0 - 0.06 / head, title, fontsize=points(size), weight="bold", va="top", linespacing=close)
    if numbers:
        below = 1.0 - (under_title + 0.03) / head
        top.text(left, below, numbers, fontsize=points(NUMBERS_SIZE), va="top", linespacing=close)
    bottom.text(left, 1.0, caption, fontsize=points(CAPTION_SIZE), color="#444444", va="top", linespacing=close)
    if entries:
        corner = (left, 1.0 - (under_numbers + 0.06) / head)
        size = points(LEGEND_SIZE)
        top.legend(handles=list(entries), loc="upper left", bbox_to_anchor=corner, ncols=columns, fontsize=size)
    return middle  # type: ignore[no-any-return]


def axis_label(words: str, unit: str, width: float) -> str:
    """Axis label with its unit (a code); the unit moves to a line of its own where both do not fit on one line."""
    whole = with_unit(words, unit)
    if whole == words or text_width(whole, LABEL_SIZE) > width:
        unit_line = whole.removeprefix(words).strip(" ,")
        if unit_line and not unit_line.startswith("("):
            unit_line = f"({unit_line})"
        return "\n".join(filter(None, (wrap(words, width, LABEL_SIZE), unit_line)))
    return whole


def panel_title(number: int, text: str, width: float) -> str:
    """Heading of a panel `width` inches wide, on two lines at most; panel 0 is lettered a."""
    letter = chr(ord("a") + number % 26)
    return wrap(f"{letter}\u00a0\u00a0{text}", width, PANEL_SIZE, "bold", most=2)


def settle(figure: Canvas) -> None:
    """Solve the layout of a whole figure and fix it, to a millionth of the width.

    The solver leaves noise in the last digits, which would change the names of clip paths in an SVG file.
    """
    whole: Any = figure
    whole.draw_without_rendering()
    whole.set_layout_engine("none")
    for part in _parts(whole):
        if part is not whole:
            part.bbox_relative.set_points(part.bbox_relative.get_points().round(6))
        for ax in part.get_children():
            if hasattr(ax, "get_subplotspec"):
                ax.set_position([round(x, 6) for x in ax.get_position().bounds])


def _parts(figure: Any) -> list[Any]:
    """A figure and every part of it."""
    return [figure, *[below for part in figure.subfigs for below in _parts(part)]]


def row_axis(ax: Axes, labels: Sequence[str]) -> None:
    """Make the vertical axis one of named rows, first on top, every other row shaded."""
    count = len(labels)
    ax.set_ylim(count - 0.5, -0.5)
    ax.set_yticks(range(count), labels)
    ax.grid(False, axis="y")
    for row in range(0, count, 2):
        ax.axhspan(row - 0.5, row + 0.5, color=PALE, linewidth=0, zorder=0)


def few_ticks(ax: Axes, most: int) -> None:
    """At most so many intervals between ticks on the horizontal axis."""
    ax.xaxis.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]))


def time_axis(ax: Axes, quarters: Sequence[str], most: int = 10) -> None:
    """Ticks at the first quarter of each year, at `most` of them, or at every second quarter of a short run."""
    count = len(quarters)
    if count <= 8:
        at = list(range(0, count, 1 if count <= 4 <= most // 2 else 2 if most > 4 else 4))
        labels = [quarters[i] for i in at]
    else:
        at = [i for i, quarter in enumerate(quarters) if quarter.endswith("Q1")]
        at = at[:: -(-len(at) // most)]
        labels = [quarters[i].split("Q")[0] for i in at]
    ax.set_xticks(at, labels)
    if count <= 60:
        ax.set_xticks(range(count), minor=True)
    ax.set_xlim(-0.6, count - 0.4)


def time_label(quarters: Sequence[str], *, short: bool = False) -> str:
    """Words below a time axis; `short` where panels are narrow."""
    return "Quarter" if len(quarters) <= 8 else "Year" if short else "Year (labelled at its first quarter)"


def _height(text: str, size: float) -> float:
    return (text.count("\n") + 1) * points(size) * _LINE / _POINTS


def _columns(entries: Sequence[Any], width: float) -> int:
    """Most columns of legend entries that fit into a width in inches."""
    handle, gap = (2.2 + 0.5) * points(LEGEND_SIZE) / _POINTS, 1.4 * points(LEGEND_SIZE) / _POINTS
    widths = [handle + text_width(str(e.get_label()), LEGEND_SIZE) for e in entries]
    for columns in range(len(widths), 1, -1):
        by_column = [max(part) for part in np.array_split(widths, columns)]  # the order in which matplotlib fills them
        if sum(by_column) + gap * (len(by_column) - 1) <= width:
            return columns
    return 1
