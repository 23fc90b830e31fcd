"""What every figure must be: all its text inside, and nothing of it on top of other text."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from coercion_sim.figures import Mark, house
from coercion_sim.figures.style.frame import Words


def rendered(figure: Any) -> Figure:
    """The figure, drawn once, so that its text has places."""
    assert isinstance(figure, Figure)
    FigureCanvasAgg(figure).draw()
    return figure


def shown_text(figure: Figure) -> list[Text]:
    """Text on view; matplotlib keeps labels of ticks beyond the limits of an axis but does not draw them."""
    hidden = {id(label) for ax in figure.findobj(Axes) for label in unseen_labels(ax)}
    found = [t for t in figure.findobj(Text) if isinstance(t, Text) and t.get_visible() and t.get_text().strip()]
    return [text for text in found if id(text) not in hidden]


def unseen_labels(ax: Any) -> list[Text]:
    labels = []
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not low <= tick.get_loc() <= high:
                labels += [tick.label1, tick.label2]
    return labels


def check_text(figure: Figure) -> None:
    """Fail where text is cut off by the edge, or lies on other text."""
    boxes = [(text.get_text(), text.get_window_extent()) for text in shown_text(figure)]
    whole = figure.bbox
    for words, box in boxes:
        inside = min(box.x0, box.y0) >= -1 and box.x1 <= whole.width + 1 and box.y1 <= whole.height + 1
        assert inside, f"cut: {words!r}"
    for (a, first), (b, second) in combinations(boxes, 2):
        apart = (
            first.x1 <= second.x0 + 1
            or second.x1 <= first.x0 + 1
            or first.y1 <= second.y0 + 1
            or second.y1 <= first.y0 + 1
        )
        assert apart, f"{a!r} and {b!r} overlap"


def all_text(figure: Figure) -> str:
    words = " ".join(t.get_text() for t in figure.findobj(Text) if isinstance(t, Text))
    return words.replace("\n", " ").replace("\u00a0", " ")


#: Figures drawn so far, with what they were drawn from: the same call gives the same figure, which nobody changes.
_DRAWN: dict[tuple[Any, ...], tuple[Any, Figure]] = {}


def drawn(draw: Callable[..., Any], *arguments: Any, **options: Any) -> Figure:
    """The figure a function draws in the house style, its text in place; drawn once for the same arguments."""
    key = (draw, *(x if isinstance(x, str) else id(x) for x in arguments), repr(sorted(options.items())))
    if key not in _DRAWN:
        with house():
            _DRAWN[key] = arguments, rendered(draw(*arguments, **options))
    return _DRAWN[key][1]


def panels(figure: Any) -> list[Any]:
    """Visible axes of a figure and of its parts, in order."""
    own = [ax for ax in figure.axes if ax.get_visible() and ax.axison] if not figure.subfigs else []
    return own or [ax for part in figure.subfigs for ax in panels(part)]


def words_of(figure: Any) -> Words:
    """Title, key numbers and caption of a figure, each on one line."""
    top, _, bottom = figure.subfigs
    texts = [" ".join(text.get_text().split()) for text in (*top.texts, *bottom.texts)]
    return Words(*texts) if len(texts) == 3 else Words(texts[0], "", texts[1])


def line_of(ax: Any, mark: Mark) -> Any:
    """The one line of an axis with the ink and marker of a policy."""
    (line,) = [x for x in ax.lines if x.get_color() == mark.colour and x.get_marker() == mark.marker]
    return line


def numbers_in(text: str) -> list[float]:
    """Numbers of a text in order, thousands commas and the true minus understood."""
    return [float(t.replace(",", "").replace("−", "-")) for t in re.findall(r"[−-]?\d[\d,]*(?:\.\d+)?", text)]


def close(text: str, *values: float) -> bool:
    """Whether a text holds these numbers, each to the digits it is written with."""
    written = re.findall(r"[−+]?\d[\d,]*(?:\.\d+)?", text)
    if len(written) != len(values):
        return False
    for word, value in zip(written, values, strict=True):
        whole, _, decimals = word.strip("−+").replace(",", "").partition(".")
        zeros = 0 if decimals else len(whole) - len(whole.rstrip("0"))
        half = 0.500001 * 10.0 ** (zeros - len(decimals))
        if abs(float(word.replace(",", "").replace("−", "-")) - value) > half:
            return False
    return True
