"""The look of every figure: one style file, and marks that tell policies apart in colour and in grey."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from io import BytesIO
from typing import Any, Literal, TypeAlias

from matplotlib import style
from matplotlib.figure import Figure, SubFigure

from coercion_sim.experiments import Results

#: A drawing surface: a whole figure, or a part of one.
Canvas: TypeAlias = Figure | SubFigure

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
    """Mark of each policy by its place among the policies of the experiment: the same in every figure."""
    return {policy: _MARKS[i % len(_MARKS)] for i, policy in enumerate(policies)}


def marks_of(results: Results) -> dict[str, Mark]:
    """Mark of each policy drawn, by its place among all that were run: a subset keeps the marks of the whole."""
    every = marks(results.manifest["design"]["policies"])
    return {policy: every[policy] for policy in results.policies}


@contextmanager
def house() -> Iterator[None]:
    """Apply the house style, and restore matplotlib's own settings afterwards.

    The style starts from matplotlib's defaults, so that a figure does not depend on the user's settings.
    """
    with as_file(files("coercion_sim.figures.style") / "house.mplstyle") as path, style.context(path, after_reset=True):
        yield


def picture(figure: Any, form: str, **options: Any) -> bytes:
    """Bytes of a figure in one of `FORMATS`, without the time of day."""
    buffer = BytesIO()
    figure.savefig(buffer, format=form, metadata=_METADATA[form], **options)
    return buffer.getvalue()
