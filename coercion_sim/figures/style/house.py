"""The look of every figure: one style file, and marks that tell policies apart in colour and in grey."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from io import BytesIO
from logging.handlers import BufferingHandler
from pathlib import Path
from typing import Any, Literal, TypeAlias

from matplotlib import rc_params_from_file, rcParams, rcParamsDefault, style
from matplotlib.figure import Figure, SubFigure

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments import Results

#: A drawing surface: a whole figure, or a part of one.
Canvas: TypeAlias = Figure | SubFigure

#: A style laid over the house style: a Matplotlib style file, or the settings that `read_style` reads from one.
Style: TypeAlias = str | Path | Mapping[str, Any]

#: Widths in inches: one column of a journal page, and the full page.
COLUMN_WIDTH = 3.5
FULL_WIDTH = 7.0

#: Ink of observations, of reference lines, and of row shading.
RECORD = "#D55E00"
NEUTRAL = "#444444"
PALE = "#F3F3F3"
INK = "#222222"

#: Formats, and the metadata that keeps the time of day out of the file: the same results give the same bytes.
_METADATA: dict[str, dict[str, Any]] = {
    "png": {},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None, "ModDate": None},
}
FORMATS = tuple(_METADATA)
#: `font.size` of the house style.
_FONT_SIZE = 7.0
#: Sizes of the house style in points, which follow `font.size` of a journal's style where that does not set them.
_SIZES: tuple[Any, ...] = ("axes.titlesize", "axes.labelsize", "xtick.labelsize", "ytick.labelsize", "legend.fontsize")
#: Dots per inch in a notebook: a full-width figure fills the page without scrolling.
_NOTEBOOK_DPI = 120


@dataclass(frozen=True)
class Mark:
    """Ink, marker and line of one policy. Any one of the three tells two policies apart."""

    colour: str
    marker: str
    line: tuple[int, tuple[float, ...]] | Literal["-"]


#: Okabe and Ito (2008), ordered so that neighbours differ in lightness too; the first is for the baseline.
_MARKS = (
    Mark(INK, "o", "-"),
    Mark("#0072B2", "s", (0, (5.0, 1.5))),
    Mark("#E69F00", "^", (0, (1.2, 1.0))),
    Mark("#009E73", "D", (0, (5.0, 1.2, 1.2, 1.2))),
    Mark("#CC79A7", "v", (0, (8.0, 2.0))),
    Mark("#56B4E9", "P", (0, (3.0, 1.0, 1.0, 1.0, 1.0, 1.0))),
    Mark("#7A5195", "X", (0, (2.5, 2.5))),
)


class HouseFigure(Figure):
    """A figure outside pyplot that a notebook shows in the house style, whatever backend is loaded."""

    def _repr_png_(self) -> bytes:
        with house():
            return picture(self, "png", dpi=_NOTEBOOK_DPI)


def new_figure(width: float) -> Figure:
    """Empty figure of a width in inches; the frame gives it its height."""
    return HouseFigure(figsize=(width, width))


def marks(policies: Sequence[str]) -> dict[str, Mark]:
    """Mark of each policy by its place among the policies of the experiment: the same in every figure.

    Inks are those of `axes.prop_cycle` where a style sets it; markers and lines stay.
    """
    inks = [mark.colour for mark in _MARKS]
    cycle = rcParams["axes.prop_cycle"]
    if cycle != rcParamsDefault["axes.prop_cycle"] and "color" in cycle.keys:
        inks = cycle.by_key()["color"]
    return {policy: replace(_MARKS[i % len(_MARKS)], colour=inks[i % len(inks)]) for i, policy in enumerate(policies)}


def marks_of(results: Results, policies: Iterable[str] | None = None) -> dict[str, Mark]:
    """Mark of each policy drawn, by its place among all that were run: a subset keeps the marks of the whole."""
    every = marks(results.manifest["design"]["policies"])
    return {policy: every[policy] for policy in (results.policies if policies is None else policies)}


@contextmanager
def house(journal: Style | None = None) -> Iterator[None]:
    """Apply the house style, a journal's over it, and restore matplotlib's own settings afterwards.

    The style starts from matplotlib's defaults, so that a figure does not depend on the user's settings.

    Parameters
    ----------
    journal
        Settings laid over the house style, or the file from which `read_style` reads them.
    """
    journal = read_style(journal) if isinstance(journal, str | Path) else journal
    with as_file(files("coercion_sim.figures.style") / "house.mplstyle") as path:
        layers: list[Any] = [path, *([dict(journal)] if journal else [])]
        with style.context(layers, after_reset=True):
            rcParams.update({key: points(rcParams[key]) for key in _SIZES if key not in (journal or _SIZES)})
            yield


def read_style(path: str | Path) -> dict[str, Any]:
    """Settings of a Matplotlib style file (``.mplstyle``), to lay over the house style.

    Raises
    ------
    InvalidInput
        For a file that cannot be read, an unknown setting or a value that is none, and for TeX: the words of figures
        are plain text.
    """
    # Matplotlib skips a setting it does not know, and says so in its log.
    remarks, log = BufferingHandler(capacity=10_000), logging.getLogger("matplotlib")
    remarks.setLevel(logging.WARNING)
    log.addHandler(remarks)
    try:
        settings: Any = dict(rc_params_from_file(path, use_default_template=False))
    except (OSError, UnicodeError, ValueError) as error:
        raise InvalidInput(Problem("the style cannot be read", key="--style", found=f"{path}: {error}")) from error
    finally:
        log.removeHandler(remarks)
    lines = [" ".join(record.getMessage().split()) for record in remarks.buffer]
    problems = [Problem("no such setting of a style", key="--style", found=line) for line in lines]
    if settings.get("text.usetex"):
        problems.append(Problem("words of figures are plain text, not TeX", key="--style", found="text.usetex: True"))
    InvalidInput.refuse(problems)
    return dict(settings)


def points(size: float) -> float:
    """Size of a text that is `size` points in the house style, scaled as the style in force scales `font.size`."""
    return size * float(rcParams["font.size"]) / _FONT_SIZE


def picture(figure: Any, form: str, **options: Any) -> bytes:
    """Bytes of a figure in one of `FORMATS`, without the time of day."""
    buffer = BytesIO()
    figure.savefig(buffer, format=form, metadata=_METADATA[form], **options)
    return buffer.getvalue()
