"""A matplotlib figure that a notebook shows when it is the value of a cell, whatever backend is loaded."""

from __future__ import annotations

from io import BytesIO

from matplotlib.figure import Figure

#: Dots per inch in a notebook: a full-width figure fills the page without scrolling.
_DOTS = 120


class HouseFigure(Figure):
    """A figure not registered with pyplot, saved in the house style."""

    def _repr_png_(self) -> bytes:
        """Picture for Jupyter."""
        from coercion_sim.figures.style.style import house

        picture = BytesIO()
        with house():
            self.savefig(picture, format="png", dpi=_DOTS)
        return picture.getvalue()
