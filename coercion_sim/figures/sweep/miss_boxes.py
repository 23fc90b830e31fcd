"""Where a policy misses: limits of the boxes found, over the range in which each parameter was varied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.analysis import Analysis, BoxLimit, MissBox
from coercion_sim.figures.style.data import NothingToShow
from coercion_sim.figures.style.layout import ROW_SIZE, framed, new_figure, row_axis, row_labels, width_of, wrap
from coercion_sim.figures.style.style import FULL_WIDTH, NEUTRAL
from coercion_sim.figures.style.text import MINUS, capital, listing, percent, policy_label, when
from coercion_sim.figures.sweep.sweep_text import parameter_label, policy_marks, sweep_caption

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.figures.style.layout import Canvas

_ROW = 0.3
_HEAD = 0.5


def miss_boxes(analysis: Analysis, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw the first box of each policy, one panel each.

    A row a parameter, its whole range in grey, the part inside the box in the policy's ink.

    Raises
    ------
    NothingToShow
        Where no condition was asked about, or no box was found.
    """
    boxes = [box for box in analysis.boxes if box.limits and box.number == 1]
    if analysis.fails is None:
        raise NothingToShow("no boxes to show: no condition of a miss was given")
    if not boxes:
        raise NothingToShow(f"no boxes to show: {analysis.fails.text} nowhere, or nowhere more often than elsewhere")
    figure = new_figure(width) if figure is None else figure
    heights = [_HEAD + _ROW * len(box.limits) for box in boxes]
    note = (
        "Grey: whole range; ink: limits of the box, with their values. Density: share of the worlds in the box that"
        " miss; coverage: share of all misses that are in it. Further boxes are in the tables."
    )
    body = framed(figure, sum(heights), _title(analysis.fails.text, boxes), sweep_caption(analysis, note))
    axes = np.atleast_1d(body.subplots(len(boxes), 1, height_ratios=heights))
    for ax, box in zip(axes, boxes, strict=True):
        _panel(ax, box, policy_marks(analysis)[box.policy].colour, width_of(figure))
    return figure


def _title(condition: str, boxes: Sequence[MissBox]) -> str:
    """Say where the policy whose box holds the most misses for its size misses, and how often there and overall."""
    box = max(boxes, key=lambda b: b.density - b.base_rate)
    where = listing([_side(limit) for limit in box.limits[:2]])
    there = f"{percent(box.density)} of worlds with {where}, {percent(box.base_rate)} of all"
    return f"{condition}: {when(box.policy)} in {there}"


def _side(limit: BoxLimit) -> str:
    """One limit in words: ``low economy: adjustment rate``."""
    name = parameter_label(limit.parameter)
    if limit.values:
        return f"{name} {' or '.join(limit.values)}"
    low, high = _scaled(limit)
    side = "low" if low < 0.02 else "high" if high > 0.98 else "middling"
    return f"{side} {name}"


def _panel(ax: Axes, box: MissBox, colour: str, width: float) -> None:
    row_axis(ax, row_labels([parameter_label(limit.parameter) for limit in box.limits], width))
    for y, limit in enumerate(box.limits):
        if limit.values:
            ax.text(0.0, y, "only " + ", ".join(limit.values), fontsize=ROW_SIZE, va="center", color=colour)
            continue
        low, high = _scaled(limit)
        ax.plot([0.0, 1.0], [y, y], color="#BBBBBB", linewidth=3.0, solid_capstyle="butt", zorder=1)
        ax.plot([low, high], [y, y], color=colour, linewidth=6.0, solid_capstyle="butt", zorder=2)
        _ends(ax, y, limit)
        # Numbers of a narrow box stand outside it, where they have room.
        near = high - low < 0.1
        for x, value, binds, side in (
            (low, limit.low, limit.low > limit.at_least, "right"),
            (high, limit.high, limit.high < limit.at_most, "left"),
        ):
            if binds:
                _number(ax, x, y - 0.2, value, NEUTRAL, side if near else "center", "bottom")
    # Room for the numbers at the ends: .4 inches on each side of a panel of about three quarters of the width.
    room = max(0.12, 0.4 / (0.75 * width - 0.8))
    ax.set_xlim(-room, 1.0 + room)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    share = f"density {percent(box.density)} against {percent(box.base_rate)} overall"
    words = f"{capital(policy_label(box.policy))}: {share}, coverage {percent(box.coverage)}"
    ax.set_title(wrap(words, 0.75 * width, 7.5, "bold", 2))


def _number(ax: Axes, x: float, y: float, value: float, colour: str, side: str, height: str) -> None:
    """Small number beside a bar."""
    ax.text(x, y, f"{value:.3g}".replace("-", MINUS), fontsize=ROW_SIZE - 0.5, ha=side, va=height, color=colour)


def _ends(ax: Axes, y: int, limit: BoxLimit) -> None:
    """Ends of the whole range."""
    for x, value, side in ((-0.01, limit.at_least, "right"), (1.01, limit.at_most, "left")):
        _number(ax, x, y, value, "#777777", side, "center")


def _scaled(limit: BoxLimit) -> tuple[float, float]:
    """Limits as shares of the whole range."""
    span = limit.at_most - limit.at_least
    return (limit.low - limit.at_least) / span, (limit.high - limit.at_least) / span
