"""Figures as data that a page can hold."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from io import BytesIO
from threading import Lock

from matplotlib.figure import Figure

from coercion_sim.figures import house

#: Dots an inch: two for each pixel of a figure 7 inches wide on half a screen.
_DPI = 170
#: Matplotlib's settings are one for the whole process, and every browser window is served by threads of its own.
_ONE_AT_A_TIME = Lock()


def picture(draw: Callable[[], Figure]) -> str:
    """Draw a figure in the house style and return it as the address of an image (PNG in a `data:` URL)."""
    with _ONE_AT_A_TIME, house():
        data = BytesIO()
        draw().savefig(data, format="png", dpi=_DPI)
    return f"data:image/png;base64,{b64encode(data.getvalue()).decode('ascii')}"
