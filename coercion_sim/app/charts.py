"""Small charts as SVG: lines over quarters, and bars; each has its numbers in a table beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from htmltools import Tag, tags

from coercion_sim.wording import fixed

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BELOW = 560.0, 240.0, 52.0, 96.0, 12.0, 28.0
#: Dashes of the lines, so that they differ without colour.
_DASHES = ("", "7 4", "2 3", "9 3 2 3")


def line_chart(labels: Sequence[str], series: Mapping[str, Sequence[float]], caption: str) -> Tag:
    """Draw one line for each series over quarters; values in percent of GDP."""
    values = [v for line in series.values() for v in line] or [0.0]
    low, high = min(0.0, *values), max(0.0, *values)
    span = (high - low) or 1.0
    wide, tall = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BELOW

    def x(i: int) -> float:
        return _LEFT + wide * i / max(1, len(labels) - 1)

    def y(value: float) -> float:
        return _TOP + tall * (high - value) / span

    parts: list[Tag] = []
    for value in (low, 0.0, high) if low < 0.0 < high else (low, high):
        at = f"{y(value):.1f}"
        parts.append(Tag("line", x1=f"{_LEFT}", x2=f"{_LEFT + wide}", y1=at, y2=at, class_="grid"))
        parts.append(Tag("text", fixed(value, 2), x=f"{_LEFT - 6}", y=f"{y(value) + 4:.1f}", class_="end"))
    marked = sorted({0, len(labels) // 2, len(labels) - 1}) if labels else []
    parts += [Tag("text", labels[i], x=f"{x(i):.1f}", y=f"{_HEIGHT - 8}", class_="middle") for i in marked]
    ends: list[float] = []
    for n, (name, line) in enumerate(series.items()):
        points = " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(line))
        parts.append(Tag("polyline", points=points, class_=f"line line-{n}", stroke_dasharray=_DASHES[n % 4]))
        end = y(line[-1]) + 4 if len(line) else _TOP
        while any(abs(end - other) < 13 for other in ends):
            end += 13
        ends.append(end)
        parts.append(Tag("text", name, x=f"{_LEFT + wide + 6:.1f}", y=f"{end:.1f}", class_=f"name name-{n}"))
    drawing = Tag("svg", *parts, viewBox=f"0 0 {_WIDTH:.0f} {_HEIGHT:.0f}", role="img", aria_label=caption)
    return tags.figure(drawing, tags.figcaption(caption), class_="chart")


def bar(value: float, largest: float) -> Tag:
    """A bar in a cell of a table, for the eye; the number stands beside it."""
    width = 0.0 if largest == 0.0 else 100.0 * min(1.0, abs(value) / largest)
    return tags.span(class_="bar", style=f"width: {width:.1f}%", aria_hidden="true")
